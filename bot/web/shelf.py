"""What lies on a person's page: the tasks that wait for them, what they were told, and what was settled today."""

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from bot.web.attached import Shot, shots
from bot.web.printing import Print, prints
from bot.web.session import Stop, Visitor
from inventory_core.db.engine import reading
from inventory_core.db.metadata import from_micros, to_micros
from workflows import attachments, cases, inbox
from workflows.cards import Card
from workflows.cases import Task
from workflows.definition import Language
from workflows.desk import Desk
from workflows.inbox import Reader

_NOTICE_LIFE: Final = dt.timedelta(days=7)
_NOTICES_MAX: Final = 20
_SETTLED_MAX: Final = 20

_NOTICES = text("""
    SELECT m.subject, m.made_at FROM messages m JOIN chats c ON c.id = m.chat_id
    WHERE c.platform = 'web' AND c.employee_id = :employee AND m.made_at >= :since
      AND (m.subject LIKE 'alert:%' OR m.subject LIKE 'digest:%' OR m.subject LIKE 'case:%'
           OR m.subject LIKE 'late:%' OR m.subject LIKE 'remark:%' OR m.subject LIKE 'workspace:%')
    ORDER BY m.id DESC LIMIT :limit
""")
# Only the newest decisions are looked at, by their key: a day's work, however long the history is.
_SETTLED = text("""
    SELECT d.task_id FROM decisions d JOIN tasks t ON t.id = d.task_id
    WHERE d.id > (SELECT MAX(id) FROM decisions) - 2000 AND d.at >= :since
      AND (d.employee_id = :employee OR t.role IN (SELECT role FROM employee_roles WHERE employee_id = :employee))
    ORDER BY d.id DESC LIMIT :limit
""")
# A lower number may be committed after a higher one, so the newest ones are added up besides.
_VERSION = text("""
    SELECT (SELECT MAX(id) FROM journal),
           (SELECT SUM(id) FROM (SELECT id FROM journal ORDER BY id DESC LIMIT 32) AS newest),
           (SELECT MAX(id) FROM messages),
           (SELECT COUNT(*) FROM pictures WHERE id > (SELECT MAX(id) FROM pictures) - 50 AND state <> 'wanted')
""")
_TOLD = text("""
    SELECT 1 FROM messages m JOIN chats c ON c.id = m.chat_id
    WHERE c.employee_id = :employee AND m.subject = :subject
""")
_PICTURE = text("""
    SELECT p.subject, p.language FROM pictures p
    JOIN messages m ON m.subject = p.subject JOIN chats c ON c.id = m.chat_id
    WHERE p.id = :id AND c.platform = 'web' AND c.employee_id = :employee
""")


@dataclass(frozen=True, slots=True)
class PicturePlace:
    """A drawn picture: its number, the words that stand for it, and its file."""

    id: int
    alt: str
    path: Path


