"""The designer's server side: a flow's text and document, what is wrong with it, how it looks and would have gone."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any, Final, TypeVar

import yaml
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.web import render
from bot.web.paths import router_of
from bot.web.session import Stop, Visitor, check_origin, guessed, visitor
from bot.web.shelf import Shown
from inventory_core.db.engine import reading, writing
from inventory_core.document import Document
from inventory_core.errors import RuleBroken
from inventory_core.quantity import parse_decimal
from workflows import definition, drafts, flows, flowtext, forms, gate, inbox, migration, people, phrases
from workflows.cards import Card, Form
from workflows.definition import RULE_KINDS, Flow, Language
from workflows.desk import Desk
from workflows.inbox import Reader
from workflows.lint import Finding
from workflows.phrases import say, say_error

Sent = TypeVar("Sent", bound=BaseModel)
FacesOf = Callable[[Card, Form | None], Mapping[str, Any]]
"""Returns how a card and a form look on the chat platforms, as plain data for the page to draw."""

_LAST_CASES: Final = 50
_KINDS: Final = (
    "text", "integer", "decimal", "money", "date", "choice", "yes_no", "item", "location", "lot", "person", "partner",
    "photo", "file", "scan", "signature", "table", "quantity",
)  # fmt: skip


class _Sent(BaseModel):
    """A flow as the page holds it: as a document, or as the YAML that was typed."""

    definition: dict[str, Any] | None = None
    yaml: str | None = Field(None, max_length=200_000)


class _Saved(_Sent):
    revision: int = 0


class _Looked(_Sent):
    step: str
    outcome: str = ""
    language: Language = "en"


class _Tried(_Sent):
    values: dict[str, str] = {}
    choices: dict[str, str] = {}


class _Mapped(BaseModel):
    mapped: dict[str, str] = {}


def router(desk: Desk, faces_of: FacesOf) -> APIRouter:
    """Return the routes of the designer, under each person's own address."""
    pages = _Pages(desk, faces_of)
    at = "/p/{code}/design"
    return router_of(
        ("GET", f"{at}/", pages.listed),
        ("GET", at + "/{name}", pages.page),
        ("GET", at + "/{name}/data", pages.data),
        ("POST", at + "/{name}/check", pages.check),
        ("POST", at + "/{name}/save", pages.save),
        ("POST", at + "/{name}/publish", pages.publish),
        ("POST", at + "/{name}/drop", pages.drop),
        ("POST", at + "/{name}/look", pages.look),
        ("POST", at + "/{name}/try", pages.attempt),
        ("POST", at + "/{name}/replay", pages.replay),
        ("POST", at + "/{name}/running", pages.running),
        ("POST", at + "/{name}/move", pages.move),
    )


class Wrong(Exception):
    """The text or document is no flow; the sentences say why."""

    def __init__(self, findings: list[dict[str, Any]]) -> None:
        self.findings = findings


