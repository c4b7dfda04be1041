"""Suppliers as a buyer compares them: prices by quantity, lead time, smallest order, standing, and kept promises."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import documents
from inventory_core.errors import SupplierBlocked
from inventory_core.quantity import worth

STANDINGS: Final = ("approved", "trial", "blocked")
"""How a supplier stands: orders go out, are approved first, or are not placed at all."""
PROMISED: Final = "promised_on"
"""The field of a purchase order that keeps the day first agreed, however often it is put off."""
_LOOKED_BACK_DAYS: Final = 365
_OFFERS: Final = text("""
    SELECT p.id, p.code, p.name, p.standing, s.lead_time_days, s.moq,
           COALESCE((SELECT b.price FROM supplier_prices b
                     WHERE b.supplier_id = s.supplier_id AND b.item_id = s.item_id
                       AND b.from_quantity <= CASE WHEN s.moq > :quantity THEN s.moq ELSE :quantity END
                     ORDER BY b.from_quantity DESC LIMIT 1), s.price) AS price
    FROM supplier_items s JOIN partners p ON p.id = s.supplier_id
    WHERE s.item_id = :item AND p.is_active = 1 ORDER BY p.id
""")
_DELIVERED: Final = (
    text("""
    SELECT o.partner_id, ol.id, ol.ordered, o.due_on, o.fields, m.day, COALESCE(rl.done - rl.rejected, 0) AS good
    FROM documents o JOIN document_lines ol ON ol.document_id = o.id
    LEFT JOIN document_lines rl ON rl.source_line_id = ol.id AND rl.done > 0
    LEFT JOIN documents r ON r.id = rl.document_id AND r.kind = 'receipt' AND r.state = 'posted'
    LEFT JOIN movements m ON m.document_id = r.id AND m.kind = 'receipt'
    WHERE o.kind = 'purchase_order' AND o.partner_id IN :suppliers AND o.state NOT IN ('draft', 'cancelled')
      AND o.opened_on >= :since
""")
    .bindparams(bindparam("suppliers", expanding=True), bindparam("since", type_=Date()))
    .columns(due_on=Date, day=Date)
)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a supplier asks for a quantity: ``price`` in 1/10,000 a base unit, ``moq`` in smallest units.

    ``lead_time_days`` are working days. ``standing`` is approved, trial or blocked.
    """

    supplier_id: int
    code: str
    name: str
    standing: str
    lead_time_days: int
    moq: int
    price: int

    def quantity(self, wanted: int) -> int:
        """Return what has to be ordered to get so much."""
        return max(wanted, self.moq)

    def cost(self, wanted: int) -> int:
        """Return what is paid to get so much, as smallest units times price: to compare offers of one item by."""
        return self.quantity(wanted) * self.price


@dataclass(frozen=True, slots=True)
class Record:
    """How a supplier delivered: order lines that were due, and those of them that came on time and in full."""

    due: int = 0
    met: int = 0

    @property
    def percent(self) -> Decimal | None:
        """Return the share of lines on time and in full, in percent to one place; None before the first was due."""
        return (Decimal(100) * self.met / self.due).quantize(Decimal("0.1")) if self.due else None


def offers(db: Connection, item_id: int, quantity: int) -> Sequence[Offer]:
    """Return what active suppliers ask for so many smallest units of an item, the best to pay first.

    The blocked come last: nothing is ordered from them.
    """
    rows = db.execute(_OFFERS, {"item": item_id, "quantity": quantity})
    found = [Offer(*row) for row in rows]
    return sorted(
        found, key=lambda each: (each.standing == "blocked", each.cost(quantity), each.lead_time_days, each.supplier_id)
    )


def records(db: Connection, supplier_ids: Sequence[int], *, today: dt.date) -> Mapping[int, Record]:
    """Return how suppliers kept their word over the last year: order lines on time and in full (OTIF, after SCOR).

    A line counts once its day has come. It is met when all of it came by the day first agreed and was accepted.
    """
    if not supplier_ids:
        return {}
    since = today - dt.timedelta(days=_LOOKED_BACK_DAYS)
    lines: dict[tuple[int, int], tuple[int, int]] = {}
    for row in db.execute(_DELIVERED, {"suppliers": sorted(set(supplier_ids)), "since": since}):
        agreed = documents.from_json(row.fields).get(PROMISED)
        due = dt.date.fromisoformat(str(agreed)) if agreed else row.due_on
        if due is None or (due >= today and not (row.day and row.good >= row.ordered)):
            continue
        ordered, came = lines.get((row.partner_id, row.id), (int(row.ordered), 0))
        if row.day is not None and row.day <= due:
            came += int(row.good)
        lines[row.partner_id, row.id] = ordered, came
    found: dict[int, Record] = {}
    for (supplier_id, _), (ordered, came) in lines.items():
        before = found.get(supplier_id, Record())
        found[supplier_id] = Record(before.due + 1, before.met + (came >= ordered))
    return found


def standing(db: Connection, code: str) -> str:
    """Return a partner's standing by its code: approved, trial or blocked; empty when there is none."""
    found = db.execute(text("SELECT standing FROM partners WHERE code = :code"), {"code": code}).scalar()
    return str(found or "")


def check_may_order(db: Connection, code: str) -> None:
    """Raise SupplierBlocked for a supplier from whom nothing is ordered."""
    if standing(db, code) == "blocked":
        name = db.execute(text("SELECT name FROM partners WHERE code = :code"), {"code": code}).scalar_one()
        raise SupplierBlocked(supplier=str(name))


def ordered_on(db: Connection, code: str, day: dt.date) -> int:
    """Return what was ordered from a supplier on a day, in 1/10,000: an order in two halves is one order."""
    rows = db.execute(
        text("""
            SELECT l.ordered, l.price, i.precision FROM documents d JOIN document_lines l ON l.document_id = d.id
            JOIN items i ON i.id = l.item_id JOIN partners p ON p.id = d.partner_id
            WHERE d.kind = 'purchase_order' AND d.state <> 'cancelled' AND p.code = :code AND d.opened_on = :day
        """).bindparams(bindparam("day", type_=Date())),
        {"code": code, "day": day},
    )
    return sum(worth(row.ordered, row.price, precision=row.precision) for row in rows)


def budget_left(db: Connection, category: str, today: dt.date) -> int | None:
    """Return what may still be ordered of a category this month, in 1/10,000, below zero when it is overspent.

    None when the category has no budget.
    """
    monthly = db.execute(
        text("SELECT monthly FROM category_budgets WHERE category = :category"), {"category": category}
    ).scalar()
    if monthly is None:
        return None
    first = today.replace(day=1)
    after = (first + dt.timedelta(days=32)).replace(day=1)
    rows = db.execute(
        text("""
            SELECT l.ordered, l.price, i.precision FROM documents d JOIN document_lines l ON l.document_id = d.id
            JOIN items i ON i.id = l.item_id
            WHERE d.kind = 'purchase_order' AND d.state <> 'cancelled' AND i.category = :category
              AND d.opened_on >= :first AND d.opened_on < :after
        """).bindparams(bindparam("first", type_=Date()), bindparam("after", type_=Date())),
        {"category": category, "first": first, "after": after},
    )
    return int(monthly) - sum(worth(row.ordered, row.price, precision=row.precision) for row in rows)
