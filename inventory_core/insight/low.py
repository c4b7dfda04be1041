"""What is at or below its reorder point now, and what of it is on its way."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.types import Date

_LOW: Final = text("""
    SELECT i.id, i.code, i.name, i.base_unit AS unit, i.precision, COALESCE(h.available, 0) AS available,
           i.reorder_point, COALESCE(o.coming, 0) AS coming, o.due_on
    FROM items i
    LEFT JOIN (SELECT item_id, SUM(quantity) AS available FROM balances WHERE status = 'available' GROUP BY item_id) h
      ON h.item_id = i.id
    LEFT JOIN (SELECT l.item_id, SUM(l.ordered - l.done) AS coming, MIN(d.due_on) AS due_on
               FROM document_lines l JOIN documents d ON d.id = l.document_id
               WHERE d.kind = 'purchase_order' AND d.state = 'open' AND l.done < l.ordered GROUP BY l.item_id) o
      ON o.item_id = i.id
    WHERE i.is_active AND i.reorder_point > 0 AND COALESCE(h.available, 0) <= i.reorder_point
    ORDER BY CASE WHEN COALESCE(h.available, 0) <= i.safety_stock THEN 0 ELSE 1 END,
             COALESCE(h.available, 0) * 1.0 / i.reorder_point, i.code
""").columns(due_on=Date())


@dataclass(frozen=True, slots=True)
class Low:
    """An item that is low; quantities in smallest units. ``due_on``: when the first of what is ``coming`` is due."""

    item_id: int
    code: str
    name: str
    unit: str
    precision: int
    available: int
    reorder_point: int
    coming: int
    due_on: dt.date | None


def low(db: Connection) -> Sequence[Low]:
    """Return the items at or below their reorder point: below their safety stock first, then the emptiest."""
    return [
        Low(
            item_id=row.id,
            code=row.code,
            name=row.name,
            unit=row.unit,
            precision=row.precision,
            available=int(row.available),
            reorder_point=int(row.reorder_point),
            coming=int(row.coming),
            due_on=row.due_on,
        )
        for row in db.execute(_LOW)
    ]
