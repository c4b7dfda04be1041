"""Movements as steps from one place to another, of a lot or on papers, oldest first."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Row, TextClause, bindparam, text

from inventory_core.db.metadata import from_micros
from inventory_core.quantity import write_quantity

MOST: Final = 1_000
"""A story holds the newest so many steps; of a lot that moved more often the others are counted."""

PLAIN: Final = """
    COALESCE(m.reverses_id, 0) = 0 AND NOT EXISTS (SELECT 1 FROM movements r WHERE r.reverses_id = m.id)
"""
"""A movement ``m`` that is no reversal and was not reversed. Nearly all are: COALESCE keeps off the index on it."""

_LINES: Final = """
    SELECT m.id AS movement, m.occurred_at, m.kind, l.quantity, c.code AS place, c.kind AS place_kind, l.status,
           d.id AS paper_id, d.number AS paper, p.name AS partner, e.name AS employee, m.reason,
           m.reverses_id, EXISTS (SELECT 1 FROM movements r WHERE r.reverses_id = m.id) AS is_reversed,
           i.code AS item, i.base_unit AS unit, i.precision, l.lot_id, t.number AS lot
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN locations c ON c.id = l.location_id
    JOIN items i ON i.id = l.item_id JOIN lots t ON t.id = l.lot_id
    LEFT JOIN documents d ON d.id = m.document_id LEFT JOIN partners p ON p.id = d.partner_id
    LEFT JOIN employees e ON e.id = m.employee_id
    WHERE {where} ORDER BY l.id DESC LIMIT :most
"""
_COUNT: Final = "SELECT COUNT(*) FROM movement_lines l WHERE {where}"
_LOT: Final = "l.lot_id = :lot"
_PAPERS: Final = "l.movement_id IN (SELECT id FROM movements WHERE document_id IN :papers)"
_PAPER_IDS: Final[BindParameter[int]] = bindparam("papers", expanding=True)
_OF_LOT: Final = text(_LINES.format(where=_LOT))
_COUNT_OF_LOT: Final = text(_COUNT.format(where=_LOT))
_OF_PAPERS: Final = text(_LINES.format(where=_PAPERS)).bindparams(_PAPER_IDS)
_COUNT_OF_PAPERS: Final = text(_COUNT.format(where=_PAPERS)).bindparams(_PAPER_IDS)


@dataclass(frozen=True, slots=True)
class Step:
    """So much of one lot from a place to another, by which paper and whom. ``quantity`` is in smallest units.

    ``source_kind`` and ``target_kind`` say what the places are: bin, supplier, customer, production and so on. A step
    and its reversal are both there, each marked.
    """

    movement_id: int
    at: dt.datetime
    kind: str
    quantity: int
    source: str
    source_kind: str
    target: str
    target_kind: str
    status: str
    paper_id: int | None
    document: str
    partner: str
    employee: str
    reason: str
    is_reversal: bool
    is_reversed: bool
    item_code: str
    unit: str
    precision: int
    lot_id: int
    lot: str

    @property
    def amount(self) -> str:
        """The quantity as people write it, with its unit."""
        return f"{write_quantity(self.quantity, self.precision)} {self.unit}"


def of_lot(db: Connection, lot_id: int) -> tuple[Sequence[Step], int]:
    """Return the newest ``MOST`` steps of a lot, and how many there are before them."""
    return _newest(db, _OF_LOT, _COUNT_OF_LOT, {"lot": lot_id})


def of_papers(db: Connection, paper_ids: Sequence[int]) -> tuple[Sequence[Step], int]:
    """Return the newest ``MOST`` steps that papers made, and how many there are before them."""
    return _newest(db, _OF_PAPERS, _COUNT_OF_PAPERS, {"papers": list(paper_ids)})


def _newest(db: Connection, steps: TextClause, count: TextClause, key: dict[str, Any]) -> tuple[Sequence[Step], int]:
    found = _steps(db.execute(steps, {**key, "most": 2 * MOST}).all())
    return found, int(db.execute(count, key).scalar_one()) // 2 - MOST if len(found) == MOST else 0


def _steps(lines: Sequence[Row[Any]]) -> Sequence[Step]:
    # Lines stand in pairs, source first, so a step is a line that takes and the next one that gives.
    rows = lines[::-1]
    return [_step(out, into) for out, into in zip(rows[::2], rows[1::2], strict=True)]


def _step(source: Row[Any], target: Row[Any]) -> Step:
    return Step(
        movement_id=source.movement,
        at=from_micros(source.occurred_at),
        kind=source.kind,
        quantity=target.quantity,
        source=source.place,
        source_kind=source.place_kind,
        target=target.place,
        target_kind=target.place_kind,
        status=target.status,
        paper_id=source.paper_id,
        document=source.paper or "",
        partner=source.partner or "",
        employee=source.employee or "",
        reason=source.reason,
        is_reversal=source.reverses_id is not None,
        is_reversed=bool(source.is_reversed),
        item_code=source.item,
        unit=source.unit,
        precision=source.precision,
        lot_id=source.lot_id,
        lot=source.lot if source.lot_id else "",
    )
