"""Supplier returns: what becomes of the goods that a receipt blocked.

A line is so much of a lot that a receipt brought in blocked, at the order's price. The buyer sends all of it back, or
answers ``becomes`` for each line: back to the supplier, into stock after all, or to scrap. What goes back leaves at the
cost it came with. Whether the supplier sends new goods is the buyer's word: then the order gets lines for them.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Final, Literal

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import documents, journal, numbers, places
from inventory_core.db.quick import Statement
from inventory_core.document import Document, Line
from inventory_core.documents import NewLine
from inventory_core.fact import Fact
from inventory_core.movement import Place, Transfer
from inventory_core.quantity import shares
from inventory_core.stages.case import Action, Argument, Order, post_goods, reach

KIND: Final = "supplier_return"
Way = Literal["back", "use", "scrap"]
_LONGEST_WAIT_DAYS: Final = 3650
_BLOCKED: Final = Statement("""
    SELECT l.item_id, l.lot_id, t.number, c.code, SUM(l.quantity) AS quantity
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN lots t ON t.id = l.lot_id
    JOIN locations c ON c.id = l.location_id
    WHERE m.document_id = :document AND l.status = 'blocked' AND c.kind = 'bin'
    GROUP BY l.item_id, l.lot_id, t.number, c.code HAVING SUM(l.quantity) > 0 ORDER BY MIN(l.id)
""")
_CAME: Final = text("""
    SELECT l.quantity, l.value FROM movement_lines l JOIN movements m ON m.id = l.movement_id
    WHERE m.document_id = :receipt AND l.item_id = :item AND l.lot_id = :lot AND l.status = 'blocked' AND l.quantity > 0
    ORDER BY l.id LIMIT 1
""")
_LYING: Final = text("""
    SELECT location_id, quantity - reserved AS free FROM balances
    WHERE item_id = :item AND lot_id = :lot AND status = 'blocked' AND quantity > reserved
    ORDER BY CASE WHEN location_id = :dock THEN 0 ELSE 1 END, location_id
