"""Conditions and small sums as a typed tree: exact, without calls or loops, checked before they are published.

The text ``value > 50000 and not short`` parses to a tree by walking Python's syntax tree, never by running it; the tree
prints back to the same text.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Value = Decimal | bool | str
Kind = Literal["number", "boolean", "text"]
Comparison = Literal["<", "<=", ">", ">=", "==", "!="]

_LONGEST = 1_000
_DEEPEST = 20
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


Rule = Constant | Name | Sum | Compare | Not | Both


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
            _expect(left, "number", names)
            _expect(right, "number", names)
            return "number"
        case Compare(left, how, right):
            kind = kind_of(left, names)
            _expect(right, kind, names)
            if kind != "number" and how not in ("==", "!="):
                raise RuleError(f"{write(rule)}: only numbers have an order")
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


def evaluate(rule: Rule, values: Mapping[str, Value]) -> Value:
    """Return what a checked rule gives for these values."""
    match rule:
        case Constant(value):
            return value
        case Name(name):
            return values[name]
        case Sum(left, sign, right):
            a, b = number(left, values), number(right, values)
            return a + b if sign == "+" else a - b
        case Compare(left, how, right):
            return _compare(evaluate(left, values), how, evaluate(right, values))
        case Not(inner):
            return not evaluate(inner, values)
        case Both(how, rules):
            each = (bool(evaluate(rule, values)) for rule in rules)
            return all(each) if how == "and" else any(each)


def number(rule: Rule, values: Mapping[str, Value]) -> Decimal:
    """Return what a rule of kind number gives."""
    value = evaluate(rule, values)
    assert isinstance(value, Decimal)
    return value


def _compare(a: Value, how: Comparison, b: Value) -> bool:
    if how in ("==", "!="):
        return (a == b) == (how == "==")
    assert isinstance(a, Decimal) and isinstance(b, Decimal)
    match how:
        case "<":
            return a < b
        case "<=":
            return a <= b
        case ">":
            return a > b
        case _:
            return a >= b


def write(rule: Rule) -> str:
    """Return the text that parses to this tree."""
    match rule:
        case Constant(value):
            return repr(value) if isinstance(value, bool | str) else f"{value.normalize():f}"
        case Name(name):
            return name
        case Sum(left, sign, right):
            return f"{write(left)} {sign} {_bracket(right, Sum)}"
        case Compare(left, how, right):
            return f"{_bracket(left, Compare)} {how} {_bracket(right, Compare)}"
        case Not(inner):
            return f"not {_bracket(inner, Both)}"
        case Both(how, rules):
            return f" {how} ".join(_bracket(each, Both) for each in rules)


def _bracket(rule: Rule, kind: type) -> str:
    return f"({write(rule)})" if isinstance(rule, kind | Both) else write(rule)
