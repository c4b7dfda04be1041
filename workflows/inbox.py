"""Builds the cards: what a person is asked, or what became of it, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from inventory_core.db.engine import reading
from inventory_core.document import Document
from inventory_core.stages import FACTS, looked_up
from workflows import attachments, cases, engine, forms, phrases, remarks, telling, tokens
from workflows.book import CompanyBook
from workflows.cards import Button, Card, Form, Tone
from workflows.cases import Task
from workflows.definition import Flow, Language, Outcome
from workflows.desk import Desk
from workflows.intents import Address
from workflows.people import Employee
from workflows.phrases import say
from workflows.rules import Value
from workflows.telling import Case


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, in which language and chat; ``code`` and ``name`` are the employee's, empty for a channel."""

    language: Language
    address: Address
    code: str = ""
    name: str = ""


def reader_of(employee: Employee, address: Address, language: Language | None = None) -> Reader:
    return Reader(language or employee.language, address, employee.code, employee.name)


def open_cards(desk: Desk, employee: Employee, reader: Reader, *, about: str = "") -> tuple[Card, ...]:
    """Return the cards of all tasks that wait for an employee, the most urgent first, then what they are asked.

    What another paper's card asks for (``held_by``, such as a wave) is left out until that one lets go of it.
    ``about``: only those about this kind of paper.
    """
    with reading(desk.engine) as db:
        tasks = cases.open_tasks(db, employee.id, now=desk.clock())
        loaded = [telling.load(db, desk, task) for task in tasks if about in ("", cases.flow_of(db, task).about)]
    return tuple(_task_card(desk, each, reader) for each in loaded if not each.document.fields.get("held_by"))


def task_card(desk: Desk, task_id: int, reader: Reader) -> Card | None:
    """Return a task's card as it is now: with buttons while it is open, with what happened once it is settled."""
    with reading(desk.engine) as db:
        task = cases.task(db, task_id)
        loaded = telling.load(db, desk, task) if task else None
    return _task_card(desk, loaded, reader) if loaded else None


def case_card(desk: Desk, instance_id: int, reader: Reader) -> Card:
    """Return the card that tells of a whole case to somebody who is not asked."""
    with reading(desk.engine) as db:
        loaded = telling.load(db, desk, cases.last_task(db, instance_id))
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
        form = replace(form, link=_form_link(desk, task, {held.outcome: outcome}, document, flow, reader))
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


def _task_card(desk: Desk, case: Case, reader: Reader) -> Card:
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


def _offered(desk: Desk, case: Case) -> list[str]:
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


def _asking(desk: Desk, case: Case, reader: Reader, made: Mapping[str, str]) -> Card:
    """Return the card of an open task; ``made`` holds the token of each outcome that is offered."""
    step, language = case.flow.steps[case.task.step], reader.language
    assert step.title is not None and step.question is not None
    buttons = tuple(
        Button(
            outcome.label.fill(language, {}),
            made[name],
            outcome.tone,
            opens_form=forms.asks_anything(case.flow, outcome, case.document, today=desk.today()),
        )
        for name, outcome in step.outcomes.items()
        if name in made
    )
    filled = telling.blanks(desk, case, language)
    return Card(
        subject=f"task:{case.task.id}",
        title=telling.title(case, filled, language),
        summary=" · ".join(filter(None, (step.title.fill(language, {}), telling.summary(case, filled, language)))),
        language=language,
        facts=(
            *telling.papers(desk, case, language),
            *telling.answered(case, step.shows, language),
            *telling.told_facts(case, step.tells_facts, language),
        ),
        rows=telling.rows(step.shows, case, language),
        question=step.question.fill(language, {}),
        buttons=(*buttons, *_photos(case, reader)),
        story=telling.story(desk, case, language),
        link=desk.task_link(case.task.id, reader.code) if case.task.id else "",
        form_link=_form_link(
            desk,
            case.task,
            {name: step.outcomes[name] for name in step.outcomes if name in made},
            case.document,
            case.flow,
            reader,
        ),
    )


def _form_link(
    desk: Desk, task: Task, outcomes: Mapping[str, Outcome], document: Document, flow: Flow, reader: Reader
) -> str:
    """Return where Telegram opens a long form: the only one, or the task where there are several; else empty."""
    if reader.address.platform != "telegram" or not reader.code:
        return ""
    asking = [name for name, outcome in outcomes.items() if outcome.form]
    if not any(forms.is_long(flow, outcomes[name], document) for name in asking):
        return ""
    return desk.form_link(task.id, asking[0] if len(asking) == 1 else "")


def _photos(case: Case, reader: Reader) -> tuple[Button, ...]:
    """Return the button that shows what was photographed, where something was."""
    if not case.photos:
        return ()
    label = say(reader.language, "card.show_photos", n=case.photos)
    return (Button(label, f"{attachments.TOKEN}{case.document.id}"),)


def preview(desk: Desk, flow: Flow, step: str, document: Document, reader: Reader) -> Card:
    """Return the card that a step of an unpublished flow would show about an example paper; its tokens do nothing."""
    task = Task(0, 0, step, 1, 0, "", None, (), "open", 0, 0, step, "open", None, {})
    made = dict.fromkeys(flow.steps[step].outcomes, "preview")
    return _asking(desk, Case(task, flow, document, (), (), ()), reader, made)


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


def _settled(desk: Desk, case: Case, reader: Reader, *, subject: str) -> Card:
    language, filled = reader.language, telling.blanks(desk, case, reader.language)
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
        title=telling.title(case, filled, language),
        summary=status,
        language=language,
        facts=(*telling.papers(desk, case, language), *telling.answered(case, (), language)),
        rows=tuple(telling.row(line, figures, case.flow, case.document, language) for line in case.document.lines),
        buttons=_photos(case, reader),
        story=telling.story(desk, case, language),
        status=status,
        tone=tone,
        link=desk.task_link(case.task.id, reader.code),
    )


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
        loaded = telling.load(db, desk, cases.last_task(db, remark.instance_id)) if remark else None
    if remark is None or loaded is None:
        return None
    card = _settled(desk, loaded, reader, subject=f"remark:{remark_id}")
    key = "card.asks_you" if remark.is_open else "card.said"
    words = say(reader.language, key, name=remark.name, words=remark.words)
    return replace(card, title=words, summary=card.title, status="" if remark.is_open else card.status)
