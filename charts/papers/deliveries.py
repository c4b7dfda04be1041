"""Gathers what goes with the goods: the list that they are picked by, and the note that the customer signs."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.types import Date

from charts.papers.paper import Cell, Paper
from charts.papers.reading import item_of, site_name, word_in
from inventory_core import items
from inventory_core.document import Answer, Document, Line
from inventory_core.quantity import as_decimal, write_quantity

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
_WALK: Final = text("SELECT id, walk_order FROM locations WHERE kind = 'bin'")
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
        yield "packages", len(packed)
        for row in packed:
            named = next((str(row[name]) for name in _ROW_NAMES if row.get(name)), "")
            if row.get("weight"):
                yield (
                    "weight",
                    f"{named} · {_kilograms(str(row['weight']))}" if named else _kilograms(str(row["weight"])),
                )
    elif packed and not isinstance(packed, bool):
        yield "packages", str(packed)


def _kilograms(weight: str) -> str:
    return f"{weight} kg" if weight else ""


def pick_list(db: Connection, order: Document, *, today: dt.date) -> Paper:
    """Return where what is open of an order is taken, in walking order: what expires first, and of it what is free."""
    walk: dict[int, int] = {row.id: row.walk_order for row in db.execute(_WALK)}
    taken: Counter[tuple[int, int]] = Counter()
    picked: list[tuple[int, str, tuple[Cell, ...]]] = []
    missing: list[tuple[str, dict[str, str]]] = []
    for line in order.lines:
        rest = _picks(db, line, taken, picked, walk, today)
        if rest:
            blanks = {"item": line.item_code, "quantity": write_quantity(rest, line.precision), "unit": line.unit}
            missing.append(("missing", blanks))
    made = item_of(db, order)
    return Paper(
        "pick_list",
        order.number,
        site_name(db, order.site_id),
        order.opened_on,
        tuple(row for _, _, row in sorted(picked, key=lambda each: each[:2])),
        parties=(("customer", order.partner), ("goes_to", f"{made.code} · {made.name}" if made else "")),
        facts=(("order", order.source), ("ship_by", _day(word_in(order, "ship_by")) or order.due_on)),
        notes=tuple(missing),
    )


def _picks(
    db: Connection,
    line: Line,
    taken: Counter[tuple[int, int]],
    picked: list[tuple[int, str, tuple[Cell, ...]]],
    walk: dict[int, int],
    today: dt.date,
) -> int:
    """Add a line's picks by (walking order, bin), and return how much of it lies nowhere."""
    wanted = line.quantity("open")
    for lying in items.lying(db, line.item_id) if wanted else ():
        spot = (lying.location_id, lying.lot_id)
        part = min(wanted, lying.quantity - lying.reserved - taken[spot])
        if part <= 0 or not lying.is_usable(today) or lying.location_id not in walk:
            continue
        taken[spot] += part
        wanted -= part
        lot = lying.lot if lying.lot_id else ""
        amount = as_decimal(part, line.precision)
        row = (lying.location, line.item_code, line.item_name, lot, lying.expires_on, amount, line.unit, None)
        picked.append((walk[lying.location_id], lying.location, row))
    return wanted


def _day(words: str) -> dt.date | None:
    return dt.date.fromisoformat(words) if words else None
