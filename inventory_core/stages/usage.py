"""What a report of output uses of what went into production for its order: what went first is used first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from sqlalchemy import Connection, text

from inventory_core.consumption import Held, split, used_by_bill, worth_of
from inventory_core.document import Line
from inventory_core.items import Item

_WENT_IN: Final = text("""
    SELECT l.item_id, l.lot_id, SUM(l.quantity) AS quantity, SUM(l.value) AS value
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN locations c ON c.id = l.location_id
    WHERE m.document_id = :document AND m.kind = 'issue' AND c.kind = 'production'
    GROUP BY l.item_id, l.lot_id HAVING SUM(l.quantity) > 0 ORDER BY MIN(l.id)
""")
_STILL_IN: Final = text("""
    SELECT COALESCE(SUM(l.value), 0) FROM movement_lines l JOIN movements m ON m.id = l.movement_id
    JOIN locations c ON c.id = l.location_id WHERE m.document_id = :document AND c.kind = 'production'
""")
_DIFFERED: Final = text("""
    SELECT COALESCE(SUM(v.to_variance), 0) FROM value_lines v JOIN movements m ON m.id = v.movement_id
    WHERE m.document_id = :document AND m.kind = 'production'
""")
"""By how much output came into stock above what it was given: an item at standard cost comes in at that."""


@dataclass(frozen=True, slots=True)
class Report:
    """So much made and so much scrapped of an item, after so much that was reported ``before``; in smallest units."""

    item: Item
    made: int
    scrapped: int
    before: int
    planned: int
    is_last: bool

    @property
    def after(self) -> int:
        return self.before + self.made + self.scrapped


@dataclass(frozen=True, slots=True)
class Used:
    """What a report uses, and what that is worth."""

    held: Sequence[Held]
    value: int


def went_in(db: Connection, document_id: int) -> list[Held]:
    """Return what went into production for an order and did not come back, lot by lot, the first one first."""
    rows = db.execute(_WENT_IN, {"document": document_id})
    return [Held(row.item_id, row.lot_id, int(row.quantity), int(row.value)) for row in rows]


def of_line(line: Line, *, reported: int, planned: int) -> int:
    """Return what reported output used of a line: all that is backflushed, and else what the bill says."""
    if line.fields.get("way") == "backflush":
        return line.done
    return min(line.done, used_by_bill(line.ordered, reported=reported, planned=planned))


def by_item(held: Sequence[Held], lines: Sequence[Line], *, reported: int, planned: int) -> Mapping[int, int]:
    """Return what of each item reported output used; several lines may be of one item."""
    used = {each.item_id: 0 for each in held}
    for line in lines:
        if line.item_id in used and line.fields.get("way") != "byproduct":
            used[line.item_id] += of_line(line, reported=reported, planned=planned)
    return used


def _exactly(item_id: int, lines: Sequence[Line], report: Report) -> Fraction:
    """Return what of an item all output so far used by the bill, not rounded up to whole units."""
    parts = [
        min(Fraction(line.done), Fraction(line.ordered * report.after, report.planned))
        for line in lines
        if line.item_id == item_id and line.fields.get("way") != "byproduct"
    ]
    return sum(parts, Fraction(0))


def of(
    db: Connection, document_id: int, lines: Sequence[Line], report: Report, *, taken: Mapping[int, int] | None = None
) -> Used:
    """Return what a report uses: what the bill says of what was made, and the last one all that is left.

    ``taken`` is what of each item was backflushed for this very report. A unit that an earlier report broke, such as a
    can of paint, is used on with a quantity of zero, and each report bears its part of what that is worth.
    """
    held = went_in(db, document_id)
    still_in = sum(int(db.execute(each, {"document": document_id}).scalar_one()) for each in (_STILL_IN, _DIFFERED))
    before = by_item(held, lines, reported=report.before, planned=report.planned)
    after = by_item(held, lines, reported=report.after, planned=report.planned)
    used: list[Held] = []
    worth_so_far = 0
    for item_id in before:
        lots = [each for each in held if each.item_id == item_id]
        until = sum(each.quantity for each in lots) if report.is_last else after[item_id]
        first = split(lots, until)[0]
        worth_so_far += worth_of(lots, _exactly(item_id, lines, report))
        now = split(first, before[item_id] - (taken or {}).get(item_id, 0))[1]
        used += now or [replace(each, quantity=0, value=0) for each in first[-1:]]
    if report.is_last:
        return Used(used, still_in)
    already_out = sum(each.value for each in held) - still_in
    return Used(used, min(max(worth_so_far - already_out, 0), max(still_in, 0)))
