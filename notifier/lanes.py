"""Several messages on their way at once: in the tenth of a second that a platform takes, a worker is not to stand."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import structlog

log = structlog.get_logger()

LANES: Final = 12
"""Telegram takes 30 messages a second, and each is on its way for a third of one: it is ready before its turn."""


class Lanes:
    """Runs work in so many threads. What they have begun is finished before the process ends, unless it is killed."""

    def __init__(self, count: int = LANES) -> None:
        self._free = threading.BoundedSemaphore(count)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="lane")

    def run(self, work: Callable[[], None]) -> None:
        """Begin the work as soon as a lane is free. What it raises is logged, and nobody hears of it otherwise."""
        self._free.acquire()
        try:
            self._threads.submit(work).add_done_callback(self._done)
        except BaseException:
            self._free.release()
            raise

    def _done(self, work: Future[None]) -> None:
        self._free.release()
        if (error := work.exception()) is not None:
            log.error("delivery_broke", error=type(error).__name__, exc_info=error)
