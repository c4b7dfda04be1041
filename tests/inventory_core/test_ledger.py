"""The ledger: double entry, append-only, exact, once; and never below zero, whoever posts at the same time."""

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.doctor import examine
from inventory_core import journal
from inventory_core.db.engine import reading, writing
from inventory_core.errors import AlreadyReversed, DedupeConflict, NotEnoughStock
from tests.inventory_core.stock import Stock


def test_what_comes_in_lies_where_it_was_put(stock: Stock) -> None:
    nut = stock.lot("NUT")
    stock.post((nut, 10, "SUPPLIER", "RECV"))
    stock.post((nut, 4, "RECV", "A-1"), (nut, 1, "RECV", "RECV/blocked"))
    held = stock.held("NUT")
    assert (held.available, held.blocked, held.total) == (9, 1, 10)
    assert sum(quantity for quantity, _ in stock.lines()) == 0
    assert examine(stock.world.engine) == []


def test_more_than_is_free_is_refused_with_the_figures_and_nothing_is_kept(stock: Stock) -> None:
    nut, bolt = stock.lot("NUT"), stock.lot("BOLT")
    stock.post((nut, 10, "SUPPLIER", "A-1"), (bolt, 10, "SUPPLIER", "A-1"))
    before = stock.count("movements"), stock.count("journal")
    with pytest.raises(NotEnoughStock) as refused:
        stock.post((bolt, 5, "A-1", "PRODUCTION"), (nut, 11, "A-1", "PRODUCTION"))
    assert refused.value.params == {
        "item": "NUT",
        "place": "A-1",
        "wanted": "11",
        "free": "10",
        "short": "1",
        "unit": "pc",
    }
    assert (stock.held("NUT").total, stock.held("BOLT").total) == (10, 10)
    assert (stock.count("movements"), stock.count("journal")) == before


@pytest.mark.parametrize("source", ["A-1/blocked", "A-1/inspection", "RECV"])
def test_goods_of_another_status_or_place_are_not_taken(stock: Stock, source: str) -> None:
    nut = stock.lot("NUT")
    stock.post((nut, 10, "SUPPLIER", "A-1"))
    with pytest.raises(NotEnoughStock):
        stock.post((nut, 1, source, "PRODUCTION"))


def test_goods_may_pass_through_a_place_within_one_movement(stock: Stock) -> None:
    nut = stock.lot("NUT")
    stock.post((nut, 10, "SUPPLIER", "RECV"), (nut, 10, "RECV", "A-1"))
    assert stock.held("NUT").available == 10


def test_the_same_key_posts_once(stock: Stock) -> None:
    nut = stock.lot("NUT")
    first = stock.post((nut, 10, "SUPPLIER", "A-1"), key="receipt:7")
    assert stock.post((nut, 10, "SUPPLIER", "A-1"), key="receipt:7") == first
    assert stock.held("NUT").total == 10
    assert stock.count("movements") == 1


def test_the_same_key_with_other_contents_is_refused(stock: Stock) -> None:
    nut = stock.lot("NUT")
    stock.post((nut, 10, "SUPPLIER", "A-1"), key="receipt:7")
    for other in ((nut, 11, "SUPPLIER", "A-1"), (nut, 10, "SUPPLIER", "RECV"), (nut, 10, "SUPPLIER", "A-1/blocked")):
        with pytest.raises(DedupeConflict):
            stock.post(other, key="receipt:7")
    assert stock.held("NUT").total == 10


def test_a_reversal_restores_quantity_and_value_and_stands_beside_it(stock: Stock) -> None:
    nut = stock.lot("NUT")
    stock.post((nut, 3, "SUPPLIER", "A-1", 1_000))
    issue = stock.post((nut, 1, "A-1", "PRODUCTION"))
    assert (stock.held("NUT").total, stock.value("NUT")) == (2, 667)
    undo = stock.reverse(issue, key="undo")
    assert (stock.held("NUT").total, stock.value("NUT")) == (3, 1_000)
    assert stock.reverse(issue, key="undo") == undo
    with pytest.raises(AlreadyReversed):
        stock.reverse(issue, key="another")
    assert examine(stock.world.engine) == []


def test_a_receipt_whose_goods_have_moved_on_is_not_reversed(stock: Stock) -> None:
    nut = stock.lot("NUT")
    receipt = stock.post((nut, 3, "SUPPLIER", "A-1", 1_000))
    stock.post((nut, 1, "A-1", "PRODUCTION"))
    with pytest.raises(NotEnoughStock):
        stock.reverse(receipt)
    assert stock.held("NUT").total == 2


