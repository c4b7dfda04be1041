"""Lots: the identity that every received quantity gets, and its trace."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, text
from sqlalchemy.types import Date

from inventory_core import numbers
from inventory_core.db.quick import Statement, day_value
from inventory_core.tracing import steps
from inventory_core.tracing.steps import Step

_INSERT = Statement("""
    INSERT INTO lots (item_id, number, supplier_id, supplier_lot, received_on, expires_on)
    VALUES (:item_id, :number, :supplier_id, :supplier_lot, :received_on, :expires_on) RETURNING id
""")


def create(
    db: Connection,
    item_id: int,
    *,
    received_on: dt.date,
    supplier_id: int | None = None,
    supplier_lot: str = "",
    expires_on: dt.date | None = None,
) -> int:
    """Make a lot with the supplier's number, or a generated one such as L261125-0042, and return its id.

    ``expires_on`` is the last local day on which it is good.
    """
    number = supplier_lot or numbers.take_dated(db, "L", received_on)
    return int(
        _INSERT.scalar(
            db,
            {
                "item_id": item_id,
                "number": number,
                "supplier_id": supplier_id,
                "supplier_lot": supplier_lot,
                "received_on": day_value(db, received_on),
                "expires_on": day_value(db, expires_on) if expires_on else None,
            },
        )
    )


NONE = 0
"""The lot of what is not tracked."""


def receive(
    db: Connection,
    item_id: int,
    quantity: int,
    *,
    tracking: str,
    received_on: dt.date,
    supplier_id: int | None = None,
    expires_on: dt.date | None = None,
) -> Sequence[tuple[int, int]]:
    """Give what comes in its identity, and return (lot, quantity): one lot, one a piece for serial numbers, or none."""
    if tracking == "none":
        return [(NONE, quantity)]
    pieces = [1] * quantity if tracking == "serial" else [quantity]
    return [
        (create(db, item_id, received_on=received_on, supplier_id=supplier_id, expires_on=expires_on), piece)
        for piece in pieces
    ]


@dataclass(frozen=True, slots=True)
class Trace:
    """A lot's whole story: what it is, where it came from, each movement, and where it lies now.

    ``lying`` holds (place, status, quantity in smallest units); ``earlier`` counts the movements before ``steps``.
    """

    lot_id: int
    number: str
    item_id: int
    supplier_id: int | None
    supplier: str
    received_on: dt.date | None
    expires_on: dt.date | None
    is_serial: bool
    steps: Sequence[Step]
    earlier: int
    lying: Sequence[tuple[str, str, int]]


_LOT = """
    SELECT t.id, t.number, t.item_id, t.supplier_id, COALESCE(p.name, '') AS supplier, t.received_on, t.expires_on,
           CASE i.tracking WHEN 'serial' THEN 1 ELSE 0 END AS is_serial
    FROM lots t JOIN items i ON i.id = t.item_id LEFT JOIN partners p ON p.id = t.supplier_id
"""
_DATES = {"received_on": Date(), "expires_on": Date()}
_NEWEST = " WHERE t.id > 0 AND t.number IN (:number, :upper) ORDER BY t.id DESC LIMIT 1"
_BY_NUMBER = text(_LOT + _NEWEST).columns(**_DATES)
_BY_ID = text(_LOT + " WHERE t.id = :id").columns(**_DATES)
_LYING = text("""
    SELECT c.code, b.status, b.quantity FROM balances b JOIN locations c ON c.id = b.location_id
    WHERE b.item_id = :item AND b.lot_id = :lot AND b.quantity > 0 ORDER BY c.walk_order, b.status
""")


def trace(db: Connection, number: str) -> Trace | None:
    """Return the story of the newest lot with this number (in any letter case), or None."""
    sought = number.strip()
    row = db.execute(_BY_NUMBER, {"number": sought, "upper": sought.upper()}).first()
    return _trace(db, row) if row else None


def trace_of(db: Connection, lot_id: int) -> Trace:
    """Return the story of a lot."""
    return _trace(db, db.execute(_BY_ID, {"id": lot_id}).one())


def _trace(db: Connection, row: Row[Any]) -> Trace:
    found, earlier = steps.of_lot(db, row.id)
    lying = db.execute(_LYING, {"item": row.item_id, "lot": row.id})
    return Trace(
        lot_id=row.id,
        number=row.number,
        item_id=row.item_id,
        supplier_id=row.supplier_id,
        supplier=row.supplier,
        received_on=row.received_on,
        expires_on=row.expires_on,
        is_serial=bool(row.is_serial),
        steps=found,
        earlier=earlier,
        lying=[(each.code, each.status, int(each.quantity)) for each in lying],
    )
