"""The one door to Telegram: what Telegram wishes is heard there, whichever call it answers."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from telegram import Bot
from telegram.error import ChatMigrated, RetryAfter

from bot.pace import OwnKeeper
from bot.ranks import Rank
from bot.telegram import menu
from bot.telegram.failures import delivery_error
from bot.telegram.pace import Pace, ranked
from bot.telegram.send import bot_of
from tests.bot.unpaced import Clock
from tests.telegram_server import Flood, TelegramServer


class Door:
    """A Bot on a clock that moves only while somebody waits."""

    def __init__(self, telegram: TelegramServer) -> None:
        self.clock = Clock()
        self.pace = Pace("1", OwnKeeper(self.clock), sleep=self.clock.sleep)
        self._telegram = telegram

    def ask(self, call: Callable[[Bot], Awaitable[object]], rank: Rank = Rank.TASK) -> float | None:
        """Make a call, and return None, or after how many seconds it is to be made again."""

        async def asked() -> None:
            bot = bot_of(self._telegram.token, pace=self.pace, base_url=self._telegram.base_url)
            try:
                with ranked(rank):
                    await call(bot)
            finally:
                await bot.request.shutdown()

        try:
            asyncio.run(asked())
        except RetryAfter as error:
            return delivery_error(error).retry_after_s
        return None

    def says(self, chat: int) -> float | None:
        return self.ask(lambda bot: bot.send_message(chat, "x"))


@pytest.fixture
def door(telegram: TelegramServer) -> Door:
    return Door(telegram)


def test_a_429_closes_the_chat_that_it_is_about(telegram: TelegramServer, door: Door) -> None:
    lin, maria = telegram.person("lin").id, telegram.person("maria").id
    telegram.faults.on("sendMessage", Flood(retry_after_s=30))
    assert door.says(lin) == 30
    assert (door.says(lin) or 0) >= 30
    assert len(telegram.calls("sendMessage")) == 1
    assert door.says(maria) is None


def test_a_429_about_no_chat_closes_everything_for_a_while(telegram: TelegramServer, door: Door) -> None:
    lin = telegram.person("lin").id
    telegram.faults.on("setMyCommands", Flood(retry_after_s=20))
    assert door.ask(partial(menu.show, app_link="")) == 20
    assert door.says(lin) == pytest.approx(20, abs=0.01)
    assert telegram.calls("sendMessage") == ()
    door.clock.now += 20
    assert door.says(lin) is None


def test_a_group_that_moved_has_used_up_what_it_had_before(telegram: TelegramServer, door: Door) -> None:
    dock = telegram.group("Dock")
    for _ in range(20):
        assert door.ask(lambda bot: bot.send_message(dock.id, "x"), Rank.PEOPLE) is None
    after = telegram.upgrade(dock)
    door.clock.now += 2
    with pytest.raises(ChatMigrated):
        door.ask(lambda bot: bot.send_message(dock.id, "x"), Rank.PEOPLE)
    assert (door.says(after.id) or 0) > 1
    assert after.shown == ()


def test_an_edit_and_a_picture_take_a_turn_like_a_message(telegram: TelegramServer, door: Door) -> None:
    lin = telegram.person("lin")
    assert door.says(lin.id) is None
    edit = lin.chat.last.id
    assert door.ask(lambda bot: bot.edit_message_text("y", lin.id, edit)) == pytest.approx(60 / 58)
    assert door.ask(lambda bot: bot.send_document(lin.id, b"x")) == pytest.approx(60 / 58)
    assert door.ask(lambda bot: bot.get_me()) is None
    assert [each.method for each in telegram.calls()] == ["sendMessage", "getMe"]
