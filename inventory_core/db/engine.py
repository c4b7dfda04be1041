"""Opens the database and gives out its transactions.

On SQLite one writer at a time reaches the file: a lock of ours stands in front of BEGIN IMMEDIATE, since SQLite's own
back-off between the threads of one process was measured to cost up to a second.
"""

import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

_BUSY_MS = 15_000
_CHECKPOINT_PAGES = 4_000

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # NORMAL can lose the last commits after a chat has said "done"
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {_BUSY_MS}",
    f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}",
    "PRAGMA cache_size = -32000",
)


def open_engine(url: str) -> Engine:
    """Return an engine for a ``sqlite:///`` or ``postgresql+psycopg://`` address, set up for exact and durable work."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True)
    engine = create_engine(url, pool_size=8, max_overflow=16, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    _locks[engine] = threading.Lock()
    return engine


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    raw: sqlite3.Connection = connection
    raw.isolation_level = None  # we say BEGIN ourselves
    for pragma in PRAGMAS:
        raw.execute(pragma)


_locks: weakref.WeakKeyDictionary[Engine, threading.Lock] = weakref.WeakKeyDictionary()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write: committed when the block ends, rolled back when it raises."""
    lock = _locks.get(engine)
    if lock is None:
        with engine.begin() as db:
            yield db
        return
    with lock, engine.connect() as db:
        db.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.rollback()
            raise
        db.commit()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads, from one consistent state."""
    with engine.connect() as db:
        if engine in _locks:
            db.exec_driver_sql("BEGIN")
        try:
            yield db
        finally:
            db.rollback()
