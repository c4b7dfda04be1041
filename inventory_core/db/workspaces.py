"""Tables of the Slack workspaces that the app stands in, their sealed tokens, and of how it comes to stand there."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from inventory_core.db.metadata import Id, Instant, metadata

slack_workspaces = Table(
    "slack_workspaces",
    metadata,
    Column("id", Id, primary_key=True),
    Column("team", String(32), nullable=False, unique=True),
    Column("via", String(32), nullable=False, server_default=""),
    Column("name", String(120), nullable=False, server_default=""),
    Column("state", String(10), nullable=False),
    Column("reason", String(32), nullable=False, server_default=""),
    Column("round", Integer, nullable=False, server_default="0"),
    Column("refused", String(64), nullable=False, server_default=""),
    Column("bot_user", String(32), nullable=False, server_default=""),
    Column("scopes", Text, nullable=False, server_default=""),
    Column("token", Text, nullable=False, server_default=""),
    Column("refresh", Text, nullable=False, server_default=""),
    Column("key_id", String(16), nullable=False, server_default=""),
    Column("expires_at", Instant),
    Column("lease_until", Instant, nullable=False, server_default="0"),
    Column("lease_by", String(32), nullable=False, server_default=""),
    Column("installed_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    CheckConstraint("state IN ('installed', 'broken', 'removed')", name="state"),
    CheckConstraint("state <> 'removed' OR (token = '' AND refresh = '')", name="removed"),
    CheckConstraint("(token = '' AND refresh = '') OR key_id <> ''", name="sealed"),
    Index("ix_slack_workspaces_via", "via"),
)
"""One row a workspace, or a whole organisation (``team`` is then its enterprise id).

A workspace that an organisation's installation covers names it in ``via`` and holds no token. One that the token of
the environment serves has a row only once that token was refused or its app removed; ``refused`` is that token's hash.
``token`` and ``refresh`` are sealed with the key ``key_id``. Whoever refreshes the token holds the lease. ``round``
counts how often it stopped working: each time is a message of its own.
"""

slack_arrivals = Table(
    "slack_arrivals",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("at", Instant, nullable=False),
)
"""When something of a kind (event, command, tap) last came from a workspace, to the minute or so."""

install_tickets = Table(
    "install_tickets",
    metadata,
    Column("ticket_hash", String(64), primary_key=True),
    Column("employee_id", Id, ForeignKey("employees.id")),
    Column("expires_at", Instant, nullable=False),
)
"""The right to install the app into one workspace; only the hash of a ticket is kept."""

install_states = Table(
    "install_states",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("browser_hash", String(64), nullable=False),
    Column("ticket_hash", String(64), nullable=False),
    Column("expires_at", Instant, nullable=False),
)
"""What Slack must bring back, from the same browser, for an installation to count."""
