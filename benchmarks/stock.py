"""Posting and reading stock, against the standard library's sqlite3 writing and reading the same rows."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.company import Bare, bare, company
from benchmarks.rounds import Pair
from inventory_core import items, ledger, lots, places
from inventory_core.db.engine import reading, writing
from inventory_core.movement import Movement, Place, Transfer
from tests.world import World

_LINE = "movement_id, day, item_id, lot_id, location_id, status, quantity, value"
_PUT = """INSERT INTO balances (item_id, lot_id, location_id, status, quantity, reserved) VALUES (?, ?, ?, ?, ?, 0)
    ON CONFLICT (item_id, lot_id, location_id, status) DO UPDATE SET quantity = quantity + excluded.quantity"""
_WORTH = """INSERT INTO item_values (item_id, quantity, value) VALUES (?, ?, ?)
    ON CONFLICT (item_id) DO UPDATE SET quantity = quantity + excluded.quantity, value = value + excluded.value"""
_DAY = "2025-11-13"
_MICROS = 1_763_000_000_000_000


@contextmanager
def pairs(*, scale: int = 1) -> Iterator[list[Pair]]:
    """Give the measurements; ``scale`` divides how much work each of them is."""
    with ExitStack() as stack:
        world, floor = stack.enter_context(company()), stack.enter_context(bare())
        item_id = world.given_item("NUT")
        with writing(world.engine) as db:
            lot_id = lots.create(db, item_id, received_on=world.desk.today())
            supplier, shelf = Place(places.virtual(db, "supplier")), Place(places.id_of(db, "A-1"))
        _furnish(floor)
        single, batch, reads = 400 // scale, 4 // min(scale, 4), 2_000 // scale
        transfer = Transfer(item_id, lot_id, 1, supplier, shelf, value=10_000)
        yield [
            Pair(
                "posting.single.sqlite",
                single * 2,
                "lines/s",
                lambda number: _post(world, transfer, f"s{number}", movements=single, lines=1),
                lambda number: _raw(floor, f"s{number}", movements=single, lines=1),
            ),
            Pair(
                "posting.batch.sqlite",
                batch * 1_000,
                "lines/s",
                lambda number: _post(world, transfer, f"b{number}", movements=batch, lines=500),
                lambda number: _raw(floor, f"b{number}", movements=batch, lines=500),
            ),
            Pair(
                "reads.on_hand.sqlite",
                reads,
                "reads/s",
                lambda _number: lambda: [_read(world, item_id) for _ in range(reads)],
                lambda _number: lambda: [_raw_read(floor) for _ in range(reads)],
            ),
        ]


def _post(world: World, transfer: Transfer, key: str, *, movements: int, lines: int) -> Callable[[], None]:
    today = world.desk.today()

    def work() -> None:
        for number in range(movements):
            movement = Movement("receipt", f"{key}:{number}", world.now, today, [transfer] * lines)
            with writing(world.engine) as db:
                ledger.post(db, movement, now=world.now)

    return work


def _furnish(floor: Bare) -> None:
    """Give the bare file the rows that foreign keys ask for."""
    with floor.commit():
        floor.insert("items", "id, code, name, base_unit", [(1, "NUT", "Nut", "pc")])
        floor.insert("locations", "id, kind, code", [(1, "supplier", "SUPPLIER"), (2, "bin", "A-1")])
        floor.insert("lots", "id, item_id, number", [(1, 1, "L1")])


def _raw(floor: Bare, key: str, *, movements: int, lines: int) -> Callable[[], None]:
    facts = json.dumps({"items": [1], "kind": "receipt"})

    def work() -> None:
        for number in range(movements):
            with floor.commit() as db:
                made = db.execute(
                    "INSERT INTO movements (kind, occurred_at, day, posted_at, reason, dedupe_key)"
                    " VALUES (?, ?, ?, ?, '', ?)",
                    ("receipt", _MICROS, _DAY, _MICROS, f"{key}:{number}"),
                ).lastrowid
                db.execute(_PUT, (1, 1, 2, "available", lines))
                both = [(made, _DAY, 1, 1, 1, "available", -1, -10_000), (made, _DAY, 1, 1, 2, "available", 1, 10_000)]
                floor.insert("movement_lines", _LINE, both * lines)
                db.execute(_WORTH, (1, lines, 10_000 * lines))
                entry = db.execute(
                    "INSERT INTO journal (at, kind, subject, facts) VALUES (?, 'stock.moved', ?, ?)",
                    (_MICROS, f"movement:{made}", facts),
                ).lastrowid
                db.execute("INSERT INTO outbox (entry_id) VALUES (?)", (entry,))

    return work


def _read(world: World, item_id: int) -> int:
    with reading(world.engine) as db:
        return items.on_hand(db, item_id).total


def _raw_read(floor: Bare) -> int:
    floor.db.execute("BEGIN")
    rows = floor.db.execute(
        "SELECT status, SUM(quantity), SUM(reserved) FROM balances WHERE item_id = ? GROUP BY status", (1,)
    ).fetchall()
    floor.db.execute("ROLLBACK")
    return sum(int(row[1]) for row in rows)
