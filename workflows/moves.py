"""What a plan of the engine does to the database: questions open and close, actions run, deadlines are set, the journal
tells. Always within the caller's transaction.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, text

from inventory_core import documents, journal, numbers
from inventory_core.db.metadata import to_micros
from inventory_core.db.quick import Statement
from inventory_core.document import Document
from inventory_core.stages import ACTIONS, FACTS
from inventory_core.stages.case import Order
from workflows import cases, engine, flows, rules, worktime
from workflows.definition import Does, Flow, Seat
from workflows.desk import Desk
from workflows.engine import Case, Plan
from workflows.rules import Value

_OPEN_TASK = Statement("""
    INSERT INTO tasks (instance_id, step, visit, seat, role, employee_id, offers, opened_at)
    VALUES (:instance, :step, :visit, :seat, :role, :employee, :offers, :now) RETURNING id
""")
_VISITS = Statement("SELECT COALESCE(MAX(visit), 0) FROM tasks WHERE instance_id = :instance AND step = :step")
_CLOSE = text("""
    UPDATE tasks SET state = 'void', settled_at = :now
    WHERE instance_id = :instance AND state = 'open' AND step IN :steps
""").bindparams(bindparam("steps", expanding=True))
_CLOSE_ALL = Statement("""
    UPDATE tasks SET state = 'void', settled_at = :now WHERE instance_id = :instance AND state = 'open'
""")
_DROP_DEADLINES = Statement("""
    DELETE FROM deadlines WHERE task_id IN (SELECT id FROM tasks WHERE instance_id = :instance AND state <> 'open')
""")
_SET_DEADLINE = text("INSERT INTO deadlines (task_id, rung, due_at) VALUES (:task, :rung, :due)")
_REACH = Statement("""
    UPDATE flow_instances SET reached = :reached, state = :state, ended_at = :ended, arms = :arms WHERE id = :id
""")
_FALLBACK: Final = "administrator"
_NUMBER_PREFIX: Final = {
    "request": "RQ-",
    "work_order": "WO-",
    "requisition": "PR-",
    "sales_order": "SO-",
    "rma": "RMA-",
    "order_change": "OC-",
    "move": "MV-",
    "split": "LS-",
    "merge": "LM-",
    "stocktake": "ST-",
    "wave": "WV-",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who a seat turned out to be."""

    role: str
    employee_id: int | None
    offers: tuple[str, ...] = ()


def start(db: Connection, desk: Desk, document: Document, *, dedupe: str | None = None) -> int:
    """Start the flow that is about this kind of document by itself, and return the case.

    By ``dedupe`` the case is known again to who started it.
    """
    version_id, flow = flows.about(db, document.kind)
    return _start(db, desk, version_id, flow, document, requester_id=None, dedupe=dedupe)


def start_as(
    db: Connection, desk: Desk, version_id: int, flow: Flow, document: Document, *, requester_id: int | None
) -> int:
    """Start a flow with a paper that is there already, as if this person had, and return the case."""
    return _start(db, desk, version_id, flow, document, requester_id=requester_id)


def start_by(
    db: Connection, desk: Desk, name: str, *, requester_id: int, site_id: int, dedupe: str | None = None
) -> int:
    """Let somebody start the newest version of a flow with a new paper, and return the case.

    The same ``dedupe`` starts once.
    """
    begun = db.execute(text("SELECT id FROM flow_instances WHERE dedupe_key = :key"), {"key": dedupe}).scalar()
    if begun is not None:
        return int(begun)
    version_id = flows.latest_version(db, name)
    assert version_id is not None, f"no flow {name}"
    flow = flows.version(db, version_id)
    number = numbers.take_dated(db, _NUMBER_PREFIX.get(flow.about, f"{flow.about[:3].upper()}-"), desk.today())
    document_id = documents.create(
        db, flow.about, number, site_id=site_id, lines=[], opened_on=desk.today(), currency=_currency(db)
    )
    return _start(db, desk, version_id, flow, documents.load(db, document_id), requester_id=requester_id, dedupe=dedupe)


def _currency(db: Connection) -> str:
    found = db.execute(text("SELECT currency FROM documents ORDER BY id LIMIT 1")).scalar()
    return str(found or "USD")


