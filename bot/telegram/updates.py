"""Updates on their way in: each taken once, in order within a chat, whether they are posted to us or fetched."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot, Update
from telegram.error import TelegramError

from bot.outgoing import Turns
from bot.telegram.failures import delivery_error

log = structlog.get_logger()

Result = TypeVar("Result")

KINDS = ("message", "callback_query")
_REMEMBERED = 10_000
_POLL_S = 20
_LONGEST_WAIT_S = 60.0


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


async def poll(bot: Bot, inward: Inward, *, stopping: asyncio.Event) -> None:
    """Fetch updates until told to stop; what was fetched is confirmed to Telegram only once it was handled."""
    offset, wait_s = 0, 1.0
    while not stopping.is_set():
        try:
            updates = await until(stopping, bot.get_updates(offset, timeout=_POLL_S, allowed_updates=KINDS))
        except TelegramError as error:
            log.warning("telegram_poll_failed", code=delivery_error(error).code)
            await pause(stopping, wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            continue
        wait_s = 1.0
        taken = await asyncio.gather(*(_take_surely(inward, each, stopping) for each in updates or ()))
        if updates and all(taken):
            offset = updates[-1].update_id + 1
    await _confirm(bot, offset)


async def _take_surely(inward: Inward, update: Update, stopping: asyncio.Event) -> bool:
    """Take an update, again and again while the database is away. False: it was not taken before the end."""
    wait_s = 0.5
    while True:
        try:
            await inward.take(update)
            return True
        except SQLAlchemyError as error:
            log.warning("telegram_update_waits", error=type(error).__name__)
        except Exception as error:  # the outermost loop: one update that fails must not hold up all others
            log.exception("telegram_update_failed", error=type(error).__name__)
            return True
        if stopping.is_set():
            return False
        await pause(stopping, wait_s)
        wait_s = min(wait_s * 2, _LONGEST_WAIT_S)


async def _confirm(bot: Bot, offset: int) -> None:
    if not offset:
        return
    try:
        await bot.get_updates(offset, timeout=0, limit=1, allowed_updates=KINDS)
    except TelegramError as error:
        log.warning("telegram_confirm_failed", code=delivery_error(error).code)


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
