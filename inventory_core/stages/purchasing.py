"""Purchase orders: placed as drafts, sent, confirmed by the supplier, and closed in the end.

A draft is expected at the dock only once it was sent. ``promised_on`` keeps the day that was first agreed, so that a
supplier is judged by it however often the rest is put off.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from inventory_core import documents, items, journal, numbers, partners, suppliers
from inventory_core.document import Document
from inventory_core.documents import NewLine
from inventory_core.errors import NothingAsked, UnderDone
from inventory_core.fact import Fact
from inventory_core.items import Item
from inventory_core.quantity import exact_money
from inventory_core.stages.case import Action, Argument, Order, reach

KIND: Final = "purchase_order"
DRAFT: Final = "draft"
_REST_DUE_IN_DAYS: Final = 7
_LONGEST_WAIT_DAYS: Final = 3650


def order_line(item: Item, quantity: int, *, price: int) -> NewLine:
    """Return an order line; what may come beyond it is the item's tolerance of the whole line, in whole units."""
    return NewLine(item.id, quantity, price, tolerance=tolerance_of(item, quantity))


def tolerance_of(item: Item, quantity: int) -> int:
    """Return how much more than ordered may come of a line, in smallest units."""
    return quantity * item.over_receipt_percent // 100


def place(db: Connection, order: Order) -> None:
    """Write the purchase order of a requisition as a draft, expected after its lead time in working days.

    Takes ``item``, ``quantity``, ``supplier``, ``price`` and ``days``. Raises SupplierBlocked.
    """
    item = items.by_code(db, order.words("item"))
    amount = item.units(order.number("quantity"))
    price = exact_money(order.number("price"))
    days = min(max(int(order.number("days")), 0), _LONGEST_WAIT_DAYS)
    suppliers.check_may_order(db, order.words("supplier"))
    _write(
        db,
        order,
        [order_line(item, amount, price=price)],
        partner_id=partners.id_of(db, order.words("supplier")),
        due_on=order.working_day(order.today, days),
        state=DRAFT,
        asked_by="requisition",
    )
    reach(db, order, "ordered")


def _write(
    db: Connection,
    order: Order,
    lines: Sequence[NewLine],
    *,
    partner_id: int | None,
    due_on: dt.date,
    state: str,
    asked_by: str,
) -> None:
    made = documents.create(
        db,
        KIND,
        numbers.take_dated(db, "PO-", order.today),
        site_id=order.document.site_id,
        partner_id=partner_id,
        source_id=order.document.id,
        opened_on=order.today,
        due_on=due_on,
        currency=order.document.currency,
        lines=lines,
        state=state,
    )
    journal.write(
        db,
        "purchase_order.placed",
        now=order.now,
        employee_id=order.employee_id,
        document_id=made,
        facts={asked_by: order.document.number},
    )


def order_besides(db: Connection, order: Order) -> None:
    """Order what came without an order, so that it is received like everything else. Takes the rows of ``kept``.

    Raises NothingAsked, and SupplierBlocked.
    """
    rows = order.document.fields.get("kept")
    if not isinstance(rows, list) or not rows:
        raise NothingAsked(document=order.document.number)
    lines = []
    for row in rows:
        item = items.by_code(db, str(row["item"]))
        amount = item.units(Decimal(str(row["quantity"])))
        price = exact_money(Decimal(str(row["price"])))
        lines.append(order_line(item, amount, price=price))
    supplier = order.document.partner_id
    _write(db, order, lines, partner_id=supplier, due_on=order.today, state="open", asked_by="receipt")


def look_up(db: Connection, document: Document) -> Document:
    """Return an order with the day on which it is wanted, and the day by which the one who asked needs it."""
    found = {"wanted_by": document.due_on.isoformat()} if document.due_on else {}
    if document.source_id is not None:
        needed = documents.load(db, document.source_id).fields.get("needed_by")
        found |= {"needed_by": needed} if isinstance(needed, str) else {}
    return replace(document, fields={**document.fields, **found})


def send(db: Connection, order: Order) -> None:
    """Note that an order went to its supplier: from now on it is expected."""
    reach(db, order, "open")


def confirm(db: Connection, order: Order) -> None:
    """Note the day that the supplier confirmed, ``by``: the order is expected then, and judged by it."""
    day = order.day("by")
    documents.set_due(db, order.document.id, day)
    documents.note_fields(db, order.document.id, {suppliers.PROMISED: day.isoformat()})


def cancel(db: Connection, order: Order) -> None:
    """Cancel an order of which nothing came. Raises UnderDone."""
    document = documents.load(db, order.document.id)
    for line in document.lines:
        if line.done:
            raise UnderDone(item=line.item_code, done=line.write(line.done), unit=line.unit)
    reach(db, order, "cancelled")


def close_short(db: Connection, order: Order) -> None:
    """Close the receipt's purchase order although less came than was ordered; if nothing ever came it is cancelled."""
    assert order.document.source_id is not None
    came = any(line.done for line in documents.load(db, order.document.source_id).lines)
    documents.set_state(db, order.document.source_id, "short" if came else "cancelled")
    journal.write(
        db,
        "purchase_order.closed_short",
        now=order.now,
        employee_id=order.employee_id,
        document_id=order.document.source_id,
    )


def expect_rest(db: Connection, order: Order) -> None:
    """Keep the receipt's order open, and expect its rest in a week, in so many ``days``, or on a day, ``by``."""
    assert order.document.source_id is not None
    days = int(order.number("days")) if "days" in order.using else _REST_DUE_IN_DAYS
    by = order.using.get("by")
    due_on = by if isinstance(by, dt.date) else order.today + dt.timedelta(days=min(max(days, 0), _LONGEST_WAIT_DAYS))
    paper = documents.load(db, order.document.source_id)
    if suppliers.PROMISED not in paper.fields and paper.due_on:
        documents.note_fields(db, paper.id, {suppliers.PROMISED: paper.due_on.isoformat()})
    documents.set_due(db, paper.id, due_on)
    journal.write(
        db,
        "purchase_order.rest_expected",
        now=order.now,
        employee_id=order.employee_id,
        document_id=paper.id,
        facts={"due_on": due_on.isoformat()},
    )


def value(order: Document) -> Decimal:
    """Return what an order costs at its prices, in currency units."""
    return sum((line.worth(line.ordered) for line in order.lines), Decimal(0))


FACTS: Mapping[str, Fact] = {
    "purchase_order.value": Fact("money", value, KIND),
}
ACTIONS: Mapping[str, Action] = {
    "purchasing.order": Action(
        place,
        {
            "item": Argument("text"),
            "quantity": Argument("number"),
            "supplier": Argument("text"),
            "price": Argument("number"),
            "days": Argument("number"),
        },
    ),
    "purchasing.order_besides": Action(order_besides, about="receipt"),
    "purchasing.send": Action(send, about=KIND),
    "purchasing.confirm": Action(confirm, {"by": Argument("date")}, KIND),
    "purchasing.cancel": Action(cancel, about=KIND),
    "purchasing.close_short": Action(close_short, about="receipt"),
    "purchasing.expect_rest": Action(
        expect_rest, {"days": Argument("number", is_needed=False), "by": Argument("date", is_needed=False)}, "receipt"
    ),
}
