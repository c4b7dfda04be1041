"""Builds the cards: what a person is asked, or what became of it, in the reader's language."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import Connection

from inventory_core.db.engine import reading
from inventory_core.document import Answer, Document, Line
from inventory_core.quantity import MONEY_PLACES, write_money
from inventory_core.stages import FACTS, looked_up
from workflows import attachments, cases, engine, forms, phrases, remarks, rules, scanning, tokens
from workflows.attachments import Added
from workflows.book import CompanyBook
from workflows.cards import Button, Card, Fact, Form, Row, Tone
from workflows.cases import Task, Told
from workflows.definition import FieldRule, Flow, Language, Outcome, is_stage_fact
from workflows.desk import Desk
from workflows.intents import Address
from workflows.people import Employee
from workflows.phrases import say
from workflows.remarks import Remark
from workflows.rules import Value


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, in which language and chat; ``code`` and ``name`` are the employee's, empty for a channel."""

    language: Language
    address: Address
    code: str = ""
    name: str = ""


def reader_of(employee: Employee, address: Address, language: Language | None = None) -> Reader:
    return Reader(language or employee.language, address, employee.code, employee.name)


@dataclass(frozen=True, slots=True)
class _Case:
    """All that a card of a running or ended flow is built from, read in one transaction."""

    task: Task
    flow: Flow
    document: Document
    told: Sequence[Told]
    remarks: Sequence[Remark]
    waits_for: Sequence[tuple[str, str]]
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """What the codes in the answered fields are called, by ``kind:code``."""
    scanned: frozenset[int] = frozenset()
    """The lines that a scanner has confirmed, by position."""
    added: Sequence[Added] = ()


def _load(db: Connection, desk: Desk, task: Task) -> _Case:
    flow, document = cases.document_of(db, task)
    if task.is_open:
        document = looked_up(db, document, today=desk.today())
    waiting = cases.current_tasks(db, task.instance_id) if task.instance_is_open else []
    waits_for = [(each.role, remarks.name_of(db, each.employee_id) if each.employee_id else "") for each in waiting]
    told = cases.told(db, task.instance_id)
    said, names = remarks.of_case(db, task.instance_id), CompanyBook(db, "").names(flow, document.fields)
    scans = task.is_open and any(each.scans for each in flow.steps[task.step].outcomes.values())
    scanned: frozenset[int] = scanning.confirmed(db, task.id) if scans else frozenset()
    added = attachments.added(attachments.of_document(db, document.id))
    return _Case(task, flow, document, told, said, list(dict.fromkeys(waits_for)), names, scanned, added)


def open_cards(desk: Desk, employee: Employee, reader: Reader) -> tuple[Card, ...]:
    """Return the cards of all tasks that wait for an employee, the most urgent first, then what they are asked.

    What another paper's card asks for (``held_by``, such as a wave) is left out until that one lets go of it.
    """
    with reading(desk.engine) as db:
        loaded = [_load(db, desk, task) for task in cases.open_tasks(db, employee.id, now=desk.clock())]
    return tuple(_task_card(desk, each, reader) for each in loaded if not each.document.fields.get("held_by"))


def task_card(desk: Desk, task_id: int, reader: Reader) -> Card | None:
    """Return a task's card as it is now: with buttons while it is open, with what happened once it is settled."""
    with reading(desk.engine) as db:
        task = cases.task(db, task_id)
        loaded = _load(db, desk, task) if task else None
    return _task_card(desk, loaded, reader) if loaded else None