def _start(
    db: Connection,
    desk: Desk,
    version_id: int,
    flow: Flow,
    document: Document,
    *,
    requester_id: int | None,
    dedupe: str | None = None,
) -> int:
    now = desk.clock()
    requester = cases.requester_code(db, requester_id)
    plan = engine.begin(flow, Case(document, flow.first_step, today=desk.today(), requester=requester), FACTS)
    instance_id = int(
        db.execute(
            text("""
                INSERT INTO flow_instances (flow_version_id, document_id, reached, requester_id, started_at, dedupe_key)
                VALUES (:version, :document, :reached, :requester, :now, :dedupe) RETURNING id
            """),
            {
                "version": version_id,
                "document": document.id,
                "reached": plan.reached,
                "requester": requester_id,
                "dedupe": dedupe,
                "now": to_micros(now),
            },
        ).scalar_one()
    )
    move = Move(db, desk, flow, instance_id, document.id, requester_id, employee_id=requester_id)
    move.follow(plan, facts={"started": flow.flow}, key=f"start:{instance_id}")
    return instance_id


@dataclass(frozen=True, slots=True)
class Move:
    """One case on its way; ``employee_id`` is who moved it, None when a deadline or the clock did."""

    db: Connection
    desk: Desk
    flow: Flow
    instance_id: int
    document_id: int
    requester_id: int | None
    employee_id: int | None

    def follow(self, plan: Plan, *, facts: Mapping[str, Any], key: str, opened: Sequence[int] = ()) -> None:
        """Carry out a plan that moves on, and note it. ``key`` makes the actions' dedupe keys, with the action."""
        db, now = self.db, self.desk.clock()
        if plan.actions:
            takes_values = any(does.using for _, does in plan.actions)
            values = engine.figures(self.flow, plan.document, FACTS) if takes_values else {}
            for step, does in plan.actions:
                self.do(does, plan.document, values, key=f"{does.action}:{key}:{step}")
        if plan.is_end:
            _CLOSE_ALL.run(db, {"instance": self.instance_id, "now": to_micros(now)})
        elif plan.closes:
            db.execute(_CLOSE, {"instance": self.instance_id, "steps": sorted(plan.closes), "now": to_micros(now)})
        started = [task for step in plan.opens for task in self.open(step, plan.document)]
        if self.flow.has_deadlines:
            _DROP_DEADLINES.run(db, {"instance": self.instance_id})
        _REACH.run(
            db,
            {
                "id": self.instance_id,
                "reached": plan.reached,
                "state": "ended" if plan.is_end else "open",
                "ended": to_micros(now) if plan.is_end else None,
                "arms": json.dumps(plan.arms),
            },
        )
        if plan.is_end and self.flow.started_by and plan.document.state == "open":
            db.execute(
                text("UPDATE documents SET state = 'closed' WHERE id = :id AND state = 'open'"),
                {"id": self.document_id},
            )
        self.note({**facts, "reached": plan.reached, "opened": [*opened, *started]}, is_end=plan.is_end)

    def note(self, facts: Mapping[str, Any], *, is_end: bool = False) -> None:
        told = list(self.flow.ends[facts["reached"]].tells) if is_end else []
        journal.write(
            self.db,
            "flow.stepped",
            now=self.desk.clock(),
            employee_id=self.employee_id,
            document_id=self.document_id,
            subject=f"case:{self.instance_id}",
            facts={**facts, "tells": sorted({*told, *facts.get("tells", ())})},
        )

    def do(self, does: Does, document: Document, values: Mapping[str, Value], *, key: str) -> None:
        """Run a stage's action with the arguments that the flow's rules give."""
        using = {}
        if does.using:
            requester = cases.requester_code(self.db, self.requester_id)
            known = {**values, "today": self.desk.today(), "requester": requester}
            using = {name: rules.evaluate(rule, known) for name, rule in does.rules.items()}
        order = Order(document, self.employee_id, self.desk.clock(), self.desk.today(), key, using, self._working_day)
        ACTIONS[does.action].run(self.db, order)

    def _working_day(self, day: dt.date, days: int) -> dt.date:
        return worktime.load(self.db, self.desk.zone).working_day(day, days)

    def open(self, step: str, document: Document) -> list[int]:
        """Ask the seats of a step, or the first of them where they go in order; return the tasks.

        A step that is reached again is a new visit: what was voted before does not count.
        """
        visit = int(_VISITS.scalar(self.db, {"instance": self.instance_id, "step": step})) + 1
        seats = list(self.seats(step, document))
        if self.flow.steps[step].in_order:
            seats = seats[:1]
        return [self.ask(step, visit, number, asked) for number, asked in enumerate(seats)]

    def open_next(self, step: str, visit: int, seat: int, document: Document) -> list[int]:
        """Ask the next seat of a step whose seats go in order; return the tasks."""
        seats = list(self.seats(step, document))
        if not self.flow.steps[step].in_order or seat + 1 >= len(seats):
            return []
        return [self.ask(step, visit, seat + 1, seats[seat + 1])]

    def ask(self, step: str, visit: int, seat: int, asked: Asked) -> int:
        now = self.desk.clock()
        task_id = int(
            _OPEN_TASK.scalar(
                self.db,
                {
                    "instance": self.instance_id,
                    "step": step,
                    "visit": visit,
                    "seat": seat,
                    "role": asked.role,
                    "employee": asked.employee_id,
                    "offers": json.dumps(asked.offers),
                    "now": to_micros(now),
                },
            )
        )
        if seat < cases.EXTRA_SEAT:
            self.set_deadlines(task_id, step, opened_at=now)
        return task_id

    def set_deadlines(self, task_id: int, step: str, *, opened_at: dt.datetime) -> None:
        """Note when what happens to a task that waits, by the step's ladder and the company's working time."""
        if not (late := self.flow.steps[step].late):
            return
        calendar = worktime.load(self.db, self.desk.zone)
        due = [
            {"task": task_id, "rung": number, "due": to_micros(calendar.after(opened_at, rung.after))}
            for number, rung in enumerate(late)
        ]
        self.db.execute(_SET_DEADLINE, due)

    def seats(self, step: str, document: Document) -> Iterator[Asked]:
        """Yield who the seats of a step are, now."""
        for seat in self.flow.steps[step].asks:
            yield from seated(self.db, seat, document, self.requester_id)


