"""The stock ledger: double entry, append-only, exact.

Every movement takes quantities from one place to another. Virtual places (supplier, customer, production, scrap,
adjustment) are the other side of what comes and goes, so the lines of a movement sum to zero. Balances of real places
change in the movement's own transaction by a guarded UPDATE: stock can't fall below zero under any concurrency.
"""

import datetime as dt
import weakref
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Engine, text

from inventory_core import journal
from inventory_core.db.metadata import from_micros, to_micros
from inventory_core.errors import AlreadyReversed, DedupeConflict, NotEnoughStock
from inventory_core.quantity import write_quantity

Status = Literal["available", "inspection", "blocked"]
REAL_KINDS = ("bin", "transit")


class Place(NamedTuple):
    """A location and the quality status that the goods have there."""

    location_id: int
    status: Status = "available"


@dataclass(frozen=True, slots=True)
class Transfer:
    """So much of one lot from one place to another. ``quantity`` is positive, in smallest units.

    ``value`` (1/10,000 of the currency unit) is given for what comes in from outside. None lets the ledger take the
    item's present average: for what goes out, and for what comes back in.
    """

    item_id: int
    lot_id: int
    quantity: int
    source: Place
    target: Place
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """Transfers that happen together. ``dedupe_key`` names the business act: the same key posts once, for ever."""

    kind: str
    dedupe_key: str
    occurred_at: dt.datetime
    transfers: Sequence[Transfer]
    document_id: int | None = None
    employee_id: int | None = None
    reason: str = ""
    reverses_id: int | None = None


class _Key(NamedTuple):
    item_id: int
    lot_id: int
    location_id: int
    status: str


class _Line(NamedTuple):
    key: _Key
    quantity: int
    value: int


_MOVEMENT = text("""
    INSERT INTO movements
        (kind, document_id, employee_id, occurred_at, posted_at, reverses_id, reason, dedupe_key)
    VALUES (:kind, :document_id, :employee_id, :occurred_at, :posted_at, :reverses_id, :reason, :dedupe_key)
    ON CONFLICT (dedupe_key) DO NOTHING RETURNING id
""")
_LINE = text("""
    INSERT INTO movement_lines (movement_id, item_id, lot_id, location_id, status, quantity, value)
    VALUES (:movement_id, :item_id, :lot_id, :location_id, :status, :quantity, :value)
""")
_TAKE = text("""
    UPDATE balances SET quantity = quantity - :quantity
    WHERE item_id = :item_id AND lot_id = :lot_id AND location_id = :location_id AND status = :status
      AND quantity - reserved >= :quantity
""")
_PUT = text("""
    INSERT INTO balances (item_id, lot_id, location_id, status, quantity, reserved)
    VALUES (:item_id, :lot_id, :location_id, :status, :quantity, 0)
    ON CONFLICT (item_id, lot_id, location_id, status) DO UPDATE SET quantity = balances.quantity + excluded.quantity
""")
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


def post(db: Connection, movement: Movement, *, now: dt.datetime) -> int:
    """Post a movement and return its number; the same dedupe key returns the first one's number and changes nothing.

    Raises NotEnoughStock when a real place holds less than is taken, DedupeConflict when the key came before with
    other transfers.
    """
    assert movement.transfers, "a movement without transfers"
    movement_id = db.execute(
        _MOVEMENT,
        {
            "kind": movement.kind,
            "document_id": movement.document_id,
            "employee_id": movement.employee_id,
            "occurred_at": to_micros(movement.occurred_at),
            "posted_at": to_micros(now),
            "reverses_id": movement.reverses_id,
            "reason": movement.reason,
            "dedupe_key": movement.dedupe_key,
        },
    ).scalar()
    if movement_id is None:
        return _first_posting(db, movement)
    real = _real_locations(db, movement.transfers)
    lines, worth = _value(db, movement.transfers, real)
    _move_balances(db, lines, real)
    db.execute(_LINE, [{"movement_id": movement_id, **_line_values(line)} for line in lines])
    for item_id in sorted(worth):
        quantity, value = worth[item_id]
        if quantity or value:
            # An outgoing change must be an UPDATE: an upsert would check its own negative row first.
            statement = _SET_WORTH if quantity > 0 else _CHANGE_WORTH
            db.execute(statement, {"item_id": item_id, "quantity": quantity, "value": value})
    journal.write(
        db,
        "stock.moved",
        now=now,
        employee_id=movement.employee_id,
        document_id=movement.document_id,
        subject=f"movement:{movement_id}",
        facts={"kind": movement.kind, "items": sorted({each.item_id for each in movement.transfers})},
    )
    return int(movement_id)


def _line_values(line: _Line) -> dict[str, Any]:
    return {**line.key._asdict(), "quantity": line.quantity, "value": line.value}


