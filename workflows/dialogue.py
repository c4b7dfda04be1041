"""A form answered question by question in a chat; its state is in the database, so that a restart loses nothing.

One dialogue a person and chat. A question that the answers so far make needless is passed over.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import to_micros
from workflows import inbox, people, photos
from workflows.cards import Field, FieldKind, Form
from workflows.definition import Language
from workflows.desk import Desk
from workflows.inbox import Asked, Reader
from workflows.intents import Address, Intent, Photo, Sender
from workflows.phrases import say

_LIFE = dt.timedelta(hours=8)
_STORE = text("""
    INSERT INTO dialogues (address, "user", token, asked, answers, photos, expires_at)
    VALUES (:address, :user, :token, :asked, :answers, :photos, :expires)
    ON CONFLICT (address, "user") DO UPDATE SET token = excluded.token, asked = excluded.asked,
        answers = excluded.answers, photos = excluded.photos, expires_at = excluded.expires_at
""")
_LOAD = text("""
    SELECT token, asked, answers, photos, expires_at FROM dialogues WHERE address = :address AND "user" = :user
""")
_DROP = text('DELETE FROM dialogues WHERE address = :address AND "user" = :user')


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
class Ready:
    """All is answered: the intent to act on. Call ``finish`` once it has been acted on."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class Closed:
    """The dialogue is over without an act; ``words`` says why."""

    words: str


Next = Question | Ready | Closed


@dataclass(slots=True)
class _State:
    token: str
    asked: int
    answers: dict[str, str]
    photos: dict[str, list[str]]


def begin(desk: Desk, form: Form, sender: Sender, chat: Address, *, answers: Mapping[str, str] | None = None) -> Next:
    """Ask a form's first question; ``answers`` holds what is known already.

    Photos that were given to the same form are kept; an earlier dialogue about another one is dropped.
    """
    before = _load(desk, sender, chat)
    kept = before[0].photos if before and before[0].token == form.token else {}
    state = _State(form.token, -1, dict(answers or {}), kept)
    return _advance(desk, sender, chat, state, _reader(desk, sender, chat))


def is_open(desk: Desk, sender: Sender, chat: Address) -> bool:
    """Tell whether this person is being asked something in this chat."""
    return _load(desk, sender, chat) is not None


def reply(desk: Desk, sender: Sender, chat: Address, words: str, *, photo: Photo | None = None) -> Next | None:
    """Take an answer and return what comes next; None when nothing was asked here."""
    loaded = _load(desk, sender, chat)
    if loaded is None:
        return None
    state, expires = loaded
    reader = _reader(desk, sender, chat)
    asked = inbox.asked(desk, state.token, reader) if reader else None
    if reader is None or asked is None or expires < to_micros(desk.clock()):
        finish(desk, sender, chat)
        return Closed(say(reader.language if reader else "en", "form.expired"))
    language, said = reader.language, words.strip()
    if said == say(language, "form.cancel"):
        finish(desk, sender, chat)
        return Closed(say(language, "form.cancelled"))
    field = asked.form.fields[state.asked]
    if said == say(language, "form.back"):
        return _ask(desk, sender, chat, state, asked, language, _before(asked, state, language))
    if complaint := _take(desk, state, field, asked, said, photo, reader):
        return _question(asked, state, language, complaint)
    return _advance(desk, sender, chat, state, reader)


def finish(desk: Desk, sender: Sender, chat: Address) -> None:
    """Forget the dialogue."""
    with writing(desk.engine) as db:
        db.execute(_DROP, {"address": str(chat), "user": sender.user})


def _take(desk: Desk, state: _State, field: Field, asked: Asked, said: str, photo: Photo | None, reader: Reader) -> str:
    """Note one answer, and return what is wrong with it (empty when nothing is)."""
    language = reader.language
    skipped = said == say(language, "form.skip")
    if field.kind in ("photo", "file"):
        if photo is not None:
            try:
                digest, _ = photos.keep(desk.files, photo.content)
            except photos.BadPhoto:
                return say(language, "field.bad_photo")
            state.photos.setdefault(field.name, []).append(digest)
            return ""
        if skipped:
            return say(language, "field.required") if field.required else ""
        return say(language, "form.send_photo")
    value = "" if skipped else said
    by_label = {option.label: option.value for option in field.options}
    before = state.answers.get(field.name)
    state.answers[field.name] = by_label.get(value, value)
    checked = inbox.parse(desk, asked, state.answers, reader, given=tuple(state.photos))
    if (complaint := checked.errors.get(field.name)) is not None:
        state.answers.pop(field.name) if before is None else state.answers.update({field.name: before})
        return complaint
    return ""


