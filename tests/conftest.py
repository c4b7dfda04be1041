"""Fixtures that stories share: an empty database on each engine, and a company in it."""

import os
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from inventory_core.db.engine import open_engine
from inventory_core.db.migrate import upgrade
from tests.world import World, found_company


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once for each reason how many tests were left out."""
    reasons = Counter(
        str(each.longrepr[2]).removeprefix("Skipped: ")
        for each in terminalreporter.getreports("skipped")
        if isinstance(each.longrepr, tuple)
    )
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} left out: {reason}")


def postgres_database() -> Iterator[Engine]:
    """Give one empty database on the server that the tests may use, and drop it when asked for another."""
    url = os.environ.get("STOREKEEPER_TEST_POSTGRES")
    if not url:
        if os.environ.get("STOREKEEPER_TEST_ALL"):
            pytest.fail("STOREKEEPER_TEST_POSTGRES is not set")
        pytest.skip("no PostgreSQL: set STOREKEEPER_TEST_POSTGRES to a database address")
    name = f"sk_{uuid.uuid4().hex[:12]}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as db:
        db.exec_driver_sql(f"CREATE DATABASE {name}")
    engine = open_engine(url.rsplit("/", 1)[0] + f"/{name}")
    yield engine
    engine.dispose()
    with admin.connect() as db:
        db.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database with its tables, on SQLite and on PostgreSQL."""
    if request.param == "postgres":
        for each in postgres_database():
            upgrade(each)
            yield each
        return
    made = open_engine(f"sqlite:///{tmp_path / 'storekeeper.db'}")
    upgrade(made)
    yield made
    made.dispose()


@pytest.fixture
def world(engine: Engine, tmp_path: Path) -> World:
    """The company of Lin, Maria, Otto, Zhao and Chen, on both databases."""
    return found_company(engine, tmp_path / "files")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[World]:
    """The same company on SQLite alone, for what does not depend on the database."""
    made = open_engine(f"sqlite:///{tmp_path / 'storekeeper.db'}")
    upgrade(made)
    yield found_company(made, tmp_path / "files")
    made.dispose()
