"""Updates on their way in: each taken once, in order within a chat, whether they are posted to us or fetched."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TypeVar

from telegram import Update

from bot.outgoing import Turns

Result = TypeVar("Result")

KINDS = ("message", "callback_query", "inline_query", "my_chat_member")
_REMEMBERED = 10_000


class Inward:
    """Gives each update to ``handle`` once.

    What was taken before a restart is not remembered: there the acts themselves know that they were done.
    """

    def __init__(self, handle: Callable[[Update], Awaitable[None]]) -> None:
        self._handle = handle
        self._turns = Turns()
        self._taken: OrderedDict[int, None] = OrderedDict()

    async def take(self, update: Update) -> None:
        """Handle an update, unless it came before. If that fails it counts as not taken."""
        chat = update.effective_chat
        async with self._turns.of(str(chat.id) if chat else ""):
            if update.update_id in self._taken:
                return
            await self._handle(update)
            self._taken[update.update_id] = None
            if len(self._taken) > _REMEMBERED:
                self._taken.popitem(last=False)


async def until(stopping: asyncio.Event, call: Awaitable[Result]) -> Result | None:
    """Return the result of a call, or None if we are told to stop before it comes."""
    asking = asyncio.ensure_future(call)
    stop = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({asking, stop}, return_when=asyncio.FIRST_COMPLETED)
        return asking.result() if asking.done() else None
    finally:
        stop.cancel()
        asking.cancel()


async def pause(stopping: asyncio.Event, seconds: float) -> None:
    """Wait, but not longer than until we are told to stop."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
