"""Reservations: stock that is kept for somebody, changed in one transaction with what it is kept of.

A promise keeps so much of an item wherever it lies; a reservation keeps it of one lot in one bin. Neither is given
twice, whoever asks at the same time: promises and reservations of an item take turns.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import items
from inventory_core.db.metadata import to_micros
from inventory_core.errors import DedupeConflict, ExpiredLot, NotEnoughStock
from inventory_core.items import Item

_TURN = text("INSERT INTO item_promises (item_id, quantity) VALUES (:item, 0) ON CONFLICT (item_id) DO NOTHING")
_TURN_LOCK = text("SELECT quantity FROM item_promises WHERE item_id = :item FOR UPDATE")
_PROMISE = text("UPDATE item_promises SET quantity = quantity + :quantity WHERE item_id = :item")
_RESERVE = text("""
    UPDATE balances SET reserved = reserved + :quantity
    WHERE item_id = :item AND lot_id = :lot AND location_id = :location AND status = 'available'
      AND quantity - reserved >= :quantity
""")
_RELEASE = text("""
    UPDATE balances SET reserved = reserved - :quantity
    WHERE item_id = :item AND lot_id = :lot AND location_id = :location AND status = 'available'
""")
_WRITE = text("""
    INSERT INTO reservations (item_id, lot_id, location_id, quantity, document_line_id, made_at, dedupe_key)
    VALUES (:item, :lot, :location, :quantity, :line, :now, :key) RETURNING id
""")
_PAST = text("""
    SELECT COALESCE(SUM(b.quantity - b.reserved), 0) FROM balances b JOIN lots l ON l.id = b.lot_id
    WHERE b.item_id = :item AND b.status = 'available' AND b.quantity > b.reserved AND l.expires_on < :day
""").bindparams(bindparam("day", type_=Date()))
_PAST_LOT = text("""
    SELECT number, expires_on FROM lots WHERE id = :lot AND expires_on < :day
""").bindparams(bindparam("day", type_=Date()))
_END = text("UPDATE reservations SET state = :state WHERE id = :id AND state = 'open'")


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is kept; ``lot_id`` and ``location_id`` are None for a promise. ``quantity`` in smallest units."""

    id: int
    item_id: int
    lot_id: int | None
    location_id: int | None
    quantity: int
    document_line_id: int | None
    is_open: bool


def promise(
    db: Connection,
    item: Item,
    quantity: int,
    *,
    key: str,
    day: dt.date,
    now: dt.datetime,
    document_line_id: int | None = None,
) -> int:
    """Keep so much of an item, wherever it lies, and return the reservation's id; the same key keeps it once.

    Lots that are past their date on the local ``day`` are no part of what is free. Raises NotEnoughStock with that.
    """
    if (earlier := _earlier(db, key, item.id, quantity, None, None)) is not None:
        return earlier
    _take_turn(db, item.id)
    _check_free(db, item, quantity, day)
    db.execute(_PROMISE, {"item": item.id, "quantity": quantity})
    return _write(db, item.id, quantity, None, None, key=key, now=now, document_line_id=document_line_id)


def reserve(
    db: Connection,
    item: Item,
    quantity: int,
    *,
    lot_id: int,
    location_id: int,
    key: str,
    day: dt.date,
    now: dt.datetime,
    document_line_id: int | None = None,
) -> int:
    """Keep so much of a lot in a bin, and return the reservation's id; the same key keeps it once.

    What is promised to others is left to them. Raises NotEnoughStock with what is free, and ExpiredLot.
    """
    if (earlier := _earlier(db, key, item.id, quantity, lot_id, location_id)) is not None:
        return earlier
    _take_turn(db, item.id)
    _check_date(db, item, lot_id, day)
    _check_free(db, item, quantity, day)
    _keep(db, item, quantity, lot_id, location_id)
    return _write(db, item.id, quantity, lot_id, location_id, key=key, now=now, document_line_id=document_line_id)


def pin(
    db: Connection,
    reservation_id: int,
    *,
    lot_id: int,
    location_id: int,
    key: str,
    day: dt.date,
    now: dt.datetime,
) -> int:
    """Turn a promise into a reservation of a lot in a bin, and return that one's id. Raises as ``reserve``."""
    promised = load(db, reservation_id)
    if (earlier := _earlier(db, key, promised.item_id, promised.quantity, lot_id, location_id)) is not None:
        return earlier
    assert promised.is_open and promised.lot_id is None, "only an open promise is pinned"
    _take_turn(db, promised.item_id)
    item = items.by_id(db, promised.item_id)
    _check_date(db, item, lot_id, day)
    _keep(db, item, promised.quantity, lot_id, location_id)
    release(db, reservation_id, state="used")
    return _write(
        db,
        item.id,
        promised.quantity,
        lot_id,
        location_id,
        key=key,
        now=now,
        document_line_id=promised.document_line_id,
    )


