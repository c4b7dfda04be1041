"""The migrations make just the tables that the code means, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

import notifier.tables
import workflows.tables
from inventory_core.db import papers, people, stock, workspaces
from inventory_core.db.engine import open_engine, reading, writing
from inventory_core.db.metadata import metadata
from inventory_core.db.migrate import is_current, upgrade

assert all((papers, people, stock, workspaces, notifier.tables, workflows.tables))


def test_from_nothing_up_they_end_at_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True, "compare_server_default": False})
        assert compare_metadata(context, metadata) == []


def test_going_up_twice_changes_nothing(engine: Engine) -> None:
    before = sorted(inspect(engine).get_table_names())
    upgrade(engine)
    assert sorted(inspect(engine).get_table_names()) == before
    assert is_current(engine)


def test_a_database_with_people_and_cases_is_brought_up_with_all_its_rows(tmp_path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    upgrade(engine, to="0001")
    with writing(engine) as db:
        for statement in (
            "INSERT INTO employees (id, code, name) VALUES (1, 'lin', 'Lin')",
            "INSERT INTO employee_roles VALUES (1, 'storekeeper')",
            "INSERT INTO locations (id, kind, code, name) VALUES (1, 'site', 'MAIN', 'Main')",
            "INSERT INTO documents (id, kind, number, state, site_id, opened_on, currency)"
            " VALUES (1, 'receipt', 'GR-1', 'open', 1, '2026-11-01', 'USD')",
            "INSERT INTO flow_versions VALUES (1, 'goods_receipt', 1, '{}', 0)",
            "INSERT INTO flow_instances (id, flow_version_id, document_id, reached, started_at)"
            " VALUES (1, 1, 1, 'inspect', 0)",
            "INSERT INTO tasks (id, instance_id, step, visit, role, opened_at, state)"
            " VALUES (1, 1, 'receive', 1, 'storekeeper', 0, 'settled')",
            "INSERT INTO decisions VALUES (1, 1, 'as_ordered', 1, 0, '{}', 'web', 'tap:1')",
            "INSERT INTO card_tokens VALUES ('t', 1, 'as_ordered', 'web::lin', 1, 0)",
        ):
            db.exec_driver_sql(statement)
    upgrade(engine)
    with reading(engine) as db:
        assert db.exec_driver_sql("SELECT employee_id, for_employee_id, outcome FROM decisions").all() == [
            (1, None, "as_ordered")
        ]
        assert db.exec_driver_sql("SELECT seat, state FROM tasks").all() == [(0, "settled")]
        assert db.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert db.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_an_empty_database_is_not_current(tmp_path) -> None:
    empty = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    assert not is_current(empty)
    upgrade(empty)
    assert is_current(empty)


def test_every_table_of_the_code_is_there(engine: Engine) -> None:
    assert set(metadata.tables) <= set(inspect(engine).get_table_names())
