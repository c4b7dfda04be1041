"""Counting: sheets of what lies where, counted blind while goods move, and the difference that is posted.

A sheet's line is a lot in a bin; ``ordered`` is what the books said when the sheet was made, and nobody who counts sees
it. Before each decision ``look_up`` brings ``book``, what the books say now, so that what moved meanwhile is no
difference. A line that somebody else counted later is left out of the posting and comes back on a sheet of its own.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import counting, documents, items, numbers
from inventory_core.db.metadata import to_micros
from inventory_core.document import Document, Line
from inventory_core.documents import NewLine
from inventory_core.errors import CountedSince, NothingToCount, UnknownBin
from inventory_core.fact import Fact
from inventory_core.movement import Key
from inventory_core.stages.case import Action, Order, reach

KIND: Final = "count"
SHEET_MAX: Final = 20
"""The most lines that the plan puts on one sheet: a short walk, and a card that is read at a glance."""
_EVERY_DAYS: Final = {"A": 30, "B": 90, "C": 180}
_SHARES: Final = (("A", Decimal("0.8")), ("B", Decimal("0.95")))
_USE_DAYS: Final = 365
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
_HELD = text("""
    SELECT quantity FROM balances
    WHERE item_id = :item_id AND lot_id = :lot_id AND location_id = :location_id AND status = :status
""")
_LAST = text("""
    SELECT item_id, lot_id, location_id, status, MAX(day) AS day FROM stock_counts WHERE difference IS NOT NULL
    GROUP BY item_id, lot_id, location_id, status
""").columns(day=Date())
_FIRST = text("SELECT lot_id, location_id, MIN(day) AS day FROM movement_lines GROUP BY lot_id, location_id").columns(
    day=Date()
)
_USED = text("""
    SELECT l.item_id, -SUM(l.value) AS worth FROM movement_lines l JOIN movements m ON m.id = l.movement_id
    JOIN locations c ON c.id = l.location_id
    WHERE m.kind IN ('issue', 'shipment') AND c.kind = 'bin' AND l.day >= :since GROUP BY l.item_id
""").bindparams(bindparam("since", type_=Date()))
_OPEN = text("""
    SELECT l.item_id, l.lot_id, l.fields FROM document_lines l JOIN documents d ON d.id = l.document_id
    WHERE d.kind = 'count' AND d.state = 'open'
