"""Each shipment is a delivery of its own: what went out with its lots, in which packages, and who took it."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import text

from app.doctor import examine
from inventory_core.db.engine import reading, writing
from notifier import relay
from tests.inventory_core.stock import Stock
from tests.stages.test_shipping import order, stock  # noqa: F401 (a fixture)
from tests.world import World
from workflows import asides, signals
from workflows.cards import Refused


def deliveries(world: World) -> Sequence[tuple[str, Mapping[str, object], list[tuple[str, int]]]]:
    """Return each delivery's state, fields, and lots with their quantities."""
    with reading(world.engine) as db:
        papers = db.execute(text("SELECT id, state, fields FROM documents WHERE kind = 'delivery' ORDER BY id")).all()
        lines = db.execute(
            text("""
                SELECT l.document_id, t.number, l.ordered FROM document_lines l JOIN lots t ON t.id = l.lot_id
                ORDER BY l.document_id, l.position
            """)
        ).all()
    return [
        (
            paper.state,
            json.loads(paper.fields) if isinstance(paper.fields, str) else paper.fields,
            [(line.number, line.ordered) for line in lines if line.document_id == paper.id],
        )
        for paper in papers
    ]


def sent_in_two(stock: Stock) -> World:  # noqa: F811
    world = stock.world
    order(world, ("PUMP", "8", "250"))
    world.tap("lin", "Something is missing", {"picked.1": "5"})
    world.tap("lin", "Shipped", {"carrier": "SF Express", "tracking": "SF1", "packages.1.count": "1"})
    world.tap("otto", "Send it later")
    world.tap("lin", "All picked")
    world.tap("lin", "Shipped", {"carrier": "Our van", "packages.1.count": "2", "packages.1.weight": "7.5"})
    return world


def test_an_order_sent_in_two_has_two_deliveries_with_what_went_in_each(stock: Stock) -> None:  # noqa: F811
    world = sent_in_two(stock)
    first, second = deliveries(world)
    assert (first[1]["tracking"], first[2]) == ("SF1", [("P-1", 5)])
    assert (second[1]["carrier"], second[2]) == ("Our van", [("P-1", 1), ("P-2", 2)])
    assert second[1]["packages"] == [{"count": 2, "weight": "7.5"}]
    assert "tracking" not in second[1], "the first one's number is not the second one's"
    assert examine(world.engine) == []


def test_whoever_brings_it_says_who_took_it(stock: Stock) -> None:  # noqa: F811
    world = sent_in_two(stock)
    assert relay.start_waiting(world.desk) >= 2
    cards = [card for card in world.inbox("lin") if card.title.startswith("Delivery")]
    assert [card.title.split(" to ")[1] for card in cards] == ["Velo Shop"] * 2
    assert [button.label for button in cards[0].buttons] == ["Delivered", "It did not arrive"]
    token = cards[0].buttons[0].token
    assert isinstance(world.send("lin", token, {}), Refused), "who took it?"
    world.send("lin", token, {"taken_by": "Ms Velo"})
    world.send("lin", cards[1].buttons[1].token, {"reason": "the van broke down"})
    assert [each[0] for each in deliveries(world)] == ["delivered", "lost"]
    assert examine(world.engine) == []


def test_a_cancelled_order_calls_its_deliveries_back_and_nobody_is_asked_for_them(stock: Stock) -> None:  # noqa: F811
    world = sent_in_two(stock)
    relay.start_waiting(world.desk)
    with writing(world.engine) as db:
        case = db.execute(text("SELECT MIN(id) FROM flow_instances")).scalar_one()
        asides.cancel(db, world.desk, case, world.person("otto"), "the customer called")
    assert signals.settle(world.desk) == 2
    assert [card.title for card in world.inbox("lin") if card.title.startswith("Delivery")] == []
    assert [each[0] for each in deliveries(world)] == ["cancelled"] * 2
    assert (stock.held("PUMP").total, stock.value("PUMP")) == (10, 1_080_0000)
    assert examine(world.engine) == []
