"""Purchase orders: what is still owed, and what becomes of the rest."""

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import documents, journal
from inventory_core.documents import NewLine
from inventory_core.items import Item
from inventory_core.stages.case import Action, Argument, Order

_REST_DUE_IN_DAYS = 7
_LONGEST_WAIT_DAYS = 3650


def order_line(item: Item, quantity: int, *, price: int) -> NewLine:
    """Return an order line; what may come beyond it is the item's tolerance of the whole line, in whole units."""
    return NewLine(item.id, quantity, price, tolerance=quantity * item.over_receipt_percent // 100)


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
    "purchasing.close_short": Action(close_short, about="receipt"),
    "purchasing.expect_rest": Action(expect_rest, {"days": Argument("number", is_needed=False)}, "receipt"),
}
