"""Material issue: stock goes out of the bins into production."""

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import Connection, text

from inventory_core import fefo, items, ledger, places
from inventory_core.items import Item
from inventory_core.movement import Movement, Place, Transfer
from inventory_core.stages.case import Action, Argument, Order, reach


def issue(
    db: Connection,
    item: Item,
    amount: int,
    *,
    employee_id: int | None,
    dedupe_key: str,
    today: dt.date,
    now: dt.datetime,
    document_id: int | None = None,
) -> list[tuple[str, str, int]]:
    """Issue so many smallest units, what expires first and then the oldest lots, and return (bin, lot, quantity).

    The same key issues once, and returns what was taken then. Raises NotEnoughStock with what is free if that is less.
    """
    if (earlier := ledger.posted(db, dedupe_key)) is not None:
        return _taken_by(db, earlier)
    target = Place(places.virtual(db, "production"))
    taken = list(fefo.whole(item, items.lying(db, item.id), amount, today=today))
    movement = Movement(
        kind="issue",
        dedupe_key=dedupe_key,
        occurred_at=now,
        day=today,
        transfers=[Transfer(item.id, lying.lot_id, part, Place(lying.location_id), target) for lying, part in taken],
        document_id=document_id,
        employee_id=employee_id,
    )
    ledger.post(db, movement, now=now)
    return [(lying.location, lying.lot, part) for lying, part in taken]


def _taken_by(db: Connection, movement_id: int) -> list[tuple[str, str, int]]:
    rows = db.execute(
        text("""
            SELECT c.code, t.number, -l.quantity FROM movement_lines l
            JOIN locations c ON c.id = l.location_id JOIN lots t ON t.id = l.lot_id
            WHERE l.movement_id = :id AND l.quantity < 0 ORDER BY l.id
        """),
        {"id": movement_id},
    )
    return [(row[0], row[1], int(row[2])) for row in rows]


def issue_asked(db: Connection, order: Order) -> None:
    """Issue so much of one item for a paper that asks for it. Takes ``item`` and ``quantity``."""
    item = items.by_code(db, order.words("item"))
    issue(
        db,
        item,
        item.units(order.number("quantity")),
        employee_id=order.employee_id,
        dedupe_key=order.key,
        today=order.today,
        now=order.now,
        document_id=order.document.id,
    )
    reach(db, order, "posted")


ACTIONS: Mapping[str, Action] = {
    "production.issue": Action(issue_asked, {"item": Argument("text"), "quantity": Argument("number")}),
}
