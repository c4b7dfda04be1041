"""Forms: the questions of an outcome, and the answers that came back, checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from inventory_core.document import Document, Line
from inventory_core.errors import RuleBroken
from inventory_core.quantity import parse_quantity
from workflows import cards, rules
from workflows.cards import FieldGroup, Form, Option
from workflows.definition import FieldRule, Flow, Language, Outcome
from workflows.engine import line_values, rule_value, to_units
from workflows.phrases import say, say_error
from workflows.rules import Value

_LONGEST_TEXT = 500


@dataclass(slots=True)
class Answers:
    """Checked answers: of the document, and of each line by its position; ``errors`` has a sentence a wrong field."""

    fields: dict[str, int | str] = field(default_factory=dict)
    lines: dict[int, dict[str, int | str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def _asked(flow: Flow, outcome: Outcome, each: str) -> Iterator[tuple[str, FieldRule]]:
    return ((name, flow.fields[name]) for name in outcome.form if flow.fields[name].each == each)


def build(flow: Flow, outcome: Outcome, document: Document, *, token: str, title: str, language: Language) -> Form:
    """Return the form of an outcome with what is known filled in."""
    groups = []
    for line in document.lines:
        values = line_values(line)
        fields = []
        for name, rule in _asked(flow, outcome, "line"):
            asked = _field(f"{name}.{line.position}", rule, line, values, language)
            fields.append(asked)
            if rule.kind == "quantity" and asked.default:
                values[name] = rules.number(rule.default_rule, values) if rule.default_rule else values["ordered"]
        if fields:
            title_of_line = say(language, "form.line", item=line.item_code, name=line.item_name)
            groups.append(FieldGroup(title_of_line, _detail(line, language), tuple(fields)))
    whole = tuple(
        cards.Field(
            name,
            rule.kind,
            _in(language, rule.label.en, rule.label.zh),
            required=rule.required,
            hint=say(language, "form.photo_hint") if rule.kind == "photo" else "",
            options=_options(rule, language),
        )
        for name, rule in _asked(flow, outcome, "document")
    )
    if whole:
        groups.append(FieldGroup("", "", whole))
    return Form(token, title, language, say(language, "form.submit"), tuple(groups))


def _in(language: Language, en: str, zh: str) -> str:
    return zh if language == "zh" else en


def _options(rule: FieldRule, language: Language) -> tuple[Option, ...]:
    return tuple(Option(value, _in(language, words.en, words.zh)) for value, words in rule.options.items())


def _detail(line: Line, language: Language) -> str:
    received = line.fields.get("received")
    if isinstance(received, int):
        return say(language, "form.received", amount=line.write(received), unit=line.unit)
    return say(language, "form.ordered", amount=line.write(line.ordered), unit=line.unit)


def _field(name: str, rule: FieldRule, line: Line, values: Mapping[str, Value], language: Language) -> cards.Field:
    default = hint = ""
    if rule.default_rule is not None and rule.kind == "quantity":
        default = line.write(to_units(rules.number(rule.default_rule, values), line))
    # A limit that is itself asked in this form can't be told yet: it is checked when the answers are in.
    if rule.at_most_rule is not None and rule.at_most in values:
        most = line.write(to_units(rules.number(rule.at_most_rule, values), line))
        hint = say(language, "form.at_most", most=most, unit=line.unit)
    return cards.Field(
        name,
        rule.kind,
        _in(language, rule.label.en, rule.label.zh),
        required=rule.required and not rule.needed_when,
        is_conditional=bool(rule.needed_when),
        default=default,
        unit=line.unit if rule.kind == "quantity" else "",
        hint=hint,
        options=_options(rule, language),
    )


def parse(flow: Flow, outcome: Outcome, document: Document, raw: Mapping[str, str], language: Language) -> Answers:
    """Return the answers as the document stores them. A field that was not sent keeps its default, if it has one."""
    answers = Answers()
    for line in document.lines:
        filled: dict[str, int | str] = {}
        values = line_values(line)
        for name, rule in _asked(flow, outcome, "line"):
            key = f"{name}.{line.position}"
            value = _read(rule, raw.get(key, "").strip(), line, values, language)
            if isinstance(value, _Wrong):
                answers.errors[key] = value.sentence
            elif value is not None:
                filled[name] = value
                values[name] = rule_value(value, line)
        answers.lines[line.position] = filled
    for name, rule in _asked(flow, outcome, "document"):
        words = raw.get(name, "").strip()
        if rule.kind == "photo":
            continue
        if not words and rule.required:
            answers.errors[name] = say(language, "field.required")
        elif words and rule.kind == "choice" and words not in rule.options:
            answers.errors[name] = say(language, "field.choice")
        elif words:
            answers.fields[name] = words[:_LONGEST_TEXT]
    return answers


@dataclass(frozen=True, slots=True)
class _Wrong:
    sentence: str


def _read(
    rule: FieldRule, words: str, line: Line, values: Mapping[str, Value], language: Language
) -> int | str | _Wrong | None:
    if rule.kind == "quantity":
        return _read_quantity(rule, words, line, values, language)
    is_needed = rule.required
    if rule.needed_rule is not None:
        try:
            is_needed = bool(rules.evaluate(rule.needed_rule, values))
        except KeyError:
            return None  # the figure that it depends on is wrong itself, and said so
        if not is_needed:
            return None
    if not words:
        return _Wrong(say(language, "field.required")) if is_needed else None
    if rule.kind == "choice" and words not in rule.options:
        return _Wrong(say(language, "field.choice"))
    return words[:_LONGEST_TEXT]


def _read_quantity(
    rule: FieldRule, words: str, line: Line, values: Mapping[str, Value], language: Language
) -> int | _Wrong | None:
    if not words:
        if rule.default_rule is None or rule.required:
            return _Wrong(say(language, "field.required"))
        return to_units(rules.number(rule.default_rule, values), line)
    try:
        amount = parse_quantity(words, precision=line.precision, unit=line.unit)
    except RuleBroken as error:
        return _Wrong(say_error(language, error))
    if rule.at_most_rule is not None:
        try:
            most = to_units(rules.number(rule.at_most_rule, values), line)
        except KeyError:
            return amount
        if amount > most:
            return _Wrong(
                say(language, "error.too_much", item=line.item_code, most=line.write(most), unit=line.unit)
                if rule.at_most in ("ordered", "allowed")
                else say(language, "form.at_most", most=line.write(most), unit=line.unit)
            )
    return amount
