"""Counting: sheets of what lies where, counted blind while goods move, and the difference that is posted.

A sheet's line is a lot in a bin; ``ordered`` is what the books said when the sheet was made, and nobody who counts sees
it. Before each decision ``look_up`` brings ``book``, what the books say now, so that what moved meanwhile is no
difference. A line that somebody else counted later is left out of the posting and comes back on a sheet of its own.
``empty`` names bins that should be empty, ``empties`` how many; people answer ``all_empty`` about them.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import Connection, text

from inventory_core import counting, documents, freezing
from inventory_core.document import Document, Line
from inventory_core.errors import CountedSince
from inventory_core.fact import Fact
from inventory_core.stages import found
from inventory_core.stages.case import Action, Order, reach
from inventory_core.stages.found import key_of
from inventory_core.stages.sheets import KIND, Spot, sheet

_HELD = text("""
    SELECT quantity FROM balances
    WHERE item_id = :item_id AND lot_id = :lot_id AND location_id = :location_id AND status = :status
""")
_COUNTS = text("SELECT id FROM stock_counts WHERE document_id = :document ORDER BY id")


def look_up(db: Connection, document: Document) -> Document:
    """Return a sheet with what the books say now in ``book`` of each line."""
    lines = tuple(
        replace(line, fields={**line.fields, "book": int(db.execute(_HELD, key_of(line)._asdict()).scalar() or 0)})
        for line in document.lines
    )
    return found.look_up(db, replace(document, lines=lines))


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
    return Decimal(sum(1 for line in sheet_.lines if _off(line)) + len(found.amounts(sheet_)))


def percent_off(sheet_: Document) -> Decimal:
    """Return the largest difference of a line, in percent of what the books say; 100 for what they did not know of."""
    shares = [
        Decimal(100) * _off(line) / book if isinstance(book := line.fields.get("book"), int) and book else Decimal(100)
        for line in sheet_.lines
        if _off(line)
    ]
    shares += [Decimal(100) for _ in found.amounts(sheet_)]
    return max(shares, default=Decimal(0)).quantize(Decimal("0.01"))


def value_off(sheet_: Document) -> Decimal:
    """Return what the differences are worth at cost, gains and losses both counted up, in currency units."""
    lines = sum((line.worth(_off(line)) for line in sheet_.lines), Decimal(0))
    return lines + sum((worth for _, worth in found.amounts(sheet_)), Decimal(0))


def note(db: Connection, order: Order) -> None:
    """Note what was seen and when: the difference is against the books of this moment, whenever it is posted.

    What was found besides becomes lines of the sheet. Raises NotEmpty, OnTheSheet and SerialNeeded.
    """
    assert order.employee_id is not None, "a deadline counts nothing"
    found.refuse_unentered(order.document)
    for line in order.document.lines:
        seen = _seen(line)
        if seen is not None:
            counting.take(
                db,
                key_of(line),
                seen,
                at=order.now,
                day=order.today,
                employee_id=order.employee_id,
                dedupe_key=f"{order.key}:{line.position}",
                document_id=order.document.id,
            )
    found.take(db, order)


def post(db: Connection, order: Order) -> None:
    """Bring the books to what was counted. What somebody counted later is asked again on a sheet of its own."""
    assert order.employee_id is not None, "a deadline posts no difference"
    newest = {
        counting.load(db, each).key: each for each in db.execute(_COUNTS, {"document": order.document.id}).scalars()
    }
    moved: list[Line] = []
    books = {line.id: line.fields.get("book") for line in order.document.lines}
    for line in documents.load(db, order.document.id).lines:  # what was found is a line since the answer
        count_id = newest.get(key_of(line))
        if count_id is None:
            continue
        try:
            with db.begin_nested():
                counting.post(db, count_id, employee_id=order.employee_id, now=order.now)
        except CountedSince:
            moved.append(line)
    freezing.release(db, order.document.id)
    reach(db, order, "posted")
    if moved:
        again = [
            Spot(
                key_of(line), line.item_code, str(line.fields["lot"]), str(line.fields["bin"]),
                int(str(books.get(line.id) or line.ordered)), line.price,
            )
            for line in moved
        ]  # fmt: skip
        sheet(db, again, site_id=order.document.site_id, today=order.today, source_id=order.document.source_id)


def drop(db: Connection, order: Order) -> None:
    """Close a sheet without posting: the approver does not believe the difference."""
    freezing.release(db, order.document.id)
    reach(db, order, "dropped")


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