CardOf = Callable[[str, Reader], Card | None]
PictureOf = Callable[[str, Language], PicturePlace | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """A card as it lies on the page.

    ``when`` is the time at which a notice came, ``prints`` are its papers to print, ``shots`` its photos and files.
    """

    card: Card
    when: str = ""
    picture: PicturePlace | None = None
    prints: tuple[Print, ...] = ()
    shots: tuple[Shot, ...] = ()

    @property
    def mark(self) -> str:
        """A short mark that changes when anything that is shown does."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Shelf:
    """One person's page; the most urgent task and the newest notice come first."""

    version: str
    tasks: tuple[Shown, ...] = ()
    notices: tuple[Shown, ...] = ()
    settled: tuple[Shown, ...] = ()


class Shelves:
    """Fetches what lies on a person's page. How a notice looks is for the notifier to say: it comes as functions."""

    def __init__(self, desk: Desk, *, card_of: CardOf, picture_of: PictureOf) -> None:
        self._desk = desk
        self._card_of = card_of
        self._picture_of = picture_of

    def version(self, who: Visitor) -> str:
        """Return a text that is another one after anything happened; it costs a few look-ups by key."""
        with reading(self._desk.engine) as db:
            counts = db.execute(_VERSION).one()
        return "-".join((*(str(each or 0) for each in counts), f"{self._desk.today():%m%d}", who.language))

    def whole(self, who: Visitor) -> Shelf:
        """Return all that lies on a person's page."""
        version = self.version(who)
        tasks = inbox.open_cards(self._desk, who.employee, who.reader)
        since = dt.datetime.combine(self._desk.today(), dt.time(), self._desk.zone)
        with reading(self._desk.engine) as db:
            told = self._told(db, who)
            done = list(
                db.execute(
                    _SETTLED, {"employee": who.employee.id, "since": to_micros(since), "limit": _SETTLED_MAX}
                ).scalars()
            )
        settled = (inbox.task_card(self._desk, each, who.reader) for each in done)
        return Shelf(
            version,
            self._shown(who, tasks),
            tuple(told_card for each in told if (told_card := self._notice(*each, who))),
            self._shown(who, [each for each in settled if each]),
        )

    def one(self, who: Visitor, task_id: int) -> Shelf:
        """Return a page with one task alone. Raises Stop for who has no part in it."""
        version = self.version(who)
        with reading(self._desk.engine) as db:
            task = cases.task(db, task_id)
            if task is None:
                raise Stop(404, "web.not_found")
            if not self._is_concerned(db, who, task):
                raise Stop(403, "web.not_yours")
            may_settle = any(
                each.id == task_id for each in cases.open_tasks(db, who.employee.id, now=self._desk.clock())
            )
        if task.is_open and not may_settle:
            told = inbox.case_card(self._desk, task.instance_id, who.reader)
            return Shelf(version, settled=self._shown(who, [replace(told, subject=f"task:{task_id}")]))
        card = inbox.task_card(self._desk, task_id, who.reader)
        assert card is not None, "a task without a card"
        shown = self._shown(who, [card])
        return Shelf(version, tasks=shown) if task.is_open else Shelf(version, settled=shown)

    def _shown(self, who: Visitor, cards: Sequence[Card]) -> tuple[Shown, ...]:
        """Return cards, those of tasks with the papers and photos that belong to them."""
        ids = {each.subject: int(each.subject[5:]) for each in cards if each.subject.startswith("task:")}
        with reading(self._desk.engine) as db:
            papers = prints(db, self._desk, who, list(ids.values()))
            photos = shots(db, self._desk, who, list(ids.values()))
        numbers = [ids.get(each.subject, 0) for each in cards]
        return tuple(
            Shown(
                _with_photos(each) if number in photos else each,
                "",
                None,
                papers.get(number, ()),
                photos.get(number, ()),
            )
            for each, number in zip(cards, numbers, strict=True)
        )

    def picture(self, who: Visitor, picture_id: int) -> PicturePlace:
        """Return a picture that this person was shown. Raises Stop."""
        with reading(self._desk.engine) as db:
            row = db.execute(_PICTURE, {"id": picture_id, "employee": who.employee.id}).first()
        found = self._picture_of(row.subject, row.language) if row else None
        if found is None or not found.path.exists():
            raise Stop(404, "web.not_found")
        return found

    def _told(self, db: Connection, who: Visitor) -> Sequence[tuple[str, int]]:
        since = to_micros(self._desk.clock() - _NOTICE_LIFE)
        rows = db.execute(_NOTICES, {"employee": who.employee.id, "since": since, "limit": _NOTICES_MAX})
        return [(row.subject, row.made_at) for row in rows]

    def _notice(self, subject: str, made_at: int, who: Visitor) -> Shown | None:
        card = self._card_of(subject, who.reader)
        if card is None:
            return None
        return Shown(card, self._desk.local_time(from_micros(made_at)), self._picture_of(subject, who.language))

    def _is_concerned(self, db: Connection, who: Visitor, task: Task) -> bool:
        if cases.concerns(db, task.instance_id, who.employee.id, now=self._desk.clock()):
            return True
        told = {"employee": who.employee.id, "subject": f"case:{task.instance_id}"}
        return db.execute(_TOLD, told).first() is not None


def _with_photos(card: Card) -> Card:
    """Return a card without the button that shows its photos: on a page they lie under it."""
    return replace(card, buttons=tuple(each for each in card.buttons if not each.token.startswith(attachments.TOKEN)))
