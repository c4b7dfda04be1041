"""Periods: the past that is closed, and stock as of any day, from the last snapshot and the lines since."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import journal
from inventory_core.db.metadata import to_micros
from inventory_core.errors import PeriodClosed, PeriodNotOver
from inventory_core.movement import Key

_LAST = text("SELECT MAX(ends_on) FROM periods").columns(ends_on=Date())
_OPEN_FOR = dt.timedelta(days=2)
"""A movement of today or yesterday, wherever on earth, is in no closed period: a period must be over to be closed."""

_CLOSE = text("""
    INSERT INTO periods (ends_on, closed_at, employee_id) VALUES (:day, :now, :employee) RETURNING id
""").bindparams(bindparam("day", type_=Date()))
_LINES_SINCE = """
    SELECT l.item_id, l.lot_id, l.location_id, l.status, l.quantity
    FROM movement_lines l JOIN locations c ON c.id = l.location_id
    WHERE l.day <= :day AND l.day > :since AND c.kind IN ('bin', 'transit')
"""
_SNAPSHOT = "SELECT item_id, lot_id, location_id, status, quantity FROM period_balances WHERE period_id = :period"
_STORE = text(f"""
    INSERT INTO period_balances (period_id, item_id, lot_id, location_id, status, quantity)
    SELECT :new, item_id, lot_id, location_id, status, SUM(quantity)
    FROM ({_SNAPSHOT} UNION ALL {_LINES_SINCE}) AS both_parts
    GROUP BY item_id, lot_id, location_id, status HAVING SUM(quantity) <> 0
""").bindparams(bindparam("day", type_=Date()), bindparam("since", type_=Date()))  # noqa: S608 (all of it ours)
_STORE_WORTH = text("""
    INSERT INTO period_values (period_id, item_id, quantity, value)
    SELECT :new, item_id, SUM(quantity), SUM(value)
    FROM (SELECT item_id, quantity, value FROM period_values WHERE period_id = :period
          UNION ALL
          SELECT l.item_id, l.quantity, l.value FROM movement_lines l JOIN locations c ON c.id = l.location_id
          WHERE l.day <= :day AND l.day > :since AND c.kind IN ('bin', 'transit')
          UNION ALL
          SELECT item_id, 0, to_stock FROM value_lines WHERE day <= :day AND day > :since) AS both_parts
    GROUP BY item_id HAVING SUM(quantity) <> 0 OR SUM(value) <> 0
""").bindparams(bindparam("day", type_=Date()), bindparam("since", type_=Date()))
_EVER = dt.date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The last closed period on or before a day; period 0, which has no rows, stands for the beginning."""

    id: int
    ends_on: dt.date


def last_closed(db: Connection) -> dt.date | None:
    """Return the end of the last closed period."""
    found = db.execute(_LAST).scalar()
    return dt.date.fromisoformat(found) if isinstance(found, str) else found


def refuse_closed(db: Connection, day: dt.date, *, now: dt.datetime) -> None:
    """Raise PeriodClosed for a day in a closed period. The database refuses it, too; this says it in a sentence."""
    if day > (now - _OPEN_FOR).date():
        return
    ends_on = last_closed(db)
    if ends_on is not None and day <= ends_on:
        raise PeriodClosed(day=day.isoformat(), until=ends_on.isoformat())


def close(db: Connection, ends_on: dt.date, *, today: dt.date, employee_id: int | None, now: dt.datetime) -> int:
    """Close the past up to and with a day, keep what was there at its close, and return the period's id.

    Raises PeriodNotOver for a day that is not over everywhere, PeriodClosed for one that is closed already.
    """
    if ends_on > min(today - dt.timedelta(days=1), (now - _OPEN_FOR).date()):
        raise PeriodNotOver(day=ends_on.isoformat())
    if db.dialect.name == "postgresql":  # what is being posted now is in the snapshot, or comes after it
        db.execute(text("LOCK TABLE movements IN SHARE ROW EXCLUSIVE MODE"))
    refuse_closed(db, ends_on, now=now)
    before = _snapshot(db, ends_on)
    period_id = int(db.execute(_CLOSE, {"day": ends_on, "now": to_micros(now), "employee": employee_id}).scalar_one())
    for statement in (_STORE, _STORE_WORTH):
        db.execute(statement, {"new": period_id, "period": before.id, "day": ends_on, "since": before.ends_on})
    journal.write(db, "period.closed", now=now, employee_id=employee_id, facts={"ends_on": ends_on.isoformat()})
    return period_id


