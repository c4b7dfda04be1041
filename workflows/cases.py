"""Running flows as the database holds them: the questions, their flow, their document, and what was decided so far."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, text

from inventory_core import documents
from inventory_core.db.metadata import from_micros, to_micros
from inventory_core.db.quick import Statement, Value
from inventory_core.document import Document
from workflows import flows, standins
from workflows.definition import Flow
from workflows.engine import Arms, Case, Decided


@dataclass(frozen=True, slots=True)
class Task:
    """One question to one role, or to one person (``employee_id``); ``offers`` limits the outcomes, empty for all."""

    id: int
    instance_id: int
    step: str
    visit: int
    seat: int
    role: str
    employee_id: int | None
    offers: tuple[str, ...]
    state: str
    version_id: int
    document_id: int
    reached: str
    instance_state: str
    requester_id: int | None
    arms: Arms

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def instance_is_open(self) -> bool:
        return self.instance_state == "open"


@dataclass(frozen=True, slots=True)
class Told:
    """A decision as it is told: who, for whom, what, when, and the answers. Nobody (None), when a deadline decided."""

    task_id: int
    step: str
    visit: int
    outcome: str
    employee_id: int | None
    name: str
    for_id: int | None
    for_name: str
    at: dt.datetime
    answers: Mapping[str, Any]

    @property
    def people(self) -> frozenset[int]:
        return frozenset(each for each in (self.employee_id, self.for_id) if each is not None)


_TASK = """
    SELECT t.id, t.instance_id, t.step, t.visit, t.seat, t.role, t.employee_id, t.offers, t.state, i.flow_version_id,
           i.document_id, i.reached, i.state, i.requester_id, i.arms
    FROM tasks t JOIN flow_instances i ON i.id = t.instance_id
"""
_TASK_BY_ID = Statement(_TASK + " WHERE t.id = :id")
_WAITING = Statement(_TASK + " WHERE t.instance_id = :id AND t.state = 'open' ORDER BY t.id")
_OPEN_TASKS = text(
    _TASK  # noqa: S608 (all of it ours)
    + """ JOIN documents d ON d.id = i.document_id
    WHERE t.state = 'open' AND (t.employee_id = :employee
      OR (t.employee_id IS NULL AND t.role IN (SELECT role FROM employee_roles WHERE employee_id = :employee))
      OR t.employee_id IN (SELECT from_id FROM delegations
                           WHERE to_id = :employee AND from_at <= :now AND until_at > :now)
      OR (t.employee_id IS NULL AND t.role IN (
            SELECT r.role FROM employee_roles r JOIN delegations g ON g.from_id = r.employee_id
            WHERE g.to_id = :employee AND g.from_at <= :now AND g.until_at > :now)))
    ORDER BY COALESCE(d.due_on, d.opened_on), t.opened_at, t.id LIMIT :limit"""
)
_DECIDED_BY = text("""
    SELECT t.instance_id, t.step, t.visit, d.employee_id, d.for_employee_id
    FROM decisions d JOIN tasks t ON t.id = d.task_id JOIN flow_instances i ON i.id = t.instance_id
    WHERE i.state = 'open' AND (d.employee_id IN (SELECT :employee UNION SELECT from_id FROM delegations
          WHERE to_id = :employee AND from_at <= :now AND until_at > :now)
      OR d.for_employee_id IN (SELECT :employee UNION SELECT from_id FROM delegations
          WHERE to_id = :employee AND from_at <= :now AND until_at > :now))
""")
_UNSTARTED = text("""
    SELECT d.id FROM documents d WHERE ((d.kind IN :kinds AND d.state = 'open') OR d.state = 'draft')
      AND NOT EXISTS (SELECT 1 FROM flow_instances i WHERE i.document_id = d.id) ORDER BY d.id
""").bindparams(bindparam("kinds", expanding=True))
_CONCERNED = text("""
    SELECT 1 FROM tasks t WHERE t.instance_id = :instance
      AND (t.employee_id = :employee OR t.role IN (SELECT role FROM employee_roles WHERE employee_id = :employee)
        OR t.id IN (SELECT task_id FROM decisions WHERE employee_id = :employee))
    UNION SELECT 1 FROM flow_instances i WHERE i.id = :instance AND i.requester_id = :employee
    UNION SELECT 1 FROM delegations g JOIN employee_roles r ON r.employee_id = g.from_id JOIN tasks t ON t.role = r.role
    WHERE t.instance_id = :instance AND g.to_id = :employee AND g.until_at > :now AND g.from_at <= :now
""")
_DECIDED = Statement("""
    SELECT d.task_id, t.step, t.visit, d.outcome, d.employee_id, COALESCE(e.name, ''), d.for_employee_id,
           COALESCE(f.name, ''), d.at, d.answers
    FROM decisions d JOIN tasks t ON t.id = d.task_id LEFT JOIN employees e ON e.id = d.employee_id
    LEFT JOIN employees f ON f.id = d.for_employee_id
    WHERE t.instance_id = :instance ORDER BY d.id
""")
_SEATS = Statement("""
    SELECT COUNT(*) FROM tasks WHERE instance_id = :instance AND step = :step AND visit = :visit AND seat < :extra
