"""Alembic's entry: runs on the connection that ``inventory_core.db.migrate`` hands over."""

from alembic import context

import inventory_core.db.workspaces  # noqa: F401
import workflows.tables  # noqa: F401
from inventory_core.db.metadata import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
context.run_migrations()