def _snapshot(db: Connection, day: dt.date) -> _Snapshot:
    row = db.execute(
        text("SELECT id, ends_on FROM periods WHERE ends_on <= :day ORDER BY ends_on DESC LIMIT 1")
        .bindparams(bindparam("day", type_=Date()))
        .columns(ends_on=Date()),
        {"day": day},
    ).first()
    return _Snapshot(int(row[0]), row[1]) if row else _Snapshot(0, _EVER)


def as_of(db: Connection, day: dt.date, *, item_id: int) -> Mapping[Key, int]:
    """Return what lay where of an item at the close of a local day, in smallest units; empty places are left out."""
    before = _snapshot(db, day)
    rows = db.execute(
        text(f"""
            SELECT item_id, lot_id, location_id, status, SUM(quantity)
            FROM ({_SNAPSHOT} AND item_id = :item UNION ALL {_LINES_SINCE} AND l.item_id = :item) AS both_parts
            GROUP BY item_id, lot_id, location_id, status HAVING SUM(quantity) <> 0
        """).bindparams(bindparam("day", type_=Date()), bindparam("since", type_=Date())),  # noqa: S608
        {"period": before.id, "since": before.ends_on, "day": day, "item": item_id},
    )
    return {Key(*row[:4]): int(row[4]) for row in rows}


def worth_as_of(db: Connection, day: dt.date) -> Mapping[int, tuple[int, int]]:
    """Return each item's quantity and value (1/10,000) at the close of a local day."""
    before = _snapshot(db, day)
    rows = db.execute(
        text("""
            SELECT item_id, SUM(quantity), SUM(value)
            FROM (SELECT item_id, quantity, value FROM period_values WHERE period_id = :period
                  UNION ALL
                  SELECT l.item_id, l.quantity, l.value FROM movement_lines l JOIN locations c ON c.id = l.location_id
                  WHERE l.day <= :day AND l.day > :since AND c.kind IN ('bin', 'transit')
                  UNION ALL
                  SELECT item_id, 0, to_stock FROM value_lines WHERE day <= :day AND day > :since) AS both_parts
            GROUP BY item_id HAVING SUM(quantity) <> 0 OR SUM(value) <> 0
        """).bindparams(bindparam("day", type_=Date()), bindparam("since", type_=Date())),
        {"period": before.id, "since": before.ends_on, "day": day},
    )
    return {int(row[0]): (int(row[1]), int(row[2])) for row in rows}


def at(db: Connection, moment: dt.datetime, *, day: dt.date, item_id: int) -> Mapping[Key, int]:
    """Return what lay where of an item at a moment, whose local day is ``day``."""
    held = dict(as_of(db, day - dt.timedelta(days=1), item_id=item_id))
    rows = db.execute(
        text("""
            SELECT l.item_id, l.lot_id, l.location_id, l.status, SUM(l.quantity)
            FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN locations c ON c.id = l.location_id
            WHERE l.item_id = :item AND l.day = :day AND m.occurred_at <= :moment AND c.kind IN ('bin', 'transit')
            GROUP BY l.item_id, l.lot_id, l.location_id, l.status
        """).bindparams(bindparam("day", type_=Date())),
        {"item": item_id, "day": day, "moment": to_micros(moment)},
    )
    for *key, quantity in rows:
        held[Key(*key)] = held.get(Key(*key), 0) + int(quantity)
    return {key: quantity for key, quantity in held.items() if quantity}
