"""Closes the questions that nobody answered for too long, with a word; also those that ran out while we were down."""

import asyncio
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot, ReplyKeyboardRemove
from telegram.error import TelegramError

from bot.telegram import render, talk
from bot.telegram.address import place_of
from bot.telegram.failures import delivery_error
from bot.telegram.send import send_message
from bot.telegram.updates import pause
from workflows import dialogues
from workflows.desk import Desk
from workflows.dialogues import Over
from workflows.leases import Lease

log = structlog.get_logger()

EVERY_S: Final = 5.0


async def sweep(desk: Desk, bot: Bot, *, stopping: asyncio.Event) -> None:
    """Close what ran out, time and again; of several processes one does."""
    lease = Lease(desk, "telegram:sweep")
    while not stopping.is_set():
        try:
            if await asyncio.to_thread(lease.take):
                for each in await asyncio.to_thread(dialogues.over, desk, "telegram"):
                    await _close(desk, bot, each)
        except (SQLAlchemyError, TelegramError) as error:  # tried again at the next round
            log.warning("telegram_sweep_waits", error=type(error).__name__)
        await pause(stopping, EVERY_S)
    await asyncio.to_thread(lease.release)


async def _close(desk: Desk, bot: Bot, over: Over) -> None:
    """Say the word, and forget the questions once it is said: said twice it does less harm than never."""
    words = await asyncio.to_thread(talk.expired, desk, over)
    (shown,) = render.pages(words.text)
    try:
        await send_message(bot, place_of(over.chat), shown, reply_markup=ReplyKeyboardRemove())
    except TelegramError as error:
        if not delivery_error(error).permanent:
            raise
    await asyncio.to_thread(dialogues.drop_over, desk, over)
