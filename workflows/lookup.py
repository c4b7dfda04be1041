"""Answers to questions about stock, as cards: how much there is and where."""

from collections.abc import Sequence

from sqlalchemy import Connection

from inventory_core import barcodes, items
from inventory_core.items import Item
from workflows import phrases
from workflows.cards import Card, Fact, Row
from workflows.definition import Language
from workflows.desk import Desk
from workflows.phrases import say

_MOST_PLACES = 12
_MOST_CODES = 6


def stock_card(db: Connection, desk: Desk, item: Item, language: Language) -> Card:
    """Return how much of an item there is, where it lies, and what is on its way."""
    held, lying, owed = items.on_hand(db, item.id), items.lying(db, item.id), items.on_order(db, item.id)
    facts = [_amount(item, language, "available", held.available)]
    facts += [
        _amount(item, language, name, amount)
        for name, amount in (("inspection", held.inspection), ("blocked", held.blocked), ("reserved", held.reserved))
        if amount
    ]
    facts += [_amount(item, language, "reorder_point", item.reorder_point)] if item.reorder_point else []
    facts += [_amount(item, language, "safety_stock", item.safety_stock)] if item.safety_stock else []
    if owed:
        quantity, due, number = sum(each[0] for each in owed), owed[0][1], owed[0][2]
        when = phrases.due(language, due, today=desk.today())
        amount = item.write(quantity)
        value = say(language, "stock.on_order_value", amount=amount, unit=item.unit, day=when, order=number)
        facts.append(Fact(say(language, "stock.on_order"), value))
    if printed := barcodes.of_item(db, item.id):
        facts.append(Fact(say(language, "stock.barcodes"), ", ".join(printed[:_MOST_CODES])))
    rows = [
        Row(
            say(language, "stock.lies", bin=each.location, lot=each.lot),
            "" if each.status == "available" else say(language, f"status.{each.status}"),
            (Fact("", f"{item.write(each.quantity)} {item.unit}"),),
        )
        for each in lying[:_MOST_PLACES]
    ]
    if len(lying) > _MOST_PLACES:
        rows.append(Row(say(language, "card.more_lines", n=len(lying) - _MOST_PLACES)))
    return Card(
        subject=f"stock:{item.code}",
        title=say(language, "stock.title", item=item.code, name=item.name),
        summary=say(language, "stock.summary", available=item.write(held.available), unit=item.unit),
        language=language,
        facts=tuple(facts),
        rows=tuple(rows),
        tone="bad" if held.available <= item.reorder_point and item.reorder_point else "plain",
    )


def _amount(item: Item, language: Language, name: str, amount: int) -> Fact:
    return Fact(say(language, f"stock.{name}"), f"{item.write(amount)} {item.unit}")


def choices_card(found: Sequence[Item], language: Language) -> Card:
    """Return the items that a search could mean."""
    return Card(
        subject="stock:several",
        title=say(language, "stock.several"),
        summary=", ".join(each.code for each in found),
        language=language,
        rows=tuple(Row(each.code, each.name) for each in found),
    )
