"""What is told and what is asked, in words that are ready to read.

A card knows no chat platform. It is built in its reader's language by ``workflows.inbox`` and turned into blocks, a
keyboard or HTML by a face under ``bot/``. Every text in it is plain: escaping is the face's work, done once, at output.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflows.definition import FieldKind as FieldKind
from workflows.definition import Tone as Tone


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled figure, such as Supplier: Litware. ``is_apart``: it is not to be compared with others of its row.

    ``story`` is the key of the story that it leads to on the web, such as ``paper.12``, or empty.
    """

    label: str
    value: str
    is_apart: bool = False
    story: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a document: what it is, and its figures in reading order."""

    title: str
    detail: str = ""
    figures: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Button:
    """One outcome. ``token`` is opaque, at most 64 bytes; ``opens_form`` says that the tap leads to questions first."""

    label: str
    token: str
    tone: Tone = "plain"
    opens_form: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A task, an alert, a digest or an answer, ready for its reader.

    ``subject`` names what the card is about (``task:5``, ``alert:9``, ``stock:BK-100``): one message a chat and
    subject, edited when the truth changes. ``summary`` is the one line of a push preview. ``question`` is what the
    reader is asked, empty when nothing is. ``story`` holds what happened so far, oldest first. ``status`` is the
    present state in a few words, set once the reader has nothing left to decide. ``link`` is the same thing on the
    web, or empty. ``form_link`` is where its form is filled in on a page that Telegram opens, empty where each of its
    forms is a few questions. ``look`` is the token by which an answer is looked at again, empty for what ``subject``
    names. ``brief`` is how many of the rows tell the most, where a face does not show them page by page; 0 for all of
    them. ``is_cut``: ``look`` shows more than is here.
    """

    subject: str
    title: str
    summary: str
    language: str
    facts: tuple[Fact, ...] = ()
    rows: tuple[Row, ...] = ()
    question: str = ""
    buttons: tuple[Button, ...] = ()
    story: tuple[str, ...] = ()
    status: str = ""
    tone: Tone = "plain"
    link: str = ""
    form_link: str = ""
    look: str = ""
    brief: int = 0
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form.

    ``name`` is the key of its answer (``received.2`` for document line 2, ``reason`` for the document). ``default`` and
    the answer are text as a person writes it; a quantity is in ``unit``. ``hint`` helps, such as "at most 550".
    ``least`` and ``most`` bound a number where that is known from the start, else they are empty.
    ``is_conditional``: whether it is asked at all depends on the others; ``required`` is meant for when it is.
    """

    name: str
    kind: FieldKind
    label: str
    required: bool = True
    default: str = ""
    unit: str = ""
    hint: str = ""
    options: tuple[Option, ...] = ()
    least: str = ""
    most: str = ""
    is_conditional: bool = False


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """The questions about one document line (``title`` is the item), or about the document (empty title)."""

    title: str
    detail: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """The questions that an outcome asks before it counts. ``token`` is that of the button that opened it.

    ``link`` is where Telegram opens it as a page, empty where it is a few questions.
    """

    token: str
    title: str
    language: str
    submit: str
    groups: tuple[FieldGroup, ...]
    intro: str = ""
    link: str = ""

    @property
    def fields(self) -> tuple[Field, ...]:
        """All questions in the order in which they are asked."""
        return tuple(each for group in self.groups for each in group.fields)


@dataclass(frozen=True, slots=True)
class Done:
    """The act counted, now or, when ``is_repeat``, already before. ``words`` says so in the reader's language."""

    words: str
    card: Card | None = None
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The act did not count and nothing changed. ``errors`` holds one sentence a form field that was filled wrongly."""

    words: str
    card: Card | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
