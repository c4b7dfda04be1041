"""Any history at all: the ledger agrees with a dictionary after each step, and a doctor finds nothing at its end.

Received, moved, issued, kept, counted, reversed, broken off, closed: on SQLite and on PostgreSQL.
"""

import datetime as dt
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from app.doctor import examine
from inventory_core import counting, items, ledger, periods, reservations
from inventory_core import places as places_
from inventory_core.db.engine import open_engine, reading, writing
from inventory_core.db.migrate import upgrade
from inventory_core.errors import AlreadyReversed, NotEnoughStock, PeriodClosed
from inventory_core.movement import Key as Key_
from inventory_core.movement import Movement, Transfer
from tests.conftest import postgres_database
from tests.inventory_core.stock import Stock
from tests.tools import need_postgres
from tests.world import found_company

ITEMS = ("NUT", "BOLT")
REAL = ("A-1", "A-1/blocked", "RECV", "RECV/inspection")
OUTSIDE = ("SUPPLIER", "CUSTOMER", "PRODUCTION", "SCRAP", "ADJUSTMENT")
WAYS = [
    (source, target)
    for source in REAL + OUTSIDE
    for target in REAL + OUTSIDE
    if source != target and not (source in OUTSIDE and target in OUTSIDE)
]
amounts = st.integers(1, 30)
moves = st.tuples(st.sampled_from(ITEMS), st.integers(0, 1), amounts, st.sampled_from(WAYS)).map(
    lambda move: (*move[:3], *move[3])
)

Key = tuple[str, int, str]


