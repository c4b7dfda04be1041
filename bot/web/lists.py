"""What a person's inbox holds: open tasks, what was told, what they did today; and a mark of all that."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import text

from bot.web.render import PicturePlace, Shown, place
from bot.web.session import Seat
from inventory_core.db.engine import reading
from inventory_core.db.metadata import from_micros, to_micros
from workflows import cases, inbox, phrases
from workflows.cards import Card
from workflows.definition import Language
from workflows.desk import Desk
from workflows.inbox import Reader
from workflows.phrases import say

CardOf = Callable[[str, Reader], Card | None]
PictureOf = Callable[[str, Language], PicturePlace | None]

_OPEN_AT_MOST: Final = 3
_NOTICES_MAX: Final = 12
_SETTLED_MAX: Final = 20

_NOTICES = text("""
    SELECT m.subject, m.made_at FROM messages m JOIN chats c ON c.id = m.chat_id
    WHERE c.platform = 'web' AND c.workspace = '' AND c.chat = :code
      AND (m.subject LIKE 'alert:%' OR m.subject LIKE 'digest:%' OR m.subject LIKE 'case:%')
    ORDER BY m.made_at DESC, m.id DESC LIMIT :limit
""")
_SETTLED = text("""
    SELECT task_id FROM decisions WHERE employee_id = :employee AND at >= :since ORDER BY id DESC LIMIT :limit
""")
# On PostgreSQL a lower number may be committed after a higher one, so the newest numbers are added up.
_MARK = text("""
    SELECT (SELECT COALESCE(MAX(id), 0) || '-' || COALESCE(SUM(id), 0)
            FROM (SELECT id FROM journal ORDER BY id DESC LIMIT 32) AS latest) AS journal,
           (SELECT COALESCE(MAX(m.id), 0) || '-' || COUNT(NULLIF(m.ref, ''))
            FROM messages m JOIN chats c ON c.id = m.chat_id
            WHERE c.platform = 'web' AND c.workspace = '' AND c.chat = :code) AS told
""")


@dataclass(frozen=True, slots=True)
class Lists:
    """The three parts of an inbox, ready to show, and the mark under which a page asks whether they changed."""

    mark: str
    tasks: Sequence[Shown]
    notices: Sequence[Shown]
    settled: Sequence[Shown]


def mark_of(desk: Desk, seat: Seat) -> str:
    """Return what differs as soon as anything on a person's page may have changed; cheap enough to ask all day."""
    with reading(desk.engine) as db:
        row = db.execute(_MARK, {"code": seat.code}).one()
    return f"{desk.today():%m%d}.{row.journal}.{row.told}"


def gather(desk: Desk, seat: Seat, *, card_of: CardOf, picture_of: PictureOf) -> Lists:
    """Return an inbox as it is now."""
    mark = mark_of(desk, seat)  # taken first: what changes meanwhile is shown at the next look
    return Lists(mark, _tasks(desk, seat), _notices(desk, seat, card_of, picture_of), _settled(desk, seat))


def _tasks(desk: Desk, seat: Seat) -> Sequence[Shown]:
    cards = inbox.open_cards(desk, seat.employee, seat.reader)
    return [
        Shown(
            card,
            place("task", card.subject),
            "compact" if len(cards) > _OPEN_AT_MOST and number else "open",
        )
        for number, card in enumerate(cards)
    ]


def _notices(desk: Desk, seat: Seat, card_of: CardOf, picture_of: PictureOf) -> Sequence[Shown]:
    with reading(desk.engine) as db:
        told = db.execute(_NOTICES, {"code": seat.code, "limit": _NOTICES_MAX}).all()
    return [
        Shown(
            card,
            place("notice", subject),
            "notice",
            time=desk.local_time(from_micros(made_at)),
            picture=picture_of(subject, seat.language),
        )
        for subject, made_at in told
        if (card := card_of(subject, seat.reader)) is not None
    ]


def _settled(desk: Desk, seat: Seat) -> Sequence[Shown]:
    midnight = dt.datetime.combine(desk.today(), dt.time(), desk.zone)
    with reading(desk.engine) as db:
        done = db.execute(
            _SETTLED, {"employee": seat.employee.id, "since": to_micros(midnight), "limit": _SETTLED_MAX}
        ).scalars()
        ids = list(done)
    return [
        Shown(card, place("done", card.subject), "settled")
        for each in ids
        if (card := inbox.task_card(desk, each, seat.reader)) is not None
    ]


def for_reader(desk: Desk, seat: Seat, card: Card) -> Card:
    """Return a task's card without its buttons if the task waits for somebody else."""
    kind, _, number = card.subject.partition(":")
    if kind != "task" or not card.buttons:
        return card
    with reading(desk.engine) as db:
        task = cases.task(db, int(number))
        may = task is not None and any(each.id == task.id for each in cases.open_tasks(db, seat.employee.id))
    if may or task is None:
        return card
    waiting = say(seat.language, "card.waiting", role=phrases.role(seat.language, task.role))
    return replace(card, buttons=(), question="", status=waiting)
