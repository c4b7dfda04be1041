"""What stands in the chats: messages as a person sees them, with every version they had."""

from dataclasses import dataclass, field
from typing import Any, Literal

from tests.telegram_server.markup import Entity, Formatted, slice_of

JsonObject = dict[str, Any]
Keyboard = tuple[tuple[JsonObject, ...], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One version of a message: its visible words, what is marked up or tappable in them, and the inline keyboard."""

    words: Formatted
    keyboard: Keyboard = ()
    date: int = 0

    @property
    def labels(self) -> tuple[str, ...]:
        """The buttons in reading order."""
        return tuple(button["text"] for row in self.keyboard for button in row)

    def button(self, label: str) -> JsonObject:
        """Return the button with these words; an AssertionError names those that there are."""
        for row in self.keyboard:
            for button in row:
                if button["text"] == label:
                    return button
        raise AssertionError(f"no button {label!r} under {self.words.text!r}: {list(self.labels)}")


@dataclass(slots=True)
class Message:
    """A message in a chat. ``versions`` runs from the first to the present one; ``photo`` and ``file`` are bytes."""

    id: int
    chat: "Chat"
    sender: JsonObject
    versions: list[Shown]
    photo: bytes | None = None
    photo_size: tuple[int, int] = (0, 0)
    album: str = ""
    file: bytes | None = None
    file_name: str = ""
    file_id: str = ""
    thread_id: int | None = None
    reply_to: "Message | None" = None
    silent: bool = False
    is_selective: bool = False
    is_deleted: bool = False

    @property
    def now(self) -> Shown:
        return self.versions[-1]

    @property
    def text(self) -> str:
        """The visible words: the text, or the caption of a photo or file."""
        return self.now.words.text

    @property
    def entities(self) -> tuple[Entity, ...]:
        return self.now.words.entities

    @property
    def labels(self) -> tuple[str, ...]:
        return self.now.labels

    @property
    def is_media(self) -> bool:
        return self.photo is not None or self.file is not None

    @property
    def was_edited(self) -> bool:
        return len(self.versions) > 1

    def marked(self, *kinds: str) -> tuple[str, ...]:
        """Return the words that carry an entity of one of these kinds, such as ``bold``."""
        return tuple(slice_of(self.text, each) for each in self.entities if each["type"] in kinds)

    @property
    def links(self) -> tuple[str, ...]:
        """Where a finger in the text could lead: addresses, mail, and links behind words. Buttons are not counted."""
        behind = tuple(each["url"] for each in self.entities if each["type"] == "text_link")
        return behind + self.marked("url", "email")

    @property
    def mentions(self) -> tuple[str, ...]:
        """Who is called by name in the text."""
        return self.marked("mention", "text_mention")

    def as_json(self) -> JsonObject:
        """Return the Message object that the Bot API gives."""
        shown = self.now
        body: JsonObject = {
            "message_id": self.id,
            "from": self.sender,
            "chat": self.chat.as_json(),
            "date": self.versions[0].date,
        }
        if self.was_edited:
            body["edit_date"] = shown.date
        if self.thread_id is not None:
            body |= {"message_thread_id": self.thread_id, "is_topic_message": True}
        if self.reply_to is not None and not self.reply_to.is_deleted:
            body["reply_to_message"] = {**self.reply_to.as_json()}
            body["reply_to_message"].pop("reply_to_message", None)
        if shown.words.text:
            body["caption" if self.is_media else "text"] = shown.words.text
        if shown.words.entities:
            body["caption_entities" if self.is_media else "entities"] = list(shown.words.entities)
        if shown.keyboard:
            body["reply_markup"] = {"inline_keyboard": [list(row) for row in shown.keyboard]}
        if self.album:
            body["media_group_id"] = self.album
        return body | self._media()

    def _media(self) -> JsonObject:
        stub = {"file_id": self.file_id, "file_unique_id": f"u{self.file_id}"}
        if self.photo is not None:
            width, height = self.photo_size
            small = {"width": min(width, 90), "height": min(height, 90), "file_size": 1_000}
            full = {"width": width, "height": height, "file_size": len(self.photo)}
            thumbnail = {"file_id": f"{self.file_id}-s", "file_unique_id": f"u{self.file_id}-s"}
            return {"photo": [thumbnail | small, stub | full]}
        if self.file is not None:
            return {"document": {**stub, "file_name": self.file_name, "file_size": len(self.file)}}
        return {}


@dataclass(slots=True)
class Chat:
    """A chat and all that was said in it. ``bot_status`` says whether the bot may write."""

    id: int
    kind: Literal["private", "group", "supergroup"]
    title: str
    language: str = "en"
    username: str = ""
    bot_status: Literal["member", "never_started", "blocked", "kicked"] = "member"
    messages: list[Message] = field(default_factory=list)
    reply_keyboard: tuple[str, ...] = ()
    keyboard_rows: tuple[tuple[str, ...], ...] = ()
    keyboard_from: Message | None = None
    placeholder: str = ""
    topics: dict[int, str] = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)
    moved_to: "Chat | None" = None

    @property
    def shown(self) -> tuple[Message, ...]:
        """The messages that stand there, oldest first."""
        return tuple(each for each in self.messages if not each.is_deleted)

    @property
    def last(self) -> Message:
        """The newest message that stands there."""
        assert self.shown, f"nothing was said in {self.title}"
        return self.shown[-1]

    def transcript(self) -> str:
        """Return the chat as one reads it, for a failed test's message."""
        lines = []
        for each in self.shown:
            marks = ("[photo] " if each.photo is not None else "") + ("[file] " if each.file is not None else "")
            lines.append(f"#{each.id} {each.sender['first_name']}: {marks}{each.text}")
            lines += [f"    [{label}]" for label in each.labels]
        return "\n".join([*lines, f"keys: {list(self.reply_keyboard)}"])

    def message(self, message_id: int) -> Message | None:
        """Return the message that stands there under this id."""
        return next((each for each in self.messages if each.id == message_id and not each.is_deleted), None)

    def as_json(self) -> JsonObject:
        """Return the Chat object that the Bot API gives."""
        body: JsonObject = {"id": self.id, "type": self.kind}
        body["first_name" if self.kind == "private" else "title"] = self.title
        if self.username:
            body["username"] = self.username
        if self.topics:
            body["is_forum"] = True
        return body


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tap brought: the words of the toast, or of the alert that must be closed."""

    text: str
    is_alert: bool


@dataclass(slots=True)
class Tap:
    """One press of an inline button. ``answer`` is None while the button still spins."""

    id: str
    data: str
    message: Message
    update_id: int = 0
    is_expired: bool = False
    answer: Answer | None = None
