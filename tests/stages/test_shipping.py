"""From a customer's order to goods on the way and back: promised, picked, sent, returned, inspected."""

import pytest
from sqlalchemy import text

from app.doctor import examine
from bot import conversation
from inventory_core import genealogy, lots
from inventory_core.db.engine import reading, writing
from notifier import relay
from tests.inventory_core.stock import Stock
from tests.world import World
from workflows import asides
from workflows.cards import Done, Refused
from workflows.intents import Sender


@pytest.fixture
def stock(world: World) -> Stock:
    """Ten pumps of two lots at 100 and 120 a piece, fifty bolts, and a customer."""
    made = Stock(world)
    made.post((made.lot("PUMP", number="P-1"), 6, "SUPPLIER", "A-1", 600_0000))
    made.post((made.lot("PUMP", number="P-2"), 4, "SUPPLIER", "A-1", 480_0000))
    made.post((made.lot("BOLT"), 50, "SUPPLIER", "A-1", 50_0000))
    with writing(world.engine) as db:
        db.execute(text("INSERT INTO partners (kind, code, name) VALUES ('customer', 'VELO', 'Velo Shop')"))
    return made


def order(world: World, *goods: tuple[str, str, str], by: str = "otto") -> Done | Refused:
    sender, chat = Sender("web", "", by), world.address(by)
    opened = conversation.answer(world.desk, sender, chat, "new shipment", dedupe=f"m:{next(world.ids)}").form
    assert opened is not None
    answers = {"customer": "VELO", "ship_by": "2026-11-20"}
    for number, (item, quantity, price) in enumerate(goods, 1):
        answers |= {f"goods.{number}.item": item, f"goods.{number}.quantity": quantity, f"goods.{number}.price": price}
    return world.send(by, opened.token, answers)


def ship(world: World) -> None:
    world.tap("lin", "All picked")
    world.tap("lin", "Shipped", {"carrier": "SF Express", "tracking": "SF100200300"})


def number_of(world: World, kind: str = "sales_order") -> str:
    with reading(world.engine) as db:
        return str(
            db.execute(text("SELECT number FROM documents WHERE kind = :k ORDER BY id DESC"), {"k": kind}).scalar()
        )


def test_an_order_is_promised_picked_and_sent_and_its_lots_are_known(stock: Stock) -> None:
    world = stock.world
    assert isinstance(order(world, ("PUMP", "8", "250"), ("BOLT", "20", "2")), Done)
    held = stock.held("PUMP")
    assert (held.total, held.promised, held.free) == (10, 8, 2)
    (card,) = world.inbox("lin")
    assert card.title == f"Order {number_of(world)} for Velo Shop"
    assert [row.detail for row in card.rows] == ["PUMP · A-1 6, A-1 2", "BOLT · A-1 20"]
    ship(world)
    held = stock.held("PUMP")
    assert (held.total, held.promised) == (2, 0)
    assert stock.value("PUMP") == 2 * 108_0000
    with reading(world.engine) as db:
        trace = lots.trace(db, "P-1")
        assert trace is not None
        family = genealogy.family(db, trace.lot_id)
    assert [(each.customer, each.quantity) for each in family.shipped] == [("Velo Shop", 6)]
    assert examine(world.engine) == []


def test_nothing_is_promised_twice_and_the_order_that_asks_too_much_keeps_nothing_before_it_is_decided(
    stock: Stock,
) -> None:
    world = stock.world
    order(world, ("PUMP", "8", "250"))
    order(world, ("BOLT", "5", "2"), ("PUMP", "3", "250"))
    assert (stock.held("PUMP").promised, stock.held("BOLT").promised) == (8, 0)
    assert examine(world.engine) == []


@pytest.mark.parametrize(
    ("goods", "says"),
    [(("PUMP", "1.5", "1"), "1.5 has too many decimal places"), (("PUMP", "-1", "1"), "-1 is below zero")],
)
def test_an_amount_that_can_not_be_is_told(stock: Stock, goods: tuple[str, str, str], says: str) -> None:
    refused = order(stock.world, goods)
    assert isinstance(refused, Refused) and refused.words.startswith(says)


def test_what_is_missing_is_sent_later_or_closed(stock: Stock) -> None:
    world = stock.world
    order(world, ("PUMP", "8", "250"))
    world.tap("lin", "Something is missing", {"picked.1": "5"})
    world.tap("lin", "Shipped", {"carrier": "SF Express"})
    assert (stock.held("PUMP").total, stock.held("PUMP").promised) == (5, 3)
    world.tap("otto", "Send it later")
    world.tap("lin", "Something is missing", {"picked.1": "0"})
    assert stock.held("PUMP").promised == 3
    world.tap("otto", "Send it later")
    assert isinstance(world.tap("lin", "Something is missing", {"picked.1": "4"}), Refused), "3 are open"
    world.tap("lin", "Something is missing", {"picked.1": "2"})
    world.tap("lin", "Shipped", {"carrier": "SF Express"})
    world.tap("otto", "Close it short")
    assert (stock.held("PUMP").total, stock.held("PUMP").promised) == (3, 0)
    assert examine(world.engine) == []


