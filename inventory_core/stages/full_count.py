"""A full stocktake of a site or zone: all its bins on sheets, in walking order, with the bins frozen or goods moving.

A sheet takes at most SHEET_MAX lines and empty bins, and the lines of a bin stay together where they fit. The paper is
open until its sheets are through; ``look_up`` brings how many are, and how true the books were found so far.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import documents, freezing
from inventory_core.db.quick import Statement
from inventory_core.document import Answer, Document
from inventory_core.errors import NothingToCount, SheetsOpen, UnknownArea
from inventory_core.fact import Fact
from inventory_core.insight import accuracy
from inventory_core.quantity import MONEY_PLACES, as_decimal
from inventory_core.stages import sheets
from inventory_core.stages.case import Action, Argument, Order, reach
from inventory_core.stages.sheets import SHEET_MAX, Spot

KIND: Final = "stocktake"
_AREA: Final = text("SELECT id FROM locations WHERE kind IN ('site', 'zone') AND lower(code) = lower(:code)")
_BINS: Final = text("""
    SELECT c.id, c.code FROM locations c LEFT JOIN locations z ON z.id = c.parent_id
    WHERE c.kind = 'bin' AND (z.id = :area OR z.parent_id = :area) ORDER BY c.walk_order, c.code
""")
_PROGRESS: Final = Statement("""
    SELECT COUNT(*), COUNT(CASE WHEN state = 'open' THEN 1 END) FROM documents
    WHERE source_id = :stocktake AND kind = 'count'
""")
_OPEN: Final = text("SELECT id FROM documents WHERE source_id = :stocktake AND kind = 'count' AND state = 'open'")
_LEFT: Final = text("""
    SELECT DISTINCT p.id FROM documents d JOIN documents p ON p.id = d.source_id
    WHERE d.kind = 'count' AND d.state = 'open' AND p.kind = 'stocktake' AND p.state <> 'open'
""")


@dataclass(slots=True)
class _Page:
    """A sheet in the making: what lies in its bins, its bins by id, and the codes of those that should be empty."""

    spots: list[Spot] = field(default_factory=list)
    bins: list[int] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)

    def has_room(self, entries: int) -> bool:
        return not self.bins or len(self.spots) + len(self.empty) + entries <= SHEET_MAX


def lay_out(db: Connection, order: Order) -> None:
    """Write the sheets of an area. Takes ``area``, a site or zone (or none: the whole site), and ``mode``.

    In the mode ``freeze`` nothing but a count is posted in a sheet's bins until it is through. Raises UnknownArea and
    NothingToCount.
    """
    code = str(order.using.get("area") or "").strip()
    area = db.execute(_AREA, {"code": code}).scalar() if code else order.document.site_id
    if area is None:
        raise UnknownArea(code=code)
    bins = [(row.id, row.code) for row in db.execute(_BINS, {"area": area})]
    if not bins:
        raise NothingToCount(place=code or order.document.number)
    lying: dict[int, list[Spot]] = {}
    for spot in sheets.everywhere(db):
        lying.setdefault(spot.key.location_id, []).append(spot)
    for page in _pages(bins, lying):
        sheet_id = sheets.sheet(
            db, page.spots, site_id=order.document.site_id, today=order.today, source_id=order.document.id
        )
        if page.empty:
            empty: dict[str, Answer] = {"empty": ", ".join(page.empty), "empties": len(page.empty)}
            documents.note_fields(db, sheet_id, empty)
        if order.using.get("mode") == "freeze":
            freezing.freeze(db, sheet_id, page.bins)


def _pages(bins: Sequence[tuple[int, str]], lying: Mapping[int, Sequence[Spot]]) -> Iterator[_Page]:
    page = _Page()
    for bin_id, code in bins:
        spots = lying.get(bin_id, ())
        if not page.has_room(max(len(spots), 1)):
            yield page
            page = _Page()
        for start in range(0, len(spots), SHEET_MAX):
            if start:  # a bin of more lots than a sheet takes goes on on the next
                yield page
                page = _Page()
            page.spots += spots[start : start + SHEET_MAX]
            page.bins.append(bin_id)
        if not spots:
            page.empty.append(code)
            page.bins.append(bin_id)
    yield page


def look_up(db: Connection, document: Document) -> Document:
    """Return a stocktake with its progress and what was found so far; one without sheets as it is."""
    return replace(document, fields={**document.fields, **_figures(db, document.id)})


def _figures(db: Connection, stocktake_id: int) -> dict[str, Answer]:
    total, waiting = _PROGRESS.first(db, {"stocktake": stocktake_id})
    if not total:
        return {}
    progress: dict[str, Answer] = {"done": int(total) - int(waiting), "waiting": int(waiting)}
    found = accuracy.of_count(db, stocktake_id)
    if not found.lines:
        return progress
    return {
        **progress,
        "lines": found.lines,
        "exact": f"{found.percent(found.exact)}",
        "within": f"{found.percent(found.within)}",
        "net": f"{as_decimal(found.net, MONEY_PLACES):f}",
        "gross": f"{as_decimal(found.gross, MONEY_PLACES):f}",
    }


def close(db: Connection, order: Order) -> None:
    """Close a stocktake whose sheets are all through, with its figures as they are now. Raises SheetsOpen."""
    waiting = int(_PROGRESS.first(db, {"stocktake": order.document.id})[1])
    if waiting:
        raise SheetsOpen(n=waiting)
    documents.note_fields(db, order.document.id, _figures(db, order.document.id))
    reach(db, order, "posted")


def stop(db: Connection, order: Order) -> None:
    """Stop a stocktake: its open sheets are dropped, and goods move again. What was posted stands."""
    drop_sheets(db, order.document.id)
    reach(db, order, "stopped")


def drop_sheets(db: Connection, stocktake_id: int) -> None:
    """Stop the open sheets of a stocktake, and let goods move in their bins; their cases are stopped by the relay."""
    for sheet_id in db.execute(_OPEN, {"stocktake": stocktake_id}).scalars().all():
        documents.set_state(db, sheet_id, "stopped")
        freezing.release(db, sheet_id)


def abandoned(db: Connection) -> Sequence[int]:
    """Return the stocktakes that are no longer open and left sheets behind, such as those that were withdrawn."""
    return [int(each) for each in db.execute(_LEFT).scalars()]


def sheets_waiting(stocktake: Document) -> Decimal:
    """Return how many sheets are not through yet."""
    return Decimal(int(str(stocktake.fields.get("waiting", 0))))


def sheets_done(stocktake: Document) -> Decimal:
    """Return how many sheets are through."""
    return Decimal(int(str(stocktake.fields.get("done", 0))))


FACTS: Mapping[str, Fact] = {
    "full_count.sheets_done": Fact("quantity", sheets_done, KIND),
    "full_count.sheets_waiting": Fact("quantity", sheets_waiting, KIND),
}
ACTIONS: Mapping[str, Action] = {
    "full_count.lay_out": Action(
        lay_out, {"area": Argument("text", is_needed=False), "mode": Argument("text", is_needed=False)}, KIND
    ),
    "full_count.close": Action(close, about=KIND),
    "full_count.stop": Action(stop, about=KIND),
}
