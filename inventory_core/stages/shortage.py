"""What a work order lacks before it can be promised, and the ways to get it: alternatives, own orders, requisitions.

Lines in which ``way`` is given are not picked: ``backflush`` is taken when output is reported, ``byproduct`` comes out,
``replaced`` went over to an alternative. Figures that ``assess`` brings are in smallest units of the line's item.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import bills, documents, items, reservations
from inventory_core.bill import Alternative, Bill, explode
from inventory_core.document import Answer, Document, Line
from inventory_core.documents import NewLine
from inventory_core.errors import NothingToGet, RuleBroken
from inventory_core.items import Item
from inventory_core.stages.case import Order

KIND: Final = "work_order"

_OWN: Final = text("""
    SELECT l.id, SUM(r.quantity) AS quantity FROM document_lines l JOIN reservations r ON r.document_line_id = l.id
    WHERE l.document_id = :document AND r.state = 'open' GROUP BY l.id
""")
_ASKED: Final = text("""
    SELECT id, kind, state, fields FROM documents
    WHERE source_id = :document AND ((kind = 'work_order' AND state = 'open')
          OR (kind = 'requisition' AND state IN ('open', 'ordered')))
""")
_BOUGHT: Final = text("""
    SELECT i.code, SUM(CASE WHEN l.ordered > l.done THEN l.ordered - l.done ELSE 0 END) AS quantity
    FROM documents d JOIN document_lines l ON l.document_id = d.id JOIN items i ON i.id = l.item_id
    WHERE d.source_id = :requisition AND d.kind = 'purchase_order' AND d.state IN ('draft', 'open') GROUP BY i.code
""")
_BELOW_MAX: Final = 3
_FIGURES: Final = ("missing", "coming", "replaceable", "instead", "to_pick", "out", "bin", "expected")


@dataclass(slots=True)
class Free:
    """What is free of items, as far as the lines before have not taken it."""

    db: Connection
    day: dt.date
    there: dict[int, int] = field(default_factory=dict)

    def take(self, item_id: int, amount: int) -> int:
        """Take so much of an item or what there is of it, and return that."""
        if not amount:
            return 0
        part = min(amount, self.of(item_id))
        self.there[item_id] -= part
        return part

    def of(self, item_id: int) -> int:
        if item_id not in self.there:
            self.there[item_id] = max(reservations.free(self.db, item_id, self.day), 0)
        return self.there[item_id]


@dataclass(frozen=True, slots=True)
class Instead:
    """So much of an alternative, and how much of the component it stands for."""

    item: Item
    amount: int
    replaces: int


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing of a line, what of that is asked for already, and what could or does replace it."""

    line: Line
    missing: int
    coming: int
    instead: tuple[Instead, ...]
    is_made: bool

    @property
    def to_get(self) -> int:
        return self.missing - self.coming

    @property
    def replaceable(self) -> int:
        return sum(each.replaces for each in self.instead)


def is_material(line: Line) -> bool:
    """Tell whether a line is of a component that goes into the product."""
    return line.fields.get("way") in (None, "", "backflush")


def reported(document: Document) -> Decimal:
    """Return what was reported of an order so far, good and scrapped, in its item's unit."""
    return sum((Decimal(str(document.fields.get(each) or 0)) for each in ("total_made", "total_scrapped")), Decimal(0))


def product_of(db: Connection, document: Document) -> tuple[Item, int] | None:
    """Return what an order makes and how much of it, None while nobody has said it or it can't be counted so."""
    code, quantity = document.fields.get("item"), document.fields.get("quantity")
    if not code or quantity is None:
        return None
    try:
        item = items.by_code(db, str(code))
        return item, item.units(Decimal(str(quantity)))
    except RuleBroken:
        return None


def before_lines(db: Connection, document: Document, day: dt.date) -> Mapping[str, Answer]:
    """Return what is known of an order that has no lines yet: whether it would lack a component, or picks none."""
    made = product_of(db, document)
    bill = bills.in_force(db, made[0].id, day) if made else None
    if made is None or bill is None:
        return {"is_short": False}
    free = Free(db, day)
    needs = [(each.item_id, each.needed(made[1])) for each in bill.components]
    return {
        "is_short": any(free.take(item_id, needed) < needed for item_id, needed in needs),
        "picks_nothing": all(each.is_backflushed for each in bill.components),
    }


def assess(db: Connection, document: Document, day: dt.date) -> Sequence[Lack]:
    """Return what is missing of each line of material, beyond what is free or kept for the order."""
    own = {row.id: int(row.quantity) for row in db.execute(_OWN, {"document": document.id})}
    free = Free(db, day)
    lines = [each for each in document.lines if is_material(each)]
    open_ = {line.id: max(line.quantity("open") - own.get(line.id, 0), 0) for line in lines}
    # All lines have what is free of their own item before any of it stands in for another.
    lacking = {line.id: open_[line.id] - free.take(line.item_id, open_[line.id]) for line in lines}
    is_any = any(lacking.values())
    coming = _coming(db, document) if is_any else {}
    made = product_of(db, document) if is_any else None
    bill = bills.in_force(db, made[0].id, document.opened_on) if made else None
    found = []
    for line in lines:
        instead = _instead(db, bill, line, lacking[line.id], free)
        kept = min(line.quantity("replaced"), sum(each.replaces for each in instead))
        missing = lacking[line.id] - kept
        part = min(missing, coming.get(line.item_code, 0))
        coming[line.item_code] = coming.get(line.item_code, 0) - part
        is_made = missing > 0 and bills.in_force(db, line.item_id, day) is not None
        found.append(Lack(line, missing, part, instead, is_made))
    return found


