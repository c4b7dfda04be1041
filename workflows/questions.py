"""What a dialogue asks: the next question with the answers that are a tap away, and the answers before they are sent.

Reads the database and writes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from inventory_core.db.engine import reading
from workflows import picks
from workflows.book import CompanyBook
from workflows.cards import Field, FieldGroup, FieldKind
from workflows.definition import Language
from workflows.desk import Desk
from workflows.dialogues import State
from workflows.inbox import Asked, Reader
from workflows.intents import Address, Sender
from workflows.people import Employee
from workflows.phrases import say

_REST_FROM: Final = 3
"""From so many questions on that have an answer already, one key takes all of these."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked next. ``complaint`` says what was wrong with the last answer, ``quick_answers`` are a tap away."""

    language: Language
    title: str
    words: str
    kind: FieldKind
    number: int
    of: int
    quick_answers: tuple[str, ...] = ()
    can_skip: bool = False
    can_go_back: bool = False
    complaint: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer among those that are looked at before they are sent: the number of its question, and what it is."""

    number: int
    title: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Check:
    """All is answered and nothing is sent: the answers once more, and the word that sends them."""

    language: Language
    answers: tuple[Answered, ...]
    submit: str
    complaint: str = ""


@dataclass(slots=True)
class Talk:
    """A dialogue with all that its next step needs."""

    desk: Desk
    sender: Sender
    chat: Address
    reader: Reader
    employee: Employee
    asked: Asked
    state: State

    @property
    def language(self) -> Language:
        return self.reader.language

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.asked.form.fields

    def is_word(self, said: str, key: str) -> bool:
        """Tell whether somebody pressed a key, or wrote its word, in either language."""
        return said.casefold() in {say(each, key).casefold() for each in ("en", "zh")}

    @property
    def present(self) -> Field:
        """The question that is being asked."""
        return self.fields[self.state.asked]

    def group_of(self, field: Field) -> FieldGroup:
        """Return the line that a question is about, or the part of the form in which it stands."""
        return next(each for each in self.asked.form.groups if field in each.fields)

    @property
    def of_lines(self) -> Sequence[int]:
        """The places of the questions about the paper's lines."""
        lines = {each.name for group in self.asked.form.groups if group.title for each in group.fields}
        return [at for at, each in enumerate(self.fields) if each.name in lines and not row_of(each.name)]


def row_of(name: str) -> str:
    """Return the row of a table that a field is in, such as ``parts.2``; empty for any other field."""
    parts = name.split(".")
    return f"{parts[0]}.{parts[1]}" if len(parts) == 3 else ""


def ends_table(field: Field) -> bool:
    """Tell whether leaving a question out ends a table: it begins a line of it that need not be."""
    return bool(row_of(field.name)) and field.is_conditional and not field.required


def rest(talk: Talk) -> Sequence[Field]:
    """Return the questions about lines from the present one on, if each of them has an answer already or needs none.

    None where they are few: answering them is as quick as reading what the key would do.
    """
    ahead = [talk.fields[at] for at in talk.of_lines if at >= talk.state.asked]
    is_here = talk.state.asked in talk.of_lines
    is_known = all(each.default or not each.required or each.is_conditional for each in ahead)
    return ahead if is_here and is_known and len(ahead) >= _REST_FROM else []


def check(talk: Talk, complaint: str = "") -> Check:
    """Return all that was answered, to be looked at before it is sent."""
    return Check(talk.language, tuple(_answered(talk)), talk.asked.form.submit, complaint)


def _answered(talk: Talk) -> Iterator[Answered]:
    for at, field in enumerate(talk.fields):
        kept = talk.state.photos.get(field.name, [])
        value = talk.state.answers.get(field.name, "")
        shown = next((each.label for each in field.options if each.value == value), value)
        if shown or kept:
            words = say(talk.language, "card.photos", n=len(kept)) if kept else f"{shown} {field.unit}".rstrip()
            yield Answered(at + 1, talk.group_of(field).title, field.label, words)


def question(talk: Talk, complaint: str = "", *, near: str = "") -> Question:
    """Return the present question; ``near`` is what was answered and names nothing."""
    field, state = talk.present, talk.state
    group = talk.group_of(field)
    kept = len(state.photos.get(field.name, []))
    unit = f" ({field.unit})" if field.unit else ""
    hint = f" · {field.hint}" if field.hint else ""
    told = f"\n{say(talk.language, 'form.photos_kept', n=kept)}" if kept else ""
    told += f"\n{say(talk.language, 'form.sign_photo')}" if field.kind == "signature" else ""
    return Question(
        language=talk.language,
        title=" · ".join(part for part in (group.title, group.detail) if part) or talk.asked.form.title,
        words=f"{field.label}{unit}{hint}{told}",
        kind=field.kind,
        number=state.asked + 1,
        of=len(talk.fields),
        quick_answers=_quick(talk, field, near, has_photos=bool(kept)),
        can_skip=not (field.required or kept or ends_table(field)),
        can_go_back=state.asked > 0,
        complaint=complaint,
    )


def _quick(talk: Talk, field: Field, near: str, *, has_photos: bool) -> tuple[str, ...]:
    if has_photos or ends_table(field):
        ways = [say(talk.language, "form.done")]
    else:
        ways = [say(talk.language, "form.rest")] if rest(talk) else []
    with reading(talk.desk.engine) as db:
        book = CompanyBook(db, talk.employee.name)
        found = picks.near(db, talk.asked.flow, field, near) if near else ()
        usual = found or picks.of_field(db, field, employee_id=talk.employee.id, book=book)
    return (*usual, *ways)
