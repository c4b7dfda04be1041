"""What was found where the books hold nothing: rows that somebody entered on a count sheet, and that become its lines.

A row is bin, item, lot and quantity (in the item's unit, as text); ``look_up`` adds ``price``, the item's cost in
1/10,000 a unit. A lot that nobody has heard of is made with its number; one without a number gets one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import counting, documents, items, lots, places
from inventory_core.document import Answer, Document, Line
from inventory_core.documents import NewLine
from inventory_core.errors import NotEmpty, OnTheSheet, SerialNeeded
from inventory_core.items import Item
from inventory_core.kinds import tracking_of
from inventory_core.movement import Key
from inventory_core.quantity import MONEY_PLACES, as_decimal
from inventory_core.stages.case import Order

FIELD: Final = "found"
Row = Mapping[str, int | str | bool]
_PRICE: Final = text("""
    SELECT COALESCE(v.value, 0) AS value, COALESCE(v.quantity, 0) AS held, i.precision
    FROM items i LEFT JOIN item_values v ON v.item_id = i.id WHERE i.code = :item
""")
_LOT: Final = text("""
    SELECT id FROM lots WHERE item_id = :item AND lower(number) = lower(:number) ORDER BY id LIMIT 1
""")


def rows(sheet: Document) -> Sequence[Row]:
    """Return the rows that were entered and are no lines yet."""
    entered = sheet.fields.get(FIELD)
    return entered if isinstance(entered, list) else ()


def look_up(db: Connection, sheet: Document) -> Document:
    """Return a sheet with the price of each row."""
    entered = rows(sheet)
    if not entered:
        return sheet
    priced: Answer = [{**row, "price": _price(db, str(row["item"]))} for row in entered]
    return replace(sheet, fields={**sheet.fields, FIELD: priced})


def _price(db: Connection, code: str) -> int:
    row = db.execute(_PRICE, {"item": code}).first()
    return int(row.value) * 10**row.precision // int(row.held) if row and row.held else 0


def amounts(sheet: Document) -> Sequence[tuple[Decimal, Decimal]]:
    """Return the quantity and the worth, in currency units, of each row that says more than nothing."""
    return [
        (quantity, quantity * as_decimal(int(row.get("price", 0)), MONEY_PLACES))
        for row in rows(sheet)
        if (quantity := Decimal(str(row["quantity"])))
    ]


def refuse_unentered(sheet: Document) -> None:
    """Refuse a sheet of which somebody says that its empty bins are not, without what lies there. Raises NotEmpty."""
    if sheet.fields.get("all_empty") is False and not rows(sheet):
        raise NotEmpty(places=str(sheet.fields.get("empty", "")))


def take(db: Connection, order: Order) -> None:
    """Make the rows lines of the sheet, counted as they say. Raises OnTheSheet and SerialNeeded."""
    entered = rows(order.document)
    if not entered:
        return
    assert order.employee_id is not None, "a deadline finds nothing"
    known = {key_of(line) for line in order.document.lines}
    lines: list[NewLine] = []
    for number, row in enumerate(entered, 1):
        item, bin_ = items.by_code(db, str(row["item"])), str(row["bin"])
        amount = item.units(Decimal(str(row["quantity"])))
        lot_id = _lot(db, order, item, str(row.get("lot", "")), amount)
        key = Key(item.id, lot_id, places.id_of(db, bin_), "available")
        if key in known:
            raise OnTheSheet(item=item.code, place=bin_)
        counting.take(
            db,
            key,
            amount,
            at=order.now,
            day=order.today,
            employee_id=order.employee_id,
            dedupe_key=f"{order.key}:found:{number}",
            document_id=order.document.id,
        )
        named = db.execute(text("SELECT number FROM lots WHERE id = :id"), {"id": lot_id}).scalar_one()
        fields: dict[str, Answer] = {
            "bin": bin_, "lot": named, "place": key.location_id, "status": key.status, "counted": amount,
        }  # fmt: skip
        lines.append(NewLine(item.id, 0, int(row.get("price", 0)), lot_id=lot_id, fields=fields))
        known.add(key)
    documents.add_lines(db, order.document.id, lines)
    documents.note_fields(db, order.document.id, {FIELD: None, "all_empty": None})


def _lot(db: Connection, order: Order, item: Item, number: str, amount: int) -> int:
    tracking = tracking_of(db, [item.id])[item.id]
    if tracking == "none":
        return lots.NONE
    if tracking == "serial" and (not number or amount > 1):
        raise SerialNeeded(item=item.code)
    known = db.execute(_LOT, {"item": item.id, "number": number}).scalar() if number else None
    return int(known) if known else lots.create(db, item.id, received_on=order.today, supplier_lot=number)


def key_of(line: Line) -> Key:
    """Return what balance a sheet's line is about."""
    return Key(line.item_id, line.lot_id, int(str(line.fields["place"])), str(line.fields["status"]))
