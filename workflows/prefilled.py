"""Answers the first form of a new case from what is known already: a row of a file, or a paper that a stage wrote."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import documents
from inventory_core.db.engine import reading, writing
from inventory_core.errors import RuleBroken
from inventory_core.stages import FACTS, WRITTEN, checked, looked_up
from workflows import act, cases, engine, flows, forms, moves, people
from workflows.book import CompanyBook
from workflows.definition import Language
from workflows.desk import Desk
from workflows.engine import Answer, Refusal
from workflows.people import Employee

_ASKED_BY: Final = text("""
    SELECT i.requester_id FROM flow_instances i JOIN documents d ON d.source_id = i.document_id
    JOIN employees e ON e.id = i.requester_id WHERE d.id = :id AND e.is_active = 1 ORDER BY i.id DESC LIMIT 1
""")


def answer(
    db: Connection,
    desk: Desk,
    case_id: int,
    cells: Mapping[str, str],
    employee: Employee,
    language: Language,
    *,
    key: str,
    by: str,
) -> str:
    """Answer a new case's first form, and return what is wrong with it (empty when nothing is).

    ``cells`` are as a form sends them; ``key`` answers once, ``by`` says who began it. Raises what its actions do.
    """
    waiting = [each for each in cases.current_tasks(db, case_id) if each.employee_id in (None, employee.id)]
    if not waiting or cases.told(db, case_id):
        return ""  # answered before, or it needs no answer
    task = waiting[0]
    flow, stored = cases.document_of(db, task)
    document = looked_up(db, stored, today=desk.today())
    name = next((n for n, each in flow.steps[task.step].outcomes.items() if each.form), None)
    if name is None:
        return ""
    outcome = flow.steps[task.step].outcomes[name]
    book = CompanyBook(db, employee.name)
    answers = forms.parse(flow, outcome, document, cells, language, book=book, today=desk.today())
    if answers.errors:
        wrong, sentence = next(iter(answers.errors.items()))
        rule = flow.fields.get(wrong.partition(".")[0])
        return f"{rule.label.fill(language, {}) if rule else wrong}: {sentence}"
    case = cases.case_of(db, task, flow, document, (), today=desk.today())
    given = Answer(name, answers.fields, answers.lines)
    plan = engine.decide(
        flow, case, given, FACTS, look_up=lambda answered: checked(db, document, answered, today=desk.today())
    )
    if isinstance(plan, Refusal):
        return ""
    act.carry_out(db, desk, task, flow, document, plan, act.Made(name, answers, by, key, employee.id))
    return ""


def start_written(desk: Desk) -> int:
    """Start the flow of each paper that a stage wrote for another one, and return how many were started.

    Whoever started that one asked for it: their first form is answered by what the paper says. Where that is refused,
    or nobody is known, the form waits for people, filled in.
    """
    with reading(desk.engine) as db:
        waiting = cases.unstarted(db, WRITTEN)
    started = [each for each in waiting if _start(desk, each)]
    return len(started)


def _start(desk: Desk, document_id: int) -> bool:
    with writing(desk.engine) as db:
        documents.lock(db, document_id)
        if document_id not in cases.unstarted(db, WRITTEN):
            return False  # another relay was faster
        paper = documents.load(db, document_id)
        found = flows.of_paper(db, paper)
        if found is None:
            return False
        asked_by = db.execute(_ASKED_BY, {"id": document_id}).scalar()
        case_id = moves.start_as(db, desk, *found, paper, requester_id=asked_by)
    if asked_by is None:
        return True
    try:
        with writing(desk.engine) as db:
            employee = people.by_id(db, asked_by)
            assert employee is not None, "an active employee"
            cells = {name: str(value) for name, value in paper.fields.items()}
            answer(db, desk, case_id, cells, employee, employee.language, key=f"written:{case_id}", by="stage")
    except RuleBroken:
        pass  # nothing of it is kept, and the form waits for people
    return True
