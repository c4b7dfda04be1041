"""What is tracked: lots that expire, serial numbers of one piece in one place, and items that are only counted."""

import datetime as dt
import threading

import pytest
from sqlalchemy import text

from app.doctor import examine
from inventory_core import items, lots, places
from inventory_core.db.engine import reading, writing
from inventory_core.errors import DuplicateSerial, ExpiredLot, NotEnoughStock
from inventory_core.stages import production
from tests.inventory_core.stock import Stock
from workflows.phrases import say_error

DAY = dt.timedelta(days=1)


def issue(stock: Stock, code: str, amount: int) -> list[tuple[str, str, int]]:
    world = stock.world
    with writing(world.engine) as db:
        return production.issue(
            db,
            items.by_code(db, code),
            amount,
            employee_id=world.person("lin").id,
            dedupe_key=f"issue:{next(world.ids)}",
            today=world.desk.today(),
            now=world.now,
        )


def test_a_lot_is_good_to_the_end_of_its_last_local_day(stock: Stock) -> None:
    today = stock.world.desk.today()
    glue = stock.lot("GLUE", expires_on=today, number="G-1")
    stock.post((glue, 10, "SUPPLIER", "A-1"))
    stock.world.now = stock.world.now.replace(hour=15, minute=59)  # 23:59 in Shanghai
    stock.post((glue, 1, "A-1", "PRODUCTION"))
    stock.world.pass_time(minutes=2)
    with pytest.raises(ExpiredLot) as refused:
        stock.post((glue, 1, "A-1", "PRODUCTION"))
    assert say_error("en", refused.value) == (
        f"Lot G-1 of GLUE was good until {today}. It can only be scrapped or sent back to the supplier."
    )


@pytest.mark.parametrize("target", ["PRODUCTION", "CUSTOMER", "RECV"])
def test_past_its_date_a_lot_goes_to_nobody(stock: Stock, target: str) -> None:
    glue = stock.lot("GLUE", expires_on=stock.world.desk.today() - DAY)
    stock.post((glue, 10, "SUPPLIER", "A-1"))
    with pytest.raises(ExpiredLot):
        stock.post((glue, 1, "A-1", target))
    assert stock.held("GLUE").total == 10


@pytest.mark.parametrize("target", ["SCRAP", "SUPPLIER", "ADJUSTMENT", "RECV/blocked", "A-1/blocked"])
def test_past_its_date_a_lot_may_be_blocked_scrapped_sent_back_and_counted_away(stock: Stock, target: str) -> None:
    glue = stock.lot("GLUE", expires_on=stock.world.desk.today() - DAY)
    stock.post((glue, 10, "SUPPLIER", "A-1"))
    stock.post((glue, 4, "A-1", target))
    assert examine(stock.world.engine) == []


def test_what_expires_first_is_taken_first_and_what_is_past_its_date_never(stock: Stock) -> None:
    today = stock.world.desk.today()
    for number, expires_on in (("LATE", today + 9 * DAY), ("PAST", today - DAY), ("SOON", today), ("NEVER", None)):
        stock.post((stock.lot("GLUE", expires_on=expires_on, number=number), 10, "SUPPLIER", "A-1"))
    assert issue(stock, "GLUE", 25) == [("A-1", "SOON", 10), ("A-1", "LATE", 10), ("A-1", "NEVER", 5)]
    with pytest.raises(NotEnoughStock) as refused:
        issue(stock, "GLUE", 6)
    assert refused.value.params["free"] == "5"


def test_eight_asked_of_ten_past_their_date_and_five_good_ones_are_five(stock: Stock) -> None:
    today = stock.world.desk.today()
    past, good = stock.lot("GLUE", expires_on=today - DAY, number="X"), stock.lot("GLUE", expires_on=today + 67 * DAY)
    stock.post((past, 10, "SUPPLIER", "A-1"), (good, 5, "SUPPLIER", "A-1"))
    with pytest.raises(NotEnoughStock) as refused:
        issue(stock, "GLUE", 8)
    assert say_error("en", refused.value) == "Only 5 pc of GLUE are free; 8 were asked for: 3 short."
    assert [part for _, _, part in issue(stock, "GLUE", 5)] == [5]
    assert stock.held("GLUE").total == 10


