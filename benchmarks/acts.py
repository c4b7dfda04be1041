"""One decision, alone and with the card that answers it, against the very statements that they issue, sent bare; and a
look at 20,000 waiting deadlines.
"""

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from sqlalchemy import event

from benchmarks.company import company
from benchmarks.rounds import Pair
from inventory_core.db import quick
from inventory_core.db.engine import PRAGMAS, open_engine
from inventory_core.db.metadata import to_micros
from tests.world import World
from workflows import act, deadlines
from workflows.desk import Desk
from workflows.intents import Address, Intent, Sender

_WAITING = 20_000
_LINES = (("CHAIN", 60, "12.5"), ("BOLT", 200, "0.1"), ("SEAL", 12, "4"))

Do = Callable[[Desk, Intent], object]
Statement = tuple[str, Any, bool]
"""The SQL, its values, and whether they are many rows; COMMIT among them."""


@contextmanager
def pairs(*, scale: int = 1) -> Iterator[list[Pair]]:
    """Give the measurements; ``scale`` divides how much work they are."""
    cases, waiting = max(2, 60 // scale), max(10, _WAITING // scale)
    with company() as world, TemporaryDirectory() as folder:
        home = Path(folder)
        intents = _prepare(world, cases)
        source = Path(str(world.engine.url.database))
        yield [
            _pair("flow.act.sqlite", world, home, intents, act.commit),
            _pair("flow.answer.sqlite", world, home, intents, act.act),
            Pair(
                "flow.tick.sqlite",
                20,
                "ms",
                lambda number: _ticks(world, _late(_copy(source, home / f"tick{number}.db"), waiting)),
                lambda number: _looks(world, _late(_copy(source, home / f"look{number}.db"), waiting)),
            ),
        ]


def _pair(name: str, world: World, home: Path, intents: list[Intent], do: Do) -> Pair:
    source = Path(str(world.engine.url.database))
    issued = _record(world, _copy(source, home / f"{name}.db"), intents, do)
    return Pair(
        name,
        len(intents),
        "ms",
        lambda number: _ours(world, _copy(source, home / f"{name}.ours{number}.db"), intents, do),
        lambda number: _bare(_copy(source, home / f"{name}.bare{number}.db"), issued),
    )


def _prepare(world: World, cases: int) -> list[Intent]:
    """Bring so many receipts to their supervisor, and return the taps that post them."""
    for number in range(cases):
        world.given_receipt(*_LINES, number=f"p{number}")
        world.tap("lin", "All arrived as ordered")
        world.tap("maria", "All good")
    sender, chat = Sender("web", "", "otto"), Address("web", "", "otto")
    tokens = [
        next(each.token for each in card.buttons if each.label == "Confirm quantity") for card in world.inbox("otto")
    ]
    with world.engine.connect() as db:
        db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return [Intent(sender, chat, token, f"bench:{at}") for at, token in enumerate(tokens)]


def _copy(source: Path, target: Path) -> Path:
    shutil.copyfile(source, target)
    return target


def _at(world: World, path: Path) -> World:
    return replace(world, desk=replace(world.desk, engine=open_engine(f"sqlite:///{path}")))


def _record(world: World, path: Path, intents: list[Intent], do: Do) -> list[list[Statement]]:
    """Act once without the clock, and return the statements that each tap issued."""
    here, found = _at(world, path), []
    log: list[Statement] = []
    on_driver = quick.Statement._on_driver

    def quickly(self: quick.Statement, db: Any, values: Any, *, is_many: bool = False) -> Any:
        log.append((self._sqlite, values, is_many))
        return on_driver(self, db, values, is_many=is_many)

    def executed(_db: Any, _cursor: Any, sql: str, values: Any, _context: Any, is_many: bool) -> None:
        log.append((sql, values, is_many))

    event.listen(here.engine, "before_cursor_execute", executed)
    event.listen(here.engine, "commit", lambda _db: log.append(("COMMIT", (), False)))
    event.listen(here.engine, "rollback", lambda _db: log.append(("ROLLBACK", (), False)))
    with mock.patch.object(quick.Statement, "_on_driver", quickly):
        for each in intents:
            log.clear()
            do(here.desk, each)
            found.append(list(log))
    here.engine.dispose()
    return found


def _ours(world: World, path: Path, intents: list[Intent], do: Do) -> Callable[[], object]:
    here = _at(world, path)
    do(here.desk, intents[0])

    def work() -> float:
        begun = time.perf_counter()
        for each in intents[1:]:
            do(here.desk, each)
        took_ms = (time.perf_counter() - begun) * 1_000 / (len(intents) - 1)
        here.engine.dispose()
        return took_ms

    return work


def _bare(path: Path, issued: list[list[Statement]]) -> Callable[[], object]:
    """Issue the same statements on sqlite3 itself, each group of them in its own commit, the rows read."""
    db = sqlite3.connect(path, isolation_level=None)
    for each in PRAGMAS:
        db.execute(each)

    def issue(statements: list[Statement]) -> None:
        db.execute("BEGIN IMMEDIATE")
        for sql, values, is_many in statements:
            if not db.in_transaction:
                db.execute("BEGIN")
            if sql in ("COMMIT", "ROLLBACK"):
                db.execute(sql)
            elif is_many:
                db.executemany(sql, values)
            else:
                db.execute(sql, values).fetchall()

    issue(issued[0])

    def work() -> float:
        begun = time.perf_counter()
        for statements in issued[1:]:
            issue(statements)
        took_ms = (time.perf_counter() - begun) * 1_000 / (len(issued) - 1)
        db.close()
        return took_ms

    return work


def _late(path: Path, waiting: int) -> Path:
    """Add so many tasks that wait, each with a deadline that is not due."""
    db = sqlite3.connect(path)
    columns = "(instance_id, step, visit, seat, role, opened_at)"
    rows = [(1, "wait", number, 0, "supervisor", 0) for number in range(waiting)]
    db.executemany(f"INSERT INTO tasks {columns} VALUES (?, ?, ?, ?, ?, ?)", rows)  # noqa: S608 (names of ours)
    db.execute(
        "INSERT INTO deadlines (task_id, rung, due_at) SELECT id, 0, 9000000000000000 FROM tasks WHERE step = 'wait'"
    )
    db.commit()
    db.close()
    return path


def _ticks(world: World, path: Path) -> Callable[[], object]:
    here = _at(world, path)
    deadlines.tick(here.desk)

    def work() -> None:
        for _ in range(20):
            deadlines.tick(here.desk)

    return work


def _looks(world: World, path: Path) -> Callable[[], object]:
    db = sqlite3.connect(path, isolation_level=None)
    for each in PRAGMAS:
        db.execute(each)
    now = to_micros(world.now)

    def work() -> None:
        for _ in range(20):
            db.execute(
                "SELECT task_id, rung FROM deadlines WHERE due_at <= ? ORDER BY due_at LIMIT 100", (now,)
            ).fetchall()

    return work