class _Pages:
    def __init__(self, desk: Desk, faces_of: FacesOf) -> None:
        self._desk = desk
        self._faces_of = faces_of

    def listed(self, request: Request, code: str) -> Response:
        who = self._reader(request, code)
        with reading(self._desk.engine) as db:
            found = drafts.listed(db)
        return HTMLResponse(render.designs(who, found, may_edit=bool(who.employee.roles & drafts.EDITORS)))

    def page(self, request: Request, code: str, name: str) -> Response:
        who = self._reader(request, code)
        with reading(self._desk.engine) as db:
            draft = drafts.load(db, name)
        if draft is None and not (who.employee.roles & drafts.EDITORS and definition.is_name(name)):
            raise Stop(404, "web.not_found")
        return HTMLResponse(render.design(who, name, title=_title_of(draft, name, who.language)))

    def data(self, request: Request, code: str, name: str) -> Response:
        who = self._reader(request, code)
        with reading(self._desk.engine) as db:
            draft = drafts.load(db, name) or drafts.Draft(name, _EMPTY.format(name=name), 0, "")
            catalogue = self._catalogue(db, who)
        return JSONResponse(
            {
                "yaml": draft.text,
                "published": draft.published,
                "revision": draft.revision,
                "catalogue": catalogue,
                "words": phrases.section(who.language, "design"),
                "language": who.language,
                "mayEdit": bool(who.employee.roles & drafts.EDITORS),
                "mayPublish": bool(who.employee.roles & drafts.PUBLISHERS),
            }
        )

    def _catalogue(self, db: Any, who: Visitor) -> dict[str, Any]:
        language = who.language
        there = gate.company(db)
        roles = sorted(there.holders, key=lambda each: phrases.role(language, each))
        return {
            "roles": {each: phrases.role(language, each) for each in roles},
            "people": {each.code: each.name for each in people.everyone(db)},
            "flows": {name: flow.title.fill(language, {}) for name, flow in there.flows.items()},
            "ends": {name: list(flow.ends) for name, flow in there.flows.items()},
            "actions": {
                name: {
                    "label": phrases.action(language, name),
                    "about": action.about,
                    "takes": {
                        each: {"kind": argument.kind, "needed": argument.is_needed}
                        for each, argument in action.takes.items()
                    },
                }
                for name, action in flows.REGISTRY.actions.items()
            },
            "facts": {
                name: {"label": phrases.fact(language, name), "kind": fact.kind, "about": fact.about}
                for name, fact in flows.REGISTRY.facts.items()
            },
            "kinds": {
                kind: {"label": say(language, f"kind.{kind}"), "rule": RULE_KINDS.get(kind, "")} for kind in _KINDS
            },
            "lineFigures": {name: say(language, f"figure.{name}") for name in (*definition.LINE_FIGURES, "price")},
        }

    async def check(self, request: Request, code: str, name: str) -> Response:
        who, sent = await self._sent(request, code, _Sent)
        return await run_in_threadpool(self._checked, who, sent)

    def _checked(self, who: Visitor, sent: _Sent) -> Response:
        try:
            flow = _flow(sent, who.language)
        except Wrong as wrong:
            return JSONResponse({"findings": wrong.findings})
        with reading(self._desk.engine) as db:
            found = gate.findings(db, flow)
        return JSONResponse({**_both(flow), "findings": [_finding(each, who.language) for each in found]})

    async def save(self, request: Request, code: str, name: str) -> Response:
        who, sent = await self._sent(request, code, _Saved)
        return await run_in_threadpool(self._save, who, name, sent)

    def _save(self, who: Visitor, name: str, sent: _Saved) -> Response:
        words = sent.yaml if sent.yaml is not None else ""
        if sent.definition is not None:
            words = flowtext.write(_flow(sent, who.language))
        with writing(self._desk.engine) as db:
            revision = drafts.save(
                db, name, words, revision=sent.revision, employee=who.employee, now=self._desk.clock()
            )
        return JSONResponse({"revision": revision})

    async def publish(self, request: Request, code: str, name: str) -> Response:
        who, sent = await self._sent(request, code, _Sent)
        return await run_in_threadpool(self._publish, who, name, sent)

    def _publish(self, who: Visitor, name: str, sent: _Sent) -> Response:
        drafts.check(who.employee, drafts.PUBLISHERS)
        flow = _flow(sent, who.language)
        if flow.flow != name:
            raise Wrong([_plain(say(who.language, "design.other_name", name=name))])
        with writing(self._desk.engine) as db:
            if wrong := [each for each in gate.findings(db, flow) if each.is_error]:
                raise Wrong([_finding(each, who.language) for each in wrong])
            words = flowtext.write(flow)
            version = drafts.publish(db, words, employee=who.employee, now=self._desk.clock())
        return JSONResponse({"version": version, "published": words})

    async def drop(self, request: Request, code: str, name: str) -> Response:
        who, _ = await self._sent(request, code, _Mapped)
        return await run_in_threadpool(self._drop, who, name)

    def _drop(self, who: Visitor, name: str) -> Response:
        with writing(self._desk.engine) as db:
            drafts.drop(db, name, employee=who.employee, now=self._desk.clock())
            draft = drafts.load(db, name)
        return JSONResponse({"yaml": draft.text if draft else _EMPTY.format(name=name)})

    async def look(self, request: Request, code: str, name: str) -> Response:
        who, sent = await self._sent(request, code, _Looked)
        return await run_in_threadpool(self._look, who, sent)

    def _look(self, who: Visitor, sent: _Looked) -> Response:
        """Answer how a step's card, and an outcome's form, look on each face."""
        flow = _flow(sent, who.language)
        with reading(self._desk.engine) as db:
            if any(each.is_error and each.key not in _HARMLESS for each in gate.findings(db, flow)):
                return JSONResponse({"unready": True})
            whole = gate.whole(db, flow)
            paper = gate.example(db, whole, today=self._desk.today())
        reader = Reader(sent.language, who.address, who.employee.code, who.employee.name)
        step = whole.steps.get(sent.step)
        if step is None or not step.asks:
            return JSONResponse({"unready": True})
        paper = _answered(whole, paper, sent.step)
        card = inbox.preview(self._desk, whole, sent.step, paper, reader)
        outcome = step.outcomes.get(sent.outcome)
        form = inbox.preview_form(self._desk, whole, outcome, paper, reader) if outcome and outcome.form else None
        seen = Visitor(who.employee, sent.language)
        web = render.preview_card(seen, Shown(card))
        needed = [each.name for each in form.fields] if form else []
        sheet = render.sheet(seen, form, place="card", needed=needed) if form else ""
        return JSONResponse({"web": web, "sheet": sheet, **self._faces_of(card, form)})

    async def attempt(self, request: Request, code: str, name: str) -> Response:
        who, sent = await self._sent(request, code, _Tried)
        return await run_in_threadpool(self._attempt, who, sent)

    def _attempt(self, who: Visitor, sent: _Tried) -> Response:
        """Answer which way the flow goes with example values."""
        flow = _flow(sent, who.language)
        with reading(self._desk.engine) as db:
            if wrong := [each for each in gate.findings(db, flow) if each.is_error and each.key not in _HARMLESS]:
                raise Wrong([_finding(each, who.language) for each in wrong])
            flow = gate.whole(db, flow)
            paper = gate.example(db, flow, today=self._desk.today())
        fields, figures = _example_values(flow, sent.values, self._desk, who.language)
        trial = gate.attempt(
            flow, paper, fields=fields, figures=figures, choices=sent.choices, today=self._desk.today()
        )
        return JSONResponse(asdict(trial))

    async def replay(self, request: Request, code: str, name: str) -> Response:
        who, sent = await self._sent(request, code, _Sent)
        return await run_in_threadpool(self._replay, who, sent)

    def _replay(self, who: Visitor, sent: _Sent) -> Response:
        flow = _flow(sent, who.language)
        with reading(self._desk.engine) as db:
            if any(each.is_error and each.key not in _HARMLESS for each in gate.findings(db, flow)):
                return JSONResponse({"unready": True})
            found = gate.replay(db, gate.whole(db, flow), last=_LAST_CASES, today=self._desk.today())
        return JSONResponse(asdict(found))

    async def running(self, request: Request, code: str, name: str) -> Response:
        _, sent = await self._sent(request, code, _Mapped)
        return await run_in_threadpool(self._running, name, sent)

    def _running(self, name: str, sent: _Mapped) -> Response:
        """Answer which running cases keep to older versions, and what stands in the way of moving each."""
        with reading(self._desk.engine) as db:
            if flows.latest_version(db, name) is None:
                return JSONResponse([])
            return JSONResponse([asdict(each) for each in migration.preview(db, name, mapped=sent.mapped)])

    async def move(self, request: Request, code: str, name: str) -> Response:
        who, sent = await self._sent(request, code, _Mapped)
        return await run_in_threadpool(self._move, who, name, sent)

    def _move(self, who: Visitor, name: str, sent: _Mapped) -> Response:
        drafts.check(who.employee, drafts.PUBLISHERS)
        with writing(self._desk.engine) as db:
            moved, left = migration.move(db, self._desk, name, mapped=sent.mapped, employee_id=who.employee.id)
        return JSONResponse({"moved": moved, "left": left})

    def _reader(self, request: Request, code: str) -> Visitor:
        who = visitor(self._desk, request, code)
        if not who.employee.roles & drafts.READERS:
            raise Stop(403, "design.may_not")
        return who

    async def _sent(self, request: Request, code: str, kind: type[Sent]) -> tuple[Visitor, Sent]:
        check_origin(self._desk, request)
        who = await run_in_threadpool(self._reader, request, code)
        try:
            return who, kind.model_validate_json(await request.body())
        except ValidationError:
            raise Stop(422, "web.problem") from None


