"""What is wrong with a flow, before it is published: each finding names its place and has a sentence in each language.

``errors`` keep a flow from being published; the other findings are advice. What depends on the company (does anybody
hold this role?) is asked of a ``Company``.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from inventory_core.fact import Fact
from inventory_core.stages.case import Action
from workflows import rules
from workflows.definition import (
    HEARD,
    JOINED,
    LINE_FIGURES,
    LINE_KINDS,
    RULE_KINDS,
    Branch,
    Does,
    FieldRule,
    Flow,
    Language,
    Outcome,
    Seat,
    Step,
    is_stage_fact,
)
from workflows.phrases import say
from workflows.rules import Kind, RuleError
from workflows.subflows import expanded

_ALWAYS: Mapping[str, Kind] = {"today": "date", "requester": "text"}


class FlowError(ValueError):
    """The flow could not run; ``findings`` say what to change."""

    def __init__(self, findings: "Sequence[Finding]") -> None:
        super().__init__("; ".join(each.sentence("en") for each in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to change. ``step`` and ``field`` say where, empty for the whole flow; ``key`` names the sentence."""

    key: str
    step: str = ""
    outcome: str = ""
    field: str = ""
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)
    is_error: bool = True

    def sentence(self, language: Language) -> str:
        """Return the finding in words, with its place before it."""
        where = say(language, "lint.at_step", step=self.step) if self.step else ""
        if self.outcome:
            where = say(language, "lint.at_outcome", step=self.step, outcome=self.outcome)
        if self.field and not self.step:
            where = say(language, "lint.at_field", field=self.field)
        return where + say(language, f"lint.{self.key}", **self.params)


@dataclass(frozen=True, slots=True)
class Company:
    """Who is there: the employees' codes by role, and the flows that a flow may run."""

    holders: Mapping[str, frozenset[str]]
    codes: frozenset[str]
    flows: Mapping[str, Flow]


@dataclass(frozen=True, slots=True)
class Registry:
    """What the stages offer: the facts and actions that a flow may name."""

    facts: Mapping[str, Fact]
    actions: Mapping[str, Action]


def check(flow: Flow, registry: Registry, *, flows: Mapping[str, Flow] | None = None) -> None:
    """Raise FlowError if the flow could not run."""
    if wrong := [each for each in find(flow, registry, flows=flows or {}) if each.is_error]:
        raise FlowError(wrong)


def find(flow: Flow, registry: Registry, *, flows: Mapping[str, Flow], company: Company | None = None) -> list[Finding]:
    """Return all that is wrong with a flow, in reading order."""
    if not flow.steps:
        return [Finding("no_steps")]
    unknown = [
        Finding("no_flow", step=name, params={"flow": step.runs})
        for name, step in flow.steps.items()
        if step.runs and (step.runs not in flows or any(each.runs for each in flows[step.runs].steps.values()))
    ]
    if unknown:
        return unknown
    unled = list(_ends_of_run(flow, flows))
    whole = expanded(flow, flows) if not unled else flow
    lint = _Lint(whole, registry, company)
    return unled or [*lint.fields(), *lint.steps(), *lint.ways(), *lint.people()]


def _ends_of_run(flow: Flow, flows: Mapping[str, Flow]) -> Iterator[Finding]:
    for name, step in flow.steps.items():
        for end in flows[step.runs].ends if step.runs else ():
            if end not in step.ends:
                yield Finding("end_unled", step=name, params={"end": end, "flow": str(step.runs)})


