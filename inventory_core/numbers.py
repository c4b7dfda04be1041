"""Running numbers of documents and lots, without gaps by rollback and without doubles."""

import datetime as dt

from sqlalchemy import Connection

from inventory_core.db.quick import Statement

_NEXT = Statement("""
    INSERT INTO counters (name, last) VALUES (:name, :step)
    ON CONFLICT (name) DO UPDATE SET last = counters.last + :step RETURNING last
""")


def take(db: Connection, name: str) -> int:
    """Return the next number of a counter, from 1."""
    return int(_NEXT.scalar(db, {"name": name, "step": 1}))


def take_dated(db: Connection, prefix: str, day: dt.date) -> str:
    """Return the next number of a day, such as L261125-0042."""
    stem = f"{prefix}{day:%y%m%d}"
    return f"{stem}-{take(db, stem):04d}"