""")
_COUNTS = text("SELECT id FROM stock_counts WHERE document_id = :document ORDER BY id")


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


def sheet(db: Connection, spots: Sequence[Spot], *, site_id: int, today: dt.date) -> int:
    """Write a sheet for these spots, and return the document's id."""
    return documents.create(
        db,
        KIND,
        numbers.take_dated(db, "CS-", today),
        site_id=site_id,
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


def abc(db: Connection, today: dt.date) -> Mapping[int, str]:
    """Return the class of each item that was used in the last year: A, B or C by the value of its use."""
    since = today - dt.timedelta(days=_USE_DAYS)
    used = sorted(((int(row.worth), row.item_id) for row in db.execute(_USED, {"since": since})), reverse=True)
    total, so_far, found = Decimal(sum(worth for worth, _ in used)), Decimal(0), {}
    for worth, item_id in used:
        found[item_id] = next((name for name, share in _SHARES if total and so_far / total < share), "C")
        so_far += worth
    return found


def plan(db: Connection, *, site_id: int, today: dt.date) -> int | None:
    """Write the day's sheet of the cycle plan, once a day; None when nothing is due."""
    done = db.execute(text("SELECT 1 FROM counters WHERE name = :name"), {"name": f"count-plan:{today}"}).scalar()
    if done:
        return None
    numbers.take(db, f"count-plan:{today}")
    spots = due(db, today)
    return sheet(db, spots, site_id=site_id, today=today) if spots else None


def look_up(db: Connection, document: Document) -> Document:
    """Return a sheet with what the books say now in ``book`` of each line."""
    lines = tuple(
        replace(line, fields={**line.fields, "book": int(db.execute(_HELD, _key(line)._asdict()).scalar() or 0)})
        for line in document.lines
    )
    return replace(document, lines=lines)


def _key(line: Line) -> Key:
    return Key(line.item_id, line.lot_id, int(str(line.fields["place"])), str(line.fields["status"]))


def _seen(line: Line) -> int | None:
    """Return what was counted last: the second look, where there was one."""
    value = line.fields.get("recounted", line.fields.get("counted"))
    return value if isinstance(value, int) else None


def _off(line: Line) -> int:
    """Return how far the count and the books are apart, in smallest units."""
    seen, book = _seen(line), line.fields.get("book")
    return abs(seen - book) if seen is not None and isinstance(book, int) else 0


def lines_off(sheet_: Document) -> Decimal:
    """Return how many lines differ from the books."""
    return Decimal(sum(1 for line in sheet_.lines if _off(line)))


def percent_off(sheet_: Document) -> Decimal:
    """Return the largest difference of a line, in percent of what the books say; 100 for what they did not know of."""
    shares = [
        Decimal(100) * _off(line) / book if isinstance(book := line.fields.get("book"), int) and book else Decimal(100)
        for line in sheet_.lines
        if _off(line)
    ]
    return max(shares, default=Decimal(0)).quantize(Decimal("0.01"))


def value_off(sheet_: Document) -> Decimal:
    """Return what the differences are worth at cost, gains and losses both counted up, in currency units."""
    return sum((line.worth(_off(line)) for line in sheet_.lines), Decimal(0))


def note(db: Connection, order: Order) -> None:
    """Note what was seen and when: the difference is against the books of this moment, whenever it is posted."""
    assert order.employee_id is not None, "a deadline counts nothing"
    for line in order.document.lines:
        seen = _seen(line)
        if seen is not None:
            counting.take(
                db,
                _key(line),
                seen,
                at=order.now,
                day=order.today,
                employee_id=order.employee_id,
                dedupe_key=f"{order.key}:{line.position}",
                document_id=order.document.id,
            )


def post(db: Connection, order: Order) -> None:
    """Bring the books to what was counted. What somebody counted later is asked again on a sheet of its own."""
    assert order.employee_id is not None, "a deadline posts no difference"
    newest = {
        counting.load(db, each).key: each for each in db.execute(_COUNTS, {"document": order.document.id}).scalars()
    }
    moved: list[Line] = []
    for line in order.document.lines:
        count_id = newest.get(_key(line))
        if count_id is None:
            continue
        try:
            with db.begin_nested():
                counting.post(db, count_id, employee_id=order.employee_id, now=order.now)
        except CountedSince:
            moved.append(line)
    reach(db, order, "posted")
    if moved:
        again = [
            Spot(
                _key(line), line.item_code, str(line.fields["lot"]), str(line.fields["bin"]),
                int(str(line.fields.get("book") or line.ordered)), line.price,
            )
            for line in moved
        ]  # fmt: skip
        sheet(db, again, site_id=order.document.site_id, today=order.today)


def drop(db: Connection, order: Order) -> None:
    """Close a sheet without posting: the approver does not believe the difference."""
    reach(db, order, "dropped")


def accuracy(db: Connection, since: dt.datetime) -> tuple[int, int]:
    """Return (counts without a difference, counts) posted since a moment: count accuracy, as SCOR states it."""
    row = db.execute(
        text("""
            SELECT COUNT(CASE WHEN difference = 0 THEN 1 END), COUNT(*) FROM stock_counts
            WHERE difference IS NOT NULL AND counted_at >= :since
        """),
        {"since": to_micros(since)},
    ).one()
    return int(row[0]), int(row[1])


FACTS: Mapping[str, Fact] = {
    "count.lines_off": Fact("quantity", lines_off, KIND),
    "count.percent_off": Fact("quantity", percent_off, KIND),
    "count.value_off": Fact("money", value_off, KIND),
}
ACTIONS: Mapping[str, Action] = {
    "stocktake.note": Action(note, about=KIND),
    "stocktake.post": Action(post, about=KIND),
    "stocktake.drop": Action(drop, about=KIND),
}
