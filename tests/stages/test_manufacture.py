"""From a need to what was made: components promised, issued, brought back; the product with its cost and its family."""

import pytest
from sqlalchemy import text

from app.doctor import examine
from bot import conversation
from inventory_core import bills, genealogy, items, lots
from inventory_core.bill import Bill, Component
from inventory_core.db.engine import reading, writing
from tests.inventory_core.stock import Stock
from tests.world import World
from workflows import asides
from workflows.cards import Done, Refused
from workflows.intents import Sender


@pytest.fixture
def stock(world: World) -> Stock:
    """Two wheels of two lots, one frame and a strip of 2.5 m of tape make a bike; of tape a tenth is lost."""
    made = Stock(world)
    for lot, amount, value in (("W-1", 6, 60), ("W-2", 14, 140)):
        made.post((made.lot("WHEEL", number=lot), amount, "SUPPLIER", "A-1", value * 10_000))
    made.post((made.lot("FRAME", number="F-1"), 10, "SUPPLIER", "A-1", 1_000_0000))
    world.given_item("TAPE", precision=2, tracking="none")
    with reading(world.engine) as db:
        tape = items.by_code(db, "TAPE").id
    made.post(((tape, 0), 10_000, "SUPPLIER", "A-1", 100_0000))
    bike = world.given_item("BIKE", tracking="serial")
    with writing(world.engine) as db:
        parts = Component(items.by_code(db, "WHEEL").id, 2, 1), Component(items.by_code(db, "FRAME").id, 1, 1)
        bills.define(db, Bill(bike, (*parts, Component(tape, 250, 1, 10))))
    return made


def make(world: World, quantity: str, item: str = "BIKE") -> Done | Refused:
    opened = conversation.answer(
        world.desk, Sender("web", "", "otto"), world.address("otto"), "new work_order", dedupe=f"m:{next(world.ids)}"
    ).form
    assert opened is not None
    return world.send("otto", opened.token, {"item": item, "quantity": quantity, "due": "2026-11-20"})


def test_four_bikes_are_made_at_what_went_into_them_and_each_knows_its_parts(stock: Stock) -> None:
    world = stock.world
    assert isinstance(make(world, "4"), Done)
    assert [stock.held(each).promised for each in ("WHEEL", "FRAME", "TAPE")] == [8, 4, 1_100]
    (card,) = world.inbox("lin")
    assert [fact.value for row in card.rows for fact in row.figures] == ["8 pc", "4 pc", "11 pc"]
    world.tap("lin", "All issued")
    assert [stock.held(each).total for each in ("WHEEL", "FRAME", "TAPE")] == [12, 6, 8_900]
    form = world.open_form("lin", "Report, material is left")
    assert [each.default for each in form.fields][:5] == ["0", "0", "0", "4", "0"]
    world.tap("lin", "Report, material is left", {"made": "4", "returned.3": "1"})
    assert stock.held("BIKE").available == 4
    assert stock.held("TAPE").total == 9_000
    assert stock.value("BIKE") == 80_0000 + 400_0000 + 10_0000
    with reading(world.engine) as db:
        numbers = db.execute(text("SELECT number FROM lots WHERE item_id = (SELECT id FROM items WHERE code = 'BIKE')"))
        bikes = numbers.scalars().all()
        trace = lots.trace(db, bikes[0])
        assert len(bikes) == 4 and trace is not None
        up = genealogy.family(db, trace.lot_id).upstream
        wheel = lots.trace(db, "W-1")
        assert wheel is not None
        down = genealogy.family(db, wheel.lot_id).downstream
    assert {each.number for each in up} == {"W-1", "W-2", "F-1"}
    assert {each.number for each in down} == set(bikes)
    assert examine(world.engine) == []


def test_what_has_no_bill_is_not_made(stock: Stock) -> None:
    unknown = make(stock.world, "1", "WHEEL")
    assert isinstance(unknown, Refused) and unknown.words.startswith("WHEEL has no bill of materials.")
    assert examine(stock.world.engine) == []


