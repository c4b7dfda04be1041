"""A flow as a document: its fields, steps, who is asked, outcomes, conditions and actions.

A flow is written as YAML (``workflows.flowtext``), kept as canonical JSON, and read into the values of this module.
Rules are kept as text and parsed once. What could not run is found by ``workflows.lint``.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from workflows import rules
from workflows.rules import Kind, Rule

Language = Literal["en", "zh"]
Tone = Literal["plain", "good", "bad"]
RuleText = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value),
    Field(max_length=1000),
]
"""A rule; ``default: 0`` may be written without quotes."""
Named = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
StepName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39})?$")]
"""A step's name; the steps of a flow that another one runs carry that step's name and a dot before their own."""
_BLANK = re.compile(r"\{(\w+)\}")

JOINED: Final = "joined"
"""Where an arm of a parallel step goes when it is through."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Part):
    """A text in both languages, with blanks such as {partner}."""

    en: str = Field(max_length=500)
    zh: str = Field(max_length=500)

    def blanks(self, language: Language) -> frozenset[str]:
        """Return the names of the text's blanks."""
        return frozenset(_BLANK.findall(self.zh if language == "zh" else self.en))

    def fill(self, language: Language, blanks: Mapping[str, str]) -> str:
        """Return the text with its blanks filled; an unknown blank is left empty."""
        return _BLANK.sub(lambda found: blanks.get(found[1], ""), self.zh if language == "zh" else self.en)


FieldKind = Literal[
    "quantity", "text", "integer", "decimal", "money", "date", "choice", "yes_no", "item", "location", "lot",
    "person", "partner", "photo", "file", "scan", "signature", "table",
]  # fmt: skip
LINE_KINDS: Final = ("quantity", "text", "choice", "location", "integer", "decimal", "money", "date", "yes_no")
"""What can be asked of each line of a document."""
RULE_KINDS: Final[Mapping[FieldKind, Kind]] = {
    "quantity": "number", "integer": "number", "decimal": "number", "money": "number", "date": "date",
    "yes_no": "boolean",
    **dict.fromkeys(("text", "choice", "item", "location", "lot", "person", "partner", "scan", "signature"), "text"),
}  # fmt: skip
"""What an answered field is to a rule; photos, files and tables are nothing to it."""


class FieldRule(_Part):
    """One thing that people answer; ``each: line`` asks it once a document line.

    ``places`` are the decimal places of a decimal, ``unit`` is written behind a number. A field with ``visible_when``
    is asked only while that holds. A partner that is ``only`` a customer is no supplier. A table has ``columns`` and
    at most ``rows`` rows.
    """

    kind: FieldKind
    label: Words
    help: Words | None = None
    each: Literal["line", "document"] = "document"
    required: bool = True
    default: RuleText = ""
    at_least: RuleText = ""
    at_most: RuleText = ""
    visible_when: RuleText = ""
    only: Literal["", "supplier", "customer"] = ""
    unit: str = Field("", max_length=16)
    places: int = Field(2, ge=0, le=6)
    options: dict[Named, Words] = {}
    columns: "dict[Named, FieldRule]" = {}
    rows: int = Field(5, ge=1, le=20)

    @cached_property
    def default_rule(self) -> Rule | None:
        return rules.parse(self.default) if self.default else None

    @cached_property
    def at_least_rule(self) -> Rule | None:
        return rules.parse(self.at_least) if self.at_least else None

    @cached_property
    def at_most_rule(self) -> Rule | None:
        return rules.parse(self.at_most) if self.at_most else None

    @cached_property
    def visible_rule(self) -> Rule | None:
        return rules.parse(self.visible_when) if self.visible_when else None


class Branch(_Part):
    """Where to go (``go``, or ``back_to`` an earlier step), and under which condition; the last one has none."""

    go: StepName | None = None
    back_to: StepName | None = None
    when: RuleText = ""

    @model_validator(mode="after")
    def _goes_somewhere(self) -> "Branch":
        if bool(self.go) == bool(self.back_to):
            raise ValueError("a branch goes to a step or end, or back to a step")
        return self

    @property
    def target(self) -> str:
        return self.go or self.back_to or ""

    @cached_property
    def rule(self) -> Rule | None:
        return rules.parse(self.when) if self.when else None


def _branches(value: Any) -> Any:
    if isinstance(value, str):
        return [{"go": value}]
    return [value] if isinstance(value, dict) else value


Then = Annotated[tuple[Branch, ...], BeforeValidator(_branches), Field(min_length=1, max_length=20)]


