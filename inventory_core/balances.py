"""The balances of real places: changed in the movement's own transaction, never below zero, never by a stale read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from inventory_core.db.quick import Statement
from inventory_core.errors import DuplicateSerial, NotEnoughStock
from inventory_core.movement import Key, Line
from inventory_core.quantity import write_quantity

_TAKE = Statement("""
    UPDATE balances SET quantity = quantity - :quantity
    WHERE item_id = :item_id AND lot_id = :lot_id AND location_id = :location_id AND status = :status
      AND quantity - reserved >= :quantity
""")
_PUT = Statement("""
    INSERT INTO balances (item_id, lot_id, location_id, status, quantity, reserved, is_serial)
    VALUES (:item_id, :lot_id, :location_id, :status, :quantity, 0, :is_serial)
    ON CONFLICT (item_id, lot_id, location_id, status) DO UPDATE SET quantity = balances.quantity + excluded.quantity
""")


def change(db: Connection, lines: Sequence[Line], *, real: frozenset[int], tracking: Mapping[int, str]) -> None:
    """Change the balances of the real places by what the lines come to.

    In key order, takes and puts alike: a put locks its row even where it has to make it, so no two movements wait for
    each other in a ring. A serial number alone leaves its old place before it comes to the new one, since it may be in
    one only. Raises NotEnoughStock and DuplicateSerial.
    """
    net: dict[Key, int] = defaultdict(int)
    for line in lines:
        if line.key.location_id in real:
            net[line.key] += line.quantity
    for key in sorted(net, key=lambda key: (key[:2], tracking[key.item_id] == "serial" and net[key] > 0, key[2:])):
        if net[key] > 0:
            _put(db, key, net[key], is_serial=tracking[key.item_id] == "serial")
        elif net[key] < 0 and _TAKE.run(db, {**key._asdict(), "quantity": -net[key]}).rowcount == 0:
            raise _shortage(db, key, -net[key])


def _put(db: Connection, key: Key, quantity: int, *, is_serial: bool) -> None:
    values = {**key._asdict(), "quantity": quantity, "is_serial": int(is_serial)}
    if not is_serial:
        _PUT.run(db, values)
        return
    number = db.execute(text("SELECT number FROM lots WHERE id = :id"), {"id": key.lot_id}).scalar_one()
    try:
        _PUT.run(db, values)
    except IntegrityError:  # of the index that holds a serial number to one place and one piece
        raise DuplicateSerial(serial=number) from None


def _shortage(db: Connection, key: Key, wanted: int) -> NotEnoughStock:
    code, unit, precision = db.execute(
        text("SELECT code, base_unit, precision FROM items WHERE id = :id"), {"id": key.item_id}
    ).one()
    place = db.execute(text("SELECT code FROM locations WHERE id = :id"), {"id": key.location_id}).scalar_one()
    free = (
        db.execute(
            text("""
            SELECT quantity - reserved FROM balances
            WHERE item_id = :item_id AND lot_id = :lot_id AND location_id = :location_id AND status = :status
        """),
            key._asdict(),
        ).scalar()
        or 0
    )
    return NotEnoughStock(
        item=code,
        place=place,
        wanted=write_quantity(wanted, precision),
        free=write_quantity(free, precision),
        short=write_quantity(wanted - free, precision),
        unit=unit,
    )
