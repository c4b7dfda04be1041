"""What people do about a task besides answering it: take it, give it to somebody, ask a colleague, comment, withdraw
the case, or cancel it with all that it did.
"""

import re
from collections.abc import Sequence
from typing import ClassVar, Final

from sqlalchemy import Connection, text

from inventory_core import documents, journal
from inventory_core.db.metadata import to_micros
from inventory_core.errors import RuleBroken
from inventory_core.stages import FACTS, picking
from workflows import cases, engine, moves, people, remarks, standins
from workflows.cases import Task
from workflows.desk import Desk
from workflows.people import Employee

_HAND = text("UPDATE tasks SET employee_id = :employee WHERE id = :id AND state = 'open'")
_STOP = text("""
    UPDATE flow_instances SET state = 'stopped', ended_at = :now, arms = '{}' WHERE id = :id AND state <> 'stopped'
""")
_CLOSE = text("UPDATE tasks SET state = 'void', settled_at = :now WHERE instance_id = :id AND state = 'open'")
_DROP_DEADLINES = text("""
    DELETE FROM deadlines WHERE task_id IN (SELECT id FROM tasks WHERE instance_id = :id AND state <> 'open')
""")
_STOPPED = text("""
    SELECT i.id FROM documents d JOIN flow_instances i ON i.document_id = d.id
    WHERE d.kind = 'count' AND d.state = 'stopped' AND i.state = 'open' ORDER BY i.id
""")
_BOSSES: Final = frozenset({"supervisor", "manager", "administrator"})


class NotYours(RuleBroken):
    """Somebody else is asked here, or it is settled."""

    key: ClassVar[str] = "aside.not_yours"


class Nobody(RuleBroken):
    """There is no such person: name."""

    key: ClassVar[str] = "aside.nobody"


class MayNotAnswer(RuleBroken):
    """The person may not answer this, by four eyes: name."""

    key: ClassVar[str] = "aside.may_not"


class NotStarted(RuleBroken):
    """Only who started a case withdraws it, while it is open: document."""

    key: ClassVar[str] = "aside.not_started"


class MayNotCancel(RuleBroken):
    """The flow lets another role cancel, or nobody: document."""

    key: ClassVar[str] = "aside.may_not_cancel"


def take(db: Connection, desk: Desk, task_id: int, employee: Employee) -> None:
    """Take a task out of its role's pool: only this person is asked from now on. Raises NotYours."""
    task = _open_for(db, desk, task_id, employee)
    if task.employee_id not in (None, employee.id):
        raise NotYours
    _hand(db, desk, task, employee.id, by=employee, how="taken")


def put_back(db: Connection, desk: Desk, task_id: int, employee: Employee) -> None:
    """Put a taken task back into its role's pool. Raises NotYours, for one that was never in a pool too."""
    task = _open_for(db, desk, task_id, employee)
    if task.employee_id != employee.id or not task.role:
        raise NotYours
    _hand(db, desk, task, None, by=employee, how="put_back")


def give(db: Connection, desk: Desk, task_id: int, employee: Employee, to: Employee) -> None:
    """Let somebody else answer a task instead: who is asked may, and who leads. Raises NotYours, MayNotAnswer."""
    if employee.roles & _BOSSES:
        found = moves.claim(db, task_id)
        if found is None or not found.is_open:
            raise NotYours
        task = found
    else:
        task = _open_for(db, desk, task_id, employee)
    if to.id in cases.barred(db, task):
        raise MayNotAnswer(name=to.name)
    _hand(db, desk, task, to.id, by=employee, how="given")


def _open_for(db: Connection, desk: Desk, task_id: int, employee: Employee) -> Task:
    """Return an open task that somebody may answer. Raises NotYours."""
    task = moves.claim(db, task_id)
    if task is None or not task.is_open:
        raise NotYours
    is_own = task.employee_id == employee.id or (task.employee_id is None and task.role in employee.roles)
    if not is_own:
        flow, document = cases.document_of(db, task)
        if standins.whom(db, task, flow, document, employee.id, now=desk.clock()) is None:
            raise NotYours
    return task


def _hand(db: Connection, desk: Desk, task: Task, to_id: int | None, *, by: Employee, how: str) -> None:
    db.execute(_HAND, {"id": task.id, "employee": to_id})
    flow = cases.flow_of(db, task)
    move = moves.Move(db, desk, flow, task.instance_id, task.document_id, task.requester_id, by.id)
    opened = [task.id] if to_id not in (None, by.id) or to_id is None else []
    move.note({"task": task.id, "handed": how, "to": to_id, "reached": task.reached, "opened": opened})


def comment(
    db: Connection, desk: Desk, task_id: int, employee: Employee, words: str, *, dedupe: str | None = None
) -> None:
    """Say something about a task's case. Raises NotYours for who has no part in it."""
    task = _concerned(db, desk, task_id, employee)
    remarks.add(db, task.instance_id, words, employee_id=employee.id, now=desk.clock(), dedupe=dedupe)


def ask(
    db: Connection,
    desk: Desk,
    task_id: int,
    employee: Employee,
    whom: Employee,
    words: str,
    *,
    dedupe: str | None = None,
) -> None:
    """Ask a colleague about a task's case; it decides nothing, and the task goes on waiting. Raises NotYours."""
    task = _concerned(db, desk, task_id, employee)
    remarks.add(db, task.instance_id, words, employee_id=employee.id, now=desk.clock(), asked_id=whom.id, dedupe=dedupe)


