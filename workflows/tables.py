"""Tables of who does what next: flows, tasks, decisions, the tokens on buttons, and half-filled forms."""

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from inventory_core.db.metadata import Id, Instant, metadata

flow_versions = Table(
    "flow_versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("flow", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("definition", JSON, nullable=False),
    Column("published_at", Instant, nullable=False),
    UniqueConstraint("flow", "version"),
)

flow_instances = Table(
    "flow_instances",
    metadata,
    Column("id", Id, primary_key=True),
    Column("flow_version_id", Id, ForeignKey("flow_versions.id"), nullable=False),
    Column("document_id", Id, ForeignKey("documents.id"), nullable=False, unique=True),
    Column("reached", String(40), nullable=False),
    Column("visit", Integer, nullable=False, server_default="1"),
    Column("state", String(8), nullable=False, server_default="open"),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    CheckConstraint("state IN ('open', 'ended')", name="state"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("flow_instances.id"), nullable=False),
    Column("step", String(40), nullable=False),
    Column("visit", Integer, nullable=False),
    Column("role", String(40), nullable=False),
    Column("state", String(8), nullable=False, server_default="open"),
    Column("opened_at", Instant, nullable=False),
    Column("settled_at", Instant),
    UniqueConstraint("instance_id", "step", "visit"),
    CheckConstraint("state IN ('open', 'settled')", name="state"),
    Index("ix_tasks_state_role", "state", "role"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("task_id", Id, ForeignKey("tasks.id"), nullable=False, unique=True),
    Column("outcome", String(40), nullable=False),
    Column("employee_id", Id, ForeignKey("employees.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("answers", JSON, nullable=False),
    Column("platform", String(8), nullable=False),
    Column("dedupe_key", String(160), nullable=False, unique=True),
)

card_tokens = Table(
    "card_tokens",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("task_id", Id, ForeignKey("tasks.id"), nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("address", String(160), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    UniqueConstraint("task_id", "address", "outcome", "revision"),
)

dialogues = Table(
    "dialogues",
    metadata,
    Column("address", String(160), primary_key=True),
    Column("user", String(64), primary_key=True),
    Column("token", String(64), nullable=False),
    Column("asked", Integer, nullable=False),
    Column("answers", JSON, nullable=False),
    Column("photos", JSON, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
"""A form that is being answered question by question in a chat, so that a restart loses nothing."""
