"""People write and tap; the bot hears of it by polling or by webhook, in the order and number that a test wants."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyKeyboardRemove, Update

from tests.telegram_server import TelegramServer
from tests.telegram_server.test_refusals import png

CARD = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Approve", callback_data="t1"), InlineKeyboardButton("Reject", callback_data="t2")]]
)


def polled(ask: Any, **parameters: Any) -> tuple[Update, ...]:
    updates: tuple[Update, ...] = ask(lambda bot: bot.get_updates(**parameters))
    return updates


def test_what_a_person_writes_and_taps_reaches_the_bot_once_confirmed(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin", language="zh")
    card = ask(lambda bot: bot.send_message(lin.id, "PO-31", reply_markup=CARD))
    said = lin.says("550 ok", reply_to=lin.chat.last)
    tap = lin.taps(lin.chat.message(card.message_id) or said, "Reject")
    first, second = polled(ask)
    assert first.message is not None and first.message.text == "550 ok"
    assert first.message.reply_to_message is not None and first.message.reply_to_message.text == "PO-31"
    assert first.effective_user is not None and first.effective_user.language_code == "zh"
    assert second.callback_query is not None and second.callback_query.data == "t2"
    assert second.callback_query.id == tap.id
    assert [each.update_id for each in polled(ask)] == [first.update_id, second.update_id]
    assert polled(ask, offset=second.update_id + 1) == ()


def test_a_command_carries_its_entity_and_in_a_group_the_bots_name(server: TelegramServer, ask: Any) -> None:
    lin, dock = server.person("lin"), server.group("Dock")
    lin.command("/inbox")
    lin.command("/count CH-0234 12", chat=dock)
    lin.says("good morning", chat=dock)
    texts = [each.message.text for each in polled(ask) if each.message]
    assert texts == ["/inbox", "/count@store_bot CH-0234 12"]
    assert dock.shown[0].marked("bot_command") == ("/count@store_bot",)


def test_in_a_group_a_reply_to_the_bot_reaches_it(server: TelegramServer, ask: Any) -> None:
    lin, dock = server.person("lin"), server.group("Dock", topics=("Receiving",))
    topic = next(iter(dock.topics))
    ask(lambda bot: bot.send_message(dock.id, "How many?", message_thread_id=topic))
    lin.says("12", reply_to=dock.last, chat=dock, thread_id=topic)
    (update,) = polled(ask)
    assert update.message is not None
    assert (update.message.text, update.message.message_thread_id) == ("12", topic)


def test_a_tap_needs_a_button_that_the_person_sees(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin")
    sent = ask(lambda bot: bot.send_message(lin.id, "PO-31", reply_markup=CARD))
    ask(lambda bot: bot.edit_message_text("PO-31 approved", lin.id, sent.message_id))
    with pytest.raises(AssertionError, match="no button 'Approve'"):
        lin.taps(lin.chat.last, "Approve")
    assert lin.taps(lin.chat.last, "Approve", version=0).data == "t1"
    assert lin.chat.last.was_edited


def test_reply_keys_appear_are_pressed_and_go(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin")
    ask(lambda bot: bot.send_message(lin.id, "How many?", reply_markup=ReplyKeyboardMarkup([["550"], ["Cancel"]])))
    assert list(lin.keys) == ["550", "Cancel"]
    assert lin.presses("550").text == "550"
    ask(lambda bot: bot.send_message(lin.id, "Thanks", reply_markup=ReplyKeyboardRemove()))
    assert not lin.keys


def test_a_photo_can_be_fetched_by_its_file_id(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin")
    lin.sends_photo(png(640, 480), caption="broken")
    (update,) = polled(ask)
    assert update.message is not None
    biggest = update.message.photo[-1]
    assert (biggest.width, biggest.height, update.message.caption) == (640, 480, "broken")

    async def fetch(bot: Any) -> bytes:
        return bytes(await (await bot.get_file(biggest.file_id)).download_as_bytearray())

    assert ask(fetch) == png(640, 480)


def test_updates_come_doubled_shuffled_and_again_when_asked(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin")
    server.deliver_each(copies=2)
    server.hold()
    for word in "abcdef":
        lin.says(word)
    assert polled(ask) == ()
    server.release(shuffle=3)
    got = [each.message.text or "" for each in polled(ask) if each.message]
    assert sorted(got) == sorted("aabbccddeeff")
    assert got != sorted(got)
    first = min(each.update_id for each in polled(ask))
    assert polled(ask, offset=first + 6) == ()
    server.redeliver(first)
    assert [each.update_id for each in polled(ask, offset=first + 6)] == [first]


def test_a_member_update_comes_only_when_asked_for(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin")
    assert polled(ask, allowed_updates=["message"]) == ()
    lin.blocks_bot()
    assert polled(ask, allowed_updates=["message", "my_chat_member"]) == ()
    lin.unblocks_bot()
    (update,) = polled(ask)
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == "member"


class Door(BaseHTTPRequestHandler):
    """A webhook that turns the first post away."""

    posts: ClassVar[list[tuple[str | None, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posts.append((self.headers["X-Telegram-Bot-Api-Secret-Token"], body))
        self.send_response(500 if len(self.posts) == 1 else 200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


def test_a_webhook_gets_each_update_with_the_secret_until_it_takes_it(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin")
    door = HTTPServer(("127.0.0.1", 0), Door)
    Thread(target=door.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    server.resolve("store.example", to=f"http://127.0.0.1:{door.server_port}")
    ask(lambda bot: bot.set_webhook("https://store.example/telegram", secret_token="s3cret"))
    lin.says("hello")
    server.wait_until_confirmed()
    info = ask(lambda bot: bot.get_webhook_info())
    door.shutdown()
    door.server_close()
    assert [secret for secret, _ in Door.posts] == ["s3cret", "s3cret"]
    assert Door.posts[0] == Door.posts[1]
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"
