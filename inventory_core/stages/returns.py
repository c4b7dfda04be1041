"""Returns: what a customer was sent comes back into inspection at the cost it left with, and is then decided about.

A return's lines are what was sent on an order and has not come back yet; ``look_up`` says how much of that the customer
has now (``out``), however many returns of the order are under way. People answer ``received``, and for each line its
``disposition``: restock, repair, scrap, back to the supplier, or ``split`` with ``to_restock`` and so on for its parts.
What the customer gets for it is in ``remedies``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import documents, places
from inventory_core.document import Document, Line
from inventory_core.documents import NewLine
from inventory_core.errors import NothingToReturn, WrongParts
from inventory_core.fact import Fact
from inventory_core.movement import Place, Status, Transfer
from inventory_core.stages import picking
from inventory_core.stages.case import Action, Argument, Order, post_goods, reach

KIND: Final = "rma"
_SOLD: Final = "sales_order"
WAYS: Final = ("restock", "repair", "scrap", "back")
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


def look_up(db: Connection, rma: Document) -> Document:
    """Return an open return with what of each line the customer has now, at most what was announced."""
    if rma.state != "open" or rma.source_id is None:
        return rma
    left: dict[int, int] = {}
    for each in _with_customer(db, rma.source_id):
        left[each.item_id] = left.get(each.item_id, 0) + each.quantity
    lines = (
        replace(line, fields={**line.fields, "out": min(left.get(line.item_id, 0), line.ordered)}) for line in rma.lines
    )
    return replace(rma, lines=tuple(lines))


def check(db: Connection, order: Order) -> None:
    """Refuse parts of a line that do not come to what came back. Raises WrongParts."""
    for line in order.document.lines:
        said = sum(amount for _, amount in parts(line))
        if said != line.quantity("received"):
            received = line.write(line.quantity("received"))
            raise WrongParts(item=line.item_code, received=received, said=line.write(said), unit=line.unit)


def parts(line: Line) -> Sequence[tuple[str, int]]:
    """Return what becomes of a line: each way, and how much goes it."""
    way = str(line.fields.get("disposition", ""))
    if way != "split":
        return [(way, line.quantity("received"))] if way else []
    return [(each, line.quantity(f"to_{each}")) for each in WAYS if line.quantity(f"to_{each}")]


def settle(db: Connection, order: Order) -> None:
    """Do with each line what was decided: into stock, blocked for repair, to scrap, or back to the supplier."""
    wanted = {line.item_id: dict(parts(line)) for line in order.document.lines}
    transfers = []
    for row in db.execute(_BROUGHT, {"document": order.document.id, "status": "inspection"}):
        left, ways = int(row.quantity), wanted.get(row.item_id, {})
        for way, rest in ways.items():
            if amount := min(rest, left):
                ways[way], left = rest - amount, left - amount
                here, there = Place(row.location_id, "inspection"), _target(db, way, row.location_id)
                transfers.append(Transfer(row.item_id, row.lot_id, amount, here, there))
    if transfers:
        post_goods(db, order, "disposition", transfers)
    reach(db, order, "posted")


def _target(db: Connection, way: str, bin_id: int) -> Place:
    return Place(bin_id, _TARGETS[way]) if way in _TARGETS else Place(places.virtual(db, _OUTSIDE[way]))


def in_repair(db: Connection, document_id: int) -> Sequence[tuple[int, int, int, int]]:
    """Return what a return has blocked for repair: item, lot, bin and quantity."""
    rows = db.execute(_BROUGHT, {"document": document_id, "status": "blocked"})
    return [(row.item_id, row.lot_id, row.location_id, int(row.quantity)) for row in rows]


def close_empty(db: Connection, order: Order) -> None:
    """Close a return of which nothing came."""
    reach(db, order, "empty")


def has_arrived(rma: Document) -> bool:
    """Tell whether anything came back."""
    return any(line.quantity("received") for line in rma.lines)


def scrap_value(rma: Document) -> Decimal:
    """Return what is to be scrapped, at the order's prices, in currency units."""
    return sum((line.worth(amount) for line in rma.lines for way, amount in parts(line) if way == "scrap"), Decimal(0))


def has_repair(rma: Document) -> bool:
    """Tell whether anything is to be repaired."""
    return any(way == "repair" and amount for line in rma.lines for way, amount in parts(line))


def value(rma: Document) -> Decimal:
    """Return what came back, at the order's prices, in currency units."""
    return sum((line.worth(line.quantity("received")) for line in rma.lines), Decimal(0))


FACTS: Mapping[str, Fact] = {
    "rma.has_arrived": Fact("boolean", has_arrived, KIND),
    "rma.scrap_value": Fact("money", scrap_value, KIND),
    "rma.has_repair": Fact("boolean", has_repair, KIND),
    "rma.value": Fact("money", value, KIND),
}
ACTIONS: Mapping[str, Action] = {
    "returns.offer": Action(offer, {"order": Argument("text")}, KIND),
    "returns.receive": Action(receive, about=KIND),
    "returns.check": Action(check, about=KIND),
    "returns.settle": Action(settle, about=KIND),
    "returns.close_empty": Action(close_empty, about=KIND),
}
