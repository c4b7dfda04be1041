"""Updates on their way in: each taken once, in order within a chat, whether they are posted to us or fetched."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from telegram import Update

from bot.outgoing import Turns

Result = TypeVar("Result")
Answer = TypeVar("Answer")

KINDS = ("message", "callback_query", "inline_query", "my_chat_member")
_REMEMBERED = 10_000


class Inward(Generic[Answer]):
    """Gives each update to ``handle`` once, and its answer as often as the update comes.

    What was taken before a restart is not remembered: there the acts themselves know that they were done.
    """

    def __init__(self, handle: Callable[[Update], Awaitable[Answer]]) -> None:
        self._handle = handle
        self._turns = Turns()
        self._taken: OrderedDict[int, Answer] = OrderedDict()

    async def take(self, update: Update) -> Answer:
        """Handle an update, unless it came before. If that fails it counts as not taken."""
        chat = update.effective_chat
        async with self._turns.of(str(chat.id) if chat else ""):
            if update.update_id not in self._taken:
                self._taken[update.update_id] = await self._handle(update)
                if len(self._taken) > _REMEMBERED:
                    self._taken.popitem(last=False)
            return self._taken[update.update_id]


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
