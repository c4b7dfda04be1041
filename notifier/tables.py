"""Tables of what is said unprompted: messages, their deliveries, pictures, alerts and digests."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from inventory_core.db.metadata import Id, Instant, metadata

pictures = Table(
    "pictures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subject", String(64), nullable=False),
    Column("language", String(2), nullable=False),
    Column("state", String(8), nullable=False, server_default="wanted"),
    Column("report", JSON, nullable=False),
    Column("alt", Text, nullable=False, server_default=""),
    Column("name", String(120), nullable=False, server_default=""),
    Column("wanted_at", Instant, nullable=False),
    UniqueConstraint("subject", "language"),
    CheckConstraint("state IN ('wanted', 'ready', 'failed')", name="state"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("chat_id", Id, ForeignKey("chats.id"), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("ref", String(120), nullable=False, server_default=""),
    Column("lease_until", Instant, nullable=False, server_default="0"),
    Column("made_at", Instant, nullable=False),
    UniqueConstraint("chat_id", "subject"),
    Index("ix_messages_subject", "subject"),
    Index("ix_messages_lease_until", "lease_until"),
)
"""One message a chat and subject. ``ref`` is the platform's own id, empty until it was sent."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("entry_id", Id, ForeignKey("journal.id"), nullable=False),
    Column("message_id", Id, ForeignKey("messages.id"), nullable=False),
    Column("state", String(10), nullable=False, server_default="pending"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("reason", String(500), nullable=False, server_default=""),
    UniqueConstraint("entry_id", "message_id"),
    CheckConstraint("state IN ('pending', 'delivered', 'dead')", name="state"),
    CheckConstraint("state <> 'dead' OR reason <> ''", name="reason"),
    Index("ix_deliveries_state_due_at", "state", "due_at"),
    Index("ix_deliveries_message_id_state", "message_id", "state"),
)

alert_states = Table(
    "alert_states",
    metadata,
    Column("id", Id, primary_key=True),
    Column("rule", String(24), nullable=False),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Column("state", String(10), nullable=False),
    Column("raised", Integer, nullable=False, server_default="0"),
    Column("changed_at", Instant, nullable=False),
    UniqueConstraint("rule", "item_id"),
    CheckConstraint("state IN ('ok', 'firing')", name="state"),
)
"""``raised`` counts how often the alert was raised: each time is a message of its own."""

digest_runs = Table(
    "digest_runs",
    metadata,
    Column("digest", String(24), primary_key=True),
    Column("local_date", Date, primary_key=True),
    Column("made_at", Instant, nullable=False),
    Column("figures", JSON, nullable=False),
)
"""One row a digest and local date, so that it is made once whatever the number of schedulers."""

bookings = Table(
    "bookings",
    metadata,
    Column("document_id", Id, ForeignKey("documents.id"), primary_key=True, autoincrement=False),
    Column("state", String(8), nullable=False, server_default="pending"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant, nullable=False),
    Column("lease_until", Instant, nullable=False, server_default="0"),
    Column("made_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("reason", String(500), nullable=False, server_default=""),
    CheckConstraint("state IN ('pending', 'booked', 'dead')", name="state"),
    CheckConstraint("(state = 'pending') = (settled_at IS NULL)", name="settled"),
    Index("ix_bookings_state_due_at", "state", "due_at"),
)
"""Deliveries that are booked with a carrier over the network: tried until booked, or dead with a reason."""
