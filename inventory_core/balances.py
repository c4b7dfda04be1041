"""The balances of real places: changed in the movement's own transaction, never below zero, never by a stale read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from inventory_core.db.quick import Statement
from inventory_core.errors import BinFrozen, DuplicateSerial, NotEnoughStock
from inventory_core.movement import Key, Line
from inventory_core.quantity import write_quantity

_MAY_MOVE = """(:is_count = 1 OR NOT EXISTS (SELECT 1 FROM bin_freezes f WHERE f.location_id = :location_id))"""
_TAKE = Statement(f"""
    UPDATE balances SET quantity = quantity - :quantity
    WHERE item_id = :item_id AND lot_id = :lot_id AND location_id = :location_id AND status = :status
      AND quantity - reserved >= :quantity AND {_MAY_MOVE}
""")  # noqa: S608 (all of it ours)
_PUT = Statement(f"""
    INSERT INTO balances (item_id, lot_id, location_id, status, quantity, reserved, is_serial)
    SELECT CAST(:item_id AS BIGINT), CAST(:lot_id AS BIGINT), CAST(:location_id AS BIGINT),
           CAST(:status AS VARCHAR(12)), CAST(:quantity AS BIGINT), 0, CAST(:is_serial AS INTEGER)
    WHERE {_MAY_MOVE}
    ON CONFLICT (item_id, lot_id, location_id, status) DO UPDATE SET quantity = balances.quantity + excluded.quantity
""")
_FROZEN = Statement("""
    SELECT c.code, d.number FROM bin_freezes f JOIN locations c ON c.id = f.location_id
    JOIN documents d ON d.id = f.document_id WHERE f.location_id = :location_id ORDER BY f.document_id LIMIT 1
""")


def change(
    db: Connection, lines: Sequence[Line], *, real: frozenset[int], tracking: Mapping[int, str], is_count: bool = False
) -> None:
    """Change the balances of the real places by what the lines come to.

    In key order, takes and puts alike: a put locks its row even where it has to make it, so no two movements wait for
    each other in a ring. A serial number alone leaves its old place before it comes to the new one, since it may be in
    one only. A bin that is frozen changes by a count alone. Raises NotEnoughStock, DuplicateSerial and BinFrozen.
    """
    net: dict[Key, int] = defaultdict(int)
    for line in lines:
        if line.key.location_id in real:
            net[line.key] += line.quantity
    counts = int(is_count)
    for key in sorted(net, key=lambda key: (key[:2], tracking[key.item_id] == "serial" and net[key] > 0, key[2:])):
        if net[key] > 0:
            _put(db, key, net[key], is_serial=tracking[key.item_id] == "serial", is_count=counts)
        elif net[key] < 0 and not _TAKE.changes(db, {**key._asdict(), "quantity": -net[key], "is_count": counts}):
            _refuse_frozen(db, key)
            raise _shortage(db, key, -net[key])


def _put(db: Connection, key: Key, quantity: int, *, is_serial: bool, is_count: int) -> None:
    values = {**key._asdict(), "quantity": quantity, "is_serial": int(is_serial), "is_count": is_count}
    if not is_serial:
        if not _PUT.changes(db, values):
            _refuse_frozen(db, key)
        return
    number = db.execute(text("SELECT number FROM lots WHERE id = :id"), {"id": key.lot_id}).scalar_one()
    try:
        is_put = _PUT.changes(db, values)
    except IntegrityError:  # of the index that holds a serial number to one place and one piece
        raise DuplicateSerial(serial=number) from None
    if not is_put:
        _refuse_frozen(db, key)


def _refuse_frozen(db: Connection, key: Key) -> None:
    if (row := _FROZEN.first(db, {"location_id": key.location_id})) is not None:
        raise BinFrozen(place=row[0], document=row[1])


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
