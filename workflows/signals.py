"""Answers that come from elsewhere than a person's tap: goods that arrived, a wave that was picked, a carrier's report.

A stage says what it knows, again and again; it counts once, while the case asks for just that.
"""

import structlog
from sqlalchemy import Connection, text

from inventory_core.db.engine import reading, writing
from inventory_core.errors import RuleBroken
from inventory_core.stages import FACTS, SIGNALS, looked_up
from inventory_core.stages.case import Signal
from workflows import cases, engine, forms, moves
from workflows.act import Made, carry_out
from workflows.desk import Desk
from workflows.engine import Answer, Refusal

log = structlog.get_logger()

_ASKED = text("""
    SELECT t.id FROM tasks t JOIN flow_instances i ON i.id = t.instance_id
    WHERE i.document_id = :document AND t.step = :step AND t.state = 'open' ORDER BY t.id LIMIT 1
""")


def settle(desk: Desk) -> int:
    """Answer what the stages know the answer of, each in a transaction of its own, and return how many there were."""
    with reading(desk.engine) as db:
        known = [each for tell in SIGNALS for each in tell(db, desk.today())]
        waiting = [each for each in known if _task_of(db, each) is not None]
    return sum(_settle_one(desk, each) for each in waiting)


def _settle_one(desk: Desk, signal: Signal) -> bool:
    try:
        with writing(desk.engine) as db:
            return take(db, desk, signal)
    except RuleBroken as error:  # the question stays open for people
        log.warning("signal_refused", document_id=signal.document_id, step=signal.step, key=error.key)
        return False


def take(db: Connection, desk: Desk, signal: Signal) -> bool:
    """Answer the question that a signal answers, and tell whether it was asked. Raises as the flow's actions do."""
    task_id = _task_of(db, signal)
    task = moves.claim(db, task_id) if task_id is not None else None
    if task is None or not task.is_open:
        return False
    flow, stored = cases.document_of(db, task)
    if signal.outcome not in flow.steps[task.step].outcomes:
        return False  # a flow of the company's own making that has no such answer
    document = looked_up(db, stored, today=desk.today())
    case = cases.case_of(db, task, flow, document, cases.told(db, task.instance_id), today=desk.today())
    plan = engine.decide_at_once(
        flow,
        case,
        Answer(signal.outcome, signal.fields, signal.lines),
        FACTS,
        look_up=lambda answered: looked_up(db, answered, today=desk.today()),
    )
    assert not isinstance(plan, Refusal), "a known outcome"
    answers = forms.Answers(dict(signal.fields), {at: dict(each) for at, each in signal.lines.items()})
    platform = "signal" if signal.employee_id else "clock"
    made = Made(signal.outcome, answers, platform, f"signal:{task.id}", signal.employee_id)
    carry_out(db, desk, task, flow, document, plan, made)
    return True


def _task_of(db: Connection, signal: Signal) -> int | None:
    found = db.execute(_ASKED, {"document": signal.document_id, "step": signal.step}).scalar()
    return int(found) if found is not None else None
