"""What people send to the bot, and what is said to it: the words of both, before anything is drawn."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.telegram.keys import Key
from charts.papers.paper import Printed
from charts.picture import Picture
from workflows.cards import Card
from workflows.definition import Language
from workflows.intents import Address, Sender
from workflows.questions import Check, Question


@dataclass(frozen=True, slots=True)
class Words:
    """Plain words. ``is_end``: the questions are over, so the keys under the input line go away.

    ``is_count``: they say how many photos of an album were taken so far. ``opens`` is the button under them.
    """

    text: str
    is_end: bool = False
    is_count: bool = False
    opens: Key | None = None


@dataclass(frozen=True, slots=True)
class Pictured:
    """A picture that stands by itself. By ``key`` it is had as a file; empty where it is not."""

    picture: Picture
    key: str
    language: Language


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A card of ours as it is now, in the place of the message that showed it before."""

    message_id: int
    card: Card
    is_photo: bool = False


Sent = Words | Question | Check | Card | Pictured | Printed
Said = Sent | Redrawn


@dataclass(frozen=True, slots=True)
class Heard:
    """A message. ``replies_to`` is the id of the message of ours that it answers, with the tokens on its buttons.

    ``is_named``: it calls the bot by its name.
    """

    sender: Sender
    chat: Address
    message_id: int
    words: str
    language: Language
    is_private: bool = True
    is_named: bool = False
    replies_to: tuple[int, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Tapped:
    """What the finger sees (``words``, an alert if ``is_refusal``), and what follows.

    ``draw`` gives the tapped card as it is when that is called; None where the card shows nothing else. ``leaf`` is the
    card of which ``page`` is to be shown at once, 0 for how it first came.
    """

    words: str = ""
    is_refusal: bool = False
    draw: Callable[[], Card | None] | None = None
    said: tuple[Said, ...] = ()
    leaf: Card | None = None
    page: int = 0
