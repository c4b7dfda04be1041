"""The goods receipt, from a due order to posted stock."""

import datetime as dt

from sqlalchemy import text

from app.doctor import examine
from bot import conversation
from bot.channel import Reply
from inventory_core import documents
from inventory_core.db.engine import reading, writing
from inventory_core.stages import receiving
from notifier.relay import expect_due_orders
from tests.world import World
from workflows import moves
from workflows.cards import Done, Refused
from workflows.intents import Sender


def test_a_small_receipt_is_posted_once_three_people_agree(world: World) -> None:
    world.given_receipt(("CHAIN", 550, "2.5"))
    assert isinstance(world.tap("lin", "All arrived as ordered"), Done)
    assert isinstance(world.tap("maria", "All good"), Done)
    assert world.on_hand("CHAIN").total == 0
    done = world.tap("otto", "Confirm quantity")
    assert isinstance(done, Done) and done.card is not None
    assert done.card.status == "Posted to stock"
    assert world.on_hand("CHAIN").available == 550
    assert not world.inbox("zhao")


def test_a_receipt_over_50000_waits_for_the_finance_director(world: World) -> None:
    world.given_receipt(("FRAME", 10, "5000.0001"))
    world.tap("lin", "All arrived as ordered")
    world.tap("maria", "All good")
    world.tap("otto", "Confirm quantity")
    assert world.on_hand("FRAME").total == 0
    assert isinstance(world.tap("zhao", "Approve price"), Done)
    assert world.on_hand("FRAME").available == 10


def test_a_receipt_of_exactly_50000_does_not(world: World) -> None:
    world.given_receipt(("FRAME", 10, "5000"))
    world.tap("lin", "All arrived as ordered")
    world.tap("maria", "All good")
    world.tap("otto", "Confirm quantity")
    assert world.on_hand("FRAME").available == 10


def test_what_the_inspector_rejects_lies_blocked_and_the_rest_is_available(world: World) -> None:
    world.given_receipt(("CHAIN", 553, "1"))
    world.tap("lin", "Something differs", {"received.1": "553", "damaged.1": "3"})
    form = world.open_form("maria", "Reject some")
    assert form.fields[0].default == "550"
    world.tap("maria", "Reject some", {"accepted.1": "550", "cause.1": "damaged"})
    world.tap("otto", "Confirm quantity")
    assert (world.on_hand("CHAIN").available, world.on_hand("CHAIN").blocked) == (550, 3)


def test_a_rejection_by_the_supervisor_blocks_all_and_tells_the_buyer(world: World) -> None:
    world.given_receipt(("CHAIN", 5, "1"))
    world.tap("lin", "All arrived as ordered")
    world.tap("maria", "All good")
    refused = world.tap("otto", "Reject", {"reason": ""})
    assert isinstance(refused, Refused) and refused.errors == {"reason": "Please fill this in."}
    done = world.tap("otto", "Reject", {"reason": "wrong papers"})
    assert isinstance(done, Done) and done.card is not None
    assert done.card.status == "Rejected; the goods are blocked"
    assert "wrong papers" in done.card.story[-1]
    assert (world.on_hand("CHAIN").available, world.on_hand("CHAIN").blocked) == (0, 5)


def test_a_short_delivery_is_posted_and_the_buyer_decides_about_the_rest(world: World) -> None:
    world.given_receipt(("CHAIN", 10, "1"), ("FRAME", 4, "1"))
    world.tap("lin", "Something differs", {"received.1": "7", "received.2": "4"})
    world.tap("maria", "All good")
    world.tap("otto", "Confirm quantity")
    assert world.on_hand("CHAIN").available == 7
    world.tap("chen", "Close the order short")
    assert _order_state(world) == "short"


def test_the_rest_that_is_kept_open_is_expected_again(world: World) -> None:
    world.given_receipt(("CHAIN", 10, "1"))
    world.tap("lin", "Something differs", {"received.1": "7"})
    world.tap("maria", "All good")
    world.tap("otto", "Confirm quantity")
    world.tap("chen", "Expect the rest in a week")
    assert _order_state(world) == "open"
    with reading(world.engine) as db:
        order = db.execute(text("SELECT id FROM documents WHERE kind = 'purchase_order'")).scalar_one()
    world.expect(order)
    assert world.inbox("lin")[0].rows[0].figures[0].value == "3 pc"
    world.tap("lin", "All arrived as ordered")
    world.tap("maria", "All good")
    world.tap("otto", "Confirm quantity")
    assert _order_state(world) == "complete"