_HARMLESS: Final = frozenset({"role_empty", "no_person", "four_eyes_alone"})
"""What is wrong with the company's people, and keeps nobody from looking at a flow."""

_EMPTY: Final = """\
flow: {name}
title: {{en: "", zh: ""}}
about: request
started_by: []
card:
  title: {{en: "", zh: ""}}
  summary: {{en: "{{number}}", zh: "{{number}}"}}
steps: {{}}
ends:
  done: {{label: {{en: Done, zh: 完成}}}}
"""


def _title_of(draft: drafts.Draft | None, name: str, language: Language) -> str:
    try:
        return flowtext.read(draft.text).title.fill(language, {}) if draft else name
    except (yaml.YAMLError, ValueError):
        return name


def _flow(sent: _Sent, language: Language) -> Flow:
    """Return the flow that was sent. Raises Wrong with a sentence a place."""
    try:
        if sent.definition is not None:
            return Flow.model_validate(sent.definition)
        return flowtext.read(sent.yaml or "")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise Wrong([_plain(say(language, "design.bad_yaml", line=line))]) from None
    except ValidationError as error:
        raise Wrong([_shape(each, language) for each in error.errors()]) from None
    except (RecursionError, TypeError):
        raise Wrong([_plain(say(language, "design.bad_yaml", line=1))]) from None


