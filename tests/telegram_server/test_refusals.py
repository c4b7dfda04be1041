"""What Telegram refuses is refused here too, in its words, and seen through the library's own exceptions."""

import asyncio
import re
import struct
import zlib
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MenuButtonDefault,
    MenuButtonWebApp,
    ReplyParameters,
    WebAppInfo,
)
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken

from tests.telegram_server import TelegramServer


def png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    return b"\x89PNG\r\n\x1a\n" + chunk


def keyboard(data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("Approve", callback_data=data)]])


def post(server: TelegramServer, method: str, **parameters: Any) -> dict[str, Any]:
    answer = httpx.post(f"{server.base_url}{server.token}/{method}", json=parameters)
    body: dict[str, Any] = answer.json()
    assert body.get("error_code", 200) == answer.status_code
    return body


def test_an_unknown_method_is_404_and_an_unknown_token_401(server: TelegramServer, ask: Any) -> None:
    assert post(server, "sendMesage")["error_code"] == 404
    with pytest.raises(InvalidToken):
        asyncio.run(Bot("1:wrong", base_url=server.base_url).get_me())


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"text": "x"}, "chat_id is empty"),
        ({"chat_id": 1001}, "message text is empty"),
        ({"chat_id": 1001, "text": 5}, 'can\'t parse parameter "text": expected String'),
        ({"chat_id": 1001, "text": "x", "parsemode": "HTML"}, 'unknown parameter "parsemode" of sendMessage'),
        ({"chat_id": 1001, "text": "x", "disable_notification": "maybe"}, "can't parse"),
        ({"chat_id": 1001, "text": "x", "reply_markup": "{"}, "can't parse"),
        ({"chat_id": 1001, "text": "x", "reply_markup": {"inline_keyboard": [[{"txt": "a"}]]}}, "can't parse"),
        ({"chat_id": 1001, "text": "x", "parse_mode": "Markdown"}, "unsupported parse_mode"),
        ({"chat_id": 1001, "text": " \n "}, "message text is empty"),
        ({"chat_id": 9, "text": "x"}, "chat not found"),
        ({"chat_id": 1001, "text": "x", "message_thread_id": 3}, "message thread not found"),
        ({"chat_id": 1001, "text": "<b>x", "parse_mode": "HTML"}, "can't parse entities: Can't find end tag"),
    ],
)
def test_a_malformed_call_is_400(server: TelegramServer, parameters: dict[str, Any], words: str) -> None:
    server.person("lin")
    body = post(server, "sendMessage", **parameters)
    assert body["error_code"] == 400
    assert body["description"].startswith(f"Bad Request: {words}")


