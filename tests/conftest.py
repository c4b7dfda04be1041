"""Fixtures that stories share: a company in a database on each engine."""

import os
import shutil
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


@pytest.fixture(scope="session")
def sqlite_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the company in it: tests work on copies, since making it takes a second."""
    folder = tmp_path_factory.mktemp("company")
    made = open_engine(f"sqlite:///{folder / 'company.db'}")
    upgrade(made)
    found_company(made, folder)
    made.dispose()
    return folder / "company.db"


@pytest.fixture(scope="session")
def postgres_company() -> Iterator[str]:
    """The name of such a database on the server that the tests may use."""
    for made in postgres_database():
        upgrade(made)
        found_company(made, Path("unused"))
        made.dispose()
        yield str(made.url.database)


def postgres_database(template: str = "template1") -> Iterator[Engine]:
    """Give a copy of a database on the server that the tests may use, and drop it when asked for another."""
    url = os.environ.get("STOREKEEPER_TEST_POSTGRES")
    if not url:
        if os.environ.get("STOREKEEPER_TEST_ALL"):
            pytest.fail("STOREKEEPER_TEST_POSTGRES is not set")
        pytest.skip("no PostgreSQL: set STOREKEEPER_TEST_POSTGRES to a database address")
    name = f"sk_{uuid.uuid4().hex[:12]}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as db:
        db.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    engine = open_engine(url.rsplit("/", 1)[0] + f"/{name}")
    yield engine
    engine.dispose()
    with admin.connect() as db:
        db.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


def sqlite_copy(company: Path, folder: Path) -> Engine:
    """Return a database of one's own with the company in it."""
    return open_engine(f"sqlite:///{shutil.copy(company, folder / 'storekeeper.db')}")


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with the company in it, on SQLite and on PostgreSQL."""
    if request.param == "postgres":
        yield from postgres_database(request.getfixturevalue("postgres_company"))
        return
    made = sqlite_copy(request.getfixturevalue("sqlite_company"), tmp_path)
    yield made
    made.dispose()


@pytest.fixture
def world(engine: Engine, tmp_path: Path) -> World:
    """The company of Lin, Maria, Otto, Zhao and Chen, on both databases."""
    return World.of(engine, tmp_path / "files")


@pytest.fixture
def shop(sqlite_company: Path, tmp_path: Path) -> Iterator[World]:
    """The same company on SQLite alone, for what does not depend on the database."""
    made = sqlite_copy(sqlite_company, tmp_path)
    yield World.of(made, tmp_path / "files")
    made.dispose()
