"""The migrations make just the tables that the code means, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

import notifier.tables
import workflows.tables
from inventory_core.db import papers, people, stock
from inventory_core.db.engine import open_engine
from inventory_core.db.metadata import metadata
from inventory_core.db.migrate import is_current, upgrade

assert all((papers, people, stock, notifier.tables, workflows.tables))


def test_from_nothing_up_they_end_at_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True, "compare_server_default": False})
        assert compare_metadata(context, metadata) == []


def test_going_up_twice_changes_nothing(engine: Engine) -> None:
    before = sorted(inspect(engine).get_table_names())
    upgrade(engine)
    assert sorted(inspect(engine).get_table_names()) == before
    assert is_current(engine)


def test_an_empty_database_is_not_current(tmp_path) -> None:
    empty = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    assert not is_current(empty)
    upgrade(empty)
    assert is_current(empty)


def test_every_table_of_the_code_is_there(engine: Engine) -> None:
    assert set(metadata.tables) <= set(inspect(engine).get_table_names())
