"""Conditions and small sums as a typed tree: exact, without calls or loops, checked before they are published.

The text ``value > 50000 and not short`` parses to a tree by walking Python's syntax tree, never by running it; the tree
prints back to the same text. A date is written as a text, ``'2026-12-01'``, and a whole number of days can be added.

What nobody has answered yet is None: a sum with it is None, and of the comparisons only ``!=`` holds.
"""

import ast
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Literal

Value = Decimal | bool | str | dt.date | None
Kind = Literal["number", "boolean", "text", "date"]
Comparison = Literal["<", "<=", ">", ">=", "==", "!="]

_LONGEST = 1_000
_DEEPEST = 20
_EXACT = Context(prec=400)  # more places than a rule of this length can make
_COMPARISONS: Mapping[type[ast.cmpop], Comparison] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


class RuleError(ValueError):
    """The text is no rule of this language, or its kinds do not fit; the message says where."""


@dataclass(frozen=True, slots=True)
class Constant:
    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Sum:
    left: "Rule"
    sign: Literal["+", "-"]
    right: "Rule"


@dataclass(frozen=True, slots=True)
class Product:
    left: "Rule"
    right: "Rule"


@dataclass(frozen=True, slots=True)
class Compare:
    left: "Rule"
    how: Comparison
    right: "Rule"


@dataclass(frozen=True, slots=True)
class Not:
    rule: "Rule"


@dataclass(frozen=True, slots=True)
class Both:
    """All of the rules, or with ``any`` at least one."""

    how: Literal["and", "or"]
    rules: "tuple[Rule, ...]"


Rule = Constant | Name | Sum | Product | Compare | Not | Both


def parse(text: str) -> Rule:
    """Return the tree of a rule. Raises RuleError."""
    if len(text) > _LONGEST:
        raise RuleError(f"a rule has at most {_LONGEST} characters")
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise RuleError(f"not a rule: {text[:80]}") from None
    return _build(body, 0)


def _build(node: ast.expr, depth: int) -> Rule:
    if depth > _DEEPEST:
        raise RuleError("a rule is nested too deeply")
    match node:
        case ast.Constant(value=bool() as truth):
            return Constant(truth)
        case ast.Constant(value=str() as words):
            return Constant(words)
        case ast.Constant(value=int() | float()):
            return Constant(_number(node))
        case ast.Name(id=name):
            return Name(name)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            sign: Literal["+", "-"] = "+" if isinstance(op, ast.Add) else "-"
            return Sum(_build(left, depth + 1), sign, _build(right, depth + 1))
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return Product(_build(left, depth + 1), _build(right, depth + 1))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float()) as positive) if not isinstance(
            positive.value, bool
        ):
            return Constant(-_number(positive))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return Compare(_build(left, depth + 1), _COMPARISONS[type(op)], _build(right, depth + 1))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return Not(_build(operand, depth + 1))
        case ast.BoolOp(op=op, values=values):
            how: Literal["and", "or"] = "and" if isinstance(op, ast.And) else "or"
            return Both(how, tuple(_build(each, depth + 1) for each in values))
    raise RuleError(f"not allowed in a rule: {ast.unparse(node)[:60]}")


def _number(node: ast.Constant) -> Decimal:
    # From the source text's own digits: repr() of a float is the shortest text that means the same number.
    number = Decimal(repr(node.value)).normalize()
    if abs(number) >= Decimal(10) ** 15:
        raise RuleError("a number in a rule is too large")
    return number


def kind_of(rule: Rule, names: Mapping[str, Kind]) -> Kind:
    """Return what a rule gives, given what its names are. Raises RuleError on an unknown name or unfit kinds."""
    match rule:
        case Constant(value):
            return "boolean" if isinstance(value, bool) else "number" if isinstance(value, Decimal) else "text"
        case Name(name):
            if name not in names:
                raise RuleError(f"unknown name: {name}")
            return names[name]
        case Sum(left, _, right):
            kind = kind_of(left, names)
            if kind != "date":
                _expect(left, "number", names)
            _expect(right, "number", names)
            return kind
        case Product(left, right):
            _expect(left, "number", names)
            _expect(right, "number", names)
            return "number"
        case Compare(left, how, right):
            kinds = kind_of(left, names), kind_of(right, names)
            if "date" in kinds:
                _expect_date(left, names)
                _expect_date(right, names)
                return "boolean"
            _expect(right, kinds[0], names)
            if kinds[0] != "number" and how not in ("==", "!="):
                raise RuleError(f"{write(rule)}: only numbers and dates have an order")
            return "boolean"
        case Not(inner):
            _expect(inner, "boolean", names)
            return "boolean"
        case Both(_, rules):
            for each in rules:
                _expect(each, "boolean", names)
            return "boolean"


