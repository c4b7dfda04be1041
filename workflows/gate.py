"""What a flow has to pass before it is published: the lint, a try with example values, and the replay of past cases.

A try and a replay are pure walks of the engine: nothing is asked, posted or told.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, text

from inventory_core import documents
from inventory_core.document import Document, Line
from inventory_core.fact import Fact
from inventory_core.stages import FACTS
from workflows import cases, engine, flows, lint
from workflows.definition import Flow, Outcome, is_stage_fact
from workflows.engine import Answer, Case, Decided, Plan, Refusal
from workflows.lint import Company, Finding
from workflows.subflows import expanded

_STEPS_MAX: Final = 200
_EXAMPLE_LINES: Final = 2


@dataclass(slots=True)
class Walk:
    """One case that is walked through: where it stands, and where it has been."""

    flow: Flow
    document: Document
    facts: Mapping[str, Fact]
    today: dt.date
    requester: str = ""
    open: dict[str, int] = field(default_factory=dict)
    visits: dict[str, int] = field(default_factory=dict)
    decided: list[Decided] = field(default_factory=list)
    arms: engine.Arms = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)
    end: str = ""

    def begin(self) -> None:
        self._follow(engine.begin(self.flow, self._case(self.flow.first_step), self.facts))

    def _case(self, step: str) -> Case:
        return Case(
            self.document,
            step,
            tuple(self.decided),
            visit=self.visits.get(step, 1),
            seats=max(len(self.flow.steps[step].asks), 1),
            arms=self.arms,
            today=self.today,
            requester=self.requester,
        )

    def answer(self, step: str, answer: Answer) -> bool:
        """Answer an open step, and tell whether the flow could take it."""
        if step not in self.open:
            return False
        plan = engine.decide(self.flow, self._case(step), answer, self.facts)
        if isinstance(plan, Refusal):
            return False
        # Each seat is somebody else: people are not told apart here.
        self.decided.append(Decided(step, answer.outcome, None, visit=self.visits[step]))
        self.document = plan.document
        if plan.decided is not None:
            self.open.pop(step)
            self._follow(plan)
        return True

    def _follow(self, plan: Plan) -> None:
        self.arms = plan.arms
        for step in plan.closes:
            self.open.pop(step, None)
        self.actions += [f"{step}: {does.action}" for step, does in plan.actions]
        for step in plan.opens:
            self.visits[step] = self.visits.get(step, 0) + 1
            self.open[step] = self.visits[step]
        if plan.is_end:
            self.end = plan.reached

    def offered(self, step: str) -> Mapping[str, Outcome]:
        """Return the outcomes that a step offers about the document as it is, or all where none is."""
        values = engine.figures(self.flow, self.document, self.facts) | {
            "today": self.today, "requester": self.requester
        }  # fmt: skip
        every = self.flow.steps[step].outcomes
        return {name: each for name, each in every.items() if engine.is_offered(each, values)} or every

    @property
    def stands_at(self) -> tuple[str, ...]:
        return (self.end,) if self.end else tuple(sorted(self.open))


@dataclass(frozen=True, slots=True)
class Tried:
    """One step of a try: who would be asked what, the outcome that was taken, and the actions that ran before it."""

    step: str
    outcome: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A try: the steps passed, the end reached (empty when there is none within 200 steps), and the closing actions."""

    steps: tuple[Tried, ...]
    end: str
    actions: tuple[str, ...]


def attempt(
    flow: Flow,
    document: Document,
    *,
    fields: Mapping[str, Any],
    figures: Mapping[str, Decimal | bool],
    choices: Mapping[str, str],
    today: dt.date,
) -> Trial:
    """Walk through a flow with example answers.

    ``figures`` gives the stages' facts by their names in the flow, ``choices`` the outcome of a step; another step
    takes its first outcome that is good, or else its first.
    """
    facts = {
        source: Fact("money", _constant(figures[name])) if name in figures else FACTS[source]
        for name, source in flow.facts.items()
        if is_stage_fact(source)
    }
    walk = Walk(flow, replace(document, fields={**document.fields, **fields}), facts, today)
    walk.begin()
    tried: list[Tried] = []
    while walk.open and len(tried) < _STEPS_MAX:
        step = next(iter(walk.open))
        outcome = _chosen(walk.offered(step), choices.get(step, ""), len(tried))
        before = tuple(walk.actions)
        walk.actions.clear()
        walk.answer(step, Answer(outcome, {}, {}))
        tried.append(Tried(step, outcome, before))
    return Trial(tuple(tried), walk.end, tuple(walk.actions))


def _constant(value: Decimal | bool) -> Any:
    return lambda _document: value


