"""Shipping: what a customer ordered is promised for a day, picked what expires first, and goes out with its lots known.

An order's lines come of its form. ``ordered`` is what the customer wants, ``done`` what has gone out; people answer
``picked``, at most what is kept for the line. ``promises`` tells of each line how much is kept (``to_pick``), how much
could go now (``free``) and from which day all of it can (``can_ship``), and of the order the day of the last one
(``whole_on``). States: *waiting* for goods that are promised for a day, *open* to be picked, *picked*, *posted*.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import documents, partners, places, reservations
from inventory_core.document import Document, Line
from inventory_core.errors import NothingFree, PartlyReturned, StaleRevision
from inventory_core.fact import Fact
from inventory_core.movement import Place, Transfer
from inventory_core.stages import deliveries, picking, promises, sheets
from inventory_core.stages.case import Action, Argument, Order, Signal, post_goods, reach

KIND: Final = "sales_order"
_SENT: Final = text("UPDATE document_lines SET done = done + :picked WHERE id = :id")
_WAITING: Final = text("""
    SELECT id FROM documents WHERE kind = 'sales_order' AND state = 'waiting'
    ORDER BY CASE WHEN due_on IS NULL THEN 1 ELSE 0 END, due_on, id
""")
_RETURNED: Final = text("""
    SELECT d.number FROM documents d JOIN document_lines l ON l.document_id = d.id
    WHERE d.kind = 'rma' AND d.source_id = :order AND l.done > 0 ORDER BY d.id LIMIT 1
""")
_REPLACING: Final = text("""
    SELECT d.id FROM documents d JOIN documents s ON s.id = d.source_id
    WHERE d.kind = 'sales_order' AND d.state = 'open' AND s.kind = 'rma' AND d.due_on IS NULL ORDER BY d.id
""")
_OF_SHIPMENT: Final = ("tracking", "packages")
"""Answers about one shipment that are not the next one's."""


def take(db: Connection, order: Order) -> None:
    """Make the order's lines of its table of goods; nothing is promised yet. Takes ``customer`` (a code).

    A row of the field ``goods`` has item, quantity and price. An order that has its lines already keeps them.
    """
    if order.document.lines:
        return
    documents.set_partner(db, order.document.id, partners.id_of(db, order.words("customer")))
    documents.add_lines(db, order.document.id, promises.asked(db, order.document))


def reserve(db: Connection, order: Order) -> None:
    """Make the order's lines as ``take`` does, and keep all of them. Raises NotEnoughStock, and nothing is kept."""
    take(db, order)
    picking.promise(db, order, documents.load(db, order.document.id).lines)
    ship_by = order.document.fields.get("ship_by")
    documents.set_due(db, order.document.id, dt.date.fromisoformat(str(ship_by)) if ship_by else order.today)


def promise(db: Connection, order: Order) -> None:
    """Promise the order for the day on which all of it can go, and keep what is free of it until then.

    Without such a day it waits for goods that nobody has ordered yet. Raises StaleRevision when the day is not the one
    that was shown: what comes was promised to somebody else this very moment.
    """
    reservations.take_turns(db, (line.item_id for line in order.document.lines))
    document = promises.look_up(db, documents.load(db, order.document.id), order.today)
    whole = document.fields.get("whole_on")
    if whole != order.document.fields.get("whole_on"):
        raise StaleRevision(document=document.number)
    picking.promise_what_is_free(db, order, document.lines)
    if not is_free(document):  # what came free this very moment is picked at once, and due as it was
        documents.set_due(db, document.id, dt.date.fromisoformat(str(whole)) if whole else None)
    reach(db, order, "waiting")


def keep(db: Connection, order: Order) -> None:
    """Keep what is free of an order, so that it can be picked. Raises NothingFree."""
    lines = documents.load(db, order.document.id).lines
    picking.promise_what_is_free(db, order, lines)
    if not any(picking.kept(db, line.id) for line in lines):
        raise NothingFree(document=order.document.number)
    reach(db, order, "open")


def release(db: Connection, order: Order) -> None:
    """Let anybody have what was promised to the order, and close it short."""
    picking.release(db, order.document.lines, state="released")
    reach(db, order, "short")


def note_pick(db: Connection, order: Order) -> None:
    """Keep the lots that were picked, and have the bins counted where less was found than the books say."""
    for line in order.document.lines:
        there = picking.pinned(db, line.id)
        if sum(each.quantity for each in there) != line.quantity("picked"):
            picking.pin(db, order, line, line.quantity("picked"))
    picking.promise_what_is_free(db, order, documents.load(db, order.document.id).lines)
    ask_count(db, order)
    left = {name: value for name, value in order.document.fields.items() if name not in _OF_SHIPMENT}
    documents.set_fields(db, order.document.id, left)
    reach(db, order, "picked")


