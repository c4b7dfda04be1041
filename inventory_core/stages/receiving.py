"""Receiving: goods of a purchase order come in, are inspected, and become stock.

A receipt line's ``ordered`` is what was still open on the order line that it serves. People answer ``received`` and
``accepted``; what was received and not accepted is rejected and lies blocked. Where the item has an acceptance quality
limit, ``look_up`` says how many pieces the inspector looks at and how many of them may be faulty.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import documents, items, journal, kinds, ledger, lots, partners, places, sampling
from inventory_core.db.quick import Statement
from inventory_core.document import Answer, Document, Line
from inventory_core.errors import NotPosted, TooMuch, WrongFigures
from inventory_core.fact import Fact
from inventory_core.movement import Place, Status, Transfer
from inventory_core.quantity import MONEY_PLACES, exact_units, worth
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
_INSPECTED = Statement("""
    SELECT l.fields FROM document_lines l JOIN documents d ON d.id = l.document_id
    WHERE l.item_id = :item AND d.kind = 'receipt' AND d.state = 'posted' AND d.partner_id = :supplier ORDER BY d.id
""")


def due_orders(db: Connection, today: dt.date) -> Sequence[int]:
    """Return the open purchase orders that are due and for which no receipt is under way."""
    return [int(row.id) for row in db.execute(_DUE, {"today": today})]


def expect(db: Connection, order_id: int, *, today: dt.date, with_surplus: bool = False) -> int:
    """Write the receipt for what a purchase order still owes, and return its id.

    ``with_surplus``: also for lines of which all came, as far as the tolerance goes.
    """
    order = documents.load(db, order_id)
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
    """Return a receipt with the sampling plan of each line: ``sample``, ``limit``, and ``severity`` if not normal.

    The plan follows the lot that came and the supplier's earlier lots, until the inspector has answered.
    """
    if not any(line.aql for line in receipt.lines):
        return receipt
    return replace(receipt, lines=tuple(_with_plan(db, receipt, line) for line in receipt.lines))


def _with_plan(db: Connection, receipt: Document, line: Line) -> Line:
    lot = line.quantity("received") if "received" in line.fields else line.ordered
    if not line.aql or not lot or "accepted" in line.fields:
        return line
    rows = _INSPECTED.rows(db, {"item": line.item_id, "supplier": receipt.partner_id})
    earlier = [fields for (words,) in rows if "sample" in (fields := documents.from_json(words))]
    severity = sampling.severity(_has_passed(fields) for fields in earlier)
    unit = 10**line.precision
    plan = sampling.plan(-(-lot // unit), line.aql, severity)
    fields = {**line.fields, "sample": min(plan.size * unit, lot), "limit": plan.accept * unit}
    if severity is not sampling.Severity.NORMAL:
        fields["severity"] = severity.value
    return replace(line, fields=fields)


def _has_passed(fields: Mapping[str, Answer]) -> bool:
    """Tell whether a sampled lot was accepted: what the inspector refused as a whole was not, whatever its sample."""
    return fields.get("accepted") != 0 and int(str(fields.get("faulty", 0))) <= int(str(fields["limit"]))


def fails_sample(receipt: Document) -> bool:
    """Tell whether goods would be accepted of a lot whose sample has more faulty pieces than its plan allows."""
    return any(
        line.quantity("accepted") and "limit" in line.fields and not _has_passed(line.fields) for line in receipt.lines
    )


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
    amount = exact_units(order.number("quantity"), precision=item.precision, unit=item.unit)
    price = exact_units(order.number("price"), precision=MONEY_PLACES)
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
    "receipt.fails_sample": Fact("boolean", fails_sample, "receipt"),
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
