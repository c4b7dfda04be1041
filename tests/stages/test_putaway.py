"""From the dock to a bin: proposed, confirmed with one tap, or put elsewhere for a reason."""

import pytest
from sqlalchemy import text

from app.doctor import examine
from inventory_core.db.engine import reading, writing
from notifier import relay
from tests.inventory_core.stock import Stock
from tests.world import World
from workflows.cards import Done, Refused


@pytest.fixture
def dock(world: World) -> World:
    """A company with three bins besides the dock; chains lie in B-2 already."""
    with writing(world.engine) as db:
        zone = db.execute(text("SELECT id FROM locations WHERE code = 'A'")).scalar_one()
        for order, code in enumerate(("B-1", "B-2"), 2):
            db.execute(
                text("""
                    INSERT INTO locations (kind, code, name, parent_id, walk_order)
                    VALUES ('bin', :code, :code, :zone, :order)
                """),
                {"code": code, "zone": zone, "order": order},
            )
    stock = Stock(world)
    stock.post((stock.lot("CHAIN"), 3, "SUPPLIER", "B-2"))
    return world


def receive(world: World, *lines: tuple[str, int, str]) -> None:
    world.given_receipt(*lines)
    for person, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        world.tap(person, label)
    relay.start_waiting(world.desk)


def where(world: World, code: str) -> dict[str, int]:
    with reading(world.engine) as db:
        rows = db.execute(
            text("""
                SELECT c.code, SUM(b.quantity) AS quantity FROM balances b JOIN locations c ON c.id = b.location_id
                JOIN items i ON i.id = b.item_id WHERE i.code = :code AND b.quantity > 0 GROUP BY c.code
            """),
            {"code": code},
        )
        return {row.code: int(row.quantity) for row in rows}


def test_what_came_is_put_where_it_lies_already_or_into_the_next_free_bin(dock: World) -> None:
    receive(dock, ("CHAIN", 5, "1"), ("SEAL", 7, "1"), ("BOLT", 9, "1"))
    (card,) = dock.inbox("lin")
    assert card.title == "Put away GR-4012"
    assert [row.detail.split(" · ")[:2] for row in card.rows] == [["CHAIN", "B-2"], ["SEAL", "A-1"], ["BOLT", "B-1"]]
    assert isinstance(dock.tap("lin", "Where proposed"), Done)
    assert (where(dock, "CHAIN"), where(dock, "SEAL"), where(dock, "BOLT")) == ({"B-2": 8}, {"A-1": 7}, {"B-1": 9})
    assert examine(dock.engine) == []


def test_another_bin_is_named_with_a_reason_and_remembered(dock: World) -> None:
    receive(dock, ("SEAL", 7, "1"))
    form = dock.open_form("lin", "Another bin")
    assert [(each.label, each.default) for each in form.fields] == [("Bin", ""), ("Why another one", "")]
    assert form.groups[0].detail.startswith("A-1 · lot L")
    refused = dock.tap("lin", "Another bin", {"target.1": "Z-9", "why": "full"})
    assert isinstance(refused, Refused) and refused.errors == {"target.1": "There is no bin “Z-9”. Write its code."}
    assert isinstance(dock.tap("lin", "Another bin", {"target.1": "b-1", "why": "full"}), Done)
    assert where(dock, "SEAL") == {"B-1": 7}
    stock = Stock(dock)
    with reading(dock.engine) as db:
        item, lot = db.execute(text("SELECT item_id, id FROM lots WHERE id <> 0 ORDER BY id DESC LIMIT 1")).one()
    stock.post(((item, lot), 7, "B-1", "PRODUCTION"))
    dock.given_order(("SEAL", 4, "1"), number="4013")
    relay.expect_due_orders(dock.desk)
    for person, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        dock.tap(person, label)
    relay.start_waiting(dock.desk)
    assert dock.inbox("lin")[0].rows[0].detail.startswith("SEAL · B-1")
    assert examine(dock.engine) == []


def test_what_was_rejected_stays_at_the_dock(dock: World) -> None:
    dock.given_receipt(("SEAL", 7, "1"))
    dock.tap("lin", "All arrived as ordered")
    dock.tap("maria", "Reject some", {"accepted.1": "0", "cause.1": "damaged"})
    dock.tap("otto", "Confirm quantity")
    relay.start_waiting(dock.desk)
    assert dock.inbox("lin") == (), "the buyer decides what becomes of it"
    assert where(dock, "SEAL") == {"RECV": 7}


def test_goods_that_left_the_dock_meanwhile_are_told(dock: World) -> None:
    receive(dock, ("SEAL", 7, "1"))
    stock = Stock(dock)
    with reading(dock.engine) as db:
        item, lot = db.execute(text("SELECT item_id, id FROM lots WHERE id <> 0 ORDER BY id DESC LIMIT 1")).one()
    stock.post(((item, lot), 2, "RECV", "PRODUCTION"))
    refused = dock.tap("lin", "Where proposed")
    assert isinstance(refused, Refused) and refused.words == "Only 5 pc of SEAL are free; 7 were asked for: 2 short."
    assert where(dock, "SEAL") == {"RECV": 5}