def test_nothing_came_is_chased_by_the_buyer_and_leaves_no_stock(world: World) -> None:
    world.given_receipt(("CHAIN", 10, "1"))
    world.tap("lin", "Something differs", {"received.1": "0"})
    assert world.inbox("chen")[0].question == "Nothing came. What does the supplier say?"
    done = world.tap("chen", "It comes in a week")
    assert isinstance(done, Done) and done.card is not None
    assert done.card.status == "Nothing came; it is expected again"
    assert (_order_state(world), _due(world)) == ("open", "2026-11-25")
    assert world.on_hand("CHAIN").total == 0


def test_what_never_comes_is_cancelled_and_another_day_is_noted(world: World) -> None:
    order_id = world.given_order(("CHAIN", 10, "1"))
    world.expect(order_id)
    world.tap("lin", "Something differs", {"received.1": "0"})
    refused = world.tap("chen", "Another day", {"expected_on": "2026-11-17"})
    assert isinstance(refused, Refused) and refused.errors == {"expected_on": "At least 2026-11-18"}
    world.tap("chen", "Another day", {"expected_on": "2026-11-20"})
    assert _due(world) == "2026-11-20"
    world.expect(order_id)
    world.tap("lin", "Something differs", {"received.1": "0"})
    done = world.tap("chen", "Cancel the order", {"reason": "they are out of business"})
    assert isinstance(done, Done) and done.card is not None
    assert (done.card.status, _order_state(world)) == ("Nothing came; the order is closed", "cancelled")


def _due(world: World) -> str:
    with reading(world.engine) as db:
        return str(db.execute(text("SELECT due_on FROM documents WHERE kind = 'purchase_order'")).scalar_one())


def test_what_came_without_an_order_is_ordered_after_all_and_received_like_the_rest(world: World) -> None:
    world.given_item("BELL")
    with writing(world.engine) as db:
        db.execute(
            text("""
                INSERT INTO supplier_items (supplier_id, item_id, price, lead_time_days)
                SELECT p.id, i.id, 30000, 5 FROM partners p, items i WHERE p.code = 'LITWARE' AND i.code = 'BELL'
            """)
        )
    world.given_receipt(("CHAIN", 10, "1"))
    besides = {"besides.1.item": "bell", "besides.1.quantity": "4"}
    refused = world.tap("lin", "Something else came", {"received.1": "10", **besides, "besides.1.quantity": "4.5"})
    assert isinstance(refused, Refused) and refused.words.startswith("4.5 has too many decimal places")
    world.tap("lin", "Something else came", {"received.1": "10", **besides})
    world.tap("maria", "All good")
    world.tap("otto", "Confirm quantity")
    assert (world.on_hand("CHAIN").available, world.on_hand("BELL").total) == (10, 0)
    (card,) = world.inbox("chen")
    assert {fact.label: fact.value for fact in card.facts}["Came without an order"] == "BELL · Item BELL 4"
    form = world.open_form("chen", "Order it after all")
    assert [each.default for each in form.fields][:3] == ["BELL", "4", "3"]
    world.tap("chen", "Order it after all", {each.name: each.default for each in form.fields})
    assert expect_due_orders(world.desk) == 1
    for person, label in POSTING:
        world.tap(person, label)
    assert world.on_hand("BELL").available == 4
    assert examine(world.engine) == []


def test_only_something_else_came_and_is_sent_back(world: World) -> None:
    world.given_item("BELL")
    world.given_receipt(("CHAIN", 10, "1"))
    besides = {"besides.1.item": "BELL", "besides.1.quantity": "4"}
    world.tap("lin", "Something else came", {"received.1": "0", **besides})
    world.tap("chen", "Send it back")
    world.tap("chen", "It comes in a week")
    assert (world.on_hand("BELL").total, _order_state(world)) == (0, "open")


def test_a_supplier_that_is_counted_blind_gives_no_figure_to_who_receives(world: World) -> None:
    with writing(world.engine) as db:
        db.execute(text("UPDATE partners SET counts_blind = 1"))
    world.given_receipt(("CHAIN", 10, "1"))
    (card,) = world.inbox("lin")
    assert [each.label for each in card.buttons] == ["Something differs", "Something else came"]
    assert card.rows[0].figures == ()
    form = world.open_form("lin", "Something differs")
    assert (form.fields[0].default, form.fields[0].hint, form.groups[0].detail) == ("", "", "")
    refused = world.tap("lin", "Something differs", {"received.1": ""})
    assert isinstance(refused, Refused) and refused.errors == {"received.1": "Please fill this in."}
    world.tap("lin", "Something differs", {"received.1": "9"})
    assert {each.label: each.value for each in world.inbox("maria")[0].rows[0].figures} == {"Received": "9 pc"}
    world.tap("maria", "All good")
    assert [each.value for each in world.inbox("otto")[0].rows[0].figures] == ["10 pc", "9 pc", "9 pc"]


