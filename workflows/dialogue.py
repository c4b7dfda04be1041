"""A form answered question by question in a chat, and looked at once more before it is sent.

One dialogue a person and chat, kept in the database (``workflows.dialogues``). A question that the answers so far make
needless is passed over; one answer alone is sent at once, since there is nothing more to look at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from inventory_core.db.engine import reading
from inventory_core.errors import NotANumber
from inventory_core.quantity import parse_decimal
from workflows import dialogues, inbox, people, photos
from workflows.cards import Field, Form
from workflows.desk import Desk
from workflows.dialogues import State
from workflows.forms import FILES, PICTURED, Answers
from workflows.intents import Address, Intent, Photo, Sender
from workflows.phrases import say
from workflows.questions import Check, Question, Talk, check, ends_table, question, rest, row_of

MOST_PHOTOS: Final = 10
"""So many photos answer one question."""


@dataclass(frozen=True, slots=True)
class Ready:
    """All is answered: the intent to act on. Call ``finish`` once it has been acted on."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class Closed:
    """The dialogue is over without an act; ``words`` says why."""

    words: str


Next = Question | Check | Ready | Closed


def begin(desk: Desk, form: Form, sender: Sender, chat: Address, *, answers: Mapping[str, str] | None = None) -> Next:
    """Ask a form's first question; ``answers`` holds what is known already.

    What the form was filled with for this occasion, as from a bin's label, is known, too. Photos that were given to the
    same form are kept; an earlier dialogue about another one is dropped.
    """
    before = dialogues.load(desk, sender, chat)
    kept = before.photos if before and before.token == form.token else {}
    talk = _talk(desk, sender, chat, State(form.token, -1, dict(answers or {}), kept))
    if talk is None:
        return _closed(desk, sender, chat, "refusal.expired_card")
    if answers is None:
        _take_filled(talk, form)
    return _advance(talk)


def _take_filled(talk: Talk, form: Form) -> None:
    """Note the answers that a form came with besides its own proposals; what is wrong with any is asked anew."""
    own = {each.name: each.default for each in talk.fields}
    filled = {each.name: each.default for each in form.fields if each.default and each.default != own.get(each.name)}
    if filled:
        talk.state.answers |= filled
        for name in _parsed(talk).errors.keys() & filled.keys():
            talk.state.answers.pop(name)


def is_open(desk: Desk, sender: Sender, chat: Address) -> bool:
    """Tell whether this person is being asked something in this chat."""
    return dialogues.load(desk, sender, chat) is not None


def reply(
    desk: Desk, sender: Sender, chat: Address, words: str, *, photo: Photo | None = None, is_code: bool = False
) -> Next | None:
    """Take an answer and return what comes next; None when nothing was asked here.

    ``is_code``: the words were read from a code, and so are never one of ours, such as cancel.
    """
    state = dialogues.load(desk, sender, chat)
    if state is None:
        return None
    talk = _talk(desk, sender, chat, state)
    if talk is None or state.is_over:  # a form that was sent from a page meanwhile asks nothing any more
        return _closed(desk, sender, chat, "form.expired" if state.is_over else "form.settled")
    said = words.strip()
    if is_code and state.asked < len(talk.fields):
        complaint = _take(talk, talk.present, said, is_code=True)
        return question(talk, complaint, near=said) if complaint else _advance(talk)
    if talk.is_word(said, "form.cancel"):
        return _closed(desk, sender, chat, "form.cancelled")
    if talk.is_word(said, "form.back"):
        return _ask(talk, _before(talk))
    if state.asked >= len(talk.fields):
        return _checked(talk, said, photo)
    if rest(talk) and talk.is_word(said, "form.rest"):
        return _take_rest(talk)
    field = talk.present
    if field.kind in FILES:
        return _file(talk, field, said, photo)
    if field.kind in PICTURED and photo is not None:
        complaint = _keep(talk, field, photo)
        return question(talk, complaint) if complaint else _advance(talk)
    if complaint := _take(talk, field, said):
        return question(talk, complaint, near=said)
    return _advance(talk)


def finish(desk: Desk, sender: Sender, chat: Address) -> None:
    """Forget the dialogue."""
    dialogues.drop(desk, sender, chat)


def _talk(desk: Desk, sender: Sender, chat: Address, state: State) -> Talk | None:
    """Return the dialogue, or None where its form can't be answered any more, or not by this person."""
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
    if employee is None:
        return None
    reader = inbox.reader_of(employee, chat)
    asked = inbox.asked(desk, state.token, reader)
    return Talk(desk, sender, chat, reader, employee, asked, state) if asked is not None else None


def _closed(desk: Desk, sender: Sender, chat: Address, why: str) -> Closed:
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
    dialogues.drop(desk, sender, chat)
    return Closed(say(employee.language if employee else "en", why))


def _take(talk: Talk, field: Field, said: str, *, is_code: bool = False) -> str:
    """Note one answer, and return what is wrong with it (empty when nothing is)."""
    is_left_out = talk.is_word(said, "form.skip") or (ends_table(field) and talk.is_word(said, "form.done"))
    value = "" if is_left_out and not is_code else said
    by_label = {option.label: option.value for option in field.options}
    answers, before = talk.state.answers, talk.state.answers.get(field.name)
    answers[field.name] = by_label.get(value, value)
    checked = _parsed(talk)
    if (complaint := checked.errors.get(field.name)) is not None:
        answers.pop(field.name) if before is None else answers.update({field.name: before})
        return complaint
    return ""