def case_card(desk: Desk, instance_id: int, reader: Reader) -> Card:
    """Return the card that tells of a whole case to somebody who is not asked."""
    with reading(desk.engine) as db:
        loaded = _load(db, desk, cases.last_task(db, instance_id))
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
        flow, stored = cases.document_of(db, task)
        document = looked_up(db, stored, today=desk.today())
        outcome = flow.steps[task.step].outcomes.get(held.outcome)
        if outcome is None or not outcome.form:
            return None
        title = outcome.label.fill(reader.language, {})
        form = forms.build(
            flow,
            outcome,
            document,
            token=token,
            title=title,
            language=reader.language,
            book=CompanyBook(db, reader.name),
            today=desk.today(),
        )
    # A form that has nothing left to ask is none: the tap settles it.
    return Asked(flow, outcome, document, form) if form.fields else None


def parse(
    desk: Desk, asked_: Asked, raw: Mapping[str, str], reader: Reader, *, given: Sequence[str] = ()
) -> forms.Answers:
    """Return the answers to a form so far, checked."""
    with reading(desk.engine) as db:
        return forms.parse(
            asked_.flow,
            asked_.outcome,
            asked_.document,
            raw,
            reader.language,
            book=CompanyBook(db, reader.name),
            today=desk.today(),
            given=given,
        )


def _task_card(desk: Desk, case: _Case, reader: Reader) -> Card:
    subject = f"task:{case.task.id}"
    if not case.task.is_open:
        return _settled(desk, case, reader, subject=subject)
    offered = _offered(desk, case)
    made = tokens.ensure(
        desk.engine,
        case.task.id,
        offered,
        reader.address,
        revision=case.document.revision,
        now=desk.clock(),
    )
    return _asking(desk, case, reader, made)


def _offered(desk: Desk, case: _Case) -> list[str]:
    """Return the outcomes whose buttons are there now."""
    outcomes = case.flow.steps[case.task.step].outcomes
    known: dict[str, Value] = {}
    if any(each.offered_rule for each in outcomes.values()):
        known = {**engine.figures(case.flow, case.document, FACTS), "today": desk.today(), "requester": ""}
    return [
        name
        for name, outcome in outcomes.items()
        if (not case.task.offers or name in case.task.offers) and engine.is_offered(outcome, known)
    ]


def _asking(desk: Desk, case: _Case, reader: Reader, made: Mapping[str, str]) -> Card:
    """Return the card of an open task; ``made`` holds the token of each outcome that is offered."""
    step = case.flow.steps[case.task.step]
    assert step.title is not None and step.question is not None
    buttons = tuple(
        Button(
            outcome.label.fill(reader.language, {}),
            made[name],
            outcome.tone,
            opens_form=forms.asks_anything(case.flow, outcome, case.document, today=desk.today()),
        )
        for name, outcome in step.outcomes.items()
        if name in made
    )
    head = _head(desk, case, reader)
    return Card(
        subject=f"task:{case.task.id}",
        title=case.flow.card.title.fill(reader.language, head),
        summary=f"{step.title.fill(reader.language, {})} · {case.flow.card.summary.fill(reader.language, head)}",
        language=reader.language,
        facts=(
            *_papers(desk, case, reader),
            *_answered(case, step.shows, reader),
            *_told_facts(case, step.tells_facts, reader),
        ),
        rows=_rows(step.shows, case, reader.language),
        question=step.question.fill(reader.language, {}),
        buttons=buttons,
        story=_story(desk, case, reader),
        link=desk.task_link(case.task.id, reader.code) if case.task.id else "",
    )


def preview(desk: Desk, flow: Flow, step: str, document: Document, reader: Reader) -> Card:
    """Return the card that a step of an unpublished flow would show about an example paper; its tokens do nothing."""
    task = Task(0, 0, step, 1, 0, "", None, (), "open", 0, 0, step, "open", None, {})
    made = dict.fromkeys(flow.steps[step].outcomes, "preview")
    return _asking(desk, _Case(task, flow, document, (), (), ()), reader, made)


def preview_form(desk: Desk, flow: Flow, outcome: Outcome, document: Document, reader: Reader) -> Form:
    """Return the form that an outcome of an unpublished flow would ask about an example paper."""
    with reading(desk.engine) as db:
        return forms.build(
            flow,
            outcome,
            document,
            token="preview",  # noqa: S106 (it opens nothing)
            title=outcome.label.fill(reader.language, {}),
            language=reader.language,
            book=CompanyBook(db, reader.name),
            today=desk.today(),
        )