""")
_SENT: Final = text("UPDATE document_lines SET done = done + :done WHERE id = :id")
_WAIT_AGAIN: Final = text("UPDATE documents SET state = 'open', due_on = :due_on WHERE id = :id").bindparams(
    bindparam("due_on", type_=Date())
)


def ask(db: Connection, order: Order) -> None:
    """Write the paper about what a receipt blocked; nothing where it blocked nothing."""
    receipt = order.document
    rows = _BLOCKED.rows(db, {"document": receipt.id})
    if not rows:
        return
    prices = {line.item_id: line.price for line in receipt.lines}
    documents.create(
        db,
        KIND,
        numbers.take_dated(db, "SR-", order.today),
        site_id=receipt.site_id,
        source_id=receipt.id,
        partner_id=receipt.partner_id,
        opened_on=order.today,
        due_on=order.today,
        currency=receipt.currency,
        lines=[
            NewLine(item_id, int(quantity), prices.get(item_id, 0), lot_id=lot_id, fields={"bin": bin_, "lot": lot})
            for item_id, lot_id, lot, bin_, quantity in rows
        ],
    )


def send_back(db: Connection, order: Order) -> None:
    """Send all of it back. Takes ``days`` where the supplier sends new goods: the order waits for them so long."""
    _settle(db, order, lambda _line: "back")


def settle(db: Connection, order: Order) -> None:
    """Do with each line what was decided. Takes ``days`` as ``send_back`` does, for what goes back."""
    _settle(db, order, _way)


def _way(line: Line) -> Way:
    way = line.fields.get("becomes")
    return "use" if way == "use" else "scrap" if way == "scrap" else "back"


def _settle(db: Connection, order: Order, way_of: Callable[[Line], Way]) -> None:
    transfers: list[Transfer] = []
    gone: dict[int, int] = {}
    for line in order.document.lines:
        mine = list(_transfers(db, order.document, line, way_of(line)))
        transfers += mine
        gone[line.id] = sum(each.quantity for each in mine)
    if transfers:
        post_goods(db, order, "disposition", transfers)
        db.execute(_SENT, [{"id": line_id, "done": quantity} for line_id, quantity in gone.items()])
    if "days" in order.using:
        back = [line for line in order.document.lines if way_of(line) == "back" and gone[line.id]]
        _order_again(db, order, [NewLine(line.item_id, gone[line.id], line.price) for line in back])
    reach(db, order, "posted")


def _transfers(db: Connection, paper: Document, line: Line, way: Way) -> Iterator[Transfer]:
    """Yield what is done with a line, wherever its goods lie by now; what was counted away meanwhile is not there."""
    came = db.execute(_CAME, {"receipt": paper.source_id, "item": line.item_id, "lot": line.lot_id}).first()
    quantity, value = (int(came.quantity), int(came.value)) if came else (0, 0)
    dock = places.receiving_bin(db, paper.site_id)
    wanted = line.ordered
    for row in db.execute(_LYING, {"item": line.item_id, "lot": line.lot_id, "dock": dock}).all():
        part = min(wanted, int(row.free))
        if not part:
            return
        wanted -= part
        here = Place(row.location_id, "blocked")
        if way == "use":
            yield Transfer(line.item_id, line.lot_id, part, here, Place(row.location_id))
            continue
        worth = shares(value, [part, quantity - part])[0] if way == "back" and part < quantity else value
        target = Place(places.virtual(db, "supplier" if way == "back" else "scrap"))
        yield Transfer(line.item_id, line.lot_id, part, here, target, worth if way == "back" and came else None)
        value, quantity = value - worth, quantity - part


def _order_again(db: Connection, order: Order, lines: list[NewLine]) -> None:
    """Give the purchase order lines for what goes back, and let it wait for them."""
    assert order.document.source_id is not None, "a supplier return is about a receipt"
    purchase_id = documents.load(db, order.document.source_id).source_id
    if purchase_id is None or not lines:
        return
    documents.lock(db, purchase_id)
    days = min(max(int(order.number("days")), 0), _LONGEST_WAIT_DAYS)
    due_on = order.today + dt.timedelta(days=days)
    documents.add_lines(db, purchase_id, lines)
    db.execute(_WAIT_AGAIN, {"id": purchase_id, "due_on": due_on})
    journal.write(
        db,
        "purchase_order.rest_expected",
        now=order.now,
        employee_id=order.employee_id,
        document_id=purchase_id,
        facts={"due_on": due_on.isoformat(), "for": order.document.number},
    )


def is_back(paper: Document) -> bool:
    """Tell whether any of it is to go back to the supplier."""
    return any(line.fields.get("becomes") == "back" for line in paper.lines)


def is_used(paper: Document) -> bool:
    """Tell whether any of it is to be used after all."""
    return any(line.fields.get("becomes") == "use" for line in paper.lines)


def scrap_value(paper: Document) -> Decimal:
    """Return what is to be scrapped, at the order's prices, in currency units."""
    scrapped = (line for line in paper.lines if line.fields.get("becomes") == "scrap")
    return sum((line.worth(line.ordered) for line in scrapped), Decimal(0))


FACTS: Mapping[str, Fact] = {
    "supplier_returns.is_back": Fact("boolean", is_back, KIND),
    "supplier_returns.is_used": Fact("boolean", is_used, KIND),
    "supplier_returns.scrap_value": Fact("money", scrap_value, KIND),
}
_DAYS: Final = {"days": Argument("number", is_needed=False)}
ACTIONS: Mapping[str, Action] = {
    "supplier_returns.ask": Action(ask, about="receipt"),
    "supplier_returns.send_back": Action(send_back, _DAYS, KIND),
    "supplier_returns.settle": Action(settle, _DAYS, KIND),
}
