"""Conditions are exact, and nothing else than conditions."""

import datetime as dt
import re
from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows import rules
from workflows.rules import Both, Compare, Constant, Kind, Name, Not, Product, Rule, RuleError, Sum

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**9, places=4).map(Constant)
sums = st.builds(Sum, st.just(Name("value")), st.sampled_from(["+", "-"]), numbers)
comparisons = st.builds(
    Compare, st.one_of(st.just(Name("value")), sums), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), numbers
)
conditions = st.recursive(
    st.one_of(comparisons, st.just(Name("short"))),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Both, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=5,
)


@given(conditions)
def test_a_tree_prints_to_text_that_means_the_same(rule: Rule) -> None:
    again = rules.parse(rules.write(rule))
    for short in (True, False):
        for value in (Decimal(0), Decimal("50000"), Decimal("50000.0001")):
            values = {"value": value, "short": short}
            assert rules.evaluate(again, values) == rules.evaluate(rule, values)
    assert rules.write(again) == rules.write(rule)


def test_a_ten_thousandth_above_the_limit_is_above_it() -> None:
    rule = rules.parse("value > 50000")
    assert rules.evaluate(rule, {"value": Decimal("50000.0001")})
    assert not rules.evaluate(rule, {"value": Decimal("50000")})


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('id')",
        "amount.__class__",
        "9**9**9",
        "(" * 10_000 + "1" + ")" * 10_000,
        "[x for x in y]",
        "lambda: 1",
        "value if short else 1",
        "f'{value}'",
        "value[0]",
        "1 < value < 3",
        "",
        "not " * 30 + "short",
        "1e400 > value",
    ],
)
def test_what_is_no_condition_is_refused_when_it_is_written(text: str) -> None:
    with pytest.raises(RuleError):
        rules.kind_of(rules.parse(text), {"value": "number", "short": "boolean", "amount": "number"})


@pytest.mark.parametrize("text", ["value and short", "short > 1", "short + 1", "unknown", "'a' < 'b'", "not value"])
def test_kinds_that_do_not_fit_are_refused(text: str) -> None:
    with pytest.raises(RuleError):
        rules.kind_of(rules.parse(text), {"value": "number", "short": "boolean"})


_LITERAL = re.compile(r"'(\d{4}-\d\d-\d\d)'|'[^']*'|\"[^\"]*\"|\b\d+(?:\.\d+)?\b")


def _in_python(found: re.Match[str]) -> str:
    if found[1]:
        return f"day({found[0]})"
    return found[0] if found[0][0] in "'\"" else f"Decimal('{found[0]}')"


_terms = st.recursive(
    st.one_of(numbers, st.sampled_from([Name("value"), Name("price")])),
    lambda inner: st.one_of(
        st.builds(Sum, inner, st.sampled_from(["+", "-"]), inner), st.builds(Product, inner, inner)
    ),
    max_leaves=4,
)
_dates = st.one_of(
    st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)).map(lambda day: Constant(day.isoformat())), st.just(Name("due"))
)
_whole = st.recursive(
    st.one_of(
        st.builds(Compare, _terms, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), _terms),
        st.builds(Compare, st.just(Name("due")), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), _dates),
        st.builds(Compare, st.just(Name("kind")), st.sampled_from(["==", "!="]), st.sampled_from(
            [Constant("tools"), Constant("it's"), Constant("料")])),
        st.just(Name("short")),
    ),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Both, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)  # fmt: skip
_money = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6, places=4)


@settings(max_examples=1_000, deadline=None)
@given(
    _whole,
    _money,
    _money,
    st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)),
    st.booleans(),
    st.sampled_from(["tools", "it's", "料"]),
)
def test_a_condition_says_what_python_says_of_decimals(
    rule: Rule, value: Decimal, price: Decimal, due: dt.date, short: bool, kind: str
) -> None:
    names: dict[str, Kind] = {
        "value": "number", "price": "number", "due": "date", "short": "boolean", "kind": "text",
    }  # fmt: skip
    text = rules.write(rule)
    assert rules.kind_of(rules.parse(text), names) == "boolean"
    here = rules.evaluate(rules.parse(text), {"value": value, "price": price, "due": due, "short": short, "kind": kind})
    python = _LITERAL.sub(_in_python, text)
    with localcontext(prec=400):
        assert here == eval(  # noqa: S307 (the text is our own)
            python,
            {"Decimal": Decimal, "day": dt.date.fromisoformat, "value": value, "price": price, "due": due,
             "short": short, "kind": kind},
        )  # fmt: skip


def test_what_is_not_answered_yet_meets_no_condition() -> None:
    for text, expected in (
        ("value > 5", False), ("value <= 5", False), ("value == 5", False), ("value != 5", True),
        ("value + 1 > 5", False), ("not value > 5", True), ("short", False), ("due < '2026-01-01'", False),
    ):  # fmt: skip
        values = {"value": None, "short": None, "due": None}
        assert bool(rules.evaluate(rules.parse(text), values)) is expected, text


def test_days_are_added_to_a_date() -> None:
    rule = rules.parse("due > today + 7")
    values: dict[str, rules.Value] = {"today": dt.date(2026, 11, 25), "due": dt.date(2026, 12, 3)}
    assert rules.kind_of(rule, {"today": "date", "due": "date"}) == "boolean"
    assert rules.evaluate(rule, values)
    assert not rules.evaluate(rule, {**values, "due": dt.date(2026, 12, 2)})
    with pytest.raises(RuleError):
        rules.kind_of(rules.parse("due > 'tomorrow'"), {"due": "date"})
