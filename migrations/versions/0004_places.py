"""What bins and zones take, and which bins are frozen while they are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "bin_items",
        sa.Column("item_id", _ID, sa.ForeignKey("items.id"), nullable=False),
        sa.Column("location_id", _ID, sa.ForeignKey("locations.id"), nullable=False),
        sa.Column("is_fixed", sa.Integer, server_default="0", nullable=False),
        sa.Column("capacity", sa.BigInteger),
        sa.PrimaryKeyConstraint("item_id", "location_id"),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_bin_items_capacity")),
    )
    op.create_index("ix_bin_items_location_id", "bin_items", ["location_id"])
    op.create_table(
        "zone_categories",
        sa.Column("zone_id", _ID, sa.ForeignKey("locations.id"), nullable=False),
        sa.Column("category", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "category"),
    )
    op.create_table(
        "bin_freezes",
        sa.Column("location_id", _ID, sa.ForeignKey("locations.id"), nullable=False),
        sa.Column("document_id", _ID, sa.ForeignKey("documents.id"), nullable=False),
        sa.PrimaryKeyConstraint("location_id", "document_id"),
    )
    op.create_index("ix_bin_freezes_document_id", "bin_freezes", ["document_id"])
    op.create_index("ix_locations_kind_walk_order", "locations", ["kind", "walk_order", "id"])
    op.create_index("ix_balances_location_id", "balances", ["location_id"])