def test_a_short_pick_has_the_bins_counted_where_the_picker_was_sent(stock: Stock) -> None:
    world = stock.world
    stock.post((stock.lot("PUMP", number="P-3"), 9, "SUPPLIER", "A-1", 900_0000))
    order(world, ("PUMP", "8", "250"), ("BOLT", "20", "2"))
    world.tap("lin", "Something is missing", {"picked.1": "5", "picked.2": "20"})
    assert relay.start_waiting(world.desk) == 1
    sheet, order_card = world.inbox("lin")
    assert (order_card.title.split("-")[0], sheet.title.split("-")[0]) == ("Order SO", "Count CS")
    assert [row.detail for row in sheet.rows] == ["PUMP · A-1 · P-1", "PUMP · A-1 · P-2"]
    shipped = next(each for each in order_card.buttons if each.label == "Shipped")
    world.send("lin", shipped.token, {"carrier": "SF Express"})
    world.tap("otto", "Send it later")
    token = next(
        each.token for card in world.inbox("lin") for each in card.buttons if each.label == "Something is missing"
    )
    assert isinstance(world.send("lin", token, {"picked.1": "0", "picked.2": "0"}), Done)
    assert relay.start_waiting(world.desk) == 1, "the delivery asks now, and the sheet did already"


@pytest.mark.parametrize("is_shipped", [False, True])
def test_an_order_is_cancelled_before_and_after_it_went_out(stock: Stock, is_shipped: bool) -> None:
    world = stock.world
    order(world, ("PUMP", "8", "250"))
    if is_shipped:
        ship(world)
    with writing(world.engine) as db:
        case = db.execute(text("SELECT MAX(id) FROM flow_instances")).scalar_one()
        asides.cancel(db, world.desk, case, world.person("otto"), "the customer called")
    held = stock.held("PUMP")
    assert (held.total, held.promised, stock.value("PUMP")) == (10, 0, 1_080_0000)
    assert world.inbox("lin") == ()
    assert examine(world.engine) == []


def take_back(world: World, number: str) -> Done | Refused:
    sender, chat = Sender("web", "", "otto"), world.address("otto")
    opened = conversation.answer(world.desk, sender, chat, "new return", dedupe=f"m:{next(world.ids)}").form
    assert opened is not None
    return world.send("otto", opened.token, {"order": number, "why": "it drips"})


@pytest.mark.parametrize(
    ("way", "available", "blocked", "total"),
    [("restock", 5, 0, 5), ("repair", 2, 3, 5), ("scrap", 2, 0, 2), ("back", 2, 0, 2)],
)
def test_a_return_is_inspected_and_becomes_what_was_decided(
    stock: Stock, way: str, available: int, blocked: int, total: int
) -> None:
    world = stock.world
    order(world, ("PUMP", "8", "100"))
    ship(world)
    assert isinstance(take_back(world, number_of(world)), Done)
    (card,) = world.inbox("lin")
    assert [fact.value for row in card.rows for fact in row.figures] == ["8 pc"]
    assert isinstance(world.tap("lin", "Enter what came", {"received.1": "9"}), Refused)
    world.tap("lin", "Enter what came", {"received.1": "3"})
    held = stock.held("PUMP")
    assert (held.available, held.inspection) == (2, 3)
    world.tap("maria", "Decide", {"cause.1": "faulty", "disposition.1": way})
    held = stock.held("PUMP")
    assert (held.available, held.blocked, held.inspection, held.total) == (available, blocked, 0, total)
    assert stock.value("PUMP") == total * 108_0000
    assert examine(world.engine) == []


@pytest.mark.parametrize(
    ("label", "answers", "left"),
    [("Repaired", {"work": "a new seal"}, 5), ("It can not be repaired", {"reason": "x"}, 2)],
)
def test_what_is_repaired_is_stock_again_and_what_can_not_be_is_scrap(
    stock: Stock, label: str, answers: dict[str, str], left: int
) -> None:
    world = stock.world
    order(world, ("PUMP", "8", "100"))
    ship(world)
    take_back(world, number_of(world))
    world.tap("lin", "Enter what came", {"received.1": "3"})
    world.tap("maria", "Decide", {"cause.1": "faulty", "disposition.1": "repair"})
    world.tap("maria", label, answers)
    held = stock.held("PUMP")
    assert (held.available, held.blocked, held.total) == (left, 0, left)
    assert world.inbox("lin") == ()
    assert examine(world.engine) == []


def test_scrap_above_a_value_is_approved_by_somebody_else_or_looked_at_again(stock: Stock) -> None:
    world = stock.world
    order(world, ("PUMP", "8", "250"))
    ship(world)
    take_back(world, number_of(world))
    world.tap("lin", "Enter what came", {"received.1": "3"})
    world.tap("maria", "Decide", {"cause.1": "faulty", "disposition.1": "scrap"})
    assert [fact.value for fact in world.inbox("otto")[0].facts][-1] == "750.00 USD"
    world.tap("otto", "Inspect again", {"reason": "the seal can be changed"})
    world.tap("maria", "Decide", {"cause.1": "faulty", "disposition.1": "repair"})
    assert stock.held("PUMP").blocked == 3
    assert examine(world.engine) == []


def test_only_what_was_sent_and_has_not_come_back_is_offered(stock: Stock) -> None:
    world = stock.world
    order(world, ("PUMP", "8", "100"))
    refused = take_back(world, number_of(world))
    assert isinstance(refused, Refused) and refused.words.startswith("Nothing of order")
    ship(world)
    for expected in ("8", "5"):
        take_back(world, number_of(world))
        form = world.open_form("lin", "Enter what came")
        assert form.fields[0].default == expected
        world.tap("lin", "Enter what came", {"received.1": "3"})
        world.tap("maria", "Decide", {"cause.1": "unwanted", "disposition.1": "restock"})
    assert stock.held("PUMP").available == 8
    assert stock.value("PUMP") == 8 * 108_0000
    nothing = take_back(world, number_of(world))
    assert isinstance(nothing, Done)
    world.tap("lin", "Enter what came", {"received.1": "0"})
    assert world.inbox("maria") == ()
    assert examine(world.engine) == []
