"""The past: stock as of any day and moment, periods that are closed for good, and what may still be back-dated."""

import datetime as dt
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.doctor import examine
from inventory_core import periods
from inventory_core.db.engine import reading, writing
from inventory_core.errors import PeriodClosed, PeriodNotOver
from tests.inventory_core.stock import Stock
from tests.world import World
from workflows.phrases import say_error

DAY = dt.timedelta(days=1)


def as_of(stock: Stock, item_id: int, day: dt.date) -> int:
    with reading(stock.world.engine) as db:
        return sum(periods.as_of(db, day, item_id=item_id).values())


def close(stock: Stock, day: dt.date) -> None:
    with writing(stock.world.engine) as db:
        periods.close(db, day, today=stock.world.desk.today(), employee_id=None, now=stock.world.now)


def test_stock_as_of_a_day_is_what_lay_there_at_its_close(stock: Stock) -> None:
    today, nut = stock.world.desk.today(), stock.lot("NUT")
    stock.post((nut, 10, "SUPPLIER", "A-1"), day=today - 5 * DAY)
    stock.post((nut, 4, "A-1", "PRODUCTION"), day=today - 3 * DAY)
    stock.post((nut, 1, "A-1", "SCRAP"))
    found = [as_of(stock, nut[0], today - back * DAY) for back in (6, 5, 4, 3, 2, 1, 0)]
    assert found == [0, 10, 10, 6, 6, 6, 5]
    for end in (5, 4, 3, 2):
        close(stock, today - end * DAY)
    assert [as_of(stock, nut[0], today - back * DAY) for back in (6, 5, 4, 3, 2, 1, 0)] == found


def test_nothing_enters_a_closed_period(stock: Stock) -> None:
    today, nut = stock.world.desk.today(), stock.lot("NUT")
    stock.post((nut, 10, "SUPPLIER", "A-1"), day=today - 5 * DAY)
    close(stock, today - 4 * DAY)
    for back in (5, 4):
        with pytest.raises(PeriodClosed) as refused:
            stock.post((nut, 1, "A-1", "PRODUCTION"), day=today - back * DAY)
    assert say_error("en", refused.value).startswith(f"{today - 4 * DAY} is in a closed period (until")
    assert stock.held("NUT").total == 10
    stock.post((nut, 1, "A-1", "PRODUCTION"), day=today - 3 * DAY)
    assert as_of(stock, nut[0], today - 4 * DAY) == 10


def test_the_database_itself_guards_a_closed_period(stock: Stock) -> None:
    today, nut = stock.world.desk.today(), stock.lot("NUT")
    stock.post((nut, 10, "SUPPLIER", "A-1"), day=today - 5 * DAY)
    close(stock, today - 4 * DAY)
    day = f"'{today - 5 * DAY}'"
    with pytest.raises(DBAPIError, match="the period is closed"), writing(stock.world.engine) as db:
        db.execute(
            text(f"""
                INSERT INTO movements (kind, occurred_at, day, posted_at, dedupe_key) VALUES ('x', 0, {day}, 0, 'x')
            """)
        )
    for table in ("periods", "period_balances", "period_values"):
        with pytest.raises(DBAPIError, match="append-only"), writing(stock.world.engine) as db:
            db.execute(text(f"DELETE FROM {table}"))


def test_a_period_is_closed_once_and_after_its_end(stock: Stock) -> None:
    today = stock.world.desk.today()
    for early in (today, today + DAY):
        with pytest.raises(PeriodNotOver):
            close(stock, early)
    close(stock, today - 3 * DAY)
    for late in (3, 9):
        with pytest.raises(PeriodClosed):
            close(stock, today - late * DAY)


def test_a_mistake_of_a_closed_period_is_reversed_today(stock: Stock) -> None:
    today, nut = stock.world.desk.today(), stock.lot("NUT")
    receipt = stock.post((nut, 10, "SUPPLIER", "A-1", 1_000), day=today - 5 * DAY)
    close(stock, today - 4 * DAY)
    stock.reverse(receipt)
    assert (stock.held("NUT").total, stock.value("NUT")) == (0, 0)
    assert [as_of(stock, nut[0], today - back * DAY) for back in (4, 1, 0)] == [10, 10, 0]
    with reading(stock.world.engine) as db:
        assert periods.worth_as_of(db, today - DAY)[nut[0]] == (10, 1_000)
        assert nut[0] not in periods.worth_as_of(db, today)


def test_stock_as_of_a_moment_counts_what_had_happened_by_then(stock: Stock) -> None:
    world, nut = stock.world, stock.lot("NUT")
    stock.post((nut, 100, "SUPPLIER", "A-1"))
    world.pass_time(minutes=5)
    seen_at, day = world.now, world.desk.today()
    world.pass_time(minutes=5)
    stock.post((nut, 30, "A-1", "PRODUCTION"))
    with reading(world.engine) as db:
        then = periods.at(db, seen_at, day=day, item_id=nut[0])
        now = periods.at(db, world.now, day=world.desk.today(), item_id=nut[0])
    assert (sum(then.values()), sum(now.values())) == (100, 70)


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9), st.booleans()), max_size=15),
    st.sets(st.integers(3, 20), max_size=4),
)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_wherever_periods_end_each_day_is_told_as_by_plain_sums(
    shop: World, moves: list[tuple[int, int, bool]], ends: set[int]
) -> None:
    stock = Stock(shop)
    shop.pass_time(days=60)  # each example begins after the periods that the one before closed
    today, nut = shop.desk.today(), stock.lot(f"NUT-{next(shop.ids)}")
    stock.post((nut, 1_000, "SUPPLIER", "A-1"), day=today - 21 * DAY)
    change = Counter({21: 1_000})
    for back, quantity, comes in moves:
        ways = ("SUPPLIER", "A-1") if comes else ("A-1", "PRODUCTION")
        stock.post((nut, quantity, *ways), day=today - back * DAY)
        change[back] += quantity if comes else -quantity
    for back in sorted(ends, reverse=True):
        close(stock, today - back * DAY)
    for back in range(22):
        expected = sum(amount for day, amount in change.items() if day >= back)
        assert as_of(stock, nut[0], today - back * DAY) == expected


def test_entering_in_the_past_writes_as_little_as_entering_today(stock: Stock) -> None:
    world, nut = stock.world, stock.lot("NUT")
    past = world.desk.today()
    stock.post((nut, 100, "SUPPLIER", "A-1", 700))
    for _ in range(40):
        world.pass_time(days=1)
        stock.post((nut, 1, "A-1", "PRODUCTION"))
    tables = ("movements", "movement_lines", "balances", "value_lines", "cost_layers", "journal")
    written = []
    for day in (world.desk.today(), past):
        before = [stock.count(each) for each in tables]
        lines = tuple(stock.lines())
        stock.post((nut, 1, "A-1", "PRODUCTION"), day=day)
        written.append([stock.count(each) - known for each, known in zip(tables, before, strict=True)])
        assert tuple(stock.lines())[: len(lines)] == lines
    assert written[0] == written[1]
    assert examine(world.engine) == []
