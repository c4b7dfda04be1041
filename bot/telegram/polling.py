"""Fetches updates: one process of an installation at a time, and no installation against another one.

Of several processes the one that holds the lease fetches, and the others stand by. Telegram gives a bot's updates to
whoever asked last, so a second installation with the same token would take them from the first without a word: one
that finds another fetching when it begins says so and stops.
"""

import asyncio
import time
from contextlib import suppress
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot, Update
from telegram.error import Conflict, TelegramError

from bot.telegram.failures import delivery_error
from bot.telegram.updates import KINDS, Inward, pause, until
from workflows.desk import Desk
from workflows.leases import LIFE, Lease

log = structlog.get_logger()

_POLL_S: Final = 20
_LONGEST_WAIT_S: Final = 60.0
_STAND_BY_S: Final = 2.0
_NEW_FOR_S: Final = 30.0
"""Whoever has fetched for longer stays when another begins."""
_CONFLICTS_MAX: Final = 1
"""One may be the last call of a process of ours that has just ended."""

TAKEN: Final = (
    "Another program fetches the messages of this Telegram bot, so this one has stopped fetching. Stop the other one, "
    "or give each its own TELEGRAM_BOT_TOKEN, and start again."
)


class Poller:
    """Fetches a bot's updates until told to stop; ``lease`` says which process does."""

    def __init__(self, desk: Desk, bot: Bot, inward: Inward[None], *, stopping: asyncio.Event) -> None:
        self._bot = bot
        self._inward = inward
        self._stopping = stopping
        self._lease = Lease(desk, f"telegram:{bot.token.partition(':')[0]}")
        self._is_ended = False

    async def run(self) -> None:
        """Fetch whenever the lease is ours. What was fetched is confirmed to Telegram only once it was handled."""
        is_standing_by = False
        while not (self._stopping.is_set() or self._is_ended):
            if await self._is_ours():
                is_standing_by = False
                await self._while_ours()
            else:
                if not is_standing_by:
                    log.info("telegram_standing_by")
                is_standing_by = True
                await pause(self._stopping, _STAND_BY_S)

    async def _is_ours(self) -> bool:
        with suppress(SQLAlchemyError):
            return await asyncio.to_thread(self._lease.take)
        return False

    async def _while_ours(self) -> None:
        polling = asyncio.create_task(self._poll())
        try:
            while not polling.done():
                await asyncio.wait({polling}, timeout=LIFE.total_seconds() / 3)
                if not polling.done() and not await self._is_ours():
                    log.warning("telegram_lease_lost")
                    return
        finally:
            polling.cancel()
            (ended,) = await asyncio.gather(polling, return_exceptions=True)
            if isinstance(ended, Exception):
                log.error("telegram_poll_ended", exc_info=ended)
                await pause(self._stopping, _STAND_BY_S)
            with suppress(SQLAlchemyError):
                await asyncio.to_thread(self._lease.release)

    async def _poll(self) -> None:
        offset, wait_s, conflicts, new_until = 0, 1.0, 0, time.monotonic() + _NEW_FOR_S
        while not self._stopping.is_set():
            try:
                call = self._bot.get_updates(offset, timeout=_POLL_S, allowed_updates=KINDS)
                updates = await until(self._stopping, call)
            except TelegramError as error:
                conflicts += isinstance(error, Conflict)
                if conflicts > _CONFLICTS_MAX and time.monotonic() < new_until:
                    log.error("telegram_token_in_use", words=TAKEN)
                    self._is_ended = True
                    return
                log.warning("telegram_poll_failed", code=delivery_error(error).code)
                await pause(self._stopping, wait_s)
                wait_s = 1.0 if isinstance(error, Conflict) else min(wait_s * 2, _LONGEST_WAIT_S)
                continue
            wait_s = 1.0
            taken = await asyncio.gather(*(self._take_surely(each) for each in updates or ()))
            if updates and all(taken):
                offset = updates[-1].update_id + 1
        await self._confirm(offset)

    async def _take_surely(self, update: Update) -> bool:
        """Take an update, again and again while the database is away. False: it was not taken before the end."""
        wait_s = 0.5
        while True:
            try:
                await self._inward.take(update)
                return True
            except SQLAlchemyError as error:
                log.warning("telegram_update_waits", error=type(error).__name__)
            except Exception as error:  # the outermost loop: one update that fails must not hold up all others
                log.exception("telegram_update_failed", error=type(error).__name__)
                return True
            if self._stopping.is_set():
                return False
            await pause(self._stopping, wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)

    async def _confirm(self, offset: int) -> None:
        if not offset:
            return
        try:
            await self._bot.get_updates(offset, timeout=0, limit=1, allowed_updates=KINDS)
        except TelegramError as error:
            log.warning("telegram_confirm_failed", code=delivery_error(error).code)
