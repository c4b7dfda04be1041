"""What the lines of a movement are worth: at the item's moving average, and no cent lost or made.

Goods that move between real places carry no value: an item's worth does not depend on where it lies.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, text

from inventory_core.movement import Line, Transfer, key_of

_WORTH = text("SELECT quantity, value FROM item_values WHERE item_id = :item_id")
_WORTH_LOCKED = text("SELECT quantity, value FROM item_values WHERE item_id = :item_id FOR UPDATE")
_NO_WORTH = text("""
    INSERT INTO item_values (item_id, quantity, value) VALUES (:item_id, 0, 0) ON CONFLICT (item_id) DO NOTHING
""")
_SET_WORTH = text("""
    INSERT INTO item_values (item_id, quantity, value) VALUES (:item_id, :quantity, :value)
    ON CONFLICT (item_id) DO UPDATE SET
        quantity = item_values.quantity + excluded.quantity, value = item_values.value + excluded.value
""")
_CHANGE_WORTH = text("""
    UPDATE item_values SET quantity = quantity + :quantity, value = value + :value WHERE item_id = :item_id
""")


def value(
    db: Connection, transfers: Sequence[Transfer], real: frozenset[int]
) -> tuple[list[Line], dict[int, tuple[int, int]]]:
    """Return the lines, each with its value, and the change of each item's quantity and value."""
    lines: list[Line] = []
    change: dict[int, tuple[int, int]] = {}
    inwards = [(each.target.location_id in real) - (each.source.location_id in real) for each in transfers]
    # In the items' order, whatever that of the transfers: no two movements wait for each other in a ring.
    revalued = sorted({each.item_id for each, inward in zip(transfers, inwards, strict=True) if inward})
    held = {item_id: _worth(db, item_id) for item_id in revalued}
    for each, inward in zip(transfers, inwards, strict=True):
        assert each.quantity > 0, "a transfer of nothing, or backwards"
        value = 0
        if inward:
            quantity, total = held[each.item_id]
            value = each.value if each.value is not None else _share(total, each.quantity, quantity)
            if inward < 0 and each.quantity == quantity:
                value = total  # the last piece takes the rest: no cent is left on an empty shelf
            held[each.item_id] = quantity + inward * each.quantity, total + inward * value
            before = change.get(each.item_id, (0, 0))
            change[each.item_id] = before[0] + inward * each.quantity, before[1] + inward * value
        lines.append(Line(key_of(each, each.source), -each.quantity, -value))
        lines.append(Line(key_of(each, each.target), each.quantity, value))
    return lines, change


def _worth(db: Connection, item_id: int) -> tuple[int, int]:
    """Return an item's quantity and value, and keep others from changing them until this transaction ends."""
    if db.dialect.name != "postgresql":
        row = db.execute(_WORTH, {"item_id": item_id}).first()
        return (row[0], row[1]) if row else (0, 0)
    while (row := db.execute(_WORTH_LOCKED, {"item_id": item_id}).first()) is None:
        db.execute(_NO_WORTH, {"item_id": item_id})  # a row that is not there can't be locked
    return row[0], row[1]


def _share(total: int, part: int, whole: int) -> int:
    return total * part // whole if whole else 0


def store(db: Connection, worth: Mapping[int, tuple[int, int]]) -> None:
    """Change what the items are worth."""
    for item_id in sorted(worth):
        quantity, value_ = worth[item_id]
        if quantity or value_:
            # An outgoing change must be an UPDATE: an upsert would check its own negative row first.
            statement = _SET_WORTH if quantity > 0 else _CHANGE_WORTH
            db.execute(statement, {"item_id": item_id, "quantity": quantity, "value": value_})
