"""What a person wants, as every face says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Platform = Literal["slack", "telegram", "web"]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a platform says is there.

    ``workspace`` is the Slack team, else empty; on the web ``user`` is the employee code.
    """

    platform: Platform
    workspace: str
    user: str


@dataclass(frozen=True, slots=True)
class Address:
    """A chat: a Slack channel or DM, a Telegram chat id, or on the web the employee code."""

    platform: Platform
    workspace: str
    chat: str

    def __str__(self) -> str:
        return f"{self.platform}:{self.workspace}:{self.chat}"


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that came with an answer, as its bytes arrived."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Intent:
    """One tap or one sent form.

    ``token`` is the tapped button's. ``answers`` maps a form field's name to text as written, or is None for a lone tap
    (an outcome with a form is then answered by that form). ``dedupe`` names the act, not its delivery: the same tap
    sent again carries the same value.
    """

    sender: Sender
    chat: Address
    token: str
    dedupe: str
    answers: Mapping[str, str] | None = None
    photos: Mapping[str, tuple[Photo, ...]] = field(default_factory=dict)