def test_more_than_the_bill_asks_is_approved_first(stock: Stock) -> None:
    world = stock.world
    make(world, "2")
    answers = {"issued.1": "5", "issued.2": "2", "issued.3": "5.5", "reason": "one wheel is bent"}
    world.tap("lin", "Something differs", answers)
    assert stock.held("WHEEL").total == 20
    world.tap("otto", "Only what the bill asks")
    world.tap("lin", "Something differs", answers)
    world.tap("otto", "Approve")
    assert stock.held("WHEEL").total == 15
    world.tap("lin", "Report output", {"made": "2"})
    assert stock.value("BIKE") == 50_0000 + 200_0000 + 5_5000
    assert examine(world.engine) == []


def test_no_more_comes_back_than_went(stock: Stock) -> None:
    world = stock.world
    make(world, "2")
    world.tap("lin", "All issued")
    refused = world.tap("lin", "Report, material is left", {"made": "2", "returned.1": "5"})
    assert isinstance(refused, Refused) and "at most 4 pc" in refused.errors["returned.1"]
    nothing = world.tap("lin", "Report output", {"made": "0"})
    assert isinstance(nothing, Refused) and "makes nothing" in nothing.words
    assert stock.held("BIKE").total == 0
    assert examine(world.engine) == []


@pytest.mark.parametrize("is_issued", [False, True])
def test_an_order_is_given_up_before_and_after_its_material_went_out(stock: Stock, is_issued: bool) -> None:
    world = stock.world
    make(world, "2")
    if is_issued:
        world.tap("lin", "All issued")
    with writing(world.engine) as db:
        case = db.execute(text("SELECT MAX(id) FROM flow_instances")).scalar_one()
        asides.cancel(db, world.desk, case, world.person("otto"), "the customer waits no longer")
    assert [stock.held(each).total for each in ("WHEEL", "FRAME", "TAPE")] == [20, 10, 10_000]
    assert [stock.held(each).promised for each in ("WHEEL", "FRAME", "TAPE")] == [0, 0, 0]
    assert examine(world.engine) == []


def test_a_newer_bill_counts_for_new_orders_and_leaves_the_running_ones(stock: Stock) -> None:
    world = stock.world
    make(world, "1")
    with writing(world.engine) as db:
        frame, bike = items.by_code(db, "FRAME").id, items.by_code(db, "BIKE").id
        bills.define(db, Bill(bike, (Component(frame, 1, 1),)))
    (card,) = world.inbox("lin")
    assert len(card.rows) == 3
    make(world, "1")
    assert sorted(len(each.rows) for each in world.inbox("lin")) == [1, 3]


def test_components_on_two_lines_come_back_as_different_lots(stock: Stock) -> None:
    world = stock.world
    with writing(world.engine) as db:
        wheel, bike = items.by_code(db, "WHEEL").id, items.by_code(db, "BIKE").id
        bills.define(db, Bill(bike, (Component(wheel, 1, 1), Component(wheel, 1, 1))))
    make(world, "9")
    world.tap("lin", "All issued")
    assert stock.held("WHEEL").total == 2
    world.tap("lin", "Report, material is left", {"made": "9", "returned.1": "7", "returned.2": "7"})
    assert stock.held("WHEEL").total == 16
    assert stock.value("WHEEL") == 160_0000
    with reading(world.engine) as db:
        lying = {(each.lot, each.location): each.quantity for each in items.lying(db, wheel)}
    assert sum(quantity for (lot, _), quantity in lying.items() if lot == "W-1") == 2
    assert examine(world.engine) == []


def test_what_is_walked_to_first_stands_first_on_the_pick_list(stock: Stock) -> None:
    world = stock.world
    with writing(world.engine) as db:
        db.execute(
            text("""
                INSERT INTO locations (kind, code, walk_order, parent_id)
                SELECT 'bin', 'B-9', 9, parent_id FROM locations WHERE code = 'A-1'
            """)
        )
    for lot in ("W-3",):
        stock.post((stock.lot("WHEEL", number=lot), 5, "SUPPLIER", "B-9", 50_0000))
    with reading(world.engine) as db:
        wheels = items.lying(db, items.by_code(db, "WHEEL").id)
    stock.post(*[((items_id(world, "WHEEL"), each.lot_id), each.quantity, each.location, "B-9") for each in wheels[:2]])
    make(world, "1")
    (card,) = world.inbox("lin")
    assert [row.detail.split(" · ")[0] for row in card.rows] == ["FRAME", "TAPE", "WHEEL"]


def items_id(world: World, code: str) -> int:
    with reading(world.engine) as db:
        return items.by_code(db, code).id
