"""Builds the cards: what a person is asked, or what became of it, in the reader's language."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from inventory_core.db.engine import reading
from inventory_core.document import Document, Line
from inventory_core.quantity import MONEY_PLACES, write_money
from inventory_core.stages import FACTS
from workflows import cases, forms, phrases, tokens
from workflows.cards import Button, Card, Fact, Form, Row
from workflows.cases import Task, Told
from workflows.definition import Flow, Language, Outcome
from workflows.desk import Desk
from workflows.intents import Address
from workflows.people import Employee
from workflows.phrases import say


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, in which language and chat; ``code`` is the employee's, empty for a channel."""

    language: Language
    address: Address
    code: str = ""


def reader_of(employee: Employee, address: Address, language: Language | None = None) -> Reader:
    return Reader(language or employee.language, address, employee.code)


@dataclass(frozen=True, slots=True)
class _Case:
    """All that a card of a running or ended flow is built from, read in one transaction."""

    task: Task
    flow: Flow
    document: Document
    told: Sequence[Told]
    waits_for: str


def _load(db: Connection, task: Task) -> _Case:
    flow, document = cases.document_of(db, task)
    current = cases.current_task(db, task.instance_id) if task.instance_is_open else None
    return _Case(task, flow, document, cases.told(db, task.instance_id), current.role if current else "")


def open_cards(desk: Desk, employee: Employee, reader: Reader) -> tuple[Card, ...]:
    """Return the cards of all tasks that wait for an employee, the most urgent first."""
    with reading(desk.engine) as db:
        loaded = [_load(db, task) for task in cases.open_tasks(db, employee.id)]
    return tuple(_task_card(desk, each, reader) for each in loaded)


def task_card(desk: Desk, task_id: int, reader: Reader) -> Card | None:
    """Return a task's card as it is now: with buttons while it is open, with what happened once it is settled."""
    with reading(desk.engine) as db:
        task = cases.task(db, task_id)
        loaded = _load(db, task) if task else None
    return _task_card(desk, loaded, reader) if loaded else None


def case_card(desk: Desk, instance_id: int, reader: Reader) -> Card:
    """Return the card that tells of a whole case to somebody who is not asked."""
    with reading(desk.engine) as db:
        loaded = _load(db, cases.last_task(db, instance_id))
    return _settled(desk, loaded, reader, subject=f"case:{instance_id}")


@dataclass(frozen=True, slots=True)
class Asked:
    """An open question behind a button: the outcome, what it is asked about, and its form."""

    flow: Flow
    outcome: Outcome
    document: Document
    form: Form


def asked(desk: Desk, token: str, reader: Reader) -> Asked | None:
    """Return the form behind a button with what it is about, or None when there is none or it is no longer true."""
    with reading(desk.engine) as db:
        held = tokens.held(db, token)
        task = cases.task(db, held.task_id) if held else None
        if held is None or task is None or not task.is_open or held.address != str(reader.address):
            return None
        flow, document = cases.document_of(db, task)
    outcome = flow.steps[task.step].outcomes.get(held.outcome)
    if outcome is None or not outcome.form:
        return None
    title = outcome.label.fill(reader.language, {})
    form = forms.build(flow, outcome, document, token=token, title=title, language=reader.language)
    return Asked(flow, outcome, document, form)


def _task_card(desk: Desk, case: _Case, reader: Reader) -> Card:
    subject = f"task:{case.task.id}"
    if not case.task.is_open:
        return _settled(desk, case, reader, subject=subject)
    step = case.flow.steps[case.task.step]
    assert step.title is not None and step.question is not None
    made = tokens.ensure(
        desk.engine,
        case.task.id,
        step.outcomes,
        reader.address,
        revision=case.document.revision,
        now=desk.clock(),
    )
    buttons = tuple(
        Button(outcome.label.fill(reader.language, {}), made[name], outcome.tone, opens_form=bool(outcome.form))
        for name, outcome in step.outcomes.items()
    )
    head = _head(desk, case, reader)
    return Card(
        subject=subject,
        title=case.flow.card.title.fill(reader.language, head),
        summary=f"{step.title.fill(reader.language, {})} · {case.flow.card.summary.fill(reader.language, head)}",
        language=reader.language,
        facts=(*_papers(desk, case, reader), *_told_facts(case, step.tells_facts, reader)),
        rows=tuple(_row(line, step.shows, case.flow, case.document, reader.language) for line in case.document.lines),
        question=step.question.fill(reader.language, {}),
        buttons=buttons,
        story=_story(desk, case, reader),
        link=desk.task_link(case.task.id, reader.code),
    )


