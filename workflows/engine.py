"""Decides what an answer leads to: pure, from the definition, the case and the answer alone."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from inventory_core.document import Answer as Stored
from inventory_core.document import Document, Line
from inventory_core.fact import Fact
from inventory_core.quantity import as_decimal
from workflows import rules
from workflows.definition import JOINED, LINE_FIGURES, RULE_KINDS, Branch, Does, FieldKind, Flow, Outcome, Step
from workflows.rules import Value

FilledIn = Mapping[str, Stored]
Arms = Mapping[str, Mapping[str, str]]
"""Of each parallel step under way: its arms that are through, by name (``joined``)."""


@dataclass(frozen=True, slots=True)
class Decided:
    """An answer that counted; ``for_id`` is whom the person stood in for. Nobody, when a deadline decided."""

    step: str
    outcome: str
    employee_id: int | None
    for_id: int | None = None
    visit: int = 1

    @property
    def people(self) -> frozenset[int]:
        return frozenset(each for each in (self.employee_id, self.for_id) if each is not None)


@dataclass(frozen=True, slots=True)
class Case:
    """A running flow: its document, the step that is answered, its seats, and the answers so far.

    ``seats`` counts those asked on this visit of the step, ``today`` and ``requester`` are what rules may name.
    """

    document: Document
    step: str
    decided: tuple[Decided, ...] = ()
    visit: int = 1
    seats: int = 1
    arms: Arms = field(default_factory=dict)
    today: dt.date | None = None
    requester: str = ""

    def votes(self) -> list[str]:
        return [each.outcome for each in self.decided if each.step == self.step and each.visit == self.visit]


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered. ``lines`` maps a line's position to its fields; quantities are smallest units."""

    outcome: str
    fields: FilledIn
    lines: Mapping[int, FilledIn]


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows: the document with the answers in it, and where the case goes.

    ``decided`` is the outcome that the step came to, None while more must answer: then nothing moves. ``actions`` run
    in order, each with the step that does it; ``opens`` are the steps that ask now; the open questions of ``closes``
    are void. ``reached`` is the step or end to show.
    """

    document: Document
    decided: str | None = None
    actions: tuple[tuple[str, Does], ...] = ()
    opens: tuple[str, ...] = ()
    closes: frozenset[str] = frozenset()
    arms: Arms = field(default_factory=dict)
    reached: str = ""
    is_end: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer does not count; ``key`` names the sentence."""

    key: str
    params: Mapping[str, str]


def decide(
    flow: Flow,
    case: Case,
    answer: Answer,
    facts: Mapping[str, Fact],
    *,
    look_up: Callable[[Document], Document] = lambda document: document,
) -> Plan | Refusal:
    """Return what an answer leads to, or why it does not count.

    ``look_up`` brings the answered document up to date with what its stage knows, before anything is decided by it.
    """
    step = flow.steps[case.step]
    outcome = step.outcomes.get(answer.outcome)
    if outcome is None:
        return Refusal("refusal.unknown_outcome", {})
    if outcome.offered_rule and not is_offered(outcome, _values(flow, case.document, facts, case)):
        return Refusal("refusal.not_offered", {})
    document = look_up(_fill(case.document, outcome, answer))
    came_to = tally(step, [*case.votes(), answer.outcome], case.seats)
    if came_to is None:
        return Plan(document, arms=case.arms)
    way = _Way(flow, _values(flow, document, facts, case), case.arms)
    way.go(case.step, step.outcomes[came_to].then)
    return way.plan(document, came_to)


def decide_at_once(
    flow: Flow,
    case: Case,
    answer: Answer,
    facts: Mapping[str, Fact],
    *,
    look_up: Callable[[Document], Document] = lambda document: document,
) -> Plan | Refusal:
    """Return what an answer leads to that decides by itself, however many were to agree."""
    return decide(flow, replace(case, decided=(), seats=1), answer, facts, look_up=look_up)


def is_offered(outcome: Outcome, values: Mapping[str, Value]) -> bool:
    """Tell whether the button of an outcome is there, by what rules see of the document now."""
    return outcome.offered_rule is None or bool(rules.evaluate(outcome.offered_rule, values))


def begin(flow: Flow, case: Case, facts: Mapping[str, Fact]) -> Plan:
    """Return where a new case goes first."""
    way = _Way(flow, _values(flow, case.document, facts, case), {})
    way.enter(flow.first_step)
    return way.plan(case.document, "")


def tally(step: Step, votes: Sequence[str], seats: int) -> str | None:
    """Return the outcome that the votes come to, or None while more are needed.

    An outcome that counts alone needs one vote, another as many as must agree. When all have voted and no outcome has
    enough, the one with the most votes stands; of equals the one that the flow names last, the more careful one.
    """
    needed = seats if step.agree == "all" else 1 if step.agree == "one" else min(step.agree, seats)
    for vote in votes:
        if votes.count(vote) >= (1 if step.outcomes[vote].counts_alone else needed):
            return vote
    if len(votes) < seats:
        return None
    order = list(step.outcomes)
    return max(votes, key=lambda each: (votes.count(each), order.index(each)))


def four_eyes(flow: Flow, case: Case, people: frozenset[int]) -> Refusal | None:
    """Return why these people (who acts, and whom they stand in for) may not answer this step.

    One of them answered a step that this one wants others for, or this very step on the present visit.
    """
    step = flow.steps[case.step]
    for each in case.decided:
        if each.people & people and each.step in step.someone_other_than:
            return Refusal("refusal.four_eyes", {"step": each.step})
        if each.people & people and (each.step, each.visit) == (case.step, case.visit):
            return Refusal("refusal.voted", {})
    return None