def _instead(db: Connection, bill: Bill | None, line: Line, lacking: int, free: Free) -> tuple[Instead, ...]:
    """Return what replaces what is lacking of a line, the alternatives in their order as far as there are any."""
    found = []
    for other in _alternatives(bill, line.item_id):
        part = min(lacking, other.covers(free.of(other.item_id)))
        if part:
            amount = free.take(other.item_id, other.instead_of(part))
            found.append(Instead(items.by_id(db, other.item_id), amount, part))
            lacking -= part
    return tuple(found)


def _alternatives(bill: Bill | None, item_id: int) -> Sequence[Alternative]:
    parts = bill.components if bill else ()
    return next((each.alternatives for each in parts if each.item_id == item_id and each.alternatives), ())


def _coming(db: Connection, document: Document) -> dict[str, int]:
    """Return what was asked for to serve this order and is not in stock yet, by item code in smallest units."""
    coming: dict[str, int] = {}
    for row in db.execute(_ASKED, {"document": document.id}).all():
        if row.state == "ordered":
            for bought in db.execute(_BOUGHT, {"requisition": row.id}):
                coming[bought.code] = coming.get(bought.code, 0) + int(bought.quantity)
            continue
        fields = documents.from_json(row.fields)
        item = items.by_code(db, str(fields["item"]))
        asked = Decimal(str(fields["quantity"])) - sum(
            Decimal(str(fields.get(name, 0))) for name in ("total_made", "total_scrapped")
        )
        amount = int(max(asked, Decimal(0)).scaleb(item.precision))
        coming[item.code] = coming.get(item.code, 0) + amount
    return coming


def below(db: Connection, lacks: Sequence[Lack], day: dt.date) -> str:
    """Return what is missing of bought parts, over all levels, to make what is missing of made ones: "RIM 2 pc"."""
    made = {each.line.item_id: each.to_get for each in lacks if each.is_made and each.to_get}
    if not made:
        return ""
    every = bills.all_in_force(db, day)
    used = {part.item_id for bill in every.values() for part in bill.components}
    free = {item_id: max(reservations.free(db, item_id, day), 0) for item_id in used - made.keys()}
    missing: dict[int, int] = {}
    for item_id, amount in made.items():
        for each in explode(every, item_id, amount, free=free):
            free[each.item_id] = max(free.get(each.item_id, 0) - each.gross, 0)
            if each.net and each.item_id not in every:
                missing[each.item_id] = missing.get(each.item_id, 0) + each.net
    named = [items.by_id(db, item_id) for item_id in missing]
    told = [f"{each.code} {each.write(missing[each.id])} {each.unit}" for each in named]
    return ", ".join((*told[:_BELOW_MAX], *(["…"] if len(told) > _BELOW_MAX else [])))


def bare(line: Line) -> Line:
    """Return a line without the figures that are brought anew each time."""
    return replace(line, fields={name: value for name, value in line.fields.items() if name not in _FIGURES})


def figures(lack: Lack) -> Mapping[str, Answer]:
    """Return what a card tells of a line's shortage."""
    told = [f"{each.item.code} {each.item.write(each.amount)} {each.item.unit}" for each in lack.instead]
    return {
        "missing": lack.missing,
        "coming": lack.coming,
        "replaceable": lack.replaceable,
        "instead": ", ".join(told),
    }


def keep(db: Connection, order: Order, document_id: int, *, in_full: bool = False) -> None:
    """Keep what a work order still needs as far as it is free; ``in_full`` raises NotEnoughStock for less than all."""
    paper = documents.load(db, document_id)
    own = {row.id: int(row.quantity) for row in db.execute(_OWN, {"document": document_id})}
    for line in paper.lines:
        wanted = line.quantity("open") - own.get(line.id, 0)
        if is_material(line) and not in_full:
            wanted = min(wanted, max(reservations.free(db, line.item_id, order.today), 0))
        if is_material(line) and wanted > 0:
            reservations.promise(
                db, items.by_id(db, line.item_id), wanted, key=f"{order.key}:{document_id}:{line.position}",
                day=order.today, now=order.now, document_line_id=line.id,
            )  # fmt: skip


def substitute(db: Connection, order: Order) -> None:
    """Put the proposed alternatives in the place of what is missing, as lines of their own, and keep what is free."""
    paper = documents.load(db, order.document.id)
    # What people saw stands in ``replaced``; it is proposed anew, since somebody may have taken of it meanwhile.
    chosen = {line.id: line.quantity("replaced") for line in paper.lines}
    more: list[NewLine] = []
    for lack in assess(db, paper, order.today):
        left = chosen[lack.line.id]
        for each in lack.instead:
            part = min(left, each.replaces)
            if part:
                more.append(NewLine(each.item.id, -(-each.amount * part // each.replaces), fields=_way(lack.line)))
                left -= part
        gone = chosen[lack.line.id] - left
        if gone:
            rest = lack.line.ordered - gone
            fields = {**lack.line.fields, "replaced": 0, **({} if rest else {"way": "replaced"})}
            documents.set_line(db, replace(lack.line, ordered=rest, fields=fields))
    if not more:
        raise NothingToGet(document=paper.number)
    documents.add_lines(db, paper.id, more)
    keep(db, order, paper.id)


def _way(line: Line) -> dict[str, Answer]:
    return {"way": line.fields["way"]} if line.fields.get("way") else {}
