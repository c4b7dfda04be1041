"""What is stocked, and how much of it there is."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, text
from sqlalchemy.types import Date

from inventory_core.errors import UnknownItem
from inventory_core.quantity import exact_units, write_quantity


@dataclass(frozen=True, slots=True)
class Item:
    """An item; its planning figures are in smallest units."""

    id: int
    code: str
    name: str
    unit: str
    precision: int
    safety_stock: int
    reorder_point: int
    lead_time_days: int
    over_receipt_percent: int = 0

    def units(self, number: Decimal) -> int:
        """Return a number of this item's unit in smallest units. Raises NegativeQuantity, and InexactQuantity."""
        return exact_units(number, precision=self.precision, unit=self.unit)

    def write(self, amount: int) -> str:
        """Return a quantity of this item as people write it, without the unit."""
        return write_quantity(amount, self.precision)


_COLUMNS = "id, code, name, base_unit, precision, safety_stock, reorder_point, lead_time_days, over_receipt_percent"


def by_id(db: Connection, item_id: int) -> Item:
    return Item(*db.execute(text(f"SELECT {_COLUMNS} FROM items WHERE id = :id"), {"id": item_id}).one())  # noqa: S608


def find(db: Connection, words: str) -> tuple[Item, ...]:
    """Return the item of that code, or else up to eight items whose code or name holds the words."""
    sought = words.strip()
    exact = db.execute(
        text(f"SELECT {_COLUMNS} FROM items WHERE lower(code) = lower(:code)"),  # noqa: S608
        {"code": sought},
    ).first()
    if exact:
        return (Item(*exact),)
    pattern = "%" + sought.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = db.execute(
        text(f"""
            SELECT {_COLUMNS} FROM items
            WHERE is_active AND (lower(code) LIKE :pattern ESCAPE '\\' OR lower(name) LIKE :pattern ESCAPE '\\')
            ORDER BY code LIMIT 8
        """),  # noqa: S608
        {"pattern": pattern},
    )
    return tuple(Item(*row) for row in rows)


def by_code(db: Connection, code: str) -> Item:
    """Return the item of exactly this code, in any letter case. Raises UnknownItem."""
    found = find(db, code)
    if len(found) != 1 or found[0].code.lower() != code.strip().lower():
        raise UnknownItem(code=code)
    return found[0]


@dataclass(frozen=True, slots=True)
class OnHand:
    """An item's stock by status, in smallest units.

    ``reserved`` is kept for somebody in a certain lot and bin, ``promised`` wherever it lies; ``free`` is for anybody.
    """

    available: int
    inspection: int
    blocked: int
    reserved: int
    promised: int = 0

    @property
    def total(self) -> int:
        return self.available + self.inspection + self.blocked

    @property
    def free(self) -> int:
        return self.available - self.reserved - self.promised


def on_hand(db: Connection, item_id: int) -> OnHand:
    """Return what lies in all real places, from the kept balances."""
    rows = db.execute(
        text("SELECT status, SUM(quantity), SUM(reserved) FROM balances WHERE item_id = :id GROUP BY status"),
        {"id": item_id},
    ).all()
    promised = db.execute(text("SELECT quantity FROM item_promises WHERE item_id = :id"), {"id": item_id}).scalar()
    by_status = {status: int(quantity) for status, quantity, _ in rows}
    return OnHand(
        by_status.get("available", 0),
        by_status.get("inspection", 0),
        by_status.get("blocked", 0),
        sum(int(reserved) for _, _, reserved in rows),
        int(promised or 0),
    )


@dataclass(frozen=True, slots=True)
class Lying:
    """So much of one lot in one place."""

    item_id: int
    location_id: int
    location: str
    lot_id: int
    lot: str
    status: str
    quantity: int
    reserved: int
    expires_on: dt.date | None
    walk_order: int

    def is_usable(self, today: dt.date) -> bool:
        """Tell whether it may leave for production or a customer: available, and not past its date."""
        return self.status == "available" and (self.expires_on is None or self.expires_on >= today)


def lying(db: Connection, item_id: int) -> Sequence[Lying]:
    """Return where an item lies: available first, then what expires first, the oldest lot, and by walking order."""
    rows = db.execute(
        text("""
            SELECT b.item_id, b.location_id, c.code, b.lot_id, t.number, b.status, b.quantity, b.reserved, t.expires_on,
                   c.walk_order
            FROM balances b JOIN locations c ON c.id = b.location_id JOIN lots t ON t.id = b.lot_id
            WHERE b.item_id = :id AND b.quantity > 0
            ORDER BY CASE b.status WHEN 'available' THEN 0 ELSE 1 END,
                     CASE WHEN t.expires_on IS NULL THEN 1 ELSE 0 END, t.expires_on, b.lot_id, c.walk_order, c.id
        """).columns(expires_on=Date()),
        {"id": item_id},
    )
    return [Lying(*row) for row in rows]


def on_order(db: Connection, item_id: int) -> Sequence[tuple[int, dt.date, str]]:
    """Return what open purchase orders still owe: (quantity, due date, order number), the next one first."""
    rows = db.execute(
        text("""
            SELECT l.ordered - l.done, d.due_on, d.number
            FROM document_lines l JOIN documents d ON d.id = l.document_id
            WHERE l.item_id = :id AND d.kind = 'purchase_order' AND d.state = 'open' AND l.ordered > l.done
            ORDER BY d.due_on, d.id
        """),
        {"id": item_id},
    )
    return [(int(q), due if isinstance(due, dt.date) else dt.date.fromisoformat(due), n) for q, due, n in rows]
