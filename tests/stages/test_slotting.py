"""Which bin is proposed: fixed, the same goods, the category's zone, the nearest free one; each while it has room."""

from collections.abc import Mapping

import pytest
from sqlalchemy import text

from app.doctor import examine
from bot import conversation
from bot.channel import Reply
from inventory_core import labels
from inventory_core.db.engine import reading, writing
from notifier import relay
from tests.inventory_core.stock import Stock
from tests.world import World
from workflows.cards import Done, Refused
from workflows.intents import Sender


def add(world: World, kind: str, code: str, parent: str, order: int = 0) -> None:
    with writing(world.engine) as db:
        db.execute(
            text("""
                INSERT INTO locations (kind, code, name, parent_id, walk_order)
                SELECT :kind, :code, :code, id, :order FROM locations WHERE code = :parent
            """),
            {"kind": kind, "code": code, "parent": parent, "order": order},
        )


def takes(world: World, bin_: str, item: str, *, capacity: int | None = None, is_fixed: int = 0) -> None:
    with writing(world.engine) as db:
        db.execute(
            text("""
                INSERT INTO bin_items (item_id, location_id, is_fixed, capacity)
                SELECT i.id, c.id, :fixed, :capacity FROM items i, locations c WHERE i.code = :item AND c.code = :bin
            """),
            {"item": item, "bin": bin_, "capacity": capacity, "fixed": is_fixed},
        )


def receive(world: World, *lines: tuple[str, int, str], number: str = "4012") -> None:
    world.given_receipt(*lines, number=number)
    for person, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        world.send(person, world.button(person, label, card=-1).token)
    relay.start_waiting(world.desk)


def proposed(world: World, *, card: int = 0) -> list[tuple[str, str, str]]:
    """Return (item, bin, quantity) of the rows of a putaway card."""
    rows = world.inbox("lin")[card].rows
    details = [row.detail.split(" · ") for row in rows]
    return [(each[0], each[1], row.figures[0].value) for each, row in zip(details, rows, strict=True)]


def where(world: World, code: str) -> Mapping[str, int]:
    with reading(world.engine) as db:
        rows = db.execute(
            text("""
                SELECT c.code, SUM(b.quantity) AS quantity FROM balances b JOIN locations c ON c.id = b.location_id
                JOIN items i ON i.id = b.item_id WHERE i.code = :code AND b.quantity > 0 GROUP BY c.code
            """),
            {"code": code},
        )
        return {row.code: int(row.quantity) for row in rows}


def says(world: World, code: str, words: str, *, about: str = "") -> Reply:
    sender = Sender("web", "", code)
    return conversation.answer(
        world.desk, sender, world.address(code), words, dedupe=f"words:{next(world.ids)}", about=about
    )


@pytest.fixture
def hall(world: World) -> World:
    """Bins A-1 to A-3 in zone A, and C-1, C-2 in the zone COLD, in walking order; SEAL and BOLT are known."""
    for order, code in enumerate(("A-2", "A-3"), 2):
        add(world, "bin", code, "A", order)
    add(world, "zone", "COLD", "MAIN")
    for order, code in enumerate(("C-1", "C-2"), 10):
        add(world, "bin", code, "COLD", order)
    for code in ("SEAL", "BOLT"):
        world.given_item(code)
    return world


def test_an_items_fixed_bin_comes_first_and_is_kept_from_others(hall: World) -> None:
    takes(hall, "A-1", "SEAL", is_fixed=1)
    stock = Stock(hall)
    stock.post((stock.lot("SEAL"), 3, "SUPPLIER", "A-3"))
    receive(hall, ("BOLT", 5, "1"), ("SEAL", 7, "1"))
    assert proposed(hall) == [("BOLT", "A-2", "5 pc"), ("SEAL", "A-1", "7 pc")]
    hall.tap("lin", "Where proposed")
    assert (where(hall, "SEAL"), where(hall, "BOLT")) == ({"A-1": 7, "A-3": 3}, {"A-2": 5})
    assert examine(hall.engine) == []


def test_what_a_bin_has_no_room_for_goes_on_lines_of_its_own_to_the_next(hall: World) -> None:
    takes(hall, "A-1", "SEAL", is_fixed=1, capacity=10)
    takes(hall, "A-2", "SEAL", capacity=4)
    stock = Stock(hall)
    stock.post((stock.lot("SEAL"), 3, "SUPPLIER", "A-1"))
    receive(hall, ("SEAL", 20, "1"))
    assert proposed(hall) == [("SEAL", "A-1", "7 pc"), ("SEAL", "A-2", "4 pc"), ("SEAL", "A-3", "9 pc")]
    hall.tap("lin", "Where proposed")
    assert where(hall, "SEAL") == {"A-1": 10, "A-2": 4, "A-3": 9}
    assert examine(hall.engine) == []


def test_what_is_on_its_way_to_a_bin_counts_as_lying_there(hall: World) -> None:
    takes(hall, "A-1", "SEAL", is_fixed=1, capacity=10)
    receive(hall, ("SEAL", 8, "1"))
    receive(hall, ("SEAL", 5, "1"), ("BOLT", 1, "1"), number="4013")
    cards = {card.title: at for at, card in enumerate(hall.inbox("lin"))}
    assert proposed(hall, card=cards["Put away GR-4012"]) == [("SEAL", "A-1", "8 pc")]
    second = proposed(hall, card=cards["Put away GR-4013"])
    assert second == [("SEAL", "A-1", "2 pc"), ("SEAL", "A-2", "3 pc"), ("BOLT", "A-3", "1 pc")]


