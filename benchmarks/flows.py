"""A whole goods receipt, against sqlite3 writing as many rows in as many commits."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import text

from benchmarks.company import Bare, bare, company
from benchmarks.rounds import Pair
from inventory_core.db.engine import reading
from inventory_core.db.metadata import metadata
from tests.world import World

_LINES = (("CHAIN", 60, "12.5"), ("BOLT", 200, "0.1"), ("SEAL", 12, "4"))
_TAPS = (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity"))
_COMMITS = 2 + 2 * len(_TAPS)
"""The order, its receipt, and for each tap the card's tokens and the decision."""


@contextmanager
def pairs(*, scale: int = 1) -> Iterator[list[Pair]]:
    """Give the measurement; ``scale`` divides how much work it is."""
    receipts = max(1, 12 // scale)
    with ExitStack() as stack:
        world, floor = stack.enter_context(company()), stack.enter_context(bare())
        with floor.commit() as db:
            db.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, words TEXT NOT NULL)")
        before = _rows(world)
        _play(world, "first", 1)()
        rows = _rows(world) - before
        yield [
            Pair(
                "flow.receipt.sqlite",
                receipts * len(_LINES),
                "lines/s",
                lambda number: _play(world, f"r{number}", receipts),
                lambda _number: _write(floor, rows, receipts),
            )
        ]


def _rows(world: World) -> int:
    with reading(world.engine) as db:
        return sum(db.execute(text(f"SELECT COUNT(*) FROM {each}")).scalar_one() for each in metadata.tables)  # noqa: S608


def _play(world: World, key: str, receipts: int) -> Callable[[], None]:
    def work() -> None:
        for number in range(receipts):
            world.given_receipt(*_LINES, number=f"{key}-{number}")
            for person, label in _TAPS:
                world.tap(person, label)

    return work


def _write(floor: Bare, rows: int, receipts: int) -> Callable[[], None]:
    share = -(-rows // _COMMITS)

    def work() -> None:
        for _ in range(receipts * _COMMITS):
            with floor.commit():
                floor.insert("rows", "words", [("x" * 120,)] * share)

    return work