def test_button_data_is_counted_in_bytes(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin")
    ask(lambda bot: bot.send_message(lin.id, "ok", reply_markup=keyboard("a" * 64)))
    with pytest.raises(BadRequest, match=r"(?i)BUTTON_DATA_INVALID"):
        ask(
            lambda bot: bot.send_message(
                lin.id, "x", reply_markup=keyboard("approve:不锈钢内六角螺栓 M8×30 (304):华东一号仓:v12")
            )
        )
    assert [each.text for each in lin.chat.shown] == ["ok"]


def test_a_button_cannot_lead_to_localhost(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin")
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Open", url="http://localhost:8000/t/5")]])
    with pytest.raises(BadRequest, match=r"(?i)Wrong HTTP URL"):
        ask(lambda bot: bot.send_message(lin.id, "x", reply_markup=markup))


def test_a_mini_app_opens_from_private_chats_and_over_https_alone(server: TelegramServer, ask: Any) -> None:
    lin, dock = server.person("lin"), server.group("Dock")

    def opening(url: str) -> InlineKeyboardMarkup:
        return InlineKeyboardMarkup([[InlineKeyboardButton("Open", web_app=WebAppInfo(url))]])

    sent = ask(lambda bot: bot.send_message(lin.id, "x", reply_markup=opening("https://store.example/app")))
    assert lin.opens(lin.chat.last, "Open") == "https://store.example/app"
    with pytest.raises(BadRequest, match=r"(?i)BUTTON_TYPE_INVALID"):
        ask(lambda bot: bot.send_message(dock.id, "x", reply_markup=opening("https://store.example/app")))
    for url, words in (
        ("http://store.example/app", "(?i)Only HTTPS links"),
        ("https://localhost/app", "(?i)Wrong HTTP URL"),
    ):
        with pytest.raises(BadRequest, match=words):
            ask(lambda bot, to=url: bot.edit_message_text("y", lin.id, sent.message_id, reply_markup=opening(to)))
        with pytest.raises(BadRequest, match=words):
            ask(lambda bot, to=url: bot.set_chat_menu_button(menu_button=MenuButtonWebApp("Open", WebAppInfo(to))))
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        ask(lambda bot: bot.set_chat_menu_button(dock.id, MenuButtonDefault()))
    assert ask(lambda bot: bot.set_chat_menu_button(lin.id, MenuButtonDefault()))


def test_text_holds_4096_units_after_entities_and_a_caption_1024(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin")
    ask(lambda bot: bot.send_message(lin.id, f"<b>{'&lt;' * 4096}</b>", parse_mode="HTML"))
    with pytest.raises(BadRequest, match=r"(?i)message is too long"):
        ask(lambda bot: bot.send_message(lin.id, "😀" * 2049))
    with pytest.raises(BadRequest, match=r"(?i)message caption is too long"):
        ask(lambda bot: bot.send_photo(lin.id, png(100, 100), caption="x" * 1025))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (png(6000, 4001), "PHOTO_INVALID_DIMENSIONS"),
        (png(2100, 100), "PHOTO_INVALID_DIMENSIONS"),
        (png(100, 100) + bytes(10 * 1024 * 1024), "too big for a photo"),
        (b"no picture", "IMAGE_PROCESS_FAILED"),
    ],
    ids=["too many pixels", "too flat", "too many bytes", "not a picture"],
)
def test_a_photo_out_of_bounds_is_refused(server: TelegramServer, ask: Any, content: bytes, words: str) -> None:
    lin = server.person("lin")
    with pytest.raises(BadRequest, match=f"(?i){words}"):
        ask(lambda bot: bot.send_photo(lin.id, content))
    assert lin.chat.shown == ()


def test_a_chat_that_shut_the_bot_out_is_403(server: TelegramServer, ask: Any) -> None:
    lin, zhao = server.person("lin"), server.person("zhao", has_started=False)
    dock = server.group("Dock")
    lin.blocks_bot()
    server.remove_bot(dock, by=zhao)
    for chat_id, words in [
        (lin.id, "bot was blocked by the user"),
        (zhao.id, "bot can't initiate conversation"),
        (dock.id, "bot was kicked from the group chat"),
    ]:
        with pytest.raises(Forbidden, match=f"(?i){words}"):
            ask(lambda bot, to=chat_id: bot.send_message(to, "x"))


def test_a_group_that_became_a_supergroup_names_its_new_id(server: TelegramServer, ask: Any) -> None:
    dock = server.group("Dock")
    after = server.upgrade(dock)
    with pytest.raises(ChatMigrated) as caught:
        ask(lambda bot: bot.send_message(dock.id, "x"))
    assert caught.value.new_chat_id == after.id
    ask(lambda bot: bot.send_message(after.id, "x"))


def test_an_edit_of_nothing_new_or_of_nothing_is_refused(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin")
    sent = ask(lambda bot: bot.send_message(lin.id, "<b>8 pcs</b>", parse_mode="HTML", reply_markup=keyboard("t1")))
    said = lin.says("hello")
    with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
        ask(
            lambda bot: bot.edit_message_text(
                "<strong>8 pcs</strong>", lin.id, sent.message_id, parse_mode="HTML", reply_markup=keyboard("t1")
            )
        )
    with pytest.raises(BadRequest, match=r"(?i)message to edit not found"):
        ask(lambda bot: bot.edit_message_text("x", lin.id, 9))
    with pytest.raises(BadRequest, match=r"(?i)message can't be edited"):
        ask(lambda bot: bot.edit_message_text("x", lin.id, said.id))
    with pytest.raises(BadRequest, match=r"(?i)there is no caption"):
        ask(lambda bot: bot.edit_message_caption(lin.id, sent.message_id, caption="x"))
    with pytest.raises(BadRequest, match=r"(?i)message to be replied not found"):
        ask(lambda bot: bot.send_message(lin.id, "x", reply_parameters=ReplyParameters(9)))


def test_a_photo_has_a_caption_and_no_text(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin")
    sent = ask(lambda bot: bot.send_photo(lin.id, png(1080, 600), caption="18 items"))
    with pytest.raises(BadRequest, match=r"(?i)there is no text in the message to edit"):
        ask(lambda bot: bot.edit_message_text("x", lin.id, sent.message_id))
    ask(lambda bot: bot.edit_message_caption(lin.id, sent.message_id, caption="17 items"))
    assert [each.words.text for each in lin.chat.last.versions] == ["18 items", "17 items"]
    assert lin.chat.last.photo == png(1080, 600)


def test_a_tap_that_is_unknown_too_old_or_answered_is_refused(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin")
    ask(lambda bot: bot.send_message(lin.id, "x", reply_markup=keyboard("t1")))
    tap, old = lin.taps(lin.chat.last, "Approve"), lin.taps(lin.chat.last, "Approve")
    server.expire(old)
    ask(lambda bot: bot.answer_callback_query(tap.id, "Approved", show_alert=True))
    for tap_id in ("12345", old.id, tap.id):
        with pytest.raises(BadRequest, match=r"(?i)query is too old"):
            ask(lambda bot, which=tap_id: bot.answer_callback_query(which))
    assert tap.answer is not None
    assert (tap.answer.text, tap.answer.is_alert) == ("Approved", True)


def test_of_two_polls_at_once_the_older_ends_with_409(server: TelegramServer) -> None:
    async def both() -> tuple[object, object]:
        one, other = (Bot(server.token, base_url=server.base_url) for _ in range(2))
        async with one, other:
            older = asyncio.create_task(one.get_updates(timeout=5))
            await asyncio.to_thread(server.wait_for, lambda: server.state.updates.polls == 1)
            newer = await other.get_updates(timeout=0)
            return (await asyncio.gather(older, return_exceptions=True))[0], newer

    older, newer = asyncio.run(both())
    assert isinstance(older, Conflict)
    assert newer == ()


@pytest.mark.parametrize(
    ("url", "secret", "words"),
    [
        ("http://store.example/telegram", "s", "An HTTPS URL must be provided"),
        ("https://store.example:9000/telegram", "s", "only on ports 80, 88, 443 or 8443"),
        ("https://nowhere.example/telegram", "s", "Failed to resolve host"),
        ("https://store.example/telegram", "a b", "unallowed characters"),
    ],
)
def test_a_bad_webhook_is_refused(server: TelegramServer, ask: Any, url: str, secret: str, words: str) -> None:
    server.resolve("store.example")
    with pytest.raises(BadRequest, match=f"(?i){re.escape(words)}"):
        ask(lambda bot: bot.set_webhook(url, secret_token=secret))


def test_polling_under_a_webhook_is_409(server: TelegramServer, ask: Any) -> None:
    server.resolve("store.example")
    ask(lambda bot: bot.set_webhook("https://store.example/telegram"))
    with pytest.raises(Conflict, match=r"(?i)webhook is active"):
        ask(lambda bot: bot.get_updates())
    ask(lambda bot: bot.delete_webhook())
    assert ask(lambda bot: bot.get_updates()) == ()