class Ledger(RuleBasedStateMachine):
    """``held`` is what each item's lot should have in each real place."""

    def databases(self) -> Iterator[Engine]:
        """Give one empty database, and put it away when asked for another."""
        engine = open_engine(f"sqlite:///{self.folder / 'ledger.db'}")
        yield engine
        engine.dispose()

    @initialize()
    def found(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.database = self.databases()
        self.engine = next(self.database)
        upgrade(self.engine)
        self.stock = Stock(found_company(self.engine, self.folder / "files"))
        self.lots = {(code, number): self.stock.lot(code) for code in ITEMS for number in range(2)}
        self.held: Counter[Key] = Counter()
        self.kept: dict[int, tuple[Key, int]] = {}
        self.closed: dt.date | None = None
        self.posted: dict[int, Counter[Key]] = {}
        self.reversed: set[int] = set()
        self.asked: dict[str, tuple[tuple[tuple[tuple[int, int], int, str, str], ...], int]] = {}

    @rule(wanted=st.lists(moves, min_size=1, max_size=4), back=st.integers(0, 2))
    def post(self, wanted: list[tuple[str, int, int, str, str]], back: int) -> None:
        """Post one to four moves at once, of today or of a day just past."""
        day = self.stock.world.desk.today() - dt.timedelta(days=back)
        assert self.closed is None or day > self.closed
        change: Counter[Key] = Counter()
        for code, number, quantity, source, target in wanted:
            change[code, number, source] -= quantity
            change[code, number, target] += quantity
        change = Counter({key: amount for key, amount in change.items() if key[2] in REAL})
        steps = tuple((self.lots[code, number], quantity, *way) for code, number, quantity, *way in wanted)
        key = f"step:{len(self.asked)}"
        fits = all(self.free(each) + amount >= 0 for each, amount in change.items() if amount < 0)
        try:
            movement = self.stock.post(*steps, key=key, day=day)
        except NotEnoughStock:
            assert not fits
            return
        assert fits
        self.asked[key] = steps, movement
        self.posted[movement] = change
        self.held.update(change)

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def post_again(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.asked)))
        steps, movement = self.asked[key]
        assert self.stock.post(*steps, key=key) == movement

    @precondition(lambda self: self.posted)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        movement = data.draw(st.sampled_from(sorted(self.posted)))
        back = Counter({key: -amount for key, amount in self.posted[movement].items()})
        try:
            undone = self.stock.reverse(movement)
        except AlreadyReversed:
            assert movement in self.reversed
            return
        except NotEnoughStock:
            assert any(self.free(each) + amount < 0 for each, amount in back.items())
            return
        assert movement not in self.reversed
        self.reversed.add(movement)
        self.posted[undone] = back
        self.held.update(back)

    def free(self, key: Key) -> int:
        return self.held[key] - sum(quantity for each, quantity in self.kept.values() if each == key)

    @rule(
        code=st.sampled_from(ITEMS), number=st.integers(0, 1), place=st.sampled_from(["A-1", "RECV"]), quantity=amounts
    )
    def reserve(self, code: str, number: int, place: str, quantity: int) -> None:
        key = code, number, place
        world = self.stock.world
        try:
            with writing(self.engine) as db:
                kept = reservations.reserve(
                    db,
                    items.by_code(db, code),
                    quantity,
                    lot_id=self.lots[code, number][1],
                    location_id=places_.id_of(db, place),
                    key=f"keep:{next(world.ids)}",
                    day=world.desk.today(),
                    now=world.now,
                )
        except NotEnoughStock:
            assert self.free(key) < quantity or self.free_of(code) < quantity
            return
        assert self.free(key) >= quantity
        self.kept[kept] = key, quantity

    def free_of(self, code: str) -> int:
        return sum(self.free(key) for key in self.held if key[0] == code and "/" not in key[2])

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        kept = data.draw(st.sampled_from(sorted(self.kept)))
        with writing(self.engine) as db:
            reservations.release(db, kept)
        del self.kept[kept]

    @rule(code=st.sampled_from(ITEMS), number=st.integers(0, 1), place=st.sampled_from(REAL), seen=st.integers(0, 40))
    def count(self, code: str, number: int, place: str, seen: int) -> None:
        world, key = self.stock.world, (code, number, place)
        world.pass_time(seconds=1)
        with writing(self.engine) as db:
            where = self.stock.place(db, place)
            taken = counting.take(
                db,
                Key_(*self.lots[code, number], where.location_id, where.status),
                seen,
                at=world.now,
                day=world.desk.today(),
                employee_id=world.person("lin").id,
                dedupe_key=f"count:{next(world.ids)}",
            )
        with writing(self.engine) as db:
            difference = counting.post(db, taken, employee_id=world.person("otto").id, now=world.now)
        assert difference == seen - self.held[key]
        self.held[key] = seen
        for kept in sorted((each for each, (of, _) in self.kept.items() if of == key), reverse=True):
            if self.free(key) < 0:
                del self.kept[kept]
        world.pass_time(seconds=1)

    @rule(wanted=moves)
    def break_off(self, wanted: tuple[str, int, int, str, str]) -> None:
        """A fault after the posting and before the commit: nothing of it is kept."""
        code, number, quantity, source, target = wanted
        world = self.stock.world

        class Fault(Exception):
            """The process ends here, say."""

        try:
            with writing(self.engine) as db:
                transfer = Transfer(
                    *self.lots[code, number], quantity, self.stock.place(db, source), self.stock.place(db, target)
                )
                movement = Movement("test", f"fault:{next(world.ids)}", world.now, world.desk.today(), [transfer])
                ledger.post(db, movement, now=world.now)
                raise Fault
        except (Fault, NotEnoughStock):
            return

    @rule(days=st.integers(3, 9))
    def close(self, days: int) -> None:
        world = self.stock.world
        world.pass_time(days=days)
        end = world.desk.today() - dt.timedelta(days=3)
        with writing(self.engine) as db:
            periods.close(db, end, today=world.desk.today(), employee_id=None, now=world.now)
        self.closed = end

    @precondition(lambda self: self.closed)
    @rule(wanted=moves, back=st.integers(0, 3))
    def post_into_a_closed_period(self, wanted: tuple[str, int, int, str, str], back: int) -> None:
        code, number, quantity, source, target = wanted
        assert self.closed is not None
        with pytest.raises(PeriodClosed):
            self.stock.post(
                (self.lots[code, number], quantity, source, target), day=self.closed - dt.timedelta(days=back)
            )

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "stock"):
            return
        names = {lot: key for key, lot in self.lots.items()}
        with reading(self.engine) as db:
            rows = db.exec_driver_sql(
                "SELECT b.item_id, b.lot_id, c.code, b.status, b.quantity FROM balances b"
                " JOIN locations c ON c.id = b.location_id WHERE b.quantity <> 0"
            ).all()
        found = {
            (*names[row[0], row[1]], row[2] if row[3] == "available" else f"{row[2]}/{row[3]}"): row[4] for row in rows
        }
        assert found == {key: amount for key, amount in self.held.items() if amount}
        with reading(self.engine) as db:
            today = self.stock.world.desk.today()
            told = sum(
                quantity
                for item_id in {lot[0] for lot in self.lots.values()}
                for quantity in periods.as_of(db, today, item_id=item_id).values()
            )
            reserved = db.exec_driver_sql("SELECT COALESCE(SUM(reserved), 0) FROM balances").scalar_one()
        assert told == sum(self.held.values())
        assert reserved == sum(quantity for _, quantity in self.kept.values())

    def teardown(self) -> None:
        if hasattr(self, "stock"):
            try:
                assert examine(self.engine) == []
            finally:
                next(self.database, None)
                shutil.rmtree(self.folder)


class LedgerOnPostgres(Ledger):
    """The same on PostgreSQL."""

    def databases(self) -> Iterator[Engine]:
        return postgres_database()


def test_any_history_agrees_with_a_dictionary() -> None:
    run_state_machine_as_test(Ledger, settings=_depth(20, steps=25))


def test_any_history_agrees_with_a_dictionary_on_postgresql() -> None:
    need_postgres()
    run_state_machine_as_test(LedgerOnPostgres, settings=_depth(6, steps=25))


@pytest.mark.nightly
@pytest.mark.parametrize("machine", [Ledger, LedgerOnPostgres])
def test_any_long_history_agrees_with_a_dictionary(machine: type[Ledger]) -> None:
    run_state_machine_as_test(machine, settings=_depth(300, steps=80))


def _depth(examples: int, *, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
