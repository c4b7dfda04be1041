"""Posting on PostgreSQL, against psycopg writing the same rows; where STOREKEEPER_TEST_POSTGRES names a server."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psycopg

from benchmarks.rounds import Pair, Work
from benchmarks.stock import BATCH, post, post_at_once
from inventory_core import lots, places
from inventory_core.db.engine import writing
from inventory_core.db.migrate import upgrade
from inventory_core.movement import Place, Transfer
from tests.conftest import postgres_database
from tests.world import World, found_company

_MOVEMENT: Final = """INSERT INTO movements (kind, occurred_at, day, posted_at, reason, dedupe_key)
    VALUES ('receipt', 0, '2025-11-13', 0, '', %s) RETURNING id"""
_LINE: Final = """INSERT INTO movement_lines (movement_id, day, item_id, lot_id, location_id, status, quantity, value)
    VALUES (%s, '2025-11-13', %s, %s, %s, 'available', %s, %s)"""
_PUT: Final = """INSERT INTO balances (item_id, lot_id, location_id, status, quantity, reserved)
    VALUES (%s, %s, %s, 'available', 1, 0) ON CONFLICT (item_id, lot_id, location_id, status)
    DO UPDATE SET quantity = balances.quantity + excluded.quantity"""
_WORTH: Final = """INSERT INTO item_values (item_id, quantity, value) VALUES (%s, 1, 10000)
    ON CONFLICT (item_id) DO UPDATE SET quantity = item_values.quantity + excluded.quantity,
        value = item_values.value + excluded.value"""
_JOURNAL: Final = "INSERT INTO journal (at, kind, subject, facts) VALUES (0, 'stock.moved', %s, %s) RETURNING id"


@contextmanager
def pairs(*, scale: int = 1) -> Iterator[list[Pair]]:
    """Give the measurements, none where there is no server; ``scale`` divides how much work each of them is."""
    if not os.environ.get("STOREKEEPER_TEST_POSTGRES"):
        yield []
        return
    single, batch = max(200 // scale, 8), max(1_000 // scale, BATCH)
    with ExitStack() as stack:
        world, transfer = _company(stack)
        floor_world, floor_transfer = _company(stack)
        address = floor_world.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        raw = stack.enter_context(psycopg.connect(address))
        yield [
            Pair(
                "posting.single.postgres",
                single,
                "movements/s",
                lambda number: post(world, transfer, f"s{number}", movements=single),
                lambda number: _raw(raw, floor_transfer, f"s{number}", movements=single),
            ),
            Pair(
                "posting.batch.postgres",
                batch,
                "movements/s",
                lambda number: post(world, transfer, f"b{number}", movements=batch, a_commit=BATCH),
                lambda number: _raw(raw, floor_transfer, f"b{number}", movements=batch, a_commit=BATCH),
            ),
            Pair(
                "posting.concurrent.postgres",
                single,
                "movements/s",
                lambda number: post_at_once(world, transfer, f"c{number}", movements=single),
                lambda number: _raw(raw, floor_transfer, f"c{number}", movements=single),
            ),
        ]


def _company(stack: ExitStack) -> tuple[World, Transfer]:
    database = postgres_database()
    engine = next(database)
    stack.callback(lambda: next(database, None))
    upgrade(engine)
    world = found_company(engine, Path(stack.enter_context(TemporaryDirectory())))
    item_id = world.given_item("NUT")
    with writing(engine) as db:
        lot_id = lots.create(db, item_id, received_on=world.desk.today())
        supplier, shelf = Place(places.virtual(db, "supplier")), Place(places.id_of(db, "A-1"))
    return world, Transfer(item_id, lot_id, 1, supplier, shelf, value=10_000)


def _raw(
    raw: "psycopg.Connection[tuple[object, ...]]", move: Transfer, key: str, *, movements: int, a_commit: int = 1
) -> Work:
    facts = json.dumps({"items": [move.item_id], "kind": "receipt"})

    def write(number: int) -> None:
        made = raw.execute(_MOVEMENT, (f"{key}:{number}",)).fetchone()
        assert made is not None
        raw.execute(_PUT, (move.item_id, move.lot_id, move.target.location_id))
        for place, sign in ((move.source, -1), (move.target, 1)):
            raw.execute(_LINE, (made[0], move.item_id, move.lot_id, place.location_id, sign, sign * 10_000))
        raw.execute(_WORTH, (move.item_id,))
        entry = raw.execute(_JOURNAL, (f"movement:{made[0]}", facts)).fetchone()
        assert entry is not None
        raw.execute("INSERT INTO outbox (entry_id) VALUES (%s)", (entry[0],))

    def work() -> None:
        for start in range(0, movements, a_commit):
            for number in range(start, min(start + a_commit, movements)):
                write(number)
            raw.commit()

    return work
