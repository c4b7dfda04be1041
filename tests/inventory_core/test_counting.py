"""Counting while goods move: what was seen is held against the books of that moment, and a later look stands."""

import datetime as dt

import pytest

from app.doctor import examine
from inventory_core import counting, items, places, reservations
from inventory_core.db.engine import reading, writing
from inventory_core.errors import CountedSince
from inventory_core.movement import Key, Movement, Place, Transfer
from tests.inventory_core.stock import Stock
from workflows.phrases import say_error


def count(stock: Stock, lot: tuple[int, int], counted: int, *, where: str = "A-1") -> int:
    """Note a count made now."""
    world = stock.world
    with writing(world.engine) as db:
        place = stock.place(db, where)
        return counting.take(
            db,
            Key(*lot, place.location_id, place.status),
            counted,
            at=world.now,
            day=world.desk.today(),
            employee_id=world.person("lin").id,
            dedupe_key=f"count:{next(world.ids)}",
        )


def post(stock: Stock, count_id: int) -> int:
    with writing(stock.world.engine) as db:
        return counting.post(db, count_id, employee_id=stock.world.person("otto").id, now=stock.world.now)


def test_what_was_taken_between_look_and_posting_stays_taken(stock: Stock) -> None:
    nut = stock.lot("NUT")
    stock.post((nut, 100, "SUPPLIER", "A-1"))
    stock.world.pass_time(minutes=10)
    seen = count(stock, nut, 100)
    stock.world.pass_time(minutes=5)
    stock.post((nut, 30, "A-1", "PRODUCTION"))
    stock.world.pass_time(minutes=5)
    assert post(stock, seen) == 0
    assert stock.held("NUT").total == 70


def test_a_difference_is_posted_once(stock: Stock) -> None:
    nut = stock.lot("NUT")
    stock.post((nut, 100, "SUPPLIER", "A-1", 1_000))
    stock.world.pass_time(minutes=1)
    seen = count(stock, nut, 97)
    assert [post(stock, seen), post(stock, seen)] == [-3, -3]
    assert (stock.held("NUT").total, stock.value("NUT")) == (97, 970)
    assert examine(stock.world.engine) == []


def test_of_two_counts_of_a_bin_the_later_look_stands(stock: Stock) -> None:
    nut = stock.lot("NUT")
    stock.post((nut, 10, "SUPPLIER", "A-1"))
    stock.world.pass_time(minutes=1)
    first = count(stock, nut, 20)
    stock.world.pass_time(minutes=2)
    second = count(stock, nut, 30)
    assert [post(stock, first), post(stock, second)] == [10, 10]
    assert stock.held("NUT").total == 30


def test_a_count_older_than_a_posted_one_is_refused_and_that_one_is_named(stock: Stock) -> None:
    nut = stock.lot("NUT")
    stock.post((nut, 10, "SUPPLIER", "A-1"))
    stock.world.pass_time(minutes=1)
    first = count(stock, nut, 20)
    stock.world.pass_time(minutes=2)
    post(stock, count(stock, nut, 30))
    with pytest.raises(CountedSince) as refused:
        post(stock, first)
    assert say_error("en", refused.value).startswith("NUT in A-1 was counted after that: 30.")
    assert stock.held("NUT").total == 30


def test_nothing_is_entered_as_if_it_were_before_a_count(stock: Stock) -> None:
    from inventory_core import ledger

    world, nut = stock.world, stock.lot("NUT")
    before = world.now
    world.pass_time(hours=1)
    post(stock, count(stock, nut, 1))
    with reading(world.engine) as db:
        transfer = Transfer(*nut, 56, Place(places.virtual(db, "supplier")), Place(places.id_of(db, "A-1")), 1)
    late = Movement("receipt", "late", before, world.desk.today(), [transfer])
    with pytest.raises(CountedSince), writing(world.engine) as db:
        ledger.post(db, late, now=world.now)
    assert stock.held("NUT").total == 1


def test_what_was_entered_with_an_earlier_hour_is_in_the_books_that_are_counted_against(stock: Stock) -> None:
    from inventory_core import ledger

    world, nut = stock.world, stock.lot("NUT")
    midnight = world.now.replace(hour=0) - dt.timedelta(hours=8)
    stock.post((nut, 7_000, "SUPPLIER", "A-1"))
    with writing(world.engine) as db:
        transfer = Transfer(*nut, 700, Place(places.id_of(db, "A-1")), Place(places.virtual(db, "production")))
        ledger.post(db, Movement("issue", "midnight", midnight, world.desk.today(), [transfer]), now=world.now)
    world.pass_time(minutes=1)
    assert post(stock, count(stock, nut, 6_200)) == -100
    assert stock.held("NUT").total == 6_200


def test_a_count_below_what_is_kept_lets_the_newest_go(stock: Stock) -> None:
    world, nut = stock.world, stock.lot("NUT")
    stock.post((nut, 10, "SUPPLIER", "A-1"))
    kept = []
    for number in range(3):
        with writing(world.engine) as db:
            kept.append(
                reservations.reserve(
                    db,
                    items.by_code(db, "NUT"),
                    3,
                    lot_id=nut[1],
                    location_id=places.id_of(db, "A-1"),
                    key=f"order:{number}",
                    day=world.desk.today(),
                    now=world.now,
                )
            )
    world.pass_time(minutes=1)
    assert post(stock, count(stock, nut, 7)) == -3
    with reading(world.engine) as db:
        assert [reservations.load(db, each).is_open for each in kept] == [True, True, False]
    assert (stock.held("NUT").total, stock.held("NUT").reserved) == (7, 6)
    assert examine(world.engine) == []


def test_goods_that_nobody_knew_of_are_found(stock: Stock) -> None:
    nut = stock.lot("NUT")
    assert post(stock, count(stock, nut, 4, where="RECV/blocked")) == 4
    assert stock.held("NUT").blocked == 4
    assert examine(stock.world.engine) == []


def test_one_line_that_somebody_counted_since_asks_again_and_the_others_post(stock: Stock) -> None:
    lots = [stock.lot(code) for code in ("NUT", "BOLT", "WASHER")]
    for lot in lots:
        stock.post((lot, 10, "SUPPLIER", "A-1"))
    stock.world.pass_time(minutes=1)
    seen = [count(stock, lot, 9) for lot in lots]
    stock.world.pass_time(minutes=1)
    post(stock, count(stock, lots[1], 12))
    posted = [post(stock, each) for each in (seen[0], seen[2])]
    with pytest.raises(CountedSince):
        post(stock, seen[1])
    assert posted == [-1, -1]
    assert [stock.held(code).total for code in ("NUT", "BOLT", "WASHER")] == [9, 12, 9]
    assert examine(stock.world.engine) == []
