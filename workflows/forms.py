"""Forms: the questions of an outcome, and the answers that came back, checked."""

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final, Protocol

from inventory_core import labels
from inventory_core.document import Answer, Document, Line
from inventory_core.errors import RuleBroken
from inventory_core.quantity import MONEY_PLACES, parse_decimal, parse_quantity
from inventory_core.stages import FACTS
from workflows import cards, rules
from workflows.cards import FieldGroup, Form, Option
from workflows.definition import FieldKind, FieldRule, Flow, Language, Outcome
from workflows.engine import field_value, figures, line_values, rule_value, to_units
from workflows.phrases import say, say_error
from workflows.rules import Rule, Value

_LONGEST_TEXT: Final = 500
FILES: Final[frozenset[FieldKind]] = frozenset({"photo", "file"})
"""The kinds that are answered by a photo or a file."""
CODED: Final[frozenset[FieldKind]] = frozenset({"item", "location", "lot", "person", "partner"})
"""The kinds that are answered by the code, number or name of something the company has."""
PICTURED: Final[frozenset[FieldKind]] = FILES | {"signature"}
"""The kinds that a photo may answer: a signature may be typed, or drawn, or written on paper and photographed."""
BY_HAND: Final = "✓"
"""What is kept as the answer where the signature itself lies with the paper's files."""
_MOST_CODES: Final = 100
_LONG_FROM: Final = 6
"""From so many questions on a form is long."""
_DATE: Final = re.compile(r"(?:(?P<year>\d{4})[-/.年])?(?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?")
_BEFORE: Final = rules.parse("first < second")
YES: Final = frozenset({"yes", "y", "true", "1", "on", "是", "对"})
NO: Final = frozenset({"no", "n", "false", "0", "off", "否", "不"})


class Book(Protocol):
    """What the company has: the codes that answers may name, and who signs."""

    def find(self, kind: FieldKind, words: str, *, only: str = "") -> str | None:
        """Return the code or number that somebody means, or None; of partners ``only`` suppliers, say."""

    def options(self, kind: FieldKind, *, only: str = "") -> tuple[Option, ...]:
        """Return all there are of a kind, if they are few enough to choose from."""

    @property
    def signer(self) -> str:
        """The name of the person who answers."""


