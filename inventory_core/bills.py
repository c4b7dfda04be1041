"""Reads and writes bills of materials, each in versions that hold from a day on."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core.bill import Alternative, Bill, Bills, ByProduct, Component, ring, roll_up
from inventory_core.errors import BillRing, SharesTooLarge

_NEW_BILL: Final = text("""
    INSERT INTO bills (item_id, version, valid_from)
    VALUES (:item, COALESCE((SELECT MAX(version) FROM bills WHERE item_id = :item), 0) + 1, :valid_from) RETURNING id
""").bindparams(bindparam("valid_from", type_=Date()))
_NEW_LINE: Final = text("""
    INSERT INTO bill_lines (bill_id, position, component_id, quantity, per, scrap_percent, is_backflushed)
    VALUES (:bill, :position, :component, :quantity, :per, :scrap, :backflushed)
""")
_NEW_ALTERNATIVE: Final = text("""
    INSERT INTO bill_alternatives (bill_id, position, rank, item_id, quantity, per)
    VALUES (:bill, :position, :rank, :item, :quantity, :per)
""")
_NEW_OUTPUT: Final = text("""
    INSERT INTO bill_outputs (bill_id, position, item_id, quantity, per, cost_percent)
    VALUES (:bill, :position, :item, :quantity, :per, :cost)
""")
_VERSIONS = "SELECT id, item_id, valid_from FROM bills WHERE is_active = 1{only} ORDER BY item_id, version"
_LINES = """
    SELECT l.bill_id, l.position, l.component_id, l.quantity, l.per, l.scrap_percent,
           CASE WHEN l.is_backflushed = 1 OR i.is_backflushed = 1 THEN 1 ELSE 0 END AS backflushed
    FROM bill_lines l JOIN items i ON i.id = l.component_id JOIN bills b ON b.id = l.bill_id
    WHERE b.is_active = 1{only} ORDER BY l.bill_id, l.position
"""
_ALTERNATIVES = """
    SELECT a.bill_id, a.position, a.item_id, a.quantity, a.per FROM bill_alternatives a
    JOIN bills b ON b.id = a.bill_id WHERE b.is_active = 1{only} ORDER BY a.bill_id, a.position, a.rank
"""
_OUTPUTS = """
    SELECT o.bill_id, o.item_id, o.quantity, o.per, o.cost_percent FROM bill_outputs o
    JOIN bills b ON b.id = o.bill_id WHERE b.is_active = 1{only} ORDER BY o.bill_id, o.position
"""
_COSTS: Final = text("""
    SELECT i.id, i.precision, i.standard_cost, COALESCE(v.quantity, 0) AS held, COALESCE(v.value, 0) AS value,
           COALESCE((SELECT MIN(s.price) FROM supplier_items s WHERE s.item_id = i.id), 0) AS price
    FROM items i LEFT JOIN item_values v ON v.item_id = i.id
""")


def define(db: Connection, bill: Bill) -> int:
    """Store a bill as the item's newest version, and return its id. Raises BillRing and SharesTooLarge."""
    return define_all(db, [bill])[0]


def define_all(db: Connection, bills: Iterable[Bill]) -> Sequence[int]:
    """Store bills that may name each other, as the newest versions, and return their ids. Raises as ``define``."""
    made = [_write(db, each) for each in bills]
    _refuse_rings(db)
    return made


def _write(db: Connection, bill: Bill) -> int:
    if bill.cost_percent < 0:
        raise SharesTooLarge(item=_codes(db, [bill.item_id])[0])
    bill_id = int(db.execute(_NEW_BILL, {"item": bill.item_id, "valid_from": bill.valid_from}).scalar_one())
    lines, alternatives = [], []
    for at, each in enumerate(bill.components, 1):
        lines.append(
            {
                "bill": bill_id, "position": at, "component": each.item_id, "quantity": each.quantity, "per": each.per,
                "scrap": each.scrap_percent, "backflushed": int(each.is_backflushed),
            }
        )  # fmt: skip
        for rank, other in enumerate(each.alternatives, 1):
            key = {"bill": bill_id, "position": at, "rank": rank}
            alternatives.append({**key, "item": other.item_id, "quantity": other.quantity, "per": other.per})
    outputs = [
        {
            "bill": bill_id, "position": at, "item": each.item_id, "quantity": each.quantity, "per": each.per,
            "cost": each.cost_percent,
        }
        for at, each in enumerate(bill.by_products, 1)
    ]  # fmt: skip
    for statement, rows in ((_NEW_LINE, lines), (_NEW_ALTERNATIVE, alternatives), (_NEW_OUTPUT, outputs)):
        if rows:
            db.execute(statement, rows)
    return bill_id


