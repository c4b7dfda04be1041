"""What is expected at the dock: the open purchase orders by the day on which they are due."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

_EXPECTED: Final = (
    text("""
        SELECT d.number, COALESCE(p.name, '') AS supplier, d.due_on, MIN(i.name) AS item,
               SUM(CASE WHEN l.done < l.ordered THEN 1 ELSE 0 END) AS lines
        FROM documents d JOIN document_lines l ON l.document_id = d.id JOIN items i ON i.id = l.item_id
        LEFT JOIN partners p ON p.id = d.partner_id
        WHERE d.kind = 'purchase_order' AND d.state = 'open' AND d.due_on <= :until AND l.done < l.ordered
        GROUP BY d.id, d.number, p.name, d.due_on ORDER BY d.due_on, d.id
    """)
    .bindparams(bindparam("until", type_=Date()))
    .columns(due_on=Date())
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An order of which something is still to come: how many of its lines, and the first item by name."""

    number: str
    supplier: str
    due_on: dt.date
    lines: int
    item: str


def expected(db: Connection, until: dt.date) -> Sequence[Arrival]:
    """Return the orders that are due by a day, the longest overdue first."""
    rows = db.execute(_EXPECTED, {"until": until})
    return [Arrival(row.number, row.supplier, row.due_on, int(row.lines), row.item) for row in rows]
