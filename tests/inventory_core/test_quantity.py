"""Numbers as people write them, to whole smallest units and back: exactly, or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_core.errors import InexactQuantity, NegativeQuantity, NotANumber, RuleBroken
from inventory_core.quantity import parse_money, parse_quantity, worth, write_money, write_quantity
from workflows.phrases import say_error


@pytest.mark.parametrize(
    ("words", "precision", "amount"),
    [
        ("550", 0, 550),
        (" 550 ", 0, 550),
        ("1,000", 0, 1_000),
        ("12,345,678", 0, 12_345_678),
        ("1,234.5", 1, 12_345),
        ("12.5", 3, 12_500),
        ("12.500", 1, 125),
        ("0", 0, 0),
        ("-0", 0, 0),
        ("５５０", 0, 550),
        ("１２．５", 1, 125),
        ("1e3", 0, 1_000),
    ],
)
def test_what_a_person_writes_is_read_exactly(words: str, precision: int, amount: int) -> None:
    assert parse_quantity(words, precision=precision) == amount


@pytest.mark.parametrize(
    "words", ["", "  ", "many", "1,00", "1,0000", "1_000", "NaN", "Infinity", "1e99", "--1", "1 2", "五"]
)
def test_what_is_no_number_is_refused(words: str) -> None:
    with pytest.raises(NotANumber):
        parse_quantity(words, precision=0)


def test_less_than_nothing_is_refused() -> None:
    for words in ("-1", "\u22121", "－1"):
        with pytest.raises(NegativeQuantity):
            parse_quantity(words, precision=0)


def test_what_the_unit_can_not_say_is_refused_with_a_sentence() -> None:
    with pytest.raises(InexactQuantity) as refused:
        parse_quantity("2.5", precision=0, unit="pc")
    assert say_error("en", refused.value) == "2.5 has too many decimal places: pc is counted in 0."
    assert "2.5" in say_error("zh", refused.value)


@given(st.integers(0, 10**14), st.integers(0, 6))
def test_a_quantity_is_read_as_it_was_written(amount: int, precision: int) -> None:
    assert parse_quantity(write_quantity(amount, precision), precision=precision) == amount


@given(st.integers(0, 10**14))
def test_an_amount_is_read_as_it_was_written(amount: int) -> None:
    assert parse_money(write_money(amount)) == amount


@given(st.text(max_size=12), st.integers(0, 6))
def test_any_words_are_a_whole_number_or_a_rule(words: str, precision: int) -> None:
    try:
        assert isinstance(parse_quantity(words, precision=precision), int)
    except RuleBroken as error:
        assert say_error("en", error) and say_error("zh", error)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 6))
def test_worth_is_rounded_half_to_even_and_no_further(amount: int, price: int, precision: int) -> None:
    exact = Decimal(amount) * price / 10**precision
    assert worth(amount, price, precision=precision) == int(exact.quantize(Decimal(1), rounding="ROUND_HALF_EVEN"))


def test_half_a_ten_thousandth_goes_to_the_even_one() -> None:
    assert [worth(amount, 1, precision=1) for amount in (5, 15, 25, 35)] == [0, 2, 2, 4]
