"""Lines that a scanner confirmed, deliveries that are booked with a carrier, and what the carrier reported."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "scans",
        sa.Column("task_id", _ID, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("employee_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name=op.f("fk_scans_employee_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_scans_task_id")),
        sa.PrimaryKeyConstraint("task_id", "position", name=op.f("pk_scans")),
    )
    op.create_table(
        "bookings",
        sa.Column("document_id", _ID, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=8), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.CheckConstraint("state IN ('pending', 'booked', 'dead')", name=op.f("ck_bookings_state")),
        sa.CheckConstraint("(state = 'pending') = (settled_at IS NULL)", name=op.f("ck_bookings_settled")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_bookings_document_id")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_bookings")),
    )
    op.create_index("ix_bookings_state_due_at", "bookings", ["state", "due_at"])
    op.create_table(
        "carrier_reports",
        sa.Column("event_id", sa.String(length=120), nullable=False),
        sa.Column("document_id", _ID, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_carrier_reports_document_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_carrier_reports")),
    )
