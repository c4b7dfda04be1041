"""What goods are worth: by moving average, first in first out by lot, or at a standard cost, and no cent lost or made.

Goods that move between real places carry no value: an item's worth does not depend on where it lies. Between places
outside, such as production and scrap, they carry what they are given. What leaves is
worth what the stock says; where it is given another worth (a return at the cost it came with, a receipt at a price that
is not the standard), the difference stands on a value line of its own.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core.db.quick import Statement
from inventory_core.movement import Line, Transfer, key_of
from inventory_core.quantity import worth

Method = Literal["average", "fifo", "standard"]

_WORTH = Statement("""
    SELECT COALESCE(v.quantity, 0), COALESCE(v.value, 0), i.costing, i.standard_cost, i.precision
    FROM items i LEFT JOIN item_values v ON v.item_id = i.id WHERE i.id = :item_id
""")
_LOCK = Statement("SELECT 1 FROM item_values WHERE item_id = :item_id FOR UPDATE")
_NO_WORTH = Statement("""
    INSERT INTO item_values (item_id, quantity, value) VALUES (:item_id, 0, 0) ON CONFLICT (item_id) DO NOTHING
""")
_SET_WORTH = Statement("""
    INSERT INTO item_values (item_id, quantity, value) VALUES (:item_id, :quantity, :value)
    ON CONFLICT (item_id) DO UPDATE SET
        quantity = item_values.quantity + excluded.quantity, value = item_values.value + excluded.value
""")
_CHANGE_WORTH = Statement("""
    UPDATE item_values SET quantity = quantity + :quantity, value = value + :value WHERE item_id = :item_id
""")
_LAYERS = text("""
    SELECT id, quantity, value FROM cost_layers
    WHERE item_id = :item_id AND lot_id = :lot_id AND quantity > 0 ORDER BY id
""")
_ADD_LAYER = text("""
    INSERT INTO cost_layers (item_id, lot_id, movement_id, quantity, value)
    VALUES (:item_id, :lot_id, :movement_id, :quantity, :value)
""")
_SET_LAYER = text("UPDATE cost_layers SET quantity = :quantity, value = :value WHERE id = :id")
VALUE_LINE = text("""
    INSERT INTO value_lines (movement_id, day, item_id, to_stock, to_variance)
    VALUES (:movement_id, :day, :item_id, :to_stock, :to_variance)
""").bindparams(bindparam("day", type_=Date()))


@dataclass(slots=True)
class Held:
    """An item's quantity and value while a movement is valued, and how it is valued."""

    quantity: int
    value: int
    method: Method
    standard_cost: int
    precision: int


@dataclass(slots=True)
class _Layer:
    """What is left of a receipt; ``id`` 0 is one of this movement's own."""

    id: int
    quantity: int
    value: int


@dataclass(slots=True)
class Valued:
    """A movement's lines with their values, and what they change of each item's worth.

    ``change`` is of quantity and value by item, ``variance`` what stands on a value line of its own.
    """

    lines: list[Line] = field(default_factory=list)
    change: dict[int, tuple[int, int]] = field(default_factory=dict)
    variance: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    layers: dict[tuple[int, int], list[_Layer]] = field(default_factory=dict)


def value(db: Connection, transfers: Sequence[Transfer], real: frozenset[int]) -> Valued:
    """Return the movement's lines with their values."""
    valued = Valued()
    inwards = [(each.target.location_id in real) - (each.source.location_id in real) for each in transfers]
    # In the items' order, whatever that of the transfers: no two movements wait for each other in a ring.
    revalued = sorted({each.item_id for each, inward in zip(transfers, inwards, strict=True) if inward})
    held = {item_id: hold(db, item_id) for item_id in revalued}
    for each, inward in zip(transfers, inwards, strict=True):
        assert each.quantity > 0, "a transfer of nothing, or backwards"
        booked = 0
        if inward:
            stock = held[each.item_id]
            booked = _come(db, valued, each, stock) if inward > 0 else _go(db, valued, each, stock)
            stock.quantity += inward * each.quantity
            stock.value += inward * booked
            quantity, total = valued.change.get(each.item_id, (0, 0))
            valued.change[each.item_id] = quantity + inward * each.quantity, total + inward * booked
        elif each.source.location_id not in real:
            booked = each.value or 0  # from one outside place to another, such as scrap of production
        valued.lines.append(Line(key_of(each, each.source), -each.quantity, -booked))
        valued.lines.append(Line(key_of(each, each.target), each.quantity, booked))
    return valued