class Outcome(_Part):
    """One button of a step. ``fills`` sets fields by rule, ``form`` asks for fields first.

    ``hears`` fills the form from a worded answer such as "550 ok, 3 damaged": by rule from the numbers ``good``,
    ``bad`` and ``total`` that were said of a line, or from the ``code`` of a bin that was scanned for it. Where several
    must agree, an outcome that counts ``alone`` is decided by the first who chooses it; bad ones do unless they say
    otherwise. ``tells`` names roles that hear of it. With ``offered_when`` the button is there only while that holds.
    ``scans``: a scanned lot, bin or item confirms a line, and the last line settles the step with this outcome.
    """

    label: Words
    then: Then
    tone: Tone = "plain"
    offered_when: RuleText = ""
    fills: dict[Named, RuleText] = {}
    form: tuple[Named, ...] = ()
    hears: dict[Named, RuleText] = {}
    scans: bool = False
    alone: bool | None = None
    tells: tuple[Named, ...] = ()

    @property
    def counts_alone(self) -> bool:
        return self.tone == "bad" if self.alone is None else self.alone

    @cached_property
    def offered_rule(self) -> Rule | None:
        return rules.parse(self.offered_when) if self.offered_when else None

    @cached_property
    def fill_rules(self) -> dict[str, Rule]:
        return {name: rules.parse(text) for name, text in self.fills.items()}

    @cached_property
    def hears_code(self) -> bool:
        """Whether the worded answer is the code of a place, not figures."""
        return any("code" in rules.names_in(rule) for rule in self.heard_rules.values())

    @cached_property
    def heard_rules(self) -> dict[str, Rule]:
        return {name: rules.parse(text) for name, text in self.hears.items()}


Expression = Literal["requester", "requester.manager", "category.owner"]
"""Somebody who depends on the case: who started it, their manager, or the owner of the item's category."""


class Seat(_Part):
    """Who is asked: a role, a person by employee code, or somebody who depends on the case (``who``).

    ``each`` asks every holder of the role at once; ``otherwise`` is the role asked when ``who`` is nobody; ``offers``
    limits the outcomes that this seat may choose.
    """

    role: Named | None = None
    person: str | None = Field(None, max_length=32)
    who: Expression | None = None
    otherwise: Named | None = None
    each: bool = False
    offers: tuple[Named, ...] = ()

    @model_validator(mode="after")
    def _is_one(self) -> "Seat":
        if sum(map(bool, (self.role, self.person, self.who))) != 1:
            raise ValueError("a seat is a role, a person, or who")
        if self.who and not self.otherwise:
            raise ValueError("a seat with who needs a role in otherwise, for when that is nobody")
        if self.each and not self.role:
            raise ValueError("only a role can be asked each")
        return self


def _seats(value: Any) -> Any:
    if isinstance(value, str):
        return [_seat(value)]
    return [value] if isinstance(value, dict) else [_seat(each) if isinstance(each, str) else each for each in value]


def _seat(name: str) -> dict[str, str]:
    return {"role": name}


Seats = Annotated[tuple[Seat, ...], BeforeValidator(_seats), Field(max_length=20)]
OneSeat = Annotated[Seat, BeforeValidator(lambda value: _seat(value) if isinstance(value, str) else value)]


class Rung(_Part):
    """What happens when nobody answers: after so many hours, say "4 business hours" or "2 days"."""

    after: str = Field(pattern=r"^\d{1,4} (business )?(minutes?|hours?|days?)$")
    remind: bool = False
    also_ask: OneSeat | None = None
    hand_to: OneSeat | None = None
    decide: Named | None = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> "Rung":
        if sum(map(bool, (self.remind, self.also_ask, self.hand_to, self.decide))) != 1:
            raise ValueError("a rung reminds, also asks, hands over or decides: one of them")
        return self


def _action(value: Any) -> Any:
    return {"action": value} if isinstance(value, str) else value


class Does(_Part):
    """A stage function by its name, with its arguments as rules over the case."""

    action: str = Field(pattern=r"^[a-z_]+\.[a-z_]+$")
    using: dict[Named, RuleText] = {}

    @cached_property
    def rules(self) -> dict[str, Rule]:
        return {name: rules.parse(text) for name, text in self.using.items()}


Action = Annotated[Does, BeforeValidator(_action)]