def _chosen(outcomes: Mapping[str, Outcome], wanted: str, passed: int) -> str:
    if wanted in outcomes and passed < _STEPS_MAX // 4:
        return wanted  # a choice that sends back for ever is not made for ever
    return next((name for name, each in outcomes.items() if each.tone == "good"), next(iter(outcomes)))


@dataclass(frozen=True, slots=True)
class Differs:
    """A past case that would have gone another way: after which step, where it went and where it would have gone."""

    number: str
    step: str
    went: tuple[str, ...]
    would_go: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """How the last finished cases of a flow would have gone under another definition of it."""

    looked_at: int
    differing: tuple[Differs, ...]


def replay(db: Connection, new: Flow, *, last: int, today: dt.date) -> Replay:
    """Walk the last finished cases of a flow through a new definition, next to the one that they ran under."""
    rows = db.execute(
        text("""
            SELECT i.id, i.flow_version_id, i.document_id FROM flow_instances i
            JOIN flow_versions v ON v.id = i.flow_version_id
            WHERE i.state = 'ended' AND v.flow = :flow ORDER BY i.id DESC LIMIT :last
        """),
        {"flow": new.flow, "last": last},
    ).all()
    found = (_compare(db, new, row.id, row.flow_version_id, row.document_id, today) for row in rows)
    return Replay(len(rows), tuple(each for each in found if each is not None))


def _compare(
    db: Connection, new: Flow, instance_id: int, version_id: int, document_id: int, today: dt.date
) -> Differs | None:
    whole = documents.load(db, document_id)
    lines = tuple(replace(each, fields={}) for each in whole.lines)
    bare = replace(whole, fields={}, lines=lines)
    old_walk = Walk(flows.version(db, version_id), bare, FACTS, today)
    new_walk = Walk(new, bare, FACTS, today)
    old_walk.begin()
    new_walk.begin()
    if old_walk.stands_at != new_walk.stands_at:
        return Differs(whole.number, "", old_walk.stands_at, new_walk.stands_at)
    for told in cases.told(db, instance_id):
        fields = {name: value for name, value in told.answers.items() if name not in ("lines", "photos")}
        by_line = {int(position): each for position, each in told.answers.get("lines", {}).items()}
        answer = Answer(told.outcome, fields, by_line)
        if not old_walk.answer(told.step, answer):
            return None  # a deadline decided it, or people were moved: it says nothing of the definition
        if not new_walk.answer(told.step, answer) or old_walk.stands_at != new_walk.stands_at:
            return Differs(whole.number, told.step, old_walk.stands_at, new_walk.stands_at)
    return None


def company(db: Connection) -> Company:
    """Return who is there, as the lint asks."""
    holders: dict[str, set[str]] = {}
    rows = db.execute(
        text("""
            SELECT r.role, e.code FROM employee_roles r JOIN employees e ON e.id = r.employee_id WHERE e.is_active = 1
        """)
    )
    for row in rows:
        holders.setdefault(row.role, set()).add(row.code)
    codes = db.execute(text("SELECT code FROM employees WHERE is_active = 1")).scalars()
    published = {name: flow for name, (_, flow) in flows.all_latest(db).items()}
    return Company({role: frozenset(each) for role, each in holders.items()}, frozenset(codes), published)


def findings(db: Connection, flow: Flow) -> list[Finding]:
    """Return all that keeps a flow from being published, and the advice."""
    there = company(db)
    others = {name: each for name, each in there.flows.items() if name != flow.flow}
    return lint.find(flow, flows.REGISTRY, flows=others, company=there)


def whole(db: Connection, flow: Flow) -> Flow:
    """Return a flow that passed the lint with the flows that it runs in place of their names."""
    return expanded(flow, {name: each for name, (_, each) in flows.all_latest(db).items()})


def example(db: Connection, flow: Flow, *, today: dt.date) -> Document:
    """Return a paper of the kind that a flow is about, made of the company's own first items; it is not stored."""
    items = db.execute(
        text("SELECT id, code, name, base_unit, precision FROM items WHERE is_active ORDER BY id LIMIT :n"),
        {"n": _EXAMPLE_LINES},
    ).all()
    partner = db.execute(text("SELECT id, name FROM partners WHERE kind = 'supplier' ORDER BY id LIMIT 1")).first()
    lines = tuple(
        Line(0, at, row.id, row.code, row.name, row.base_unit, row.precision, 100 * 10**row.precision, 0, 0, 12_5000)
        for at, row in enumerate(items, 1)
    )
    return Document(
        id=0,
        kind=flow.about,
        number="4012",
        state="open",
        revision=1,
        partner_id=partner.id if partner else None,
        partner=partner.name if partner else "",
        site_id=0,
        source_id=None,
        source="4012",
        opened_on=today,
        due_on=today if flow.about == "receipt" else None,
        currency="USD",
        fields={},
        lines=lines if flow.about == "receipt" else (),
    )
