"""Several orders in one walk, confirmed by a tap, by figures or by a scanner; each order goes on by itself."""

from collections.abc import Sequence

from sqlalchemy import text

from app.doctor import examine
from bot import conversation
from bot.channel import Reply
from inventory_core.db.engine import reading, writing
from tests.inventory_core.stock import Stock
from tests.stages.test_shipping import number_of, order, stock  # noqa: F401 (a fixture)
from tests.world import World
from workflows import asides, signals
from workflows.cards import Done, Refused
from workflows.intents import Sender


def walk_bins(stock: Stock) -> None:  # noqa: F811
    """Put a third lot of pumps and the washers into bins that come before the others on the walk."""
    with writing(stock.world.engine) as db:
        zone = db.execute(text("SELECT id FROM locations WHERE code = 'A'")).scalar_one()
        for at, code in enumerate(("B-1", "B-2"), 1):
            db.execute(
                text("""
                    INSERT INTO locations (kind, code, name, parent_id, walk_order)
                    VALUES ('bin', :code, :code, :zone, :at)
                """),
                {"code": code, "zone": zone, "at": at - 10},
            )
    stock.post((stock.lot("WASHER", number="W-1"), 40, "SUPPLIER", "B-2", 40_0000))
    stock.post((stock.lot("PUMP", number="P-3"), 5, "SUPPLIER", "B-1", 500_0000))


def wave(world: World, by: str = "otto", until: str = "2026-11-20") -> Done | Refused:
    opened = conversation.answer(
        world.desk, Sender("web", "", by), world.address(by), "new wave", dedupe=f"m:{next(world.ids)}"
    ).form
    assert opened is not None
    return world.send(by, opened.token, {"until": until})


def scan(world: World, code: str, *, about: str = "") -> Reply:
    return conversation.answer(
        world.desk, Sender("web", "", "lin"), world.address("lin"), code, dedupe=f"m:{next(world.ids)}", about=about
    )


def states(world: World, kind: str) -> Sequence[str]:
    with reading(world.engine) as db:
        found = db.execute(text("SELECT state FROM documents WHERE kind = :kind ORDER BY id"), {"kind": kind})
        return list(found.scalars())


