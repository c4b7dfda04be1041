"""Bills from a day on, with alternatives, by-products, and components that are taken when output is reported."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("items", sa.Column("is_backflushed", sa.Integer(), server_default="0", nullable=False))
    op.add_column("bills", sa.Column("valid_from", sa.Date()))
    op.add_column("bill_lines", sa.Column("is_backflushed", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "bill_alternatives",
        sa.Column("bill_id", _ID, nullable=False, autoincrement=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("rank", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("item_id", _ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("per", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("quantity > 0 AND per > 0", name=op.f("ck_bill_alternatives_quantity")),
        sa.ForeignKeyConstraint(["bill_id"], ["bills.id"], name=op.f("fk_bill_alternatives_bill_id")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_bill_alternatives_item_id")),
        sa.PrimaryKeyConstraint("bill_id", "position", "rank", name=op.f("pk_bill_alternatives")),
    )
    op.create_table(
        "bill_outputs",
        sa.Column("bill_id", _ID, nullable=False, autoincrement=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("item_id", _ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("per", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("cost_percent", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND per > 0 AND cost_percent BETWEEN 0 AND 100", name=op.f("ck_bill_outputs_quantity")
        ),
        sa.ForeignKeyConstraint(["bill_id"], ["bills.id"], name=op.f("fk_bill_outputs_bill_id")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_bill_outputs_item_id")),
        sa.PrimaryKeyConstraint("bill_id", "position", name=op.f("pk_bill_outputs")),
    )
