"""Lots: the identity that every received quantity gets, and its trace."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import numbers
from inventory_core.db.metadata import from_micros
from inventory_core.db.quick import Statement, day_value

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


_OTHERS = text("""
    SELECT MIN(received_on) AS received_on, MIN(expires_on) AS expires_on, MIN(item_id) AS item_id,
           CASE WHEN COUNT(supplier_id) = COUNT(*) AND MIN(supplier_id) = MAX(supplier_id) THEN MIN(supplier_id)
           END AS supplier_id
    FROM lots WHERE id IN :lots
""").bindparams(bindparam("lots", expanding=True)).columns(received_on=Date(), expires_on=Date())  # fmt: skip


def of_others(db: Connection, lot_ids: Sequence[int], *, today: dt.date) -> tuple[int, str]:
    """Make a lot that goods of other lots of one item come into, and return its id and number.

    It has their earliest dates and, where they share one, their supplier.
    """
    row = db.execute(_OTHERS, {"lots": list(lot_ids)}).one()
    made = create(
        db,
        row.item_id,
        received_on=row.received_on or today,
        supplier_id=row.supplier_id,
        expires_on=row.expires_on,
    )
    return made, str(db.execute(text("SELECT number FROM lots WHERE id = :id"), {"id": made}).scalar_one())


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
class Step:
    """One movement in a lot's life: from where to where, how much, by which document and whom."""

    at: dt.datetime
    kind: str
    quantity: int
    source: str
    target: str
    status: str
    document: str
    partner: str
    employee: str
    reason: str
    is_reversal: bool
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class Trace:
    """A lot's whole story: what it is, where it came from, each movement, and where it lies now."""

    lot_id: int
    number: str
    item_id: int
    supplier: str
    steps: Sequence[Step]
    lying: Sequence[tuple[str, str, int]]


def trace(db: Connection, number: str) -> Trace | None:
    """Return the story of the lot with this number (in any letter case), or None. Quantities are smallest units."""
    lot = db.execute(
        text("""
            SELECT t.id, t.number, t.item_id, p.name FROM lots t LEFT JOIN partners p ON p.id = t.supplier_id
            WHERE t.id > 0 AND (t.number = :number OR t.number = upper(:number)) ORDER BY t.id DESC LIMIT 1
        """),
        {"number": number.strip()},
    ).first()
    if lot is None:
        return None
    # Lines stand in pairs, source first, so a step is a line that takes and the next one that gives.
    rows = db.execute(
        text("""
            SELECT m.occurred_at, m.kind, l.quantity, c.code, l.status, d.number, p.name, e.name, m.reason,
                   m.reverses_id IS NOT NULL, EXISTS (SELECT 1 FROM movements r WHERE r.reverses_id = m.id)
            FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN locations c ON c.id = l.location_id
            LEFT JOIN documents d ON d.id = m.document_id LEFT JOIN partners p ON p.id = d.partner_id
            LEFT JOIN employees e ON e.id = m.employee_id
            WHERE l.lot_id = :lot ORDER BY l.id
        """),
        {"lot": lot.id},
    ).all()
    steps = [
        Step(
            from_micros(out[0]),
            out[1],
            into[2],
            out[3],
            into[3],
            into[4],
            out[5] or "",
            out[6] or "",
            out[7] or "",
            out[8],
            bool(out[9]),
            bool(out[10]),
        )
        for out, into in zip(rows[::2], rows[1::2], strict=True)
    ]
    lying = db.execute(
        text("""
            SELECT c.code, b.status, b.quantity FROM balances b JOIN locations c ON c.id = b.location_id
            WHERE b.item_id = :item AND b.lot_id = :lot AND b.quantity > 0 ORDER BY c.walk_order, b.status
        """),
        {"item": lot.item_id, "lot": lot.id},
    )
    return Trace(lot.id, lot.number, lot.item_id, lot[3] or "", steps, [(r[0], r[1], int(r[2])) for r in lying])