def _settled(desk: Desk, case: _Case, reader: Reader, *, subject: str) -> Card:
    language, head = reader.language, _head(desk, case, reader)
    end = case.flow.ends.get(case.task.reached)
    tone: Tone
    if case.task.instance_state == "stopped":
        status, tone = say(language, "card.stopped"), "bad"
    elif end:
        status, tone = end.label.fill(language, {}), end.tone
    else:
        named = dict.fromkeys(name or phrases.role(language, role) for role, name in case.waits_for)
        status, tone = say(language, "card.waiting", role=phrases.listed(language, list(named))), "plain"
    # Who counts does not see the books before the count is over.
    books = () if case.task.instance_is_open else ("book",)
    first = books if case.document.kind == "count" else ("ordered",)
    asked = (n for n, f in case.flow.fields.items() if f.kind == "quantity" and f.each == "line")
    # An optional figure that a stage brings is of its moment: it is told while somebody decides by it.
    figures = (*first, *(n for n in asked if n in case.flow.answered or case.flow.fields[n].required))
    return Card(
        subject=subject,
        title=case.flow.card.title.fill(language, head),
        summary=status,
        language=language,
        facts=(*_papers(desk, case, reader), *_answered(case, (), reader)),
        rows=tuple(_row(line, figures, case.flow, case.document, language) for line in case.document.lines),
        story=_story(desk, case, reader),
        status=status,
        tone=tone,
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
        **{
            name: written(rule, document.fields[name], reader.language, case.names)
            for name, rule in case.flow.fields.items()
            if rule.each == "document" and name in document.fields
        },
    }


def _papers(desk: Desk, case: _Case, reader: Reader) -> tuple[Fact, ...]:
    language = reader.language
    paper = phrases.catalogue(language).get(f"card.{case.document.kind}") or case.flow.title.fill(language, {})
    key = f"paper.{case.document.id}" if case.document.id else ""  # a preview's paper is in no database
    facts = [Fact(paper, case.document.number, story=key)]
    if case.document.due_on:
        due: dt.date = case.document.due_on
        own = phrases.catalogue(language).get(f"card.expected_{case.document.kind}")
        facts.append(Fact(own or say(language, "card.expected"), phrases.due(language, due, today=desk.today())))
    return tuple(facts)


def _answered(case: _Case, shows: Sequence[str], reader: Reader) -> tuple[Fact, ...]:
    """Return what was answered of the document: what a step shows, or where it names none of it, all."""
    fields, document = case.flow.fields, case.document
    named = [name for name in shows if name in fields and fields[name].each == "document"]
    # What a table asked for stands in the lines that were made of it.
    told_below = {name for name, each in fields.items() if each.kind == "table" and document.lines}
    every = [
        n
        for n, each in fields.items()
        if each.each == "document" and n not in _IN_STORY and n not in told_below and _is_told(case.flow, n)
    ]
    return tuple(
        Fact(fields[name].label.fill(reader.language, {}), _told(case, name, document.fields[name], reader.language))
        for name in named or every
        if name in document.fields
    )


def _is_told(flow: Flow, name: str) -> bool:
    """Tell whether a card of a whole case tells a field: not what a stage brings for the default of a form alone."""
    is_shown = any(name in step.shows for step in flow.steps.values())
    defaults = (each.default_rule for each in flow.fields.values())
    return name in flow.answered or is_shown or not any(name in rules.names_in(each) for each in defaults if each)


