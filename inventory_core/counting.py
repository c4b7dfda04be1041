"""Counting while goods move: what was seen is held against what the books said at that very moment.

So a count never undoes what happened between the look and the posting. A count that is older than one that was posted
is refused: the later look stands.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import ledger, periods, places, reservations
from inventory_core.db.metadata import from_micros, to_micros
from inventory_core.errors import CountedSince
from inventory_core.movement import Key, Movement, Place, Status, Transfer
from inventory_core.quantity import write_quantity

_WRITE = text("""
    INSERT INTO stock_counts
        (item_id, lot_id, location_id, status, counted, counted_at, day, employee_id, document_id, dedupe_key)
    VALUES (:item_id, :lot_id, :location_id, :status, :counted, :at, :day, :employee, :document, :key)
    ON CONFLICT (dedupe_key) DO UPDATE SET dedupe_key = excluded.dedupe_key RETURNING id
""").bindparams(bindparam("day", type_=Date()))
_LOAD = text("""
    SELECT item_id, lot_id, location_id, status, counted, counted_at, day, employee_id, document_id, difference,
           movement_id
    FROM stock_counts WHERE id = :id
""").columns(day=Date())
_LATER = text("""
    SELECT c.counted, i.code, i.precision, p.code AS place FROM stock_counts c
    JOIN items i ON i.id = c.item_id JOIN locations p ON p.id = c.location_id
    WHERE c.item_id = :item_id AND c.lot_id = :lot_id AND c.location_id = :location_id AND c.status = :status
      AND c.difference IS NOT NULL AND c.counted_at > :at AND c.id <> :id ORDER BY c.counted_at DESC LIMIT 1
""")
_KEPT = text("""
    SELECT id FROM reservations WHERE item_id = :item_id AND lot_id = :lot_id AND location_id = :location_id
      AND state = 'open' ORDER BY id DESC
""")


@dataclass(frozen=True, slots=True)
class Count:
    """What somebody saw: so many smallest units of a lot in a place. ``difference`` is None until it is posted."""

    id: int
    key: Key
    counted: int
    counted_at: dt.datetime
    day: dt.date
    employee_id: int
    document_id: int | None
    difference: int | None
    movement_id: int | None


def take(
    db: Connection,
    key: Key,
    counted: int,
    *,
    at: dt.datetime,
    day: dt.date,
    employee_id: int,
    dedupe_key: str,
    document_id: int | None = None,
) -> int:
    """Note what somebody counted and when (``day`` is the local one), and return the count's id."""
    return int(
        db.execute(
            _WRITE,
            {
                **key._asdict(),
                "counted": counted,
                "at": to_micros(at),
                "day": day,
                "employee": employee_id,
                "document": document_id,
                "key": dedupe_key,
            },
        ).scalar_one()
    )


def load(db: Connection, count_id: int) -> Count:
    """Return a count."""
    row = db.execute(_LOAD, {"id": count_id}).one()
    return Count(count_id, Key(*row[:4]), row[4], from_micros(row[5]), *row[6:])


def difference(db: Connection, count: Count) -> int:
    """Return what was counted less what the books say lay there at that moment; it may change until it is posted."""
    held = periods.at(db, count.counted_at, day=count.day, item_id=count.key.item_id)
    return count.counted - held.get(count.key, 0)


def post(db: Connection, count_id: int, *, employee_id: int, now: dt.datetime) -> int:
    """Bring the books to what was counted, and return the difference; again, it returns the same and changes nothing.

    Reservations of what is not there are let go, the newest first. Raises CountedSince.
    """
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT 1 FROM stock_counts WHERE id = :id FOR UPDATE"), {"id": count_id})
    count = load(db, count_id)
    if count.difference is not None:
        return count.difference
    later = db.execute(_LATER, {**count.key._asdict(), "at": to_micros(count.counted_at), "id": count_id}).first()
    if later is not None:
        counted = write_quantity(later.counted, later.precision)
        raise CountedSince(item=later.code, place=later.place, counted=counted)
    found = difference(db, count)
    movement_id = _adjust(db, count, found, employee_id=employee_id, now=now) if found else None
    db.execute(
        text("UPDATE stock_counts SET difference = :difference, movement_id = :movement WHERE id = :id"),
        {"difference": found, "movement": movement_id, "id": count_id},
    )
    return found


def _adjust(db: Connection, count: Count, found: int, *, employee_id: int, now: dt.datetime) -> int:
    if found < 0:
        _let_go(db, count.key, -found)
    status: Status = count.key.status  # type: ignore[assignment]
    here, outside = Place(count.key.location_id, status), Place(places.virtual(db, "adjustment"))
    source, target = (outside, here) if found > 0 else (here, outside)
    movement = Movement(
        kind=ledger.COUNT,
        dedupe_key=f"count:{count.id}",
        occurred_at=count.counted_at,
        day=count.day,
        transfers=[Transfer(count.key.item_id, count.key.lot_id, abs(found), source, target)],
        document_id=count.document_id,
        employee_id=employee_id,
    )
    return ledger.post(db, movement, now=now)


def _let_go(db: Connection, key: Key, missing: int) -> None:
    """Release what is kept of goods that are not there, the newest first."""
    quantity, reserved = db.execute(
        text("""
            SELECT quantity, reserved FROM balances
            WHERE item_id = :item_id AND lot_id = :lot_id AND location_id = :location_id AND status = :status
        """),
        key._asdict(),
    ).one()
    for row in db.execute(_KEPT, key._asdict()).all() if key.status == "available" else ():
        if quantity - reserved >= missing:
            return
        reserved -= reservations.load(db, row.id).quantity
        reservations.release(db, row.id)
