"""Gathers what goes with the goods: the list that they are picked by, and the note that the customer signs."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.types import Date

from charts.papers.paper import Cell, Paper
from charts.papers.reading import day_in, is_void, item_of, site_name, word_in
from inventory_core import fefo, items
from inventory_core.document import Answer, Document, Line
from inventory_core.items import Lying
from inventory_core.quantity import as_decimal

_SENT: Final = text("""
    SELECT i.code, i.name, t.id AS lot_id, t.number AS lot, SUM(l.quantity) AS quantity, i.precision, i.base_unit,
           MAX(l.day) AS day
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN locations c ON c.id = l.location_id
    JOIN items i ON i.id = l.item_id JOIN lots t ON t.id = l.lot_id
    WHERE m.document_id = :id AND c.kind = 'customer'
    GROUP BY i.code, i.name, i.precision, i.base_unit, t.id, t.number HAVING SUM(l.quantity) > 0
    ORDER BY MIN(l.id)
""").columns(day=Date())
_LOTS: Final = text("""
    SELECT l.id, t.number FROM document_lines l JOIN lots t ON t.id = l.lot_id WHERE l.document_id = :id AND t.id > 0
""")
_BINS: Final = text("SELECT id FROM locations WHERE kind = 'bin'")
_KEPT: Final = text("""
    SELECT r.item_id, r.location_id, r.lot_id, SUM(r.quantity) AS quantity
    FROM reservations r JOIN document_lines l ON l.id = r.document_line_id
    WHERE l.document_id = :id AND r.state = 'open' AND r.lot_id IS NOT NULL
    GROUP BY r.item_id, r.location_id, r.lot_id
""")
_NOWHERE: Final = "—"
_ROW_NAMES: Final = ("package", "number", "label", "name", "kind")


def delivery_note(db: Connection, delivery: Document) -> Paper:
    """Return what goes out with a delivery: its goods by lot as they were posted, or as they stand on its lines."""
    rows, shipped_on = _sent(db, delivery)
    site = site_name(db, delivery.site_id)
    return Paper(
        "delivery_note",
        delivery.number,
        site,
        delivery.opened_on,
        rows or _on_lines(db, delivery),
        parties=(("customer", delivery.partner),),
        facts=(
            ("order", delivery.source),
            ("shipped_on", shipped_on or delivery.opened_on),
            ("carrier", word_in(delivery, "carrier")),
            ("tracking", word_in(delivery, "tracking", "tracking_number")),
            *_packages(delivery.fields.get("packages")),
            ("weight", _kilograms(word_in(delivery, "weight"))),
        ),
        notes=(("all_or_say", {}),),
        is_void=is_void(delivery),
    )


def _sent(db: Connection, delivery: Document) -> tuple[tuple[tuple[Cell, ...], ...], dt.date | None]:
    """Return what the document's movements brought to the customer, less what was taken back, and the last day."""
    sent = db.execute(_SENT, {"id": delivery.id}).all()
    rows = tuple(
        (
            at,
            row.code,
            row.name,
            row.lot if row.lot_id else "",
            as_decimal(int(row.quantity), row.precision),
            row.base_unit,
        )
        for at, row in enumerate(sent, 1)
    )
    return rows, max((row.day for row in sent), default=None)


def _on_lines(db: Connection, delivery: Document) -> tuple[tuple[Cell, ...], ...]:
    lots: dict[int, str] = {row.id: row.number for row in db.execute(_LOTS, {"id": delivery.id})}
    return tuple(
        (
            line.position,
            line.item_code,
            line.item_name,
            lots.get(line.id, ""),
            as_decimal(line.quantity("picked") or line.ordered, line.precision),
            line.unit,
        )
        for line in delivery.lines
    )


def _packages(packed: Answer | None) -> Iterator[tuple[str, Cell]]:
    """Yield how many packages there are, and what each weighs where the form asked for it."""
    if isinstance(packed, list):
        yield "packages", sum(int(row.get("count") or 1) for row in packed)
        for row in packed:
            named = next((str(row[name]) for name in _ROW_NAMES if row.get(name)), "")
            if row.get("weight"):
                several = f"{row['count']} × " if row.get("count") else ""
                weight = several + _kilograms(str(row["weight"]))
                yield "weight", f"{named} · {weight}" if named else weight
    elif packed and not isinstance(packed, bool):
        yield "packages", str(packed)


def _kilograms(weight: str) -> str:
    return f"{weight} kg" if weight else ""


def pick_list(db: Connection, order: Document, *, today: dt.date) -> Paper:
    """Return where what is open of an order is taken, in walking order: what expires first, of what is free or its own.

    What lies nowhere closes the list, without a bin.
    """
    picks = _Picks(db, order.id, today)
    rows, missing = list[tuple[int, str, tuple[Cell, ...]]](), list[tuple[Cell, ...]]()
    for line in order.lines:
        wanted = line.quantity("open")
        for lying, part in picks.of(line, wanted):
            wanted -= part
            rows.append((lying.walk_order, lying.location, _pick(line, part, lying)))
        if wanted:
            missing.append(_pick(line, wanted, None))
    made = item_of(db, order)
    return Paper(
        "pick_list",
        order.number,
        site_name(db, order.site_id),
        order.opened_on,
        (*(row for _, _, row in sorted(rows, key=lambda each: each[:2])), *missing),
        parties=(("customer", order.partner), ("goes_to", f"{made.code} · {made.name}" if made else "")),
        facts=(("order", order.source), ("ship_by", day_in(order, "ship_by") or order.due_on)),
        notes=(("missing", {}),) if missing else (),
        is_void=is_void(order),
    )


def _pick(line: Line, amount: int, lying: Lying | None) -> tuple[Cell, ...]:
    lot = lying.lot if lying and lying.lot_id else ""
    bin_, expires_on = (lying.location, lying.expires_on) if lying else (_NOWHERE, None)
    return bin_, line.item_code, line.item_name, lot, expires_on, as_decimal(amount, line.precision), line.unit, None


class _Picks:
    """What a document's lines may be taken from; what one line takes, the next one leaves."""

    def __init__(self, db: Connection, document_id: int, today: dt.date) -> None:
        self._db = db
        self._today = today
        self._bins = frozenset(db.execute(_BINS).scalars())
        kept = db.execute(_KEPT, {"id": document_id})
        self._taken: Counter[fefo.Spot] = Counter({tuple(row[:3]): -int(row.quantity) for row in kept})
        """What lines took, less what is kept for the document itself: that is reserved, and its own to take."""

    def of(self, line: Line, wanted: int) -> Iterator[tuple[Lying, int]]:
        """Return so much from each bin until the line has what is wanted; of its own lot, where it names one."""
        there = items.lying(self._db, line.item_id) if wanted else ()
        fitting = (each for each in there if each.location_id in self._bins and line.lot_id in (0, each.lot_id))
        return fefo.walk(fitting, wanted, today=self._today, taken=self._taken)
