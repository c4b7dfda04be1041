"""Value that comes after the goods: freight and duty of a receipt, and a price that turns out to be another.

What is still there of the receipt takes its share into the stock; the share of what has left is a difference.
"""

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import costing, journal, ledger, periods
from inventory_core.db.metadata import to_micros
from inventory_core.errors import DedupeConflict
from inventory_core.quantity import shares

_MOVEMENT = text("""
    INSERT INTO movements (kind, document_id, employee_id, occurred_at, day, posted_at, reason, dedupe_key)
    SELECT :kind, document_id, CAST(:employee AS BIGINT), :now, :day, :now, :reason, :key
    FROM movements WHERE id = :receipt RETURNING id
""").bindparams(bindparam("day", type_=Date()))
_RECEIVED = text("""
    SELECT l.item_id, SUM(l.quantity), SUM(l.value) FROM movement_lines l JOIN locations c ON c.id = l.location_id
    WHERE l.movement_id = :receipt AND c.kind IN ('bin', 'transit')
    GROUP BY l.item_id HAVING SUM(l.quantity) > 0 ORDER BY l.item_id
""")
_LAYERS = text("""
    SELECT id, quantity, value FROM cost_layers WHERE movement_id = :receipt AND item_id = :item AND quantity > 0
    ORDER BY id
""")


def land(
    db: Connection,
    receipt_movement_id: int,
    amount: int,
    *,
    dedupe_key: str,
    reason: str,
    employee_id: int | None,
    day: dt.date,
    now: dt.datetime,
) -> int:
    """Spread freight or duty (1/10,000) over a receipt's items by their value, and return the movement's number."""
    rows = db.execute(_RECEIVED, {"receipt": receipt_movement_id}).all()
    weights = [max(int(row[2]), 0) for row in rows]
    if not any(weights):
        weights = [int(row[1]) for row in rows]
    amounts = dict(zip((int(row[0]) for row in rows), shares(amount, weights), strict=True))
    return revalue(
        db,
        receipt_movement_id,
        amounts,
        kind="landed_cost",
        dedupe_key=dedupe_key,
        reason=reason,
        employee_id=employee_id,
        day=day,
        now=now,
    )


def revalue(
    db: Connection,
    receipt_movement_id: int,
    amounts: Mapping[int, int],
    *,
    kind: str,
    dedupe_key: str,
    reason: str,
    employee_id: int | None,
    day: dt.date,
    now: dt.datetime,
) -> int:
    """Change what a receipt's items cost by so much each (1/10,000), and return the movement's number.

    A change of nothing is no movement: the receipt's own number comes back. The same key does it once. Raises
    PeriodClosed, and DedupeConflict when the key came before with other amounts.
    """
    if (earlier := ledger.posted(db, dedupe_key)) is not None:
        _check_same(db, earlier, amounts, dedupe_key)
        return earlier
    periods.refuse_closed(db, day, now=now)
    if not any(amounts.values()):
        return receipt_movement_id
    received = {int(row[0]): int(row[1]) for row in db.execute(_RECEIVED, {"receipt": receipt_movement_id})}
    movement_id = int(
        db.execute(
            _MOVEMENT,
            {
                "kind": kind,
                "employee": employee_id,
                "now": to_micros(now),
                "day": day,
                "reason": reason,
                "key": dedupe_key,
                "receipt": receipt_movement_id,
            },
        ).scalar_one()
    )
    for item_id in sorted(amounts):
        if amounts[item_id]:
            to_stock = _into_stock(db, receipt_movement_id, item_id, received[item_id], amounts[item_id])
            db.execute(
                costing.VALUE_LINE,
                {
                    "movement_id": movement_id,
                    "day": day,
                    "item_id": item_id,
                    "to_stock": to_stock,
                    "to_variance": to_stock - amounts[item_id],
                },
            )
    journal.write(
        db,
        "stock.moved",
        now=now,
        employee_id=employee_id,
        subject=f"movement:{movement_id}",
        facts={"kind": kind, "items": sorted(amounts)},
    )
    return movement_id


def _into_stock(db: Connection, receipt_id: int, item_id: int, received: int, amount: int) -> int:
    """Put the share of what is left of the receipt into the stock's value, and return it."""
    stock = costing.hold(db, item_id)
    if stock.method == "standard":
        return 0
    layers = db.execute(_LAYERS, {"receipt": receipt_id, "item": item_id}).all() if stock.method == "fifo" else []
    left = sum(int(row[1]) for row in layers) if stock.method == "fifo" else min(stock.quantity, received)
    to_stock = amount * left // received if amount >= 0 else -(-amount * left // received)
    to_stock = max(to_stock, -stock.value)  # what is left is worth nothing at least
    for row, share in zip(layers, shares(to_stock, [int(row[1]) for row in layers]) if layers else [], strict=True):
        db.execute(text("UPDATE cost_layers SET value = value + :share WHERE id = :id"), {"share": share, "id": row[0]})
    db.execute(
        text("UPDATE item_values SET value = value + :value WHERE item_id = :item"),
        {"value": to_stock, "item": item_id},
    )
    return to_stock


def _check_same(db: Connection, movement_id: int, amounts: Mapping[int, int], key: str) -> None:
    rows = db.execute(
        text("SELECT item_id, to_stock - to_variance FROM value_lines WHERE movement_id = :id"), {"id": movement_id}
    )
    if {int(row[0]): int(row[1]) for row in rows} != {item: amount for item, amount in amounts.items() if amount}:
        raise DedupeConflict(dedupe_key=key)
