"""Loading a company, against sqlite3 inserting as many rows in one commit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from app.sample import load_company
from app.up import SAMPLE
from benchmarks.company import bare, company
from benchmarks.rounds import Pair
from inventory_core.db.engine import open_engine
from inventory_core.db.migrate import upgrade


@contextmanager
def pairs(*, scale: int = 1) -> Iterator[list[Pair]]:
    """Give the measurement; its work can't be divided."""
    rows = sum(len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in SAMPLE.glob("*.csv"))
    with company() as world, bare() as floor, TemporaryDirectory() as folder:
        with floor.commit() as db:
            db.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, words TEXT NOT NULL)")

        def load(number: int) -> Callable[[], object]:
            engine = open_engine(f"sqlite:///{Path(folder) / f'{number}.db'}")
            upgrade(engine)
            desk = replace(world.desk, engine=engine)
            return lambda: load_company(desk, SAMPLE)

        def write() -> None:
            with floor.commit():
                floor.insert("rows", "words", [("x" * 120,)] * rows)

        yield [Pair("import.company.sqlite", rows, "rows/s", load, lambda _number: write)]