def test_a_zone_takes_the_items_of_its_categories_and_no_others(hall: World) -> None:
    with writing(hall.engine) as db:
        db.execute(text("UPDATE items SET category = 'chilled' WHERE code = 'SEAL'"))
        db.execute(text("INSERT INTO zone_categories SELECT id, 'chilled' FROM locations WHERE code = 'COLD'"))
    receive(hall, ("SEAL", 7, "1"), ("BOLT", 5, "1"))
    assert proposed(hall) == [("SEAL", "C-1", "7 pc"), ("BOLT", "A-1", "5 pc")]
    stock = Stock(hall)
    for bin_ in ("A-1", "A-2", "A-3"):
        stock.post((stock.lot("NUT"), 1, "SUPPLIER", bin_))
    hall.tap("lin", "Another bin", {"target.1": "C-1", "target.2": "A-1"})
    hall.given_item("WASHER")
    receive(hall, ("WASHER", 2, "1"), number="4013")
    assert "No bin has room" in hall.inbox("lin")[0].rows[0].detail, "the cold zone is not for washers"


def test_where_no_bin_has_room_the_card_says_so_and_the_tap_asks_for_one(hall: World) -> None:
    for bin_ in ("A-1", "A-2", "A-3", "C-1", "C-2"):
        takes(hall, bin_, "SEAL", capacity=2)
    receive(hall, ("SEAL", 11, "1"), ("BOLT", 0 + 1, "1"))
    rows = hall.inbox("lin")[0].rows
    assert [row.figures[0].value for row in rows] == ["2 pc", "2 pc", "2 pc", "2 pc", "2 pc", "1 pc", "1 pc"]
    assert [row.detail.endswith("No bin has room: choose one") for row in rows] == [False] * 5 + [True, True]
    form = hall.open_form("lin", "Where proposed")
    assert [each.name for each in form.fields] == ["chosen.6", "chosen.7"]
    refused = hall.tap("lin", "Where proposed", {"chosen.6": "", "chosen.7": "A-3"})
    assert isinstance(refused, Refused) and refused.errors == {"chosen.6": "Please fill this in."}
    assert isinstance(hall.tap("lin", "Where proposed", {"chosen.6": "A-3", "chosen.7": "A-3"}), Done)
    assert where(hall, "SEAL") == {"A-1": 2, "A-2": 2, "A-3": 3, "C-1": 2, "C-2": 2}
    assert examine(hall.engine) == []


def test_a_scan_of_the_proposed_bin_settles_the_line(hall: World) -> None:
    receive(hall, ("SEAL", 7, "1"))
    (card,) = hall.inbox("lin")
    assert says(hall, "lin", "a-1", about=card.subject).cards[0].status == "Put away"
    assert where(hall, "SEAL") == {"A-1": 7}
    assert examine(hall.engine) == []


def test_another_bin_is_scanned_with_its_reason_or_the_reason_is_asked(hall: World) -> None:
    receive(hall, ("SEAL", 7, "1"))
    (card,) = hall.inbox("lin")
    asked = says(hall, "lin", "A-3", about=card.subject)
    assert asked.words == "Why another one: Please fill this in."
    assert asked.form is not None and [each.default for each in asked.form.fields] == ["A-3", ""]
    assert where(hall, "SEAL") == {"RECV": 7}
    (told,) = says(hall, "lin", "A-3 it is full", about=card.subject).cards
    assert (told.status, told.rows[0].detail.split(" · ")[1]) == ("Put away", "A-3")
    assert where(hall, "SEAL") == {"A-3": 7}


def test_what_is_no_bin_is_told_in_one_sentence(hall: World) -> None:
    receive(hall, ("SEAL", 7, "1"))
    (card,) = hall.inbox("lin")
    assert says(hall, "lin", "Z-9", about=card.subject).words == "There is no bin Z-9."
    assert where(hall, "SEAL") == {"RECV": 7}


def test_several_lots_are_put_away_scan_by_scan(hall: World) -> None:
    receive(hall, ("SEAL", 7, "1"), ("BOLT", 5, "1"))
    (card,) = hall.inbox("lin")
    lots = [row.detail.split(" · ")[2] for row in card.rows]
    unclear = says(hall, "lin", "C-2", about=card.subject)
    assert unclear.words == f"Which goods went to C-2? Scan the lot with it, for example: {lots[0]} C-2"
    says(hall, "lin", "A-2", about=card.subject)
    assert (where(hall, "SEAL"), where(hall, "BOLT")) == ({"RECV": 7}, {"A-2": 5})
    (rest,) = hall.inbox("lin")
    assert rest.rows[1].detail.endswith("A-2 · " + lots[1] + " · Put away")
    code = labels.payload(labels.Label("SEAL", lots[0], "7"))
    says(hall, "lin", f"{code} C-2 full", about=rest.subject)
    assert where(hall, "SEAL") == {"RECV": 7}, "“full” is no reason of the list: it asks"
    says(hall, "lin", f"{code} C-2 it is full", about=rest.subject)
    assert where(hall, "SEAL") == {"C-2": 7}
    assert hall.inbox("lin") == ()
    assert examine(hall.engine) == []


def test_a_form_without_a_bin_moves_nothing(hall: World) -> None:
    receive(hall, ("SEAL", 7, "1"))
    refused = hall.tap("lin", "Another bin", {})
    assert isinstance(refused, Refused) and refused.words.startswith("No bin is named for SEAL.")
    assert where(hall, "SEAL") == {"RECV": 7}
