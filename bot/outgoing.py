"""What is on its way to a platform: sent in the background, in order, a few times over if it is away for a moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

import structlog

from bot.channel import DeliveryError

log = structlog.get_logger()

Call = Callable[[], Awaitable[object]]

_TRIES = 4
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
_PATIENCE_S = 600.0
"""So long in all a platform is waited for that names how long to wait: that is no failure."""


class Turns:
    """One at a time for each key, in the order of arrival."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[None]:
        lock = self._locks.get(key) or asyncio.Lock()
        self._locks[key] = lock
        async with lock:
            yield


class Outgoing:
    """Calls to a platform that nobody waits for but ``drain``.

    ``failure_of`` puts what a call raised into the notifier's terms, or returns None for what is no failure to deliver.
    """

    def __init__(self, platform: str, failure_of: Callable[[Exception], DeliveryError | None]) -> None:
        self._platform = platform
        self._failure_of = failure_of
        self._turns = Turns()
        self._tasks: set[asyncio.Task[None]] = set()

    def post(self, key: str, call: Call, *, tries: int = _TRIES) -> "asyncio.Task[None]":
        """Do a call once those before it with the same key are done; one with a single try is not waited for.

        The task that is returned ends with the call, and may be left alone.
        """
        task = asyncio.create_task(self._in_turn(key, call, tries))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def drain(self, *, within_s: float) -> None:
        """Wait for what is on its way, and give up what takes longer."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within_s)
            for each in late:
                each.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _in_turn(self, key: str, call: Call, tries: int) -> None:
        async with self._turns.of(key):
            attempt, waited_s = 1, 0.0
            while True:
                try:
                    await call()
                    return
                except Exception as error:
                    failure = self._failure_of(error)
                    if failure is None:
                        raise
                    named_s = failure.retry_after_s if waited_s < _PATIENCE_S else None
                    if failure.permanent or tries == 1 or (attempt == tries and named_s is None):
                        # the platform's own words may hold a token: only our name for the failure is told
                        log.warning("call_failed", platform=self._platform, code=failure.code, attempts=attempt)
                        return
                wait_s = min(named_s or _FIRST_WAIT_S * 2 ** (attempt - 1), _LONGEST_WAIT_S)
                waited_s += wait_s if named_s else 0.0
                attempt += 0 if named_s else 1
                await asyncio.sleep(wait_s)
