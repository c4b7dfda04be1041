"""From a need to a purchase order, and on to the dock."""

import datetime as dt

import pytest
from sqlalchemy import text

from app.doctor import examine
from bot import conversation
from inventory_core import documents
from inventory_core.db.engine import reading, writing
from notifier.relay import expect_due_orders
from tests.world import World
from workflows import papers
from workflows.cards import Done, Refused
from workflows.intents import Sender


@pytest.fixture
def buying(world: World) -> World:
    """A company that buys pumps: at 100 in 8 days from Litware, or at 90 in 20 days from Proseware."""
    world.given_item("PUMP")
    with writing(world.engine) as db:
        db.execute(text("INSERT INTO partners (kind, code, name) VALUES ('supplier', 'PROSE', 'Proseware')"))
        for code, price, days in (("LITWARE", 100_0000, 8), ("PROSE", 90_0000, 20)):
            db.execute(
                text("""
                    INSERT INTO supplier_items (supplier_id, item_id, price, lead_time_days)
                    SELECT p.id, i.id, :price, :days FROM partners p, items i WHERE p.code = :code AND i.code = 'PUMP'
                """),
                {"code": code, "price": price, "days": days},
            )
    return world


def ask(world: World, quantity: str, *, by: str = "lin", **more: str) -> Done | Refused:
    opened = conversation.answer(
        world.desk, Sender("web", "", by), world.address(by), "new requisition", dedupe=f"m:{next(world.ids)}"
    ).form
    assert opened is not None
    return world.send(by, opened.token, {"item": "pump", "quantity": quantity, "needed_by": "2026-12-20", **more})


def orders(world: World) -> list[documents.Document]:
    with reading(world.engine) as db:
        ids = db.execute(text("SELECT id FROM documents WHERE kind = 'purchase_order' ORDER BY id")).scalars().all()
        return [documents.load(db, each) for each in ids]


def test_a_small_need_is_ordered_from_the_usual_supplier_in_two_taps(buying: World) -> None:
    ask(buying, "10")
    (card,) = buying.inbox("chen")
    told = {fact.label: fact.value for fact in card.facts}
    assert (
        told["Usual supplier"] == "Proseware" and told["Usual price"] == "90.00" and told["Usual lead time"] == "20 d"
    )
    form = buying.open_form("chen", "Order it")
    assert [each.default for each in form.fields] == ["PROSE", "90", "20"]
    buying.tap("chen", "Order it", {each.name: each.default for each in form.fields})
    (order,) = orders(buying)
    assert (order.partner, order.due_on, order.lines[0].ordered) == (
        "Proseware",
        buying.desk.today() + dt.timedelta(20),
        10,
    )
    assert order.source.startswith("PR-")
    assert examine(buying.engine) == []


def test_the_order_is_expected_at_the_dock_when_it_is_due(buying: World) -> None:
    ask(buying, "10")
    buying.tap("chen", "Order it", {"supplier": "Litware", "price": "100", "days": "8"})
    assert expect_due_orders(buying.desk) == 0
    buying.pass_time(days=8)
    assert expect_due_orders(buying.desk) == 1
    for person, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        buying.tap(person, label)
    assert buying.on_hand("PUMP").available == 10
    assert examine(buying.engine) == []


def test_a_dear_need_is_approved_by_the_manager_and_a_dear_order_by_finance(buying: World) -> None:
    ask(buying, "600")
    assert buying.inbox("chen")[0].question == "Is it needed?"
    assert [fact.value for fact in buying.inbox("chen")[0].facts][-1] == "54,000.00 USD"
    buying.tap("chen", "Approve")
    buying.tap("chen", "Order it", {"supplier": "PROSE", "price": "90", "days": "20"})
    assert orders(buying) == []
    (card,) = buying.inbox("zhao")
    assert [fact.value for fact in card.facts][-1] == "54,000.00 USD"
    buying.tap("zhao", "Source it again", {"reason": "ask Litware for a better price"})
    buying.tap("chen", "Order it", {"supplier": "LITWARE", "price": "83", "days": "8"})
    (order,) = orders(buying)
    assert order.partner == "Litware" and order.lines[0].price == 83_0000
    assert examine(buying.engine) == []


def test_quotes_are_written_down_and_one_is_chosen(buying: World) -> None:
    ask(buying, "20")
    buying.tap(
        "chen",
        "Enter quotes",
        {
            "quotes.1.supplier": "litware", "quotes.1.price": "95", "quotes.1.days": "5",
            "quotes.2.supplier": "Proseware", "quotes.2.price": "88", "quotes.2.days": "25", "quotes.2.moq": "10",
        },
    )  # fmt: skip
    told = {fact.label: fact.value for fact in buying.inbox("chen")[0].facts}
    assert told["Quotes"] == "Litware 95.00 5 d; Proseware 88.00 25 d 10"
    buying.tap("chen", "Order it", {"supplier": "LITWARE", "price": "95", "days": "5"})
    assert orders(buying)[0].lines[0].price == 95_0000


@pytest.mark.parametrize(
    ("more", "name", "sentence"),
    [
        ({"item": "PUMPS"}, "item", "There is no item “PUMPS”. Write its code."),
        ({"needed_by": "2026-11-17"}, "needed_by", "At least 2026-11-18"),
        ({"quantity": "some"}, "quantity", "“some” is not a number. Write for example 12."),
    ],
)
def test_a_need_that_can_not_be_is_told_on_its_field(
    buying: World, more: dict[str, str], name: str, sentence: str
) -> None:
    refused = ask(buying, **{"quantity": "10", **more})
    assert isinstance(refused, Refused) and dict(refused.errors) == {name: sentence}


def test_half_a_pump_is_not_ordered(buying: World) -> None:
    ask(buying, "0.5")
    refused = buying.tap("chen", "Order it", {"supplier": "PROSE", "price": "90", "days": "20"})
    assert isinstance(refused, Refused) and refused.words == "0.5 has too many decimal places: pc is counted in 0."
    assert orders(buying) == []


@pytest.mark.parametrize(("quantity", "asked"), [("10", "Source"), ("100", "Approve the need")])
def test_an_imported_need_goes_the_way_of_one_that_is_asked_for(buying: World, quantity: str, asked: str) -> None:
    content = f"item,quantity,needed_by\npump,{quantity},2026-12-20\n".encode()
    with writing(buying.engine) as db:
        assert papers.import_csv(db, buying.desk, "requisition", content, buying.person("lin"), "en") == 1
    (card,) = buying.inbox("chen")
    assert card.summary.startswith(asked)