def _advance(desk: Desk, sender: Sender, chat: Address, state: _State, reader: Reader | None) -> Next:
    asked = inbox.asked(desk, state.token, reader) if reader else None
    if reader is None or asked is None:
        finish(desk, sender, chat)
        return Closed(say(reader.language if reader else "en", "refusal.expired_card"))
    fields = asked.form.fields
    for at in range(state.asked + 1, len(fields)):
        if _is_needed(desk, asked, state, fields[at], reader):
            return _ask(desk, sender, chat, state, asked, reader.language, at)
    sent = {
        name: tuple(photos.load(desk.files, digest) for digest in digests) for name, digests in state.photos.items()
    }
    if state.photos:
        _store(desk, sender, chat, state)  # should the act be refused, the form is asked again with its photos
    dedupe = f"dialogue:{state.token}:{sender.user}"
    return Ready(Intent(sender, chat, state.token, dedupe, state.answers, sent))


def _is_needed(desk: Desk, asked: Asked, state: _State, field: Field, reader: Reader) -> bool:
    if field.name in state.answers:
        return False
    if not field.is_conditional:
        return True
    if (row := _row_of(field.name)) and not _is_begun(asked, state, field, row):
        return False
    return field.name in inbox.parse(desk, asked, state.answers, reader, given=tuple(state.photos)).visible


def _row_of(name: str) -> str:
    """Return the row of a table that a field is in, such as ``parts.2``; empty for any other field."""
    parts = name.split(".")
    return f"{parts[0]}.{parts[1]}" if len(parts) == 3 else ""


def _is_begun(asked: Asked, state: _State, field: Field, row: str) -> bool:
    """Tell whether a row's field is to be asked: it is the row's first, or one before it was answered."""
    before = [each.name for each in asked.form.fields if _row_of(each.name) == row]
    before = before[: before.index(field.name)]
    return not before or any(state.answers.get(name) for name in before)


def _before(asked: Asked, state: _State, language: Language) -> int:
    """Return the question before the present one, its answer taken back."""
    for at in range(state.asked - 1, -1, -1):
        name = asked.form.fields[at].name
        if name in state.answers or asked.form.fields[at].kind in ("photo", "file"):
            state.answers.pop(name, None)
            state.photos.pop(name, None)
            return at
    return state.asked


def _ask(
    desk: Desk, sender: Sender, chat: Address, state: _State, asked: Asked, language: Language, at: int
) -> Question:
    state.asked = at
    _store(desk, sender, chat, state)
    return _question(asked, state, language)


def _store(desk: Desk, sender: Sender, chat: Address, state: _State) -> None:
    with writing(desk.engine) as db:
        db.execute(
            _STORE,
            {
                "address": str(chat),
                "user": sender.user,
                "token": state.token,
                "asked": state.asked,
                "answers": json.dumps(state.answers),
                "photos": json.dumps(state.photos),
                "expires": to_micros(desk.clock() + _LIFE),
            },
        )


def _question(asked: Asked, state: _State, language: Language, complaint: str = "") -> Question:
    fields = asked.form.fields
    field = fields[state.asked]
    group = next(each for each in asked.form.groups if field in each.fields)
    quick = tuple(option.label for option in field.options) or ((field.default,) if field.default else ())
    unit = f" ({field.unit})" if field.unit else ""
    hint = f" · {field.hint}" if field.hint else ""
    return Question(
        language=language,
        title=" · ".join(part for part in (group.title, group.detail) if part) or asked.form.title,
        words=f"{field.label}{unit}{hint}",
        kind=field.kind,
        number=state.asked + 1,
        of=len(fields),
        quick_answers=quick,
        can_skip=not field.required,
        can_go_back=state.asked > 0,
        complaint=complaint,
    )


def _load(desk: Desk, sender: Sender, chat: Address) -> tuple[_State, int] | None:
    with reading(desk.engine) as db:
        row = db.execute(_LOAD, {"address": str(chat), "user": sender.user}).first()
    if row is None:
        return None
    return _State(row.token, row.asked, _json(row.answers), _json(row.photos)), row.expires_at


def _json(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored


def _reader(desk: Desk, sender: Sender, chat: Address) -> Reader | None:
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
    return inbox.reader_of(employee, chat) if employee else None
