"""What was not good is counted by item, supplier and cause, from the dock and from customers, and a chat answers it."""

import datetime as dt

from bot import conversation
from inventory_core import documents
from inventory_core.db.engine import reading, writing
from inventory_core.insight import quality
from inventory_core.insight.quality import Faults
from inventory_core.stages import receiving
from tests.inventory_core.stock import Stock
from tests.stages.test_shipping import number_of, order, ship, stock, take_back  # noqa: F401 (a fixture)
from tests.world import World
from workflows.cards import Card, Refused
from workflows.intents import Sender


def rejected(world: World, cause: str = "surface", number: str = "4012") -> None:
    """Receive ten pumps of Litware at 90 and reject four."""
    world.given_receipt(("PUMP", 10, "90"), number=number)
    world.tap("lin", "All arrived as ordered")
    world.tap("maria", "Reject some", {"accepted.1": "6", "cause.1": cause})
    world.tap("otto", "Confirm quantity")


def returned(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    order(world, ("PUMP", "8", "250"))
    ship(world)
    take_back(world, number_of(world))
    world.tap("lin", "Enter what came", {"received.1": "3"})
    world.tap("maria", "Decide", {"cause.1": "faulty", "disposition.1": "restock"})


def found(world: World) -> list[Faults]:
    today = world.desk.today()
    with reading(world.engine) as db:
        return list(quality.faults(db, today - dt.timedelta(days=30), today))


def asked(world: World, who: str, words: str) -> Card:
    reply = conversation.answer(world.desk, Sender("web", "", who), world.address(who), words, dedupe="q")
    return reply.cards[0]


def test_rejections_and_returns_are_counted_by_item_supplier_and_cause(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    rejected(world)
    rejected(world, number="4013")
    rejected(world, "damaged", number="4014")
    returned(stock)
    told = [(each.item, each.supplier, each.origin, each.cause, each.quantity, each.value) for each in found(world)]
    assert told == [
        ("PUMP", "Litware", "rejected", "surface", 8, 720_0000),
        ("PUMP", "Litware", "rejected", "damaged", 4, 360_0000),
        ("PUMP", "", "returned", "faulty", 3, 283_5000),
    ]


def test_what_was_reversed_or_is_of_another_time_does_not_count(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    rejected(world)
    assert len(found(world)) == 1
    world.pass_time(days=31)
    assert found(world) == []
    world.now -= dt.timedelta(days=31)
    with writing(world.engine) as db:
        receipt = documents.find(db, "receipt", "GR-4012")
        assert receipt is not None
        otto = world.person("otto").id
        receiving.undo(db, receipt, reason="mistake", employee_id=otto, today=world.desk.today(), now=world.now)
    assert found(world) == []


def test_a_chat_answers_it_and_its_worth_is_told_to_those_who_lead(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    assert asked(world, "maria", "quality").rows[0].title == "Nothing was rejected or returned."
    rejected(world)
    returned(stock)
    card = asked(world, "chen", "quality")
    assert (card.title, card.summary) == ("Not good in 90 days", "2 kinds of fault")
    assert [(row.detail, [fact.value for fact in row.figures]) for row in card.rows] == [
        ("PUMP · Litware · rejected · Surface fault", ["4 pc", "360.00"]),
        ("PUMP · returned · Faulty", ["3 pc", "297.00"]),
    ]
    narrowed = asked(world, "lin", "quality litware")
    assert [[fact.value for fact in row.figures] for row in narrowed.rows] == [["4 pc"]]


def test_a_supplier_is_no_customer(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    opened = conversation.answer(
        world.desk, Sender("web", "", "otto"), world.address("otto"), "new shipment", dedupe="new"
    ).form
    assert opened is not None
    (customer,) = (each for each in opened.fields if each.name == "customer")
    assert [each.value for each in customer.options] == ["VELO"]
    answers = {"customer": "LITWARE", "ship_by": "2026-11-20", "goods.1.item": "PUMP", "goods.1.quantity": "1"}
    refused = world.send("otto", opened.token, answers)
    assert isinstance(refused, Refused) and list(refused.errors) == ["customer"]