def answer(db: Connection, desk: Desk, employee: Employee, words: str, *, instance_id: int | None = None) -> bool:
    """Take words as the answer to the question that waits for somebody, and tell whether there was one.

    ``instance_id``: the case that the words are about, when that is known.
    """
    waiting = [each for each in remarks.open_for(db, employee.id) if instance_id in (None, each.instance_id)]
    if len(waiting) != 1:
        return False
    asked = waiting[0]
    remarks.add(db, asked.instance_id, words, employee_id=employee.id, now=desk.clock(), answers=asked.id)
    return True


def _concerned(db: Connection, desk: Desk, task_id: int, employee: Employee) -> Task:
    """Return a task whose case somebody has a part in. Raises NotYours."""
    task = cases.task(db, task_id)
    if task is None:
        raise NotYours
    if not has_part(db, desk, task.instance_id, employee):
        raise NotYours
    return task


def has_part(db: Connection, desk: Desk, instance_id: int, employee: Employee) -> bool:
    """Tell whether somebody has a part in a case: asked, asking, deciding, leading, or asked about."""
    return (
        bool(employee.roles & _BOSSES)
        or cases.concerns(db, instance_id, employee.id, now=desk.clock())
        or any(employee.id in each.people for each in cases.told(db, instance_id))
        or any(each.instance_id == instance_id for each in remarks.open_for(db, employee.id))
    )


def withdraw(db: Connection, desk: Desk, instance_id: int, employee: Employee, reason: str) -> None:
    """Stop a case that somebody started themselves, while it is open, and let go of what was kept for it.

    Raises NotStarted.
    """
    moves.claim_case(db, instance_id)
    task = cases.last_task(db, instance_id)
    document = documents.load(db, task.document_id)
    if task.requester_id != employee.id or not task.instance_is_open:
        raise NotStarted(document=document.number)
    documents.set_state(db, document.id, "withdrawn")
    picking.release(db, document.lines, state="released")
    _stop(db, desk, task, employee, reason, how="withdrawn")


def cancel(db: Connection, desk: Desk, instance_id: int, employee: Employee, reason: str) -> None:
    """Stop a case, or take back what an ended one did, by the role that its flow names.

    Raises MayNotCancel, and what the action raises when it can't be taken back.
    """
    moves.claim_case(db, instance_id)
    task = cases.last_task(db, instance_id)
    flow, document = cases.document_of(db, task)
    if flow.cancel is None or flow.cancel.by not in employee.roles or task.instance_state == "stopped":
        raise MayNotCancel(document=document.number)
    move = moves.Move(db, desk, flow, instance_id, document.id, task.requester_id, employee.id)
    if flow.cancel.does is not None:
        move.do(flow.cancel.does, document, engine.figures(flow, document, FACTS), key=f"cancel:{instance_id}")
    else:
        documents.set_state(db, document.id, "cancelled")
    _stop(db, desk, task, employee, reason, how="cancelled")


def has_stopped_sheets(db: Connection) -> bool:
    """Tell whether a case still runs about a count sheet whose stocktake was stopped."""
    return db.execute(_STOPPED).first() is not None


def stop_sheets(db: Connection, desk: Desk) -> int:
    """Stop the cases of count sheets whose stocktake was stopped, and return how many there were."""
    waiting = db.execute(_STOPPED).scalars().all()
    for instance_id in waiting:
        moves.claim_case(db, instance_id)
        _stop(db, desk, cases.last_task(db, instance_id), None, "", how="stopped")
    return len(waiting)


def _stop(db: Connection, desk: Desk, task: Task, employee: Employee | None, reason: str, *, how: str) -> None:
    now = to_micros(desk.clock())
    db.execute(_STOP, {"id": task.instance_id, "now": now})
    db.execute(_CLOSE, {"id": task.instance_id, "now": now})
    db.execute(_DROP_DEADLINES, {"id": task.instance_id})
    if reason.strip() and employee is not None:
        remarks.add(db, task.instance_id, reason, employee_id=employee.id, now=desk.clock())
    journal.write(
        db,
        "flow.stepped",
        now=desk.clock(),
        employee_id=employee.id if employee is not None else None,
        document_id=task.document_id,
        subject=f"case:{task.instance_id}",
        facts={"stopped": how, "reason": reason[:500], "reached": task.reached, "opened": [], "tells": []},
    )


def somebody(db: Connection, words: str) -> tuple[Employee, str]:
    """Return who is named at the beginning of some words, by code, first or whole name, and the other words.

    Raises Nobody.
    """
    everyone = people.everyone(db)
    said = words.strip().lstrip("@")
    for names in _ways_to_name(everyone):
        for person, name in names:
            found = re.match(re.escape(name) + r"(?=$|[\s,:，：])[\s,:，：]*", said, re.IGNORECASE)
            if found and name:
                return person, said[found.end() :].strip()
    raise Nobody(name=said.split(" ")[0][:40])


def _ways_to_name(everyone: Sequence[Employee]) -> Sequence[Sequence[tuple[Employee, str]]]:
    first = [each.name.split()[0] for each in everyone]
    return (
        [(each, each.name) for each in everyone],
        [(each, each.code) for each in everyone],
        [(each, name) for each, name in zip(everyone, first, strict=True) if first.count(name) == 1],
    )
