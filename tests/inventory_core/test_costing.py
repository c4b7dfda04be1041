"""What goods are worth: by average, by lot first in first out, at a standard; freight and late prices; no cent lost."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.doctor import examine
from inventory_core import revaluation
from inventory_core.db.engine import reading, writing
from inventory_core.errors import DedupeConflict, NotEnoughStock
from tests.inventory_core.stock import Stock
from tests.world import World


def valued(stock: Stock, code: str, method: str, *, standard: int = 0) -> None:
    stock.world.given_item(code)
    with writing(stock.world.engine) as db:
        db.execute(
            text("UPDATE items SET costing = :method, standard_cost = :standard WHERE code = :code"),
            {"method": method, "standard": standard, "code": code},
        )


def variances(stock: Stock) -> list[int]:
    with reading(stock.world.engine) as db:
        return [int(row) for row in db.execute(text("SELECT to_variance FROM value_lines ORDER BY id")).scalars()]


def land(stock: Stock, receipt: int, amount: int, *, key: str = "freight") -> int:
    world = stock.world
    with writing(world.engine) as db:
        return revaluation.land(
            db,
            receipt,
            amount,
            dedupe_key=key,
            reason="freight",
            employee_id=None,
            day=world.desk.today(),
            now=world.now,
        )


def reprice(stock: Stock, receipt: int, item_id: int, difference: int) -> None:
    world = stock.world
    with writing(world.engine) as db:
        revaluation.revalue(
            db,
            receipt,
            {item_id: difference},
            kind="price_difference",
            dedupe_key=f"bill:{next(world.ids)}",
            reason="bill",
            employee_id=None,
            day=world.desk.today(),
            now=world.now,
        )


@pytest.mark.parametrize("tracking", ["none", "lot"])
def test_first_in_first_out_values_what_is_left_at_its_own_cost(stock: Stock, tracking: str) -> None:
    valued(stock, "NUT", "fifo")
    first = stock.lot("NUT")
    lots = [first, (first[0], 0) if tracking == "none" else stock.lot("NUT")]
    if tracking == "none":
        lots[0] = first[0], 0
    stock.post((lots[0], 5, "SUPPLIER", "A-1", 25))
    stock.post((lots[0], 5, "A-1", "CUSTOMER"))
    assert stock.value("NUT") == 0
    stock.post((lots[1], 10, "SUPPLIER", "A-1", 70))
    stock.post((lots[1], 7, "A-1", "CUSTOMER"))
    assert (stock.held("NUT").total, stock.value("NUT")) == (3, 21)
    assert examine(stock.world.engine) == []


def test_a_lot_leaves_at_what_it_cost(stock: Stock) -> None:
    valued(stock, "NUT", "fifo")
    cheap, dear = stock.lot("NUT"), stock.lot("NUT")
    stock.post((cheap, 10, "SUPPLIER", "A-1", 100), (dear, 10, "SUPPLIER", "A-1", 300))
    stock.post((dear, 1, "A-1", "CUSTOMER"))
    assert stock.value("NUT") == 370
    stock.post((cheap, 10, "A-1", "CUSTOMER"))
    assert stock.value("NUT") == 270


def test_the_standard_is_kept_and_the_price_difference_told(stock: Stock) -> None:
    valued(stock, "NUT", "standard", standard=20)
    nut = stock.lot("NUT")
    stock.post((nut, 10, "SUPPLIER", "A-1", 230))
    assert (stock.value("NUT"), variances(stock)) == (200, [-30])
    stock.post((nut, 4, "A-1", "PRODUCTION"))
    assert stock.value("NUT") == 120
    stock.post((nut, 6, "A-1", "PRODUCTION"))
    assert stock.value("NUT") == 0
    assert examine(stock.world.engine) == []


def test_a_return_goes_at_the_cost_it_came_with_and_the_difference_is_told(stock: Stock) -> None:
    nut = stock.lot("NUT")
    stock.post((nut, 10, "SUPPLIER", "A-1", 100))
    stock.post((nut, 10, "SUPPLIER", "A-1", 300))
    stock.post((nut, 5, "A-1", "SUPPLIER", 50))  # of the first ten, which cost 10 each; the average is 20
    assert (stock.value("NUT"), variances(stock)) == (300, [-50])
    assert examine(stock.world.engine) == []


def test_a_receipt_that_is_reversed_late_leaves_no_cent_behind(stock: Stock) -> None:
    nut = stock.lot("NUT")
    first = stock.post((nut, 10, "SUPPLIER", "A-1", 100))
    second = stock.post((nut, 10, "SUPPLIER", "A-1", 300))
    stock.reverse(first)
    assert (stock.value("NUT"), variances(stock)) == (200, [-100])
    stock.reverse(second)
    assert (stock.held("NUT").total, stock.value("NUT"), variances(stock)) == (0, 0, [-100, 100])
    assert examine(stock.world.engine) == []


@pytest.mark.parametrize(("method", "left"), [("average", 100 + 40), ("fifo", 100 + 40), ("standard", 0)])
def test_freight_comes_to_what_is_left_and_the_rest_is_a_difference(stock: Stock, method: str, left: int) -> None:
    valued(stock, "NUT", method)
    nut = stock.lot("NUT")
    receipt = stock.post((nut, 10, "SUPPLIER", "A-1", 250))
    stock.post((nut, 6, "A-1", "PRODUCTION"))
    movement = land(stock, receipt, 100)
    assert stock.value("NUT") == left
    assert variances(stock)[-1] == (-60 if method != "standard" else -100)
    assert land(stock, receipt, 100) == movement
    with pytest.raises(DedupeConflict):
        land(stock, receipt, 101)
    assert examine(stock.world.engine) == []


def test_freight_is_spread_by_value_without_a_rest(stock: Stock) -> None:
    parts = [stock.lot(f"P-{number}") for number in range(3)]
    receipt = stock.post(*((each, 1, "SUPPLIER", "A-1", 333) for each in parts))
    land(stock, receipt, 100)
    assert sum(stock.value(f"P-{number}") for number in range(3)) == 999 + 100


def test_a_price_that_falls_after_half_was_used_makes_no_negative_cost(stock: Stock) -> None:
    nut = stock.lot("NUT")
    receipt = stock.post((nut, 10, "SUPPLIER", "A-1", 20_000))
    stock.post((nut, 6, "A-1", "PRODUCTION"))
    reprice(stock, receipt, nut[0], 10 * (5 - 2_000))
    assert (stock.value("NUT"), variances(stock)) == (20, [11_970])
    assert examine(stock.world.engine) == []


def test_a_cancelled_receipt_is_gone_from_quantity_and_value_at_once(stock: Stock) -> None:
    nut = stock.lot("NUT")
    stock.reverse(stock.post((nut, 2, "SUPPLIER", "A-1", 20)))
    assert (stock.held("NUT").total, stock.value("NUT")) == (0, 0)


steps = st.lists(
    st.tuples(st.sampled_from(["in", "out", "back", "land"]), st.integers(1, 20), st.integers(0, 5_000)), max_size=20
)


@given(steps, st.sampled_from(["average", "fifo", "standard"]))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_no_cent_is_lost_whatever_happens(shop: World, wanted: list[tuple[str, int, int]], method: str) -> None:
    stock, code = Stock(shop), f"NUT-{next(shop.ids)}"
    valued(stock, code, method, standard=37)
    lot = stock.lot(code)
    receipts: list[int] = []
    for number, (what, quantity, value) in enumerate(wanted):
        try:
            if what == "in":
                receipts.append(stock.post((lot, quantity, "SUPPLIER", "A-1", value)))
            elif what == "out":
                stock.post((lot, quantity, "A-1", "PRODUCTION"))
            elif what == "back" and receipts:
                stock.reverse(receipts.pop())
            elif what == "land" and receipts:
                land(stock, receipts[-1], value, key=f"{code}:{number}")
        except NotEnoughStock:
            continue
        held = stock.held(code).total
        assert stock.value(code) >= 0 and (held or not stock.value(code))
    assert examine(shop.engine) == []