def _settled(desk: Desk, case: _Case, reader: Reader, *, subject: str) -> Card:
    language, head = reader.language, _head(desk, case, reader)
    end = case.flow.ends.get(case.task.reached)
    status = (
        end.label.fill(language, {})
        if end
        else say(language, "card.waiting", role=phrases.role(language, case.waits_for))
    )
    figures = ("ordered", *(n for n, f in case.flow.fields.items() if f.kind == "quantity" and f.each == "line"))
    return Card(
        subject=subject,
        title=case.flow.card.title.fill(language, head),
        summary=status,
        language=language,
        facts=_papers(desk, case, reader),
        rows=tuple(_row(line, figures, case.flow, case.document, language) for line in case.document.lines),
        story=_story(desk, case, reader),
        status=status,
        tone=end.tone if end else "plain",
        link=desk.task_link(case.task.id, reader.code),
    )


def _head(desk: Desk, case: _Case, reader: Reader) -> dict[str, str]:
    document = case.document
    return {
        "number": document.number,
        "source": document.source,
        "partner": document.partner,
        "lines": say(reader.language, "card.lines", n=len(document.lines)),
        "due": phrases.due(reader.language, document.due_on, today=desk.today()) if document.due_on else "",
    }


def _papers(desk: Desk, case: _Case, reader: Reader) -> tuple[Fact, ...]:
    language = reader.language
    facts = [Fact(say(language, f"card.{case.document.kind}"), case.document.number)]
    if case.document.due_on:
        due: dt.date = case.document.due_on
        facts.append(Fact(say(language, "card.expected"), phrases.due(language, due, today=desk.today())))
    return tuple(facts)


def _told_facts(case: _Case, names: Sequence[str], reader: Reader) -> tuple[Fact, ...]:
    told = []
    for name in names:
        value = FACTS[case.flow.facts[name]].read(case.document)
        amount = write_money(int(value.scaleb(MONEY_PLACES))) if not isinstance(value, bool) else str(value)
        told.append(Fact(case.flow.fact_labels[name].fill(reader.language, {}), f"{amount} {case.document.currency}"))
    return tuple(told)


def _row(line: Line, shows: Sequence[str], flow: Flow, document: Document, language: Language) -> Row:
    figures = []
    for name in shows:
        if name == "price":
            label, value = say(language, "figure.price"), f"{write_money(line.price)} {document.currency}"
        elif name in flow.fields:
            answered = line.fields.get(name)
            if not isinstance(answered, int) or (answered == 0 and not flow.fields[name].required):
                continue  # not answered yet, or an optional figure that is zero
            label, value = flow.fields[name].label.fill(language, {}), f"{line.write(answered)} {line.unit}"
        else:
            label, value = say(language, f"figure.{name}"), f"{line.write(line.quantity(name))} {line.unit}"
        figures.append(Fact(label, value))
    causes = [
        flow.fields[name].options[str(value)].fill(language, {})
        for name, value in line.fields.items()
        if name in flow.fields and flow.fields[name].kind == "choice" and value in flow.fields[name].options
    ]
    return Row(line.item_name, " · ".join((line.item_code, *causes)), tuple(figures))


def _story(desk: Desk, case: _Case, reader: Reader) -> tuple[str, ...]:
    language, story = reader.language, []
    for each in case.told:
        what = case.flow.steps[each.step].outcomes[each.outcome].label.fill(language, {})
        extras = [str(each.answers[name]) for name in ("reason",) if each.answers.get(name)]
        if photos := each.answers.get("photos"):
            extras.append(say(language, "card.photos", n=photos))
        line = say(language, "card.story", time=desk.local_time(each.at), name=each.name, what=what)
        story.append(" · ".join((line, *extras)))
    return tuple(story)
