"""Posting, one movement or a hundred a commit and by eight at once, against sqlite3 writing the same rows."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.company import Bare, bare, company
from benchmarks.rounds import Pair, Work
from inventory_core import ledger, lots, places
from inventory_core.db.engine import writing
from inventory_core.movement import Movement, Place, Transfer
from tests.world import World

_LINE = "movement_id, day, item_id, lot_id, location_id, status, quantity, value"
_PUT = """INSERT INTO balances (item_id, lot_id, location_id, status, quantity, reserved) VALUES (?, ?, ?, ?, ?, 0)
    ON CONFLICT (item_id, lot_id, location_id, status) DO UPDATE SET quantity = quantity + excluded.quantity"""
_WORTH = """INSERT INTO item_values (item_id, quantity, value) VALUES (?, ?, ?)
    ON CONFLICT (item_id) DO UPDATE SET quantity = quantity + excluded.quantity, value = value + excluded.value"""
BATCH = 100
_POSTERS = 8
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
        single, batch = max(400 // scale, _POSTERS), max(2_000 // scale, BATCH)
        transfer = Transfer(item_id, lot_id, 1, supplier, shelf, value=10_000)
        yield [
            Pair(
                "posting.single.sqlite",
                single,
                "movements/s",
                lambda number: post(world, transfer, f"s{number}", movements=single),
                lambda number: _raw(floor, f"s{number}", movements=single),
            ),
            Pair(
                "posting.batch.sqlite",
                batch,
                "movements/s",
                lambda number: post(world, transfer, f"b{number}", movements=batch, a_commit=BATCH),
                lambda number: _raw(floor, f"b{number}", movements=batch, a_commit=BATCH),
            ),
            Pair(
                "posting.concurrent.sqlite",
                single,
                "movements/s",
                lambda number: post_at_once(world, transfer, f"c{number}", movements=single),
                lambda number: _raw(floor, f"c{number}", movements=single),
            ),
        ]


def post(world: World, transfer: Transfer, key: str, *, movements: int, a_commit: int = 1) -> Work:
    """Post movements of one transfer, so many a commit."""
    today = world.desk.today()

    def work() -> None:
        for start in range(0, movements, a_commit):
            with writing(world.engine) as db:
                for number in range(start, min(start + a_commit, movements)):
                    ledger.post(db, Movement("receipt", f"{key}:{number}", world.now, today, [transfer]), now=world.now)

    return work


def post_at_once(world: World, transfer: Transfer, key: str, *, movements: int) -> Work:
    """Eight posters at once, each movement committed before its poster goes on."""

    def work() -> None:
        threads = [
            threading.Thread(target=post(world, transfer, f"{key}:{poster}", movements=movements // _POSTERS))
            for poster in range(_POSTERS)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    return work


def _furnish(floor: Bare) -> None:
    """Give the bare file the rows that foreign keys ask for."""
    with floor.commit():
        floor.insert("items", "id, code, name, base_unit", [(1, "NUT", "Nut", "pc")])
        floor.insert("locations", "id, kind, code", [(1, "supplier", "SUPPLIER"), (2, "bin", "A-1")])
        floor.insert("lots", "id, item_id, number", [(1, 1, "L1")])


def _raw(floor: Bare, key: str, *, movements: int, a_commit: int = 1) -> Work:
    facts = json.dumps({"items": [1], "kind": "receipt"})

    def post(db: sqlite3.Connection, number: int) -> None:
        made = db.execute(
            "INSERT INTO movements (kind, occurred_at, day, posted_at, reason, dedupe_key)"
            " VALUES ('receipt', ?, ?, ?, '', ?)",
            (_MICROS, _DAY, _MICROS, f"{key}:{number}"),
        ).lastrowid
        db.execute(_PUT, (1, 1, 2, "available", 1))
        sides = [(made, _DAY, 1, 1, 1, "available", -1, -10_000), (made, _DAY, 1, 1, 2, "available", 1, 10_000)]
        floor.insert("movement_lines", _LINE, sides)
        db.execute(_WORTH, (1, 1, 10_000))
        entry = db.execute(
            "INSERT INTO journal (at, kind, subject, facts) VALUES (?, 'stock.moved', ?, ?)",
            (_MICROS, f"movement:{made}", facts),
        ).lastrowid
        db.execute("INSERT INTO outbox (entry_id) VALUES (?)", (entry,))

    def work() -> None:
        for start in range(0, movements, a_commit):
            with floor.commit() as db:
                for number in range(start, min(start + a_commit, movements)):
                    post(db, number)

    return work
