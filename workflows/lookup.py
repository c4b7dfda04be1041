"""Answers to questions about stock, as cards: how much there is and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, text

from inventory_core import barcodes, items
from inventory_core.items import Item
from inventory_core.quantity import write_quantity
from workflows import phrases
from workflows.cards import Button, Card, Fact, Row
from workflows.definition import Language
from workflows.desk import Desk
from workflows.phrases import say

STOCK: Final = "stock:"
"""What the token of a button begins with that asks for an item's stock; its id follows."""

ORDER: Final = "order:"
"""What the token of a button begins with that asks for more of an item; its id follows."""

BIN: Final = "bin:"
"""What the token of a button begins with that asks what lies in a bin; its id follows."""

COUNT: Final = "count:"
PUT: Final = "put:"
TAKE: Final = "take:"
"""What the tokens of buttons begin with that count a bin, put goods there, or take some out; its id follows."""

_BRIEF_PLACES = 12
_BRIEF_IN_BIN = 30
_BIN = "SELECT id, code FROM locations WHERE kind = 'bin' AND "
_BIN_BY_CODE = text(_BIN + "lower(code) = lower(:code)")
_BIN_BY_ID = text(_BIN + "id = :id")
_IN_BIN = text("""
    SELECT i.code, i.name, t.number AS lot, b.status, b.quantity, b.reserved, i.base_unit AS unit, i.precision
    FROM balances b JOIN items i ON i.id = b.item_id JOIN lots t ON t.id = b.lot_id
    WHERE b.location_id = :id AND b.quantity > 0 ORDER BY i.code, t.number, b.status
""")
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
        for each in lying
    ]
    return Card(
        subject=f"stock:{item.code}",
        title=say(language, "stock.title", item=item.code, name=item.name),
        summary=say(language, "stock.summary", available=item.write(held.available), unit=item.unit),
        language=language,
        facts=tuple(facts),
        rows=tuple(rows),
        buttons=next_steps(item, language),
        tone="bad" if held.available <= item.reorder_point and item.reorder_point else "plain",
        look=f"{STOCK}{item.id}",
        brief=_BRIEF_PLACES,
    )


def next_steps(item: Item, language: Language) -> tuple[Button, ...]:
    """Return what can be done about an item: ask for more of it. Who may not is told so at the tap."""
    return (Button(say(language, "stock.order"), f"{ORDER}{item.id}", opens_form=True),)


def _amount(item: Item, language: Language, name: str, amount: int) -> Fact:
    return Fact(say(language, f"stock.{name}"), f"{item.write(amount)} {item.unit}")


@dataclass(frozen=True, slots=True)
class Bin:
    id: int
    code: str


def bin_of(db: Connection, code: str) -> Bin | None:
    """Return the bin of this code, in any letter case, or None."""
    row = db.execute(_BIN_BY_CODE, {"code": code.strip()}).first()
    return Bin(*row) if row else None


def bin_by_id(db: Connection, bin_id: int) -> Bin | None:
    row = db.execute(_BIN_BY_ID, {"id": bin_id}).first()
    return Bin(*row) if row else None


def bin_behind(db: Connection, about: str) -> str:
    """Return the code of the bin that a card of this subject is about, or nothing."""
    kind, _, code = about.partition(":")
    found = bin_of(db, code) if kind == "bin" else None
    return found.code if found else ""


def bin_card(db: Connection, bin_: Bin, language: Language) -> Card:
    """Return what lies in a bin, by item and lot, and what can be done there. Who may not is told so at the tap."""
    found = db.execute(_IN_BIN, {"id": bin_.id}).all()
    return Card(
        subject=f"bin:{bin_.code}",
        title=say(language, "bin.title", bin=bin_.code),
        summary=say(language, "bin.summary", n=len(found)) if found else say(language, "bin.empty"),
        language=language,
        rows=tuple(_lying(each, language) for each in found),
        buttons=_at_bin(bin_, language, is_empty=not found),
        look=f"{BIN}{bin_.id}",
        brief=_BRIEF_IN_BIN,
    )


def _at_bin(bin_: Bin, language: Language, *, is_empty: bool) -> tuple[Button, ...]:
    put = Button(say(language, "bin.put"), f"{PUT}{bin_.id}", opens_form=True)
    if is_empty:
        return (put,)
    count = Button(say(language, "bin.count"), f"{COUNT}{bin_.id}")
    return (count, put, Button(say(language, "bin.take"), f"{TAKE}{bin_.id}", opens_form=True))


def _lying(row: Any, language: Language) -> Row:
    status = "" if row.status == "available" else say(language, f"status.{row.status}")
    detail = " · ".join(filter(None, (row.name, row.lot, status)))
    return Row(row.code, detail, (Fact("", f"{write_quantity(row.quantity, row.precision)} {row.unit}"),))


def choices_card(found: Sequence[Item], language: Language) -> Card:
    """Return the items that a search could mean, each behind a button."""
    return Card(
        subject="stock:several",
        title=say(language, "stock.several"),
        summary=", ".join(each.code for each in found),
        language=language,
        buttons=tuple(Button(f"{each.code} · {each.name}", f"{STOCK}{each.id}") for each in found),
    )
