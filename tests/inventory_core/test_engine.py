"""Writers on SQLite: one at a time, each whole or not at all, and those who wait share one commit."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from inventory_core.db.engine import open_engine, reading, writing


@pytest.fixture
def file(tmp_path: Path) -> Engine:
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with writing(engine) as db:
        db.exec_driver_sql("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
    return engine


def rows(engine: Engine) -> list[int]:
    with reading(engine) as db:
        return [row[0] for row in db.exec_driver_sql("SELECT n FROM t ORDER BY n")]


class Off(Exception):
    """A change is broken off."""


def write(engine: Engine, number: int, *, before: Callable[[], object] = lambda: None, breaks: bool = False) -> None:
    with writing(engine) as db:
        db.exec_driver_sql("INSERT INTO t (n) VALUES (?)", (number,))
        before()
        if breaks:
            raise Off


def together(engine: Engine, *numbers: int, breaks: tuple[int, ...] = ()) -> None:
    """Let the first writer hold its turn until all the others wait for it."""
    waiting = threading.Semaphore(0)

    def first() -> None:
        write(engine, numbers[0], before=lambda: waiting.acquire(timeout=10), breaks=numbers[0] in breaks)

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except Off:
            return

    threads = [threading.Thread(target=guarded, args=(first,))]
    threads += [
        threading.Thread(target=guarded, args=(lambda number=number: write(engine, number, breaks=number in breaks),))
        for number in numbers[1:]
    ]
    for each in threads:
        each.start()
    waiting.release()
    for each in threads:
        each.join(20)
        assert not each.is_alive()


def test_what_all_of_them_wrote_is_there(file: Engine) -> None:
    together(file, *range(12))
    assert rows(file) == list(range(12))


@pytest.mark.parametrize("breaks", [(0,), (5,), (11,), (0, 5, 11), tuple(range(12))])
def test_one_that_breaks_off_takes_nobody_with_it(file: Engine, breaks: tuple[int, ...]) -> None:
    together(file, *range(12), breaks=breaks)
    assert rows(file) == [number for number in range(12) if number not in breaks]


def test_a_writer_returns_when_its_change_is_on_the_disk(file: Engine) -> None:
    """A reader on a connection of its own sees each change as soon as its writer is back."""
    seen: list[bool] = []

    def work(number: int) -> None:
        write(file, number)
        seen.append(number in rows(file))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(40)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert seen == [True] * 40


def test_what_a_writer_wrote_is_not_seen_before_its_commit(file: Engine) -> None:
    seen: list[list[int]] = []
    write(file, 1, before=lambda: seen.append(rows(file)))
    assert (seen, rows(file)) == ([[]], [1])


def test_a_commit_that_fails_is_told_to_each_of_them(file: Engine) -> None:
    with writing(file) as db:
        db.exec_driver_sql("CREATE TABLE child (t INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)")
    failures: list[str] = []

    def work(number: int) -> None:
        try:
            with writing(file) as db:
                db.exec_driver_sql("INSERT INTO child (t) VALUES (?)", (1_000 + number,))
        except Exception as error:
            failures.append(type(error).__name__)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert failures == ["IntegrityError"] * 6
    write(file, 7)
    assert rows(file) == [7]


def test_a_second_process_waits_for_its_turn(file: Engine, tmp_path: Path) -> None:
    other = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    threads = [
        threading.Thread(target=write, args=(engine, number))
        for number in range(20)
        for engine in ((file, other)[number % 2],)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert rows(file) == list(range(20))