def test_two_orders_are_picked_in_one_walk_and_each_goes_on(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    walk_bins(stock)
    order(world, ("PUMP", "7", "250"), ("BOLT", "20", "2"))
    order(world, ("WASHER", "10", "1"), ("PUMP", "3", "250"))
    assert len(world.inbox("lin")) == 2
    assert isinstance(wave(world), Done)
    (card,) = world.inbox("lin")
    first, second = (f"SO-261118-000{n}" for n in (1, 2))
    assert [(row.detail, [fact.value for fact in row.figures]) for row in card.rows] == [
        ("WASHER · B-2 · W-1", ["10 pc", second]),
        (f"BOLT · A-1 · {_lot(world, 'BOLT')}", ["20 pc", first]),
        ("PUMP · A-1 · P-1", ["6 pc", first]),
        ("PUMP · A-1 · P-2", ["1 pc", first]),
        ("PUMP · A-1 · P-2", ["3 pc", second]),
    ]
    world.tap("lin", "All picked")
    assert signals.settle(world.desk) == 2
    assert [card.question for card in world.inbox("lin")] == ["How does it go out?"] * 2
    assert world.inbox("lin")[0].story[-1].endswith("Lin Wei: All picked")
    for _ in range(2):
        world.tap("lin", "Shipped", {"carrier": "SF Express"})
    assert (stock.held("PUMP").total, stock.held("WASHER").total, states(world, "sales_order")) == (
        5,
        30,
        ["posted"] * 2,
    )
    assert signals.settle(world.desk) == 0
    assert examine(world.engine) == []


def _lot(world: World, code: str) -> str:
    with reading(world.engine) as db:
        return str(
            db.execute(
                text("SELECT number FROM lots WHERE item_id = (SELECT id FROM items WHERE code = :c)"), {"c": code}
            ).scalar()
        )


def test_what_a_wave_did_not_find_is_short_in_its_own_order_only(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    order(world, ("PUMP", "7", "250"))
    order(world, ("PUMP", "3", "250"))
    wave(world)
    assert isinstance(world.tap("lin", "Something is missing", {"picked.1": "6", "picked.2": "2"}), Refused), "1 wanted"
    world.tap("lin", "Something is missing", {"picked.1": "4", "picked.2": "1", "picked.3": "3"})
    assert signals.settle(world.desk) == 2
    for _ in range(2):
        world.tap("lin", "Shipped", {"carrier": "SF Express"})
    assert states(world, "sales_order") == ["picked", "posted"]
    (rest,) = world.inbox("otto")
    assert [fact.value for fact in rest.rows[0].figures] == ["7 pc", "5 pc"]
    with reading(world.engine) as db:
        sent = db.execute(
            text("""
                SELECT t.number, SUM(l.quantity) FROM movement_lines l JOIN lots t ON t.id = l.lot_id
                JOIN locations c ON c.id = l.location_id WHERE c.kind = 'customer' GROUP BY t.number ORDER BY t.number
            """)
        ).all()
    assert [tuple(each) for each in sent] == [("P-1", 4), ("P-2", 4)], "the lots that were picked, not the oldest"
    assert examine(world.engine) == []


def test_an_order_cancelled_or_picked_by_itself_meanwhile_is_no_longer_wanted(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    order(world, ("PUMP", "7", "250"))
    order(world, ("BOLT", "20", "2"))
    wave(world)
    with writing(world.engine) as db:
        first = "SELECT MIN(id) FROM documents WHERE kind = 'sales_order'"
        case = db.execute(text(f"SELECT id FROM flow_instances WHERE document_id = ({first})")).scalar_one()
        asides.cancel(db, world.desk, case, world.person("otto"), "the customer called")
    (card,) = world.inbox("lin")
    assert [row.detail.endswith("no longer wanted") for row in card.rows] == [False, True, True]
    world.tap("lin", "All picked")
    assert signals.settle(world.desk) == 1
    assert (stock.held("PUMP").reserved, stock.held("BOLT").reserved) == (0, 20)
    assert examine(world.engine) == []


def test_a_wave_is_given_up_and_each_order_is_picked_by_itself(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    order(world, ("PUMP", "7", "250"))
    order(world, ("BOLT", "20", "2"))
    wave(world)
    world.tap("lin", "Pick each order by itself")
    assert [card.question[:7] for card in world.inbox("lin")] == ["Pick it"] * 2
    assert isinstance(wave(world), Done), "they may go into another one"
    assert examine(world.engine) == []


def test_a_wave_without_orders_is_refused(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    refused = wave(world)
    assert isinstance(refused, Refused)
    assert refused.words == "No order that ships by 2026-11-20 waits to be picked."
    order(world, ("PUMP", "7", "250"))
    assert isinstance(wave(world, until="2026-11-19"), Refused), "it ships on the 20th"


def test_each_scan_confirms_a_line_and_the_last_one_settles_the_card(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    walk_bins(stock)
    order(world, ("PUMP", "7", "250"), ("WASHER", "10", "1"))
    order(world, ("PUMP", "2", "250"))
    wave(world)
    (card,) = world.inbox("lin")
    assert scan(world, "w-1").words == "✓ WASHER (w-1). 3 lines left.\nNext: PUMP, 6 pc at A-1 · P-1"
    wrong = scan(world, "P-3", about=card.subject)
    assert wrong.words.startswith("“P-3” is not on this list; nothing was confirmed.")
    assert scan(world, "PUMP").words.startswith("PUMP fits 3 lines. Scan the lot on the label.")
    assert scan(world, "W-1").words.startswith("W-1 is confirmed already.")
    scan(world, "P-1")
    assert [row.title[0] for row in world.inbox("lin")[0].rows] == ["✓", "✓", "I", "I"]
    assert scan(world, "P-2").words.startswith("✓ PUMP (P-2). 1 line left.")
    assert scan(world, "P-2").words == "Done: All picked."
    assert signals.settle(world.desk) == 2
    assert examine(world.engine) == []


def test_an_order_is_picked_by_scan_without_a_wave_and_a_lot_on_no_pick_is_only_told_about(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    order(world, ("PUMP", "7", "250"), ("BOLT", "20", "2"))
    scan(world, "P-1")
    assert scan(world, "P-1").words.startswith("P-1 is confirmed already.")
    assert scan(world, "BOLT").words == "Done: All picked."
    assert scan(world, "P-2").cards[0].title == "Lot P-2"
    assert number_of(world)
    assert examine(world.engine) == []
