"""The papers that get what a work order lacks: a work order for a part that is made, a requisition for a bought one.

Their flows start for whoever started the order that lacks something.
"""

from typing import Final

from sqlalchemy import Connection

from inventory_core import documents, numbers
from inventory_core.document import Answer, Line
from inventory_core.errors import NothingToGet
from inventory_core.quantity import as_decimal
from inventory_core.stages import shortage, sourcing
from inventory_core.stages.case import Order
from inventory_core.stages.shortage import KIND

WRITTEN: Final = (KIND, sourcing.KIND)
"""The kinds of papers that are written here."""


def make_missing(db: Connection, order: Order) -> None:
    """Write a work order for each component that is missing and is made here. Raises NothingToGet."""
    _ask_for(db, order, is_made=True, kind=KIND, prefix="WO-", day_field="due")


def buy_missing(db: Connection, order: Order) -> None:
    """Write a requisition for each component that is missing and is bought. Raises NothingToGet."""
    _ask_for(db, order, is_made=False, kind=sourcing.KIND, prefix="PR-", day_field="needed_by")


def _ask_for(db: Connection, order: Order, *, is_made: bool, kind: str, prefix: str, day_field: str) -> None:
    shortage.keep(db, order, order.document.id)
    paper = documents.load(db, order.document.id)
    amounts: dict[str, tuple[Line, int]] = {}
    for lack in shortage.assess(db, paper, order.today):
        if lack.to_get and lack.is_made == is_made:
            _, before = amounts.get(lack.line.item_code, (lack.line, 0))
            amounts[lack.line.item_code] = lack.line, before + lack.to_get
    if not amounts:
        raise NothingToGet(document=paper.number)
    for code, (line, amount) in amounts.items():
        wanted = f"{as_decimal(amount, line.precision):f}"
        fields: dict[str, Answer] = {"item": code, "quantity": wanted, day_field: _needed_by(order)}
        if kind == sourcing.KIND:
            fields["why"] = paper.number
        documents.create(
            db, kind, numbers.take_dated(db, prefix, order.today), site_id=paper.site_id, source_id=paper.id,
            opened_on=order.today, currency=paper.currency, lines=[], fields=fields,
        )  # fmt: skip


def _needed_by(order: Order) -> str:
    """Return the day by which the order is to be made, or today when that is past."""
    return max(str(order.document.fields.get("due") or ""), order.today.isoformat())