""")
EXTRA_SEAT = 100
"""From this seat on, somebody was asked besides or instead because nobody answered in time."""


def is_open_about(db: Connection, source_id: int) -> bool:
    """Tell whether a case still runs about a paper that serves this one, such as a receipt of a purchase order."""
    found = db.execute(
        text("""
            SELECT 1 FROM flow_instances i JOIN documents d ON d.id = i.document_id
            WHERE i.state = 'open' AND d.source_id = :source LIMIT 1
        """),
        {"source": source_id},
    )
    return found.first() is not None


def unstarted(db: Connection, kinds: Sequence[str]) -> Sequence[int]:
    """Return the open papers of these kinds, and all drafts, that no case runs about yet, the oldest first."""
    return [int(each) for each in db.execute(_UNSTARTED, {"kinds": list(kinds)}).scalars()]


def task(db: Connection, task_id: int) -> Task | None:
    row = _TASK_BY_ID.first(db, {"id": task_id})
    return _task(row) if row else None


def _json(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored


def _task(row: Any) -> Task:
    values: tuple[Any, ...] = (*row[:7], tuple(_json(row[7])), *row[8:14], _json(row[14]))
    return Task(*values)


def open_tasks(db: Connection, employee_id: int, *, now: dt.datetime, limit: int = 200) -> Sequence[Task]:
    """Return the open tasks that an employee may settle, the most urgent first.

    Those of their own, of their roles, and of whom they stand in for; four eyes kept.
    """
    key = {"employee": employee_id, "now": to_micros(now)}
    found = [_task(row) for row in db.execute(_OPEN_TASKS, {**key, "limit": limit})]
    if not found:
        return found
    decided: dict[int, list[Any]] = {}
    for row in db.execute(_DECIDED_BY, key):
        decided.setdefault(row.instance_id, []).append(row)
    roles = standins.roles_of(db, employee_id)
    may = []
    for each in found:
        if each.employee_id == employee_id or (each.employee_id is None and each.role in roles):
            acts_for = None
        elif (acts_for := standins.whom(db, each, *document_of(db, each), employee_id, now=now)) is None:
            continue
        people = {employee_id, acts_for}
        others = flow_of(db, each).steps[each.step].someone_other_than
        if not any(
            people & {row.employee_id, row.for_employee_id} - {None}
            and (row.step in others or (row.step, row.visit) == (each.step, each.visit))
            for row in decided.get(each.instance_id, ())
        ):
            may.append(each)
    return may


def barred(db: Connection, task_: Task) -> frozenset[int]:
    """Return the employees whom four eyes keep from this task, since they or their stand-ins decided before."""
    others = flow_of(db, task_).steps[task_.step].someone_other_than
    return frozenset(
        person
        for each in told(db, task_.instance_id)
        if each.step in others or (each.step, each.visit) == (task_.step, task_.visit)
        for person in each.people
    )


def current_tasks(db: Connection, instance_id: int) -> Sequence[Task]:
    """Return the tasks that an instance waits for; none when it has ended."""
    return [_task(row) for row in _WAITING.rows(db, {"id": instance_id})]


def last_task(db: Connection, instance_id: int) -> Task:
    """Return the newest task of an instance."""
    row = db.execute(text(_TASK + " WHERE t.instance_id = :id ORDER BY t.id DESC LIMIT 1"), {"id": instance_id}).one()
    return _task(row)


def told(db: Connection, instance_id: int) -> Sequence[Told]:
    """Return the decisions of an instance, oldest first."""
    return [_told(row) for row in _DECIDED.rows(db, {"instance": instance_id})]


def _told(row: Any) -> Told:
    values: tuple[Any, ...] = (*row[:8], from_micros(row[8]), _json(row[9]))
    return Told(*values)


def as_decided(decisions: Sequence[Told]) -> tuple[Decided, ...]:
    return tuple(Decided(each.step, each.outcome, each.employee_id, each.for_id, each.visit) for each in decisions)


def case_of(
    db: Connection, task_: Task, flow: Flow, document: Document, decisions: Sequence[Told], *, today: dt.date
) -> Case:
    """Return the case as the engine sees it from one of its tasks."""
    step = flow.steps[task_.step]
    if step.asks_one:
        seats = 1
    elif step.in_order:
        seats = len(step.asks)
    else:
        key: dict[str, Value] = {
            "instance": task_.instance_id,
            "step": task_.step,
            "visit": task_.visit,
            "extra": EXTRA_SEAT,
        }
        seats = int(_SEATS.scalar(db, key))
    return Case(
        document,
        task_.step,
        as_decided(decisions),
        visit=task_.visit,
        seats=max(seats, 1),
        arms=task_.arms,
        today=today,
        requester=requester_code(db, task_.requester_id),
    )


def concerns(db: Connection, instance_id: int, employee_id: int, *, now: dt.datetime) -> bool:
    """Tell whether somebody has a part in a case: asked (by role, in person, or for another), deciding, or asking."""
    asked = {"instance": instance_id, "employee": employee_id, "now": to_micros(now)}
    return db.execute(_CONCERNED, asked).first() is not None


def requester_code(db: Connection, requester_id: int | None) -> str:
    """Return the code of the person who started a case, empty when it started by itself."""
    if requester_id is None:
        return ""
    return str(db.execute(text("SELECT code FROM employees WHERE id = :id"), {"id": requester_id}).scalar_one())


def flow_of(db: Connection, task_: Task) -> Flow:
    return flows.version(db, task_.version_id)


def document_of(db: Connection, task_: Task) -> tuple[Flow, Document]:
    return flow_of(db, task_), documents.load(db, task_.document_id)
