"""What is agreed with suppliers and held against them: standing, prices by quantity, budgets, and what is measured."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("partners", schema=None) as batch_op:
        batch_op.add_column(sa.Column("standing", sa.String(length=8), server_default="approved", nullable=False))
        batch_op.add_column(sa.Column("counts_blind", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_check_constraint(op.f("ck_partners_standing"), "standing IN ('approved', 'trial', 'blocked')")
    op.create_table(
        "supplier_prices",
        sa.Column("supplier_id", _ID, autoincrement=False, nullable=False),
        sa.Column("item_id", _ID, autoincrement=False, nullable=False),
        sa.Column("from_quantity", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("from_quantity > 0 AND price >= 0", name=op.f("ck_supplier_prices_terms")),
        sa.ForeignKeyConstraint(
            ["supplier_id", "item_id"],
            ["supplier_items.supplier_id", "supplier_items.item_id"],
            name=op.f("fk_supplier_prices_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("supplier_id", "item_id", "from_quantity", name=op.f("pk_supplier_prices")),
    )
    op.create_table(
        "category_budgets",
        sa.Column("category", sa.String(length=120), nullable=False),
        sa.Column("monthly", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("monthly >= 0", name=op.f("ck_category_budgets_monthly")),
        sa.PrimaryKeyConstraint("category", name=op.f("pk_category_budgets")),
    )
    op.create_table(
        "item_checks",
        sa.Column("item_id", _ID, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("unit", sa.String(length=16), server_default="", nullable=False),
        sa.Column("at_least", sa.String(length=24), server_default="", nullable=False),
        sa.Column("at_most", sa.String(length=24), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_item_checks_item_id")),
        sa.PrimaryKeyConstraint("item_id", "position", name=op.f("pk_item_checks")),
    )
