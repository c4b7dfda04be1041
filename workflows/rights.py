"""Who may answer a task at the moment when they do, and what they are told who may not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from inventory_core.document import Document
from workflows import cases, people, phrases, standins, tokens
from workflows.cases import Task, Told
from workflows.definition import Flow, Language
from workflows.desk import Desk
from workflows.intents import Intent
from workflows.people import Employee
from workflows.phrases import say


@dataclass(slots=True)
class No(Exception):
    """A refusal on its way out of the transaction."""

    key: str
    words: str
    employee: Employee | None = None
    task: Task | None = None
    errors: Mapping[str, str] | None = None


def answering_for(
    db: Connection,
    desk: Desk,
    task: Task,
    flow: Flow,
    document: Document,
    decisions: Sequence[Told],
    employee: Employee,
    language: Language,
) -> int | None:
    """Return for whom somebody answers, None for themselves.

    Raises No for who has no right to it now, and for a tap on what is settled already, with what happened instead.
    """
    for_id = None
    if not is_own(task, employee):
        for_id = standins.whom(db, task, flow, document, employee.id, now=desk.clock())
        if for_id is None:
            holder = people.by_id(db, task.employee_id) if task.employee_id else None
            asked = holder.name if holder else phrases.role(language, task.role)
            raise No("refusal.no_right", say(language, "refusal.no_right", role=asked), employee, task)
    if not task.is_open:
        raise No("refusal.settled", _settled(desk, task, flow, decisions, language), employee, task)
    return for_id


def is_own(task: Task, employee: Employee) -> bool:
    """Tell whether a task asks somebody themselves, in person or by a role."""
    return task.employee_id == employee.id or (task.employee_id is None and task.role in employee.roles)


def may_open(db: Connection, desk: Desk, intent: Intent, employee: Employee) -> bool:
    """Tell whether somebody may answer the form behind a button now."""
    held = tokens.held(db, intent.token)
    task = cases.task(db, held.task_id) if held else None
    if held is None or held.is_old(desk.clock()) or task is None or not task.is_open:
        return False
    people_ = {employee.id}
    if not is_own(task, employee):
        for_id = standins.whom(db, task, *cases.document_of(db, task), employee.id, now=desk.clock())
        if for_id is None:
            return False
        people_.add(for_id)
    return not people_ & cases.barred(db, task)


def _settled(desk: Desk, task: Task, flow: Flow, decisions: Sequence[Told], language: Language) -> str:
    """Return who settled a task and how; of one that others made needless, the last decision of its step."""
    own = [each for each in decisions if each.task_id == task.id]
    last = (own or [each for each in decisions if each.step == task.step] or list(decisions))[-1:]
    if not last or task.instance_state == "stopped":
        return say(language, "refusal.stopped")
    what = flow.steps[last[0].step].outcomes[last[0].outcome].label.fill(language, {})
    name = last[0].name or say(language, "card.clock")
    return say(language, "refusal.settled", name=name, time=desk.local_time(last[0].at), what=what)
