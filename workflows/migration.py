"""Moves running cases to a newer version of their flow, where the step that they stand at is there too, or is named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from inventory_core import journal
from inventory_core.db.metadata import from_micros
from workflows import cases, flows, moves
from workflows.definition import Flow
from workflows.desk import Desk


@dataclass(frozen=True, slots=True)
class Candidate:
    """A running case of an older version: its open steps, and those of them that the newer version has no place for."""

    instance_id: int
    number: str
    version: int
    steps: tuple[str, ...]
    lost: tuple[str, ...]


def preview(db: Connection, name: str, *, mapped: Mapping[str, str]) -> Sequence[Candidate]:
    """Return the running cases of a flow's older versions, and what stands in the way of moving each.

    ``mapped`` names the new step for an old one that is gone.
    """
    newest = flows.latest_version(db, name)
    assert newest is not None, f"no flow {name}"
    flow = flows.version(db, newest)
    rows = db.execute(
        text("""
            SELECT i.id, d.number, v.version FROM flow_instances i JOIN flow_versions v ON v.id = i.flow_version_id
            JOIN documents d ON d.id = i.document_id
            WHERE i.state = 'open' AND v.flow = :flow AND v.id <> :newest ORDER BY i.id
        """),
        {"flow": name, "newest": newest},
    ).all()
    return [_candidate(db, flow, row.id, row.number, row.version, mapped) for row in rows]


def _candidate(
    db: Connection, flow: Flow, instance_id: int, number: str, version: int, mapped: Mapping[str, str]
) -> Candidate:
    waiting = cases.current_tasks(db, instance_id)
    steps = tuple(dict.fromkeys(each.step for each in waiting))
    # Arms that are through are remembered by name: a case within several ways moves only where all of that is the same.
    kept = waiting[0].arms if waiting else {}
    lost = [each for each in steps if not _fits(flow, mapped.get(each, each))]
    lost += [
        owner for owner in kept if owner not in flow.steps or not set(kept[owner]) <= set(flow.steps[owner].together)
    ]
    return Candidate(instance_id, number, version, steps, tuple(lost))


def _fits(flow: Flow, step: str) -> bool:
    return step in flow.steps and bool(flow.steps[step].asks)


def move(
    db: Connection, desk: Desk, name: str, *, mapped: Mapping[str, str], employee_id: int
) -> tuple[list[str], list[str]]:
    """Move every case that can be moved to the newest version; return the numbers that were, and that were not.

    What happens when nobody answers is set anew, counted from when each question was asked.
    """
    newest = flows.latest_version(db, name)
    moved, left = [], []
    for each in preview(db, name, mapped=mapped):
        moves.claim_case(db, each.instance_id)
        if each.lost:
            left.append(each.number)
            continue
        db.execute(
            text("UPDATE flow_instances SET flow_version_id = :version WHERE id = :id"),
            {"version": newest, "id": each.instance_id},
        )
        for step in each.steps:
            to = mapped.get(step, step)
            if to != step:
                values = {"id": each.instance_id, "old": step, "new": to}
                db.execute(
                    text("UPDATE tasks SET step = :new WHERE instance_id = :id AND step = :old AND state = 'open'"),
                    values,
                )
                db.execute(text("UPDATE flow_instances SET reached = :new WHERE id = :id AND reached = :old"), values)
        _set_deadlines(db, desk, each.instance_id, employee_id)
        document_id = db.execute(
            text("SELECT document_id FROM flow_instances WHERE id = :id"), {"id": each.instance_id}
        ).scalar_one()
        journal.write(
            db,
            "flow.migrated",
            now=desk.clock(),
            employee_id=employee_id,
            document_id=document_id,
            subject=f"case:{each.instance_id}",
            facts={"before": each.version, "mapped": dict(mapped)},
        )
        moved.append(each.number)
    return moved, left


def _set_deadlines(db: Connection, desk: Desk, instance_id: int, employee_id: int) -> None:
    for task in cases.current_tasks(db, instance_id):
        db.execute(text("DELETE FROM deadlines WHERE task_id = :id"), {"id": task.id})
        flow = cases.flow_of(db, task)
        opened_at = db.execute(text("SELECT opened_at FROM tasks WHERE id = :id"), {"id": task.id}).scalar_one()
        way = moves.Move(db, desk, flow, instance_id, task.document_id, task.requester_id, employee_id)
        way.set_deadlines(task.id, task.step, opened_at=from_micros(opened_at))