@dataclass(frozen=True, slots=True)
class _Lint:
    flow: Flow
    registry: Registry
    company: Company | None

    @property
    def names(self) -> dict[str, Kind]:
        """What a condition may name: the facts and the answered fields of the document."""
        known: dict[str, Kind] = dict(_ALWAYS)
        known |= {n: RULE_KINDS[f.kind] for n, f in self.flow.fields.items() if _is_named(f) and f.each == "document"}
        for name, source in self.flow.facts.items():
            if is_stage_fact(source):
                fact = self.registry.facts.get(source)
                known[name] = "boolean" if fact and fact.kind == "boolean" else "number"
            else:
                known[name] = _kind_or(source, known)
        return known

    @property
    def shown_names(self) -> frozenset[str]:
        """What a card may show of a line besides its fields and figures."""
        return frozenset({"price", "book"})

    @property
    def line_names(self) -> dict[str, Kind]:
        line: dict[str, Kind] = dict.fromkeys((*LINE_FIGURES, "price"), "number")
        return line | {n: RULE_KINDS[f.kind] for n, f in self.flow.fields.items() if f.each == "line" and _is_named(f)}

    def fields(self) -> Iterator[Finding]:
        whole = self.names
        known = {name: kind for name, kind in whole.items() if name not in {**self.flow.facts, **_ALWAYS}}
        for name, source in self.flow.facts.items():
            if is_stage_fact(source) and source not in self.registry.facts:
                yield Finding("no_fact", params={"fact": source})
            elif not is_stage_fact(source):
                yield from self.rule(source, None, known, field=name)  # a fact may build on those before it
            known[name] = whole[name]
        if self.flow.amount and self.flow.amount not in self.flow.facts:
            yield Finding("no_fact", params={"fact": self.flow.amount})
        for name, rule in self.flow.fields.items():
            yield from self.field(name, rule)

    def field(self, name: str, asked: FieldRule) -> Iterator[Finding]:
        if (asked.kind == "choice") != bool(asked.options):
            yield Finding("choice_options", field=name)
        if (asked.kind == "table") != bool(asked.columns):
            yield Finding("table_columns", field=name)
        if asked.each == "line" and asked.kind not in LINE_KINDS:
            yield Finding("not_a_line", field=name, params={"kind": asked.kind})
        if asked.each == "document" and asked.kind == "quantity":
            yield Finding("only_a_line", field=name)
        if any(each.kind in ("table", "photo", "file", "quantity", "signature") for each in asked.columns.values()):
            yield Finding("column_kind", field=name)
        for column, each in asked.columns.items():
            yield from self.field(f"{name}.{column}", each) if each.kind != "table" else ()
        known = self.line_names if asked.each == "line" else self.names
        kind: Kind | None = RULE_KINDS.get(asked.kind)
        if asked.default:
            yield from self.rule(asked.default, kind, known, field=name)
        for text in (asked.at_least, asked.at_most):
            if text:
                yield from self.rule(text, kind if kind in ("number", "date") else "number", known, field=name)
        if asked.visible_when:
            yield from self.rule(asked.visible_when, "boolean", known, field=name)

    def steps(self) -> Iterator[Finding]:
        for name, step in self.flow.steps.items():
            yield from self.step(name, step)
        if self.flow.cancel and self.flow.cancel.does:
            yield from self.does("", self.flow.cancel.does)

    def step(self, name: str, step: Step) -> Iterator[Finding]:
        if step.does:
            yield from self.does(name, step.does)
        for other in step.someone_other_than:
            if other not in self.flow.steps:
                yield Finding("other_no_step", step=name, params={"name": other})
        for fact in step.tells_facts:
            if fact not in self.flow.facts or fact not in self.flow.fact_labels:
                yield Finding("no_labelled_fact", step=name, params={"fact": fact})
        for figure in step.shows:
            if figure not in self.line_names.keys() | self.flow.fields.keys() | self.shown_names:
                yield Finding("shows_nothing", step=name, params={"name": figure})
        for seat in step.asks:
            for offered in seat.offers:
                if offered not in step.outcomes:
                    yield Finding("no_outcome", step=name, params={"name": offered})
        many = any(each.each for each in step.asks)
        if isinstance(step.agree, int) and not many and not 1 <= step.agree <= max(len(step.asks), 1):
            yield Finding("agree_range", step=name, params={"n": str(step.agree), "seats": str(len(step.asks))})
        if isinstance(step.joins, int) and not 1 <= step.joins <= max(len(step.together), 1):
            yield Finding("joins_range", step=name, params={"n": str(step.joins), "arms": str(len(step.together))})
        for rung in step.late:
            if rung.decide and rung.decide not in step.outcomes:
                yield Finding("no_outcome", step=name, params={"name": rung.decide})
            elif rung.decide and any(self.needs_answer(each) for each in step.outcomes[rung.decide].form):
                yield Finding("clock_fills_form", step=name, params={"name": rung.decide})
        conditions = {each.offered_when.strip() for each in step.outcomes.values()}
        # Of two opposite conditions one always holds.
        if conditions and "" not in conditions and not any(f"not {each}" in conditions for each in conditions):
            yield Finding("none_offered", step=name)
        for outcome_name, outcome in step.outcomes.items():
            yield from self.outcome(name, outcome_name, outcome)
        for outcome_name, branch in step.ways_on():
            yield from self.branch(name, outcome_name, branch)
        for then in [o.then for o in step.outcomes.values()] + ([step.then] if step.then else []):
            if any(not each.when for each in then[:-1]) or then[-1].when:
                yield Finding("last_branch", step=name)

    def needs_answer(self, name: str) -> bool:
        asked = self.flow.fields.get(name)
        return asked is not None and asked.required and not asked.default

    def outcome(self, step: str, name: str, outcome: Outcome) -> Iterator[Finding]:
        for each in (*outcome.form, *outcome.fills):
            if each not in self.flow.fields:
                yield Finding("no_field", step=step, outcome=name, params={"field": each})
        for each, text in outcome.fills.items():
            if (field := self.flow.fields.get(each)) is not None:
                known = self.line_names if field.each == "line" else self.names
                yield from self.rule(text, RULE_KINDS.get(field.kind), known, step=step, outcome=name)
        if outcome.offered_when:
            yield from self.rule(outcome.offered_when, "boolean", self.names, step=step, outcome=name)
        for each, text in outcome.hears.items():
            if each not in outcome.form:
                yield Finding("hears_nothing", step=step, outcome=name, params={"field": each})
            field = self.flow.fields.get(each)
            kind: Kind = "text" if field and field.kind == "location" else "number"
            yield from self.rule(text, kind, HEARD, step=step, outcome=name)

    def branch(self, step: str, outcome: str, branch: Branch) -> Iterator[Finding]:
        if branch.target not in self.flow.steps and branch.target not in self.flow.ends and branch.target != JOINED:
            yield Finding("no_target", step=step, outcome=outcome, params={"name": branch.target})
        if branch.back_to and branch.back_to in self.flow.ends:
            yield Finding("back_to_end", step=step, outcome=outcome, params={"name": branch.back_to})
        if branch.when:
            yield from self.rule(branch.when, "boolean", self.names, step=step, outcome=outcome)

    def does(self, step: str, does: Does) -> Iterator[Finding]:
        action = self.registry.actions.get(does.action)
        if action is None:
            yield Finding("no_action", step=step, params={"action": does.action})
            return
        for name, text in does.using.items():
            if name not in action.takes:
                yield Finding("no_argument", step=step, params={"action": does.action, "name": name})
            else:
                yield from self.rule(text, action.takes[name].kind, self.names, step=step)
        for name, each in action.takes.items():
            if each.is_needed and name not in does.using:
                yield Finding("argument_missing", step=step, params={"action": does.action, "name": name})

    def rule(
        self,
        text: str,
        kind: Kind | None,
        names: Mapping[str, Kind],
        *,
        step: str = "",
        outcome: str = "",
        field: str = "",
    ) -> Iterator[Finding]:
        try:
            found = rules.kind_of(rules.parse(text), names)
        except RuleError as error:
            yield Finding("bad_rule", step, outcome, field, {"rule": text[:80], "why": str(error)})
            return
        if kind is not None and found != kind and not (kind == "date" and found == "text"):
            params = {"rule": text[:80], "found": found, "kind": kind}
            yield Finding("rule_kind", step, outcome, field, params)

    def ways(self) -> Iterator[Finding]:
        """Every step is reached and leads to an end; loops are sent back; arms keep to themselves."""
        steps, ends = self.flow.steps, self.flow.ends
        nexts = {name: {branch.target for _, branch in step.ways_on()} for name, step in steps.items()}
        for owner, step in steps.items():
            if step.together and step.then:
                nexts[owner] |= {branch.target for branch in step.then}
        reached, waiting = set(), [self.flow.first_step]
        while waiting:
            name = waiting.pop()
            if name in reached or name not in steps:
                continue
            reached.add(name)
            waiting += nexts[name]
        yield from (Finding("unreached", step=name) for name in steps if name not in reached)
        ending: set[str] = set(ends) | {JOINED}
        while grown := {name for name in steps if name not in ending and nexts[name] & ending}:
            ending |= grown
        yield from (Finding("no_end", step=name) for name in steps if name not in ending)
        yield from self.loops()
        yield from self.arms()

    def loops(self) -> Iterator[Finding]:
        onward: dict[str, set[str]] = {
            name: {branch.go for _, branch in step.ways_on() if branch.go in self.flow.steps}
            for name, step in self.flow.steps.items()
        }
        state: dict[str, int] = {}

        def ring(name: str) -> str | None:
            state[name] = 1
            for each in sorted(onward[name]):
                if state.get(each) == 1 or (each not in state and (found := ring(each))):
                    return name if state.get(each) == 1 else found
            state[name] = 2
            return None

        for name in self.flow.steps:
            if name not in state and (at := ring(name)):
                yield Finding("loop", step=at)
                return
        for name, step in self.flow.steps.items():
            for outcome, branch in step.ways_on():
                if branch.back_to in self.flow.steps and not _leads(onward, str(branch.back_to), name):
                    yield Finding("not_back", step=name, outcome=outcome, params={"name": str(branch.back_to)})
                elif branch.back_to and step.does:
                    yield Finding("action_back", step=name)

    def arms(self) -> Iterator[Finding]:
        arm_of = self.flow.arm_of
        for name, step in self.flow.steps.items():
            here = arm_of.get(name)
            if step.together and here:
                yield Finding("nested", step=name)
            for outcome, branch in step.ways_on():
                there = arm_of.get(branch.target)
                if outcome.startswith("arm ") and there != (name, outcome.removeprefix("arm ")):
                    yield Finding("arms_meet", step=name, params={"name": branch.target})
                elif not outcome.startswith("arm ") and branch.target in self.flow.steps and there != here:
                    yield Finding("leaves_arm", step=name, outcome=outcome, params={"name": branch.target})
                elif branch.target == JOINED and here is None:
                    yield Finding("joined_alone", step=name, outcome=outcome)

    def people(self) -> Iterator[Finding]:
        if self.company is None:
            return
        holders, codes = self.company.holders, self.company.codes
        for name, step in self.flow.steps.items():
            for seat in step.asks:
                if (role := seat.role or seat.otherwise) and not holders.get(role):
                    yield Finding("role_empty", step=name, params={"role": role})
                if seat.person and seat.person not in codes:
                    yield Finding("no_person", step=name, params={"person": seat.person})
            mine = self.able(step.asks)
            for other in step.someone_other_than:
                if other in self.flow.steps and len(mine) == 1 and mine == self.able(self.flow.steps[other].asks):
                    params = {"person": next(iter(mine)), "name": other}
                    yield Finding("four_eyes_alone", step=name, params=params)
        for role in self.flow.started_by:
            if not holders.get(role):
                yield Finding("role_empty", params={"role": role})

    def able(self, seats: Sequence[Seat]) -> frozenset[str]:
        """Return who can answer, as far as that is known; nobody where it depends on the case."""
        assert self.company is not None
        if any(seat.who for seat in seats):
            return frozenset()
        found = [
            frozenset((seat.person,)) if seat.person else self.company.holders.get(str(seat.role), frozenset())
            for seat in seats
        ]
        return frozenset().union(*found)


def _is_named(asked: FieldRule) -> bool:
    return asked.kind in RULE_KINDS


def _kind_or(text: str, names: Mapping[str, Kind]) -> Kind:
    try:
        return rules.kind_of(rules.parse(text), names)
    except RuleError:
        return "number"


def _leads(onward: Mapping[str, set[str]], start: str, goal: str) -> bool:
    seen, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            waiting += onward.get(name, ())
    return False
