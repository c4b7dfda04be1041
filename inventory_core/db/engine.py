"""Opens the database and gives out its transactions.

On SQLite one writer at a time reaches the file: a lock of ours stands in front of BEGIN IMMEDIATE, since SQLite's own
back-off between the threads of one process was measured to cost up to a second. Writers who wait for it share a commit.
"""

import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

_BUSY_MS = 15_000
_CHECKPOINT_PAGES = 4_000
_GROUP_MAX = 32
_CONNECTIONS = 8
_PROMPT_S = 0.005
_NEWEST = 0.2
"""What the newest commit counts for in the time that a commit is taken to need."""

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
        return create_engine(url, pool_size=_CONNECTIONS, max_overflow=8, pool_pre_ping=True)
    engine = create_engine(url, pool_size=_CONNECTIONS, max_overflow=16, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    _writers[engine] = _Writers(engine)
    return engine


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    raw: sqlite3.Connection = connection
    raw.isolation_level = None  # we say BEGIN ourselves
    for pragma in PRAGMAS:
        raw.execute(pragma)


@dataclass(slots=True, eq=False)
class _Group:
    """One transaction that several writers share, one after the other; ``failure`` is why it could not be committed."""

    db: Connection
    members: int = 0
    is_over: threading.Event = field(default_factory=threading.Event)
    failure: BaseException | None = None


class _Writers:
    """Lets one writer at a time reach the file, and those who wait for it share one commit.

    A commit waits for the disk, which takes longer than most changes. So a writer who is done, while others wait,
    leaves the transaction open to the next one, and returns only when the last of them has committed for all.
    """

    def __init__(self, engine: Engine) -> None:
        self._opened = weakref.ref(engine)
        self._turn = threading.Lock()
        self._count = threading.Lock()
        self._waiting = 0
        self._group: _Group | None = None
        self._commit_s = 0.0

    @property
    def _engine(self) -> Engine:
        engine = self._opened()
        assert engine is not None
        return engine

    @contextmanager
    def at_once(self) -> Iterator[Connection | None]:
        """Give a transaction that begins and commits without waiting for a thread, a process or a slow disk, or None.

        It is for one thread alone, so nobody joins it.
        """
        if not self._is_prompt() or not self._turn.acquire(blocking=False):
            yield None
            return
        try:
            with self._count:
                is_wanted = self._waiting > 0 or self._group is not None
            db = None if is_wanted else self._begin_at_once()
            if db is None:
                yield None
                return
            with db:
                yield db
                self._commit(db)
        finally:
            self._turn.release()

    def _is_prompt(self) -> bool:
        pool = self._engine.pool
        # One of those that are always there is to be free, or giving it out could mean to wait for it.
        is_at_hand = isinstance(pool, QueuePool) and pool.checkedout() < _CONNECTIONS
        return is_at_hand and self._commit_s < _PROMPT_S

    def _begin_at_once(self) -> Connection | None:
        db = self._engine.connect()
        raw: Any = db.connection.dbapi_connection
        raw.execute("PRAGMA busy_timeout = 0")
        try:
            _begin(db, "BEGIN IMMEDIATE")
        except sqlite3.OperationalError:  # another process writes
            db.rollback()
        finally:
            raw.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        if not db.in_transaction():
            db.close()
            return None
        return db

    def _commit(self, db: Connection) -> None:
        begun = time.monotonic()
        db.commit()
        self._commit_s += _NEWEST * (time.monotonic() - begun - self._commit_s)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        group = self._join()
        try:
            with self._part(group):
                yield group.db
        except BaseException:
            self._leave(group)  # others of the group are not touched by what this one undid
            raise
        self._leave(group)
        group.is_over.wait()
        if group.failure is not None:
            raise group.failure

    def _join(self) -> _Group:
        with self._count:
            self._waiting += 1
        try:
            self._turn.acquire()
        except BaseException:  # interrupted while it waited: those who counted on this one to commit must not hang
            with self._count:
                self._waiting -= 1
            self._turn.acquire()
            if self._group is not None:
                self._leave(self._group)
            else:
                self._turn.release()
            raise
        with self._count:
            self._waiting -= 1
        if self._group is None:
            try:
                self._group = self._begin()
            except BaseException:
                self._turn.release()
                raise
        self._group.members += 1
        return self._group

    def _begin(self) -> _Group:
        db = self._engine.connect()
        try:
            _begin(db, "BEGIN IMMEDIATE")
        except BaseException:
            db.close()
            raise
        return _Group(db)

    @contextmanager
    def _part(self, group: _Group) -> Iterator[None]:
        """What one member does: kept apart by a savepoint from what those before it did."""
        if group.members == 1:
            try:
                yield
            except BaseException:
                group.db.rollback()
                _begin(group.db, "BEGIN IMMEDIATE")
                raise
            return
        with part(group.db):
            yield

    def _leave(self, group: _Group) -> None:
        """Commit for the whole group, unless somebody waits who will."""
        with self._count:
            is_last = self._waiting == 0 or group.members >= _GROUP_MAX
        try:
            if is_last:
                self._group = None
                try:
                    self._commit(group.db)
                except BaseException as error:
                    group.failure = error
                    group.db.rollback()
                finally:
                    group.db.close()
                    group.is_over.set()
        finally:
            self._turn.release()


def _begin(db: Connection, words: str) -> None:
    """Begin a transaction on the driver itself: half the cost of sending two words through SQLAlchemy."""
    db.begin()
    raw: Any = db.connection.dbapi_connection
    raw.execute(words)


@contextmanager
def part(db: Connection) -> Iterator[None]:
    """One change of several in a transaction on SQLite: when it raises, it alone is undone."""
    raw: Any = db.connection.dbapi_connection
    raw.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        raw.execute("ROLLBACK TO part")
        raw.execute("RELEASE part")
        raise
    raw.execute("RELEASE part")


_writers: weakref.WeakKeyDictionary[Engine, _Writers] = weakref.WeakKeyDictionary()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write: committed when this returns, rolled back when the block raises."""
    writers = _writers.get(engine)
    if writers is None:
        with engine.begin() as db:
            yield db
        return
    with writers.write() as db:
        yield db


@contextmanager
def at_once(engine: Engine) -> Iterator[Connection | None]:
    """One transaction that may write, for who must not be kept waiting; None where it would have to wait.

    That is on PostgreSQL, while somebody else writes, and where the disk takes longer than a few milliseconds.
    """
    writers = _writers.get(engine)
    if writers is None:
        yield None
        return
    with writers.at_once() as db:
        yield db


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads, from one consistent state."""
    with engine.connect() as db:
        if engine in _writers:
            _begin(db, "BEGIN")
        try:
            yield db
        finally:
            db.rollback()
