"""Sourcing: a need is offered to suppliers, their quotes are compared, and the best that comes in time is proposed.

A requisition's stage keeps ``known_*`` (the cheapest offer of the price lists), ``proposed_*`` (the best quote once
there is one, or else the known offer), ``comparison``, of the chosen supplier its ``standing`` and what was
``ordered_today``, and ``budget_left``.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import documents, items, numbers, partners, suppliers
from inventory_core.document import Answer, Document
from inventory_core.documents import NewLine
from inventory_core.errors import NothingAsked
from inventory_core.items import Item
from inventory_core.quantity import MONEY_PLACES, as_decimal
from inventory_core.stages.case import Action, Argument, Order
from inventory_core.suppliers import Offer

KIND: Final = "requisition"
REQUEST: Final = "request_for_quotation"
_WORK_DAYS, _WEEK_DAYS = 5, 7
_KEPT: Final = ("known_", "proposed_", "comparison", "standing", "ordered_today", "budget_left")
"""What the stage says anew each time: what it said before is not kept."""


def look_up(db: Connection, document: Document, today: dt.date) -> Document:
    """Return a requisition with what is known of its suppliers, quotes and budget on a local day."""
    code = document.fields.get("item")
    if not isinstance(code, str):
        return document
    item = items.by_code(db, code)
    wanted = _units(document.fields.get("quantity"), item)
    found: dict[str, Answer] = {"budget_left": left} if (left := _budget_left(db, item, today)) else {}
    known = [each for each in suppliers.offers(db, item.id, wanted) if each.standing != "blocked"]
    quoted = _quoted(db, document, item, wanted)
    if known:
        found |= _offered("known", known[0], item, wanted)
    if best := (quoted[:1] or known[:1]):
        found |= _offered("proposed", best[0], item, wanted)
    else:
        found["proposed_quantity"] = _written(wanted, item.precision)
    if quoted:
        found["comparison"] = _comparison(db, quoted, item, wanted, today)
    if rows := _rows_to_fill(document):
        found["quotes"] = rows
    if isinstance(chosen := document.fields.get("supplier"), str):
        found["standing"] = suppliers.standing(db, chosen)
        if ordered := suppliers.ordered_on(db, chosen, today):
            found["ordered_today"] = _written(ordered, MONEY_PLACES)
    answered = {name: value for name, value in document.fields.items() if not name.startswith(_KEPT)}
    return replace(document, fields={**answered, **found})


def _rows_to_fill(document: Document) -> list[dict[str, int | str | bool]]:
    """Return the quotes so far, and a row for each supplier that was asked and has not answered."""
    quotes, asked = document.fields.get("quotes"), document.fields.get("asked")
    rows = list(quotes) if isinstance(quotes, list) else []
    known = {row["supplier"] for row in rows}
    waiting = asked if isinstance(asked, list) else []
    return rows + [{"supplier": row["supplier"]} for row in waiting if row["supplier"] not in known]


def check(db: Connection, before: Document, answered: Document) -> None:
    """Refuse half a piece, and a supplier from whom nothing is ordered, when it is chosen or asked for a quote.

    Raises InexactQuantity, and SupplierBlocked.
    """
    if (quantity := answered.fields.get("quantity")) != before.fields.get("quantity"):
        item = items.by_code(db, str(answered.fields["item"]))
        item.units(Decimal(str(quantity)))
    asked = answered.fields.get("asked")
    is_new = isinstance(asked, list) and asked != before.fields.get("asked")
    named = [str(row["supplier"]) for row in asked] if is_new and isinstance(asked, list) else []
    if (chosen := answered.fields.get("supplier")) != before.fields.get("supplier"):
        named.append(str(chosen))
    for code in named:
        suppliers.check_may_order(db, str(code))


def _units(answered: Answer | None, item: Item) -> int:
    """Return a wanted quantity in smallest units, rounded up: what can't be ordered exactly is refused when it is."""
    if answered is None:
        return 1
    return int(Decimal(str(answered)).scaleb(item.precision).to_integral_value(ROUND_CEILING))


