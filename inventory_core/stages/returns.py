"""Returns: what a customer was sent comes back into inspection at the cost it left with, and is then decided about.

A return's lines are what was sent on an order and has not come back yet. People answer ``received``, and for each line
its ``disposition``: restock, repair, scrap, or back to the supplier.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import documents, picking, places
from inventory_core.document import Document, Line
from inventory_core.documents import NewLine
from inventory_core.errors import NothingToReturn
from inventory_core.fact import Fact
from inventory_core.movement import Place, Status, Transfer
from inventory_core.stages.case import Action, Argument, Order, post_goods, reach

KIND: Final = "rma"
_SOLD: Final = "sales_order"
_TARGETS: Final[Mapping[str, Status]] = {"restock": "available", "repair": "blocked"}
_OUTSIDE: Final = {"scrap": "scrap", "back": "supplier"}
_WITH_CUSTOMER: Final = text("""
    SELECT l.item_id, l.lot_id, SUM(l.quantity) AS quantity, SUM(l.value) AS value, MIN(l.id) AS first
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN locations c ON c.id = l.location_id
    JOIN documents d ON d.id = m.document_id
    WHERE c.kind = 'customer' AND (d.id = :order OR (d.kind = 'rma' AND d.source_id = :order))
    GROUP BY l.item_id, l.lot_id HAVING SUM(l.quantity) > 0 ORDER BY MIN(l.id)
""")
_BROUGHT: Final = text("""
    SELECT l.item_id, l.lot_id, l.location_id, SUM(l.quantity) AS quantity
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN locations c ON c.id = l.location_id
    WHERE m.document_id = :document AND c.kind = 'bin' AND l.status = :status
    GROUP BY l.item_id, l.lot_id, l.location_id HAVING SUM(l.quantity) > 0 ORDER BY MIN(l.id)
""")
_RECEIVED: Final = text("UPDATE document_lines SET done = done + :received WHERE id = :id")


@dataclass(frozen=True, slots=True)
class _Out:
    """So much of a lot that a customer still has of an order, and what it was worth when it left."""

    item_id: int
    lot_id: int
    quantity: int
    value: int


def offer(db: Connection, order: Order) -> None:
    """Make the return's lines of what was sent on the sales order and has not come back. Takes ``order``, its number.

    Raises NothingToReturn.
    """
    number = order.words("order").strip()
    sold = documents.find(db, _SOLD, number)
    out = _with_customer(db, sold) if sold is not None else []
    if sold is None or not out:
        raise NothingToReturn(document=number)
    paper = documents.load(db, sold)
    amounts: dict[int, int] = {}
    for each in out:
        amounts[each.item_id] = amounts.get(each.item_id, 0) + each.quantity
    prices = {line.item_id: line.price for line in paper.lines}
    documents.set_partner(db, order.document.id, paper.partner_id)
    documents.set_source(db, order.document.id, sold)
    lines = [NewLine(item_id, amount, prices.get(item_id, 0)) for item_id, amount in amounts.items()]
    documents.add_lines(db, order.document.id, lines)


def _with_customer(db: Connection, order_id: int) -> list[_Out]:
    return [
        _Out(row.item_id, row.lot_id, int(row.quantity), int(row.value))
        for row in db.execute(_WITH_CUSTOMER, {"order": order_id})
    ]


def receive(db: Connection, order: Order) -> None:
    """Take what came back into inspection, as the lots that were sent and at the cost they left with."""
    paper = documents.load(db, order.document.id)
    assert paper.source_id is not None, "a return is of an order"
    documents.lock(db, paper.source_id)
    out = _with_customer(db, paper.source_id)
    source = Place(places.virtual(db, "customer"))
    target = Place(places.receiving_bin(db, paper.site_id), "inspection")
    transfers: list[Transfer] = []
    for line in paper.lines:
        lots = [(each.lot_id, each.quantity, each.value) for each in out if each.item_id == line.item_id]
        transfers += picking.back(line, line.quantity("received"), lots, source, target)
    if transfers:
        post_goods(db, order, "return", transfers)
    db.execute(_RECEIVED, [{"id": line.id, "received": line.quantity("received")} for line in paper.lines])


def settle(db: Connection, order: Order) -> None:
    """Do with each line what was decided: into stock, blocked for repair, to scrap, or back to the supplier."""
    chosen = {line.item_id: str(line.fields.get("disposition", "")) for line in order.document.lines}
    transfers = []
    for row in db.execute(_BROUGHT, {"document": order.document.id, "status": "inspection"}):
        way = chosen.get(row.item_id, "")
        here = Place(row.location_id, "inspection")
        there = Place(row.location_id, _TARGETS[way]) if way in _TARGETS else Place(places.virtual(db, _OUTSIDE[way]))
        transfers.append(Transfer(row.item_id, row.lot_id, int(row.quantity), here, there))
    if transfers:
        post_goods(db, order, "disposition", transfers)
    reach(db, order, "posted")


def repaired(db: Connection, order: Order) -> None:
    """Bring what was repaired back into available stock."""
    _end_repair(db, order, lambda bin_id: Place(bin_id, "available"))


def give_up_repair(db: Connection, order: Order) -> None:
    """Scrap what could not be repaired."""
    scrap = Place(places.virtual(db, "scrap"))
    _end_repair(db, order, lambda _bin_id: scrap)


def _end_repair(db: Connection, order: Order, there: Callable[[int], Place]) -> None:
    transfers = [
        Transfer(row.item_id, row.lot_id, int(row.quantity), Place(row.location_id, "blocked"), there(row.location_id))
        for row in db.execute(_BROUGHT, {"document": order.document.id, "status": "blocked"})
    ]
    if transfers:
        post_goods(db, order, "disposition", transfers)


def close_empty(db: Connection, order: Order) -> None:
    """Close a return of which nothing came."""
    reach(db, order, "empty")


def has_arrived(rma: Document) -> bool:
    """Tell whether anything came back."""
    return any(line.quantity("received") for line in rma.lines)


def scrap_value(rma: Document) -> Decimal:
    """Return what is to be scrapped, at the order's prices, in currency units."""
    return sum((line.worth(line.quantity("received")) for line in rma.lines if _is_scrap(line)), Decimal(0))


def has_repair(rma: Document) -> bool:
    """Tell whether anything is to be repaired."""
    return any(line.fields.get("disposition") == "repair" and line.quantity("received") for line in rma.lines)


def _is_scrap(line: Line) -> bool:
    return line.fields.get("disposition") == "scrap"


FACTS: Mapping[str, Fact] = {
    "rma.has_arrived": Fact("boolean", has_arrived, KIND),
    "rma.scrap_value": Fact("money", scrap_value, KIND),
    "rma.has_repair": Fact("boolean", has_repair, KIND),
}
ACTIONS: Mapping[str, Action] = {
    "returns.offer": Action(offer, {"order": Argument("text")}, KIND),
    "returns.receive": Action(receive, about=KIND),
    "returns.settle": Action(settle, about=KIND),
    "returns.repaired": Action(repaired, about=KIND),
    "returns.give_up_repair": Action(give_up_repair, about=KIND),
    "returns.close_empty": Action(close_empty, about=KIND),
}
