"""Receiving: goods of a purchase order come in, are inspected, and become stock.

A receipt line's ``ordered`` is what was still open on the order line that it serves. People answer ``received`` and
``accepted``; what was received and not accepted is rejected and lies blocked. ``expected`` is what who receives is told
of the order: a supplier whose goods are counted blind leaves it out. ``besides`` came and was not ordered by anybody.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import documents, items, journal, kinds, ledger, lots, partners, places, suppliers
from inventory_core.db.quick import Statement
from inventory_core.document import Document, Line
from inventory_core.errors import NotPosted, TooMuch, WrongFigures
from inventory_core.fact import Fact
from inventory_core.movement import Place, Status, Transfer
from inventory_core.quantity import MONEY_PLACES, as_decimal, exact_money, worth
from inventory_core.stages import inspection
from inventory_core.stages.case import Action, Argument, Order, post_goods, reach

KIND: Final = "receipt"
_DUE = text("""
    SELECT d.id FROM documents d
    WHERE d.kind = 'purchase_order' AND d.state = 'open' AND d.due_on <= :today
      AND NOT EXISTS (SELECT 1 FROM documents r WHERE r.source_id = d.id AND r.kind = 'receipt' AND r.state = 'open')
    ORDER BY d.due_on, d.id
""").bindparams(bindparam("today", type_=Date()))

_RECEIVED = Statement("""
    UPDATE document_lines SET done = done + :received, rejected = rejected + :rejected WHERE id = :id
""")
_ALLOWED = Statement("SELECT id, ordered + tolerance - done FROM document_lines WHERE document_id = :id")
_CLOSE_IF_COMPLETE = Statement("""
    UPDATE documents SET state = 'complete' WHERE id = :id AND state = 'open'
      AND NOT EXISTS (SELECT 1 FROM document_lines WHERE document_id = :id AND done < ordered)
""")


def due_orders(db: Connection, today: dt.date) -> Sequence[int]:
    """Return the open purchase orders that are due and for which no receipt is under way."""
    return [int(row.id) for row in db.execute(_DUE, {"today": today})]


def expect(db: Connection, order_id: int, *, today: dt.date, with_surplus: bool = False) -> int:
    """Write the receipt for what a purchase order still owes, and return its id.

    ``with_surplus``: also for lines of which all came, as far as the tolerance goes.
    """
    order = documents.load(db, order_id)
    blind = partners.counts_blind(db, order.partner_id)
    earlier = db.execute(
        text("SELECT COUNT(*) FROM documents WHERE source_id = :id AND kind = 'receipt'"), {"id": order_id}
    ).scalar_one()
    return documents.create(
        db,
        "receipt",
        f"GR-{order.number}" + (f"-{earlier + 1}" if earlier else ""),
        site_id=order.site_id,
        partner_id=order.partner_id,
        source_id=order.id,
        opened_on=today,
        due_on=order.due_on,
        currency=order.currency,
        lines=[
            documents.NewLine(
                line.item_id,
                owed,
                line.price,
                source_line_id=line.id,
                tolerance=line.quantity("allowed") - owed,
                fields={**({"blind": "yes"} if blind else {"expected": owed}), **inspection.plan_of(db, line.item_id)},
            )
            for line in order.lines
            if (owed := line.quantity("open") or (line.quantity("allowed") if with_surplus else 0))
        ],
    )


def accepted_value(receipt: Document) -> Decimal:
    """Return what the accepted goods cost at the order's prices, in currency units."""
    return sum((line.worth(line.quantity("accepted")) for line in receipt.lines), Decimal(0))


def is_short(receipt: Document) -> bool:
    """Tell whether less came than was open on the order."""
    return any(line.quantity("received") < line.ordered for line in receipt.lines)


def has_arrived(receipt: Document) -> bool:
    """Tell whether anything came at all."""
    return any(line.quantity("received") for line in receipt.lines)


def look_up(db: Connection, receipt: Document) -> Document:
    """Return a receipt with what its inspection needs, and with what came besides as it might be ordered."""
    receipt = inspection.look_up(db, receipt)
    besides = receipt.fields.get("besides")
    if not isinstance(besides, list) or "kept" in receipt.fields:
        return receipt
    kept = [_as_kept(db, row, receipt.partner_id) for row in besides]
    return replace(receipt, fields={**receipt.fields, "kept": kept})