def release(db: Connection, reservation_id: int, *, state: str = "released") -> None:
    """Let anybody have what was kept. Call it with state ``used`` just before the posting that takes it."""
    kept = load(db, reservation_id)
    if db.execute(_END, {"id": reservation_id, "state": state}).rowcount != 1:
        return
    if kept.lot_id is None:
        db.execute(_PROMISE, {"item": kept.item_id, "quantity": -kept.quantity})
    else:
        values = {"item": kept.item_id, "lot": kept.lot_id, "location": kept.location_id, "quantity": kept.quantity}
        db.execute(_RELEASE, values)


def load(db: Connection, reservation_id: int) -> Reservation:
    """Return a reservation."""
    row = db.execute(
        text("""
            SELECT id, item_id, lot_id, location_id, quantity, document_line_id, state = 'open' FROM reservations
            WHERE id = :id
        """),
        {"id": reservation_id},
    ).one()
    return Reservation(row[0], row[1], row[2], row[3], row[4], row[5], bool(row[6]))


def take_turns(db: Connection, item_ids: Iterable[int]) -> None:
    """Let those who promise any of these items wait until this transaction ends."""
    # In the items' order: no two transactions wait for each other in a ring.
    for each in sorted(set(item_ids)):
        _take_turn(db, each)


def _take_turn(db: Connection, item_id: int) -> None:
    """Let those who promise and reserve an item go one after the other; SQLite has one writer anyway."""
    db.execute(_TURN, {"item": item_id})
    if db.dialect.name == "postgresql":
        db.execute(_TURN_LOCK, {"item": item_id})


def _check_date(db: Connection, item: Item, lot_id: int, day: dt.date) -> None:
    if past := db.execute(_PAST_LOT, {"lot": lot_id, "day": day}).first():
        raise ExpiredLot(item=item.code, lot=past.number, day=str(past.expires_on))


def free(db: Connection, item_id: int, day: dt.date) -> int:
    """Return what of an item is kept for nobody and not past its date on ``day``; below zero if too much is kept."""
    return items.on_hand(db, item_id).free - int(db.execute(_PAST, {"item": item_id, "day": day}).scalar_one())


def _check_free(db: Connection, item: Item, quantity: int, day: dt.date) -> None:
    if (there := free(db, item.id, day)) < quantity:
        raise _shortage(item, quantity, there, place="")


def _keep(db: Connection, item: Item, quantity: int, lot_id: int, location_id: int) -> None:
    values = {"item": item.id, "lot": lot_id, "location": location_id}
    if db.execute(_RESERVE, {**values, "quantity": quantity}).rowcount == 1:
        return
    there = db.execute(
        text("""
            SELECT quantity - reserved FROM balances WHERE item_id = :item AND lot_id = :lot
              AND location_id = :location AND status = 'available'
        """),
        values,
    ).scalar()
    place = db.execute(text("SELECT code FROM locations WHERE id = :id"), {"id": location_id}).scalar_one()
    raise _shortage(item, quantity, there or 0, place=place)


def _shortage(item: Item, wanted: int, there: int, *, place: str) -> NotEnoughStock:
    there = max(there, 0)
    return NotEnoughStock(
        item=item.code,
        place=place,
        wanted=item.write(wanted),
        free=item.write(there),
        short=item.write(wanted - there),
        unit=item.unit,
    )


def _earlier(
    db: Connection, key: str, item_id: int, quantity: int, lot_id: int | None, location_id: int | None
) -> int | None:
    row = db.execute(
        text("SELECT id, item_id, quantity, lot_id, location_id FROM reservations WHERE dedupe_key = :key"),
        {"key": key},
    ).first()
    if row is None:
        return None
    if tuple(row[1:]) != (item_id, quantity, lot_id, location_id):
        raise DedupeConflict(dedupe_key=key)
    return int(row[0])


def _write(
    db: Connection,
    item_id: int,
    quantity: int,
    lot_id: int | None,
    location_id: int | None,
    *,
    key: str,
    now: dt.datetime,
    document_line_id: int | None,
) -> int:
    return int(
        db.execute(
            _WRITE,
            {
                "item": item_id,
                "lot": lot_id,
                "location": location_id,
                "quantity": quantity,
                "line": document_line_id,
                "now": to_micros(now),
                "key": key,
            },
        ).scalar_one()
    )