def _file(talk: Talk, field: Field, said: str, photo: Photo | None) -> Next:
    """Take one photo after the other, until the person says that these are all."""
    given = talk.state.photos.get(field.name, [])
    if photo is not None:
        if complaint := _keep(talk, field, photo):
            return question(talk, complaint)
        if _next(talk) is None:  # more photos are taken there, too
            return _check(talk)
        dialogues.store(talk.desk, talk.sender, talk.chat, talk.state)
        return question(talk)
    if given and talk.is_word(said, "form.done"):
        return _advance(talk)
    if talk.is_word(said, "form.skip"):
        if field.required:
            return question(talk, say(talk.language, "field.required"))
        talk.state.photos[field.name] = []  # it was asked, and there is none
        return _advance(talk)
    return question(talk, say(talk.language, "form.send_photo"))


def _keep(talk: Talk, field: Field, photo: Photo) -> str:
    """Keep a photo, once however often it comes, and return what is wrong with it."""
    given = talk.state.photos.get(field.name, [])
    try:
        digest, _ = photos.keep(talk.desk.files, photo.content)
    except photos.BadPhoto:
        return say(talk.language, "field.bad_photo")
    if digest not in given and len(given) >= MOST_PHOTOS:
        return say(talk.language, "form.photos_most", most=MOST_PHOTOS)
    talk.state.photos[field.name] = list(dict.fromkeys((*given, digest)))
    return ""


def _advance(talk: Talk) -> Next:
    """Ask the next question that is needed; after the last one show the answers, or send the only one."""
    if (at := _next(talk)) is not None:
        return _ask(talk, at)
    given = sum(bool(each) for each in (*talk.state.answers.values(), *talk.state.photos.values()))
    return _check(talk) if given > 1 else _ready(talk)


def _next(talk: Talk) -> int | None:
    """Return the place of the next question that is needed, or None after the last one."""
    after = range(talk.state.asked + 1, len(talk.fields))
    return next((at for at in after if _is_needed(talk, talk.fields[at])), None)


def _is_needed(talk: Talk, field: Field) -> bool:
    if field.name in talk.state.answers or field.name in talk.state.photos:
        return False
    if not field.is_conditional:
        return True
    if (row := row_of(field.name)) and not _is_begun(talk, field, row):
        return False
    return field.name in _parsed(talk).visible


def _parsed(talk: Talk) -> Answers:
    return inbox.parse(
        talk.desk,
        talk.asked,
        talk.state.answers,
        talk.reader,
        given=[name for name, kept in talk.state.photos.items() if kept],
    )


def _is_begun(talk: Talk, field: Field, row: str) -> bool:
    """Tell whether a row's field is to be asked: it is the row's first, or one before it was answered."""
    before = [each.name for each in talk.fields if row_of(each.name) == row]
    before = before[: before.index(field.name)]
    return not before or any(talk.state.answers.get(name) for name in before)


def _before(talk: Talk) -> int:
    """Return the question before the present one, its answer taken back."""
    state, fields = talk.state, talk.fields
    for at in range(min(state.asked, len(fields)) - 1, -1, -1):
        if fields[at].name in state.answers or fields[at].kind in PICTURED:
            state.answers.pop(fields[at].name, None)
            state.photos.pop(fields[at].name, None)
            return at
    return min(state.asked, len(fields) - 1)


def _take_rest(talk: Talk) -> Next:
    for each in rest(talk):
        if each.default:
            talk.state.answers.setdefault(each.name, each.default)
    talk.state.asked = talk.of_lines[-1]
    return _advance(talk)


def _check(talk: Talk, complaint: str = "") -> Check:
    talk.state.asked = len(talk.fields)
    dialogues.store(talk.desk, talk.sender, talk.chat, talk.state)
    return check(talk, complaint)


def _checked(talk: Talk, said: str, photo: Photo | None) -> Next:
    """Send what was looked at, or go back to the answer whose number was written; a photo is added to the others."""
    if photo is not None:
        asked = [each for each in talk.fields if each.kind in PICTURED]
        field = next((each for each in asked if talk.state.photos.get(each.name)), asked[0] if asked else None)
        complaint = _keep(talk, field, photo) if field else _how_to_go_on(talk)
        return _check(talk, complaint)
    if any(talk.is_word(said, key) for key in ("form.submit", "form.ok")):
        return _ready(talk)
    number = _number(said)
    if not 1 <= number <= len(talk.fields):
        return _check(talk, _how_to_go_on(talk))
    name = talk.fields[number - 1].name
    talk.state.answers.pop(name, None)
    return _ask(talk, number - 1)


def _how_to_go_on(talk: Talk) -> str:
    return say(talk.language, "form.check_or_change", submit=talk.asked.form.submit)


def _number(said: str) -> int:
    try:
        number = parse_decimal(said)
    except NotANumber:
        return 0
    return int(number) if number == int(number) else 0


def _ready(talk: Talk) -> Ready:
    state = talk.state
    if state.photos:  # should the act be refused, the form is asked again with its photos
        dialogues.store(talk.desk, talk.sender, talk.chat, state)
    sent = {
        name: tuple(photos.load(talk.desk.files, digest) for digest in digests)
        for name, digests in state.photos.items()
        if digests
    }
    dedupe = act_name(state.token, talk.sender)
    return Ready(Intent(talk.sender, talk.chat, state.token, dedupe, state.answers, sent))


def act_name(token: str, sender: Sender) -> str:
    """Return the name of the act by which answers count, the same however often they are sent."""
    return f"dialogue:{token}:{sender.user}"


def _ask(talk: Talk, at: int) -> Question:
    talk.state.asked = at
    dialogues.store(talk.desk, talk.sender, talk.chat, talk.state)
    return question(talk)
