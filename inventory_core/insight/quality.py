"""What was not good: rejected at the dock, or returned by customers, by item, supplier and cause."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import documents

Origin = Literal["rejected", "returned"]
_ORIGINS: Final[Mapping[str, Origin]] = {"receipt": "rejected", "return": "returned"}
_FAULTS: Final = text("""
    SELECT m.document_id, m.kind, l.item_id, i.code, i.name, i.base_unit, i.precision, COALESCE(p.name, '') AS supplier,
           SUM(l.quantity) AS quantity, SUM(l.value) AS value
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN locations c ON c.id = l.location_id
    JOIN items i ON i.id = l.item_id JOIN lots t ON t.id = l.lot_id LEFT JOIN partners p ON p.id = t.supplier_id
    WHERE m.kind IN ('receipt', 'return') AND c.kind = 'bin' AND l.quantity > 0 AND l.day >= :first AND l.day <= :last
      AND (m.kind = 'return' OR l.status = 'blocked') AND m.reverses_id IS NULL
      AND NOT EXISTS (SELECT 1 FROM movements r WHERE r.reverses_id = m.id)
    GROUP BY m.document_id, m.kind, l.item_id, i.code, i.name, i.base_unit, i.precision, p.name
""").bindparams(bindparam("first", type_=Date()), bindparam("last", type_=Date()))
_CAUSES: Final = text("""
    SELECT document_id, item_id, fields FROM document_lines WHERE document_id IN :ids
""").bindparams(bindparam("ids", expanding=True))
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Faults:
    """How much of an item of a supplier was not good for one cause (its code, empty where nobody said one).

    ``quantity`` in smallest units, ``value`` at cost in 1/10,000 of the currency unit.
    """

    item: str
    name: str
    unit: str
    precision: int
    supplier: str
    origin: Origin
    cause: str
    quantity: int
    value: int


def faults(db: Connection, first: dt.date, last: dt.date) -> Sequence[Faults]:
    """Return what was rejected and what came back between two days, both counted in, the dearest first.

    What was taken back since, such as a reversed receipt, does not count.
    """
    rows = db.execute(_FAULTS, {"first": first, "last": last}).all()
    causes = _causes(db, sorted({row.document_id for row in rows if row.document_id is not None}))
    found: dict[tuple[str, str, str, str], Faults] = {}
    for row in rows:
        cause, origin = causes.get((row.document_id, row.item_id), ""), _ORIGINS[row.kind]
        key = row.code, row.supplier, origin, cause
        before = found.get(key)
        quantity, value = (before.quantity, before.value) if before else (0, 0)
        found[key] = Faults(
            row.code, row.name, row.base_unit, row.precision, row.supplier, origin, cause,
            quantity + int(row.quantity), value + int(row.value),
        )  # fmt: skip
    return sorted(found.values(), key=lambda each: (-each.value, each.item, each.supplier, each.origin, each.cause))


def _causes(db: Connection, document_ids: Sequence[int]) -> Mapping[tuple[int, int], str]:
    return {
        (row.document_id, row.item_id): str(documents.from_json(row.fields).get("cause", ""))
        for start in range(0, len(document_ids), _AT_ONCE)
        for row in db.execute(_CAUSES, {"ids": document_ids[start : start + _AT_ONCE]})
    }
