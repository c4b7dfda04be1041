"""Conditions are exact, and nothing else than conditions."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows import rules
from workflows.rules import Both, Compare, Constant, Name, Not, Rule, RuleError, Sum

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
