"""Taps on buttons that came together, settled together in the event loop where that takes but a few milliseconds."""

import asyncio
from typing import Final

from workflows import act
from workflows.act import Settled
from workflows.cards import Form, Refused
from workflows.desk import Desk
from workflows.intents import Intent

_TOGETHER_MAX: Final = 32

_Waiting = tuple[Intent, "asyncio.Future[Settled | None]"]


class Taps:
    """Settles taps for one event loop.

    The way into a thread and back costs more than most taps do, and so does a commit for each of them.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: list[_Waiting] = []

    async def settle(self, intent: Intent) -> Form | Settled | Refused:
        """Settle a tap, and return once what it did is on the disk, as ``act.settle`` does."""
        loop = asyncio.get_running_loop()
        settled: asyncio.Future[Settled | None] = loop.create_future()
        self._waiting.append((intent, settled))
        if len(self._waiting) == 1:
            loop.call_soon(self._serve)  # once those have come, too, that arrived in the same moment
        at_once = await settled
        return at_once if at_once is not None else await asyncio.to_thread(act.settle, self._desk, intent)

    def _serve(self) -> None:
        together, self._waiting = self._waiting[:_TOGETHER_MAX], self._waiting[_TOGETHER_MAX:]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._serve)
        try:
            found = act.settle_at_once(self._desk, [intent for intent, _ in together])
        except Exception:  # whatever it is, it is met again where the tap is settled by itself, and told there
            found = [None] * len(together)
        for (_, settled), each in zip(together, found, strict=True):
            if not settled.done():  # else who waited for it is gone
                settled.set_result(each)
