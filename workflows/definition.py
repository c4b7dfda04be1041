"""A flow as a document: its fields, steps, who is asked, outcomes, conditions and actions.

Rules are kept as text and parsed once. ``check`` refuses what could not run: an unknown step, field, fact or action, a
condition of the wrong kind, a step that nobody reaches or that has no way to an end.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from workflows import rules
from workflows.rules import Kind, Rule, RuleError

Language = Literal["en", "zh"]
Named = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_BLANK = re.compile(r"\{(\w+)\}")


class FlowError(ValueError):
    """The definition could not run; the message names the step and what to change."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Part):
    """A text in both languages, with blanks such as {partner}."""

    en: str
    zh: str

    def fill(self, language: Language, blanks: Mapping[str, str]) -> str:
        """Return the text with its blanks filled; an unknown blank is left empty."""
        return _BLANK.sub(lambda found: blanks.get(found[1], ""), self.zh if language == "zh" else self.en)


class FieldRule(_Part):
    """One thing that people answer; ``each: line`` asks it once a document line."""

    kind: Literal["quantity", "text", "choice", "photo"]
    label: Words
    each: Literal["line", "document"] = "document"
    required: bool = True
    default: str = ""
    at_most: str = ""
    needed_when: str = ""
    options: dict[Named, Words] = {}

    @cached_property
    def default_rule(self) -> Rule | None:
        return rules.parse(self.default) if self.default else None

    @cached_property
    def at_most_rule(self) -> Rule | None:
        return rules.parse(self.at_most) if self.at_most else None

    @cached_property
    def needed_rule(self) -> Rule | None:
        return rules.parse(self.needed_when) if self.needed_when else None


class Branch(_Part):
    """Where to go, and under which condition; the last branch of a list has none."""

    go: Named
    when: str = ""

    @cached_property
    def rule(self) -> Rule | None:
        return rules.parse(self.when) if self.when else None


def _branches(value: Any) -> Any:
    return [{"go": value}] if isinstance(value, str) else value


Then = Annotated[tuple[Branch, ...], BeforeValidator(_branches), Field(min_length=1)]


class Outcome(_Part):
    """One button of a step. ``fills`` sets line fields by rule, ``form`` asks for fields first.

    ``hears`` fills the form from a worded answer such as "550 ok, 3 damaged": by rule from the numbers ``good``,
    ``bad`` and ``total`` that were said of a line.
    """

    label: Words
    then: Then
    tone: Literal["plain", "good", "bad"] = "plain"
    fills: dict[Named, str] = {}
    form: tuple[Named, ...] = ()
    hears: dict[Named, str] = {}

    @cached_property
    def fill_rules(self) -> dict[str, Rule]:
        return {name: rules.parse(text) for name, text in self.fills.items()}

    @cached_property
    def heard_rules(self) -> dict[str, Rule]:
        return {name: rules.parse(text) for name, text in self.hears.items()}


class Step(_Part):
    """A question to the people of a role (``asks``), or an action without a question (``does``)."""

    asks: Named | None = None
    title: Words | None = None
    question: Words | None = None
    shows: tuple[Named, ...] = ()
    tells_facts: tuple[Named, ...] = ()
    someone_other_than: tuple[Named, ...] = ()
    outcomes: dict[Named, Outcome] = {}
    does: str | None = None
    then: Then | None = None

    @model_validator(mode="after")
    def _is_one_of_two(self) -> "Step":
        if self.asks and not (self.outcomes and self.title and self.question):
            raise ValueError("a step that asks needs a title, a question and outcomes")
        if bool(self.asks) == bool(self.does):
            raise ValueError("a step either asks a role or does an action")
        if self.does and not self.then:
            raise ValueError("a step that does something needs a then")
        return self

    def ways_on(self) -> Iterator[tuple[str, Branch]]:
        """Yield each branch that leaves the step, with the outcome that it belongs to (empty for an action)."""
        for name, outcome in self.outcomes.items():
            yield from ((name, branch) for branch in outcome.then)
        for branch in self.then or ():
            yield "", branch


class End(_Part):
    """How a flow can end, in words for the card, and which roles are told."""

    label: Words
    tone: Literal["plain", "good", "bad"] = "good"
    tells: tuple[Named, ...] = ()


class CardWords(_Part):
    """How a card of this flow introduces itself."""

    title: Words
    summary: Words


class Flow(_Part):
    """A whole flow. The first step is where it starts."""

    flow: Named
    title: Words
    about: Named
    card: CardWords
    fields: dict[Named, FieldRule] = {}
    facts: dict[Named, str] = {}
    fact_labels: dict[Named, Words] = {}
    steps: dict[Named, Step] = Field(min_length=1)
    ends: dict[Named, End] = Field(min_length=1)

    @property
    def first_step(self) -> str:
        return next(iter(self.steps))


LINE_FIGURES = ("ordered", "open", "allowed", "done", "rejected")
"""The figures that each document line has, whatever people answer."""
HEARD: Mapping[str, Kind] = {"good": "number", "bad": "number", "total": "number"}
"""What a worded answer says of a line."""
_SHOWN_BY_FIELD: Mapping[str, Kind] = {"quantity": "number", "text": "text", "choice": "text", "photo": "text"}


