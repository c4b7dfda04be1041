"""Tables of who does what next: flows and their drafts, cases, tasks, decisions and what is said about them, deadlines
and the working calendar, who stands in for whom, the tokens on buttons, and half-filled forms.
"""

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

flow_versions = Table(
    "flow_versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("flow", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("definition", JSON, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("published_by", Id, ForeignKey("employees.id")),
    Column("runs", JSON, nullable=False, server_default="{}"),
    UniqueConstraint("flow", "version"),
)
"""``runs`` names the version of each flow that this one runs: a case keeps to them too."""

flow_drafts = Table(
    "flow_drafts",
    metadata,
    Column("flow", String(40), primary_key=True),
    Column("definition", Text, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("edited_by", Id, ForeignKey("employees.id")),
    Column("edited_at", Instant, nullable=False),
)
"""A flow that is being changed, as YAML; it may be wrong until it is published."""

flow_instances = Table(
    "flow_instances",
    metadata,
    Column("id", Id, primary_key=True),
    Column("flow_version_id", Id, ForeignKey("flow_versions.id"), nullable=False),
    Column("document_id", Id, ForeignKey("documents.id"), nullable=False, unique=True),
    Column("reached", String(80), nullable=False),
    Column("visit", Integer, nullable=False, server_default="1"),
    Column("state", String(8), nullable=False, server_default="open"),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("requester_id", Id, ForeignKey("employees.id")),
    Column("arms", JSON, nullable=False, server_default="{}"),
    Column("dedupe_key", String(160), unique=True),
    CheckConstraint("state IN ('open', 'ended', 'stopped')", name="state"),
    Index("ix_flow_instances_requester_id", "requester_id"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("flow_instances.id"), nullable=False),
    Column("step", String(80), nullable=False),
    Column("visit", Integer, nullable=False),
    Column("seat", Integer, nullable=False, server_default="0"),
    Column("role", String(40), nullable=False),
    Column("employee_id", Id, ForeignKey("employees.id")),
    Column("offers", JSON, nullable=False, server_default="[]"),
    Column("state", String(8), nullable=False, server_default="open"),
    Column("opened_at", Instant, nullable=False),
    Column("settled_at", Instant),
    UniqueConstraint("instance_id", "step", "visit", "seat"),
    CheckConstraint("state IN ('open', 'settled', 'void')", name="state"),
    CheckConstraint("role <> '' OR employee_id IS NOT NULL", name="asked"),
    Index("ix_tasks_state_role", "state", "role"),
    Index("ix_tasks_state_employee_id", "state", "employee_id"),
)
"""One question to a role, or to one of its people once somebody has taken it or was named. ``void``: others decided."""

decisions = Table(
    "decisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("task_id", Id, ForeignKey("tasks.id"), nullable=False, unique=True),
    Column("outcome", String(40), nullable=False),
    Column("employee_id", Id, ForeignKey("employees.id")),
    Column("for_employee_id", Id, ForeignKey("employees.id")),
    Column("at", Instant, nullable=False),
    Column("answers", JSON, nullable=False),
    Column("platform", String(8), nullable=False),
    Column("dedupe_key", String(160), nullable=False, unique=True),
    CheckConstraint("employee_id IS NOT NULL OR platform = 'clock'", name="who"),
    Index("ix_decisions_employee_id", "employee_id"),
)
"""``for_employee_id``: whom the person stood in for. A deadline decides without a person."""

deadlines = Table(
    "deadlines",
    metadata,
    Column("task_id", Id, ForeignKey("tasks.id"), primary_key=True, autoincrement=False),
    Column("rung", Integer, primary_key=True, autoincrement=False),
    Column("due_at", Instant, nullable=False),
    Index("ix_deadlines_due_at", "due_at"),
)
"""What still happens when an open task waits; the rows go with the answer."""

remarks = Table(
    "remarks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("flow_instances.id"), nullable=False),
    Column("employee_id", Id, ForeignKey("employees.id"), nullable=False),
    Column("asked_id", Id, ForeignKey("employees.id")),
    Column("answers_id", Id, ForeignKey("remarks.id")),
    Column("at", Instant, nullable=False),
    Column("words", Text, nullable=False),
    Column("is_open", Integer, nullable=False, server_default="0"),
    Column("dedupe_key", String(160), unique=True),
    Index("ix_remarks_instance_id", "instance_id"),
    Index("ix_remarks_asked_id_is_open", "asked_id", "is_open"),
)
"""Comments on a case, questions to a colleague (open until they are answered), and the answers; none decides."""

delegations = Table(
    "delegations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("from_id", Id, ForeignKey("employees.id"), nullable=False),
    Column("to_id", Id, ForeignKey("employees.id"), nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("until_at", Instant, nullable=False),
    Column("flow", String(40), nullable=False, server_default=""),
    Column("at_most", BigInteger),
    Column("made_at", Instant, nullable=False),
    CheckConstraint("from_id <> to_id AND from_at < until_at", name="span"),
    Index("ix_delegations_to_id_until_at", "to_id", "until_at"),
    Index("ix_delegations_from_id", "from_id"),
)
"""Who stands in for whom, from when until when; for one flow or all, up to an amount (1/10,000) or any."""

work_hours = Table(
    "work_hours",
    metadata,
    Column("weekday", Integer, primary_key=True, autoincrement=False),
    Column("opens", Integer, primary_key=True, autoincrement=False),
    Column("closes", Integer, nullable=False),
    CheckConstraint("weekday BETWEEN 0 AND 6 AND opens >= 0 AND opens < closes AND closes <= 1440", name="hours"),
)
"""When the company works: Monday is 0, times are minutes of the local day. Without a row, Monday to Friday 8 to 17."""

work_days = Table(
    "work_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("is_working", Integer, nullable=False),
)
"""Days that are not as their weekday says: a holiday, or a Saturday on which the company works."""

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

scans = Table(
    "scans",
    metadata,
    Column("task_id", Id, ForeignKey("tasks.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("employee_id", Id, ForeignKey("employees.id"), nullable=False),
    Column("at", Instant, nullable=False),
)
"""The lines of an open card that somebody's scanner has confirmed."""

carrier_reports = Table(
    "carrier_reports",
    metadata,
    Column("event_id", String(120), primary_key=True),
    Column("document_id", Id, ForeignKey("documents.id"), nullable=False),
    Column("status", String(16), nullable=False),
    Column("at", Instant, nullable=False),
)
"""What a carrier reported of a delivery, by the carrier's own number of the report: each counts once."""

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

leases = Table(
    "leases",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("holder", String(40), nullable=False),
    Column("until", Instant, nullable=False),
)
"""What one process at a time may do, such as fetching a bot's updates, and until when it is this one's."""

unsent_forms = Table(
    "unsent_forms",
    metadata,
    Column("employee_id", Id, ForeignKey("employees.id"), primary_key=True, autoincrement=False),
    Column("task_id", Id, ForeignKey("tasks.id"), primary_key=True, autoincrement=False),
    Column("outcome", String(40), primary_key=True),
    Column("answers", JSON, nullable=False),
    Column("files", JSON, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("saved_at", Instant, nullable=False),
    Index("ix_unsent_forms_task_id", "task_id"),
    Index("ix_unsent_forms_saved_at", "saved_at"),
)
"""What somebody wrote into a form and has not sent; ``files`` are the digests of those that came with it, by field."""
