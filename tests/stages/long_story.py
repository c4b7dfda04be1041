"""The whole way of a bicycle, told once for whoever acts it out: through the product's own door, or on the faces."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection, text

from app.doctor import examine
from inventory_core import bills, genealogy, items, lots
from inventory_core.bill import Bill, Component
from inventory_core.db.engine import reading, writing
from notifier import relay
from tests.world import World


@dataclass
class Gestures:
    """What a task took: a form is a tap to open it, what is written in it, and a tap to send it."""

    taps: int = 0
    words: int = 0


@dataclass
class Tally:
    """What everybody did, by task: who, which button or words, and how many gestures that took."""

    rows: dict[tuple[str, str], list[Gestures]] = field(default_factory=lambda: defaultdict(list))

    def add(self, who: str, what: str, *, taps: int = 0, words: int = 0) -> None:
        self.rows[who, what].append(Gestures(taps, words))

    def table(self) -> str:
        """Return the table that the test prints: the most gestures that a task of this kind took."""
        lines = [f"{'who':<6} {'task':<28} {'times':>5} {'taps':>5} {'written':>8}"]
        for (who, what), done in self.rows.items():
            taps, words = max(each.taps for each in done), max(each.words for each in done)
            lines.append(f"{who:<6} {what:<28} {len(done):>5} {taps:>5} {words:>8}")
        return "\n".join(lines)


class Hands(Protocol):
    """Lets people start something, answer a card, and reply in words. Field names of lines are written received_1."""

    tally: Tally

    def starts(self, who: str, flow: str, **answers: str) -> None: ...

    def taps(self, who: str, label: str, **answers: str) -> None: ...

    def replies(self, who: str, words: str) -> None: ...

    def asks(self, who: str, words: str) -> None: ...


def found_bicycle_maker(world: World) -> None:
    for code in ("WHEEL", "FRAME"):
        world.given_item(code)
    bike = world.given_item("BIKE", tracking="serial")
    with writing(world.engine) as db:
        db.execute(text("INSERT INTO partners (kind, code, name) VALUES ('customer', 'VELO', 'Velo Shop')"))
        for code, price in (("WHEEL", 30_0000), ("FRAME", 200_0000)):
            db.execute(
                text("""
                    INSERT INTO supplier_items (supplier_id, item_id, price, lead_time_days)
                    SELECT p.id, i.id, :price, 5 FROM partners p, items i WHERE p.code = 'LITWARE' AND i.code = :code
                """),
                {"code": code, "price": price},
            )
        parts = Component(items.by_code(db, "WHEEL").id, 2, 1), Component(items.by_code(db, "FRAME").id, 1, 1)
        bills.define(db, Bill(bike, parts))
        db.execute(
            text("""
                INSERT INTO locations (kind, code, name, parent_id, walk_order)
                SELECT 'bin', 'A-2', 'A-2', id, 1 FROM locations WHERE code = 'A'
            """)
        )


def play(world: World, hands: Hands) -> None:
    """Act out the story, and look at the stock, its value and its family to the last unit."""
    for item, quantity in (("WHEEL", "20"), ("FRAME", "10")):
        hands.starts("lin", "requisition", item=item, quantity=quantity, needed_by="2026-11-30")
        hands.taps("chen", "From the usual supplier")
        hands.taps("chen", "Sent")
        hands.taps("chen", "Confirmed as ordered")
    world.pass_time(days=7)
    assert relay.expect_due_orders(world.desk) == 2
    for _ in range(2):
        hands.taps("lin", "All arrived as ordered")
        hands.taps("maria", "All good")
        hands.taps("otto", "Confirm quantity")
        hands.taps("lin", "Where proposed")
    assert (world.on_hand("WHEEL").available, world.on_hand("FRAME").available) == (20, 10)

    hands.starts("otto", "work_order", item="BIKE", quantity="3", due="2026-12-01")
    hands.taps("lin", "All issued")
    hands.taps("lin", "All made, nothing left")
    assert world.on_hand("BIKE").available == 3

    hands.starts("otto", "shipment", customer="VELO", ship_by="2026-12-02",
                 **{"goods.1.item": "BIKE", "goods.1.quantity": "2", "goods.1.price": "900"})  # fmt: skip
    hands.taps("lin", "All picked")
    hands.taps("lin", "Shipped", carrier="SF Express", tracking="SF1")
    assert world.on_hand("BIKE").total == 1

    with reading(world.engine) as db:
        order = db.execute(text("SELECT number FROM documents WHERE kind = 'sales_order'")).scalar_one()
    hands.starts("otto", "return", order=order, why="a spoke is loose")
    hands.taps("lin", "Enter what came", received_1="1")
    hands.taps("maria", "Decide", cause_1="faulty", disposition_1="repair")
    hands.taps("maria", "Repaired", work="a new spoke")
    assert world.on_hand("BIKE").available == 2
    hands.starts("otto", "shipment", customer="VELO", ship_by="2026-12-09",
                 **{"goods.1.item": "BIKE", "goods.1.quantity": "1", "goods.1.price": "0"})  # fmt: skip
    hands.taps("lin", "All picked")
    hands.taps("lin", "Shipped", carrier="SF Express")

    hands.asks("lin", "count WHEEL")
    hands.replies("lin", "14")
    assert [world.on_hand(each).total for each in ("WHEEL", "FRAME", "BIKE")] == [14, 7, 1]
    with reading(world.engine) as db:
        _look_at_value_and_family(db)
    assert examine(world.engine) == []


def _look_at_value_and_family(db: Connection) -> None:
    rows = db.execute(text("SELECT i.code, v.value FROM item_values v JOIN items i ON i.id = v.item_id"))
    assert {row.code: row.value for row in rows} == {"WHEEL": 14 * 30_0000, "FRAME": 7 * 200_0000, "BIKE": 260_0000}
    serials = db.execute(
        text("SELECT id FROM lots WHERE item_id = (SELECT id FROM items WHERE code = 'BIKE') ORDER BY id")
    ).scalars().all()  # fmt: skip
    wheel_lot = lots.trace(db, _first_lot_of(db, "WHEEL"))
    assert wheel_lot is not None and wheel_lot.supplier == "Litware"
    for each in serials:
        assert {up.number for up in genealogy.family(db, each).upstream} >= {wheel_lot.number}
    customers = genealogy.family(db, wheel_lot.lot_id).shipped
    assert sum(each.quantity for each in customers) == 2 and {each.customer for each in customers} == {"Velo Shop"}


def _first_lot_of(db: Connection, code: str) -> str:
    return str(
        db.execute(
            text(
                "SELECT number FROM lots WHERE item_id = (SELECT id FROM items WHERE code = :code) ORDER BY id LIMIT 1"
            ),
            {"code": code},
        ).scalar_one()
    )
