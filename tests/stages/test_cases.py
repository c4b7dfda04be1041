"""Faults that people reported of other products, played on the stages' own paths."""

import datetime as dt

import pytest
from sqlalchemy import text

from app.doctor import examine
from bot import conversation
from inventory_core import documents
from inventory_core.db.engine import reading, writing
from inventory_core.stages import receiving
from tests.inventory_core.stock import Stock
from tests.world import World
from workflows import moves
from workflows.cards import Done, Refused
from workflows.intents import Sender


def say(world: World, who: str, words: str, *, about: str = "") -> str:
    return conversation.answer(
        world.desk, Sender("web", "", who), world.address(who), words, dedupe=f"m:{next(world.ids)}", about=about
    ).words


def expect(world: World, order_id: int) -> None:
    with writing(world.engine) as db:
        receipt_id = receiving.expect(db, order_id, today=world.desk.today(), with_surplus=True)
        moves.start(db, world.desk, documents.load(db, receipt_id))


def receive(world: World, order_id: int, quantity: int) -> Done | Refused:
    """Let so much of an order come; the buyer expects what is left of it."""
    expect(world, order_id)
    done = world.tap("lin", "Something differs", {"received.1": f"{quantity}"})
    if isinstance(done, Done):
        world.tap("maria", "All good")
        world.tap("otto", "Confirm quantity")
        if world.inbox("chen"):
            world.tap("chen", "Expect the rest in a week")
    return done


@pytest.mark.slow
def test_a_tolerance_is_of_the_whole_order_however_many_deliveries_it_comes_in(world: World) -> None:
    world.given_item("BAG")
    with writing(world.engine) as db:
        db.execute(text("UPDATE items SET over_receipt_percent = 2"))
    order_id = world.given_order(("BAG", 10_000, "1"))
    for _ in range(20):
        assert isinstance(receive(world, order_id, 505), Done)
    refused = receive(world, order_id, 101)
    assert isinstance(refused, Refused) and refused.errors["received.1"].startswith("BAG: at most 100 pc are open")
    world.tap("lin", "Something differs", {"received.1": "100"})
    world.tap("maria", "All good")
    world.tap("otto", "Confirm quantity")
    assert world.on_hand("BAG").available == 10_200
    assert examine(world.engine) == []


def test_what_is_left_of_an_order_is_what_did_not_come_and_all_of_it_closes_it(world: World) -> None:
    part, whole = world.given_order(("BAG", 15, "1"), number="2"), world.given_order(("BAG", 1_000, "1"), number="3")
    receive(world, part, 10)
    with reading(world.engine) as db:
        assert documents.load(db, part).lines[0].quantity("open") == 5
    expect(world, whole)
    for who, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        world.tap(who, label)
    with reading(world.engine) as db:
        assert documents.load(db, whole).state == "complete"


def test_two_open_counts_of_a_bin_do_not_add_up(world: World) -> None:
    stock = Stock(world)
    stock.post((stock.lot("BOLT"), 10, "SUPPLIER", "A-1"))
    for quantity in ("20", "30"):
        say(world, "lin", "count A-1")
        say(world, "lin", quantity, about=world.inbox("lin")[-1].subject)
    for quantity in ("20", "30"):
        say(world, "maria", quantity, about=world.inbox("maria")[0].subject)
    assert stock.held("BOLT").total == 30
    assert examine(world.engine) == []


def test_a_lot_past_its_local_day_is_handed_out_on_no_path(world: World) -> None:
    stock = Stock(world)
    world.now = dt.datetime(2026, 9, 24, 15, 59, tzinfo=dt.UTC)  # 23:59 on the 24th in Shanghai
    stock.post((stock.lot("GLUE", number="X", expires_on=dt.date(2026, 9, 24)), 10, "SUPPLIER", "A-1"))
    stock.post((stock.lot("GLUE", number="Y", expires_on=dt.date(2026, 12, 1)), 5, "SUPPLIER", "A-1"))
    assert "Issued" in say(world, "lin", "issue GLUE 1") or stock.held("GLUE").total == 14
    world.pass_time(minutes=2)  # 00:01 on the 25th
    assert say(world, "lin", "issue GLUE 8") == "Only 5 pc of GLUE are free; 8 were asked for: 3 short."
    with writing(world.engine) as db:
        db.execute(text("INSERT INTO partners (kind, code, name) VALUES ('customer', 'VELO', 'Velo Shop')"))
    opened = conversation.answer(
        world.desk, Sender("web", "", "otto"), world.address("otto"), "new shipment", dedupe="sell"
    ).form
    assert opened is not None
    goods = {"goods.1.item": "GLUE", "goods.1.quantity": "8", "goods.1.price": "1"}
    world.send("otto", opened.token, {"customer": "VELO", "ship_by": "2026-09-25", **goods})
    (card,) = world.inbox("otto")
    assert {each.label: each.value for each in card.rows[0].figures}["Free now"] == "5 pc"
    assert stock.held("GLUE").total == 14
    assert examine(world.engine) == []


def test_nobody_approves_their_own_need_whatever_it_costs(world: World) -> None:
    world.given_item("PUMP")
    with writing(world.engine) as db:
        db.execute(
            text("INSERT INTO employee_roles (employee_id, role) VALUES (:id, 'finance_director')"),
            {"id": world.person("chen").id},
        )
    _ask(world, "24")
    assert isinstance(world.tap("chen", "Order it", {"supplier": "LITWARE", "price": "1000", "days": "5"}), Done)
    assert not world.inbox("zhao")
    _ask(world, "27")  # the other half of 51,000 on one day
    world.tap("chen", "Order it", {"supplier": "LITWARE", "price": "1000", "days": "5"})
    assert [each.question for each in world.inbox("zhao")] == ["May it be ordered?"]
    assert {each.label: each.value for each in world.inbox("zhao")[0].facts}["Ordered there today"] == "24,000.00"
    mine = [each for each in world.inbox("chen") if each.question == "May it be ordered?"]
    assert mine == []  # a role is not enough: the same person sourced it
    world.tap("zhao", "Approve")


def _ask(world: World, quantity: str) -> None:
    opened = conversation.answer(
        world.desk, Sender("web", "", "chen"), world.address("chen"), "new requisition", dedupe=f"m:{next(world.ids)}"
    ).form
    assert opened is not None
    world.send("chen", opened.token, {"item": "PUMP", "quantity": quantity, "needed_by": "2026-12-20"})
