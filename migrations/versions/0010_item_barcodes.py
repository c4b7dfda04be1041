"""The codes that makers print on their goods, each of one item."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "item_barcodes",
        sa.Column("code", sa.String(length=48), nullable=False),
        sa.Column("item_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_item_barcodes_item_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_item_barcodes")),
    )
    with op.batch_alter_table("item_barcodes", schema=None) as batch_op:
        batch_op.create_index("ix_item_barcodes_item_id", ["item_id"], unique=False)
