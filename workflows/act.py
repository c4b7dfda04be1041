"""The one shell in which a decision happens: rights, four eyes, the ledger action, the journal and the next task,
all in one transaction. What is refused changes nothing and leaves one audit entry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from inventory_core import documents, journal
from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import to_micros
from inventory_core.document import Document
from inventory_core.errors import RuleBroken
from inventory_core.stages import ACTIONS, FACTS
from inventory_core.stages.case import Order
from workflows import cases, engine, forms, inbox, people, photos, phrases, tokens
from workflows.cards import Done, Form, Refused
from workflows.cases import Task
from workflows.definition import Flow, Language
from workflows.desk import Desk
from workflows.engine import Answer, Case, Plan, Refusal
from workflows.intents import Intent
from workflows.people import Employee
from workflows.phrases import say

_DECISION = text("""
    INSERT INTO decisions (task_id, outcome, employee_id, at, answers, platform, dedupe_key)
    VALUES (:task, :outcome, :employee, :now, :answers, :platform, :dedupe)
""")
_SETTLE = text("UPDATE tasks SET state = 'settled', settled_at = :now WHERE id = :id AND state = 'open'")
_REACH = text("""
    UPDATE flow_instances SET reached = :reached, state = :state, ended_at = :ended WHERE id = :id
""")
_ATTACH = text("""
    INSERT INTO attachments (document_id, field, employee_id, name, sha256, size, at)
    VALUES (:document, :field, :employee, :name, :sha256, :size, :now)
