"""All that the server knows: chats, files, taps, calls, and the updates that wait for the bot."""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Condition
from typing import Any

from tests.telegram_server.chats import Chat, Message, Tap
from tests.telegram_server.inline import Inquiry
from tests.telegram_server.refusals import Refusal, bad_request, forbidden
from tests.telegram_server.updates import Updates

JsonObject = dict[str, Any]
BOT_ID = 5550001


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came: the method, its typed parameters, and what it was answered (0: the line was cut)."""

    method: str
    parameters: JsonObject
    code: int
    at: float


@dataclass(slots=True)
class State:
    """Guarded by ``changed``, which is notified at each change."""

    bot_username: str
    changed: Condition = field(default_factory=Condition)
    chats: dict[int, Chat] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    taps: dict[str, Tap] = field(default_factory=dict)
    inquiries: dict[str, Inquiry] = field(default_factory=dict)
    commands: dict[tuple[str, str], tuple[JsonObject, ...]] = field(default_factory=dict)
    menu_buttons: dict[int, JsonObject] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    updates: Updates = field(default_factory=Updates)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(101))
    _last_date: int = 0

    @property
    def bot(self) -> JsonObject:
        """The bot as a User."""
        return {"id": BOT_ID, "is_bot": True, "first_name": "Store", "username": self.bot_username}

    def next_number(self) -> int:
        """Return a number that was not given before."""
        return next(self._numbers)

    def date(self) -> int:
        """Return the present second of the Unix epoch, as Telegram dates messages."""
        self._last_date = max(int(time.time()), self._last_date)
        return self._last_date

    def keep_file(self, content: bytes) -> str:
        """Store bytes and return their file id."""
        file_id = f"AgAC{self.next_number():06d}"
        self.files[file_id] = content
        return file_id

    def add(self, message: Message) -> Message:
        """Put a message into its chat."""
        message.chat.messages.append(message)
        self.changed.notify_all()
        return message

    def chat(self, chat_id: int | str) -> Chat:
        """Return the chat that the bot may write to. Raises the refusal that Telegram has for the rest."""
        chat = self.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None:
            raise bad_request("chat not found")
        if chat.moved_to is not None:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.moved_to.id,
            )
        if chat.bot_status == "blocked":
            raise forbidden("bot was blocked by the user")
        if chat.bot_status == "kicked":
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        if chat.bot_status == "never_started":
            raise forbidden("bot can't initiate conversation with a user")
        return chat