def test_what_goes_out_takes_the_average_and_the_last_piece_the_rest(stock: Stock) -> None:
    nut = stock.lot("NUT")
    stock.post((nut, 3, "SUPPLIER", "A-1", 1_000))
    values = []
    for _ in range(3):
        stock.post((nut, 1, "A-1", "PRODUCTION"))
        values.append(stock.value("NUT"))
    assert values == [667, 334, 0]
    stock.post((nut, 2, "SUPPLIER", "A-1", 500))
    stock.post((nut, 2, "SUPPLIER", "A-1", 1_500))
    stock.post((nut, 1, "A-1", "SCRAP"))
    assert stock.value("NUT") == 1_500
    assert examine(stock.world.engine) == []


def test_moving_within_the_house_changes_no_value(stock: Stock) -> None:
    nut = stock.lot("NUT")
    stock.post((nut, 3, "SUPPLIER", "RECV", 1_000))
    stock.post((nut, 2, "RECV", "A-1"), (nut, 1, "RECV", "RECV/blocked"))
    assert stock.value("NUT") == 1_000


@pytest.mark.parametrize("table", ["movements", "movement_lines", "journal", "journal_seals"])
def test_the_database_itself_refuses_to_change_what_was_posted(stock: Stock, table: str) -> None:
    nut = stock.lot("NUT")
    stock.post((nut, 3, "SUPPLIER", "A-1", 1_000))
    with writing(stock.world.engine) as db:
        journal.mark_told(db, journal.untold(db, limit=100))
    before = stock.count(table)
    for change in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
        statement = change.replace("SET id = id", "SET hash = hash") if table == "journal_seals" else change
        with pytest.raises(DBAPIError, match="append-only"), writing(stock.world.engine) as db:
            db.execute(text(statement))
    assert stock.count(table) == before > 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE balances SET quantity = -1",
        "UPDATE balances SET reserved = quantity + 1",
        "UPDATE item_values SET quantity = 0",
        "UPDATE items SET precision = 7",
    ],
)
def test_the_database_itself_refuses_an_impossible_figure(stock: Stock, statement: str) -> None:
    nut = stock.lot("NUT")
    stock.post((nut, 3, "SUPPLIER", "A-1", 1_000))
    with pytest.raises(IntegrityError), writing(stock.world.engine) as db:
        db.execute(text(statement))


def test_takers_at_once_never_get_more_than_there_was(stock: Stock) -> None:
    nut = stock.lot("NUT")
    stock.post((nut, 25, "SUPPLIER", "A-1", 2_500))
    taken, refused = [], []

    def take(worker: int) -> None:
        try:
            taken.append(stock.post((nut, 1, "A-1", "PRODUCTION"), key=f"take:{worker}"))
        except NotEnoughStock:
            refused.append(worker)

    _at_once(take, 50)
    assert (len(taken), len(refused)) == (25, 25)
    assert (stock.held("NUT").total, stock.value("NUT")) == (0, 0)
    assert examine(stock.world.engine) == []


def test_the_same_act_at_once_counts_once(stock: Stock) -> None:
    nut = stock.lot("NUT")
    numbers: list[int] = []
    _at_once(lambda _worker: numbers.append(stock.post((nut, 10, "SUPPLIER", "A-1"), key="receipt:9")), 6)
    assert len(set(numbers)) == 1
    assert stock.held("NUT").total == 10


def test_movements_that_cross_do_not_wait_for_each_other_for_ever(stock: Stock) -> None:
    nut, bolt = stock.lot("NUT"), stock.lot("BOLT")
    stock.post((nut, 100, "SUPPLIER", "A-1"), (bolt, 100, "SUPPLIER", "RECV"))

    def cross(worker: int) -> None:
        for number in range(10):
            moves = [(nut, 1, "A-1", "RECV"), (bolt, 1, "RECV", "A-1")]
            stock.post(*(moves if worker % 2 else moves[::-1]), key=f"cross:{worker}:{number}")

    _at_once(cross, 4)
    with reading(stock.world.engine) as db:
        rows = db.execute(
            text("""
                SELECT i.code, c.code, b.quantity FROM balances b JOIN items i ON i.id = b.item_id
                JOIN locations c ON c.id = b.location_id WHERE b.quantity > 0 ORDER BY i.code, c.code
            """)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("BOLT", "A-1", 40), ("BOLT", "RECV", 60), ("NUT", "A-1", 60), ("NUT", "RECV", 40),
    ]  # fmt: skip
    assert examine(stock.world.engine) == []


def test_first_receipts_of_many_items_in_any_order_do_not_wait_for_each_other_for_ever(stock: Stock) -> None:
    new = [stock.lot(f"NEW-{number}") for number in range(6)]

    def receive(worker: int) -> None:
        for number in range(6):
            moves = [(each, 1, "SUPPLIER", "A-1", 100) for each in new[number:] + new[:number]]
            stock.post(*(moves if worker % 2 else moves[::-1]), key=f"new:{worker}:{number}")

    _at_once(receive, 4)
    assert [(stock.held(f"NEW-{each}").total, stock.value(f"NEW-{each}")) for each in range(6)] == [(24, 2_400)] * 6
    assert examine(stock.world.engine) == []


def _at_once(work, workers: int) -> None:
    failures: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(workers)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
