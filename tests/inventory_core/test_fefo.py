"""First expired, first out: never more than is free, never what is past its date, and each spot once."""

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_core import fefo
from inventory_core.errors import NotEnoughStock
from inventory_core.items import Item, Lying

TODAY = dt.date(2026, 11, 26)
BOLT = Item(7, "BOLT", "Bolt", "kg", 3, 0, 0, 0)
NUMBERS = st.integers(0, 50)


def lying(lot: int, quantity: int, *, reserved: int = 0, status: str = "available", left: int | None = None) -> Lying:
    expires_on = None if left is None else TODAY + dt.timedelta(days=left)
    return Lying(7, 1, "A-1", lot, f"L-{lot}", status, quantity, reserved, expires_on, 1)


def test_what_comes_first_goes_first_as_far_as_it_is_free() -> None:
    there = [lying(1, 10, reserved=4), lying(2, 10, left=-1), lying(3, 10, status="blocked"), lying(4, 10, left=0)]
    assert [(each.lot, part) for each, part in fefo.walk(there, 9, today=TODAY)] == [("L-1", 6), ("L-4", 3)]


def test_what_is_kept_for_the_asker_is_theirs_and_what_a_line_took_is_gone() -> None:
    taken = Counter({(7, 1, 1): -4})
    there = [lying(1, 10, reserved=10), lying(2, 10)]
    assert [part for _, part in fefo.walk(there, 5, today=TODAY, taken=taken)] == [4, 1]
    assert [part for _, part in fefo.walk(there, 99, today=TODAY, taken=taken)] == [9]


def test_less_than_the_whole_is_refused_with_what_there_is() -> None:
    with pytest.raises(NotEnoughStock) as error:
        list(fefo.whole(BOLT, [lying(1, 1500)], 2000, today=TODAY))
    assert error.value.params == {
        "item": "BOLT", "place": "", "wanted": "2", "free": "1.5", "short": "0.5", "unit": "kg",
    }  # fmt: skip


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=6), NUMBERS)
def test_no_more_is_taken_than_is_wanted_or_free(spots: list[tuple[int, int]], wanted: int) -> None:
    there = [lying(lot, quantity, reserved=min(kept, quantity)) for lot, (quantity, kept) in enumerate(spots)]
    found = list(fefo.walk(there, wanted, today=TODAY))
    free = sum(each.quantity - each.reserved for each in there)
    assert sum(part for _, part in found) == min(wanted, free)
    assert all(0 < part <= each.quantity - each.reserved for each, part in found)
