"""Material issue: stock goes out of the bins into production."""

import datetime as dt

from sqlalchemy import Connection

from inventory_core import items, ledger, places
from inventory_core.errors import NotEnoughStock
from inventory_core.items import Item
from inventory_core.ledger import Place, Transfer


def issue(
    db: Connection, item: Item, amount: int, *, employee_id: int, dedupe_key: str, now: dt.datetime
) -> list[tuple[str, str, int]]:
    """Issue so many smallest units, the oldest lots first, and return what was taken: (bin, lot, quantity).

    Raises NotEnoughStock with what is free when that is less.
    """
    target = Place(places.virtual(db, "production"))
    taken: list[tuple[str, str, int]] = []
    transfers: list[Transfer] = []
    wanted = amount
    for lying in items.lying(db, item.id):
        part = min(wanted, lying.quantity - lying.reserved)
        if lying.status != "available" or part <= 0:
            continue
        transfers.append(Transfer(item.id, lying.lot_id, part, Place(lying.location_id), target))
        taken.append((lying.location, lying.lot, part))
        wanted -= part
    if wanted:
        free = item.write(amount - wanted)
        raise NotEnoughStock(item=item.code, place="", wanted=item.write(amount), free=free, unit=item.unit)
    movement = ledger.Movement(
        kind="issue", dedupe_key=dedupe_key, occurred_at=now, transfers=transfers, employee_id=employee_id
    )
    ledger.post(db, movement, now=now)
    return taken
