"""Other units: exact ratios, no remainder made or lost, and a sentence where it does not come out even."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from inventory_core import items, units
from inventory_core.db.engine import reading, writing
from inventory_core.errors import InexactQuantity, NegativeQuantity, UnknownUnit
from inventory_core.items import Item
from inventory_core.units import Unit, to_smallest
from tests.inventory_core.stock import Stock
from tests.world import World
from workflows.phrases import say_error

BOX = Unit("box", Fraction(9))
POUND = Unit("lb", Fraction(453_592_292, 1_000_000_000), is_rounded=True)


def with_units(world: World, code: str, **ratios: tuple[int, int]) -> Item:
    world.given_item(code)
    with writing(world.engine) as db:
        item = items.by_code(db, code)
        for unit, (numerator, denominator) in ratios.items():
            db.execute(
                text("""
                    INSERT INTO item_units (item_id, unit, numerator, denominator) VALUES (:item, :unit, :num, :den)
                """),
                {"item": item.id, "unit": unit, "num": numerator, "den": denominator},
            )
    return item


def test_a_box_of_nine_is_issued_piece_by_piece_to_nothing(stock: Stock) -> None:
    item = with_units(stock.world, "NOS", box=(9, 1))
    lot = stock.lot("NOS")
    with reading(stock.world.engine) as db:
        received = units.parse(db, item, "1 box")
    stock.post((lot, received, "SUPPLIER", "A-1", 100))
    for _ in range(9):
        stock.post((lot, 1, "A-1", "PRODUCTION"))
    assert (stock.held("NOS").total, stock.value("NOS")) == (0, 0)


def test_pounds_become_kilograms_by_their_ratio() -> None:
    assert to_smallest("2138.484", POUND, precision=3) == 970_000


def test_five_boxes_of_twelve_are_sixty_and_one_piece_of_a_dozen_is_one() -> None:
    dozen = Unit("dozen", Fraction(12))
    assert to_smallest("5", dozen, precision=0) == 60
    assert to_smallest("1", Unit("pc", Fraction(1)), precision=0) == 1


def test_what_does_not_come_out_even_is_refused_with_a_sentence() -> None:
    half = Unit("pair", Fraction(1, 2))
    with pytest.raises(InexactQuantity) as refused:
        to_smallest("3", half, precision=0)
    assert say_error("en", refused.value) == "3 pair has too many decimal places: pair is counted in 0."
    with pytest.raises(NegativeQuantity):
        to_smallest("-1", BOX, precision=0)


def test_a_person_names_the_unit_or_leaves_it_out(world: World) -> None:
    item = with_units(world, "CHAIN", box=(12, 1), 箱=(12, 1))
    with reading(world.engine) as db:
        assert [units.parse(db, item, each) for each in ("7", "7 pc", "2 box", "2BOX", "2箱", "２箱", "0.5 box")] == [
            7, 7, 24, 24, 24, 24, 6,
        ]  # fmt: skip
        with pytest.raises(UnknownUnit) as refused:
            units.parse(db, item, "2 crates")
    assert say_error("en", refused.value) == "CHAIN is not counted in “crates”. It is counted in: pc, box, 箱."


@given(st.integers(0, 10**9), st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 6))
def test_what_was_converted_is_exact_or_refused(number: int, numerator: int, denominator: int, precision: int) -> None:
    ratio = Fraction(numerator, denominator)
    try:
        found = to_smallest(str(number), Unit("u", ratio), precision=precision)
    except InexactQuantity:
        assert (number * ratio * 10**precision).denominator != 1
    else:
        assert Fraction(found, 10**precision) == number * ratio


@given(st.integers(0, 10**9), st.integers(1, 10**4))
def test_what_is_written_in_a_unit_adds_up(amount: int, size: int) -> None:
    item = Item(1, "X", "X", "pc", 0, 0, 0, 0)
    written = units.write(amount, item, Unit("box", Fraction(size)))
    counts = {part.split()[1]: int(part.split()[0].replace(",", "")) for part in written.split(" + ")}
    assert counts.get("box", 0) * size + counts.get("pc", 0) == amount


def test_an_issue_in_chat_may_name_the_unit(stock: Stock) -> None:
    from bot import conversation
    from workflows.intents import Sender

    world = stock.world
    with_units(world, "CHAIN", box=(12, 1))
    stock.post((stock.lot("CHAIN"), 100, "SUPPLIER", "A-1"))
    for said, left in (("issue CHAIN 2 box", 76), ("issue chain 6", 70), ("领料 CHAIN 1box", 58)):
        conversation.answer(
            world.desk, Sender("web", "", "lin"), world.address("lin"), said, dedupe=f"u{next(world.ids)}"
        )
        assert world.on_hand("CHAIN").total == left
