"""Picking by scan: each code that a scanner reads confirms a line of a card, and the last one settles the card."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import to_micros
from inventory_core.document import Document, Line
from inventory_core.stages import looked_up
from workflows import cases, engine
from workflows.cases import Task
from workflows.definition import Outcome
from workflows.desk import Desk
from workflows.people import Employee

_CONFIRM = text("""
    INSERT INTO scans (task_id, position, employee_id, at) VALUES (:task, :position, :employee, :now)
    ON CONFLICT (task_id, position) DO NOTHING
""")
_CONFIRMED = text("SELECT position FROM scans WHERE task_id = :task")


@dataclass(frozen=True, slots=True)
class Walk:
    """A card whose lines are confirmed by scans: the outcome that the last one brings, and which are to be scanned."""

    task: Task
    outcome: Outcome
    document: Document
    lines: tuple[Line, ...]
    confirmed: frozenset[int]

    @property
    def left(self) -> Sequence[Line]:
        return [line for line in self.lines if line.position not in self.confirmed]

    def knows(self, code: str) -> bool:
        """Tell whether a code stands on any of the lines."""
        return any(_is_of(line, code) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan came to: the line that it confirmed, or else how many lines it could mean; and what is left."""

    line: Line | None
    meant: int
    left: Sequence[Line]


def walks(desk: Desk, employee: Employee) -> Sequence[Walk]:
    """Return the open tasks of an employee whose lines are confirmed by scans."""
    with reading(desk.engine) as db:
        found = [_walk(db, desk, task) for task in cases.open_tasks(db, employee.id, now=desk.clock())]
    return [each for each in found if each is not None and not each.document.fields.get("held_by")]


def _walk(db: Connection, desk: Desk, task: Task) -> Walk | None:
    outcomes = cases.flow_of(db, task).steps[task.step].outcomes.values()
    outcome = next((each for each in outcomes if each.scans), None)
    if outcome is None:
        return None
    _, stored = cases.document_of(db, task)
    document = looked_up(db, stored, today=desk.today())
    wanted = tuple(line for line in document.lines if _is_wanted(outcome, line))
    return Walk(task, outcome, document, wanted, confirmed(db, task.id))


def _is_wanted(outcome: Outcome, line: Line) -> bool:
    """Tell whether there is anything to scan of a line: what the outcome would fill in is not nothing."""
    return "gone" not in line.fields and any(engine.filled(outcome, line).values())


def confirmed(db: Connection, task_id: int) -> frozenset[int]:
    """Return the positions of the lines that were scanned for a task."""
    return frozenset(db.execute(_CONFIRMED, {"task": task_id}).scalars())


def scan(desk: Desk, walk: Walk, code: str, employee: Employee) -> Scanned:
    """Confirm the line that a lot, bin or item code names; the same code again confirms the next line that it fits."""
    meant = [line for line in walk.left if _is_of(line, code)]
    if not meant or len({_codes(line) for line in meant}) > 1:
        return Scanned(None, len(meant), walk.left)
    line = meant[0]
    with writing(desk.engine) as db:
        now = to_micros(desk.clock())
        db.execute(_CONFIRM, {"task": walk.task.id, "position": line.position, "employee": employee.id, "now": now})
        done = confirmed(db, walk.task.id)
    return Scanned(line, 1, [each for each in walk.lines if each.position not in done])


def _is_of(line: Line, code: str) -> bool:
    return code.strip().lower() in _codes(line)


def _codes(line: Line) -> frozenset[str]:
    return frozenset(str(line.fields.get("codes", line.item_code)).lower().split("\n"))
