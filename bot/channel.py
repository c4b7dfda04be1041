"""The one port between what is said and where: each face offers a Channel, the notifier uses nothing else of it."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from charts.papers.paper import Printed
from charts.picture import Picture
from workflows.cards import Card, Form
from workflows.definition import Language
from workflows.desk import Desk
from workflows.inbox import Reader
from workflows.intents import Address
from workflows.people import Employee


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person gets back at once for a command or a message: words, cards, a picture, or a form to go on with.

    ``paper`` is a file to print; ``link`` is where it is on the person's own pages, under their home. ``look`` is the
    token by which the same can be looked at again, empty where that means nothing. ``is_noted``: the words only say
    that what was said is kept, so a mark on the message does, too. ``replaces``: it is the answer to a tap whose
    message has nothing left to ask.
    """

    words: str = ""
    cards: tuple[Card, ...] = ()
    picture: Picture | None = None
    form: Form | None = None
    paper: Printed | None = None
    link: str = ""
    look: str = ""
    is_noted: bool = False
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message that stands in a chat; ``id`` is the platform's own (Slack ts, Telegram message id)."""

    chat: Address
    id: str


class DeliveryError(Exception):
    """A platform did not take a message.

    ``permanent``: trying again is useless (blocked, unknown chat). ``retry_after_s``: the platform's wish, if it named
    one. ``moved_to``: the chat's new id, when the platform says that the chat has one. ``may_have_arrived``: the answer
    was lost, so the message may stand there nevertheless.
    """

    def __init__(
        self,
        code: str,
        *,
        permanent: bool,
        retry_after_s: float | None = None,
        moved_to: str | None = None,
        may_have_arrived: bool = False,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent
        self.retry_after_s = retry_after_s
        self.moved_to = moved_to
        self.may_have_arrived = may_have_arrived


class Channel(Protocol):
    """Sends and edits cards on one platform. Both calls block, take seconds at most and raise only DeliveryError."""

    def send(
        self, chat: Address, card: Card, picture: Picture | None = None, *, key: str = "", is_again: bool = False
    ) -> MessageRef:
        """Send a card. ``key`` is the message's own, the same at each try; ``is_again``: it may have arrived already.

        Where the platform can tell, a message that arrived already is found by its key and not sent twice.
        """
        ...

    def edit(self, message: MessageRef, card: Card) -> None:
        """Show the card's present state in place; a message that already shows it is a success."""
        ...


@runtime_checkable
class Paced(Protocol):
    """A Channel of a platform that takes only so many messages in one chat."""

    def rest_s(self, chat: Address) -> float:
        """Return after how many seconds the chat takes the next message; 0 when it does at once."""
        ...


class Subjects(Protocol):
    """What messages are about, as whoever sends them knows it: a face asks here to show more of one."""

    def card_of(self, desk: Desk, subject: str, reader: Reader) -> Card | None:
        """Return the present card of a subject such as ``task:5``, or None if it is gone."""
        ...

    def picture_of(self, desk: Desk, subject: str, language: Language) -> Picture | None:
        """Return the picture that came with a subject's message, or None where there was none."""
        ...

    def may_see(self, desk: Desk, subject: str, employee: Employee, chat: Address) -> bool:
        """Tell whether somebody may be shown a subject now, in this chat."""
        ...