def _shape(error: Any, language: Language) -> dict[str, Any]:
    """Return a sentence for a part of the wrong shape, such as a step without a question."""
    place = [str(each) for each in error["loc"]]
    what = {"missing": "design.missing", "extra_forbidden": "design.unknown_key"}.get(error["type"], "design.shape")
    why = error["msg"].removeprefix("Value error, ")
    found = _plain(say(language, what, where=" › ".join(place), why=why))
    if len(place) > 1 and place[0] == "steps":
        found["step"] = place[1]
    if len(place) > 1 and place[0] == "fields":
        found["field"] = place[1]
    return found


def _plain(words: str) -> dict[str, Any]:
    return {"key": "shape", "step": "", "outcome": "", "field": "", "words": words, "isError": True}


def _finding(found: Finding, language: Language) -> dict[str, Any]:
    return {
        "key": found.key,
        "step": found.step.partition(".")[0],
        "outcome": found.outcome,
        "field": found.field.partition(".")[0],
        "words": found.sentence(language),
        "isError": found.is_error,
    }


def _both(flow: Flow) -> dict[str, Any]:
    """Return a flow as the page edits it (lists of branches and seats, nothing that says nothing) and as YAML."""
    return {"definition": json.loads(flows.canonical(flow)), "yaml": flowtext.write(flow)}


def _answered(flow: Flow, paper: Document, step: str) -> Document:
    """Return the example paper as it may look when a step is asked: with an example answer in each field."""
    if step == flow.first_step:
        return paper
    examples: dict[str, Any] = {
        "text": "…", "integer": 12, "decimal": "12.5", "money": "1250", "date": paper.opened_on.isoformat(),
        "yes_no": True, "item": "BK-100", "location": "A-1", "lot": "L261125-0001", "person": "lin",
        "partner": paper.partner or "…", "scan": "BK-100", "signature": "Lin Wei",
    }  # fmt: skip
    fields = {
        name: next(iter(each.options), "") if each.kind == "choice" else examples[each.kind]
        for name, each in flow.fields.items()
        if each.each == "document" and each.kind in RULE_KINDS
    }
    lines = tuple(
        replace(
            line,
            fields={
                name: line.ordered
                for name, each in flow.fields.items()
                if each.each == "line" and each.kind == "quantity"
            },
        )
        for line in paper.lines
    )
    return replace(paper, fields=fields, lines=lines)


def _example_values(
    flow: Flow, values: Mapping[str, str], desk: Desk, language: Language
) -> tuple[dict[str, Any], dict[str, Decimal | bool]]:
    """Return example answers and figures as the engine takes them. Raises Wrong."""
    fields: dict[str, Any] = {}
    figures: dict[str, Decimal | bool] = {}
    for name, words in values.items():
        kind = flow.fields[name].kind if name in flow.fields else "money" if name in flow.facts else None
        if kind is None or not words.strip():
            continue
        try:
            if (
                kind in ("integer", "decimal", "money", "quantity")
                and words.strip().lower() not in forms.YES | forms.NO
            ):
                number = parse_decimal(words)
                if name in flow.fields:
                    fields[name] = int(number) if kind == "integer" else f"{number:f}"
                else:
                    figures[name] = number
            elif kind in ("yes_no", "money"):
                truth = words.strip().lower() in forms.YES
                (fields if name in flow.fields else figures)[name] = truth
            elif kind == "date":
                day = forms.read_date(words, today=desk.today(), language=language)
                if day is None:
                    raise Wrong([_plain(say(language, "field.date"))])
                fields[name] = day.isoformat()
            else:
                fields[name] = words.strip()
        except RuleBroken as error:
            raise Wrong([_plain(f"{name}: {say_error(language, error)}")]) from error
    return fields, figures


def no_flow(_request: Request, error: Exception) -> Response:
    """Return the answer to a flow that can't be read, or not be published: a sentence a place."""
    assert isinstance(error, Wrong)
    return JSONResponse({"findings": error.findings}, 422)


def broken(request: Request, error: Exception) -> Response:
    """Return the answer to an act that the rules refuse, in the browser's language."""
    assert isinstance(error, RuleBroken)
    status = 403 if isinstance(error, drafts.MayNot) else 409
    return JSONResponse({"findings": [_plain(say_error(guessed(request), error))]}, status)
