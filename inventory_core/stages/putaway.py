"""Putaway: what was received is brought from the dock to a bin that is proposed, or to another one with a reason."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection

from inventory_core import documents, numbers, places
from inventory_core.db.quick import Statement
from inventory_core.document import Line
from inventory_core.documents import NewLine
from inventory_core.movement import Place, Transfer
from inventory_core.stages.case import Action, Order, post_goods, reach

KIND: Final = "putaway"
_AT_DOCK: Final = Statement("""
    SELECT l.item_id, l.lot_id, t.number, SUM(l.quantity) AS quantity
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN lots t ON t.id = l.lot_id
    WHERE m.document_id = :document AND l.location_id = :dock AND l.status = 'available'
    GROUP BY l.item_id, l.lot_id, t.number HAVING SUM(l.quantity) > 0 ORDER BY MIN(l.id)
""")
_SAME_ITEM: Final = Statement("""
    SELECT c.code FROM balances b JOIN locations c ON c.id = b.location_id
    WHERE b.item_id = :item AND b.quantity > 0 AND c.kind = 'bin' AND c.id <> :dock
    ORDER BY CASE WHEN b.lot_id = :lot THEN 0 ELSE 1 END, b.quantity DESC, c.walk_order, c.id LIMIT 1
""")
_LAST_HOME: Final = Statement("""
    SELECT c.code FROM movement_lines l JOIN locations c ON c.id = l.location_id
    WHERE l.item_id = :item AND l.quantity > 0 AND c.kind = 'bin' AND c.id <> :dock ORDER BY l.id DESC LIMIT 1
""")
_FREE: Final = Statement("""
    SELECT c.code FROM locations c WHERE c.kind = 'bin' AND c.id <> :dock
      AND NOT EXISTS (SELECT 1 FROM balances b WHERE b.location_id = c.id AND b.quantity > 0)
    ORDER BY c.walk_order, c.id LIMIT :count
""")
_ANY: Final = Statement("SELECT code FROM locations WHERE kind = 'bin' AND id <> :dock ORDER BY walk_order, id LIMIT 1")


def ask(db: Connection, order: Order) -> None:
    """Write the putaway of what a receipt brought to the dock; nothing where the company has no other bin."""
    dock = places.receiving_bin(db, order.document.site_id)
    rows = _AT_DOCK.rows(db, {"document": order.document.id, "dock": dock})
    lines: list[NewLine] = []
    taken: list[str] = []
    for item_id, lot_id, lot, quantity in rows:
        bin_ = propose(db, item_id, lot_id, dock=dock, taken=taken)
        if bin_ is None:
            return
        taken.append(bin_)
        lines.append(NewLine(item_id, int(quantity), lot_id=lot_id, fields={"bin": bin_, "lot": lot}))
    if lines:
        documents.create(
            db,
            KIND,
            numbers.take_dated(db, "PA-", order.today),
            site_id=order.document.site_id,
            source_id=order.document.id,
            partner_id=order.document.partner_id,
            opened_on=order.today,
            due_on=order.today,
            currency=order.document.currency,
            lines=lines,
        )


def propose(db: Connection, item_id: int, lot_id: int, *, dock: int, taken: Sequence[str] = ()) -> str | None:
    """Return the bin to put a lot in: where it or its item lies, where that lay last, or the next free bin.

    ``taken`` are bins proposed for other goods just now. None when there is no bin but the dock.
    """
    for statement in (_SAME_ITEM, _LAST_HOME):
        if found := statement.scalar(db, {"item": item_id, "lot": lot_id, "dock": dock}):
            return str(found)
    free = (row[0] for row in _FREE.rows(db, {"dock": dock, "count": len(taken) + 1}))
    unasked = next((each for each in free if each not in taken), None)
    found = unasked or _ANY.scalar(db, {"dock": dock})
    return str(found) if found else None


def move(db: Connection, order: Order) -> None:
    """Bring each lot from the dock to its bin: the one that somebody named, or else the proposed one."""
    document = documents.load(db, order.document.id)
    dock = Place(places.receiving_bin(db, document.site_id))
    transfers = [
        Transfer(line.item_id, line.lot_id, line.ordered, dock, Place(places.id_of(db, target)))
        for line in document.lines
        if places.id_of(db, target := _target(line)) != dock.location_id
    ]
    if transfers:
        post_goods(db, order, "transfer", transfers)
    reach(db, order, "posted")


def _target(line: Line) -> str:
    return str(line.fields.get("target") or line.fields["bin"])


ACTIONS: Mapping[str, Action] = {
    "putaway.ask": Action(ask, about="receipt"),
    "putaway.move": Action(move, about=KIND),
}