def _refuse_rings(db: Connection) -> None:
    """Refuse an item that goes into itself, over any number of levels, on any day on which a version begins."""
    versions = _read(db)
    for day in sorted({each.valid_from or dt.date.min for each in versions}):
        if found := ring(_on(versions, day)):
            raise BillRing(ring=" → ".join(_codes(db, found)))


def _codes(db: Connection, item_ids: Iterable[int]) -> list[str]:
    statement = text("SELECT code FROM items WHERE id = :id")
    return [str(db.execute(statement, {"id": each}).scalar_one()) for each in item_ids]


def in_force(db: Connection, item_id: int, day: dt.date) -> Bill | None:
    """Return the bill by which an item is made on a day, None for what is not made."""
    return _on(_read(db, item_id), day).get(item_id)


def all_in_force(db: Connection, day: dt.date) -> Bills:
    """Return the bill of every item that is made on a day."""
    return _on(_read(db), day)


def _on(versions: Sequence[Bill], day: dt.date) -> Bills:
    """Return of each item the version that began last by a day; of those from ever, and from one day, the newest."""
    found: dict[int, Bill] = {}
    for each in versions:  # the older version first
        begins = each.valid_from or dt.date.min
        if begins <= day and (each.item_id not in found or begins >= (found[each.item_id].valid_from or dt.date.min)):
            found[each.item_id] = each
    return found


def _read(db: Connection, item_id: int | None = None) -> Sequence[Bill]:
    """Return the active versions of one item's bill or of all, the older version of an item first."""
    values = {} if item_id is None else {"item": item_id}

    def rows(statement: str, column: str = "b.item_id") -> Sequence[Any]:
        only = "" if item_id is None else f" AND {column} = :item"
        return db.execute(text(statement.format(only=only)).columns(valid_from=Date()), values).all()

    alternatives: dict[tuple[int, int], list[Alternative]] = {}
    for row in rows(_ALTERNATIVES):
        alternatives.setdefault((row[0], row[1]), []).append(Alternative(row[2], row[3], row[4]))
    components: dict[int, list[Component]] = {}
    for row in rows(_LINES):
        others = tuple(alternatives.get((row[0], row[1]), ()))
        part = Component(row[2], row[3], row[4], row[5], bool(row[6]), others)
        components.setdefault(row[0], []).append(part)
    outputs: dict[int, list[ByProduct]] = {}
    for row in rows(_OUTPUTS):
        outputs.setdefault(row[0], []).append(ByProduct(row[1], row[2], row[3], row[4]))
    return [
        Bill(row.item_id, tuple(components.get(row.id, ())), tuple(outputs.get(row.id, ())), row.valid_from)
        for row in rows(_VERSIONS, "item_id")
    ]


def standard_cost(db: Connection, item_id: int, day: dt.date) -> int:
    """Return what an item costs by its bill over all levels, in 1/10,000 a base unit.

    A bought item costs its standard cost; without one what the stock is worth, or else its cheapest offer.
    """
    bills = _below(all_in_force(db, day), item_id)
    rows = db.execute(_COSTS).all()
    costs = {row.id: _cost(row) for row in rows}
    return roll_up(bills, costs, {row.id: int(row.precision) for row in rows})[item_id]


def _cost(row: Any) -> int:
    if row.standard_cost:
        return int(row.standard_cost)
    if row.held:
        # The value of a base unit: the whole value, times the smallest units of one, by all there are.
        return int(row.value) * int(10**row.precision) // int(row.held)
    return int(row.price)


def _below(bills: Bills, item_id: int) -> Bills:
    """Return the bills of an item and of all that goes into it."""
    found: dict[int, Bill] = {}
    waiting = [item_id]
    while waiting:
        each = waiting.pop()
        if each in bills and each not in found:
            found[each] = bills[each]
            waiting += [part.item_id for part in bills[each].components]
    return found
