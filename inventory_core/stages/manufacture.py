"""Manufacture: a work order takes the components of a bill of materials, and gives what was made of them.

Components leave their bins when they are issued, or, backflushed, when output is reported; what was not used comes back
as the lots that went. What is missing is ``shortage``, what comes out is ``output``.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from inventory_core import bills, documents, fefo, items, places
from inventory_core.bill import Bill
from inventory_core.document import Answer, Document, Line
from inventory_core.documents import NewLine
from inventory_core.errors import NoBill, NothingMade
from inventory_core.fact import Fact
from inventory_core.movement import Place
from inventory_core.stages import output, picking, procuring, shortage, usage
from inventory_core.stages.case import Action, Argument, Order, post_goods

KIND: Final = shortage.KIND
_NAMED_PLACES: Final = 3
_LAST_ON_WALK: Final = 2**31


def plan(db: Connection, order: Order) -> None:
    """Make the order's lines of the bill that is in force. Takes ``item`` and ``quantity``. Raises NoBill, NothingMade.

    What is picked comes first, then what is backflushed, then the by-products.
    """
    item = items.by_code(db, order.words("item"))
    amount = item.units(order.number("quantity"))
    bill = bills.in_force(db, item.id, order.today)
    if bill is None:
        raise NoBill(item=item.code)
    if not amount:
        raise NothingMade(document=order.document.number)
    documents.add_lines(db, order.document.id, _lines(bill, amount))
    documents.note_fields(db, order.document.id, {"unit_cost": bills.standard_cost(db, item.id, order.today)})


def _lines(bill: Bill, amount: int) -> list[NewLine]:
    picked = [NewLine(each.item_id, each.needed(amount)) for each in bill.components if not each.is_backflushed]
    flushed = [
        NewLine(each.item_id, each.needed(amount), fields={"way": "backflush"})
        for each in bill.components
        if each.is_backflushed
    ]
    outputs = [
        NewLine(each.item_id, each.expected(amount), fields={"way": "byproduct", "cost_percent": each.cost_percent})
        for each in bill.by_products
    ]
    return [*picked, *flushed, *outputs]


def promise(db: Connection, order: Order) -> None:
    """Keep all that the order needs. Raises NotEnoughStock when somebody was faster: nothing is kept then."""
    shortage.keep(db, order, order.document.id, in_full=True)


def keep(db: Connection, order: Order) -> None:
    """Keep what the order needs as far as it is free, while the rest is waited for."""
    shortage.keep(db, order, order.document.id)


def issue(db: Connection, order: Order) -> None:
    """Take what was issued out of the bins into production, what expires first, and keep what is still open."""
    every = documents.load(db, order.document.id).lines
    lines = [each for each in every if is_picked(each)]
    picking.release(db, lines, state="used")
    transfers = picking.taken(db, order, lines, "issued", Place(places.virtual(db, "production")))
    if transfers:
        post_goods(db, order, "issue", transfers, part="issue")
    for line in lines:
        total = line.quantity("sent") + line.quantity("issued")
        fields = {**line.fields, "issued": total, "sent": total}
        documents.set_line(db, replace(line, done=line.done + line.quantity("issued"), fields=fields))
    for line in every:
        if not is_picked(line):  # the button filled a figure for all lines
            taken = {"issued": line.done} if line.fields["way"] == "backflush" and line.done else {}
            fields = {name: value for name, value in line.fields.items() if name != "issued"}
            documents.set_line(db, replace(line, fields={**fields, **taken}))
    shortage.keep(db, order, order.document.id)


def give_up(db: Connection, order: Order) -> None:
    """Cancel an order: its promises end, and all that was moved for it goes back as it came."""
    picking.cancel(db, order)
    gone = ("total_made", "total_scrapped", "planned_cost", "actual_cost", "difference_cost", "cost")
    fields = {name: value for name, value in order.document.fields.items() if name not in gone}
    documents.set_fields(db, order.document.id, fields)


def is_picked(line: Line) -> bool:
    """Tell whether a line is picked and issued by people."""
    return line.fields.get("way") in (None, "")


def look_up(db: Connection, document: Document, today: dt.date) -> Document:
    """Return an order with what it lacks, and what of each line is to be picked, is out, or is to be expected.

    Lines stand in walking order.
    """
    if not document.lines:
        return replace(document, fields={**document.fields, **shortage.before_lines(db, document, today)})
    lacks = {each.line.id: each for each in shortage.assess(db, document, today)}
    made = shortage.product_of(db, document)
    planned, reported = (made[1], made[0].units(shortage.reported(document))) if made else (0, 0)
    walk = _Walk(db, today)
    lines = []
    for line in map(shortage.bare, document.lines):
        told: dict[str, Answer] = dict(shortage.figures(lacks[line.id])) if line.id in lacks else {}
        if is_picked(line):
            told["to_pick"] = line.quantity("open")
            told["out"] = line.done - usage.of_line(line, reported=reported, planned=planned)
            told["bin"] = walk.spots(line)
        elif line.fields["way"] == "byproduct":
            told["expected"] = line.quantity("open")
        lines.append(replace(line, fields={**line.fields, **told}))
    wanted = [each for each in lacks.values() if each.to_get]
    known: dict[str, Answer] = {
        "is_short": any(each.missing for each in lacks.values()),
        "picks_nothing": not any(map(is_picked, document.lines)),
        "can_replace": any(each.instead for each in lacks.values()),
        "can_make": any(each.is_made for each in wanted),
        "can_buy": any(not each.is_made for each in wanted),
        "below": shortage.below(db, wanted, today),
    }
    if not known["below"]:
        del known["below"]
    before = {name: value for name, value in document.fields.items() if name != "below"}
    ordered = sorted(lines, key=lambda line: (walk.order.get(line.id, _LAST_ON_WALK), line.position))
    return replace(document, lines=tuple(ordered), fields={**before, **known})


class _Walk:
    """Where lines are picked, without what an earlier line takes, and where on the walk each begins (``order``)."""

    def __init__(self, db: Connection, day: dt.date) -> None:
        self.db, self.day = db, day
        self.order: dict[int, int] = {}
        self.gone: Counter[fefo.Spot] = Counter()

    def spots(self, line: Line) -> str:
        """Return the first bins of a line with what is picked there."""
        wanted = line.quantity("open")
        spots: Counter[str] = Counter()
        there = items.lying(self.db, line.item_id) if wanted else ()
        for lying, part in fefo.walk(there, wanted, today=self.day, taken=self.gone):
            self.order.setdefault(line.id, lying.walk_order)
            spots[lying.location] += part
        return ", ".join([f"{place} {line.write(part)}" for place, part in spots.items()][:_NAMED_PLACES])


def is_over(order: Document) -> bool:
    """Tell whether more of a component is to be issued than the bill asks for."""
    return any(line.quantity("issued") > line.quantity("open") for line in order.lines if is_picked(line))


def left(order: Document) -> Decimal:
    """Return what is still to be made."""
    return max(Decimal(str(order.fields.get("quantity") or 0)) - shortage.reported(order), Decimal(0))


def is_complete(order: Document) -> bool:
    """Tell whether the answered report, good and scrapped, reaches the order's quantity."""
    said = sum((Decimal(str(order.fields.get(each) or 0)) for each in ("made", "scrapped")), Decimal(0))
    return said >= left(order)