class Step(_Part):
    """One thing that happens: a question to people (``asks``), an action (``does``), several ways at once
    (``together``: the first step of each), or another flow (``runs``, with where each of its ends leads).
    """

    asks: Seats = ()
    agree: int | Literal["one", "all"] = "one"
    in_order: bool = False
    title: Words | None = None
    question: Words | None = None
    shows: tuple[Named, ...] = ()
    tells_facts: tuple[Named, ...] = ()
    someone_other_than: tuple[StepName, ...] = ()
    late: tuple[Rung, ...] = Field((), max_length=10)
    outcomes: dict[Named, Outcome] = {}
    does: Action | None = None
    together: dict[Named, StepName] = {}
    joins: int | Literal["one", "all"] = "all"
    runs: Named | None = None
    ends: dict[Named, StepName] = {}
    then: Then | None = None

    @cached_property
    def asks_one(self) -> bool:
        """Whether one answer of one seat decides the step, and nobody else is asked besides."""
        is_single = len(self.asks) == 1 and not self.asks[0].each
        return is_single and not any(rung.also_ask or rung.hand_to for rung in self.late)

    @model_validator(mode="after")
    def _is_one_of_four(self) -> "Step":
        if sum(map(bool, (self.asks, self.does, self.together, self.runs))) != 1:
            raise ValueError("a step asks people, does an action, goes several ways together, or runs a flow")
        if self.asks and not (self.outcomes and self.title and self.question):
            raise ValueError("a step that asks needs a title, a question and outcomes")
        if (self.does or self.together) and not self.then:
            raise ValueError("a step that does something or goes several ways needs a then")
        if self.runs and not self.ends:
            raise ValueError("a step that runs a flow says where each of its ends leads")
        return self

    def ways_on(self) -> Iterator[tuple[str, Branch]]:
        """Yield each branch that leaves the step, with the outcome that it belongs to (empty for an action)."""
        for name, outcome in self.outcomes.items():
            yield from ((name, branch) for branch in outcome.then)
        for branch in self.then or ():
            yield "", branch
        for arm, first in self.together.items():
            yield f"arm {arm}", Branch(go=first, when="")
        for end, target in self.ends.items():
            yield f"end {end}", Branch(go=target, when="")


class End(_Part):
    """How a flow can end, in words for the card, and which roles are told."""

    label: Words
    tone: Tone = "good"
    tells: tuple[Named, ...] = ()


class CardWords(_Part):
    """How a card of this flow introduces itself."""

    title: Words
    summary: Words


class Cancel(_Part):
    """Who may cancel a case, even one that has ended, and the action that takes back what it did."""

    by: Named
    does: Action | None = None


class Flow(_Part):
    """A whole flow. The first step is where it starts.

    ``started_by`` names the roles whose people may start it; without any, it starts by itself for each document of
    the kind that it is ``about``. ``facts`` are figures of the document by the name of a stage's fact, or rules over
    the answered fields. ``amount`` names the fact that limits a delegation.
    """

    flow: Named
    title: Words
    about: Named
    started_by: tuple[Named, ...] = ()
    amount: Named | None = None
    card: CardWords
    fields: dict[Named, FieldRule] = {}
    facts: dict[Named, RuleText] = {}
    fact_labels: dict[Named, Words] = {}
    steps: dict[StepName, Step] = Field(max_length=100)
    ends: dict[Named, End] = Field(min_length=1, max_length=20)
    cancel: Cancel | None = None

    @property
    def first_step(self) -> str:
        return next(iter(self.steps))

    @cached_property
    def has_deadlines(self) -> bool:
        return any(step.late for step in self.steps.values())

    @cached_property
    def answered(self) -> frozenset[str]:
        """The fields that people or their buttons fill; a stage's look-up fills the others."""
        outcomes = (outcome for step in self.steps.values() for outcome in step.outcomes.values())
        return frozenset(name for outcome in outcomes for name in (*outcome.form, *outcome.fills))

    @cached_property
    def fact_rules(self) -> dict[str, Rule]:
        """The facts that are rules over the answered fields, parsed; a stage's fact has a dot in its name."""
        return {name: rules.parse(text) for name, text in self.facts.items() if not is_stage_fact(text)}

    @cached_property
    def arm_of(self) -> Mapping[str, tuple[str, str]]:
        """Map each step within an arm to the step that opened the arm, and the arm's name."""
        found: dict[str, tuple[str, str]] = {}
        for owner, step in self.steps.items():
            for arm, first in step.together.items():
                waiting = [first]
                while waiting:
                    name = waiting.pop()
                    if name in self.steps and name not in found:
                        found[name] = owner, arm
                        waiting += [branch.target for _, branch in self.steps[name].ways_on()]
        return found


def is_name(words: str) -> bool:
    """Tell whether a flow, step or field can be called so."""
    return re.fullmatch(r"[a-z][a-z0-9_]{0,39}", words) is not None


def is_stage_fact(source: str) -> bool:
    """Tell whether a fact names a figure of a stage, such as ``receipt.accepted_value``, or is a rule."""
    return re.fullmatch(r"[a-z_]+\.[a-z_]+", source) is not None


LINE_FIGURES = ("ordered", "open", "allowed", "done", "rejected")
"""The figures that each document line has, whatever people answer."""
HEARD: Mapping[str, Kind] = {"good": "number", "bad": "number", "total": "number", "code": "text"}
"""What a worded answer says of a line: figures, or the ``code`` of a place that was scanned or written."""
