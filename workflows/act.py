"""The one shell in which a decision happens: rights, four eyes, the ledger action, the journal and the next task,
all in one transaction. What is refused changes nothing and leaves one audit entry.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from inventory_core import documents, journal
from inventory_core.db.engine import at_once, part, reading, writing
from inventory_core.db.metadata import to_micros
from inventory_core.db.quick import Statement
from inventory_core.document import Document
from inventory_core.errors import RuleBroken
from inventory_core.stages import FACTS, checked, looked_up
from workflows import cases, engine, forms, inbox, moves, people, photos, phrases, tokens
from workflows.book import CompanyBook
from workflows.cards import Card, Done, Form, Refused
from workflows.cases import Task
from workflows.definition import Flow, Language
from workflows.desk import Desk
from workflows.engine import Answer, Plan, Refusal
from workflows.intents import Intent
from workflows.people import Employee
from workflows.phrases import say
from workflows.rights import No, answering_for, may_open

_DECISION = Statement("""
    INSERT INTO decisions (task_id, outcome, employee_id, for_employee_id, at, answers, platform, dedupe_key)
    VALUES (:task, :outcome, :employee, :for_employee, :now, :answers, :platform, :dedupe)
""")
_SAID = Statement("SELECT task_id, outcome, employee_id FROM decisions WHERE dedupe_key = :key")
_SETTLE = Statement("UPDATE tasks SET state = 'settled', settled_at = :now WHERE id = :id AND state = 'open'")
_CLOSE_STEP = Statement("""
    UPDATE tasks SET state = 'void', settled_at = :now
    WHERE instance_id = :instance AND step = :step AND visit = :visit AND state = 'open'
""")
_ATTACH = text("""
    INSERT INTO attachments (document_id, field, employee_id, name, sha256, size, at)
    VALUES (:document, :field, :employee, :name, :sha256, :size, :now)