def ask_count(db: Connection, order: Order) -> None:
    """Have the bins counted where less was found than the books say: a short pick is a first sign of a wrong figure."""
    short: dict[int, int] = {}
    for line in order.document.lines:
        wanted = line.quantity("to_pick") if "to_pick" in line.fields else line.quantity("open")
        if line.quantity("picked") < wanted:
            short[line.item_id] = short.get(line.item_id, 0) + wanted
    if spots := sheets.of_missing(db, short):
        sheets.sheet(db, spots, site_id=order.document.site_id, today=order.today)


def ship(db: Connection, order: Order) -> None:
    """Post what was picked out of the bins to the customer, write its delivery, and keep what is free of the rest."""
    lines = documents.load(db, order.document.id).lines
    transfers = _picked(db, order, lines)
    if transfers:
        movement_id = post_goods(db, order, "shipment", transfers)
        deliveries.write(db, order, movement_id)
    db.execute(_SENT, [{"id": line.id, "picked": line.quantity("picked")} for line in lines])
    picking.promise_what_is_free(db, order, documents.load(db, order.document.id).lines)
    reach(db, order, "picked" if is_short(order.document) else "posted")


def _picked(db: Connection, order: Order, lines: Sequence[Line]) -> Sequence[Transfer]:
    """Return the transfers of what was picked: the lots that are kept for it, or else what expires first."""
    customer = Place(places.virtual(db, "customer"))
    there = {line.id: picking.pinned(db, line.id) for line in lines}
    picking.release(db, lines, state="used")
    transfers = [
        Transfer(line.item_id, spot.lot_id, spot.quantity, Place(spot.location_id), customer)
        for line in lines
        for spot in there[line.id]
    ]
    return transfers + picking.taken(db, order, [each for each in lines if not there[each.id]], "picked", customer)


def take_back(db: Connection, order: Order) -> None:
    """Cancel an order: its promises end, its deliveries are called back, and what was sent comes back
    into stock as it left. Raises PartlyReturned once anything of it has come back: the rest is returned, too.
    """
    if (rma := db.execute(_RETURNED, {"order": order.document.id}).scalar()) is not None:
        raise PartlyReturned(document=order.document.number, rma=rma)
    picking.cancel(db, order)
    deliveries.call_back(db, order)


def goods_are_here(db: Connection, today: dt.date) -> Sequence[Signal]:
    """Return the waiting orders of which all has come; who was promised an earlier day is served first."""
    left: dict[int, int] = {}
    found = []
    for order_id in db.execute(_WAITING).scalars().all():
        wanted: dict[int, int] = {}
        for line in documents.load(db, order_id).lines:
            if rest := line.quantity("open") - picking.kept(db, line.id):
                wanted[line.item_id] = wanted.get(line.item_id, 0) + rest
            if line.item_id not in left:
                left[line.item_id] = reservations.free(db, line.item_id, today)
        if all(left[item_id] >= rest for item_id, rest in wanted.items()):
            found.append(Signal(order_id, "wait", "here"))
        left |= {item_id: max(left[item_id] - rest, 0) for item_id, rest in wanted.items()}
    return found


def replacements(db: Connection, today: dt.date) -> Sequence[Signal]:
    """Return the orders that replace what came back: nobody has to ask for them again."""
    return [Signal(order_id, "order", "send") for order_id in db.execute(_REPLACING).scalars()]


def is_short(order: Document) -> bool:
    """Tell whether less was picked than is open."""
    return any(line.quantity("picked") < line.quantity("open") for line in order.lines)


def has_picked(order: Document) -> bool:
    """Tell whether anything was picked."""
    return any(line.quantity("picked") for line in order.lines)


def is_free(order: Document) -> bool:
    """Tell whether all that is open could go now, and no promise for a later day is broken by it."""
    return order.fields.get("all_free") is True


def has_day(order: Document) -> bool:
    """Tell whether there is a later day on which all of it can go."""
    return "whole_on" in order.fields


def value(order: Document) -> Decimal:
    """Return what the order is worth at its prices, in currency units."""
    return sum((line.worth(line.ordered) for line in order.lines), Decimal(0))


FACTS: Mapping[str, Fact] = {
    "shipping.is_free": Fact("boolean", is_free, KIND),
    "shipping.has_day": Fact("boolean", has_day, KIND),
    "shipping.is_short": Fact("boolean", is_short, KIND),
    "shipping.has_picked": Fact("boolean", has_picked, KIND),
    "shipping.value": Fact("money", value, KIND),
}
ACTIONS: Mapping[str, Action] = {
    "shipping.take": Action(take, {"customer": Argument("text")}, KIND),
    "shipping.reserve": Action(reserve, {"customer": Argument("text")}, KIND),
    "shipping.promise": Action(promise, about=KIND),
    "shipping.keep": Action(keep, about=KIND),
    "shipping.note_pick": Action(note_pick, about=KIND),
    "shipping.ask_count": Action(ask_count, about=KIND),
    "shipping.release": Action(release, about=KIND),
    "shipping.ship": Action(ship, about=KIND),
    "shipping.take_back": Action(take_back, about=KIND),
}
