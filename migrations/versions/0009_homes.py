"""Which home tabs may be open before somebody, and what of them they look at: they are kept up to date."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "homes",
        sa.Column("platform", sa.String(8), nullable=False),
        sa.Column("workspace", sa.String(32), nullable=False),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("look", sa.String(400), nullable=False, server_default=""),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "workspace", "user", name=op.f("pk_homes")),
    )
    op.create_index("ix_homes_opened_at", "homes", ["opened_at"])
