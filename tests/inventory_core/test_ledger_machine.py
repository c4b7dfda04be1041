"""Any history at all: the ledger agrees with a dictionary, and a doctor who looks after each step finds nothing."""

import shutil
import tempfile
from collections import Counter
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

from app.doctor import examine
from inventory_core.db.engine import open_engine, reading
from inventory_core.db.migrate import upgrade
from inventory_core.errors import AlreadyReversed, NotEnoughStock
from tests.inventory_core.stock import Stock
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
moves = st.tuples(st.sampled_from(ITEMS), st.integers(0, 1), st.integers(1, 30), st.sampled_from(WAYS)).map(
    lambda move: (*move[:3], *move[3])
)

Key = tuple[str, int, str]


class Ledger(RuleBasedStateMachine):
    """``held`` is what each item's lot should have in each real place."""

    @initialize()
    def found(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.engine = open_engine(f"sqlite:///{self.folder / 'ledger.db'}")
        upgrade(self.engine)
        self.stock = Stock(found_company(self.engine, self.folder / "files"))
        self.lots = {(code, number): self.stock.lot(code) for code in ITEMS for number in range(2)}
        self.held: Counter[Key] = Counter()
        self.posted: dict[int, Counter[Key]] = {}
        self.reversed: set[int] = set()
        self.asked: dict[str, tuple[tuple[tuple[tuple[int, int], int, str, str], ...], int]] = {}

    @rule(wanted=st.lists(moves, min_size=1, max_size=4))
    def post(self, wanted: list[tuple[str, int, int, str, str]]) -> None:
        change: Counter[Key] = Counter()
        for code, number, quantity, source, target in wanted:
            change[code, number, source] -= quantity
            change[code, number, target] += quantity
        change = Counter({key: amount for key, amount in change.items() if key[2] in REAL})
        steps = tuple((self.lots[code, number], quantity, *way) for code, number, quantity, *way in wanted)
        key = f"step:{len(self.asked)}"
        fits = all(self.held[each] + amount >= 0 for each, amount in change.items())
        try:
            movement = self.stock.post(*steps, key=key)
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
            assert any(self.held[each] + amount < 0 for each, amount in back.items())
            return
        assert movement not in self.reversed
        self.reversed.add(movement)
        self.posted[undone] = back
        self.held.update(back)

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

    def teardown(self) -> None:
        if hasattr(self, "stock"):
            try:
                assert examine(self.engine) == []
            finally:
                self.engine.dispose()
                shutil.rmtree(self.folder)


def test_any_history_agrees_with_a_dictionary() -> None:
    run_state_machine_as_test(Ledger, settings=_depth(25, steps=25))


@pytest.mark.nightly
def test_any_long_history_agrees_with_a_dictionary() -> None:
    run_state_machine_as_test(Ledger, settings=_depth(400, steps=80))


def _depth(examples: int, *, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