class _Way:
    """One walk through a flow: what it passes, until questions or an end stop it."""

    def __init__(self, flow: Flow, values: Mapping[str, Value], arms: Arms) -> None:
        self.flow, self.values = flow, values
        self.arms: dict[str, dict[str, str]] = {name: dict(each) for name, each in arms.items()}
        self.actions: list[tuple[str, Does]] = []
        self.opens: list[str] = []
        self.closes: set[str] = set()
        self.reached, self.is_end = "", False

    def plan(self, document: Document, decided: str) -> Plan:
        actions, opens, closes = tuple(self.actions), tuple(self.opens), frozenset(self.closes)
        return Plan(document, decided, actions, opens, closes, self.arms, self.reached, self.is_end)

    def go(self, name: str, branches: Sequence[Branch]) -> None:
        target = _choose(branches, self.values)
        if target == JOINED:
            self._join(name)
        else:
            self.enter(target)

    def enter(self, name: str) -> None:
        self.reached = name
        if name in self.flow.ends:
            self.is_end, self.opens, self.arms = True, [], {}
            self.closes |= set(self.flow.steps)
            return
        step = self.flow.steps[name]
        if step.does:
            self.actions.append((name, step.does))
            self.go(name, step.then or ())
        elif step.together:
            self.arms[name] = {}
            for first in step.together.values():
                # An arm may end the case, or be enough by itself: then the others are never opened.
                if self.is_end or name not in self.arms:
                    return
                self.enter(first)
            if not self.is_end and name in self.arms:
                self.reached = name
        else:
            self.opens.append(name)

    def _join(self, name: str) -> None:
        owner, arm = self.flow.arm_of[name]
        through, step = self.arms.setdefault(owner, {}), self.flow.steps[owner]
        through[arm] = JOINED
        needed = len(step.together) if step.joins == "all" else 1 if step.joins == "one" else step.joins
        if len(through) < needed:
            self.reached = owner
            return
        del self.arms[owner]
        inside = {each for each, (of, _) in self.flow.arm_of.items() if of == owner}
        self.opens = [each for each in self.opens if each not in inside]
        self.closes |= inside
        self.go(owner, step.then or ())


def _choose(branches: Sequence[Branch], values: Mapping[str, Value]) -> str:
    for branch in branches:
        if branch.rule is None or rules.evaluate(branch.rule, values):
            return branch.target
    raise AssertionError("a checked list of branches ends without a condition")


def _fill(document: Document, outcome: Outcome, answer: Answer) -> Document:
    """Return the document with what the outcome fills by itself and what the person answered."""
    lines = []
    for line in document.lines:
        filled = _filled(outcome, line)
        lines.append(replace(line, fields={**line.fields, **filled, **answer.lines.get(line.position, {})}))
    return replace(document, lines=tuple(lines), fields={**document.fields, **answer.fields})


def _filled(outcome: Outcome, line: Line) -> dict[str, int]:
    """Return what an outcome fills into a line; what its rule can't say, since nobody answered it, is none."""
    values = line_values(line)
    amounts = {name: rules.evaluate_or_none(rule, values) for name, rule in outcome.fill_rules.items()}
    return {name: to_units(value, line) if isinstance(value, Decimal) else 0 for name, value in amounts.items()}


def line_values(line: Line) -> dict[str, Value]:
    """Return what a rule about a line may name: its figures and its answered fields."""
    values: dict[str, Value] = {name: as_decimal(line.quantity(name), line.precision) for name in LINE_FIGURES}
    return values | {name: rule_value(value, line) for name, value in line.fields.items()}


def rule_value(answer: Stored, line: Line) -> Value:
    """Return an answered field of a line as rules see it: a quantity in the item's unit, or a text."""
    return as_decimal(answer, line.precision) if isinstance(answer, int) else str(answer)


def field_value(kind: FieldKind, stored: Stored) -> Value:
    """Return an answered field of a document as rules see it."""
    match RULE_KINDS.get(kind):
        case "number":
            return Decimal(str(stored))
        case "date":
            return dt.date.fromisoformat(str(stored))
        case "boolean":
            return bool(stored)
        case "text":
            return str(stored)
    return None


def document_values(flow: Flow, fields: FilledIn) -> dict[str, Value]:
    """Return what rules see of a document's answered fields; what is not answered is None."""
    return {
        name: field_value(each.kind, fields[name]) if name in fields else None
        for name, each in flow.fields.items()
        if each.each == "document"
    }


def to_units(number: Decimal, line: Line) -> int:
    """Return a number of the line's unit in smallest units; a rule can't give more places than the item has."""
    return int(number.scaleb(line.precision))


def figures(flow: Flow, document: Document, facts: Mapping[str, Fact]) -> dict[str, Value]:
    """Return a flow's facts about a document."""
    values: dict[str, Value] = document_values(flow, document.fields)
    for name, source in flow.facts.items():
        rule = flow.fact_rules.get(name)
        values[name] = rules.evaluate(rule, values) if rule is not None else facts[source].read(document)
    return values


def _values(flow: Flow, document: Document, facts: Mapping[str, Fact], case: Case) -> dict[str, Value]:
    return {**figures(flow, document, facts), "today": case.today, "requester": case.requester}
