"""Gathers the labels of what came in, or of a lot wherever it lies."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.types import Date

from charts.papers.paper import BinLabel, Label
from inventory_core import labels
from inventory_core.document import Document
from inventory_core.quantity import write_quantity

MOST: Final = 200
"""No roll of labels is longer; serial numbers come a label a piece."""
NO_DAY: Final = dt.date(2000, 1, 1)
_ITEM_AND_LOT: Final = """
    SELECT i.code, i.name, i.base_unit, i.precision, t.id AS lot_id, t.number AS lot, c.code AS bin,
           t.received_on, t.expires_on,
"""
_LYING: Final = """
           b.quantity
    FROM balances b JOIN items i ON i.id = b.item_id JOIN lots t ON t.id = b.lot_id
    JOIN locations c ON c.id = b.location_id
    WHERE b.quantity > 0 AND b.lot_id > 0 AND b.lot_id IN ({lots})
    ORDER BY t.id, c.walk_order, c.id, b.status LIMIT :most
"""
_BROUGHT: Final = """
    SELECT l.lot_id FROM movement_lines l JOIN movements m ON m.id = l.movement_id
    JOIN locations p ON p.id = l.location_id
    WHERE m.document_id = :id AND l.quantity > 0 AND p.kind = 'bin' AND m.reverses_id IS NULL
    UNION SELECT lot_id FROM document_lines WHERE document_id = :id
"""
_UNTRACKED: Final = """
           SUM(l.quantity) AS quantity
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN items i ON i.id = l.item_id
    JOIN lots t ON t.id = l.lot_id JOIN locations c ON c.id = l.location_id
    WHERE m.document_id = :id AND l.lot_id = 0 AND c.kind = 'bin'
    GROUP BY i.code, i.name, i.base_unit, i.precision, t.id, t.number, c.code, t.received_on, t.expires_on
    HAVING SUM(l.quantity) > 0 ORDER BY i.code, c.code LIMIT :most
"""
_BINS: Final = text("""
    WITH RECURSIVE inside (id) AS (
        SELECT id FROM locations WHERE lower(code) = lower(:code) AND kind IN ('site', 'zone', 'bin')
        UNION SELECT l.id FROM locations l JOIN inside i ON l.parent_id = i.id
    )
    SELECT b.code, b.name, p.name AS area FROM locations b JOIN inside i ON i.id = b.id
    LEFT JOIN locations p ON p.id = b.parent_id WHERE b.kind = 'bin' ORDER BY b.walk_order, b.id LIMIT :most
""")
_OF_DOCUMENT, _WITHOUT_LOT, _OF_LOT = (
    text(_ITEM_AND_LOT + rest).columns(received_on=Date(), expires_on=Date())
    for rest in (_LYING.format(lots=_BROUGHT), _UNTRACKED, _LYING.format(lots=":id"))
)


def of_bins(db: Connection, code: str) -> Sequence[BinLabel]:
    """Return the label of a bin, or of every bin in an area of this code, in walking order."""
    rows = db.execute(_BINS, {"code": code.strip(), "most": MOST}).all()
    return [
        BinLabel(row.code, row.name if row.name != row.code else "", row.area or "", labels.bin_payload(row.code))
        for row in rows
    ]


def of_document(db: Connection, document: Document) -> Sequence[Label]:
    """Return a label for each lot that a document brought in, where it lies now, and for what has no lot.

    What is still to be put away is labelled with the bin that is proposed for it.
    """
    asked = {"id": document.id, "most": MOST}
    found = [_label(row) for statement in (_OF_DOCUMENT, _WITHOUT_LOT) for row in db.execute(statement, asked)][:MOST]
    if document.kind != "putaway" or document.state != "open":
        return found
    proposed = {(each.item_code, each.fields.get("lot")): each.fields.get("bin") for each in document.lines}
    return [replace(each, bin=str(proposed.get((each.item, each.lot)) or each.bin)) for each in found]


def of_lot(db: Connection, lot_id: int) -> Sequence[Label]:
    """Return a label for each place in which a lot lies."""
    return [_label(row) for row in db.execute(_OF_LOT, {"id": lot_id, "most": MOST})]


def dated(roll: Sequence[Label]) -> dt.date:
    """Return the day that a roll of labels bears: that of its newest lot."""
    return max((each.received_on for each in roll if each.received_on), default=NO_DAY)


def _label(row: Any) -> Label:
    lot = row.lot if row.lot_id else ""
    quantity = write_quantity(int(row.quantity), row.precision)
    payload = labels.payload(labels.Label(row.code, lot, quantity))
    days = row.received_on, row.expires_on
    return Label(row.code, row.name, lot, quantity, row.base_unit, row.bin, payload, *days)