def seated(db: Connection, seat: Seat, document: Document, requester_id: int | None) -> Iterator[Asked]:
    """Yield who a seat is: a role, each of its holders, a person, or whoever it depends on."""
    if seat.role and seat.each:
        holders = db.execute(
            text("""
                SELECT e.id FROM employees e JOIN employee_roles r ON r.employee_id = e.id
                WHERE r.role = :role AND e.is_active = 1 ORDER BY e.id
            """),
            {"role": seat.role},
        ).scalars()
        found = [Asked(seat.role, int(each), seat.offers) for each in holders]
        yield from found or [Asked(seat.role, None, seat.offers)]
        return
    if seat.role:
        yield Asked(seat.role, None, seat.offers)
        return
    person = _person(db, seat, document, requester_id)
    # Who is named and gone leaves the question to the administrator.
    yield (
        Asked(seat.otherwise or "", person, seat.offers)
        if person
        else Asked(seat.otherwise or _FALLBACK, None, seat.offers)
    )


def _person(db: Connection, seat: Seat, document: Document, requester_id: int | None) -> int | None:
    active = "SELECT id FROM employees WHERE is_active = 1 AND "
    if seat.person:
        found = db.execute(text(active + "code = :code"), {"code": seat.person}).scalar()
    elif seat.who == "requester":
        found = db.execute(text(active + "id = :id"), {"id": requester_id}).scalar()
    elif seat.who == "requester.manager":
        manager = "id = (SELECT manager_id FROM employees WHERE id = :id)"
        found = db.execute(text(active + manager), {"id": requester_id}).scalar()
    else:
        code = str(document.fields.get("item") or (document.lines[0].item_code if document.lines else ""))
        owner = """id = (SELECT o.employee_id FROM category_owners o JOIN items i ON i.category = o.category
                         WHERE i.code = :code)"""
        found = db.execute(text(active + owner), {"code": code}).scalar()
    return int(found) if found is not None else None


def claim(db: Connection, task_id: int) -> cases.Task | None:
    """Take the instance before the task, and return the task: the other way round deadlocks on PostgreSQL."""
    if db.dialect.name == "postgresql":
        db.execute(
            text("""
                SELECT 1 FROM flow_instances WHERE id = (SELECT instance_id FROM tasks WHERE id = :id) FOR UPDATE
            """),
            {"id": task_id},
        )
    return cases.task(db, task_id)


def claim_case(db: Connection, instance_id: int) -> None:
    """Let no other transaction move a case until this one ends."""
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT 1 FROM flow_instances WHERE id = :id FOR UPDATE"), {"id": instance_id})
