"""What Slack sends, read into our own words. Pydantic refuses what is not of the shape that Slack documents."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any, Final

from pydantic import BaseModel, Field

from bot.slack.answers import Answers, File
from bot.slack.modal import Origin
from workflows.definition import Language
from workflows.intents import Address, Sender

HOME: Final = "home"
_OURS: Final = "/storekeeper"
_CHINESE: Final = re.compile("[\u3400-\u9fff]")
_LINK: Final = re.compile(r"<[^<>|]+\|([^<>]*)>|<(?:https?://|mailto:)([^<>]*)>")


class _Named(BaseModel):
    id: str
    team_id: str = ""


class _Action(BaseModel):
    value: str = ""


class _Container(BaseModel):
    type: str = ""
    message_ts: str = ""
    thread_ts: str = ""
    is_ephemeral: bool = False


class _WithPerson(BaseModel):
    user: _Named
    team: _Named | None = None

    @property
    def sender(self) -> Sender:
        return Sender("slack", self.team.id if self.team else self.user.team_id, self.user.id)


class Tap(_WithPerson):
    """A press of a button, in a message or on the home tab."""

    trigger_id: str
    actions: tuple[_Action, ...]
    container: _Container
    channel: _Named | None = None
    response_url: str = ""

    @property
    def token(self) -> str:
        """What the button carries; empty for one that only opens a page."""
        return self.actions[0].value if self.actions else ""

    @property
    def is_home(self) -> bool:
        return self.channel is None

    @property
    def chat(self) -> Address:
        """The channel, or on the home tab, which is one person's own, the person."""
        return Address("slack", self.sender.workspace, self.channel.id if self.channel else self.user.id)

    @property
    def reply_to(self) -> str:
        """Where a message that only this person sees is changed; empty for one that others see, too."""
        return self.response_url if self.container.is_ephemeral else ""

    @property
    def dedupe(self) -> str:
        """The same for every delivery of this tap, and for taps on the same button of the same message."""
        message = self.container.message_ts or HOME
        return f"slack:{self.sender.workspace}:{self.chat.chat}:{message}:{self.token}"

    @property
    def origin(self) -> Origin:
        return Origin(token=self.token, chat=self.chat.chat, message=self.container.message_ts, reply_to=self.reply_to)


class _View(BaseModel):
    id: str
    hash: str = ""
    private_metadata: str = "{}"
    state: Answers = Answers()


class _Chosen(BaseModel):
    value: str = ""


class _Control(BaseModel):
    action_id: str = ""
    value: str | None = None
    selected_option: _Chosen | None = None


class Choice(_WithPerson):
    """A choice on the home tab: a filter, words, a page, or something to start."""

    trigger_id: str = ""
    actions: tuple[_Control, ...]
    view: _View

    @property
    def action_id(self) -> str:
        return self.actions[0].action_id if self.actions else ""

    @property
    def value(self) -> str:
        """What was chosen or written; empty when a field was emptied."""
        control = self.actions[0] if self.actions else _Control()
        return control.selected_option.value if control.selected_option else control.value or ""


class _Message(BaseModel):
    text: str = ""


class Shortcut(_WithPerson):
    """A shortcut on a message."""

    callback_id: str
    trigger_id: str
    response_url: str = ""
    channel: _Named
    message: _Message

    @property
    def chat(self) -> Address:
        return Address("slack", self.sender.workspace, self.channel.id)

    @property
    def words(self) -> str:
        return plain_words(self.message.text)


class InForm(_WithPerson):
    """What somebody does in a form's modal. ``view`` is the modal as it is before them."""

    view: _View

    @property
    def origin(self) -> Origin:
        return Origin.model_validate_json(self.view.private_metadata)

    @property
    def chat(self) -> Address:
        return Address("slack", self.sender.workspace, self.origin.chat)


class Submission(InForm):
    """A sent modal, or one that was closed."""

    @property
    def dedupe(self) -> str:
        return f"slack:{self.sender.workspace}:view:{self.view.id}"


class _Touched(_Control):
    block_id: str = ""


class Touch(InForm):
    """An answer that was begun or changed in a form's modal, or a press of one of its own buttons."""

    trigger_id: str = ""
    actions: tuple[_Touched, ...] = Field(min_length=1)

    @property
    def action_id(self) -> str:
        return self.actions[0].action_id

    @property
    def field(self) -> str:
        return self.actions[0].block_id

    @property
    def value(self) -> str:
        return self.actions[0].value or ""


class Search(InForm):
    """Words that somebody types into a field of a form's modal, to choose from what they may mean."""

    block_id: str
    value: str = ""


class Command(BaseModel):
    """A slash command."""

    command: str
    text: str = ""
    team_id: str
    user_id: str
    channel_id: str
    trigger_id: str

    @property
    def sender(self) -> Sender:
        return Sender("slack", self.team_id, self.user_id)

    @property
    def chat(self) -> Address:
        return Address("slack", self.team_id, self.channel_id)

    @property
    def words(self) -> str:
        """What to answer: the command with its words, or the words alone after the command of the app's own name."""
        said = plain_words(self.text)
        return (said or "help") if self.command == _OURS else f"{self.command} {said}".strip()

    @property
    def dedupe(self) -> str:
        return f"slack:{self.team_id}:command:{self.trigger_id}"


class _Link(BaseModel):
    url: str


class Posted(BaseModel):
    """A message that holds links to our pages."""

    user: str
    channel: str
    message_ts: str
    links: tuple[_Link, ...] = ()


class Said(BaseModel):
    """A message. ``thread_ts`` is that of the message whose thread it stands in."""

    user: str = ""
    text: str = ""
    channel: str
    channel_type: str = ""
    ts: str
    thread_ts: str = ""
    subtype: str = ""
    bot_id: str = ""
    files: tuple[File, ...] = ()

    @property
    def is_written(self) -> bool:
        """Tell whether a person wrote it to the bot, or into a thread of a channel; in a channel, its own thread too.

        Edits, joins, what bots say, and a message with neither words nor files are not heard.
        """
        is_said = self.subtype in ("", "file_share", "thread_broadcast") and not self.bot_id
        return bool(is_said and self.user and (self.text.strip() or self.files)) and (
            self.channel_type == "im" or self.is_shared
        )

    @property
    def is_shared(self) -> bool:
        """Tell whether it stands in a thread that others read."""
        return self.channel_type in ("channel", "group") and self.thread_ts not in ("", self.ts)

    @property
    def words(self) -> str:
        return plain_words(self.text)


def team_of(body: Mapping[str, Any]) -> str:
    """Return the workspace of an event; where the app belongs to an enterprise, it may stand in the event alone."""
    event = body.get("event") or {}
    authorizations = body.get("authorizations") or ()
    named = (body.get("team_id"), event.get("team"), *(each.get("team_id") for each in authorizations))
    return next((each for each in named if isinstance(each, str) and each), "")


def plain_words(text: str) -> str:
    """Return what a person typed: Slack sends links and the three signs of its markup in a form of its own."""
    return unescape(_LINK.sub(lambda match: match[1] or match[2] or "", text)).strip()


def language_of_words(text: str) -> Language:
    """Return the language in which somebody who is not linked is answered."""
    return "zh" if _CHINESE.search(text) else "en"
