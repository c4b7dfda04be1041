"""Statements of the posting and deciding paths, run on the driver's own cursor within SQLAlchemy's transaction.

A posting is seven short statements and one commit. SQLAlchemy spends about 20 microseconds on each, which is more than
SQLite does; measured, a single posting reaches 0.6 of the bare driver this way and 0.43 without. Everything else goes
through SQLAlchemy as usual. A decision is some fifty such statements: it takes 2.2 ms through SQLAlchemy where the
statements themselves take 0.7.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_BLANK: Final = re.compile(r":(\w+)")

Value = int | str | dt.date | None


class Statement:
    """One statement with named blanks such as ``:item_id``, for either database."""

    def __init__(self, sql: str) -> None:
        self._sqlite = sql
        self._postgresql = _BLANK.sub(r"%(\1)s", sql)

    def run(self, db: Connection, values: Mapping[str, Value]) -> Any:
        """Run the statement and return the driver's cursor. Raises SQLAlchemy's errors."""
        return self._on_driver(db, values)

    def rows(self, db: Connection, values: Mapping[str, Value]) -> list[Any]:
        """Run the statement and return all its rows, as tuples."""
        return list(self._on_driver(db, values).fetchall())

    def first(self, db: Connection, values: Mapping[str, Value]) -> Any:
        """Run the statement and return its first row, or None."""
        return self._on_driver(db, values).fetchone()

    def scalar(self, db: Connection, values: Mapping[str, Value]) -> Any:
        """Run the statement and return the first value of its first row, or None where there is no row."""
        row = self._on_driver(db, values).fetchone()
        return row[0] if row else None

    def changes(self, db: Connection, values: Mapping[str, Value]) -> int:
        """Run the statement and return how many rows it changed."""
        return int(self._on_driver(db, values).rowcount)

    def run_many(self, db: Connection, rows: Sequence[Mapping[str, Value]]) -> None:
        """Run the statement for each row."""
        self._on_driver(db, rows, is_many=True)

    def _on_driver(self, db: Connection, values: Any, *, is_many: bool = False) -> Any:
        sql = self._sqlite if db.dialect.name == "sqlite" else self._postgresql
        connection = db.connection.dbapi_connection
        assert connection is not None, "a connection that is in use"
        driver = connection.cursor()
        try:
            (driver.executemany if is_many else driver.execute)(sql, values)
        except Exception as error:
            kind = db.dialect.loaded_dbapi.Error
            if not isinstance(error, kind):
                raise
            raise DBAPIError.instance(sql, None, error, kind, dialect=db.dialect) from error
        return driver


def day_value(db: Connection, day: dt.date) -> Value:
    """Return a day as the database's driver takes it: SQLite keeps its text."""
    return day.isoformat() if db.dialect.name == "sqlite" else day
