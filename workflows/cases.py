"""Running flows as the database holds them: the task, its flow, its document, and what was decided so far."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from inventory_core import documents, journal
from inventory_core.db.metadata import from_micros, to_micros
from inventory_core.document import Document
from workflows import flows
from workflows.definition import Flow
from workflows.engine import Decided


@dataclass(frozen=True, slots=True)
class Task:
    """One question to one role, open or settled."""

    id: int
    instance_id: int
    step: str
    visit: int
    role: str
    is_open: bool
    version_id: int
    document_id: int
    reached: str
    instance_is_open: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A decision as it is told: who, what, when, and the answers."""

    task_id: int
    step: str
    outcome: str
    employee_id: int
    name: str
    at: dt.datetime
    answers: Mapping[str, Any]


_TASK = """
    SELECT t.id, t.instance_id, t.step, t.visit, t.role, t.state = 'open', i.flow_version_id, i.document_id,
           i.reached, i.state = 'open'
    FROM tasks t JOIN flow_instances i ON i.id = t.instance_id
"""
_TASK_BY_ID = text(_TASK + " WHERE t.id = :id")
_OPEN_TASKS = text(
    _TASK  # noqa: S608 (all of it ours)
    + """ JOIN documents d ON d.id = i.document_id
    WHERE t.state = 'open' AND t.role IN (SELECT role FROM employee_roles WHERE employee_id = :employee)
    ORDER BY d.due_on, t.opened_at, t.id LIMIT :limit"""
)
_STEPS_DECIDED_BY = text("""
    SELECT t.instance_id, t.step FROM decisions d JOIN tasks t ON t.id = d.task_id
    JOIN flow_instances i ON i.id = t.instance_id WHERE d.employee_id = :employee AND i.state = 'open'
""")
_DECIDED = text("""
    SELECT d.task_id, t.step, d.outcome, d.employee_id, e.name, d.at, d.answers
    FROM decisions d JOIN tasks t ON t.id = d.task_id JOIN employees e ON e.id = d.employee_id
    WHERE t.instance_id = :instance ORDER BY d.id
""")
_OPEN_TASK = text("""
    INSERT INTO tasks (instance_id, step, visit, role, opened_at) VALUES (:instance, :step, :visit, :role, :now)
    RETURNING id
""")


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


def task(db: Connection, task_id: int) -> Task | None:
    row = db.execute(_TASK_BY_ID, {"id": task_id}).first()
    return _task(row) if row else None


def _task(row: Any) -> Task:
    values = (*row[:5], bool(row[5]), *row[6:9], bool(row[9]))
    return Task(*values)


def open_tasks(db: Connection, employee_id: int, *, limit: int = 200) -> Sequence[Task]:
    """Return the open tasks that an employee may settle, the most urgent first: of their roles, four eyes kept."""
    found = [_task(row) for row in db.execute(_OPEN_TASKS, {"employee": employee_id, "limit": limit})]
    if not found:
        return found
    mine = {(row.instance_id, row.step) for row in db.execute(_STEPS_DECIDED_BY, {"employee": employee_id})}
    return [each for each in found if not any((each.instance_id, step) in mine for step in _others(db, each))]


def barred(db: Connection, task_: Task) -> frozenset[int]:
    """Return the employees whom four eyes keep from this task, since they decided an earlier step of the case."""
    others = _others(db, task_)
    return frozenset(each.employee_id for each in told(db, task_.instance_id) if each.step in others)


def _others(db: Connection, task_: Task) -> Sequence[str]:
    return flow_of(db, task_).steps[task_.step].someone_other_than


def current_task(db: Connection, instance_id: int) -> Task | None:
    """Return the task that an instance waits for, or None when it has ended."""
    row = db.execute(text(_TASK + " WHERE t.instance_id = :id AND t.state = 'open'"), {"id": instance_id}).first()
    return _task(row) if row else None


def last_task(db: Connection, instance_id: int) -> Task:
    """Return the newest task of an instance."""
    row = db.execute(text(_TASK + " WHERE t.instance_id = :id ORDER BY t.id DESC LIMIT 1"), {"id": instance_id}).one()
    return _task(row)


def told(db: Connection, instance_id: int) -> Sequence[Told]:
    """Return the decisions of an instance, oldest first."""
    return [
        Told(*(*row[:5], from_micros(row[5]), json.loads(row[6]) if isinstance(row[6], str) else row[6]))
        for row in db.execute(_DECIDED, {"instance": instance_id})
    ]


def as_decided(decisions: Sequence[Told]) -> tuple[Decided, ...]:
    return tuple(Decided(each.step, each.outcome, each.employee_id) for each in decisions)


def start(db: Connection, document: Document, *, now: dt.datetime) -> int:
    """Start the newest flow about this kind of document, open its first task, and return the instance's id."""
    version_id, flow = flows.latest(db, document.kind)
    instance_id = db.execute(
        text("""
            INSERT INTO flow_instances (flow_version_id, document_id, reached, started_at)
            VALUES (:version, :document, :reached, :now) RETURNING id
        """),
        {"version": version_id, "document": document.id, "reached": flow.first_step, "now": to_micros(now)},
    ).scalar_one()
    task_id = open_task(db, flow, instance_id, flow.first_step, now=now)
    journal.write(
        db,
        "flow.stepped",
        now=now,
        document_id=document.id,
        subject=f"case:{instance_id}",
        facts={"reached": flow.first_step, "opened": task_id},
    )
    return int(instance_id)


def open_task(db: Connection, flow: Flow, instance_id: int, step: str, *, now: dt.datetime) -> int:
    """Ask the role of a step, and return the task's id; a step that is reached again is a new visit."""
    visits = db.execute(
        text("SELECT COUNT(*) FROM tasks WHERE instance_id = :instance AND step = :step"),
        {"instance": instance_id, "step": step},
    ).scalar_one()
    role = flow.steps[step].asks
    return int(
        db.execute(
            _OPEN_TASK,
            {"instance": instance_id, "step": step, "visit": visits + 1, "role": role, "now": to_micros(now)},
        ).scalar_one()
    )


def flow_of(db: Connection, task_: Task) -> Flow:
    return flows.version(db, task_.version_id)


def document_of(db: Connection, task_: Task) -> tuple[Flow, Document]:
    return flow_of(db, task_), documents.load(db, task_.document_id)
