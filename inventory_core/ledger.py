"""The stock ledger: double entry, append-only, exact.

Every movement takes quantities from one place to another. Virtual places (supplier, customer, production, scrap,
adjustment) are the other side of what comes and goes, so the lines of a movement sum to zero. Balances of real places
change in the movement's own transaction by a guarded UPDATE: stock can't fall below zero under any concurrency.
"""

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import balances, costing, journal, kinds, periods
from inventory_core.db.metadata import from_micros, to_micros
from inventory_core.db.quick import Statement, day_value
from inventory_core.errors import AlreadyReversed, CountedSince, DedupeConflict, ExpiredLot
from inventory_core.kinds import REAL_KINDS
from inventory_core.movement import Movement, Place, Transfer, key_of
from inventory_core.quantity import write_quantity

_MOVEMENT = Statement("""
    INSERT INTO movements
        (kind, document_id, employee_id, occurred_at, day, posted_at, reverses_id, reason, dedupe_key)
    VALUES (:kind, :document_id, :employee_id, :occurred_at, :day, :posted_at, :reverses_id, :reason, :dedupe_key)
    ON CONFLICT (dedupe_key) DO NOTHING RETURNING id
""")
_LINE = Statement("""
    INSERT INTO movement_lines (movement_id, day, item_id, lot_id, location_id, status, quantity, value)
    VALUES (:movement_id, :day, :item_id, :lot_id, :location_id, :status, :quantity, :value)
""")
_EXPIRED = text("""
    SELECT t.number, i.code, t.expires_on FROM lots t JOIN items i ON i.id = t.item_id
    WHERE t.id IN :lots AND t.expires_on < :day ORDER BY t.id LIMIT 1
""").bindparams(bindparam("lots", expanding=True), bindparam("day", type_=Date()))
_COUNTED = text("""
    SELECT i.code, i.precision, p.code AS place, c.counted FROM stock_counts c
    JOIN items i ON i.id = c.item_id JOIN locations p ON p.id = c.location_id
    WHERE c.item_id = :item_id AND c.lot_id = :lot_id AND c.location_id = :location_id AND c.status = :status
      AND c.difference IS NOT NULL AND c.counted_at >= :moment ORDER BY c.counted_at DESC LIMIT 1
""")
COUNT = "count"
"""The kind of a movement that brings the books to what was counted; it is of the moment of counting."""
_TAKES_EXPIRED = ("scrap", "supplier", "adjustment")
"""Where goods past their date may go when they leave the house."""


def post(db: Connection, movement: Movement, *, now: dt.datetime) -> int:
    """Post a movement and return its number; the same dedupe key returns the first one's number and changes nothing.

    Raises NotEnoughStock when a real place holds less than is taken, DedupeConflict when the key came before with
    other transfers, PeriodClosed, ExpiredLot, CountedSince, DuplicateSerial, and BinFrozen.
    """
    assert movement.transfers, "a movement without transfers"
    periods.refuse_closed(db, movement.day, now=now)
    day = day_value(db, movement.day)
    made = _MOVEMENT.run(
        db,
        {
            "kind": movement.kind,
            "document_id": movement.document_id,
            "employee_id": movement.employee_id,
            "occurred_at": to_micros(movement.occurred_at),
            "day": day,
            "posted_at": to_micros(now),
            "reverses_id": movement.reverses_id,
            "reason": movement.reason,
            "dedupe_key": movement.dedupe_key,
        },
    ).fetchone()
    if made is None:
        return _first_posting(db, movement)
    movement_id = int(made[0])
    places = kinds.of_places(
        db, (place.location_id for each in movement.transfers for place in (each.source, each.target))
    )
    real = frozenset(
        place.location_id
        for each in movement.transfers
        for place in (each.source, each.target)
        if places[place.location_id] in REAL_KINDS
    )
    if movement.occurred_at < now and movement.kind != COUNT:
        _refuse_counted(db, movement, real)
    _refuse_expired(db, movement, places)
    valued = costing.value(db, movement.transfers, real)
    tracking = kinds.tracking_of(db, (each.item_id for each in movement.transfers))
    balances.change(db, valued.lines, real=real, tracking=tracking, is_count=movement.kind == COUNT)
    _LINE.run_many(
        db,
        [
            {"movement_id": movement_id, "day": day, **key._asdict(), "quantity": quantity, "value": value}
            for key, quantity, value in valued.lines
        ],
    )
    costing.store(db, valued, movement_id=movement_id, day=movement.day)
    journal.write(
        db,
        "stock.moved",
        now=now,
        employee_id=movement.employee_id,
        document_id=movement.document_id,
        subject=f"movement:{movement_id}",
        facts={"kind": movement.kind, "items": sorted({each.item_id for each in movement.transfers})},
    )
    return movement_id