@dataclass(slots=True)
class Answers:
    """Checked answers: of the document, and of each line by its position; ``errors`` has a sentence a wrong field.

    ``visible`` names the questions that the answers so far call for.
    """

    fields: dict[str, Answer] = field(default_factory=dict)
    lines: dict[int, dict[str, Answer]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    visible: set[str] = field(default_factory=set)


def _asked(flow: Flow, outcome: Outcome, each: str) -> Iterator[tuple[str, FieldRule]]:
    return ((name, flow.fields[name]) for name in outcome.form if flow.fields[name].each == each)


def build(
    flow: Flow,
    outcome: Outcome,
    document: Document,
    *,
    token: str,
    title: str,
    language: Language,
    book: Book,
    today: dt.date,
) -> Form:
    """Return the form of an outcome with what is known filled in."""
    groups = []
    for line in document.lines:
        values = _line_values(flow, line)
        fields = []
        for name, rule in _asked(flow, outcome, "line"):
            if not _may_be_asked(flow, outcome, rule, values):
                continue
            asked = _line_field(f"{name}.{line.position}", rule, line, values, language)
            asked = _bounded(asked, flow, outcome, rule, values)
            fields.append(replace(asked, is_conditional=_is_open(flow, outcome, rule)))
            if rule.default_rule is not None:
                values[name] = rules.evaluate(rule.default_rule, values)
        if fields:
            title_of_line = say(language, "form.line", item=line.item_code, name=line.item_name)
            groups.append(FieldGroup(title_of_line, _detail(line, language), tuple(fields)))
    known = _values(flow, document, today)
    whole: list[cards.Field] = []
    for name, rule in _asked(flow, outcome, "document"):
        if not _may_be_asked(flow, outcome, rule, known):
            continue
        if rule.kind == "table":
            groups += [FieldGroup("", "", tuple(whole))] if whole else []
            groups += _rows(name, rule, document.fields.get(name), language, book)
            whole = []
            continue
        default = _known(rule, document.fields.get(name), known)
        asked = _bounded(_document_field(name, rule, default, language, book), flow, outcome, rule, known)
        whole.append(replace(asked, is_conditional=_is_open(flow, outcome, rule)))
    if whole:
        groups.append(FieldGroup("", "", tuple(whole)))
    return Form(token, title, language, say(language, "form.submit"), tuple(groups))


def asks_anything(flow: Flow, outcome: Outcome, document: Document, *, today: dt.date) -> bool:
    """Tell whether the form of an outcome has a question for this document; without one a tap settles it."""
    sure = (each for name in outcome.form if not (each := flow.fields[name]).visible_when)
    if any(each.each == "document" or document.lines for each in sure):
        return True
    known = _values(flow, document, today)
    return any(_may_be_asked(flow, outcome, rule, known) for _, rule in _asked(flow, outcome, "document")) or any(
        _may_be_asked(flow, outcome, rule, _line_values(flow, line))
        for _, rule in _asked(flow, outcome, "line")
        for line in document.lines
    )


def is_long(flow: Flow, outcome: Outcome, document: Document) -> bool:
    """Tell whether a form is better filled in on one page than question by question.

    It has many questions, or one that a page answers better: a table, a code that the camera reads, a signature.
    """
    asked = [flow.fields[name] for name in outcome.form]
    if any(each.kind in ("table", "scan", "signature") for each in asked):
        return True
    return sum(len(document.lines) if each.each == "line" else 1 for each in asked) >= _LONG_FROM


def _is_open(flow: Flow, outcome: Outcome, rule: FieldRule) -> bool:
    """Tell whether the form's own answers decide if a field is asked; if not, that is known from the start."""
    if rule.visible_rule is None:
        return False
    return not rules.names_in(rule.visible_rule).isdisjoint({*outcome.form, *flow.facts})


def _may_be_asked(flow: Flow, outcome: Outcome, rule: FieldRule, values: Mapping[str, Value]) -> bool:
    return _is_open(flow, outcome, rule) or _is_called_for(rule, values)


def _is_called_for(rule: FieldRule, values: Mapping[str, Value]) -> bool:
    return rule.visible_rule is None or bool(rules.evaluate(rule.visible_rule, values))


def _values(flow: Flow, document: Document, today: dt.date) -> dict[str, Value]:
    return {**figures(flow, document, FACTS), "today": today, "requester": ""}


def _known(rule: FieldRule, answered: Answer | None, values: Mapping[str, Value]) -> str:
    """Return what stands in a field at first: the earlier answer, or the default; nobody's signature does."""
    if rule.kind == "signature":
        return ""
    if answered is not None:
        return _as_typed(rule.kind, field_value(rule.kind, answered))
    return _as_typed(rule.kind, rules.evaluate(rule.default_rule, values)) if rule.default_rule else ""


def _as_typed(kind: FieldKind, value: Value) -> str:
    if value is None:
        return ""
    if kind == "yes_no":
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _document_field(name: str, rule: FieldRule, default: str, language: Language, book: Book) -> cards.Field:
    return cards.Field(
        name,
        rule.kind,
        rule.label.fill(language, {}),
        required=rule.required,
        default=default,
        unit=rule.unit,
        hint=rule.help.fill(language, {}) if rule.help else _usual_hint(rule, language, book),
        options=_options(rule, language, book),
    )


def _bounded(
    asked: cards.Field, flow: Flow, outcome: Outcome, rule: FieldRule, known: Mapping[str, Value]
) -> cards.Field:
    """Return a number's question with its bounds, as far as no answer of the same form moves them."""
    if rule.kind not in ("integer", "decimal", "money"):
        return asked
    moved = {*outcome.form, *flow.facts}
    least, most = (
        _as_typed(rule.kind, rules.evaluate(limit, known))
        if limit is not None and rules.names_in(limit).isdisjoint(moved)
        else ""
        for limit in (rule.at_least_rule, rule.at_most_rule)
    )
    return replace(asked, least=least, most=most)


def _usual_hint(rule: FieldRule, language: Language, book: Book) -> str:
    if rule.kind == "signature":
        return say(language, "form.sign_hint", name=book.signer)
    return say(language, f"form.{rule.kind}_hint") if rule.kind in ("photo", "file", "date") else ""


def _rows(name: str, rule: FieldRule, answered: object, language: Language, book: Book) -> Iterator[FieldGroup]:
    """Yield a group a row of a table; each row but the first is asked once the row before it is begun."""
    earlier = answered if isinstance(answered, list) else []
    for number in range(1, rule.rows + 1):
        given = earlier[number - 1] if number <= len(earlier) else {}
        fields = tuple(
            replace(
                _document_field(f"{name}.{number}.{column}", each, _known(each, given.get(column), {}), language, book),
                is_conditional=number > 1,
                required=each.required and (rule.required if number == 1 else column != next(iter(rule.columns))),
            )
            for column, each in rule.columns.items()
        )
        yield FieldGroup(say(language, "form.row", label=rule.label.fill(language, {}), n=number), "", fields)


def _options(rule: FieldRule, language: Language, book: Book) -> tuple[Option, ...]:
    if rule.kind in CODED:
        found = book.options(rule.kind, only=rule.only)
        return found if len(found) <= _MOST_CODES else ()
    return _choices(rule, language)


def _choices(rule: FieldRule, language: Language) -> tuple[Option, ...]:
    if rule.kind == "yes_no":
        return Option("yes", say(language, "form.yes")), Option("no", say(language, "form.no"))
    return tuple(Option(value, words.fill(language, {})) for value, words in rule.options.items())


def _detail(line: Line, language: Language) -> str:
    if "blind" in line.fields:
        return ""
    if "bin" in line.fields:  # a sheet is counted blind: the place is said, and not what the books say
        place, lot = str(line.fields["bin"]), str(line.fields.get("lot", ""))
        return say(language, "form.place", bin=place, lot=lot) if lot else place
    received = line.fields.get("received")
    if isinstance(received, int):
        return say(language, "form.received", amount=line.write(received), unit=line.unit)
    return say(language, "form.ordered", amount=line.write(line.ordered), unit=line.unit)


def _line_values(flow: Flow, line: Line) -> dict[str, Value]:
    """Return what a rule about a line may name; what is not answered is None."""
    unanswered: dict[str, Value] = {name: None for name, each in flow.fields.items() if each.each == "line"}
    return unanswered | line_values(flow, line)


def _amount(rule: Rule | None, values: Mapping[str, Value], line: Line) -> int | None:
    """Return the amount that a rule gives, in smallest units; None without a rule, or while it can't be said."""
    value = rules.evaluate(rule, values) if rule is not None else None
    return to_units(value, line) if isinstance(value, Decimal) else None


def _line_field(name: str, rule: FieldRule, line: Line, values: Mapping[str, Value], language: Language) -> cards.Field:
    default = hint = ""
    if rule.kind == "quantity" and (known := _amount(rule.default_rule, values, line)) is not None:
        default = line.write(known)
    elif rule.kind != "quantity" and rule.default_rule is not None:
        default = _as_typed(rule.kind, rules.evaluate(rule.default_rule, values))
    # A limit that nobody has answered yet can't be told: it is checked when the answers are in. Nor is one told where
    # nothing stands in the field at first: somebody is to say what they see, and not what is expected.
    is_told = default or rule.default_rule is None
    if is_told and (bound := _amount(rule.at_most_rule, values, line)) is not None:
        most = line.write(bound)
        hint = say(language, "form.at_most", most=most, unit=line.unit)
    return cards.Field(
        name,
        rule.kind,
        rule.label.fill(language, {}),
        required=rule.required,
        default=default,
        unit=line.unit if rule.kind == "quantity" else rule.unit,
        hint=rule.help.fill(language, {}) if rule.help and not hint else hint,
        options=_choices(rule, language),
    )


def parse(
    flow: Flow,
    outcome: Outcome,
    document: Document,
    raw: Mapping[str, str],
    language: Language,
    *,
    book: Book,
    today: dt.date,
    given: Collection[str] = (),
) -> Answers:
    """Return the answers as the document stores them. A field that was not sent keeps its default, if it has one.

    ``given`` names the fields for which photos or files came.
    """
    reading = _Reading(flow, document, raw, language, book, today, given, Answers())
    asks_lines = any(flow.fields[name].each == "line" for name in outcome.form)
    for line in document.lines if asks_lines else ():
        reading.line(outcome, line)
    for name, rule in _asked(flow, outcome, "document"):
        reading.whole(name, rule)
    return reading.answers


class _Wrong(Exception):
    """What is wrong with an answer, as a sentence."""


@dataclass(slots=True)
class _Reading:
    flow: Flow
    document: Document
    raw: Mapping[str, str]
    language: Language
    book: Book
    today: dt.date
    given: Collection[str]
    answers: Answers

    def say(self, key: str, **blanks: str | int) -> str:
        return say(self.language, key, **blanks)

    def line(self, outcome: Outcome, line: Line) -> None:
        filled: dict[str, Answer] = {}
        values = _line_values(self.flow, line)
        for name, rule in _asked(self.flow, outcome, "line"):
            key = f"{name}.{line.position}"
            if not _is_called_for(rule, values):
                continue
            self.answers.visible.add(key)
            try:
                value = self.of_line(rule, self.raw.get(key, "").strip(), line, values)
            except _Wrong as wrong:
                self.answers.errors[key] = str(wrong)
                continue
            if value is not None:
                filled[name] = value
                values[name] = rule_value(self.flow, name, value, line)
        self.answers.lines[line.position] = filled

    def of_line(self, rule: FieldRule, words: str, line: Line, values: Mapping[str, Value]) -> Answer | None:
        if rule.kind == "quantity":
            return self.quantity(rule, words, line, values)
        if not words:
            if rule.required:
                raise _Wrong(self.say("field.required"))
            return None
        try:
            return self.answer(rule, words, values)
        except RuleBroken as error:
            raise _Wrong(say_error(self.language, error)) from error

    def quantity(self, rule: FieldRule, words: str, line: Line, values: Mapping[str, Value]) -> int:
        if not words:
            known = _amount(rule.default_rule, values, line)
            if known is None or rule.required:
                raise _Wrong(self.say("field.required"))
            return known
        try:
            amount = parse_quantity(words, precision=line.precision, unit=line.unit)
        except RuleBroken as error:
            raise _Wrong(say_error(self.language, error)) from error
        most = _amount(rule.at_most_rule, values, line)
        if most is not None and amount > most:
            told = line.write(most)
            raise _Wrong(
                self.say("error.too_much", item=line.item_code, most=told, unit=line.unit)
                if rule.at_most in ("ordered", "allowed")
                else self.say("form.at_most", most=told, unit=line.unit)
            )
        return amount

    def values(self) -> dict[str, Value]:
        lines = tuple(
            replace(each, fields={**each.fields, **self.answers.lines.get(each.position, {})})
            for each in self.document.lines
        )
        answered = replace(self.document, fields={**self.document.fields, **self.answers.fields}, lines=lines)
        return _values(self.flow, answered, self.today)

    def whole(self, name: str, rule: FieldRule) -> None:
        if not _is_called_for(rule, self.values()):
            return
        if rule.kind == "table":
            self.table(name, rule)
            return
        self.answers.visible.add(name)
        if rule.kind in FILES:
            if rule.required and name not in self.given:
                self.answers.errors[name] = self.say(f"field.{rule.kind}_missing")
            return
        if rule.kind == "signature" and name in self.given:
            self.answers.fields[name] = BY_HAND
            return
        words = self.raw[name].strip() if name in self.raw else _known(rule, None, self.values())
        self.cell(self.answers.fields, name, name, rule, words)

    def table(self, name: str, rule: FieldRule) -> None:
        rows: list[dict[str, int | str | bool]] = []
        begun = False
        for number in range(1, rule.rows + 1):
            keys = {column: f"{name}.{number}.{column}" for column in rule.columns}
            was_begun, begun = number == 1 or begun, any(self.raw.get(key, "").strip() for key in keys.values())
            if was_begun or begun:
                self.answers.visible |= set(keys.values())
            if not begun and not (rule.required and number == 1):
                continue
            row: dict[str, Answer] = {}
            for column, each in rule.columns.items():
                self.cell(row, column, keys[column], each, self.raw.get(keys[column], "").strip())
            rows.append({column: value for column, value in row.items() if not isinstance(value, list)})
        if rows:
            self.answers.fields[name] = rows

    def cell(self, into: dict[str, Answer], name: str, key: str, rule: FieldRule, words: str) -> None:
        if not words:
            if rule.required:
                self.answers.errors[key] = self.say("field.required")
            return
        try:
            into[name] = self.answer(rule, words, self.values())
        except _Wrong as wrong:
            self.answers.errors[key] = str(wrong)
        except RuleBroken as error:
            self.answers.errors[key] = say_error(self.language, error)

    def answer(self, rule: FieldRule, words: str, known: Mapping[str, Value]) -> Answer:
        match rule.kind:
            case "integer" | "decimal" | "money":
                return self.number(rule, words, known)
            case "date":
                return self.date(rule, words, known)
            case "choice":
                if words not in rule.options:
                    raise _Wrong(self.say("field.choice"))
                return words
            case "yes_no":
                if words.lower() not in YES | NO:
                    raise _Wrong(self.say("field.yes_no"))
                return words.lower() in YES
            case "signature":
                if " ".join(words.split()).casefold() != self.book.signer.casefold():
                    raise _Wrong(self.say("form.sign_hint", name=self.book.signer))
                return self.book.signer
            case "scan":
                words = labels.typed(words)
            case "item" | "location" | "lot" | "person" | "partner":
                found = self.book.find(rule.kind, words, only=rule.only)
                if found is None:
                    raise _Wrong(self.say(f"field.no_{rule.kind}", words=words[:60]))
                return found
        return words[:_LONGEST_TEXT]

    def number(self, rule: FieldRule, words: str, known: Mapping[str, Value]) -> Answer:
        places = {"integer": 0, "money": MONEY_PLACES}.get(rule.kind, rule.places)
        number = parse_decimal(words)
        if number != round(number, places):
            raise _Wrong(self.say("field.places", n=places) if places else self.say("field.whole"))
        self.check_limits(rule, number, known)
        return int(number) if rule.kind == "integer" else f"{number:f}"

    def check_limits(self, rule: FieldRule, value: Decimal | dt.date, known: Mapping[str, Value]) -> None:
        for limit, key, way in ((rule.at_least_rule, "field.at_least", 1), (rule.at_most_rule, "field.at_most", -1)):
            bound = _bound(limit, {**known, "today": self.today}) if limit is not None else None
            first, second = (value, bound) if way > 0 else (bound, value)
            if rules.evaluate(_BEFORE, {"first": first, "second": second}):
                shown = f"{bound:,f}" if isinstance(bound, Decimal) else str(bound)
                raise _Wrong(self.say(key, bound=shown, unit=rule.unit).rstrip())

    def date(self, rule: FieldRule, words: str, known: Mapping[str, Value]) -> str:
        day = read_date(words, today=self.today, language=self.language)
        if day is None:
            raise _Wrong(self.say("field.date"))
        self.check_limits(rule, day, known)
        return day.isoformat()


def _bound(rule: Rule, values: Mapping[str, Value]) -> Value:
    value = rules.evaluate(rule, values)
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def read_date(words: str, *, today: dt.date, language: Language) -> dt.date | None:
    """Return the day that a person wrote: 2026-12-01, 12-01, 12月1日, today, tomorrow; None when it is none."""
    for key, days in (("card.today", 0), ("card.tomorrow", 1)):
        if words.strip().lower() in (say("en", key), say(language, key), say("zh", key)):
            return today + dt.timedelta(days=days)
    found = _DATE.fullmatch(words.strip())
    if found is None:
        return None
    try:
        return dt.date(int(found["year"] or today.year), int(found["month"]), int(found["day"]))
    except ValueError:
        return None
