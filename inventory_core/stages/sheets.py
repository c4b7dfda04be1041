"""Count sheets: which lots in which bins are counted together, on demand, by the cycle plan, or where goods miss.

A sheet's line is a lot in a bin; ``ordered`` is what the books said when the sheet was made.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import documents, items, numbers
from inventory_core.documents import NewLine
from inventory_core.errors import NothingToCount, UnknownBin
from inventory_core.insight.classes import abc
from inventory_core.movement import Key

KIND: Final = "count"
SHEET_MAX: Final = 20
"""The most lines that the plan puts on one sheet: a short walk, and a card that is read at a glance."""
_EVERY_DAYS: Final = {"A": 30, "B": 90, "C": 180}
_EMPTIED_MAX: Final = 5

_LYING = """
    SELECT b.item_id, b.lot_id, b.location_id, b.status, b.quantity, i.code, t.number, c.code AS bin,
           COALESCE(v.quantity, 0) AS held, COALESCE(v.value, 0) AS value, i.precision
    FROM balances b JOIN items i ON i.id = b.item_id JOIN lots t ON t.id = b.lot_id
    JOIN locations c ON c.id = b.location_id LEFT JOIN item_values v ON v.item_id = b.item_id
"""
_IN_BIN = text(_LYING + " WHERE b.location_id = :bin AND b.quantity > 0 ORDER BY i.code, t.number, b.status")
_OF_ITEM = text(_LYING + " WHERE b.item_id = :item AND b.quantity > 0 ORDER BY c.walk_order, c.code, t.number")
_ALL = text(_LYING + " WHERE b.quantity > 0 ORDER BY c.walk_order, c.code, i.code, t.number")
_WENT_OUT = """
    SELECT 1 FROM movement_lines l JOIN movements m ON m.id = l.movement_id
    WHERE l.lot_id = b.lot_id AND l.item_id = b.item_id AND l.location_id = b.location_id AND l.status = b.status
      AND l.day >= :since AND l.quantity < 0 AND m.kind IN ('issue', 'shipment')
"""
_LIES_THERE = "SELECT 1 FROM balances o WHERE o.location_id = b.location_id AND o.quantity > 0"
_EMPTIED = text(
    _LYING + f" WHERE b.quantity = 0 AND NOT EXISTS ({_LIES_THERE}) AND EXISTS ({_WENT_OUT})"
    " ORDER BY c.walk_order, c.code, i.code, t.number"
).bindparams(bindparam("since", type_=Date()))
_LAST = text("""
    SELECT item_id, lot_id, location_id, status, MAX(day) AS day FROM stock_counts WHERE difference IS NOT NULL
    GROUP BY item_id, lot_id, location_id, status
""").columns(day=Date())
_FIRST = text("SELECT lot_id, location_id, MIN(day) AS day FROM movement_lines GROUP BY lot_id, location_id").columns(
    day=Date()
)
_OPEN = text("""
    SELECT l.item_id, l.lot_id, l.fields FROM document_lines l JOIN documents d ON d.id = l.document_id
    WHERE d.kind = 'count' AND d.state = 'open'