def posted(db: Connection, dedupe_key: str) -> int | None:
    """Return the number of the movement that has this key, or None."""
    found = db.execute(text("SELECT id FROM movements WHERE dedupe_key = :key"), {"key": dedupe_key}).scalar()
    return int(found) if found is not None else None


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
        for key, sign in ((key_of(each, each.source), -1), (key_of(each, each.target), 1))
    )
    if sorted(tuple(row[1:]) for row in rows) != expected:
        raise DedupeConflict(dedupe_key=movement.dedupe_key)
    return int(rows[0][0])


def _refuse_counted(db: Connection, movement: Movement, real: frozenset[int]) -> None:
    """What was counted stands: nothing is entered later as if it had happened before."""
    keys = {
        key_of(each, place)
        for each in movement.transfers
        for place in (each.source, each.target)
        if place.location_id in real
    }
    for key in sorted(keys):
        row = db.execute(_COUNTED, {**key._asdict(), "moment": to_micros(movement.occurred_at)}).first()
        if row is not None:
            counted = write_quantity(row.counted, row.precision)
            raise CountedSince(item=row.code, place=row.place, counted=counted)


def _refuse_expired(db: Connection, movement: Movement, places: Mapping[int, str]) -> None:
    """A lot is good to the end of its last local day; then it may be blocked, scrapped, sent back or counted away."""
    leaving = {
        each.lot_id
        for each in movement.transfers
        if each.lot_id
        and places[each.source.location_id] in REAL_KINDS
        and places[each.target.location_id] not in _TAKES_EXPIRED
        and not (places[each.target.location_id] in REAL_KINDS and each.target.status != "available")
    }
    if not leaving or movement.reverses_id is not None:
        return
    row = db.execute(_EXPIRED, {"lots": sorted(leaving), "day": movement.day}).first()
    if row is not None:
        raise ExpiredLot(item=row.code, lot=row.number, day=str(row.expires_on))


def reverse(
    db: Connection,
    movement_id: int,
    *,
    reason: str,
    dedupe_key: str,
    employee_id: int | None,
    day: dt.date,
    now: dt.datetime,
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
            day=day,
            transfers=transfers,
            document_id=document_id,
            employee_id=employee_id,
            reason=reason,
            reverses_id=movement_id,
        ),
        now=now,
    )


def reverse_document(
    db: Connection, document_id: int, *, reason: str, employee_id: int | None, day: dt.date, now: dt.datetime
) -> list[int]:
    """Reverse every movement of a document that is not reversed yet, the last one first, and return the reversals.

    Raises NotEnoughStock, with nothing done, when goods of it have moved on.
    """
    assert reason, "a reversal has a reason"
    waiting = db.execute(
        text("""
            SELECT m.id FROM movements m WHERE m.document_id = :document AND m.reverses_id IS NULL
              AND NOT EXISTS (SELECT 1 FROM movements r WHERE r.reverses_id = m.id)
            ORDER BY m.id DESC
        """),
        {"document": document_id},
    ).scalars()
    return [
        reverse(
            db,
            movement_id,
            reason=reason,
            dedupe_key=f"reverse:{movement_id}",
            employee_id=employee_id,
            day=day,
            now=now,
        )
        for movement_id in waiting.all()
    ]
