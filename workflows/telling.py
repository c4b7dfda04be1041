"""What a card says of a case, in its reader's language: its head, its answers, its lines, and what happened."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import Connection

from inventory_core.document import Answer, Document, Line
from inventory_core.quantity import MONEY_PLACES, write_money
from inventory_core.stages import FACTS, looked_up
from workflows import attachments, cases, engine, forms, phrases, remarks, rules, scanning
from workflows.attachments import Added
from workflows.book import CompanyBook
from workflows.cards import Fact, Row
from workflows.cases import Task, Told
from workflows.definition import FieldRule, Flow, Language, Words, is_stage_fact
from workflows.desk import Desk
from workflows.phrases import say
from workflows.remarks import Remark


@dataclass(frozen=True, slots=True)
class Case:
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
    photos: int = 0
    """How many different photos and papers there are."""
    added: Sequence[Added] = ()
    """Those that came with no answer."""


def load(db: Connection, desk: Desk, task: Task) -> Case:
    """Return the case that a task belongs to, as it is now."""
    flow, document = cases.document_of(db, task)
    if task.is_open:
        document = looked_up(db, document, today=desk.today())
    waiting = cases.current_tasks(db, task.instance_id) if task.instance_is_open else []
    waits_for = [(each.role, remarks.name_of(db, each.employee_id) if each.employee_id else "") for each in waiting]
    told = cases.told(db, task.instance_id)
    said, names = remarks.of_case(db, task.instance_id), CompanyBook(db, "").names(flow, document.fields)
    scans = task.is_open and any(each.scans for each in flow.steps[task.step].outcomes.values())
    scanned: frozenset[int] = scanning.confirmed(db, task.id) if scans else frozenset()
    files = attachments.of_document(db, document.id)
    photos, added = len(attachments.different(files)), attachments.added(files)
    return Case(task, flow, document, told, said, list(dict.fromkeys(waits_for)), names, scanned, photos, added)


def blanks(desk: Desk, case: Case, language: Language) -> dict[str, str]:
    """Return what the blanks of a card's title and summary are filled with, by name."""
    document = case.document
    return {
        "number": document.number,
        "source": document.source,
        "partner": document.partner,
        "lines": say(language, "card.lines", n=len(document.lines)),
        "due": phrases.due(language, document.due_on, today=desk.today()) if document.due_on else "",
        **{
            name: written(rule, document.fields[name], language, case.names)
            for name, rule in case.flow.fields.items()
            if rule.each == "document" and name in document.fields
        },
    }


def title(case: Case, filled: Mapping[str, str], language: Language) -> str:
    """Return a card's title; while an answer that it names is not given, what the paper is and its number."""
    if _is_all_given(case.flow.card.title, case, filled, language):
        return case.flow.card.title.fill(language, filled)
    return f"{case.flow.title.fill(language, {})} {case.document.number}".strip()


def summary(case: Case, filled: Mapping[str, str], language: Language) -> str:
    """Return a card's summary, or nothing while an answer that it names is not given."""
    words = case.flow.card.summary
    return words.fill(language, filled) if _is_all_given(words, case, filled, language) else ""


def _is_all_given(words: Words, case: Case, filled: Mapping[str, str], language: Language) -> bool:
    """Tell whether every answer that a text has a blank for has been given."""
    return not (words.blanks(language) & case.flow.fields.keys()) - filled.keys()


def papers(desk: Desk, case: Case, language: Language) -> tuple[Fact, ...]:
    """Return the number of the paper, and when it is expected."""
    paper = phrases.catalogue(language).get(f"card.{case.document.kind}") or case.flow.title.fill(language, {})
    key = f"paper.{case.document.id}" if case.document.id else ""  # a preview's paper is in no database
    facts = [Fact(paper, case.document.number, story=key)]
    if case.document.due_on:
        due: dt.date = case.document.due_on
        own = phrases.catalogue(language).get(f"card.expected_{case.document.kind}")
        facts.append(Fact(own or say(language, "card.expected"), phrases.due(language, due, today=desk.today())))
    return tuple(facts)


def answered(case: Case, shows: Sequence[str], language: Language) -> tuple[Fact, ...]:
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
        Fact(fields[name].label.fill(language, {}), _told(case, name, document.fields[name], language))
        for name in named or every
        if name in document.fields
    )


def _is_told(flow: Flow, name: str) -> bool:
    """Tell whether a card of a whole case tells a field: not what a stage brings for the default of a form alone."""
    is_shown = any(name in step.shows for step in flow.steps.values())
    defaults = (each.default_rule for each in flow.fields.values())
    return name in flow.answered or is_shown or not any(name in rules.names_in(each) for each in defaults if each)


def _told(case: Case, name: str, value: Answer, language: Language) -> str:
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
        case "signature" if value == forms.BY_HAND:
            return say(language, "card.by_hand")
        case "item":
            name = names.get(f"item:{value}")
            return f"{value} · {name}" if name else str(value)
    return str(value)


def told_facts(case: Case, names: Sequence[str], language: Language) -> tuple[Fact, ...]:
    """Return the figures of the case that a step tells, such as its worth."""
    values = engine.figures(case.flow, case.document, FACTS)
    told = []
    for name in names:
        value = values[name]
        if isinstance(value, Decimal):
            amount = write_money(int(value.scaleb(MONEY_PLACES)))
            shown = f"{amount} {case.document.currency}" if _is_money(case.flow, name) else f"{value.normalize():,f}"
        elif isinstance(value, bool):
            shown = say(language, "form.yes" if value else "form.no")
        else:
            shown = "" if value is None else str(value)
        told.append(Fact(case.flow.fact_labels[name].fill(language, {}), shown))
    return tuple(told)


def _is_money(flow: Flow, fact: str) -> bool:
    """Tell whether a fact is an amount of money: a stage says so, or it is made of a field that is one."""
    source = flow.facts[fact]
    if is_stage_fact(source):
        return FACTS[source].kind == "money"
    named = rules.names_in(flow.fact_rules[fact])
    return any(each in flow.fields and flow.fields[each].kind == "money" for each in named)


def rows(shows: Sequence[str], case: Case, language: Language) -> tuple[Row, ...]:
    """Return the lines that have any of the figures that a step shows; all of them where none has any."""
    rows = [_ticked(row(line, shows, case.flow, case.document, language), line, case) for line in case.document.lines]
    return tuple(row for row in rows if row.figures) or tuple(rows)


def _ticked(row: Row, line: Line, case: Case) -> Row:
    """Return a row with a tick where a scanner has confirmed it."""
    return replace(row, title=f"✓ {row.title}") if line.position in case.scanned else row


def row(line: Line, shows: Sequence[str], flow: Flow, document: Document, language: Language) -> Row:
    """Return a line with those of its figures that are shown, its causes and where it lies."""
    figures: list[Fact] = []
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
        if all((label, value) != (each.label, each.value) for each in figures):  # what a stage notes of it says no more
            figures.append(Fact(label, value, is_apart))
    causes = [
        flow.fields[name].options[str(value)].fill(language, {})
        for name, value in line.fields.items()
        if name in flow.fields and flow.fields[name].kind == "choice" and value in flow.fields[name].options
    ]
    place = [str(line.fields[each]) for each in ("bin", "lot") if line.fields.get(each)]
    return Row(line.item_name, " · ".join((line.item_code, *place, *causes)), tuple(figures))


def story(desk: Desk, case: Case, language: Language) -> tuple[str, ...]:
    """Return what happened so far, oldest first: decisions, and what people said about them."""
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