def _told(case: _Case, name: str, value: Answer, language: Language) -> str:
    """Return an answered field as people read it; a wide table that a stage made says what each of its figures is."""
    rule = case.flow.fields[name]
    if not isinstance(value, list) or name in case.flow.answered or len(rule.columns) <= _NARROW:
        return written(rule, value, language, case.names)
    first = next(iter(rule.columns), "")
    rows = []
    for row in value:
        told = {
            column: written(each, row[column], language, case.names)
            for column, each in rule.columns.items()
            if column in row
        }
        rest = [f"{rule.columns[n].label.fill(language, {})} {words}" for n, words in told.items() if n != first]
        rows.append(": ".join(filter(None, (told.get(first, ""), ", ".join(rest)))))
    return "; ".join(rows)


_NARROW = 3
"""How many columns of a table are understood without their labels, such as "2 × 12.5 kg pumps"."""
_IN_STORY = ("reason",)
"""Answers that the story tells."""


def written(rule: FieldRule, value: Answer, language: Language, names: Mapping[str, str]) -> str:
    """Return an answered field of a document as people read it; ``names`` are what codes are called."""
    if isinstance(value, list):
        rows = [
            " ".join(written(each, row[name], language, names) for name, each in rule.columns.items() if name in row)
            for row in value
        ]
        return "; ".join(rows)
    unit = f" {rule.unit}" if rule.unit else ""
    match rule.kind:
        case "choice":
            words = rule.options.get(str(value))
            return words.fill(language, {}) if words else str(value)
        case "yes_no":
            return say(language, "form.yes" if value else "form.no")
        case "integer" | "decimal":
            return f"{Decimal(str(value)):,f}{unit}"
        case "money":
            return write_money(int(Decimal(str(value)).scaleb(MONEY_PLACES))) + unit
        case "date":
            return phrases.day(language, dt.date.fromisoformat(str(value)))
        case "partner" | "person":
            return names.get(f"{rule.kind}:{value}", str(value))
        case "item":
            name = names.get(f"item:{value}")
            return f"{value} · {name}" if name else str(value)
    return str(value)


def _told_facts(case: _Case, names: Sequence[str], reader: Reader) -> tuple[Fact, ...]:
    values = engine.figures(case.flow, case.document, FACTS)
    told = []
    for name in names:
        value = values[name]
        if isinstance(value, Decimal):
            amount = write_money(int(value.scaleb(MONEY_PLACES)))
            shown = f"{amount} {case.document.currency}" if _is_money(case.flow, name) else f"{value.normalize():,f}"
        elif isinstance(value, bool):
            shown = say(reader.language, "form.yes" if value else "form.no")
        else:
            shown = "" if value is None else str(value)
        told.append(Fact(case.flow.fact_labels[name].fill(reader.language, {}), shown))
    return tuple(told)


def _is_money(flow: Flow, fact: str) -> bool:
    """Tell whether a fact is an amount of money: a stage says so, or it is made of a field that is one."""
    source = flow.facts[fact]
    if is_stage_fact(source):
        return FACTS[source].kind == "money"
    named = rules.names_in(flow.fact_rules[fact])
    return any(each in flow.fields and flow.fields[each].kind == "money" for each in named)


def _rows(shows: Sequence[str], case: _Case, language: Language) -> tuple[Row, ...]:
    """Return the lines that have any of the figures that a step shows; all of them where none has any."""
    rows = [_ticked(_row(line, shows, case.flow, case.document, language), line, case) for line in case.document.lines]
    return tuple(row for row in rows if row.figures) or tuple(rows)


def _ticked(row: Row, line: Line, case: _Case) -> Row:
    """Return a row with a tick where a scanner has confirmed it."""
    return replace(row, title=f"✓ {row.title}") if line.position in case.scanned else row


