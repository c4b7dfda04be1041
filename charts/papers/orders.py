"""Gathers what goes to a supplier: a purchase order, or the question for a price."""

from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from charts.papers.paper import Cell, Paper
from charts.papers.reading import day_in, is_void, item_of, number_in, site_name, word_in
from inventory_core.document import Document, Line
from inventory_core.quantity import MONEY_PLACES, as_decimal, worth

_REVISION: Final = "revision"
"""The field in which an order's changes are counted. A document's own revision counts answers, sent or not."""


def purchase_order(db: Connection, order: Document) -> Paper:
    """Return an order as its supplier reads it: nothing of why it was bought or who approved it."""
    rows = tuple(_priced(line) for line in order.lines)
    amounts = [worth(line.ordered, line.price, precision=line.precision) for line in order.lines]
    site = site_name(db, order.site_id)
    return Paper(
        "purchase_order",
        order.number,
        site,
        order.opened_on,
        rows,
        parties=(("supplier", order.partner), ("deliver_to", site)),
        facts=(("ordered_on", order.opened_on), ("wanted_by", order.due_on), ("currency", order.currency)),
        total=as_decimal(sum(amounts), MONEY_PLACES),
        currency=order.currency,
        change=max(number_in(order, _REVISION), 1),
        is_void=is_void(order),
    )


def _priced(line: Line) -> tuple[Cell, ...]:
    amount = worth(line.ordered, line.price, precision=line.precision)
    return (*_wanted(line), as_decimal(line.price, MONEY_PLACES), as_decimal(amount, MONEY_PLACES))


def _wanted(line: Line) -> tuple[Cell, ...]:
    return line.position, line.item_code, line.item_name, as_decimal(line.ordered, line.precision), line.unit


def request_for_quotation(db: Connection, asked: Document) -> Paper:
    """Return a question for a price, of a paper's lines or of the one item that a requisition names; no price."""
    rows = tuple((*_wanted(line), None, None) for line in asked.lines) or _of_one_item(db, asked)
    site = site_name(db, asked.site_id)
    return Paper(
        "request_for_quotation",
        asked.number,
        site,
        asked.opened_on,
        rows,
        parties=(("supplier", asked.partner), ("deliver_to", site)),
        facts=(
            ("asked_on", asked.opened_on),
            ("answer_by", day_in(asked, "answer_by")),
            ("wanted_by", day_in(asked, "needed_by") or asked.due_on),
            ("currency", asked.currency),
        ),
        is_void=is_void(asked),
    )


def _of_one_item(db: Connection, asked: Document) -> tuple[tuple[Cell, ...], ...]:
    item, quantity = item_of(db, asked), word_in(asked, "quantity")
    if item is None or not quantity:
        return ()
    return ((1, item.code, item.name, Decimal(quantity), item.unit, None, None),)
