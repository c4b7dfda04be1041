"""Slack workspaces with their sealed tokens, what came from them, and the secrets of an installation under way."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.BigInteger()


def upgrade() -> None:
    op.create_table(
        "slack_workspaces",
        sa.Column("id", _ID, nullable=False),
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("via", sa.String(length=32), server_default="", nullable=False),
        sa.Column("name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=32), server_default="", nullable=False),
        sa.Column("round", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused", sa.String(length=64), server_default="", nullable=False),
        sa.Column("bot_user", sa.String(length=32), server_default="", nullable=False),
        sa.Column("scopes", sa.Text(), server_default="", nullable=False),
        sa.Column("token", sa.Text(), server_default="", nullable=False),
        sa.Column("refresh", sa.Text(), server_default="", nullable=False),
        sa.Column("key_id", sa.String(length=16), server_default="", nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=True),
        sa.Column("lease_until", _INSTANT, server_default="0", nullable=False),
        sa.Column("lease_by", sa.String(length=32), server_default="", nullable=False),
        sa.Column("installed_at", _INSTANT, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.CheckConstraint("state IN ('installed', 'broken', 'removed')", name=op.f("ck_slack_workspaces_state")),
        sa.CheckConstraint(
            "state <> 'removed' OR (token = '' AND refresh = '')", name=op.f("ck_slack_workspaces_removed")
        ),
        sa.CheckConstraint("(token = '' AND refresh = '') OR key_id <> ''", name=op.f("ck_slack_workspaces_sealed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_workspaces")),
        sa.UniqueConstraint("team", name=op.f("uq_slack_workspaces_team")),
    )
    with op.batch_alter_table("slack_workspaces", schema=None) as batch_op:
        batch_op.create_index("ix_slack_workspaces_via", ["via"], unique=False)
    op.create_table(
        "slack_arrivals",
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("team", "kind", name=op.f("pk_slack_arrivals")),
    )
    op.create_table(
        "install_tickets",
        sa.Column("ticket_hash", sa.String(length=64), nullable=False),
        sa.Column("employee_id", _ID, nullable=True),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name=op.f("fk_install_tickets_employee_id")),
        sa.PrimaryKeyConstraint("ticket_hash", name=op.f("pk_install_tickets")),
    )
    op.create_table(
        "install_states",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("ticket_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_install_states")),
    )
