"""Brings a database to the newest shape."""

from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("migrations")))
    return config


def is_current(engine: Engine) -> bool:
    """Tell whether the database has its newest shape. Raises OperationalError when it can't be reached."""
    with engine.connect() as db:
        present = MigrationContext.configure(db).get_current_revision()
    return present == ScriptDirectory.from_config(_config()).get_current_head()


def upgrade(engine: Engine, *, to: str = "head") -> None:
    """Run the migrations that this database lacks, all or none."""
    if is_current(engine):
        return
    with engine.connect() as db:
        config = _config()
        config.attributes["connection"] = db
        if db.dialect.name == "sqlite":
            db.rollback()
            # A table is changed by making it anew; the rows that point to it are looked at once that is done.
            db.exec_driver_sql("PRAGMA foreign_keys = OFF")
            db.exec_driver_sql("BEGIN IMMEDIATE")
        command.upgrade(config, to)
        if db.dialect.name == "sqlite":
            astray = db.exec_driver_sql("PRAGMA foreign_key_check").all()
            assert not astray, f"rows point to nothing: {astray[:3]}"
        db.commit()
        if db.dialect.name == "sqlite":
            db.exec_driver_sql("PRAGMA foreign_keys = ON")
