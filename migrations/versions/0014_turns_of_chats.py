"""When a chat takes its next message, and which messages are on their way just now."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chats", sa.Column("turn_at", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index("ix_messages_lease_until", "messages", ["lease_until"], unique=False)