def _as_kept(
    db: Connection, row: Mapping[str, int | str | bool], supplier_id: int | None
) -> dict[str, int | str | bool]:
    """Return a row of what came besides with the price that its supplier asks, where that is known."""
    item = items.by_code(db, str(row["item"]))
    offers = suppliers.offers(db, item.id, 1)
    known = next((each.price for each in offers if each.supplier_id == supplier_id), None)
    price = {} if known is None else {"price": f"{as_decimal(known, MONEY_PLACES).normalize():f}"}
    return {**row, **price}


def check(db: Connection, before: Document, answered: Document) -> None:
    """Refuse half a piece that came besides, and measured values that are none. Raises InexactQuantity, NotMeasured."""
    besides = answered.fields.get("besides")
    for row in besides if isinstance(besides, list) and besides != before.fields.get("besides") else ():
        item = items.by_code(db, str(row["item"]))
        item.units(Decimal(str(row["quantity"])))
    inspection.check(db, before, answered)


def is_blind(receipt: Document) -> bool:
    """Tell whether who receives is not to see what was ordered."""
    return any("blind" in line.fields for line in receipt.lines)


def has_besides(receipt: Document) -> bool:
    """Tell whether something came that was not ordered."""
    return bool(receipt.fields.get("besides"))


def post(db: Connection, order: Order) -> None:
    """Post the accepted goods as available stock and the rejected ones as blocked, each line a lot of its own."""
    _take_in(db, order, lambda line: line.quantity("received") - line.quantity("accepted"))


def block(db: Connection, order: Order) -> None:
    """Post all that came as blocked stock: an approver said no, and the goods are in the house all the same."""
    _take_in(db, order, lambda line: line.quantity("received"))


def close_empty(db: Connection, order: Order) -> None:
    """Close a receipt for which nothing came."""
    reach(db, order, "empty")


def _take_in(db: Connection, order: Order, rejected_of: Callable[[Line], int]) -> None:
    receipt = order.document
    assert receipt.state == "open", "a receipt is posted once"
    _check_allowed(db, receipt)
    supplier = Place(places.virtual(db, "supplier"))
    bin_id = places.receiving_bin(db, receipt.site_id)
    transfers: list[Transfer] = []
    figures: list[dict[str, int | None]] = []
    for line in receipt.lines:
        received, rejected = line.quantity("received"), rejected_of(line)
        if not received:
            continue
        if not 0 <= rejected <= received:
            raise WrongFigures(item=line.item_code, received=received, accepted=received - rejected)
        tracking = kinds.tracking_of(db, [line.item_id])[line.item_id]
        identities = lots.receive(
            db,
            line.item_id,
            received,
            tracking=tracking,
            received_on=order.today,
            supplier_id=receipt.partner_id,
        )
        for lot_id, amount, status in _parted(identities, received - rejected):
            value = worth(amount, line.price, precision=line.precision)
            transfers.append(Transfer(line.item_id, lot_id, amount, supplier, Place(bin_id, status), value))
        figures += [
            {"id": each, "received": received, "rejected": rejected} for each in (line.id, line.source_line_id) if each
        ]
    if figures:
        _RECEIVED.run_many(db, figures)
    if transfers:
        post_goods(db, order, "receipt", transfers)
    reach(db, order, "posted")
    if receipt.source_id is not None:
        _CLOSE_IF_COMPLETE.run(db, {"id": receipt.source_id})


def _check_allowed(db: Connection, receipt: Document) -> None:
    """Refuse what is more than the order allows over all its deliveries, those of this very moment too."""
    if receipt.source_id is None:
        return
    documents.lock(db, receipt.source_id)
    allowed = {row[0]: max(int(row[1]), 0) for row in _ALLOWED.rows(db, {"id": receipt.source_id})}
    for line in receipt.lines:
        most = allowed.get(line.source_line_id or 0)
        if most is not None and line.quantity("received") > most:
            raise TooMuch(item=line.item_code, most=line.write(most), unit=line.unit)


def _parted(identities: Sequence[tuple[int, int]], accepted: int) -> Iterator[tuple[int, int, Status]]:
    """Yield (lot, quantity, status): the first so many are available, the rest is blocked."""
    for lot_id, quantity in identities:
        good = min(quantity, accepted)
        accepted -= good
        if good:
            yield lot_id, good, "available"
        if quantity > good:
            yield lot_id, quantity - good, "blocked"


