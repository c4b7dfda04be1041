"""Shipping: what a customer ordered is promised, picked what expires first, and goes out with its lots on record.

An order's lines come of its form. ``ordered`` is what the customer wants, ``done`` what has gone out; people answer
``picked``, at most what is still open.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import documents, items, partners, picking, places
from inventory_core.document import Document
from inventory_core.documents import NewLine
from inventory_core.errors import NothingAsked
from inventory_core.fact import Fact
from inventory_core.movement import Place
from inventory_core.quantity import MONEY_PLACES, exact_units
from inventory_core.stages import sheets
from inventory_core.stages.case import Action, Argument, Order, post_goods, reach

KIND: Final = "sales_order"
_SENT: Final = text("UPDATE document_lines SET done = done + :picked WHERE id = :id")


def reserve(db: Connection, order: Order) -> None:
    """Make the order's lines of its table of goods, and promise each. Raises NotEnoughStock, and nothing is kept.

    Takes ``customer`` (a code) and the rows of the field ``goods``: item, quantity, price.
    """
    rows = order.document.fields.get("goods")
    if not isinstance(rows, list) or not rows:
        raise NothingAsked(document=order.document.number)
    lines = []
    for row in rows:
        item = items.by_code(db, str(row["item"]))
        amount = exact_units(Decimal(str(row["quantity"])), precision=item.precision, unit=item.unit)
        lines.append(NewLine(item.id, amount, exact_units(Decimal(str(row.get("price", 0))), precision=MONEY_PLACES)))
    documents.set_partner(db, order.document.id, partners.id_of(db, order.words("customer")))
    documents.add_lines(db, order.document.id, lines)
    picking.promise(db, order, documents.load(db, order.document.id).lines)


def release(db: Connection, order: Order) -> None:
    """Let anybody have what was promised to the order, and close it short."""
    picking.release(db, order.document.lines, state="released")
    reach(db, order, "short")


def ask_count(db: Connection, order: Order) -> None:
    """Have the bins counted where less was found than the books say: a short pick is a first sign of a wrong figure."""
    short: dict[int, int] = {}
    for line in order.document.lines:
        if line.quantity("picked") < line.quantity("open"):
            short[line.item_id] = short.get(line.item_id, 0) + line.quantity("open")
    if spots := sheets.of_missing(db, short):
        sheets.sheet(db, spots, site_id=order.document.site_id, today=order.today)


def ship(db: Connection, order: Order) -> None:
    """Post what was picked out of the bins to the customer, what expires first, and let go of its promises."""
    lines = documents.load(db, order.document.id).lines
    picking.release(db, lines, state="used")
    transfers = picking.taken(db, order, lines, "picked", Place(places.virtual(db, "customer")))
    if transfers:
        post_goods(db, order, "shipment", transfers)
    db.execute(_SENT, [{"id": line.id, "picked": line.quantity("picked")} for line in lines])
    picking.promise_what_is_free(db, order, documents.load(db, order.document.id).lines)
    reach(db, order, "open" if is_short(order.document) else "posted")


def take_back(db: Connection, order: Order) -> None:
    """Cancel an order: its promises end, and what was sent and not returned comes back into stock as it left."""
    picking.cancel(db, order)


def is_short(order: Document) -> bool:
    """Tell whether less was picked than is open."""
    return any(line.quantity("picked") < line.quantity("open") for line in order.lines)


def has_picked(order: Document) -> bool:
    """Tell whether anything was picked."""
    return any(line.quantity("picked") for line in order.lines)


def value(order: Document) -> Decimal:
    """Return what the order is worth at its prices, in currency units."""
    return sum((line.worth(line.ordered) for line in order.lines), Decimal(0))


FACTS: Mapping[str, Fact] = {
    "shipping.is_short": Fact("boolean", is_short, KIND),
    "shipping.has_picked": Fact("boolean", has_picked, KIND),
    "shipping.value": Fact("money", value, KIND),
}
ACTIONS: Mapping[str, Action] = {
    "shipping.reserve": Action(reserve, {"customer": Argument("text")}, KIND),
    "shipping.ask_count": Action(ask_count, about=KIND),
    "shipping.release": Action(release, about=KIND),
    "shipping.ship": Action(ship, about=KIND),
    "shipping.take_back": Action(take_back, about=KIND),
}
