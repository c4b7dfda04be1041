"""Sends what was said in the background: in order within a chat, a few times over if Telegram is away for a moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from weakref import WeakValueDictionary

import structlog
from telegram import Bot, ReplyKeyboardRemove
from telegram.error import TelegramError

from bot.telegram import address, questions, render
from bot.telegram.failures import delivery_error
from bot.telegram.send import edit_card, send_card, send_message, send_photo
from bot.telegram.talk import Said, Words
from charts.picture import Picture
from workflows.cards import Card
from workflows.dialogue import Question
from workflows.intents import Address

log = structlog.get_logger()

Call = Callable[[], Awaitable[object]]

_TRIES = 4
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0


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
    """What is on its way to Telegram. Nobody waits for it but ``drain``."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._turns = Turns()
        self._tasks: set[asyncio.Task[None]] = set()

    def say(self, chat: Address, said: Iterable[Said]) -> None:
        """Send to a chat, one thing after the other."""
        for each in said:
            for call in self._calls(chat, each):
                self.post(str(chat), call)

    def edit(self, chat: Address, message_id: int, card: Card, *, is_photo: bool) -> None:
        """Show a card's present state in place, once: should it fail, the notifier does the same."""
        ref = address.ref_of(chat, message_id, is_photo=is_photo)
        self.post(str(chat), lambda: edit_card(self._bot, ref, card), tries=1)

    def post(self, key: str, call: Call, *, tries: int = _TRIES) -> None:
        """Do a call once those before it with the same key are done."""
        task = asyncio.create_task(self._in_turn(key, call, tries))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self, *, within_s: float) -> None:
        """Wait for what is on its way, and give up what takes longer."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within_s)
            for each in late:
                each.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _in_turn(self, key: str, call: Call, tries: int) -> None:
        async with self._turns.of(key):
            for attempt in range(1, tries + 1):
                try:
                    await call()
                    return
                except TelegramError as error:  # its words may hold the token: only our own name for it is told
                    failure = delivery_error(error)
                    if failure.permanent or attempt == tries:
                        log.warning("telegram_call_failed", code=failure.code, attempts=attempt)
                        return
                wait_s = failure.retry_after_s or _FIRST_WAIT_S * 2 ** (attempt - 1)
                await asyncio.sleep(min(wait_s, _LONGEST_WAIT_S))

    def _calls(self, chat: Address, said: Said) -> list[Call]:
        bot, place = self._bot, address.place_of(chat)
        match said:
            case Words(text, is_end):
                keys = {"reply_markup": ReplyKeyboardRemove()} if is_end else {}
                return [partial(send_message, bot, place, page, **keys) for page in render.pages(text)]
            case Question():
                shown, keyboard = questions.question(said), questions.reply_keyboard(said)
                return [partial(send_message, bot, place, shown, reply_markup=keyboard)]
            case Card():
                return [partial(send_card, bot, chat, said)]
            case Picture():
                return [partial(send_photo, bot, place, said, None)]