def given_checks(world: World) -> None:
    """Let chains be measured: their pitch between 12.65 and 12.75 mm, their strength of 8,000 N at least."""
    world.given_item("CHAIN")
    with writing(world.engine) as db:
        for position, name, unit, low, high in ((1, "Pitch", "mm", "12.65", "12.75"), (2, "Strength", "N", "8000", "")):
            db.execute(
                text("""
                    INSERT INTO item_checks (item_id, position, name, unit, at_least, at_most)
                    SELECT id, :position, :name, :unit, :low, :high FROM items
                """),
                {"position": position, "name": name, "unit": unit, "low": low, "high": high},
            )


def test_measured_values_within_their_limits_pass(world: World) -> None:
    given_checks(world)
    world.given_receipt(("CHAIN", 10, "1"))
    world.tap("lin", "All arrived as ordered")
    (card,) = world.inbox("maria")
    assert [each.label for each in card.buttons] == ["All good, with values", "Reject some"]
    assert {each.label: each.value for each in card.rows[0].figures}["Measure"] == (
        "Pitch 12.65–12.75 mm; Strength ≥ 8000 N"
    )
    for words in ("12.7", "12.7; strong", "12.7; 8100; 3"):
        refused = world.tap("maria", "All good, with values", {"measured.1": words})
        assert isinstance(refused, Refused) and "does not say what was measured of CHAIN" in refused.words
    world.tap("maria", "All good, with values", {"measured.1": "12.7 12.65，12.75； 8000 8,450"})
    world.tap("otto", "Confirm quantity")
    assert world.on_hand("CHAIN").available == 10


def test_a_value_out_of_limits_needs_a_concession(world: World) -> None:
    given_checks(world)
    world.given_receipt(("CHAIN", 10, "1"))
    world.tap("lin", "All arrived as ordered")
    world.tap("maria", "All good, with values", {"measured.1": "12.7 12.76; 7999"})
    (card,) = world.inbox("otto")
    assert card.question == "The sample failed. Is the lot taken all the same?"
    told = {each.label: each.value for each in card.rows[0].figures}
    assert (told["Measured"], told["Out of limits"]) == ("12.7 12.76; 7999", "2")
    world.tap("otto", "Take under concession", {"reason": "fits all the same"})
    assert world.on_hand("CHAIN").available == 10
    assert examine(world.engine) == []


def test_more_than_is_open_is_refused_on_its_field_and_nothing_is_half_done(world: World) -> None:
    world.given_receipt(("CHAIN", 10, "1"))
    refused = world.tap("lin", "Something differs", {"received.1": "11"})
    assert isinstance(refused, Refused)
    assert refused.errors["received.1"].startswith("CHAIN: at most 10 pc are open")
    assert world.inbox("lin")


def _order_state(world: World) -> str:
    with reading(world.engine) as db:
        return str(db.execute(text("SELECT state FROM documents WHERE kind = 'purchase_order'")).scalar_one())


def test_a_posted_receipt_is_taken_back_and_its_order_waits_again(world: World) -> None:
    _post(world)
    assert _order_state(world) == "complete"
    assert _says(world, "lin", "reverse GR-4012 wrong goods").startswith("This is for: warehouse supervisor.")
    assert _says(world, "otto", "reverse GR-4012").startswith("Write the receipt and the reason")
    assert _says(world, "otto", "reverse GR-99 wrong goods") == "There is no receipt GR-99."
    assert _says(world, "otto", "reverse gr-4012 wrong goods").startswith("GR-4012 is reversed")
    assert (world.on_hand("CHAIN").total, _order_state(world)) == (0, "open")
    assert _says(world, "otto", "冲销 GR-4012 again").startswith("GR-4012 is not a posted receipt")
    assert examine(world.engine) == []
    story = _answer(world, "otto", "trace L261118-0001").cards[0].story
    assert [line.split(" · ")[-1] for line in story] == ["reversed below", "reversal: wrong goods"]


def test_a_receipt_whose_goods_have_moved_on_is_not_taken_back(world: World) -> None:
    _post(world)
    _says(world, "lin", "issue CHAIN 3")
    assert (
        _says(world, "otto", "reverse GR-4012 wrong goods")
        == "Only 7 pc of CHAIN are free; 10 were asked for: 3 short."
    )
    assert (world.on_hand("CHAIN").total, _order_state(world)) == (7, "complete")


