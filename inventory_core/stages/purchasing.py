"""Purchase orders: what is still owed, and what becomes of the rest."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import documents, items, journal, numbers, partners
from inventory_core.document import Document
from inventory_core.documents import NewLine
from inventory_core.items import Item
from inventory_core.quantity import MONEY_PLACES, as_decimal, exact_units
from inventory_core.stages.case import Action, Argument, Order, reach

REQUISITION = "requisition"
_USUAL = text("""
    SELECT p.code, s.price, s.lead_time_days FROM supplier_items s JOIN items i ON i.id = s.item_id
    JOIN partners p ON p.id = s.supplier_id WHERE i.code = :code AND p.is_active = 1
    ORDER BY s.price, s.lead_time_days, p.id LIMIT 1
""")
_REST_DUE_IN_DAYS = 7
_LONGEST_WAIT_DAYS = 3650


def order_line(item: Item, quantity: int, *, price: int) -> NewLine:
    """Return an order line; what may come beyond it is the item's tolerance of the whole line, in whole units."""
    return NewLine(item.id, quantity, price, tolerance=quantity * item.over_receipt_percent // 100)


def place(db: Connection, order: Order) -> None:
    """Write the purchase order of a requisition, expected after its lead time.

    Takes ``item``, ``quantity``, ``supplier``, ``price`` and ``days``.
    """
    item = items.by_code(db, order.words("item"))
    amount = exact_units(order.number("quantity"), precision=item.precision, unit=item.unit)
    price = exact_units(order.number("price"), precision=MONEY_PLACES)
    days = min(max(int(order.number("days")), 0), _LONGEST_WAIT_DAYS)
    made = documents.create(
        db,
        "purchase_order",
        numbers.take_dated(db, "PO-", order.today),
        site_id=order.document.site_id,
        partner_id=partners.id_of(db, order.words("supplier")),
        source_id=order.document.id,
        opened_on=order.today,
        due_on=order.today + dt.timedelta(days=days),
        currency=order.document.currency,
        lines=[order_line(item, amount, price=price)],
    )
    journal.write(
        db,
        "purchase_order.placed",
        now=order.now,
        employee_id=order.employee_id,
        document_id=made,
        facts={"requisition": order.document.number},
    )
    reach(db, order, "ordered")


def look_up(db: Connection, document: Document) -> Document:
    """Return a requisition with the item's usual supplier, price and lead time: the cheapest, then the fastest."""
    code = document.fields.get("item")
    row = db.execute(_USUAL, {"code": code}).first() if code else None
    if row is None:
        return document
    known = {
        "known_supplier": row.code,
        "known_price": f"{as_decimal(row.price, MONEY_PLACES).normalize():f}",
        "known_days": row.lead_time_days,
    }
    return replace(document, fields={**document.fields, **known})


def close_short(db: Connection, order: Order) -> None:
    """Close the receipt's purchase order although less came than was ordered."""
    assert order.document.source_id is not None
    documents.set_state(db, order.document.source_id, "short")
    journal.write(
        db,
        "purchase_order.closed_short",
        now=order.now,
        employee_id=order.employee_id,
        document_id=order.document.source_id,
    )


def expect_rest(db: Connection, order: Order) -> None:
    """Keep the receipt's purchase order open and expect its rest in a week, or in so many ``days``."""
    assert order.document.source_id is not None
    days = int(order.number("days")) if "days" in order.using else _REST_DUE_IN_DAYS
    due_on = order.today + dt.timedelta(days=min(max(days, 0), _LONGEST_WAIT_DAYS))
    db.execute(
        text("UPDATE documents SET due_on = :due_on WHERE id = :id").bindparams(bindparam("due_on", type_=Date())),
        {"id": order.document.source_id, "due_on": due_on},
    )
    journal.write(
        db,
        "purchase_order.rest_expected",
        now=order.now,
        employee_id=order.employee_id,
        document_id=order.document.source_id,
        facts={"due_on": due_on.isoformat()},
    )


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
    "purchasing.close_short": Action(close_short, about="receipt"),
    "purchasing.expect_rest": Action(expect_rest, {"days": Argument("number", is_needed=False)}, "receipt"),
}
