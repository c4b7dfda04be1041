"""Tables of who acts: employees, the roles that they hold, and the accounts by which they are known."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from inventory_core.db.metadata import Id, Instant, metadata

employees = Table(
    "employees",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", String(32), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("language", String(2), nullable=False, server_default="en"),
    Column("is_active", Integer, nullable=False, server_default="1"),
    Column("manager_id", Id, ForeignKey("employees.id")),
    CheckConstraint("language IN ('en', 'zh')", name="language"),
)

employee_roles = Table(
    "employee_roles",
    metadata,
    Column("employee_id", Id, ForeignKey("employees.id"), primary_key=True, autoincrement=False),
    Column("role", String(40), primary_key=True),
)

category_owners = Table(
    "category_owners",
    metadata,
    Column("category", String(120), primary_key=True),
    Column("employee_id", Id, ForeignKey("employees.id"), nullable=False),
)
"""Who answers for a category of items."""

identities = Table(
    "identities",
    metadata,
    Column("platform", String(8), primary_key=True),
    Column("workspace", String(32), primary_key=True),
    Column("user", String(64), primary_key=True),
    Column("employee_id", Id, ForeignKey("employees.id"), nullable=False),
    Column("linked_at", Instant, nullable=False),
    Index("ix_identities_employee_id", "employee_id"),
)

chats = Table(
    "chats",
    metadata,
    Column("id", Id, primary_key=True),
    Column("platform", String(8), nullable=False),
    Column("workspace", String(32), nullable=False),
    Column("chat", String(64), nullable=False),
    Column("employee_id", Id, ForeignKey("employees.id")),
    Column("purpose", String(16), nullable=False, server_default="person"),
    Column("language", String(2), nullable=False, server_default="en"),
    Column("is_open", Integer, nullable=False, server_default="1"),
    Column("turn_at", Instant, nullable=False, server_default="0"),
    UniqueConstraint("platform", "workspace", "chat"),
    CheckConstraint("purpose IN ('person', 'alerts')", name="purpose"),
    CheckConstraint("purpose <> 'person' OR employee_id IS NOT NULL", name="owner"),
    Index("ix_chats_employee_id", "employee_id"),
)
"""Where somebody reads: a person's direct chat, or a channel for alerts and the digest.

``turn_at`` is when it takes the next message, as far as its platform's pace lets us know.
"""

homes = Table(
    "homes",
    metadata,
    Column("platform", String(8), primary_key=True),
    Column("workspace", String(32), primary_key=True),
    Column("user", String(64), primary_key=True),
    Column("look", String(400), nullable=False, server_default=""),
    Column("opened_at", Instant, nullable=False),
    Index("ix_homes_opened_at", "opened_at"),
)
"""A person's page inside a chat platform that may be open before them, and what of it they look at."""

link_codes = Table(
    "link_codes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("employee_id", Id, ForeignKey("employees.id"), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

link_attempts = Table(
    "link_attempts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("platform", String(8), nullable=False),
    Column("workspace", String(32), nullable=False),
    Column("user", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_link_attempts_platform_workspace_user_at", "platform", "workspace", "user", "at"),
)
"""Failed tries to link, to lock a guesser out."""

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("employee_id", Id, ForeignKey("employees.id")),
    Column("expires_at", Instant, nullable=False),
    CheckConstraint("kind IN ('signin', 'session', 'demo')", name="kind"),
    CheckConstraint("kind = 'demo' OR employee_id IS NOT NULL", name="employee"),
)
"""Sign-in links and browser sessions; only the hash of a secret is kept."""
