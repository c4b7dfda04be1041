"""The acceptance quality limit of an item, by which its deliveries are sampled."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("aql", sa.String(length=6), server_default="", nullable=False))