def _row(line: Line, shows: Sequence[str], flow: Flow, document: Document, language: Language) -> Row:
    figures = []
    for name in shows:
        is_apart = False
        if name == "price":
            label, value = say(language, "figure.price"), f"{write_money(line.price)} {document.currency}"
        elif name in flow.fields:
            rule, answered = flow.fields[name], line.fields.get(name)
            if answered in (None, "") or rule.kind == "choice" or (answered == 0 and not rule.required):
                continue  # not answered yet, told beside the item, or an optional figure that is zero
            label = rule.label.fill(language, {})
            if rule.kind == "quantity" and isinstance(answered, int):
                value = f"{line.write(answered)} {line.unit}"
                is_apart = name not in flow.answered  # a stage's own figure
            else:
                value, is_apart = written(rule, answered, language, {}), True
        else:
            own = phrases.catalogue(language).get(f"figure.{name}_{document.kind}")
            label, value = own or say(language, f"figure.{name}"), f"{line.write(line.quantity(name))} {line.unit}"
        figures.append(Fact(label, value, is_apart))
    causes = [
        flow.fields[name].options[str(value)].fill(language, {})
        for name, value in line.fields.items()
        if name in flow.fields and flow.fields[name].kind == "choice" and value in flow.fields[name].options
    ]
    place = [str(line.fields[each]) for each in ("bin", "lot") if line.fields.get(each)]
    return Row(line.item_name, " · ".join((line.item_code, *place, *causes)), tuple(figures))


def _story(desk: Desk, case: _Case, reader: Reader) -> tuple[str, ...]:
    """Return what happened so far, oldest first: decisions, and what people said about them."""
    language = reader.language
    story = [(each.at, decision(desk, case.flow, each, language)) for each in case.told]
    story += [(each.at, _remark(desk, each, language)) for each in case.remarks]
    story += [(each.at, _added(desk, each, language)) for each in case.added]
    return tuple(line for _, line in sorted(story, key=lambda each: each[0]))


def decision(desk: Desk, flow: Flow, told: Told, language: Language) -> str:
    """Return a decision as a story tells it: when, who, what, and the reason."""
    what = flow.steps[told.step].outcomes[told.outcome].label.fill(language, {})
    extras = [str(told.answers[name]) for name in _IN_STORY if told.answers.get(name)]
    if photos := told.answers.get("photos"):
        extras.append(say(language, "card.photos", n=photos))
    name = told.name or say(language, "card.clock")
    if told.for_name:
        name = say(language, "card.for", name=name, other=told.for_name)
    line = say(language, "card.story", time=desk.local_time(told.at), name=name, what=what)
    return " · ".join((line, *extras))


def _remark(desk: Desk, remark: Remark, language: Language) -> str:
    name = remark.name if not remark.asked else say(language, "card.asks", name=remark.name, other=remark.asked)
    return say(language, "card.story", time=desk.local_time(remark.at), name=name, what=f"“{remark.words}”")


def _added(desk: Desk, added: Added, language: Language) -> str:
    what = say(language, "card.added", n=added.count)
    return say(language, "card.story", time=desk.local_time(added.at), name=added.by, what=what)


def late_card(desk: Desk, name: str, reader: Reader) -> Card | None:
    """Return the reminder of a task that waits too long, such as ``5.0``: its card, and that it is a reminder."""
    card = task_card(desk, int(name.partition(".")[0]), reader)
    if card is None:
        return None
    words = say(reader.language, "card.reminder") if card.buttons else card.summary
    return replace(card, subject=f"late:{name}", summary=words)


def remark_card(desk: Desk, remark_id: int, reader: Reader) -> Card | None:
    """Return a question of a colleague, or the answer to one, above the case that it is about."""
    with reading(desk.engine) as db:
        remark = remarks.one(db, remark_id)
        loaded = _load(db, desk, cases.last_task(db, remark.instance_id)) if remark else None
    if remark is None or loaded is None:
        return None
    card = _settled(desk, loaded, reader, subject=f"remark:{remark_id}")
    key = "card.asks_you" if remark.is_open else "card.said"
    words = say(reader.language, key, name=remark.name, words=remark.words)
    return replace(card, title=words, summary=card.title, status="" if remark.is_open else card.status)
