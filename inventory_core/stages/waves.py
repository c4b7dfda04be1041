"""Waves: the picks of several orders in one walk, each line a lot in a bin for one order, in walking order.

An order in an open wave is asked for by the wave's card alone. What was picked goes back to each order as the answer to
its own pick. An order that was picked by itself, or cancelled, meanwhile is ``gone`` from the wave; its line says so.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import documents
from inventory_core.document import Answer, Document, Line
from inventory_core.documents import NewLine
from inventory_core.errors import NothingToPick
from inventory_core.stages import picking
from inventory_core.stages.case import Action, Argument, Order, Signal, reach
from inventory_core.stages.picking import Spot

KIND: Final = "wave"
LINES_MAX: Final = 30
"""The most lines of one walk: a card that is read at a glance, and a form that fits every chat."""
_READY: Final = text("""
    SELECT d.id FROM documents d
    WHERE d.kind = 'sales_order' AND d.state = 'open' AND d.site_id = :site
      AND EXISTS (SELECT 1 FROM reservations r JOIN document_lines l ON l.id = r.document_line_id
                  WHERE l.document_id = d.id AND r.state = 'open')
    ORDER BY COALESCE(d.due_on, d.opened_on), d.id
""")
_OF_ORDER: Final = text("""
    SELECT w.number, w.state, l.fields FROM document_lines l JOIN documents w ON w.id = l.document_id
    JOIN document_lines s ON s.id = l.source_line_id
    WHERE w.kind = 'wave' AND s.document_id = :order ORDER BY l.id DESC LIMIT 1
""")
_ORDERS: Final = text("""
    SELECT l.id, d.id AS order_id, d.revision, d.state FROM document_lines l
    JOIN document_lines s ON s.id = l.source_line_id JOIN documents d ON d.id = s.document_id
    WHERE l.document_id = :wave
""")
_PICKED: Final = text("""
    SELECT DISTINCT w.id FROM documents w JOIN document_lines l ON l.document_id = w.id
    JOIN document_lines s ON s.id = l.source_line_id JOIN documents d ON d.id = s.document_id
    WHERE w.kind = 'wave' AND w.state = 'posted' AND d.state = 'open' ORDER BY w.id
""")
_BY: Final = text("""
    SELECT employee_id FROM journal WHERE document_id = :wave AND kind = 'document.state' ORDER BY id DESC LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class _Pick:
    """One stop of the walk: the order, its line, and where so much of it lies."""

    order: Document
    line: Line
    spot: Spot


def holding(db: Connection, order: Document) -> str:
    """Return the number of the open wave that an order is picked in, empty for none."""
    row = db.execute(_OF_ORDER, {"order": order.id}).first()
    if row is None or row.state != "open" or order.state != "open":
        return ""
    return row.number if documents.from_json(row.fields).get("revision") == order.revision else ""


def gather(db: Connection, order: Order) -> None:
    """Put the orders that are ready to be picked into one walk, the most urgent first, and keep their lots.

    Takes ``until``, the last day by which an order must go out to be in it. Raises NothingToPick.
    """
    until = order.using.get("until")
    last = until if isinstance(until, dt.date) else order.today
    stops: list[_Pick] = []
    for order_id in db.execute(_READY, {"site": order.document.site_id}).scalars().all():
        documents.lock(db, order_id)
        sold = documents.load(db, order_id)
        if sold.state != "open" or (sold.due_on or sold.opened_on) > last or holding(db, sold):
            continue
        own = list(_stops(db, order, sold))
        if stops and len(stops) + len(own) > LINES_MAX:
            break
        stops += own
    if not stops:
        raise NothingToPick(day=last.isoformat())
    stops.sort(key=lambda each: (each.spot.walk_order, each.spot.bin, each.line.item_code, each.spot.lot))
    documents.add_lines(db, order.document.id, [_line(each) for each in stops])


def _stops(db: Connection, order: Order, sold: Document) -> Iterator[_Pick]:
    for line in sold.lines:
        if amount := picking.kept(db, line.id):
            key = replace(order, key=f"{order.key}:{sold.id}")
            yield from (_Pick(sold, line, spot) for spot in picking.pin(db, key, line, amount))


