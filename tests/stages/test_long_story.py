"""A bicycle's whole way: its parts are needed, bought, received, put away, issued; it is made, sent, sent back,
repaired, sent again and counted; and then anybody can be told where each part came from and who has it.
"""

from sqlalchemy import text

from app.doctor import examine
from bot import conversation
from inventory_core import bills, genealogy, items, lots
from inventory_core.bill import Bill, Component
from inventory_core.db.engine import reading, writing
from notifier import relay
from tests.world import World
from workflows.cards import Done, Refused
from workflows.intents import Sender


class Story:
    """Lets people start, tap and reply in short words, and counts what each of them does."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.taps: dict[str, int] = {}

    def starts(self, who: str, flow: str, **answers: str) -> None:
        world = self.world
        opened = conversation.answer(
            world.desk, Sender("web", "", who), world.address(who), f"new {flow}", dedupe=f"m:{next(world.ids)}"
        ).form
        assert opened is not None
        self._done(who, world.send(who, opened.token, answers))

    def taps_(self, who: str, label: str, **answers: str) -> None:
        world = self.world
        card = next(i for i, card in enumerate(world.inbox(who)) if any(b.label == label for b in card.buttons))
        named = {name.replace("_", ".") if name[-1].isdigit() else name: value for name, value in answers.items()}
        token = world.button(who, label, card=card).token
        self._done(who, world.send(who, token, named or None))
        world.pass_time(minutes=7)
        relay.start_waiting(world.desk)

    def replies(self, who: str, words: str) -> None:
        world = self.world
        about = world.inbox(who)[0].subject
        reply = conversation.answer(
            world.desk, Sender("web", "", who), world.address(who), words, dedupe=f"m:{next(world.ids)}", about=about
        )
        assert reply.cards and reply.cards[0].status, reply.words
        self.taps[who] = self.taps.get(who, 0) + 1

    def _done(self, who: str, result: Done | Refused) -> None:
        assert isinstance(result, Done), (who, result.words, getattr(result, "errors", {}))
        self.taps[who] = self.taps.get(who, 0) + 1


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


def test_a_bicycle_from_the_need_for_its_parts_to_the_customers_return_and_back(world: World) -> None:
    found_bicycle_maker(world)
    story = Story(world)
    for item, quantity in (("WHEEL", "20"), ("FRAME", "10")):
        story.starts("lin", "requisition", item=item, quantity=quantity, needed_by="2026-11-30")
        story.taps_("chen", "From the usual supplier")
        story.taps_("chen", "Sent")
        story.taps_("chen", "Confirmed as ordered")
    world.pass_time(days=7)
    assert relay.expect_due_orders(world.desk) == 2
    for _ in range(2):
        story.taps_("lin", "All arrived as ordered")
        story.taps_("maria", "All good")
        story.taps_("otto", "Confirm quantity")
        story.taps_("lin", "Where proposed")
    assert (world.on_hand("WHEEL").available, world.on_hand("FRAME").available) == (20, 10)

    story.starts("otto", "work_order", item="BIKE", quantity="3", due="2026-12-01")
    story.taps_("lin", "All issued")
    story.taps_("lin", "All made, nothing left")
    assert world.on_hand("BIKE").available == 3

    story.starts("otto", "shipment", customer="VELO", ship_by="2026-12-02",
                 **{"goods.1.item": "BIKE", "goods.1.quantity": "2", "goods.1.price": "900"})  # fmt: skip
    story.taps_("lin", "All picked")
    story.taps_("lin", "Shipped", carrier="SF Express", tracking="SF1")
    with reading(world.engine) as db:
        order = db.execute(text("SELECT number FROM documents WHERE kind = 'sales_order'")).scalar_one()
    assert world.on_hand("BIKE").total == 1

    story.starts("otto", "return", order=order, why="a spoke is loose")
    story.taps_("lin", "Enter what came", received_1="1")
    story.taps_("maria", "Decide", cause_1="faulty", disposition_1="repair")
    story.taps_("maria", "Repaired", work="a new spoke")
    assert world.on_hand("BIKE").available == 2
    story.starts("otto", "shipment", customer="VELO", ship_by="2026-12-09",
                 **{"goods.1.item": "BIKE", "goods.1.quantity": "1", "goods.1.price": "0"})  # fmt: skip
    story.taps_("lin", "All picked")
    story.taps_("lin", "Shipped", carrier="SF Express")

    conversation.answer(world.desk, Sender("web", "", "lin"), world.address("lin"), "count WHEEL", dedupe="count")
    story.replies("lin", "14")
    assert [world.on_hand(each).total for each in ("WHEEL", "FRAME", "BIKE")] == [14, 7, 1]

    with reading(world.engine) as db:
        value = dict(
            db.execute(text("SELECT i.code, v.value FROM item_values v JOIN items i ON i.id = v.item_id")).all()  # type: ignore[arg-type]
        )
        serials = db.execute(
            text("SELECT id FROM lots WHERE item_id = (SELECT id FROM items WHERE code = 'BIKE') ORDER BY id")
        ).scalars().all()  # fmt: skip
        wheel_lot = lots.trace(db, _lot_of(db, "WHEEL"))
        assert wheel_lot is not None and wheel_lot.supplier == "Litware"
        families = [genealogy.family(db, each) for each in serials]
        customers = genealogy.family(db, wheel_lot.lot_id).shipped
    assert value == {"WHEEL": 14 * 30_0000, "FRAME": 7 * 200_0000, "BIKE": 260_0000}
    for each in families:
        assert {up.number for up in each.upstream} >= {wheel_lot.number}
    assert sum(each.quantity for each in customers) == 2 and {each.customer for each in customers} == {"Velo Shop"}
    assert examine(world.engine) == []
    print("\ntaps and replies:", story.taps)
    assert max(story.taps.values()) <= 14


def _lot_of(db, code: str) -> str:  # type: ignore[no-untyped-def]
    return str(
        db.execute(
            text(
                "SELECT number FROM lots WHERE item_id = (SELECT id FROM items WHERE code = :code) ORDER BY id LIMIT 1"
            ),
            {"code": code},
        ).scalar_one()
    )