def book(db: Connection, order: Order) -> None:
    """Take in so much of one item at a price a unit, for a paper of the company's own making.

    Takes ``item``, ``quantity``, ``price``, and if it is known the ``supplier`` and the day ``expires``.
    """
    item = items.by_code(db, order.words("item"))
    amount = item.units(order.number("quantity"))
    price = exact_money(order.number("price"))
    supplier, expires = order.using.get("supplier"), order.using.get("expires")
    identities = lots.receive(
        db,
        item.id,
        amount,
        tracking=kinds.tracking_of(db, [item.id])[item.id],
        received_on=order.today,
        supplier_id=partners.id_of(db, supplier) if isinstance(supplier, str) and supplier else None,
        expires_on=expires if isinstance(expires, dt.date) else None,
    )
    source, target = Place(places.virtual(db, "supplier")), Place(places.receiving_bin(db, order.document.site_id))
    transfers = [
        Transfer(item.id, lot, part, source, target, worth(part, price, precision=item.precision))
        for lot, part in identities
    ]
    post_goods(db, order, "receipt", transfers)
    reach(db, order, "posted")


def take_back(db: Connection, order: Order) -> None:
    """Take the paper's posted goods back out of stock, as they came; a paper that posted nothing is only closed."""
    document = order.document
    if document.kind == "receipt" and document.state == "posted":
        assert order.employee_id is not None, "a deadline cancels nothing"
        reason = str(order.using.get("reason") or "cancelled")
        undo(db, document.id, reason=reason, employee_id=order.employee_id, today=order.today, now=order.now)
        return
    if document.state == "posted":
        reason = str(order.using.get("reason") or "cancelled")
        ledger.reverse_document(
            db, document.id, reason=reason, employee_id=order.employee_id, day=order.today, now=order.now
        )
    reach(db, order, "reversed")


def undo(db: Connection, receipt_id: int, *, reason: str, employee_id: int, today: dt.date, now: dt.datetime) -> None:
    """Take a posted receipt back: its goods leave the stock as they came, and its order waits for them again.

    Raises NotPosted, or NotEnoughStock when goods of it have moved on.
    """
    documents.lock(db, receipt_id)
    receipt = documents.load(db, receipt_id)
    if receipt.kind != "receipt" or receipt.state != "posted":
        raise NotPosted(document=receipt.number)
    ledger.reverse_document(db, receipt_id, reason=reason, employee_id=employee_id, day=today, now=now)
    figures = [
        {"id": each, "received": -line.done, "rejected": -line.rejected}
        for line in receipt.lines
        for each in (line.id, line.source_line_id)
        if each and line.done
    ]
    if figures:
        _RECEIVED.run_many(db, figures)
    documents.set_state(db, receipt_id, "reversed")
    if receipt.source_id is not None:
        documents.set_state(db, receipt.source_id, "open")
    journal.write(
        db,
        "document.state",
        now=now,
        employee_id=employee_id,
        document_id=receipt_id,
        facts={"before": "posted", "after": "reversed", "reason": reason},
    )


FACTS: Mapping[str, Fact] = {
    "receipt.accepted_value": Fact("money", accepted_value, "receipt"),
    "receipt.is_short": Fact("boolean", is_short, "receipt"),
    "receipt.has_arrived": Fact("boolean", has_arrived, "receipt"),
    "receipt.is_blind": Fact("boolean", is_blind, "receipt"),
    "receipt.has_besides": Fact("boolean", has_besides, "receipt"),
}
ACTIONS: Mapping[str, Action] = {
    "receiving.post": Action(post, about="receipt"),
    "receiving.block": Action(block, about="receipt"),
    "receiving.close_empty": Action(close_empty, about="receipt"),
    "receiving.book": Action(
        book,
        {
            "item": Argument("text"),
            "quantity": Argument("number"),
            "price": Argument("number"),
            "supplier": Argument("text", is_needed=False),
            "expires": Argument("date", is_needed=False),
        },
    ),
    "receiving.take_back": Action(take_back, {"reason": Argument("text", is_needed=False)}),
}
