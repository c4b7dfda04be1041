"""Putaway: what was received is brought from the dock to a bin that is proposed, or to another one with a reason.

A line is so much of a lot for one bin: ``bin`` is the proposed one, empty with ``room`` where no bin has room for it.
People answer ``target``, the bin that they put it in, or ``chosen`` where none was proposed; a line that they leave out
waits on the dock for the next answer. ``done`` is what has left the dock; its line names the bin that it is in.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from inventory_core import documents, numbers, places
from inventory_core.db.quick import Statement, Value
from inventory_core.document import Document, Line
from inventory_core.documents import NewLine
from inventory_core.errors import NoBinNamed
from inventory_core.fact import Fact
from inventory_core.movement import Place, Transfer
from inventory_core.slotting import Slots
from inventory_core.stages.case import Action, Order, post_goods, reach

KIND: Final = "putaway"
_AT_DOCK: Final = Statement("""
    SELECT l.item_id, l.lot_id, t.number, i.category, SUM(l.quantity) AS quantity
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN lots t ON t.id = l.lot_id
    JOIN items i ON i.id = l.item_id
    WHERE m.document_id = :document AND l.location_id = :dock AND l.status = 'available'
    GROUP BY l.item_id, l.lot_id, t.number, i.category HAVING SUM(l.quantity) > 0 ORDER BY MIN(l.id)
""")
_PUT: Final = Statement("UPDATE document_lines SET done = ordered, fields = :fields WHERE id = :id")


def ask(db: Connection, order: Order) -> None:
    """Write the putaway of what a paper brought to the dock; nothing where the company has no other bin."""
    paper = order.document
    dock = places.receiving_bin(db, paper.site_id)
    rows = _AT_DOCK.rows(db, {"document": paper.id, "dock": dock})
    if not rows:
        return
    slots = Slots(db, paper.site_id, dock)
    lines = [
        NewLine(item_id, share.quantity, lot_id=lot_id, fields=_proposal(share.bin, lot))
        for item_id, lot_id, lot, category, quantity in rows
        for share in slots.share(item_id, lot_id, category, int(quantity))
    ]
    if not any(line.fields["bin"] for line in lines) and slots.are_none():
        return
    documents.create(
        db,
        KIND,
        numbers.take_dated(db, "PA-", order.today),
        site_id=paper.site_id,
        source_id=paper.id,
        partner_id=paper.partner_id,
        opened_on=order.today,
        due_on=order.today,
        currency=paper.currency,
        lines=lines,
    )


def _proposal(bin_: str, lot: str) -> dict[str, str]:
    return {"bin": bin_, "lot": lot} if bin_ else {"bin": "", "lot": lot, "room": "none"}


def move(db: Connection, order: Order) -> None:
    """Bring each lot that is still on the dock to its bin: the one that somebody named, or else the proposed one.

    Raises NoBinNamed where neither is there.
    """
    _bring(db, order, _waiting(order.document))
    reach(db, order, "posted")


def move_named(db: Connection, order: Order) -> None:
    """Bring the lots for which somebody named a bin there. Raises NoBinNamed when none was named."""
    named = [line for line in _waiting(order.document) if line.fields.get("target")]
    if not named:
        raise NoBinNamed(item=order.document.lines[0].item_code)
    _bring(db, order, named)
    if not is_left(order.document):
        reach(db, order, "posted")


def _waiting(document: Document) -> list[Line]:
    return [line for line in document.lines if line.quantity("open")]


def _bring(db: Connection, order: Order, lines: list[Line]) -> None:
    dock = Place(places.receiving_bin(db, order.document.site_id))
    transfers = []
    put: list[dict[str, Value]] = []
    for line in lines:
        bin_ = _target(line)
        target = Place(places.id_of(db, bin_))
        if target != dock:
            transfers.append(Transfer(line.item_id, line.lot_id, line.quantity("open"), dock, target))
        put.append({"id": line.id, "fields": documents.to_json({**line.fields, "bin": bin_, "room": "put"})})
    if transfers:
        post_goods(db, order, "transfer", transfers)
    if put:
        _PUT.run_many(db, put)


def _target(line: Line) -> str:
    target = str(line.fields.get("target") or line.fields.get("chosen") or line.fields["bin"])
    if not target:
        raise NoBinNamed(item=line.item_code)
    return target


def is_left(putaway: Document) -> bool:
    """Tell whether a lot is still on the dock for which nobody named a bin."""
    return any(not line.fields.get("target") for line in _waiting(putaway))


def is_elsewhere(putaway: Document) -> bool:
    """Tell whether a lot goes to another bin than the one that was proposed for it."""
    return any(
        line.fields["bin"] and line.fields.get("target", line.fields["bin"]) != line.fields["bin"]
        for line in _waiting(putaway)
    )


FACTS: Mapping[str, Fact] = {
    "putaway.is_left": Fact("boolean", is_left, KIND),
    "putaway.is_elsewhere": Fact("boolean", is_elsewhere, KIND),
}
ACTIONS: Mapping[str, Action] = {
    "putaway.ask": Action(ask),
    "putaway.move": Action(move, about=KIND),
    "putaway.move_named": Action(move_named, about=KIND),
}
