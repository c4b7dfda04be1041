"""Decides what an answer leads to: pure, from the definition, the case and the answer alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from inventory_core.document import Document, Line
from inventory_core.fact import Fact
from inventory_core.quantity import as_decimal
from workflows import rules
from workflows.definition import LINE_FIGURES, Branch, Flow, Outcome
from workflows.rules import Value

FilledIn = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Decided:
    """An answer that counted."""

    step: str
    outcome: str
    employee_id: int


@dataclass(frozen=True, slots=True)
class Case:
    """A running flow: its document, where it stands, and the answers so far."""

    document: Document
    step: str
    decided: tuple[Decided, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered. ``lines`` maps a line's position to its fields; quantities are smallest units."""

    outcome: str
    employee_id: int
    fields: FilledIn
    lines: Mapping[int, FilledIn]


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows: the document with the answers in it, the actions in order, and the step or end that is reached."""

    document: Document
    actions: tuple[str, ...]
    reached: str
    is_end: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer does not count; ``key`` names the sentence."""

    key: str
    params: Mapping[str, str]


def decide(flow: Flow, case: Case, answer: Answer, facts: Mapping[str, Fact]) -> Plan | Refusal:
    """Return what an answer leads to, or why it does not count."""
    step = flow.steps[case.step]
    outcome = step.outcomes.get(answer.outcome)
    if outcome is None:
        return Refusal("refusal.unknown_outcome", {})
    if barred := four_eyes(flow, case, answer.employee_id):
        return barred
    document = _fill(case.document, outcome, answer)
    actions: list[str] = []
    reached = _choose(outcome.then, _facts(flow, document, facts))
    while reached in flow.steps and (action := flow.steps[reached].does):
        actions.append(action)
        reached = _choose(flow.steps[reached].then or (), _facts(flow, document, facts))
    return Plan(document, tuple(actions), reached, is_end=reached in flow.ends)


def four_eyes(flow: Flow, case: Case, employee_id: int) -> Refusal | None:
    """Return why somebody may not decide this step: they decided one that the step wants another person for."""
    step = flow.steps[case.step]
    others = {each.employee_id: each.step for each in case.decided if each.step in step.someone_other_than}
    return Refusal("refusal.four_eyes", {"step": others[employee_id]}) if employee_id in others else None


def _fill(document: Document, outcome: Outcome, answer: Answer) -> Document:
    """Return the document with what the outcome fills by itself and what the person answered."""
    lines = []
    for line in document.lines:
        filled = {
            name: to_units(rules.number(rule, line_values(line)), line) for name, rule in outcome.fill_rules.items()
        }
        lines.append(replace(line, fields={**line.fields, **filled, **answer.lines.get(line.position, {})}))
    return replace(document, lines=tuple(lines), fields={**document.fields, **answer.fields})


def line_values(line: Line) -> dict[str, Value]:
    """Return what a rule about a line may name: its figures and its answered fields."""
    values: dict[str, Value] = {name: as_decimal(line.quantity(name), line.precision) for name in LINE_FIGURES}
    return values | {name: rule_value(value, line) for name, value in line.fields.items()}


def rule_value(answer: int | str, line: Line) -> Value:
    """Return an answered field of a line as rules see it: a quantity in the item's unit, or a text."""
    return as_decimal(answer, line.precision) if isinstance(answer, int) else answer


def to_units(number: Decimal, line: Line) -> int:
    """Return a number of the line's unit in smallest units; a rule can't give more places than the item has."""
    return int(number.scaleb(line.precision))


def _facts(flow: Flow, document: Document, facts: Mapping[str, Fact]) -> dict[str, Value]:
    return {name: facts[source].read(document) for name, source in flow.facts.items()}


def _choose(branches: tuple[Branch, ...], values: Mapping[str, Value]) -> str:
    for branch in branches:
        if branch.rule is None or rules.evaluate(branch.rule, values):
            return branch.go
    raise AssertionError("a checked list of branches ends without a condition")
