"""The indexes that a story waits for: a paper by its number alone, the papers of a partner, the lots of a supplier."""

from alembic import op

revision = "0009"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_documents_number", "documents", ["number"])
    op.create_index("ix_documents_partner_id_id", "documents", ["partner_id", "id"])
    op.create_index("ix_lots_supplier_id_id", "lots", ["supplier_id", "id"])
