"""What happens when nobody answers in time: a reminder, one more person, another person, or a decision by itself."""

from typing import Final

from sqlalchemy import Connection, text

from inventory_core import documents, journal
from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import to_micros
from inventory_core.errors import RuleBroken
from inventory_core.stages import FACTS, looked_up
from workflows import cases, engine, forms, moves
from workflows.act import Made, carry_out
from workflows.cases import EXTRA_SEAT, Task
from workflows.definition import Rung, Seat
from workflows.desk import Desk
from workflows.engine import Answer, Refusal

_DUE = text("SELECT task_id, rung FROM deadlines WHERE due_at <= :now ORDER BY due_at, task_id, rung LIMIT :limit")
_TAKE = text("DELETE FROM deadlines WHERE task_id = :task AND rung = :rung AND due_at <= :now")
_VOID = text("UPDATE tasks SET state = 'void', settled_at = :now WHERE id = :id AND state = 'open'")
_SEAT_TAKEN = text("""
    SELECT 1 FROM tasks WHERE instance_id = :instance AND step = :step AND visit = :visit AND seat = :seat
""")
_PASS_ON = text("UPDATE deadlines SET task_id = :new WHERE task_id = :old")
_BATCH: Final = 100
_HANDED: Final = 1_000
"""Seats from here on were handed over; those from EXTRA_SEAT up to here were asked besides."""


def tick(desk: Desk) -> int:
    """Do what is due by now, at most a hundred of them, and return how many there were.

    Each is done once, in a transaction of its own, whatever the number of schedulers.
    """
    with reading(desk.engine) as db:
        due = db.execute(_DUE, {"now": to_micros(desk.clock()), "limit": _BATCH}).all()
    for task_id, rung in due:
        try:
            with writing(desk.engine) as db:
                _climb(db, desk, task_id, rung)
        except RuleBroken as error:
            _say_stuck(desk, task_id, rung, error)
    return len(due)


def _climb(db: Connection, desk: Desk, task_id: int, number: int) -> None:
    task = moves.claim(db, task_id)
    taken = db.execute(_TAKE, {"task": task_id, "rung": number, "now": to_micros(desk.clock())})
    if taken.rowcount != 1 or task is None or not task.is_open:
        return
    flow = cases.flow_of(db, task)
    rung = flow.steps[task.step].late[number]
    move = moves.Move(db, desk, flow, task.instance_id, task.document_id, task.requester_id, None)
    if rung.decide:
        _decide(db, desk, task, rung.decide, number)
    elif rung.remind:
        move.note({"late": task.id, "rung": number, "reached": task.reached, "opened": []})
    else:
        _ask(db, desk, move, task, rung, number)


def _ask(db: Connection, desk: Desk, move: moves.Move, task: Task, rung: Rung, number: int) -> None:
    document = documents.load(db, task.document_id)
    seat = rung.also_ask or rung.hand_to
    assert isinstance(seat, Seat)
    if rung.hand_to:
        db.execute(_VOID, {"id": task.id, "now": to_micros(desk.clock())})
        at = _HANDED + EXTRA_SEAT * (number + 1) + task.seat
    else:
        at = EXTRA_SEAT + number
    place = {"instance": task.instance_id, "step": task.step, "visit": task.visit, "seat": at}
    opened = []
    if db.execute(_SEAT_TAKEN, place).first() is None:
        asked = next(moves.seated(db, seat, document, task.requester_id))
        opened = [move.ask(task.step, task.visit, at, asked)]
    if rung.hand_to and opened:  # what else would have happened still does, to who is asked now
        db.execute(_PASS_ON, {"old": task.id, "new": opened[0]})
    facts = {"late": task.id, "rung": number, "handed": bool(rung.hand_to)}
    move.note({**facts, "reached": task.reached, "opened": opened})


def _decide(db: Connection, desk: Desk, task: Task, outcome: str, number: int) -> None:
    flow, stored = cases.document_of(db, task)
    document = looked_up(db, stored, today=desk.today())
    decisions = cases.told(db, task.instance_id)
    case = cases.case_of(db, task, flow, document, decisions, today=desk.today())
    # A deadline speaks for all who are still asked: the step is decided, however many were to agree.
    plan = engine.decide_at_once(
        flow, case, Answer(outcome, {}, {}), FACTS, look_up=lambda answered: looked_up(db, answered, today=desk.today())
    )
    if isinstance(plan, Refusal):  # what the deadline would choose is not offered now: people go on deciding
        return
    made = Made(outcome, forms.Answers(), "clock", f"clock:{task.id}:{number}", None)
    carry_out(db, desk, task, flow, document, plan, made)


def _say_stuck(desk: Desk, task_id: int, rung: int, error: RuleBroken) -> None:
    """Note a deadline whose action was refused: the question stays open for people; the deadline does not return."""
    with writing(desk.engine) as db:
        task = moves.claim(db, task_id)
        db.execute(_TAKE, {"task": task_id, "rung": rung, "now": to_micros(desk.clock())})
        journal.write(
            db,
            "deadline.refused",
            now=desk.clock(),
            document_id=task.document_id if task else None,
            subject=f"task:{task_id}",
            facts={"key": error.key, "rung": rung},
        )
