"""Manufacture: a work order takes the components of a bill of materials, and gives what was made of them.

Components leave their bins when they are issued; what was not used comes back as the lots that went; what was made gets
a lot of its own, at the value of what went into it, linked to the lots that it was made of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import documents, genealogy, items, kinds, lots, picking, places
from inventory_core.document import Document, Line
from inventory_core.documents import NewLine
from inventory_core.errors import NoBill, NothingMade
from inventory_core.fact import Fact
from inventory_core.movement import Place, Transfer
from inventory_core.quantity import exact_units, shares
from inventory_core.stages.case import Action, Argument, Order, post_goods, reach

KIND: Final = "work_order"
_BILL: Final = text("""
    SELECT l.component_id, l.quantity, l.per, l.scrap_percent FROM bill_lines l
    WHERE l.bill_id = (SELECT id FROM bills WHERE item_id = :item AND is_active = 1 ORDER BY version DESC LIMIT 1)
    ORDER BY l.position
""")
_IN_PRODUCTION: Final = text("""
    SELECT l.item_id, l.lot_id, SUM(l.quantity) AS quantity, SUM(l.value) AS value
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN locations c ON c.id = l.location_id
    WHERE m.document_id = :document AND c.kind = 'production'
    GROUP BY l.item_id, l.lot_id HAVING SUM(l.quantity) > 0 ORDER BY MIN(l.id)
""")
_ISSUED: Final = text("UPDATE document_lines SET done = done + :issued WHERE id = :id")
_NEW_BILL: Final = text("""
    INSERT INTO bills (item_id, version)
    VALUES (:item, COALESCE((SELECT MAX(version) FROM bills WHERE item_id = :item), 0) + 1) RETURNING id
""")
_NEW_LINE: Final = text("""
    INSERT INTO bill_lines (bill_id, position, component_id, quantity, per, scrap_percent)
    VALUES (:bill, :position, :component, :quantity, :per, :scrap)
""")


@dataclass(frozen=True, slots=True)
class Component:
    """So many smallest units of an item for so many (``per``) smallest units of what is made."""

    item_id: int
    quantity: int
    per: int
    scrap_percent: int = 0

    def needed(self, amount: int) -> int:
        """Return what is needed to make an amount, in whole smallest units, scrap counted in."""
        exact = Decimal(amount) * self.quantity / self.per * (100 + self.scrap_percent) / 100
        return int(exact.to_integral_value(ROUND_CEILING))


def define(db: Connection, item_id: int, components: Sequence[Component]) -> int:
    """Store a bill of materials as the item's newest version, and return its id; running orders keep their lines."""
    bill_id = int(db.execute(_NEW_BILL, {"item": item_id}).scalar_one())
    rows = [
        {
            "bill": bill_id, "position": at, "component": each.item_id, "quantity": each.quantity, "per": each.per,
            "scrap": each.scrap_percent,
        }
        for at, each in enumerate(components, 1)
    ]  # fmt: skip
    db.execute(_NEW_LINE, rows)
    return bill_id


def bill_of(db: Connection, item_id: int) -> Sequence[Component]:
    """Return the newest bill of an item; empty for what is not made."""
    return [Component(*row) for row in db.execute(_BILL, {"item": item_id})]


def plan(db: Connection, order: Order) -> None:
    """Make the order's lines of the newest bill, and promise the components. Takes ``item`` and ``quantity``.

    Raises NoBill, and NotEnoughStock with the first component that is short: nothing is kept.
    """
    item = items.by_code(db, order.words("item"))
    amount = exact_units(order.number("quantity"), precision=item.precision, unit=item.unit)
    bill = bill_of(db, item.id)
    if not bill:
        raise NoBill(item=item.code)
    if not amount:
        raise NothingMade(document=order.document.number)
    documents.add_lines(db, order.document.id, [NewLine(each.item_id, each.needed(amount)) for each in bill])
    picking.promise(db, order, documents.load(db, order.document.id).lines)


def issue(db: Connection, order: Order) -> None:
    """Take what was issued out of the bins into production, what expires first."""
    lines = documents.load(db, order.document.id).lines
    picking.release(db, lines, state="used")
    transfers = picking.taken(db, order, lines, "issued", Place(places.virtual(db, "production")))
    if transfers:
        post_goods(db, order, "issue", transfers, part="issue")
    db.execute(_ISSUED, [{"id": line.id, "issued": line.quantity("issued")} for line in lines])


def finish(db: Connection, order: Order) -> None:
    """Bring back what was not used, and take what was made into stock with its cost and its family.

    Takes ``item`` and ``made``. Raises TooMuch for more brought back than was issued, and NothingMade.
    """
    document = documents.load(db, order.document.id)
    item = items.by_code(db, order.words("item"))
    made = exact_units(order.number("made"), precision=item.precision, unit=item.unit)
    dock = Place(places.receiving_bin(db, document.site_id))
    _bring_back(db, order, document.lines, dock)
    used = db.execute(_IN_PRODUCTION, {"document": document.id}).all()
    if not made or not used:
        raise NothingMade(document=document.number)
    identities = lots.receive(
        db, item.id, made, tracking=kinds.tracking_of(db, [item.id])[item.id], received_on=order.today
    )
    values = shares(sum(int(row.value) for row in used), [part for _, part in identities])
    middle = Place(places.virtual(db, "production"))
    transfers = [
        Transfer(item.id, lot, part, middle, dock, value) for (lot, part), value in zip(identities, values, strict=True)
    ]
    movement_id = post_goods(db, order, "production", transfers, part="out")
    genealogy.link(
        db,
        [genealogy.Part(row.item_id, row.lot_id, int(row.quantity), middle) for row in used],
        [genealogy.Part(item.id, lot, part, dock) for lot, part in identities],
        movement_id,
    )
    reach(db, order, "posted")


def _bring_back(db: Connection, order: Order, lines: Sequence[Line], dock: Place) -> None:
    source = Place(places.virtual(db, "production"))
    there = db.execute(_IN_PRODUCTION, {"document": order.document.id}).all()
    transfers: list[Transfer] = []
    for line in lines:
        out = [
            (row.lot_id, int(row.quantity), int(row.value)) for row in reversed(there) if row.item_id == line.item_id
        ]
        transfers += picking.back(line, line.quantity("returned"), out, source, dock)
    if transfers:
        post_goods(db, order, "issue", transfers, part="back")


def give_up(db: Connection, order: Order) -> None:
    """Cancel an order: its promises end, and what was issued and not made into anything comes back as it left."""
    picking.cancel(db, order)


def is_over(order: Document) -> bool:
    """Tell whether more of a component is to be issued than the bill asks for."""
    return any(line.quantity("issued") > line.quantity("open") for line in order.lines)


FACTS: Mapping[str, Fact] = {"work_order.is_over": Fact("boolean", is_over, KIND)}
ACTIONS: Mapping[str, Action] = {
    "manufacture.plan": Action(plan, {"item": Argument("text"), "quantity": Argument("number")}, KIND),
    "manufacture.issue": Action(issue, about=KIND),
    "manufacture.finish": Action(finish, {"item": Argument("text"), "made": Argument("number")}, KIND),
    "manufacture.give_up": Action(give_up, about=KIND),
}
