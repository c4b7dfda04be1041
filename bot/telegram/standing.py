"""What stands in the database about a chat: the open question, the last answer taken, and what a card is about."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from bot.channel import MessageRef
from bot.telegram.tokens import is_subject, turned
from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import to_micros
from workflows import inbox, people, tokens
from workflows.cards import FieldKind
from workflows.definition import Language
from workflows.desk import Desk
from workflows.forms import PICTURED
from workflows.intents import Address, Sender

_QUESTION = text("""
    SELECT token, asked, answers FROM dialogues WHERE address = :address AND "user" = :user AND expires_at > :now
""")
_LAST = text("SELECT last FROM counters WHERE name = :name")
_NOTE = text("""
    INSERT INTO counters (name, last) VALUES (:name, :last) ON CONFLICT (name) DO UPDATE SET last = excluded.last
""")
_SUBJECT = text("""
    SELECT m.subject FROM messages m JOIN chats c ON c.id = m.chat_id
    WHERE c.platform = :platform AND c.workspace = :workspace AND c.chat = :chat AND m.ref IN (:ref, :photo_ref)
""")
_TOLD = text("""
    SELECT m.lease_until > :now OR EXISTS (
        SELECT 1 FROM deliveries d WHERE d.message_id = m.id AND d.state = 'delivered' AND d.settled_at > :since)
    FROM messages m JOIN chats c ON c.id = m.chat_id
    WHERE c.platform = :platform AND c.workspace = :workspace AND c.chat = :chat AND m.ref = :ref
""")
_ANSWERED = text("""
    SELECT dedupe_key FROM (SELECT id, dedupe_key FROM decisions WHERE employee_id = :employee ORDER BY id DESC LIMIT 1)
    AS latest WHERE dedupe_key LIKE :name
""")
_QUESTIONS = 1 << 16


@dataclass(frozen=True, slots=True)
class Standing:
    """The question that a person is being asked: the button's token, its place in the form, and what was answered."""

    token: str
    asked: int
    answers: Mapping[str, str]


def question(desk: Desk, sender: Sender, chat: Address) -> Standing | None:
    """Return what a person is being asked in a chat, or None."""
    key = {"address": str(chat), "user": sender.user, "now": to_micros(desk.clock())}
    with reading(desk.engine) as db:
        row = db.execute(_QUESTION, key).first()
    if row is None:
        return None
    answers = json.loads(row.answers) if isinstance(row.answers, str) else row.answers
    return Standing(row.token, row.asked, answers)


def asked_for(desk: Desk, sender: Sender, chat: Address) -> FieldKind | None:
    """Return the kind of answer that is waited for, or None when nothing is asked.

    A choice stands for whatever neither a photo nor a code can answer.
    """
    standing = question(desk, sender, chat)
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
    if standing is None or employee is None:
        return None
    asked = inbox.asked(desk, standing.token, inbox.reader_of(employee, chat))
    if asked is None:
        return "choice"
    if standing.asked >= len(asked.form.fields):  # all is answered, and a photo is added to the others
        return "photo" if any(each.kind in PICTURED for each in asked.form.fields) else "choice"
    return asked.form.fields[standing.asked].kind


def language_of(desk: Desk, sender: Sender) -> Language | None:
    """Return an employee's own language, or None when the account is not linked."""
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
    return employee.language if employee else None


def take_answer(desk: Desk, sender: Sender, chat: Address, *, message_id: int, asked: int) -> bool:
    """Tell whether a message is to be taken as the answer to the question ``asked``, and note that it is.

    A message that comes once more after a crash is taken again only if its answer had not been stored: then the
    question is still the same.
    """
    name = _name(sender, chat)
    with writing(desk.engine) as db:
        last_id, last_asked = _last(db, name)
        if message_id < last_id or (message_id == last_id and asked != last_asked):
            return False
        db.execute(_NOTE, {"name": name, "last": message_id * _QUESTIONS + asked})
    return True


def was_answer(desk: Desk, sender: Sender, chat: Address, *, message_id: int) -> bool:
    """Tell whether a message was taken as an answer, or came before one that was."""
    with reading(desk.engine) as db:
        return message_id <= _last(db, _name(sender, chat))[0]


def note_tapped(desk: Desk, sender: Sender, chat: Address, message_id: int, *, is_photo: bool) -> None:
    """Note on which card the form was opened that somebody is asked now; 0 for none."""
    with writing(desk.engine) as db:
        db.execute(_NOTE, {"name": _tapped(sender, chat), "last": message_id * 2 + is_photo})


def tapped(desk: Desk, sender: Sender, chat: Address) -> tuple[int, bool]:
    """Return the message of that card, 0 for none, and whether it is a picture."""
    with reading(desk.engine) as db:
        last = db.execute(_LAST, {"name": _tapped(sender, chat)}).scalar()
    return int(last or 0) // 2, bool(int(last or 0) % 2)


def _tapped(sender: Sender, chat: Address) -> str:
    return f"tg:card:{chat.chat}:{sender.user}"


def is_last_answer(desk: Desk, sender: Sender, chat: Address, *, message_id: int) -> bool:
    """Tell whether a message was the last one that was taken as an answer."""
    with reading(desk.engine) as db:
        return message_id == _last(db, _name(sender, chat))[0]


def token_answered(desk: Desk, sender: Sender) -> str:
    """Return the token of the form whose answers of this account counted last, or nothing."""
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
        key = {"employee": employee.id if employee else 0, "name": f"dialogue:%:{sender.user}"}
        found = db.execute(_ANSWERED, key).scalar()
    return str(found).split(":")[1] if found else ""


def _last(db: Connection, name: str) -> tuple[int, int]:
    last = db.execute(_LAST, {"name": name}).scalar()
    return divmod(int(last), _QUESTIONS) if last is not None else (-1, -1)


def _name(sender: Sender, chat: Address) -> str:
    """Return the counter's name: message ids count up within a chat, whatever the topic."""
    return f"tg:{chat.chat.partition('/')[0]}:{sender.user}"


def subject_of(desk: Desk, chat: Address, message_id: int, button_tokens: Iterable[str]) -> str:
    """Return what a message of ours is about, such as ``task:5``; empty when it is about nothing.

    A card that was asked for is not among the notifier's messages, but the buttons under it say which task it shows.
    """
    key = {"platform": chat.platform, "workspace": chat.workspace, "chat": chat.chat}
    with reading(desk.engine) as db:
        found = db.execute(_SUBJECT, {**key, "ref": str(message_id), "photo_ref": f"p{message_id}"}).scalar()
        if found:
            return str(found)
        for each in button_tokens:
            about, _ = turned(each) or ("", 0)
            if is_subject(about):
                return about
            held = tokens.held(db, each)
            if held is not None and held.address == str(chat):
                return f"task:{held.task_id}"
    return ""


def told(desk: Desk, message: MessageRef, since: dt.datetime) -> tuple[bool, bool]:
    """Tell whether a message is the notifier's, and whether that showed something later than ``since``, or does now."""
    chat, times = message.chat, {"since": to_micros(since), "now": to_micros(desk.clock())}
    key = {"platform": chat.platform, "workspace": chat.workspace, "chat": chat.chat, "ref": message.id}
    with reading(desk.engine) as db:
        found = db.execute(_TOLD, {**key, **times}).scalar()
    return found is not None, bool(found)
