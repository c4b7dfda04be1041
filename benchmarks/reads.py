"""Reading stock at a million lines, against the same read at a thousand: it must cost the same."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from typing import Final

from sqlalchemy import text

from benchmarks.company import company
from benchmarks.rounds import Pair, Work
from inventory_core import items, periods
from inventory_core.db.engine import PRAGMAS, reading, writing
from inventory_core.movement import Key
from inventory_core.tracing import lineage
from tests.world import World

_LINES_OF_ITEM: Final = 200
_DAYS: Final = 300
_LEVELS: Final = 20


@contextmanager
def pairs(*, scale: int = 1, lines: int = 1_000_000) -> Iterator[list[Pair]]:
    """Give the measurements; ``scale`` divides how much work each is, and the ``lines`` of the large ledger."""
    count, large = max(1, 500 // scale), max(2_000, lines // scale)
    with ExitStack() as stack:
        many, few = (_filled(stack.enter_context(company()), lines) for lines in (large, 1_000))
        reads: dict[str, Callable[[_Filled], object]] = {
            "reads.balance": _Filled.balance,
            "reads.item": _Filled.item,
            "reads.asof": _Filled.as_of,
            "reads.trace": _Filled.trace,
        }
        yield [
            Pair(name, count, "us", _again(read, many, count), _again(read, few, count)) for name, read in reads.items()
        ]


def _again(read: Callable[["_Filled"], object], filled: "_Filled", count: int) -> Callable[[int], Work]:
    return lambda _number: lambda: [read(filled) for _ in range(count)] and None


class _Filled:
    """A ledger of so many lines, and one item of it that has as many lines of its own in any of them."""

    def __init__(self, world: World, key: Key, day: date) -> None:
        self.engine, self.key, self.day = world.engine, key, day

    def balance(self) -> object:
        with reading(self.engine) as db:
            return db.execute(
                text("""
                    SELECT quantity FROM balances WHERE item_id = :item_id AND lot_id = :lot_id
                      AND location_id = :location_id AND status = :status
                """),
                self.key._asdict(),
            ).scalar()

    def item(self) -> object:
        with reading(self.engine) as db:
            return items.on_hand(db, self.key.item_id)

    def as_of(self) -> object:
        with reading(self.engine) as db:
            return periods.as_of(db, self.day, item_id=self.key.item_id)

    def trace(self) -> object:
        with reading(self.engine) as db:
            return lineage.lineage(db, [self.key.lot_id])


def _filled(world: World, lines: int) -> _Filled:
    """Write a ledger straight into the file: what is measured is reading."""
    path = str(world.engine.url.database)
    today = world.desk.today()
    raw = sqlite3.connect(path, isolation_level=None)
    for each in PRAGMAS:
        raw.execute(each)
    raw.execute("BEGIN")
    supplier, shelf = (
        raw.execute("SELECT id FROM locations WHERE code = ?", (code,)).fetchone()[0] for code in ("SUPPLIER", "A-1")
    )
    kinds = lines // _LINES_OF_ITEM
    movements = _LINES_OF_ITEM // 2
    raw.executemany(
        "INSERT INTO items (id, code, name, base_unit) VALUES (?, ?, 'Item', 'pc')",
        [(number, f"I{number}") for number in range(1, kinds + 1)],
    )
    raw.executemany(
        "INSERT INTO lots (id, item_id, number) VALUES (?, ?, ?)",
        [(number, number, f"L{number}") for number in range(1, kinds + 1)],
    )
    raw.executemany(
        "INSERT INTO movements (id, kind, occurred_at, day, posted_at, dedupe_key) VALUES (?, 'receipt', 0, ?, 0, ?)",
        [
            (number + 1, (today - timedelta(days=_DAYS - number * _DAYS // movements)).isoformat(), f"m{number}")
            for number in range(movements)
        ],
    )
    raw.executemany(
        "INSERT INTO movement_lines (movement_id, day, item_id, lot_id, location_id, status, quantity, value)"
        " SELECT id, day, ?, ?, ?, 'available', ?, 0 FROM movements",
        [
            (item, item, place, quantity)
            for item in range(1, kinds + 1)
            for place, quantity in ((supplier, -1), (shelf, 1))
        ],
    )
    raw.executemany(
        "INSERT INTO balances (item_id, lot_id, location_id, status, quantity) VALUES (?, ?, ?, 'available', ?)",
        [(item, item, shelf, movements) for item in range(1, kinds + 1)],
    )
    raw.executemany(
        "INSERT INTO lot_links (parent_id, child_id, movement_id, quantity) VALUES (?, ?, 1, 1)",
        [(item, item + 1) for item in range(1, kinds) if item % _LEVELS],
    )
    raw.execute("COMMIT")
    raw.close()
    with writing(world.engine) as db:
        for back in (200, 100, 30):
            end = today - timedelta(days=back)
            periods.close(db, end, today=today, employee_id=None, now=world.now)
    middle = max(1, kinds // 2)
    return _Filled(world, Key(middle, middle, shelf, "available"), today - timedelta(days=10))
