"""Tables of partners, documents and attachments, and the journal of every change."""

from sqlalchemy import (
    JSON,
    BigInteger,
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

partners = Table(
    "partners",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("code", String(64), nullable=False, unique=True),
    Column("name", String(255), nullable=False),
    Column("is_active", Integer, nullable=False, server_default="1"),
    CheckConstraint("kind IN ('supplier', 'customer')", name="kind"),
)

supplier_items = Table(
    "supplier_items",
    metadata,
    Column("supplier_id", Id, ForeignKey("partners.id"), primary_key=True, autoincrement=False),
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True, autoincrement=False),
    Column("price", BigInteger, nullable=False),
    Column("lead_time_days", Integer, nullable=False),
    Column("moq", BigInteger, nullable=False, server_default="1"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("number", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("partner_id", Id, ForeignKey("partners.id")),
    Column("site_id", Id, ForeignKey("locations.id"), nullable=False),
    Column("source_id", Id, ForeignKey("documents.id")),
    Column("opened_on", Date, nullable=False),
    Column("due_on", Date),
    Column("currency", String(3), nullable=False),
    Column("fields", JSON, nullable=False, server_default="{}"),
    UniqueConstraint("kind", "number"),
    Index("ix_documents_kind_state_due_on", "kind", "state", "due_on"),
    Index("ix_documents_source_id", "source_id"),
    Index("ix_documents_number", "number"),
    Index("ix_documents_partner_id_id", "partner_id", "id"),
)

document_lines = Table(
    "document_lines",
    metadata,
    Column("id", Id, primary_key=True),
    Column("document_id", Id, ForeignKey("documents.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Column("lot_id", Id, ForeignKey("lots.id"), nullable=False, server_default="0"),
    Column("source_line_id", Id, ForeignKey("document_lines.id")),
    Column("ordered", BigInteger, nullable=False),
    Column("tolerance", BigInteger, nullable=False, server_default="0"),
    Column("done", BigInteger, nullable=False, server_default="0"),
    Column("rejected", BigInteger, nullable=False, server_default="0"),
    Column("price", BigInteger, nullable=False, server_default="0"),
    Column("fields", JSON, nullable=False, server_default="{}"),
    UniqueConstraint("document_id", "position"),
    CheckConstraint("ordered >= 0 AND tolerance >= 0 AND rejected >= 0 AND done >= rejected", name="quantity"),
    Index("ix_document_lines_item_id", "item_id"),
    Index("ix_document_lines_source_line_id", "source_line_id"),
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("document_id", Id, ForeignKey("documents.id"), nullable=False),
    Column("field", String(64), nullable=False),
    Column("employee_id", Id, ForeignKey("employees.id"), nullable=False),
    Column("name", String(255), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_attachments_document_id", "document_id"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("last", BigInteger, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("employee_id", Id),
    Column("document_id", Id),
    Column("subject", String(64), nullable=False, server_default=""),
    Column("facts", JSON, nullable=False),
    Index("ix_journal_document_id_id", "document_id", "id"),
)
"""Append-only. ``facts`` holds before and after, or whatever a reader of the kind needs."""

outbox = Table(
    "outbox",
    metadata,
    Column("entry_id", Id, ForeignKey("journal.id"), primary_key=True, autoincrement=False),
)
"""The journal entries that the relay has not told yet: a row is written with its entry and deleted when it is told."""

journal_seals = Table(
    "journal_seals",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("entry_id", Id, ForeignKey("journal.id"), nullable=False, unique=True),
    Column("hash", Text, nullable=False),
)
"""The hash chain over the journal, in the order in which the relay told the entries."""
