"""A company to measure with, and a bare SQLite file with the same tables and the same care for its commits."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from inventory_core.db.engine import PRAGMAS, open_engine
from inventory_core.db.migrate import upgrade
from tests.world import World, found_company


@contextmanager
def company() -> Iterator[World]:
    """Give a small company on a SQLite file of its own."""
    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'company.db'}")
        upgrade(engine)
        yield found_company(engine, Path(folder) / "files")
        engine.dispose()


class Bare:
    """A connection of the standard library's sqlite3, set up as the product sets up its own."""

    def __init__(self, folder: str) -> None:
        path = Path(folder) / "bare.db"
        engine = open_engine(f"sqlite:///{path}")
        upgrade(engine)
        engine.dispose()
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for each in PRAGMAS:
            self.db.execute(each)

    @contextmanager
    def commit(self) -> Iterator[sqlite3.Connection]:
        self.db.execute("BEGIN IMMEDIATE")
        yield self.db
        self.db.execute("COMMIT")

    def insert(self, table: str, columns: str, rows: Sequence[Sequence[object]]) -> None:
        marks = ", ".join("?" for _ in columns.split(","))
        self.db.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608 (names of ours)


@contextmanager
def bare() -> Iterator[Bare]:
    with TemporaryDirectory() as folder:
        made = Bare(folder)
        yield made
        made.db.close()
