"""Remedies: what follows a return. The customer gets credit or a replacement; what can be repaired is, with its parts.

``credit`` is the answered amount. A repair's ``parts`` are rows of item and quantity; what they cost is noted as
``repair_cost``. Parts are an expense: the repaired goods keep the cost that they came back with.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import documents, items, journal, numbers, places, reservations
from inventory_core.document import Answer
from inventory_core.documents import NewLine
from inventory_core.items import Item
from inventory_core.movement import Place, Transfer
from inventory_core.quantity import MONEY_PLACES, as_decimal
from inventory_core.stages import picking, returns
from inventory_core.stages.case import Action, Order, post_goods, reach

_REPLACEMENT: Final = "sales_order"
_COST: Final = text("""
    SELECT COALESCE(-SUM(l.value), 0) FROM movement_lines l JOIN locations c ON c.id = l.location_id
    WHERE l.movement_id = :movement AND c.kind = 'bin'
""")


def credit(db: Connection, order: Order) -> None:
    """Note that the customer is credited with the answered amount; the books of money are elsewhere."""
    amount = str(order.document.fields.get("credit", "0"))
    _note(db, order, "return.credited", {"credit": amount})
    reach(db, order, "credited")


def replace_goods(db: Connection, order: Order) -> None:
    """Write an order that sends the customer what came back once more, free of charge; its flow promises it."""
    rma = documents.load(db, order.document.id)
    back = [line for line in rma.lines if line.quantity("received")]
    code = db.execute(text("SELECT code FROM partners WHERE id = :id"), {"id": rma.partner_id}).scalar_one()
    goods: Answer = [
        {"item": line.item_code, "quantity": f"{as_decimal(line.quantity('received'), line.precision):f}", "price": "0"}
        for line in back
    ]
    number = numbers.take_dated(db, "SO-", order.today)
    documents.create(
        db,
        _REPLACEMENT,
        number,
        site_id=rma.site_id,
        partner_id=rma.partner_id,
        source_id=rma.id,
        opened_on=order.today,
        currency=rma.currency,
        lines=[NewLine(line.item_id, line.quantity("received")) for line in back],
        fields={"customer": str(code), "ship_by": order.today.isoformat(), "goods": goods},
    )
    _note(db, order, "return.replaced", {"order": number})
    documents.note_fields(db, rma.id, {"replacement": number})
    reach(db, order, "replaced")


def _note(db: Connection, order: Order, kind: str, facts: Mapping[str, str]) -> None:
    journal.write(
        db, kind, now=order.now, employee_id=order.employee_id, document_id=order.document.id, facts=dict(facts)
    )


def repaired(db: Connection, order: Order) -> None:
    """Bring what was repaired back into available stock, issue the parts that it took, and note what they cost.

    Raises NotEnoughStock for parts that are not free.
    """
    transfers = [
        Transfer(item_id, lot_id, quantity, Place(bin_id, "blocked"), Place(bin_id))
        for item_id, lot_id, bin_id, quantity in returns.in_repair(db, order.document.id)
    ]
    if transfers:
        post_goods(db, order, "disposition", transfers)
    if taken := _parts(db, order):
        movement_id = post_goods(db, order, "issue", taken, part="parts")
        cost = as_decimal(int(db.execute(_COST, {"movement": movement_id}).scalar_one()), MONEY_PLACES)
        documents.note_fields(db, order.document.id, {"repair_cost": f"{cost:f}"})


def _parts(db: Connection, order: Order) -> Sequence[Transfer]:
    rows = order.document.fields.get("parts")
    workshop = Place(places.virtual(db, "production"))
    wanted: dict[int, int] = {}
    for row in rows if isinstance(rows, list) else []:
        item = items.by_code(db, str(row["item"]))
        amount = item.units(Decimal(str(row["quantity"])))
        wanted[item.id] = wanted.get(item.id, 0) + amount
    return [
        Transfer(item_id, lot_id, part, Place(bin_id), workshop)
        for item_id, amount in sorted(wanted.items())
        if amount
        for bin_id, lot_id, part in _free_picks(db, order, items.by_id(db, item_id), amount)
    ]


def _free_picks(db: Connection, order: Order, item: Item, amount: int) -> Sequence[tuple[int, int, int]]:
    """Return where to take an amount of what is promised to nobody. Raises NotEnoughStock."""
    key = f"{order.key}:part:{item.id}"
    kept = reservations.promise(db, item, amount, key=key, day=order.today, now=order.now)
    reservations.release(db, kept, state="used")
    return list(picking.picks(db, item, amount, order))


def give_up_repair(db: Connection, order: Order) -> None:
    """Scrap what could not be repaired."""
    scrap = Place(places.virtual(db, "scrap"))
    transfers = [
        Transfer(item_id, lot_id, quantity, Place(bin_id, "blocked"), scrap)
        for item_id, lot_id, bin_id, quantity in returns.in_repair(db, order.document.id)
    ]
    if transfers:
        post_goods(db, order, "disposition", transfers)


ACTIONS: Mapping[str, Action] = {
    "returns.credit": Action(credit, about=returns.KIND),
    "returns.replace": Action(replace_goods, about=returns.KIND),
    "returns.repaired": Action(repaired, about=returns.KIND),
    "returns.give_up_repair": Action(give_up_repair, about=returns.KIND),
}