def _first_posting(db: Connection, movement: Movement) -> int:
    """Return the number of the movement that has this key, if it says the same."""
    rows = db.execute(
        text("""
            SELECT m.id, l.item_id, l.lot_id, l.location_id, l.status, l.quantity
            FROM movements m JOIN movement_lines l ON l.movement_id = m.id WHERE m.dedupe_key = :key
        """),
        {"key": movement.dedupe_key},
    ).all()
    expected = sorted(
        (*key, sign * each.quantity)
        for each in movement.transfers
        for key, sign in ((_key(each, each.source), -1), (_key(each, each.target), 1))
    )
    if sorted(tuple(row[1:]) for row in rows) != expected:
        raise DedupeConflict(dedupe_key=movement.dedupe_key)
    return int(rows[0][0])


def _key(transfer: Transfer, place: Place) -> _Key:
    return _Key(transfer.item_id, transfer.lot_id, place.location_id, place.status)


def _real_locations(db: Connection, transfers: Sequence[Transfer]) -> frozenset[int]:
    """Return those of the locations that hold goods; a location's kind never changes."""
    wanted = {place.location_id for each in transfers for place in (each.source, each.target)}
    cache = _kinds.setdefault(db.engine, {})
    if missing := wanted - cache.keys():
        for location_id in missing:
            kind = db.execute(text("SELECT kind FROM locations WHERE id = :id"), {"id": location_id}).scalar_one()
            cache[location_id] = kind in REAL_KINDS
    return frozenset(each for each in wanted if cache[each])


_kinds: weakref.WeakKeyDictionary[Engine, dict[int, bool]] = weakref.WeakKeyDictionary()


def _value(
    db: Connection, transfers: Sequence[Transfer], real: frozenset[int]
) -> tuple[list[_Line], dict[int, tuple[int, int]]]:
    """Return the lines, each with its value, and the change of each item's quantity and value.

    Goods that move between real places carry no value: the item's worth does not depend on where it lies.
    """
    lines: list[_Line] = []
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
        lines.append(_Line(_key(each, each.source), -each.quantity, -value))
        lines.append(_Line(_key(each, each.target), each.quantity, value))
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


def _move_balances(db: Connection, lines: Sequence[_Line], real: frozenset[int]) -> None:
    """Change the balances of the real places.

    In key order, takes and puts alike: a put locks its row even where it has to make it, so no two movements wait for
    each other in a ring.
    """
    net: dict[_Key, int] = defaultdict(int)
    for line in lines:
        if line.key.location_id in real:
            net[line.key] += line.quantity
    for key in sorted(net):
        if net[key] > 0:
            db.execute(_PUT, {**key._asdict(), "quantity": net[key]})
        elif net[key] < 0 and db.execute(_TAKE, {**key._asdict(), "quantity": -net[key]}).rowcount == 0:
            raise _shortage(db, key, -net[key])


def _shortage(db: Connection, key: _Key, wanted: int) -> NotEnoughStock:
    code, unit, precision = db.execute(
        text("SELECT code, base_unit, precision FROM items WHERE id = :id"), {"id": key.item_id}
    ).one()
    place = db.execute(text("SELECT code FROM locations WHERE id = :id"), {"id": key.location_id}).scalar_one()
    free = db.execute(
        text("""
            SELECT quantity - reserved FROM balances
            WHERE item_id = :item_id AND lot_id = :lot_id AND location_id = :location_id AND status = :status
        """),
        key._asdict(),
    ).scalar()
    return NotEnoughStock(
        item=code,
        place=place,
        wanted=write_quantity(wanted, precision),
        free=write_quantity(free or 0, precision),
        unit=unit,
    )


def reverse(
    db: Connection, movement_id: int, *, reason: str, dedupe_key: str, employee_id: int | None, now: dt.datetime
) -> int:
    """Post the opposite of a movement, at its own values, and return the reversal's number.

    Raises AlreadyReversed, or NotEnoughStock when the goods have moved on.
    """
    if earlier := db.execute(
        text("SELECT id, dedupe_key FROM movements WHERE reverses_id = :id"), {"id": movement_id}
    ).first():
        if earlier.dedupe_key == dedupe_key:
            return int(earlier.id)
        raise AlreadyReversed(movement=movement_id)
    kind, document_id, occurred_at = db.execute(
        text("SELECT kind, document_id, occurred_at FROM movements WHERE id = :id"), {"id": movement_id}
    ).one()
    rows = db.execute(
        text("""
            SELECT item_id, lot_id, location_id, status, quantity, value FROM movement_lines
            WHERE movement_id = :id ORDER BY id
        """),
        {"id": movement_id},
    ).all()
    # Lines are written in pairs, source first: the way back swaps the two.
    transfers = [
        Transfer(into.item_id, into.lot_id, into.quantity, Place(into.location_id, into.status),
                 Place(out.location_id, out.status), value=into.value)
        for out, into in zip(rows[::2], rows[1::2], strict=True)
    ]  # fmt: skip
    return post(
        db,
        Movement(
            kind=kind,
            dedupe_key=dedupe_key,
            occurred_at=max(now, from_micros(occurred_at)),
            transfers=transfers,
            document_id=document_id,
            employee_id=employee_id,
            reason=reason,
            reverses_id=movement_id,
        ),
        now=now,
    )