def _is(name: str) -> Fact:
    """Return a fact that ``look_up`` brings."""
    return Fact("boolean", lambda order: order.fields.get(name) is True, KIND)


FACTS: Mapping[str, Fact] = {
    "work_order.is_over": Fact("boolean", is_over, KIND),
    "work_order.is_short": _is("is_short"),
    "work_order.picks_nothing": _is("picks_nothing"),
    "work_order.can_replace": _is("can_replace"),
    "work_order.can_make": _is("can_make"),
    "work_order.can_buy": _is("can_buy"),
    "work_order.left": Fact("quantity", left, KIND),
    "work_order.is_complete": Fact("boolean", is_complete, KIND),
}
_PRODUCT: Final = {"item": Argument("text"), "quantity": Argument("number")}
_REPORT: Final = {
    "item": Argument("text"),
    "made": Argument("number"),
    "scrapped": Argument("number", is_needed=False),
    "quantity": Argument("number", is_needed=False),
}
ACTIONS: Mapping[str, Action] = {
    "manufacture.plan": Action(plan, _PRODUCT, KIND),
    "manufacture.promise": Action(promise, about=KIND),
    "manufacture.keep": Action(keep, about=KIND),
    "manufacture.substitute": Action(shortage.substitute, about=KIND),
    "manufacture.make_missing": Action(procuring.make_missing, about=KIND),
    "manufacture.buy_missing": Action(procuring.buy_missing, about=KIND),
    "manufacture.issue": Action(issue, about=KIND),
    "manufacture.finish": Action(output.finish, _REPORT, KIND),
    "manufacture.close": Action(output.close, about=KIND),
    "manufacture.give_up": Action(give_up, about=KIND),
}
