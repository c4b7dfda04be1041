"""What a receipt blocked: sent back at its cost, replaced or not, used after all, or scrapped above a value."""

import pytest
from sqlalchemy import text

from app.doctor import examine
from inventory_core.db.engine import reading
from notifier import relay
from tests.inventory_core.stock import Stock
from tests.world import World
from workflows.cards import Done, Refused


def receive(world: World, item: str, came: int, accepted: int, price: str = "10") -> None:
    world.given_receipt((item, came, price))
    world.tap("lin", "All arrived as ordered")
    world.tap("maria", "Reject some", {"accepted.1": str(accepted), "cause.1": "damaged"})
    world.tap("otto", "Confirm quantity")
    relay.start_waiting(world.desk)


def at_supplier(world: World) -> tuple[int, int]:
    """Return the quantity and value that are with suppliers, as the ledger has it."""
    with reading(world.engine) as db:
        row = db.execute(
            text("""
                SELECT SUM(l.quantity), SUM(l.value) FROM movement_lines l JOIN locations c ON c.id = l.location_id
                WHERE c.kind = 'supplier'
            """)
        ).one()
    return int(row[0]), int(row[1])


def order_lines(world: World) -> tuple[str, list[tuple[int, int]]]:
    with reading(world.engine) as db:
        order = db.execute(text("SELECT id, state FROM documents WHERE kind = 'purchase_order'")).one()
        rows = db.execute(
            text("SELECT ordered, done FROM document_lines WHERE document_id = :id ORDER BY position"), {"id": order.id}
        )
        return str(order.state), [(int(row[0]), int(row[1])) for row in rows]


@pytest.fixture
def blocked(world: World) -> World:
    """Ten seals at 10 came, three of them are blocked at the dock."""
    receive(world, "SEAL", 10, 7)
    return world


def test_the_buyer_is_asked_about_what_a_receipt_blocked(blocked: World) -> None:
    (card,) = blocked.inbox("chen")
    assert card.title == "Blocked goods of GR-4012"
    assert [(row.detail.split(" · ")[:2], row.figures[0].value) for row in card.rows] == [(["SEAL", "RECV"], "3 pc")]
    assert [button.label for button in card.buttons] == [
        "Back; new ones in a week",
        "Back; no new ones",
        "Line by line",
    ]


def test_a_receipt_that_blocked_nothing_asks_nothing(world: World) -> None:
    world.given_receipt(("SEAL", 10, "10"))
    for person, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        world.tap(person, label)
    relay.start_waiting(world.desk)
    assert world.inbox("chen") == ()


def test_goods_go_back_at_the_cost_they_came_with_and_nothing_is_owed(blocked: World) -> None:
    stock = Stock(blocked)
    stock.post((stock.lot("SEAL"), 10, "SUPPLIER", "A-1", 300_0000))
    before = at_supplier(blocked)
    done = blocked.tap("chen", "Back; no new ones")
    assert isinstance(done, Done) and done.card is not None and done.card.status == "Back to the supplier"
    after = at_supplier(blocked)
    assert (after[0] - before[0], blocked.on_hand("SEAL").blocked) == (3, 0)
    with reading(blocked.engine) as db:
        variance = db.execute(text("SELECT SUM(to_variance) FROM value_lines")).scalar_one()
    assert after[1] - before[1] + variance == 30_0000, "at the price of the order, whatever the average is by now"
    assert order_lines(blocked) == ("complete", [(10, 10)])
    assert examine(blocked.engine) == []


def test_what_the_supplier_replaces_is_waited_for_on_the_same_order(blocked: World) -> None:
    blocked.tap("chen", "Back; new ones in a week")
    assert order_lines(blocked) == ("open", [(10, 10), (3, 0)])
    assert relay.expect_due_orders(blocked.desk) == 0
    blocked.pass_time(days=7)
    assert relay.expect_due_orders(blocked.desk) == 1
    (card,) = (each for each in blocked.inbox("lin") if each.title.startswith("PO"))
    assert [row.figures[0].value for row in card.rows] == ["3 pc"]
    assert examine(blocked.engine) == []


def test_what_is_used_after_all_needs_the_supervisor_and_is_put_away(blocked: World) -> None:
    blocked.tap("lin", "Where proposed")
    form = blocked.open_form("chen", "Line by line")
    assert [each.name for each in form.fields] == ["becomes.1", "replace"]
    blocked.tap("chen", "Line by line", {"becomes.1": "use"})
    assert blocked.on_hand("SEAL").blocked == 3
    (card,) = blocked.inbox("otto")
    assert card.rows[0].detail.endswith("Use it after all")
    blocked.tap("otto", "Approve")
    assert (blocked.on_hand("SEAL").available, blocked.on_hand("SEAL").blocked) == (10, 0)
    relay.start_waiting(blocked.desk)
    blocked.tap("lin", "Where proposed")
    assert order_lines(blocked) == ("complete", [(10, 10)])
    assert examine(blocked.engine) == []


def test_what_the_supervisor_does_not_want_used_is_decided_again(blocked: World) -> None:
    blocked.tap("chen", "Line by line", {"becomes.1": "use"})
    blocked.tap("otto", "Decide again", {"reason": "they leak"})
    blocked.tap("chen", "Back; no new ones")
    assert (blocked.on_hand("SEAL").available, blocked.on_hand("SEAL").blocked) == (7, 0)
    assert examine(blocked.engine) == []


@pytest.mark.parametrize(("price", "asks"), [("166.66", False), ("166.67", True)])
def test_scrap_above_a_value_is_approved(world: World, price: str, asks: bool) -> None:
    receive(world, "SEAL", 10, 7, price)
    world.tap("chen", "Line by line", {"becomes.1": "scrap"})
    assert bool(world.inbox("otto")) == asks
    if asks:
        world.tap("otto", "Approve")
    assert world.on_hand("SEAL").blocked == 0
    assert order_lines(world) == ("complete", [(10, 10)])
    assert examine(world.engine) == []


def test_a_way_and_a_word_about_new_goods_are_both_needed(blocked: World) -> None:
    refused = blocked.tap("chen", "Line by line", {})
    assert isinstance(refused, Refused) and refused.errors == {"becomes.1": "Please fill this in."}
    refused = blocked.tap("chen", "Line by line", {"becomes.1": "back"})
    assert isinstance(refused, Refused) and refused.errors == {"replace": "Please fill this in."}
    blocked.tap("chen", "Line by line", {"becomes.1": "back", "replace": "yes"})
    assert order_lines(blocked) == ("open", [(10, 10), (3, 0)])


def test_a_lot_that_the_supervisor_refused_is_asked_about_too_wherever_it_lies_by_then(world: World) -> None:
    world.given_receipt(("SEAL", 10, "10"))
    world.tap("lin", "All arrived as ordered")
    world.tap("maria", "All good")
    world.tap("otto", "Reject", {"reason": "wrong colour"})
    relay.start_waiting(world.desk)
    stock = Stock(world)
    with reading(world.engine) as db:
        item, lot = db.execute(text("SELECT item_id, id FROM lots WHERE id <> 0")).one()
    stock.post(((item, lot), 4, "RECV/blocked", "A-1/blocked"))
    stock.post(((item, lot), 1, "A-1/blocked", "SCRAP"))
    world.tap("chen", "Back; new ones in a week")
    assert world.on_hand("SEAL").total == 0
    assert order_lines(world) == ("open", [(10, 10), (9, 0)])
    assert examine(world.engine) == []
