"""People at their phones: they write, tap and send pictures, and see only what their chat shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.telegram_server.chats import Chat, Message, Shown, Tap
from tests.telegram_server.inline import Inquiry
from tests.telegram_server.markup import formatted
from tests.telegram_server.miniapp import signed
from tests.telegram_server.pictures import picture_size
from tests.telegram_server.state import BOT_ID

if TYPE_CHECKING:
    from tests.telegram_server.server import TelegramServer

JsonObject = dict[str, Any]


class Person:
    """Someone with a private chat with the bot (``chat``). All that they do may also happen in a group they are in."""

    def __init__(self, server: TelegramServer, user: JsonObject, chat: Chat) -> None:
        self._server = server
        self._state = server.state
        self.user = user
        self.chat = chat

    @property
    def id(self) -> int:
        return int(self.user["id"])

    @property
    def keys(self) -> tuple[str, ...]:
        """The reply keyboard under the input line of the private chat."""
        return self.chat.reply_keyboard

    def says(
        self,
        text: str,
        *,
        reply_to: Message | None = None,
        chat: Chat | None = None,
        thread_id: int | None = None,
    ) -> Message:
        """Write a message. In a group the bot, being in privacy mode, gets it only if it is a command or a reply."""
        words = formatted(text, parse_mode=None, entities=None)
        with self._state.changed:
            shown = Shown(words, date=self._state.date())
            message = self._message(chat, shown, reply_to=reply_to, thread_id=thread_id)
            return self._deliver(message)

    def command(self, text: str, *, chat: Chat | None = None) -> Message:
        """Give a command such as ``/inbox``; in a group it is addressed to the bot, as the menu does."""
        assert text.startswith("/"), f"{text!r} is no command"
        if chat is not None and "@" not in text:
            word, space, rest = text.partition(" ")
            text = f"{word}@{self._state.bot_username}{space}{rest}"
        return self.says(text, chat=chat)

    def starts(self, payload: str = "") -> Message:
        """Press Start, or open a deep link that carries ``payload``."""
        with self._state.changed:
            self.chat.bot_status = "member"
        return self.says(f"/start {payload}".strip())

    def presses(self, label: str, *, chat: Chat | None = None) -> Message:
        """Press a key of the reply keyboard, which writes its words; in a group as a reply to who laid it."""
        where = chat or self.chat
        assert label in where.reply_keyboard, f"no key {label!r} among {list(where.reply_keyboard)}"
        if where.kind == "private":
            return self.says(label)
        laid = where.keyboard_from
        assert laid is not None and self._may_press(laid), f"the keys under {laid} are not for {self.user}"
        return self.says(label, reply_to=laid, chat=where, thread_id=laid.thread_id)

    def _may_press(self, laid: Message) -> bool:
        """Tell whether selective keys are shown to this person: who is named, or who is replied to."""
        named = [each["user"]["id"] for each in laid.entities if each["type"] == "text_mention"]
        replied = [laid.reply_to.sender["id"]] if laid.reply_to is not None else []
        return not laid.is_selective or self.id in (*named, *replied)

    def sends_photo(
        self,
        content: bytes,
        *,
        caption: str = "",
        reply_to: Message | None = None,
        chat: Chat | None = None,
        thread_id: int | None = None,
        album: str = "",
    ) -> Message:
        """Send a PNG or JPEG as a photo; photos of one ``album`` are messages that share its name."""
        size = picture_size(content)
        assert size is not None, "a photo is a PNG or a JPEG"
        with self._state.changed:
            shown = Shown(formatted(caption, parse_mode=None, entities=None), date=self._state.date())
            message = self._message(chat, shown, reply_to=reply_to, thread_id=thread_id)
            message.photo, message.photo_size = content, size
            message.file_id = self._state.keep_file(content)
            message.album = album
            return self._deliver(message)

    def taps(self, message: Message, label: str, *, version: int = -1) -> Tap:
        """Tap the button with these words; ``version`` taps one that an old screen still shows (0: the first)."""
        button = message.versions[version].button(label)
        assert "callback_data" in button, f"{label!r} opens {button.get('url')}"
        return self.forges_tap(message, button["callback_data"])

    def forges_tap(self, message: Message, data: str) -> Tap:
        """Send a tap with any data, as only a changed app can."""
        state = self._state
        with state.changed:
            tap = Tap(f"{self.id}{state.next_number():012d}", data, message)
            state.taps[tap.id] = tap
            query = {
                "id": tap.id,
                "from": self.user,
                "message": message.as_json(),
                "chat_instance": f"-{abs(message.chat.id)}77",
                "data": data,
            }
            tap.update_id = self._server.put("callback_query", query)
        return tap

    def opens(self, message: Message, label: str) -> str:
        """Tap a button that opens a page, in a browser or as a Mini App, and return its address."""
        button = message.now.button(label)
        return str(button["web_app"]["url"] if "web_app" in button else button["url"])

    def launch(self, link: str, *, at: float, **more: str) -> str:
        """Return a Mini App's address as the app loads it: with who opened it, signed, behind the number sign."""
        told = {
            "query_id": "AAHdF6IQAAAAAN0XohDhrOrc",
            "user": json.dumps(self.user),
            "auth_date": str(int(at)),
            **more,
        }
        words = signed(told, self._server.token)
        theme = json.dumps({"bg_color": "#ffffff"})
        launched = {"tgWebAppData": words, "tgWebAppVersion": "9.1", "tgWebAppPlatform": "android"}
        return f"{link}#{urlencode({**launched, 'tgWebAppThemeParams': theme})}"

    def looks_up(self, words: str) -> Inquiry:
        """Type the bot's name and these words into the input line of any chat, and wait for what it offers."""
        state = self._state
        with state.changed:
            asked = Inquiry(f"{self.id}{state.next_number():012d}", words)
            state.inquiries[asked.id] = asked
            self._server.put("inline_query", {"id": asked.id, "from": self.user, "query": words, "offset": ""})
        self._server.wait_for(lambda: asked.offers is not None)
        return asked

    def blocks_bot(self) -> None:
        """Block the bot: it is refused from now on."""
        self._change_membership("member", "kicked")

    def unblocks_bot(self) -> None:
        """Let the bot write again."""
        self._change_membership("kicked", "member")

    def sees(
        self, fragment: str, *, after: Message | None = None, within_s: float = 5, chat: Chat | None = None
    ) -> Message:
        """Wait until the bot shows these words, in a message newer than ``after``, and return the newest such."""
        where = chat or self.chat
        floor = after.id if after is not None else 0

        def found() -> list[Message]:
            return [
                each
                for each in where.shown
                if each.sender["id"] == BOT_ID and each.id > floor and fragment in each.text
            ]

        self._server.wait_for(
            lambda: bool(found()),
            within_s=within_s,
            otherwise=lambda: f"{fragment!r} is not to be seen:\n{where.transcript()}",
        )
        return found()[-1]

    def _message(self, chat: Chat | None, shown: Shown, *, reply_to: Message | None, thread_id: int | None) -> Message:
        where = chat or self.chat
        return Message(self._state.next_number(), where, self.user, [shown], reply_to=reply_to, thread_id=thread_id)

    def _deliver(self, message: Message) -> Message:
        self._state.add(message)
        is_reply_to_bot = message.reply_to is not None and message.reply_to.sender["id"] == BOT_ID
        mine = f"@{self._state.bot_username}"
        first_word = message.text.partition(" ")[0]
        is_command = first_word.startswith("/") and ("@" not in first_word or first_word.endswith(mine))
        is_mention = mine.lower() in (each.lower() for each in message.mentions)
        if message.chat.kind == "private" or is_reply_to_bot or is_command or is_mention:
            self._server.put("message", message.as_json())
        return message

    def _change_membership(self, before: str, after: str) -> None:
        with self._state.changed:
            self.chat.bot_status = "blocked" if after == "kicked" else "member"
            self._server.put(
                "my_chat_member",
                self._server.membership(self.chat, by=self.user, before=before, after=after),
            )