def test_what_was_taken_back_comes_again(world: World) -> None:
    _post(world)
    _says(world, "otto", "reverse GR-4012 wrong goods")
    with reading(world.engine) as db:
        order = db.execute(text("SELECT id FROM documents WHERE kind = 'purchase_order'")).scalar_one()
    world.expect(order)
    for person, label in POSTING:
        world.tap(person, label)
    assert (world.on_hand("CHAIN").total, _order_state(world)) == (10, "complete")
    assert examine(world.engine) == []


def _tolerant(world: World, code: str, percent: int) -> None:
    world.given_item(code)
    with writing(world.engine) as db:
        db.execute(
            text("UPDATE items SET over_receipt_percent = :percent WHERE code = :code"),
            {"percent": percent, "code": code},
        )


def _deliver(world: World, order_id: int, amount: str, *, with_surplus: bool = False) -> Done | Refused:
    """Let so much of a one-line order arrive, and decide about it."""
    today = world.desk.today()
    with writing(world.engine) as db:
        receipt_id = receiving.expect(db, order_id, today=today, with_surplus=with_surplus)
        moves.start(db, world.desk, documents.load(db, receipt_id))
    came = world.tap("lin", "Something differs", {"received.1": amount})
    if isinstance(came, Done):
        world.tap("maria", "All good")
        world.tap("otto", "Confirm quantity")
        if world.inbox("chen"):
            world.tap("chen", "Expect the rest in a week")
    return came


def test_more_than_ordered_may_come_within_the_tolerance_of_the_whole_line(shop: World) -> None:
    _tolerant(shop, "BAG", 2)
    order = shop.given_order(("BAG", 10_000, "1"), number="5001")
    for _ in range(20):
        assert isinstance(_deliver(shop, order, "505"), Done)
    assert shop.on_hand("BAG").available == 10_100
    refused = _deliver(shop, order, "101", with_surplus=True)
    assert isinstance(refused, Refused)
    assert refused.errors["received.1"].startswith("BAG: at most 100 pc")
    assert isinstance(shop.tap("lin", "Something differs", {"received.1": "100"}), Done)
    shop.tap("maria", "All good")
    shop.tap("otto", "Confirm quantity")
    assert shop.on_hand("BAG").available == 10_200
    assert examine(shop.engine) == []


def test_the_open_rest_is_exact_and_exactly_all_completes(shop: World) -> None:
    first = shop.given_order(("BAG", 15, "1"), number="5002")
    _deliver(shop, first, "10")
    with reading(shop.engine) as db:
        assert documents.load(db, first).lines[0].quantity("open") == 5
    second = shop.given_order(("BAG", 1_000, "1"), number="5003")
    _deliver(shop, second, "1000")
    with reading(shop.engine) as db:
        assert documents.load(db, second).state == "complete"


def test_two_deliveries_of_one_moment_do_not_pass_the_tolerance_together(shop: World) -> None:
    _tolerant(shop, "BAG", 10)
    order = shop.given_order(("BAG", 100, "1"), number="5004")
    shop.expect(order)
    shop.expect(order)
    for _ in range(2):
        shop.tap("lin", "Something differs", {"received.1": "60"})
    for _ in range(2):
        shop.tap("maria", "All good")
    shop.tap("otto", "Confirm quantity")
    if shop.inbox("chen"):
        shop.tap("chen", "Expect the rest in a week")
    refused = shop.tap("otto", "Confirm quantity")
    assert isinstance(refused, Refused) and "at most 50 pc" in refused.words
    assert shop.on_hand("BAG").available == 60


POSTING = (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity"))


def _post(world: World) -> None:
    world.given_receipt(("CHAIN", 10, "1"))
    for person, label in POSTING:
        world.tap(person, label)


def _answer(world: World, person: str, words: str) -> Reply:
    sender = Sender("web", "", person)
    return conversation.answer(world.desk, sender, world.address(person), words, dedupe=f"said:{next(world.ids)}")


def _says(world: World, person: str, words: str) -> str:
    return _answer(world, person, words).words


def test_who_receives_asks_what_comes(world: World) -> None:
    today = world.desk.today()
    assert _answer(world, "lin", "expected").cards[0].summary == "Nothing is expected in the next seven days."
    for number, days in (("4001", -2), ("4002", 0), ("4003", 7), ("4004", 8)):
        world.given_order(("CHAIN", 5, "1"), number=number, due=today + dt.timedelta(days=days))
    (card,) = _answer(world, "lin", "待收").cards
    assert (card.title, card.summary, card.tone) == ("Expected at the dock", "1 today, 1 overdue", "bad")
    assert [(row.title, row.detail, row.figures[0].value) for row in card.rows] == [
        ("Litware", "4001 · Item CHAIN", "2 days late"),
        ("Litware", "4002 · Item CHAIN", "today"),
        ("Litware", "4003 · Item CHAIN", "25 Nov"),
    ]