def _budget_left(db: Connection, item: Item, today: dt.date) -> str | None:
    category = db.execute(text("SELECT category FROM items WHERE id = :id"), {"id": item.id}).scalar_one()
    left = suppliers.budget_left(db, str(category), today)
    return None if left is None else _written(left, MONEY_PLACES)


def _written(amount: int, places: int) -> str:
    return f"{as_decimal(amount, places).normalize():f}"


def _offered(name: str, offer: Offer, item: Item, wanted: int) -> dict[str, Answer]:
    return {
        f"{name}_supplier": offer.code,
        f"{name}_price": _written(offer.price, MONEY_PLACES),
        f"{name}_days": offer.lead_time_days,
        f"{name}_quantity": _written(offer.quantity(wanted), item.precision),
    }


def _quoted(db: Connection, document: Document, item: Item, wanted: int) -> Sequence[Offer]:
    """Return the quotes that came with a price, the best first: in time, then cheap for all that has to be bought."""
    rows = document.fields.get("quotes")
    quoted = []
    for row in rows if isinstance(rows, list) else []:
        if "price" not in row or "days" not in row:
            continue  # no answer yet
        code = str(row["supplier"])
        quoted.append(
            Offer(
                supplier_id=partners.id_of(db, code),
                code=code,
                name=code,
                standing=suppliers.standing(db, code),
                lead_time_days=int(str(row["days"])),
                moq=_units(row.get("moq", 0), item),
                price=int(Decimal(str(row["price"])).scaleb(MONEY_PLACES)),
            )
        )
    days = _days_there_are(document)
    return sorted(
        quoted,
        key=lambda each: (each.lead_time_days > days, each.cost(wanted), each.lead_time_days, each.supplier_id),
    )


def _days_there_are(document: Document) -> int:
    """Return how many working days, five a week, lie before the day on which the goods are needed."""
    needed = document.fields.get("needed_by")
    if not isinstance(needed, str):
        return 0
    return (dt.date.fromisoformat(needed) - document.opened_on).days * _WORK_DAYS // _WEEK_DAYS


def _comparison(
    db: Connection, quoted: Sequence[Offer], item: Item, wanted: int, today: dt.date
) -> list[dict[str, int | str | bool]]:
    kept = suppliers.records(db, [each.supplier_id for each in quoted], today=today)
    rows: list[dict[str, int | str | bool]] = []
    for each in quoted:
        total = as_decimal(each.cost(wanted), item.precision + MONEY_PLACES)
        row: dict[str, int | str | bool] = {
            "supplier": each.code,
            "total": f"{total.normalize():f}",
            "price": _written(each.price, MONEY_PLACES),
            "days": each.lead_time_days,
        }
        if each.moq > wanted:
            row["moq"] = _written(each.moq, item.precision)
        record = kept.get(each.supplier_id)
        if record is not None and record.percent is not None:
            row["on_time"] = f"{record.percent:f}"
        rows.append(row)
    return rows


def ask_quotes(db: Connection, order: Order) -> None:
    """Write a request for quotation to each supplier of the field ``asked``. Takes ``item``, ``quantity``, ``by``.

    Raises NothingAsked.
    """
    item = items.by_code(db, order.words("item"))
    amount = item.units(order.number("quantity"))
    asked, by = order.document.fields.get("asked"), order.using.get("by")
    if not isinstance(asked, list) or not asked:
        raise NothingAsked(document=order.document.number)
    needed = order.document.fields.get("needed_by")
    told = {"needed_by": needed, "answer_by": by.isoformat() if isinstance(by, dt.date) else None}
    for code in dict.fromkeys(str(row["supplier"]) for row in asked):
        documents.create(
            db,
            REQUEST,
            numbers.take_dated(db, "RFQ-", order.today),
            site_id=order.document.site_id,
            partner_id=partners.id_of(db, code),
            source_id=order.document.id,
            opened_on=order.today,
            currency=order.document.currency,
            lines=[NewLine(item.id, amount)],
            state="sent",
            fields={name: value for name, value in told.items() if value is not None},
        )


ACTIONS: Mapping[str, Action] = {
    "sourcing.ask_quotes": Action(
        ask_quotes,
        {"item": Argument("text"), "quantity": Argument("number"), "by": Argument("date", is_needed=False)},
        KIND,
    ),
}
