"""Deliveries: what went out at one time to one customer, as a paper of its own, until somebody there has taken it.

``source`` is the order; a line is a lot that went out, and ``source_line_id`` the order's line. The fields ``carrier``,
``tracking`` and ``packages`` are the order's at that moment. States: *open* while it is on its way, *delivered*, *lost*
when it did not arrive, *cancelled* with its order.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import documents, journal, numbers
from inventory_core.documents import NewLine
from inventory_core.stages.case import Action, Order, Signal, reach

KIND: Final = "delivery"
_WENT_OUT: Final = text("""
    SELECT l.item_id, l.lot_id, t.number, c.code, -SUM(l.quantity) AS quantity
    FROM movement_lines l JOIN locations c ON c.id = l.location_id JOIN lots t ON t.id = l.lot_id
    WHERE l.movement_id = :movement AND c.kind = 'bin'
    GROUP BY l.item_id, l.lot_id, t.number, c.code ORDER BY MIN(l.id)
""")
_ARRIVED: Final = text("UPDATE document_lines SET done = ordered WHERE document_id = :id")
_CALL_BACK: Final = text("""
    UPDATE documents SET state = 'cancelled'
    WHERE kind = 'delivery' AND source_id = :order AND state IN ('open', 'delivered', 'lost')
""")
_CALLED_BACK: Final = text("SELECT id FROM documents WHERE kind = 'delivery' AND state = 'cancelled' ORDER BY id")
_LOOK_AFTER: Final = dt.timedelta(days=3)
"""So long after it went out, a delivery that nobody has reported is due to be looked after."""
_TOLD: Final = ("carrier", "tracking", "packages")


def write(db: Connection, order: Order, movement_id: int) -> int:
    """Write the delivery of what a movement of an order sent out, and return its id."""
    sold = documents.load(db, order.document.id)
    of_item = {line.item_id: line for line in reversed(sold.lines)}
    lines = [
        NewLine(
            row.item_id, int(row.quantity), of_item[row.item_id].price, source_line_id=of_item[row.item_id].id,
            lot_id=row.lot_id, fields={"lot": row.number, "bin": row.code},
        )
        for row in db.execute(_WENT_OUT, {"movement": movement_id})
    ]  # fmt: skip
    made = documents.create(
        db,
        KIND,
        numbers.take_dated(db, "DN-", order.today),
        site_id=sold.site_id,
        partner_id=sold.partner_id,
        source_id=sold.id,
        opened_on=order.today,
        due_on=order.today + _LOOK_AFTER,
        currency=sold.currency,
        lines=lines,
        fields={name: order.document.fields[name] for name in _TOLD if name in order.document.fields},
    )
    journal.write(db, "delivery.sent", now=order.now, employee_id=order.employee_id, document_id=made)
    return made


def arrive(db: Connection, order: Order) -> None:
    """Note that the customer has it."""
    db.execute(_ARRIVED, {"id": order.document.id})
    reach(db, order, "delivered")


def lose(db: Connection, order: Order) -> None:
    """Note that it did not arrive."""
    reach(db, order, "lost")


def call_back(db: Connection, order: Order) -> None:
    """Cancel the deliveries of a cancelled order."""
    db.execute(_CALL_BACK, {"order": order.document.id})


def called_back(db: Connection, today: dt.date) -> Sequence[Signal]:
    """Return the deliveries whose order was cancelled: nobody waits for them any more."""
    return [Signal(each, "arrive", "called_back") for each in db.execute(_CALLED_BACK).scalars()]


ACTIONS: Mapping[str, Action] = {
    "delivery.arrive": Action(arrive, about=KIND),
    "delivery.lose": Action(lose, about=KIND),
}