""")


_LINES_AT_ONCE: Final = 20


class _Asks(Exception):
    """The outcome has a form, which is to be asked before it counts."""


class _Apart(Exception):
    """It takes too long to be settled with others."""


@dataclass(frozen=True, slots=True)
class _Kept:
    field: str
    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Settled:
    """The act counted, now or, when ``is_repeat``, already before; ``draw`` gives its card in the present state."""

    words: str
    is_repeat: bool
    draw: Callable[[], Card | None]


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
    result = _acted(desk, intent, language)
    return _done(result) if isinstance(result, Settled) else result


def commit(desk: Desk, intent: Intent, *, language: Language | None = None, asks: bool = False) -> "_Counted":
    """Carry out one tap or sent form, and return what counted, before anything of it is shown. Raises No.

    With ``asks`` an outcome that has a form is left alone, which raises _Asks; most have none.
    """
    kept = _keep_photos(desk, intent, language or "en")
    try:
        with writing(desk.engine) as db:
            return _act(db, desk, intent, kept, language, asks=asks)
    except IntegrityError:  # PostgreSQL: somebody else's commit came first, so look at what it says
        with writing(desk.engine) as db:
            return _act(db, desk, intent, kept, language, asks=asks)


def _act(
    db: Connection,
    desk: Desk,
    intent: Intent,
    kept: Sequence[_Kept],
    language: Language | None,
    *,
    asks: bool,
    lines_max: int | None = None,
) -> _Counted:
    employee = people.who(db, intent.sender)
    if employee is None:
        raise No("refusal.unlinked", say(language or "en", "refusal.unlinked"))
    spoken = language or employee.language
    held = tokens.held(db, intent.token)
    if held is None or held.address != str(intent.chat):
        raise No("refusal.expired_card", say(spoken, "refusal.expired_card"), employee)
    task = moves.claim(db, held.task_id)
    assert task is not None, "a token without a task"
    flow, stored = cases.document_of(db, task)
    outcome = flow.steps[task.step].outcomes.get(held.outcome)
    if asks and outcome is not None and outcome.form:
        raise _Asks
    if lines_max is not None and len(stored.lines) > lines_max:
        raise _Apart
    document = looked_up(db, stored, today=desk.today())
    if repeated := _repeat(db, intent, task, flow, employee, spoken):
        return repeated
    decisions = cases.told(db, task.instance_id)
    for_id = answering_for(db, desk, task, flow, document, decisions, employee, spoken)
    if held.revision != document.revision:
        raise No("refusal.changed", say(spoken, "refusal.changed"), employee, task)
    if held.is_old(desk.clock()):
        raise No("refusal.old_card", say(spoken, "refusal.old_card"), employee, task)
    if outcome is None or (task.offers and held.outcome not in task.offers):
        raise No("refusal.unknown_outcome", say(spoken, "refusal.unknown_outcome"), employee, task)
    case = cases.case_of(db, task, flow, document, decisions, today=desk.today())
    if barred := engine.four_eyes(flow, case, frozenset({employee.id, for_id or employee.id})):
        raise No(barred.key, _sentence(barred, flow, spoken), employee, task)
    book = CompanyBook(db, employee.name)
    answers = forms.parse(
        flow, outcome, document, intent.answers or {}, spoken, book=book, today=desk.today(),
        given={each.field for each in kept},
    )  # fmt: skip
    if answers.errors:
        raise No("refusal.form_wrong", say(spoken, "refusal.form_wrong"), employee, task, answers.errors)
    answer = Answer(held.outcome, answers.fields, answers.lines)
    made = Made(held.outcome, answers, intent.sender.platform, intent.dedupe, employee.id, for_id, kept)
    try:
        plan = engine.decide(
            flow, case, answer, FACTS, look_up=lambda answered: checked(db, document, answered, today=desk.today())
        )
        if isinstance(plan, Refusal):
            raise No(plan.key, _sentence(plan, flow, spoken), employee, task)
        carry_out(db, desk, task, flow, document, plan, made)
    except RuleBroken as error:
        raise No(error.key, phrases.say_error(spoken, error), employee, task) from error
    return _Counted(task, employee, outcome.label.fill(spoken, {}), is_repeat=False)


def _repeat(
    db: Connection, intent: Intent, task: Task, flow: Flow, employee: Employee, language: Language
) -> _Counted | None:
    row = _SAID.first(db, {"key": intent.dedupe})
    if row is None or (row[0], row[2]) != (task.id, employee.id):
        return None
    return _Counted(task, employee, flow.steps[task.step].outcomes[row[1]].label.fill(language, {}), True)


def _sentence(refusal: Refusal, flow: Flow, language: Language) -> str:
    blanks = dict(refusal.params)
    step = flow.steps.get(blanks.get("step", ""))
    if step and step.title:
        blanks["step"] = step.title.fill(language, {})
    return say(language, refusal.key, **blanks)


@dataclass(frozen=True, slots=True)
class Made:
    """A decision as it is stored: who made it (None for a deadline), for whom, with which answers and photos."""

    outcome: str
    answers: forms.Answers
    platform: str
    dedupe: str
    employee_id: int | None
    for_id: int | None = None
    kept: "Sequence[_Kept]" = ()


def carry_out(db: Connection, desk: Desk, task: Task, flow: Flow, before: Document, plan: Plan, made: Made) -> None:
    """Store a decision and do all that follows from it."""
    now = to_micros(desk.clock())
    if _SETTLE.changes(db, {"id": task.id, "now": now}) != 1:
        raise AssertionError("an open task was settled under the claim")
    given = {**made.answers.fields, **({"photos": len(made.kept)} if made.kept else {})}
    told_lines = {str(position): fields for position, fields in made.answers.lines.items() if fields}
    stored = {**given, **({"lines": told_lines} if told_lines else {})}
    _DECISION.run(
        db,
        {
            "task": task.id,
            "outcome": made.outcome,
            "employee": made.employee_id,
            "for_employee": made.for_id,
            "now": now,
            "answers": documents.to_json(stored),
            "platform": made.platform,
            "dedupe": made.dedupe,
        },
    )
    if plan.document != before:
        documents.store_answers(db, before, plan.document)
    for each in made.kept:
        db.execute(
            _ATTACH,
            {
                "document": before.id,
                "field": each.field,
                "employee": made.employee_id,
                "name": each.name,
                "sha256": each.sha256,
                "size": each.size,
                "now": now,
            },
        )
    move = moves.Move(db, desk, flow, task.instance_id, before.id, task.requester_id, made.employee_id)
    facts = {
        "task": task.id,
        "step": task.step,
        "outcome": made.outcome,
        "answers": stored,
        "before": task.reached,
        "for": made.for_id,
        "tells": list(flow.steps[task.step].outcomes[made.outcome].tells),
    }
    if plan.decided is None:
        opened = move.open_next(task.step, task.visit, task.seat, plan.document)
        move.note({**facts, "reached": task.reached, "opened": opened})
        return
    if not flow.steps[task.step].asks_one:
        _CLOSE_STEP.run(db, {"instance": task.instance_id, "step": task.step, "visit": task.visit, "now": now})
    move.follow(plan, facts=facts, key=f"{task.instance_id}:{task.step}:{task.visit}")


def _keep_photos(desk: Desk, intent: Intent, language: Language) -> Sequence[_Kept]:
    kept = []
    for field, sent in intent.photos.items():
        for each in sent:
            try:
                digest, size = photos.keep(desk.files, each.content)
            except photos.BadPhoto:
                sentence = say(language, "field.bad_photo")
                raise No("field.bad_photo", say(language, "refusal.form_wrong"), errors={field: sentence}) from None
            kept.append(_Kept(field, each.name[:255], digest, size))
    return kept


def _refuse(desk: Desk, intent: Intent, no: No, language: Language | None) -> Refused:
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
    result = settle(desk, intent, language=language)
    return _done(result) if isinstance(result, Settled) else result


def settle(desk: Desk, intent: Intent, *, language: Language | None = None) -> Form | Settled | Refused:
    """Do what ``tap`` does, and leave it to the caller when to draw the card of what counted."""
    with suppress(_Asks):
        return _acted(desk, intent, language, asks=True)
    with reading(desk.engine) as db:
        employee = people.who(db, intent.sender)
        may = employee is not None and may_open(db, desk, intent, employee)
    if employee is not None and may:
        asked = inbox.asked(desk, intent.token, inbox.reader_of(employee, intent.chat, language))
        if asked is not None:
            return asked.form
    return _acted(desk, intent, language)


def settle_at_once(desk: Desk, intents: Sequence[Intent]) -> Sequence[Settled | None]:
    """Settle several taps in one commit, in a few milliseconds and without waiting for anybody.

    None stands for what was not done and is to be settled by itself: what is refused, asks for a form, is about a
    document of many lines, or met somebody else's change; and for all of them where the database is not to be had now.
    """
    found: list[Settled | None] = []
    try:
        with at_once(desk.engine) as db:
            if db is not None:
                found = [_settled_in(db, desk, each) for each in intents]
    except SQLAlchemyError:  # none of it was kept
        found = []
    return found or [None] * len(intents)


def _settled_in(db: Connection, desk: Desk, intent: Intent) -> Settled | None:
    with suppress(No, _Asks, _Apart, SQLAlchemyError), part(db):
        return _settled(desk, intent, _act(db, desk, intent, (), None, asks=True, lines_max=_LINES_AT_ONCE), None)
    return None


def _acted(desk: Desk, intent: Intent, language: Language | None, *, asks: bool = False) -> Settled | Refused:
    try:
        return _settled(desk, intent, commit(desk, intent, language=language, asks=asks), language)
    except No as no:
        return _refuse(desk, intent, no, language)


def _settled(desk: Desk, intent: Intent, counted: _Counted, language: Language | None) -> Settled:
    spoken = language or counted.employee.language
    reader = inbox.reader_of(counted.employee, intent.chat, spoken)
    key = "done.repeat" if counted.is_repeat else "done.act"
    draw = partial(inbox.task_card, desk, counted.task.id, reader)
    return Settled(say(spoken, key, what=counted.what), counted.is_repeat, draw)


def _done(settled: Settled) -> Done:
    return Done(settled.words, settled.draw(), settled.is_repeat)