def _expect(rule: Rule, kind: Kind, names: Mapping[str, Kind]) -> None:
    if (found := kind_of(rule, names)) != kind:
        raise RuleError(f"{write(rule)} is a {found}, not a {kind}")


def _expect_date(rule: Rule, names: Mapping[str, Kind]) -> None:
    if isinstance(rule, Constant):
        if _date(rule.value) is None:
            raise RuleError(f"{write(rule)} is no date; write it as '2026-12-01'")
        return
    _expect(rule, "date", names)


def _date(value: Value) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def names_in(rule: Rule) -> frozenset[str]:
    """Return the names that a rule asks for."""
    match rule:
        case Name(name):
            return frozenset((name,))
        case Sum(left, _, right) | Compare(left, _, right) | Product(left, right):
            return names_in(left) | names_in(right)
        case Not(inner):
            return names_in(inner)
        case Both(_, rules):
            return frozenset().union(*map(names_in, rules))
    return frozenset()


def evaluate(rule: Rule, values: Mapping[str, Value]) -> Value:
    """Return what a checked rule gives for these values."""
    match rule:
        case Constant(value):
            return value
        case Name(name):
            return values[name]
        case Sum(left, sign, right):
            return _add(evaluate(left, values), sign, evaluate(right, values))
        case Product(left, right):
            a, b = evaluate(left, values), evaluate(right, values)
            return _EXACT.multiply(a, b) if isinstance(a, Decimal) and isinstance(b, Decimal) else None
        case Compare(left, how, right):
            return _compare(evaluate(left, values), how, evaluate(right, values))
        case Not(inner):
            return not evaluate(inner, values)
        case Both(how, rules):
            each = (bool(evaluate(rule, values)) for rule in rules)
            return all(each) if how == "and" else any(each)


def evaluate_or_none(rule: Rule, values: Mapping[str, Value]) -> Value:
    """Return what a rule gives for these values, a name that they lack being None."""
    return evaluate(rule, {**dict.fromkeys(names_in(rule)), **values})


def number(rule: Rule, values: Mapping[str, Value]) -> Decimal:
    """Return what a rule of kind number gives."""
    value = evaluate(rule, values)
    assert isinstance(value, Decimal)
    return value


def _add(a: Value, sign: Literal["+", "-"], b: Value) -> Value:
    if not isinstance(b, Decimal) or not isinstance(a, Decimal | dt.date):
        return None
    if isinstance(a, dt.date):
        try:
            return a + dt.timedelta(days=int(b if sign == "+" else -b))
        except OverflowError:
            return dt.date.max if (b > 0) == (sign == "+") else dt.date.min
    return _EXACT.add(a, b) if sign == "+" else _EXACT.subtract(a, b)


def _compare(a: Value, how: Comparison, b: Value) -> bool:
    if isinstance(a, dt.date) or isinstance(b, dt.date):
        a, b = _date(a) or a, _date(b) or b
    if a is None or b is None:
        return how == "!=" and a is not b
    if how in ("==", "!="):
        return (a == b) == (how == "==")
    order = _order(a, b)
    match how:
        case "<":
            return order < 0
        case "<=":
            return order <= 0
        case ">":
            return order > 0
        case _:
            return order >= 0


def _order(a: Value, b: Value) -> int:
    if isinstance(a, dt.date):
        assert isinstance(b, dt.date)
        return (a > b) - (a < b)
    assert isinstance(a, Decimal) and isinstance(b, Decimal)
    return (a > b) - (a < b)


def write(rule: Rule) -> str:
    """Return the text that parses to this tree."""
    match rule:
        case Constant(value):
            return f"{value.normalize():f}" if isinstance(value, Decimal) else repr(value)
        case Name(name):
            return name
        case Sum(left, sign, right):
            return f"{_bracket(left, Compare, Not)} {sign} {_bracket(right, Sum, Compare, Not)}"
        case Product(left, right):
            return f"{_bracket(left, Sum, Compare, Not)} * {_bracket(right, Sum, Product, Compare, Not)}"
        case Compare(left, how, right):
            return f"{_bracket(left, Compare, Not)} {how} {_bracket(right, Compare, Not)}"
        case Not(inner):
            return f"not {_bracket(inner)}"
        case Both(how, rules):
            return f" {how} ".join(_bracket(each) for each in rules)


def _bracket(rule: Rule, *kinds: type) -> str:
    return f"({write(rule)})" if isinstance(rule, (Both, *kinds)) else write(rule)