""")


@dataclass(frozen=True, slots=True)
class Spot:
    """A lot in a bin, as a sheet asks for it. ``price`` is its cost in 1/10,000 a unit."""

    key: Key
    item: str
    lot: str
    bin: str
    book: int
    price: int


def in_bin(db: Connection, code: str) -> Sequence[Spot]:
    """Return what lies in a bin. Raises UnknownBin, and NothingToCount for an empty one."""
    bin_id = db.execute(
        text("SELECT id FROM locations WHERE kind = 'bin' AND lower(code) = lower(:code)"), {"code": code.strip()}
    ).scalar()
    if bin_id is None:
        raise UnknownBin(code=code)
    found = [_spot(row) for row in db.execute(_IN_BIN, {"bin": bin_id})]
    if not found:
        raise NothingToCount(place=code.upper())
    return found


def of_item(db: Connection, item_id: int) -> Sequence[Spot]:
    """Return where an item lies."""
    return [_spot(row) for row in db.execute(_OF_ITEM, {"item": item_id})]


def of_missing(db: Connection, wanted: Mapping[int, int]) -> Sequence[Spot]:
    """Return where pickers were sent for so much of each item, and found too little, but not what is asked already."""
    asked, found = _asked(db), []
    for item_id, rest in wanted.items():
        spots = {(spot.key.lot_id, spot.key.location_id): spot for spot in of_item(db, item_id) if _is_free(spot)}
        for lying in items.lying(db, item_id):
            spot = spots.get((lying.lot_id, lying.location_id))
            if spot and rest > 0:
                found.append(spot)
                rest -= spot.book
    return [spot for spot in found if tuple(spot.key) not in asked][:SHEET_MAX]


def _is_free(spot: Spot) -> bool:
    return spot.key.status == "available"


def _asked(db: Connection) -> set[tuple[object, ...]]:
    """Return what the open sheets ask for: item, lot, place and status."""
    return {
        (row.item_id, row.lot_id, fields.get("place"), fields.get("status"))
        for row in db.execute(_OPEN)
        if (fields := documents.from_json(row.fields))
    }


def _spot(row: Any) -> Spot:
    price = int(row.value) * 10**row.precision // int(row.held) if row.held else 0
    return Spot(Key(*row[:4]), row.code, row.number, row.bin, int(row.quantity), price)


def everywhere(db: Connection) -> Sequence[Spot]:
    """Return all that lies anywhere, by walking order."""
    return [_spot(row) for row in db.execute(_ALL)]


def sheet(db: Connection, spots: Sequence[Spot], *, site_id: int, today: dt.date, source_id: int | None = None) -> int:
    """Write a sheet for these spots, and return the document's id; ``source_id`` is the stocktake that it is of."""
    return documents.create(
        db,
        KIND,
        numbers.take_dated(db, "CS-", today),
        site_id=site_id,
        source_id=source_id,
        opened_on=today,
        due_on=today,
        lines=[
            NewLine(
                each.key.item_id,
                each.book,
                each.price,
                lot_id=each.key.lot_id,
                fields={
                    "bin": each.bin, "lot": each.lot, "place": each.key.location_id, "status": each.key.status,
                },
            )
            for each in spots
        ],
    )  # fmt: skip


def due(db: Connection, today: dt.date) -> Sequence[Spot]:
    """Return what the cycle plan has counted today, by walking order: A items monthly, B quarterly, C twice a year.

    Classes are by the value that was used in the last year, as ASCM defines them: the items that make the first 80 %
    of it are A, those to 95 % B. What was never counted is due so long after it first came. Before them comes a look
    into a few of the bins that the books say were emptied since yesterday: a zero is counted in no time.
    """
    classes = abc(db, today)
    counted = {tuple(row[:4]): row.day for row in db.execute(_LAST)}
    came = {(row.lot_id, row.location_id): row.day for row in db.execute(_FIRST)}
    asked = _asked(db)
    yesterday = today - dt.timedelta(days=1)
    emptied = (_spot(row) for row in db.execute(_EMPTIED, {"since": yesterday}))
    found = [
        spot
        for spot in emptied
        if tuple(spot.key) not in asked and counted.get(tuple(spot.key), dt.date.min) < yesterday
    ][:_EMPTIED_MAX]
    for spot in (_spot(row) for row in db.execute(_ALL)):
        key = tuple(spot.key)
        last = counted.get(key) or came.get((spot.key.lot_id, spot.key.location_id)) or today
        if key not in asked and (today - last).days >= _EVERY_DAYS[classes.get(spot.key.item_id, "C")]:
            found.append(spot)
    return found[:SHEET_MAX]


def plan(db: Connection, *, site_id: int, today: dt.date) -> int | None:
    """Write the day's sheet of the cycle plan, once a day; None when nothing is due."""
    done = db.execute(text("SELECT 1 FROM counters WHERE name = :name"), {"name": f"count-plan:{today}"}).scalar()
    if done:
        return None
    numbers.take(db, f"count-plan:{today}")
    spots = due(db, today)
    return sheet(db, spots, site_id=site_id, today=today) if spots else None
