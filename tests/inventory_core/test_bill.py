"""Bills over several levels: what they need, the order of their levels, rings, and what the made items cost."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from inventory_core import bills, items
from inventory_core.bill import Alternative, Bill, Bills, ByProduct, Component, explode, low_level_codes, ring, roll_up
from inventory_core.db.engine import reading, writing
from inventory_core.errors import BillRing, SharesTooLarge
from tests.world import World

DAY = dt.date(2026, 11, 18)


@st.composite
def acyclic(draw: st.DrawFn) -> Bills:
    """Bills in which an item goes only into items of a lower number, in whole pieces and without scrap."""
    count = draw(st.integers(2, 8))
    made = {}
    for item_id in range(count):
        parts = draw(st.lists(st.integers(item_id + 1, count), max_size=4))  # the same part may stand on two lines
        if parts:
            made[item_id] = Bill(item_id, tuple(Component(each, draw(st.integers(1, 5)), 1) for each in parts))
    made.setdefault(0, Bill(0, (Component(count, 1, 1),)))
    return made


def plainly(made: Bills, item_id: int, amount: int, into: dict[int, int]) -> None:
    for part in made[item_id].components if item_id in made else ():
        into[part.item_id] = into.get(part.item_id, 0) + amount * part.quantity
        plainly(made, part.item_id, amount * part.quantity, into)


@given(acyclic(), st.integers(1, 50))
def test_what_an_explosion_needs_is_the_plain_recursive_sum(made: Bills, amount: int) -> None:
    expected: dict[int, int] = {}
    plainly(made, 0, amount, expected)
    found = explode(made, 0, amount)
    assert {each.item_id: each.gross for each in found} == expected
    assert all(each.net == each.gross for each in found)


@given(acyclic(), st.integers(1, 50), st.dictionaries(st.integers(1, 8), st.integers(0, 100)))
def test_what_is_free_is_needed_less_and_never_more(made: Bills, amount: int, free: dict[int, int]) -> None:
    whole = {each.item_id: each.gross for each in explode(made, 0, amount)}
    for each in explode(made, 0, amount, free=free):
        assert each.net == max(each.gross - free.get(each.item_id, 0), 0)
        assert each.gross <= whole[each.item_id]


@given(acyclic())
def test_an_item_is_at_a_lower_level_than_all_that_it_goes_into(made: Bills) -> None:
    codes = low_level_codes(made)
    assert not ring(made)
    for bill in made.values():
        assert all(codes[each.item_id] > codes[bill.item_id] for each in bill.components)


@given(acyclic(), st.integers(1, 50), st.lists(st.integers(0, 10**7), min_size=9, max_size=9))
def test_a_rolled_up_cost_is_what_the_bought_parts_cost(made: Bills, amount: int, prices: list[int]) -> None:
    rolled = roll_up(made, dict(enumerate(prices)), dict.fromkeys(range(9), 0))
    bought = [each for each in explode(made, 0, amount) if each.item_id not in made]
    assert rolled[0] * amount == sum(each.gross * prices[each.item_id] for each in bought)


def test_scrap_and_a_ratio_are_rounded_up_to_whole_smallest_units() -> None:
    assert Component(1, 250, 1, 10).needed(4) == 1_100
    assert Component(1, 1, 3).needed(4) == 2
    assert (Alternative(2, 3, 2).instead_of(5), Alternative(2, 3, 2).covers(8)) == (8, 5)
    assert ByProduct(1, 1, 3).expected(5) == 1


def test_a_cost_is_rounded_once_an_item_half_to_even_and_less_what_the_by_products_carry() -> None:
    third = {1: Bill(1, (Component(2, 1, 2),)), 3: Bill(3, (Component(4, 500, 1, 10),), (ByProduct(5, 1, 1, 20),))}
    rolled = roll_up(third, {2: 5, 4: 2_0000}, {1: 0, 2: 0, 3: 0, 4: 3, 5: 0})
    assert rolled == {1: 2, 3: 8_800}  # 2.5 is 2; 0.55 at 2.0000 is 1.1, of which 80 % stay


def test_items_that_go_into_each_other_are_named_as_a_ring() -> None:
    made = {1: Bill(1, (Component(2, 1, 1),)), 2: Bill(2, (Component(3, 1, 1),)), 3: Bill(3, (Component(2, 1, 1),))}
    assert ring(made) == (2, 3, 2)
    assert ring({1: Bill(1, (Component(1, 1, 1),))}) == (1, 1)


def test_a_bill_that_closes_a_ring_over_two_levels_is_refused_and_not_kept(world: World) -> None:
    bike, wheel, rim = (world.given_item(code) for code in ("BIKE", "WHEEL", "RIM"))
    with writing(world.engine) as db:
        bills.define_all(db, [Bill(bike, (Component(wheel, 2, 1),)), Bill(wheel, (Component(rim, 1, 1),))])
    with pytest.raises(BillRing) as refused, writing(world.engine) as db:
        bills.define(db, Bill(rim, (Component(bike, 1, 1),)))
    assert set(str(refused.value.params["ring"]).split(" → ")) == {"BIKE", "WHEEL", "RIM"}
    with reading(world.engine) as db:
        assert bills.in_force(db, rim, DAY) is None


def test_by_products_carry_no_more_than_the_whole_cost(world: World) -> None:
    board, dust = world.given_item("BOARD"), world.given_item("DUST")
    outputs = ByProduct(dust, 1, 1, 60), ByProduct(dust, 1, 1, 50)
    with pytest.raises(SharesTooLarge), writing(world.engine) as db:
        bills.define(db, Bill(board, (), outputs))


def test_a_version_counts_from_its_day_on_and_of_one_day_the_newest(world: World) -> None:
    bike, wheel = world.given_item("BIKE"), world.given_item("WHEEL")
    tomorrow = DAY + dt.timedelta(days=1)
    with writing(world.engine) as db:
        for quantity, day in ((1, None), (3, tomorrow), (2, None)):
            bills.define(db, Bill(bike, (Component(wheel, quantity, 1),), valid_from=day))

    def quantity(day: dt.date) -> int:
        with reading(world.engine) as db:
            bill = bills.in_force(db, bike, day)
        assert bill is not None
        return bill.components[0].quantity

    assert [quantity(DAY), quantity(tomorrow)] == [2, 3]


def test_a_bill_is_read_as_it_was_written_and_an_item_may_be_backflushed_everywhere(world: World) -> None:
    bike, wheel, alloy, screw, dust = (world.given_item(each) for each in ("BIKE", "WHEEL", "ALLOY", "SCREW", "DUST"))
    with writing(world.engine) as db:
        db.execute(text("UPDATE items SET is_backflushed = 1 WHERE code = 'SCREW'"))
        parts = Component(wheel, 2, 1, 5, False, (Alternative(alloy, 3, 2),)), Component(screw, 8, 1)
        bills.define(db, Bill(bike, parts, (ByProduct(dust, 1, 4, 3),), DAY))
        found = bills.in_force(db, bike, DAY)
        assert found == Bill(bike, (parts[0], Component(screw, 8, 1, 0, True)), (ByProduct(dust, 1, 4, 3),), DAY)
        assert bills.in_force(db, bike, DAY - dt.timedelta(days=1)) is None


def test_a_bought_part_costs_its_standard_or_what_the_stock_is_worth(world: World) -> None:
    bike, wheel, rim = (world.given_item(code) for code in ("BIKE", "WHEEL", "RIM"))
    with writing(world.engine) as db:
        bills.define_all(db, [Bill(bike, (Component(wheel, 2, 1),)), Bill(wheel, (Component(rim, 3, 1),))])
        assert bills.standard_cost(db, bike, DAY) == 0
        db.execute(text("INSERT INTO item_values (item_id, quantity, value) VALUES (:rim, 4, 40000)"), {"rim": rim})
        assert bills.standard_cost(db, bike, DAY) == 6_0000
        db.execute(text("UPDATE items SET standard_cost = 20000 WHERE id = :rim"), {"rim": rim})
        assert bills.standard_cost(db, bike, DAY) == 12_0000
        assert items.by_id(db, bike).code == "BIKE"
