"""The first tables, the lot that stands for none, and the triggers that keep the ledger append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "dialogues",
        sa.Column("address", sa.String(length=160), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("photos", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address", "user", name=op.f("pk_dialogues")),
    )
    op.create_table(
        "digest_runs",
        sa.Column("digest", sa.String(length=24), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "local_date", name=op.f("pk_digest_runs")),
    )
    op.create_table(
        "employees",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=2), server_default="en", nullable=False),
        sa.Column("is_active", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("language IN ('en', 'zh')", name=op.f("ck_employees_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employees")),
        sa.UniqueConstraint("code", name=op.f("uq_employees_code")),
    )
    op.create_table(
        "flow_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("flow", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_versions")),
        sa.UniqueConstraint("flow", "version", name=op.f("uq_flow_versions_flow_version")),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("category", sa.String(length=120), server_default="", nullable=False),
        sa.Column("base_unit", sa.String(length=16), nullable=False),
        sa.Column("precision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tracking", sa.String(length=8), server_default="lot", nullable=False),
        sa.Column("make_or_buy", sa.String(length=4), server_default="buy", nullable=False),
        sa.Column("over_receipt_percent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("costing", sa.String(length=8), server_default="average", nullable=False),
        sa.Column("standard_cost", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("safety_stock", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reorder_point", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lead_time_days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="1", nullable=False),
        sa.CheckConstraint("make_or_buy IN ('make', 'buy')", name=op.f("ck_items_make_or_buy")),
        sa.CheckConstraint("over_receipt_percent BETWEEN 0 AND 100", name=op.f("ck_items_over_receipt")),
        sa.CheckConstraint(
            "costing IN ('average', 'fifo', 'standard') AND standard_cost >= 0", name=op.f("ck_items_costing")
        ),
        sa.CheckConstraint("tracking IN ('none', 'lot', 'serial')", name=op.f("ck_items_tracking")),
        sa.CheckConstraint("precision BETWEEN 0 AND 6", name=op.f("ck_items_precision")),
        sa.CheckConstraint(
            "safety_stock >= 0 AND reorder_point >= 0 AND lead_time_days >= 0", name=op.f("ck_items_planning")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("code", name=op.f("uq_items_code")),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject", sa.String(length=64), server_default="", nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index("ix_journal_document_id_id", ["document_id", "id"], unique=False)

    op.create_table(
        "link_attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("platform", sa.String(length=8), nullable=False),
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_attempts")),
    )
    with op.batch_alter_table("link_attempts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_link_attempts_platform_workspace_user_at", ["platform", "workspace", "user", "at"], unique=False
        )

    op.create_table(
        "locations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("walk_order", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "kind IN ('site', 'zone', 'bin', 'supplier', 'customer', 'production', 'scrap', 'adjustment', 'transit')",
            name=op.f("ck_locations_kind"),
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["locations.id"], name=op.f("fk_locations_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locations")),
        sa.UniqueConstraint("code", name=op.f("uq_locations_code")),
    )
    op.create_table(
        "partners",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("is_active", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('supplier', 'customer')", name=op.f("ck_partners_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
        sa.UniqueConstraint("code", name=op.f("uq_partners_code")),
    )
    op.create_table(
        "pictures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=8), server_default="wanted", nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("alt", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("wanted_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('wanted', 'ready', 'failed')", name=op.f("ck_pictures_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
        sa.UniqueConstraint("subject", "language", name=op.f("uq_pictures_subject_language")),
    )
    op.create_table(
        "alert_states",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule", sa.String(length=24), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("raised", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('ok', 'firing')", name=op.f("ck_alert_states_state")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_alert_states_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_states")),
        sa.UniqueConstraint("rule", "item_id", name=op.f("uq_alert_states_rule_item_id")),
    )
    op.create_table(
        "chats",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("platform", sa.String(length=8), nullable=False),
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.String(length=64), nullable=False),
        sa.Column("employee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("purpose", sa.String(length=16), server_default="person", nullable=False),
        sa.Column("language", sa.String(length=2), server_default="en", nullable=False),
        sa.Column("is_open", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("purpose <> 'person' OR employee_id IS NOT NULL", name=op.f("ck_chats_owner")),
        sa.CheckConstraint("purpose IN ('person', 'alerts')", name=op.f("ck_chats_purpose")),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name=op.f("fk_chats_employee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chats")),
        sa.UniqueConstraint("platform", "workspace", "chat", name=op.f("uq_chats_platform_workspace_chat")),
    )
    with op.batch_alter_table("chats", schema=None) as batch_op:
        batch_op.create_index("ix_chats_employee_id", ["employee_id"], unique=False)

    op.create_table(
        "documents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fields", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_documents_partner_id")),
        sa.ForeignKeyConstraint(["site_id"], ["locations.id"], name=op.f("fk_documents_site_id")),
        sa.ForeignKeyConstraint(["source_id"], ["documents.id"], name=op.f("fk_documents_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_documents_kind_number")),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index("ix_documents_kind_state_due_on", ["kind", "state", "due_on"], unique=False)
        batch_op.create_index("ix_documents_source_id", ["source_id"], unique=False)

    op.create_table(
        "employee_roles",
        sa.Column(
            "employee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name=op.f("fk_employee_roles_employee_id")),
        sa.PrimaryKeyConstraint("employee_id", "role", name=op.f("pk_employee_roles")),
    )
    op.create_table(
        "identities",
        sa.Column("platform", sa.String(length=8), nullable=False),
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("employee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name=op.f("fk_identities_employee_id")),
        sa.PrimaryKeyConstraint("platform", "workspace", "user", name=op.f("pk_identities")),
    )
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.create_index("ix_identities_employee_id", ["employee_id"], unique=False)

    op.create_table(
        "item_values",
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 0 AND (quantity > 0 OR value = 0)", name=op.f("ck_item_values_quantity")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_item_values_item_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_values")),
    )
    op.create_table(
        "journal_seals",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["journal.id"], name=op.f("fk_journal_seals_entry_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal_seals")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_journal_seals_entry_id")),
    )
    op.create_table(
        "link_codes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("employee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name=op.f("fk_link_codes_employee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_link_codes_code_hash")),
    )
    op.create_table(
        "lots",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("supplier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("supplier_lot", sa.String(length=64), server_default="", nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.CheckConstraint("id = 0 OR item_id IS NOT NULL", name=op.f("ck_lots_item")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_lots_item_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["partners.id"], name=op.f("fk_lots_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("item_id", "number", name=op.f("uq_lots_item_id_number")),
    )
    with op.batch_alter_table("lots", schema=None) as batch_op:
        batch_op.create_index("ix_lots_number", ["number"], unique=False)

    op.create_table(
        "outbox",
        sa.Column(
            "entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["journal.id"], name=op.f("fk_outbox_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_outbox")),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("employee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind = 'demo' OR employee_id IS NOT NULL", name=op.f("ck_sessions_employee")),
        sa.CheckConstraint("kind IN ('signin', 'session', 'demo')", name=op.f("ck_sessions_kind")),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name=op.f("fk_sessions_employee_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    op.create_table(
        "supplier_items",
        sa.Column(
            "supplier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("lead_time_days", sa.Integer(), nullable=False),
        sa.Column("moq", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_supplier_items_item_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["partners.id"], name=op.f("fk_supplier_items_supplier_id")),
        sa.PrimaryKeyConstraint("supplier_id", "item_id", name=op.f("pk_supplier_items")),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("employee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_attachments_document_id")),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name=op.f("fk_attachments_employee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.create_index("ix_attachments_document_id", ["document_id"], unique=False)

    op.create_table(
        "balances",
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column(
            "location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("is_serial", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("is_serial = 0 OR quantity <= 1", name=op.f("ck_balances_serial")),
        sa.CheckConstraint("status IN ('available', 'inspection', 'blocked')", name=op.f("ck_balances_status")),
        sa.CheckConstraint("quantity >= 0 AND reserved BETWEEN 0 AND quantity", name=op.f("ck_balances_quantity")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_balances_item_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_balances_location_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_balances_lot_id")),
        sa.PrimaryKeyConstraint("item_id", "lot_id", "location_id", "status", name=op.f("pk_balances")),
    )
    op.create_index(
        "uq_balances_serial",
        "balances",
        ["lot_id"],
        unique=True,
        sqlite_where=sa.text("is_serial = 1 AND quantity > 0"),
        postgresql_where=sa.text("is_serial = 1 AND quantity > 0"),
    )
    op.create_table(
        "document_lines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False),
        sa.Column("source_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ordered", sa.BigInteger(), nullable=False),
        sa.Column("tolerance", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rejected", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("price", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fields", sa.JSON(), server_default="{}", nullable=False),
        sa.CheckConstraint(
            "ordered > 0 AND tolerance >= 0 AND rejected >= 0 AND done >= rejected",
            name=op.f("ck_document_lines_quantity"),
        ),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_lines_document_id")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_document_lines_item_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_document_lines_lot_id")),
        sa.ForeignKeyConstraint(
            ["source_line_id"], ["document_lines.id"], name=op.f("fk_document_lines_source_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_lines")),
        sa.UniqueConstraint("document_id", "position", name=op.f("uq_document_lines_document_id_position")),
    )
    with op.batch_alter_table("document_lines", schema=None) as batch_op:
        batch_op.create_index("ix_document_lines_item_id", ["item_id"], unique=False)
        batch_op.create_index("ix_document_lines_source_line_id", ["source_line_id"], unique=False)

    op.create_table(
        "flow_instances",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("flow_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reached", sa.String(length=40), nullable=False),
        sa.Column("visit", sa.Integer(), server_default="1", nullable=False),
        sa.Column("state", sa.String(length=8), server_default="open", nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'ended')", name=op.f("ck_flow_instances_state")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_flow_instances_document_id")),
        sa.ForeignKeyConstraint(
            ["flow_version_id"], ["flow_versions.id"], name=op.f("fk_flow_instances_flow_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_instances")),
        sa.UniqueConstraint("document_id", name=op.f("uq_flow_instances_document_id")),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chat_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.String(length=120), server_default="", nullable=False),
        sa.Column("lease_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_messages_chat_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("chat_id", "subject", name=op.f("uq_messages_chat_id_subject")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("ix_messages_subject", ["subject"], unique=False)

    op.create_table(
        "movements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("employee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
        sa.Column("reverses_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_movements_document_id")),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name=op.f("fk_movements_employee_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["movements.id"], name=op.f("fk_movements_reverses_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movements")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_movements_dedupe_key")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_movements_reverses_id")),
    )
    with op.batch_alter_table("movements", schema=None) as batch_op:
        batch_op.create_index("ix_movements_document_id", ["document_id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.CheckConstraint("state <> 'dead' OR reason <> ''", name=op.f("ck_deliveries_reason")),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'dead')", name=op.f("ck_deliveries_state")),
        sa.ForeignKeyConstraint(["entry_id"], ["journal.id"], name=op.f("fk_deliveries_entry_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_deliveries_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("entry_id", "message_id", name=op.f("uq_deliveries_entry_id_message_id")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_deliveries_message_id_state", ["message_id", "state"], unique=False)
        batch_op.create_index("ix_deliveries_state_due_at", ["state", "due_at"], unique=False)

    op.create_table(
        "lot_links",
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("child_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["lots.id"], name=op.f("fk_lot_links_child_id")),
        sa.ForeignKeyConstraint(["movement_id"], ["movements.id"], name=op.f("fk_lot_links_movement_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["lots.id"], name=op.f("fk_lot_links_parent_id")),
        sa.PrimaryKeyConstraint("parent_id", "child_id", "movement_id", name=op.f("pk_lot_links")),
    )
    with op.batch_alter_table("lot_links", schema=None) as batch_op:
        batch_op.create_index("ix_lot_links_child_id", ["child_id"], unique=False)

    op.create_table(
        "movement_lines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("status IN ('available', 'inspection', 'blocked')", name=op.f("ck_movement_lines_status")),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_movement_lines_quantity")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_movement_lines_item_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_movement_lines_location_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_movement_lines_lot_id")),
        sa.ForeignKeyConstraint(["movement_id"], ["movements.id"], name=op.f("fk_movement_lines_movement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movement_lines")),
    )
    with op.batch_alter_table("movement_lines", schema=None) as batch_op:
        batch_op.create_index("ix_movement_lines_item_id_day", ["item_id", "day"], unique=False)
        batch_op.create_index("ix_movement_lines_lot_id_id", ["lot_id", "id"], unique=False)
        batch_op.create_index("ix_movement_lines_movement_id", ["movement_id"], unique=False)

    op.create_table(
        "item_units",
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("is_rounded", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("numerator > 0 AND denominator > 0", name=op.f("ck_item_units_ratio")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_item_units_item_id")),
        sa.PrimaryKeyConstraint("item_id", "unit", name=op.f("pk_item_units")),
    )
    op.create_table(
        "periods",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.Column("employee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name=op.f("fk_periods_employee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_periods")),
        sa.UniqueConstraint("ends_on", name=op.f("uq_periods_ends_on")),
    )
    op.create_table(
        "period_balances",
        sa.Column(
            "period_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column(
            "location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_period_balances_item_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_period_balances_location_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_period_balances_lot_id")),
        sa.ForeignKeyConstraint(["period_id"], ["periods.id"], name=op.f("fk_period_balances_period_id")),
        sa.PrimaryKeyConstraint(
            "period_id", "item_id", "lot_id", "location_id", "status", name=op.f("pk_period_balances")
        ),
    )
    op.create_table(
        "period_values",
        sa.Column(
            "period_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_period_values_item_id")),
        sa.ForeignKeyConstraint(["period_id"], ["periods.id"], name=op.f("fk_period_values_period_id")),
        sa.PrimaryKeyConstraint("period_id", "item_id", name=op.f("pk_period_values")),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("instance_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=8), server_default="open", nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'settled')", name=op.f("ck_tasks_state")),
        sa.ForeignKeyConstraint(["instance_id"], ["flow_instances.id"], name=op.f("fk_tasks_instance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("instance_id", "step", "visit", name=op.f("uq_tasks_instance_id_step_visit")),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index("ix_tasks_state_role", ["state", "role"], unique=False)

    op.create_table(
        "card_tokens",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=160), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_card_tokens_task_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_card_tokens")),
        sa.UniqueConstraint(
            "task_id", "address", "outcome", "revision", name=op.f("uq_card_tokens_task_id_address_outcome_revision")
        ),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("platform", sa.String(length=8), nullable=False),
        sa.Column("dedupe_key", sa.String(length=160), nullable=False),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name=op.f("fk_decisions_employee_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_decisions_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_decisions_dedupe_key")),
        sa.UniqueConstraint("task_id", name=op.f("uq_decisions_task_id")),
    )
    op.create_table(
        "reservations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("document_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=8), server_default="open", nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservations_quantity")),
        sa.CheckConstraint("state IN ('open', 'used', 'released')", name=op.f("ck_reservations_state")),
        sa.CheckConstraint("(lot_id IS NULL) = (location_id IS NULL)", name=op.f("ck_reservations_place")),
        sa.ForeignKeyConstraint(
            ["document_line_id"], ["document_lines.id"], name=op.f("fk_reservations_document_line_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_reservations_item_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_reservations_location_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_reservations_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_reservations_dedupe_key")),
    )
    op.create_index("ix_reservations_item_id_state", "reservations", ["item_id", "state"])
    op.create_index("ix_reservations_document_line_id", "reservations", ["document_line_id"])
    op.create_table(
        "item_promises",
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_item_promises_quantity")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_item_promises_item_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_promises")),
    )
    op.create_table(
        "stock_counts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("employee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("difference", sa.BigInteger(), nullable=True),
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_stock_counts_counted")),
        sa.CheckConstraint("status IN ('available', 'inspection', 'blocked')", name=op.f("ck_stock_counts_status")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_stock_counts_document_id")),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name=op.f("fk_stock_counts_employee_id")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_stock_counts_item_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_stock_counts_location_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_stock_counts_lot_id")),
        sa.ForeignKeyConstraint(["movement_id"], ["movements.id"], name=op.f("fk_stock_counts_movement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_counts")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_stock_counts_dedupe_key")),
    )
    op.create_index("ix_stock_counts_key", "stock_counts", ["item_id", "lot_id", "location_id", "status", "counted_at"])
    op.create_index("ix_stock_counts_document_id", "stock_counts", ["document_id"])
    op.create_table(
        "cost_layers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 0 AND (quantity > 0 OR value = 0)", name=op.f("ck_cost_layers_quantity")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_cost_layers_item_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_cost_layers_lot_id")),
        sa.ForeignKeyConstraint(["movement_id"], ["movements.id"], name=op.f("fk_cost_layers_movement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_layers")),
    )
    op.create_index(
        "ix_cost_layers_open",
        "cost_layers",
        ["item_id", "lot_id", "id"],
        sqlite_where=sa.text("quantity > 0"),
        postgresql_where=sa.text("quantity > 0"),
    )
    op.create_index("ix_cost_layers_movement_id", "cost_layers", ["movement_id"])
    op.create_table(
        "value_lines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_stock", sa.BigInteger(), nullable=False),
        sa.Column("to_variance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("to_stock <> 0 OR to_variance <> 0", name=op.f("ck_value_lines_value")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_value_lines_item_id")),
        sa.ForeignKeyConstraint(["movement_id"], ["movements.id"], name=op.f("fk_value_lines_movement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_value_lines")),
    )
    op.create_index("ix_value_lines_movement_id", "value_lines", ["movement_id"])
    op.create_index("ix_value_lines_item_id_day", "value_lines", ["item_id", "day"])
    op.execute("INSERT INTO lots (id, item_id, number) VALUES (0, NULL, '')")
    _forbid_changes()
    _guard_closed_periods()


APPEND_ONLY = (
    "movements",
    "movement_lines",
    "journal",
    "journal_seals",
    "decisions",
    "periods",
    "period_balances",
    "period_values",
    "value_lines",
)


def _forbid_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    op.execute("""
        CREATE FUNCTION forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
    """)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION forbid_change()"
        )


def _guard_closed_periods() -> None:
    """Nothing enters a closed period, whatever the program believes."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("""
            CREATE TRIGGER movements_no_closed_period BEFORE INSERT ON movements
            WHEN NEW.day <= (SELECT MAX(ends_on) FROM periods)
            BEGIN SELECT RAISE(ABORT, 'the period is closed'); END
        """)
        return
    op.execute("""
        CREATE FUNCTION forbid_closed_period() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.day <= (SELECT MAX(ends_on) FROM periods) THEN RAISE EXCEPTION 'the period is closed'; END IF;
            RETURN NEW;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER movements_no_closed_period BEFORE INSERT ON movements "
        "FOR EACH ROW EXECUTE FUNCTION forbid_closed_period()"
    )