""")


@dataclass(slots=True)
class _No(Exception):
    """A refusal on its way out of the transaction."""

    key: str
    words: str
    employee: Employee | None = None
    task: Task | None = None
    errors: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    field: str
    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class _Counted:
    task: Task
    employee: Employee
    what: str
    is_repeat: bool


def act(desk: Desk, intent: Intent, *, language: Language | None = None) -> Done | Refused:
    """Carry out one tap or sent form, once: the same intent again returns the same answer and changes nothing.

    ``language`` overrides the employee's own for the words that come back.
    """
    try:
        kept = _keep_photos(desk, intent, language or "en")
        try:
            with writing(desk.engine) as db:
                counted = _act(db, desk, intent, kept, language)
        except IntegrityError:  # PostgreSQL: somebody else's commit came first, so look at what it says
            with writing(desk.engine) as db:
                counted = _act(db, desk, intent, kept, language)
    except _No as no:
        return _refuse(desk, intent, no, language)
    spoken = language or counted.employee.language
    reader = inbox.reader_of(counted.employee, intent.chat, spoken)
    key = "done.repeat" if counted.is_repeat else "done.act"
    return Done(
        say(spoken, key, what=counted.what),
        inbox.task_card(desk, counted.task.id, reader),
        is_repeat=counted.is_repeat,
    )


def _act(db: Connection, desk: Desk, intent: Intent, kept: Sequence[_Kept], language: Language | None) -> _Counted:
    employee = people.who(db, intent.sender)
    if employee is None:
        raise _No("refusal.unlinked", say(language or "en", "refusal.unlinked"))
    spoken = language or employee.language
    held = tokens.held(db, intent.token)
    if held is None or held.address != str(intent.chat):
        raise _No("refusal.expired_card", say(spoken, "refusal.expired_card"), employee)
    task = _claim(db, held.task_id)
    flow, document = cases.document_of(db, task)
    if repeated := _repeat(db, intent, task, flow, employee, spoken):
        return repeated
    _check_may(db, desk, task, flow, employee, spoken)
    if held.revision != document.revision:
        raise _No("refusal.changed", say(spoken, "refusal.changed"), employee, task)
    outcome = flow.steps[task.step].outcomes.get(held.outcome)
    if outcome is None:
        raise _No("refusal.unknown_outcome", say(spoken, "refusal.unknown_outcome"), employee, task)
    case = Case(document, task.step, cases.as_decided(cases.told(db, task.instance_id)))
    if barred := engine.four_eyes(flow, case, employee.id):
        raise _No(barred.key, _sentence(barred, flow, spoken), employee, task)
    answers = forms.parse(flow, outcome, document, intent.answers or {}, spoken)
    if answers.errors:
        raise _No("refusal.form_wrong", say(spoken, "refusal.form_wrong"), employee, task, answers.errors)
    plan = engine.decide(flow, case, Answer(held.outcome, employee.id, answers.fields, answers.lines), FACTS)
    if isinstance(plan, Refusal):
        raise _No(plan.key, _sentence(plan, flow, spoken), employee, task)
    try:
        _carry_out(db, desk, intent, task=task, flow=flow, before=document, plan=plan, employee=employee, kept=kept,
                   outcome=held.outcome, answers=answers)  # fmt: skip
    except RuleBroken as error:
        raise _No(error.key, phrases.say_error(spoken, error), employee, task) from error
    return _Counted(task, employee, outcome.label.fill(spoken, {}), is_repeat=False)


def _claim(db: Connection, task_id: int) -> Task:
    """Take the instance before the task: the other way round deadlocks on PostgreSQL."""
    if db.dialect.name == "postgresql":
        db.execute(
            text("""
                SELECT 1 FROM flow_instances WHERE id = (SELECT instance_id FROM tasks WHERE id = :id) FOR UPDATE
            """),
            {"id": task_id},
        )
    task = cases.task(db, task_id)
    assert task is not None, "a token without a task"
    return task


def _repeat(
    db: Connection, intent: Intent, task: Task, flow: Flow, employee: Employee, language: Language
) -> _Counted | None:
    row = db.execute(
        text("SELECT task_id, outcome, employee_id FROM decisions WHERE dedupe_key = :key"), {"key": intent.dedupe}
    ).first()
    if row is None or row.task_id != task.id or row.employee_id != employee.id:
        return None
    return _Counted(task, employee, flow.steps[task.step].outcomes[row.outcome].label.fill(language, {}), True)


def _check_may(db: Connection, desk: Desk, task: Task, flow: Flow, employee: Employee, language: Language) -> None:
    """Refuse who lacks the role now, and a tap on what is settled already, with what happened instead."""
    if task.role not in employee.roles:
        words = say(language, "refusal.no_right", role=phrases.role(language, task.role))
        raise _No("refusal.no_right", words, employee, task)
    if not task.is_open:
        last = next(each for each in cases.told(db, task.instance_id) if each.task_id == task.id)
        what = flow.steps[last.step].outcomes[last.outcome].label.fill(language, {})
        words = say(language, "refusal.settled", name=last.name, time=desk.local_time(last.at), what=what)
        raise _No("refusal.settled", words, employee, task)


def _sentence(refusal: Refusal, flow: Flow, language: Language) -> str:
    blanks = dict(refusal.params)
    step = flow.steps.get(blanks.get("step", ""))
    if step and step.title:
        blanks["step"] = step.title.fill(language, {})
    return say(language, refusal.key, **blanks)


def _carry_out(
    db: Connection,
    desk: Desk,
    intent: Intent,
    *,
    task: Task,
    flow: Flow,
    before: Document,
    plan: Plan,
    employee: Employee,
    kept: Sequence[_Kept],
    outcome: str,
    answers: forms.Answers,
) -> None:
    now = desk.clock()
    if db.execute(_SETTLE, {"id": task.id, "now": to_micros(now)}).rowcount != 1:
        raise AssertionError("an open task was settled under the claim")
    given = {**answers.fields, **({"photos": len(kept)} if kept else {})}
    told_lines = {str(position): fields for position, fields in answers.lines.items() if fields}
    stored = {**given, **({"lines": told_lines} if told_lines else {})}
    db.execute(
        _DECISION,
        {
            "task": task.id,
            "outcome": outcome,
            "employee": employee.id,
            "now": to_micros(now),
            "answers": documents.to_json(stored),
            "platform": intent.sender.platform,
            "dedupe": intent.dedupe,
        },
    )
    if plan.document != before:
        documents.store_answers(db, before, plan.document)
    for each in kept:
        db.execute(
            _ATTACH,
            {
                "document": before.id,
                "field": each.field,
                "employee": employee.id,
                "name": each.name,
                "sha256": each.sha256,
                "size": each.size,
                "now": to_micros(now),
            },
        )
    for action in plan.actions:
        key = f"{action}:{task.instance_id}:{task.step}:{task.visit}"
        ACTIONS[action](db, Order(plan.document, employee.id, now, desk.today(), key))
    opened = None if plan.is_end else cases.open_task(db, flow, task.instance_id, plan.reached, now=now)
    db.execute(
        _REACH,
        {
            "id": task.instance_id,
            "reached": plan.reached,
            "state": "ended" if plan.is_end else "open",
            "ended": to_micros(now) if plan.is_end else None,
        },
    )
    journal.write(
        db,
        "flow.stepped",
        now=now,
        employee_id=employee.id,
        document_id=before.id,
        subject=f"case:{task.instance_id}",
        facts={
            "task": task.id,
            "step": task.step,
            "outcome": outcome,
            "answers": stored,
            "before": task.reached,
            "reached": plan.reached,
            "opened": opened,
            "tells": list(flow.ends[plan.reached].tells) if plan.is_end else [],
        },
    )


def _keep_photos(desk: Desk, intent: Intent, language: Language) -> Sequence[_Kept]:
    kept = []
    for field, sent in intent.photos.items():
        for each in sent:
            try:
                digest, size = photos.keep(desk.files, each.content)
            except photos.BadPhoto:
                sentence = say(language, "field.bad_photo")
                raise _No("field.bad_photo", say(language, "refusal.form_wrong"), errors={field: sentence}) from None
            kept.append(_Kept(field, each.name[:255], digest, size))
    return kept


def _refuse(desk: Desk, intent: Intent, no: _No, language: Language | None) -> Refused:
    """Note the refusal for the audit, and answer with the present state of the card."""
    with writing(desk.engine) as db:
        journal.write(
            db,
            "act.refused",
            now=desk.clock(),
            employee_id=no.employee.id if no.employee else None,
            document_id=no.task.document_id if no.task else None,
            subject=f"task:{no.task.id}" if no.task else "",
            facts={"key": no.key, "platform": intent.sender.platform, "violation": no.key == "refusal.four_eyes"},
        )
    card = None
    if no.task and no.employee:
        card = inbox.task_card(desk, no.task.id, inbox.reader_of(no.employee, intent.chat, language))
    return Refused(no.words, card, no.errors or {})


def tap(desk: Desk, intent: Intent, *, language: Language | None = None) -> Form | Done | Refused:
    """Return the form that a tapped button opens, if the person may answer it; or else act on the tap at once."""
    with reading(desk.engine) as db:
        employee = people.who(db, intent.sender)
        may = employee is not None and _may_open(db, intent, employee)
    if employee is not None and may:
        asked = inbox.asked(desk, intent.token, inbox.reader_of(employee, intent.chat, language))
        if asked is not None:
            return asked.form
    return act(desk, intent, language=language)


def _may_open(db: Connection, intent: Intent, employee: Employee) -> bool:
    held = tokens.held(db, intent.token)
    task = cases.task(db, held.task_id) if held else None
    if task is None or not task.is_open or task.role not in employee.roles:
        return False
    return employee.id not in cases.barred(db, task)