def _line(stop: _Pick) -> NewLine:
    spot = stop.spot
    fields: dict[str, Answer] = {
        "bin": spot.bin, "lot": spot.lot, "order": stop.order.number, "revision": stop.order.revision,
        "codes": "\n".join(dict.fromkeys((spot.lot or stop.line.item_code, spot.bin, stop.line.item_code))),
    }  # fmt: skip
    return NewLine(stop.line.item_id, spot.quantity, source_line_id=stop.line.id, lot_id=spot.lot_id, fields=fields)


def look_up(db: Connection, wave: Document) -> Document:
    """Return an open wave with ``gone`` on the lines whose order needs no picking any more."""
    if wave.state != "open" or not wave.lines:
        return wave
    needed = _needed(db, wave)
    lines = []
    for line in wave.lines:
        fields = {name: value for name, value in line.fields.items() if name != "gone"}
        lines.append(replace(line, fields=fields if line.id in needed else {**fields, "gone": "gone"}))
    return replace(wave, lines=tuple(lines))


def _needed(db: Connection, wave: Document) -> Mapping[int, int]:
    """Return the wave's lines whose orders wait for it as they did when it was made, each with its order's id."""
    made_at = {line.id: line.fields.get("revision") for line in wave.lines}
    return {
        row.id: row.order_id
        for row in db.execute(_ORDERS, {"wave": wave.id})
        if row.state == "open" and row.revision == made_at[row.id]
    }


def hand_back(db: Connection, order: Order) -> None:
    """Keep for each order just the lots that were picked for it; its own case goes on from there."""
    wave = order.document
    needed = _needed(db, wave)
    for order_id in sorted(set(needed.values())):
        documents.lock(db, order_id)
        own = [line for line in wave.lines if needed.get(line.id) == order_id]
        for sold in documents.load(db, order_id).lines:
            parts = [line for line in own if line.source_line_id == sold.id]
            if any(line.quantity("picked") < line.ordered for line in parts):
                _keep_picked(db, order, sold, parts)
    reach(db, order, "posted")


def _keep_picked(db: Connection, order: Order, sold: Line, parts: Sequence[Line]) -> None:
    places = {(spot.lot_id, spot.bin): spot.location_id for spot in picking.pinned(db, sold.id)}
    picking.release(db, [sold], state="released")
    for part in parts:
        if amount := min(part.quantity("picked"), part.ordered):
            place = part.lot_id, places[part.lot_id, str(part.fields["bin"])]
            picking.keep_there(db, order, sold, place, amount, key=f"{order.key}:{part.position}")


def picked(db: Connection, today: dt.date) -> Sequence[Signal]:
    """Return what the waves picked for orders that still wait for it, as the answers to their own picks."""
    found = []
    for wave_id in db.execute(_PICKED).scalars().all():
        wave = documents.load(db, wave_id)
        needed = _needed(db, wave)
        by = db.execute(_BY, {"wave": wave_id}).scalar()
        for order_id in sorted(set(needed.values())):
            lines: dict[int, dict[str, Answer]] = {}
            own = [line for line in wave.lines if needed.get(line.id) == order_id]
            for sold in documents.load(db, order_id).lines:
                parts = [line for line in own if line.source_line_id == sold.id]
                lines[sold.position] = {"picked": sum(min(part.quantity("picked"), part.ordered) for part in parts)}
            is_all = all(line.quantity("picked") >= line.ordered for line in own)
            found.append(Signal(order_id, "pick", "all" if is_all else "short", {}, lines, by))
    return found


def drop(db: Connection, order: Order) -> None:
    """Give a wave up: each order is asked for by its own card again."""
    reach(db, order, "dropped")


ACTIONS: Mapping[str, Action] = {
    "wave.gather": Action(gather, {"until": Argument("date", is_needed=False)}, KIND),
    "wave.hand_back": Action(hand_back, about=KIND),
    "wave.drop": Action(drop, about=KIND),
}