def hold(db: Connection, item_id: int) -> Held:
    """Return an item's worth, and keep others from changing it until this transaction ends."""
    if db.dialect.name == "postgresql":
        while _LOCK.run(db, {"item_id": item_id}).fetchone() is None:
            _NO_WORTH.run(db, {"item_id": item_id})  # a row that is not there can't be locked
    row = _WORTH.run(db, {"item_id": item_id}).fetchone()
    return Held(row[0], row[1], row[2], row[3], row[4])


def _come(db: Connection, valued: Valued, transfer: Transfer, stock: Held) -> int:
    """Return what goods that come in are worth from now on."""
    given = transfer.value if transfer.value is not None else _share(stock.value, transfer.quantity, stock.quantity)
    if stock.method == "standard":
        booked = worth(transfer.quantity, stock.standard_cost, precision=stock.precision)
        if transfer.value is not None:
            valued.variance[transfer.item_id] += booked - given
        return booked
    if stock.method == "fifo":
        _layers(db, valued, transfer).append(_Layer(0, transfer.quantity, given))
    return given


def _go(db: Connection, valued: Valued, transfer: Transfer, stock: Held) -> int:
    """Return what goods that leave were worth; the last piece takes the rest, so no cent is left on an empty shelf."""
    if stock.method == "fifo":
        booked = _consumed(_layers(db, valued, transfer), transfer.quantity)
    elif stock.method == "standard" and transfer.quantity < stock.quantity:
        booked = worth(transfer.quantity, stock.standard_cost, precision=stock.precision)
    else:
        booked = _share(stock.value, transfer.quantity, stock.quantity)
    if transfer.value is not None:
        valued.variance[transfer.item_id] += transfer.value - booked
    return booked


def _layers(db: Connection, valued: Valued, transfer: Transfer) -> list[_Layer]:
    key = transfer.item_id, transfer.lot_id
    if key not in valued.layers:
        rows = db.execute(_LAYERS, {"item_id": key[0], "lot_id": key[1]})
        valued.layers[key] = [_Layer(*row) for row in rows]
    return valued.layers[key]


def _consumed(layers: Sequence[_Layer], quantity: int) -> int:
    """Take so much of the oldest layers, and return what it was worth."""
    total = 0
    for layer in layers:
        part = min(quantity, layer.quantity)
        share = _share(layer.value, part, layer.quantity)
        layer.quantity, layer.value = layer.quantity - part, layer.value - share
        quantity, total = quantity - part, total + share
    return total


def _share(total: int, part: int, whole: int) -> int:
    """Return a part's share, rounded down; all of it is the total, so that nothing is left behind."""
    return total * part // whole if whole else 0


def store(db: Connection, valued: Valued, *, movement_id: int, day: dt.date) -> None:
    """Change what the items are worth, and write the value lines."""
    for item_id in sorted(valued.change):
        quantity, value_ = valued.change[item_id]
        if quantity or value_:
            # An outgoing change must be an UPDATE: an upsert would check its own negative row first.
            statement = _SET_WORTH if quantity > 0 else _CHANGE_WORTH
            statement.run(db, {"item_id": item_id, "quantity": quantity, "value": value_})
    for (item_id, lot_id), layers in valued.layers.items():
        for layer in layers:
            left = {"quantity": layer.quantity, "value": layer.value}
            if layer.id:
                db.execute(_SET_LAYER, {"id": layer.id, **left})
            elif layer.quantity:
                db.execute(_ADD_LAYER, {"item_id": item_id, "lot_id": lot_id, "movement_id": movement_id, **left})
    for item_id, difference in sorted(valued.variance.items()):
        if difference:
            line = {"movement_id": movement_id, "day": day, "item_id": item_id, "to_stock": 0}
            db.execute(VALUE_LINE, {**line, "to_variance": difference})