def test_an_issue_that_is_sent_again_takes_nothing_more(stock: Stock) -> None:
    nut, lin, today = stock.lot("NUT", number="N-1"), stock.world.person("lin").id, stock.world.desk.today()
    stock.post((nut, 10, "SUPPLIER", "A-1"))
    for _ in range(2):
        with writing(stock.world.engine) as db:
            taken = production.issue(
                db,
                items.by_code(db, "NUT"),
                7,
                employee_id=lin,
                dedupe_key="issue:once",
                today=today,
                now=stock.world.now,
            )
        assert taken == [("A-1", "N-1", 7)]
    assert stock.held("NUT").total == 3


def test_a_serial_number_is_one_piece_in_one_place(stock: Stock) -> None:
    pump = stock.lot("PUMP", tracking="serial", number="SN-7")
    with pytest.raises(DuplicateSerial):
        stock.post((pump, 2, "SUPPLIER", "A-1"))
    stock.post((pump, 1, "SUPPLIER", "RECV"))
    for target in ("RECV", "A-1", "A-1/blocked"):
        with pytest.raises(DuplicateSerial) as refused:
            stock.post((pump, 1, "SUPPLIER", target))
    assert say_error("en", refused.value) == "Serial number SN-7 is in stock already. Check the number on the piece."
    stock.post((pump, 1, "RECV", "A-1"))
    stock.post((pump, 1, "A-1", "RECV"))
    stock.post((pump, 1, "RECV", "CUSTOMER"))
    stock.post((pump, 1, "CUSTOMER", "A-1/inspection"))
    assert stock.held("PUMP").inspection == 1
    assert examine(stock.world.engine) == []


def test_of_many_who_move_one_serial_number_at_once_one_wins(stock: Stock) -> None:
    pump = stock.lot("PUMP", tracking="serial", number="SN-7")
    stock.post((pump, 1, "SUPPLIER", "RECV"))
    won: list[str] = []

    def move(number: int) -> None:
        target = ("A-1", "A-1/blocked", "PRODUCTION", "CUSTOMER")[number % 4]
        try:
            stock.post((pump, 1, "RECV", target), key=f"move:{number}")
            won.append(target)
        except (NotEnoughStock, DuplicateSerial):
            return

    threads = [threading.Thread(target=move, args=(number,)) for number in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(won) == 1
    assert examine(stock.world.engine) == []


def test_the_same_number_is_another_piece_of_another_item_and_taken_for_its_own(stock: Stock) -> None:
    stock.lot("PUMP", tracking="serial", number="SN-7")
    stock.lot("FAN", tracking="serial", number="SN-7")
    with pytest.raises(Exception, match=r"(?i)unique"):
        stock.lot("PUMP", tracking="serial", number="SN-7")


def test_a_receipt_gives_each_piece_its_number_and_a_counted_item_none(stock: Stock) -> None:
    world = stock.world
    world.given_item("PUMP", tracking="serial")
    world.given_item("SCREW", tracking="none")
    world.given_receipt(("PUMP", 3, "100"), ("SCREW", 500, "0.01"))
    world.tap("lin", "All arrived as ordered")
    world.tap("maria", "Reject some", {"accepted.1": "2", "cause.1": "damaged", "accepted.2": "500"})
    world.tap("otto", "Confirm quantity")
    with reading(world.engine) as db:
        rows = db.execute(
            text("""
                SELECT i.code, b.lot_id > 0, b.status, b.quantity FROM balances b JOIN items i ON i.id = b.item_id
                ORDER BY i.code, b.lot_id
            """)
        ).all()
    assert [(row[0], bool(row[1]), row[2], row[3]) for row in rows] == [
        ("PUMP", True, "available", 1), ("PUMP", True, "available", 1), ("PUMP", True, "blocked", 1),
        ("SCREW", False, "available", 500),
    ]  # fmt: skip
    assert examine(world.engine) == []


def test_identities_are_of_what_is_tracked(stock: Stock) -> None:
    item_id, _ = stock.lot("NUT")
    with writing(stock.world.engine) as db:
        made = {
            tracking: lots.receive(db, item_id, 3, tracking=tracking, received_on=stock.world.desk.today())
            for tracking in ("none", "lot", "serial")
        }
        assert places.virtual(db, "supplier")
    assert made["none"] == [(lots.NONE, 3)]
    assert [quantity for _, quantity in made["lot"]] == [3]
    assert [quantity for _, quantity in made["serial"]] == [1, 1, 1]