def read(text: str, *, facts: Mapping[str, str], actions: frozenset[str]) -> Flow:
    """Return the checked flow of a YAML text.

    ``facts`` maps the known facts to money, quantity or boolean, ``actions`` names the known actions. Raises FlowError
    (or pydantic.ValidationError, for a part of the wrong shape).
    """
    flow = Flow.model_validate(yaml.safe_load(text))
    check(flow, facts=facts, actions=actions)
    return flow


def check(flow: Flow, *, facts: Mapping[str, str], actions: frozenset[str]) -> None:
    """Raise FlowError if the flow names what does not exist, or has a step without a way in or out."""
    for name, source in flow.facts.items():
        if source not in facts:
            raise FlowError(f"fact {name}: there is no {source}")
    known: dict[str, Kind] = {
        name: "boolean" if facts[source] == "boolean" else "number" for name, source in flow.facts.items()
    }
    line_names: dict[str, Kind] = dict.fromkeys(LINE_FIGURES, "number")
    line_names |= {n: _SHOWN_BY_FIELD[f.kind] for n, f in flow.fields.items() if f.each == "line"}
    for name, field in flow.fields.items():
        kind: Kind = "number" if field.kind == "quantity" else "text"
        _check_rule(f"field {name}, default", field.default, kind, line_names)
        _check_rule(f"field {name}, at_most", field.at_most, "number", line_names)
        _check_rule(f"field {name}, needed_when", field.needed_when, "boolean", line_names)
        if (field.kind == "choice") != bool(field.options):
            raise FlowError(f"field {name}: a choice, and only a choice, has options")
    for name, step in flow.steps.items():
        _check_step(flow, name, step, known, line_names, actions)
    _check_ways(flow)


def _check_step(
    flow: Flow,
    name: str,
    step: Step,
    known: Mapping[str, Kind],
    line_names: Mapping[str, Kind],
    actions: frozenset[str],
) -> None:
    if step.does and step.does not in actions:
        raise FlowError(f"step {name}: there is no action {step.does}")
    for other in step.someone_other_than:
        if other not in flow.steps:
            raise FlowError(f"step {name}: someone_other_than names no step: {other}")
    for fact in step.tells_facts:
        if fact not in flow.facts or fact not in flow.fact_labels:
            raise FlowError(f"step {name}: there is no labelled fact {fact}")
    for figure in step.shows:
        if figure not in line_names and figure != "price":
            raise FlowError(f"step {name}: shows names no figure of a line: {figure}")
    for outcome_name, outcome in step.outcomes.items():
        where = f"step {name}, outcome {outcome_name}"
        for field in (*outcome.form, *outcome.fills):
            if field not in flow.fields:
                raise FlowError(f"{where}: there is no field {field}")
        for field, text in outcome.fills.items():
            _check_rule(f"{where}, fills {field}", text, "number", line_names)
        for field, text in outcome.hears.items():
            if field not in outcome.form:
                raise FlowError(f"{where}: hears names no field of its form: {field}")
            _check_rule(f"{where}, hears {field}", text, "number", HEARD)
    for outcome_name, branch in step.ways_on():
        where = f"step {name}, outcome {outcome_name}" if outcome_name else f"step {name}"
        if branch.go not in flow.steps and branch.go not in flow.ends:
            raise FlowError(f"{where}: there is no step or end {branch.go}")
        _check_rule(where, branch.when, "boolean", known)
    for then in [o.then for o in step.outcomes.values()] + ([step.then] if step.then else []):
        if any(not each.when for each in then[:-1]) or then[-1].when:
            raise FlowError(f"step {name}: the last branch, and only the last, has no condition")


def _check_rule(where: str, text: str, kind: Kind, names: Mapping[str, Kind]) -> None:
    if not text:
        return
    try:
        found = rules.kind_of(rules.parse(text), names)
    except RuleError as error:
        raise FlowError(f"{where}: {error}") from error
    if found != kind:
        raise FlowError(f"{where}: {text} is a {found}, not a {kind}")


def _check_ways(flow: Flow) -> None:
    """Every step is reached, and from every step an end is reached; actions alone never go in a ring."""
    reached, waiting = set(), [flow.first_step]
    while waiting:
        name = waiting.pop()
        if name in reached or name in flow.ends:
            continue
        reached.add(name)
        waiting += [branch.go for _, branch in flow.steps[name].ways_on()]
    if lost := set(flow.steps) - reached:
        raise FlowError(f"no way leads to the step {min(lost)}")
    ending: set[str] = set(flow.ends)
    while grown := {
        name
        for name, step in flow.steps.items()
        if name not in ending and any(branch.go in ending for _, branch in step.ways_on())
    }:
        ending |= grown
    if stuck := set(flow.steps) - ending:
        raise FlowError(f"from the step {min(stuck)} no way leads to an end")
    for name in flow.steps:
        _check_no_ring(flow, name, ())


def _check_no_ring(flow: Flow, name: str, passed: tuple[str, ...]) -> None:
    step = flow.steps.get(name)
    if step is None or not step.does:
        return
    if name in passed:
        raise FlowError(f"the actions of the step {name} lead back to itself")
    for branch in step.then or ():
        _check_no_ring(flow, branch.go, (*passed, name))
