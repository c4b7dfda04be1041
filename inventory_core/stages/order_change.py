"""A change of a purchase order: what came stays, and the order is brought to what was agreed anew.

A change's lines are those of its order. ``came`` is what was received of each; people answer ``new_quantity`` and
``new_price``, and of the whole ``new_date``.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import documents, items, journal, suppliers
from inventory_core.document import Document, Line
from inventory_core.documents import NewLine
from inventory_core.errors import NotOpen, UnderDone
from inventory_core.fact import Fact
from inventory_core.quantity import MONEY_PLACES, as_decimal
from inventory_core.stages import purchasing
from inventory_core.stages.case import Action, Argument, Order, reach

KIND: Final = "order_change"
_CHANGE_LINE: Final = text("""
    UPDATE document_lines SET ordered = :ordered, tolerance = :tolerance, price = :price WHERE id = :id
""")


def open_(db: Connection, order: Order) -> None:
    """Make the change's lines of the open lines of a purchase order. Takes ``order``, its number. Raises NotOpen."""
    number = order.words("order").strip()
    found = documents.find(db, purchasing.KIND, number)
    paper = documents.load(db, found) if found is not None else None
    if paper is None or paper.state not in ("open", purchasing.DRAFT):
        raise NotOpen(document=number)
    documents.set_partner(db, order.document.id, paper.partner_id)
    documents.set_source(db, order.document.id, paper.id)
    if paper.due_on:
        documents.set_due(db, order.document.id, paper.due_on)
    documents.add_lines(
        db,
        order.document.id,
        [NewLine(line.item_id, line.ordered, line.price, source_line_id=line.id) for line in paper.lines],
    )


def look_up(db: Connection, document: Document) -> Document:
    """Return a change with how much of each line came already, and the day on which the order is due."""
    if document.source_id is None:
        return document
    order = documents.load(db, document.source_id)
    came = {line.id: line.done for line in order.lines}
    lines = tuple(
        replace(line, fields={**line.fields, "came": came.get(line.source_line_id or 0, 0)}) for line in document.lines
    )
    found = {"wanted_by": order.due_on.isoformat()} if order.due_on else {}
    return replace(document, lines=lines, fields={**document.fields, **found})


def check(_db: Connection, _before: Document, answered: Document) -> None:
    """Refuse less than came already. Raises UnderDone."""
    for line in answered.lines:
        if "new_quantity" in line.fields and line.quantity("new_quantity") < line.quantity("came"):
            raise UnderDone(item=line.item_code, done=line.write(line.quantity("came")), unit=line.unit)


def apply(db: Connection, order: Order) -> None:
    """Bring a purchase order to what its change says; a line of nothing is dropped. Raises UnderDone, NotOpen."""
    paper_id = order.document.source_id
    assert paper_id is not None, "a change is of an order"
    documents.lock(db, paper_id)
    before = documents.load(db, paper_id)
    if before.state not in ("open", purchasing.DRAFT):
        raise NotOpen(document=before.number)
    by_line = {line.source_line_id: line for line in order.document.lines}
    rows = []
    for line in before.lines:
        new = by_line[line.id]
        quantity = new.quantity("new_quantity")
        if quantity < line.done:
            raise UnderDone(item=line.item_code, done=line.write(line.done), unit=line.unit)
        tolerance = purchasing.tolerance_of(items.by_id(db, line.item_id), quantity)
        rows.append({"id": line.id, "ordered": quantity, "tolerance": tolerance, "price": _new_price(new)})
    db.execute(_CHANGE_LINE, rows)
    if isinstance(day := order.document.fields.get("new_date"), str):
        documents.set_due(db, paper_id, dt.date.fromisoformat(day))
        documents.note_fields(db, paper_id, {suppliers.PROMISED: day})
    _reach_after_change(db, documents.load(db, paper_id))
    documents.note_fields(db, paper_id, {"revision": int(str(before.fields.get("revision", 1))) + 1})
    documents.raise_revision(db, paper_id)
    journal.write(
        db,
        "purchase_order.changed",
        now=order.now,
        employee_id=order.employee_id,
        document_id=paper_id,
        facts={
            "change": order.document.number,
            "before": [_as_facts(line) for line in before.lines],
            "after": rows,
        },
    )
    reach(db, order, "posted")


def _as_facts(line: Line) -> dict[str, int]:
    return {"id": line.id, "ordered": line.ordered, "tolerance": line.tolerance, "price": line.price}


def _new_price(line: Line) -> int:
    answered = line.fields.get("new_price")
    return line.price if answered is None else int(Decimal(str(answered)).scaleb(MONEY_PLACES))


def _reach_after_change(db: Connection, paper: Document) -> None:
    """Close an order of which nothing is owed any more."""
    if all(line.done >= line.ordered for line in paper.lines):
        documents.set_state(db, paper.id, "complete" if any(line.done for line in paper.lines) else "cancelled")


def new_value(change_: Document) -> Decimal:
    """Return what an order would cost after its change, in currency units."""
    return sum(
        (
            as_decimal(line.quantity("new_quantity"), line.precision) * as_decimal(_new_price(line), MONEY_PLACES)
            for line in change_.lines
        ),
        Decimal(0),
    )


FACTS: Mapping[str, Fact] = {
    "order_change.value": Fact("money", purchasing.value, KIND),
    "order_change.new_value": Fact("money", new_value, KIND),
}
ACTIONS: Mapping[str, Action] = {
    "order_change.open": Action(open_, {"order": Argument("text")}, KIND),
    "order_change.apply": Action(apply, about=KIND),
}
