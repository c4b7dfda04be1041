"""Shows more of a message: a page of its card, its picture as a file. Who may see it is asked at the tap."""

from dataclasses import dataclass

from sqlalchemy import text

from bot import looking
from bot.channel import Subjects
from bot.looking import Asker
from bot.plain import language_of
from bot.telegram import tokens
from charts.papers.paper import Printed
from charts.picture import Picture
from inventory_core.db.engine import reading
from workflows import inbox, people
from workflows.cards import Card
from workflows.definition import Language
from workflows.desk import Desk
from workflows.inbox import Reader
from workflows.intents import Address, Sender
from workflows.people import Employee
from workflows.phrases import say

_CHANNEL = text("""
    SELECT language FROM chats
    WHERE platform = :platform AND workspace = :workspace AND chat = :chat AND employee_id IS NULL
""")


@dataclass(frozen=True, slots=True)
class Tap:
    """A press of a button. ``language`` is the account's, for somebody who is not linked.

    ``is_photo``: the button is under a picture.
    """

    sender: Sender
    chat: Address
    message_id: int
    data: str
    language: Language
    is_photo: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing more is shown, in a sentence."""

    words: str


@dataclass(frozen=True, slots=True)
class Turned:
    """A card as it is now, and the page of it that is to be shown (0: as it first came)."""

    card: Card
    page: int


def turn(desk: Desk, subjects: Subjects, tap: Tap) -> Turned | Refusal:
    """Return the page that a button leads to."""
    key, page = tokens.turned(tap.data) or ("", 0)
    found = _seen(desk, subjects, tap, key, in_full=page > 0, is_drawn=False)
    if isinstance(found, Refusal):
        return found
    card, _ = found
    return Turned(card, page)


def file(desk: Desk, subjects: Subjects, tap: Tap) -> Printed | Refusal:
    """Return the picture that a button asks for as a file, its words as the title."""
    found = _seen(desk, subjects, tap, tokens.filed(tap.data), in_full=False, is_drawn=True)
    if isinstance(found, Refusal):
        return found
    card, picture = found
    if picture is None:
        return Refusal(say(language_of(card.language), "telegram.file_gone"))
    return Printed(picture.name, picture.png, "image/png", picture.alt)


def _seen(
    desk: Desk, subjects: Subjects, tap: Tap, key: str, *, in_full: bool, is_drawn: bool
) -> tuple[Card, Picture | None] | Refusal:
    """Return what a key stands for, if this person may see it now."""
    with reading(desk.engine) as db:
        employee = people.who(db, tap.sender)
    if employee is None:
        return Refusal(say(tap.language, "refusal.unlinked"))
    if looking.is_look(key):
        reply = looking.at(Asker(desk, employee, inbox.reader_of(employee, tap.chat), in_full, is_drawn), key)
        return (reply.cards[0], reply.picture) if reply.cards else Refusal(reply.words)
    if not tokens.is_subject(key):
        return Refusal(say(employee.language, "refusal.expired_card"))
    if not subjects.may_see(desk, key, employee, tap.chat):
        return Refusal(say(employee.language, "telegram.not_shown"))
    reader = _reader(desk, employee, tap.chat)
    card = subjects.card_of(desk, key, reader)
    if card is None:
        return Refusal(say(employee.language, "refusal.expired_card"))
    return card, subjects.picture_of(desk, key, reader.language) if is_drawn else None


def _reader(desk: Desk, employee: Employee, chat: Address) -> Reader:
    """Return for whom the message is written: a channel has a language of its own."""
    where = {"platform": chat.platform, "workspace": chat.workspace, "chat": chat.chat}
    with reading(desk.engine) as db:
        language = db.execute(_CHANNEL, where).scalar()
    return Reader(language, chat) if language else inbox.reader_of(employee, chat)
