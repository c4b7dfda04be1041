"""Tables of what is stocked: items, places, lots, the ledger and the balances that it keeps.

Quantities are whole numbers of the item's smallest unit, amounts whole numbers of 1/10,000 of the currency unit.
Lot 0 stands for "no lot", so that no key holds NULL (UNIQUE does not catch NULLs).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from inventory_core.db.metadata import Id, Instant, metadata

items = Table(
    "items",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", String(64), nullable=False, unique=True),
    Column("name", String(255), nullable=False),
    Column("category", String(120), nullable=False, server_default=""),
    Column("base_unit", String(16), nullable=False),
    Column("precision", Integer, nullable=False, server_default="0"),
    Column("tracking", String(8), nullable=False, server_default="lot"),
    Column("make_or_buy", String(4), nullable=False, server_default="buy"),
    Column("over_receipt_percent", Integer, nullable=False, server_default="0"),
    Column("aql", String(6), nullable=False, server_default=""),
    Column("costing", String(8), nullable=False, server_default="average"),
    Column("standard_cost", BigInteger, nullable=False, server_default="0"),
    Column("safety_stock", BigInteger, nullable=False, server_default="0"),
    Column("reorder_point", BigInteger, nullable=False, server_default="0"),
    Column("lead_time_days", Integer, nullable=False, server_default="0"),
    Column("is_backflushed", Integer, nullable=False, server_default="0"),
    Column("is_active", Boolean, nullable=False, server_default="1"),
    CheckConstraint("precision BETWEEN 0 AND 6", name="precision"),
    CheckConstraint("tracking IN ('none', 'lot', 'serial')", name="tracking"),
    CheckConstraint("make_or_buy IN ('make', 'buy')", name="make_or_buy"),
    CheckConstraint("over_receipt_percent BETWEEN 0 AND 100", name="over_receipt"),
    CheckConstraint("costing IN ('average', 'fifo', 'standard') AND standard_cost >= 0", name="costing"),
    CheckConstraint("safety_stock >= 0 AND reorder_point >= 0 AND lead_time_days >= 0", name="planning"),
)

item_units = Table(
    "item_units",
    metadata,
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True, autoincrement=False),
    Column("unit", String(16), primary_key=True),
    Column("numerator", BigInteger, nullable=False),
    Column("denominator", BigInteger, nullable=False, server_default="1"),
    Column("is_rounded", Integer, nullable=False, server_default="0"),
    CheckConstraint("numerator > 0 AND denominator > 0", name="ratio"),
)
"""Other units of an item: one of it is so many base units, as a ratio of whole numbers."""

item_barcodes = Table(
    "item_barcodes",
    metadata,
    Column("code", String(48), primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Index("ix_item_barcodes_item_id", "item_id"),
)
"""The codes that makers print on their goods, as ``barcodes.normal`` writes them."""

item_checks = Table(
    "item_checks",
    metadata,
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", String(60), nullable=False),
    Column("unit", String(16), nullable=False, server_default=""),
    Column("at_least", String(24), nullable=False, server_default=""),
    Column("at_most", String(24), nullable=False, server_default=""),
)
"""What is measured of an item when it is inspected, and the decimal limits of it, empty where there is none."""

locations = Table(
    "locations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("parent_id", Id, ForeignKey("locations.id")),
    Column("kind", String(12), nullable=False),
    Column("code", String(32), nullable=False, unique=True),
    Column("name", String(120), nullable=False, server_default=""),
    Column("walk_order", Integer, nullable=False, server_default="0"),
    CheckConstraint(
        "kind IN ('site', 'zone', 'bin', 'supplier', 'customer', 'production', 'scrap', 'adjustment', 'transit')",
        name="kind",
    ),
    Index("ix_locations_kind_walk_order", "kind", "walk_order", "id"),
)

bin_items = Table(
    "bin_items",
    metadata,
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True, autoincrement=False),
    Column("location_id", Id, ForeignKey("locations.id"), primary_key=True, autoincrement=False),
    Column("is_fixed", Integer, nullable=False, server_default="0"),
    Column("capacity", BigInteger),
    CheckConstraint("capacity > 0", name="capacity"),
    Index("ix_bin_items_location_id", "location_id"),
)
"""What a bin takes of an item: ``is_fixed`` keeps the bin for it, ``capacity`` (NULL: any amount) is how much fits."""

zone_categories = Table(
    "zone_categories",
    metadata,
    Column("zone_id", Id, ForeignKey("locations.id"), primary_key=True, autoincrement=False),
    Column("category", String(120), primary_key=True),
)
"""A zone that is named here takes items of its categories only; another zone takes any."""

bin_freezes = Table(
    "bin_freezes",
    metadata,
    Column("location_id", Id, ForeignKey("locations.id"), primary_key=True, autoincrement=False),
    Column("document_id", Id, ForeignKey("documents.id"), primary_key=True, autoincrement=False),
    Index("ix_bin_freezes_document_id", "document_id"),
)
"""The bins that a count sheet keeps still: nothing but a count is posted there until the sheet is through."""

lots = Table(
    "lots",
    metadata,
    Column("id", Id, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id")),
    Column("number", String(64), nullable=False),
    Column("supplier_id", Id, ForeignKey("partners.id")),
    Column("supplier_lot", String(64), nullable=False, server_default=""),
    Column("received_on", Date),
    Column("expires_on", Date),
    UniqueConstraint("item_id", "number"),
    CheckConstraint("id = 0 OR item_id IS NOT NULL", name="item"),
    Index("ix_lots_number", "number"),
    Index("ix_lots_supplier_id_id", "supplier_id", "id"),
)

lot_links = Table(
    "lot_links",
    metadata,
    Column("parent_id", Id, ForeignKey("lots.id"), primary_key=True),
    Column("child_id", Id, ForeignKey("lots.id"), primary_key=True),
    Column("movement_id", Id, ForeignKey("movements.id"), primary_key=True),
    Column("quantity", BigInteger, nullable=False),
    Index("ix_lot_links_child_id", "child_id"),
)

movements = Table(
    "movements",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("document_id", Id, ForeignKey("documents.id")),
    Column("employee_id", Id, ForeignKey("employees.id")),
    Column("occurred_at", Instant, nullable=False),
    Column("day", Date, nullable=False),
    Column("posted_at", Instant, nullable=False),
    Column("reverses_id", Id, ForeignKey("movements.id"), unique=True),
    Column("reason", String(500), nullable=False, server_default=""),
    Column("dedupe_key", String(120), nullable=False, unique=True),
    Index("ix_movements_document_id", "document_id"),
)

STATUSES = "status IN ('available', 'inspection', 'blocked')"

movement_lines = Table(
    "movement_lines",
    metadata,
    Column("id", Id, primary_key=True),
    Column("movement_id", Id, ForeignKey("movements.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Column("lot_id", Id, ForeignKey("lots.id"), nullable=False),
    Column("location_id", Id, ForeignKey("locations.id"), nullable=False),
    Column("status", String(12), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
    CheckConstraint("quantity <> 0", name="quantity"),
    CheckConstraint(STATUSES, name="status"),
    Index("ix_movement_lines_movement_id", "movement_id"),
    Index("ix_movement_lines_item_id_day", "item_id", "day"),
    Index("ix_movement_lines_lot_id_id", "lot_id", "id"),
)

balances = Table(
    "balances",
    metadata,
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True, autoincrement=False),
    Column("lot_id", Id, ForeignKey("lots.id"), primary_key=True, autoincrement=False),
    Column("location_id", Id, ForeignKey("locations.id"), primary_key=True, autoincrement=False),
    Column("status", String(12), primary_key=True),
    Column("quantity", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False, server_default="0"),
    Column("is_serial", Integer, nullable=False, server_default="0"),
    CheckConstraint("quantity >= 0 AND reserved BETWEEN 0 AND quantity", name="quantity"),
    CheckConstraint("is_serial = 0 OR quantity <= 1", name="serial"),
    CheckConstraint(STATUSES, name="status"),
    Index(
        "uq_balances_serial",
        "lot_id",
        unique=True,
        sqlite_where=text("is_serial = 1 AND quantity > 0"),
        postgresql_where=text("is_serial = 1 AND quantity > 0"),
    ),
    Index("ix_balances_location_id", "location_id"),
)
"""What lies where. A serial number has one piece in one place: the index holds it to that."""

item_values = Table(
    "item_values",
    metadata,
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True, autoincrement=False),
    Column("quantity", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
    CheckConstraint("quantity >= 0 AND (quantity > 0 OR value = 0)", name="quantity"),
)

periods = Table(
    "periods",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ends_on", Date, nullable=False, unique=True),
    Column("closed_at", Instant, nullable=False),
    Column("employee_id", Id, ForeignKey("employees.id")),
)
"""Closed periods; each reaches from the end of the one before."""

period_balances = Table(
    "period_balances",
    metadata,
    Column("period_id", Id, ForeignKey("periods.id"), primary_key=True, autoincrement=False),
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True, autoincrement=False),
    Column("lot_id", Id, ForeignKey("lots.id"), primary_key=True, autoincrement=False),
    Column("location_id", Id, ForeignKey("locations.id"), primary_key=True, autoincrement=False),
    Column("status", String(12), primary_key=True),
    Column("quantity", BigInteger, nullable=False),
)
"""What lay where at the close of a period's last day."""

period_values = Table(
    "period_values",
    metadata,
    Column("period_id", Id, ForeignKey("periods.id"), primary_key=True, autoincrement=False),
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True, autoincrement=False),
    Column("quantity", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
)

reservations = Table(
    "reservations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Column("lot_id", Id, ForeignKey("lots.id")),
    Column("location_id", Id, ForeignKey("locations.id")),
    Column("quantity", BigInteger, nullable=False),
    Column("document_line_id", Id, ForeignKey("document_lines.id")),
    Column("state", String(8), nullable=False, server_default="open"),
    Column("made_at", Instant, nullable=False),
    Column("dedupe_key", String(120), nullable=False, unique=True),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("state IN ('open', 'used', 'released')", name="state"),
    CheckConstraint("(lot_id IS NULL) = (location_id IS NULL)", name="place"),
    Index("ix_reservations_item_id_state", "item_id", "state"),
    Index("ix_reservations_document_line_id", "document_line_id"),
)
"""What is kept for somebody: of an item wherever it lies (a promise), or of one lot in one bin."""

item_promises = Table(
    "item_promises",
    metadata,
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True, autoincrement=False),
    Column("quantity", BigInteger, nullable=False),
    CheckConstraint("quantity >= 0", name="quantity"),
)
"""How much of each item is promised and not yet of a certain lot and bin."""

stock_counts = Table(
    "stock_counts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Column("lot_id", Id, ForeignKey("lots.id"), nullable=False),
    Column("location_id", Id, ForeignKey("locations.id"), nullable=False),
    Column("status", String(12), nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("counted_at", Instant, nullable=False),
    Column("day", Date, nullable=False),
    Column("employee_id", Id, ForeignKey("employees.id"), nullable=False),
    Column("document_id", Id, ForeignKey("documents.id")),
    Column("difference", BigInteger),
    Column("movement_id", Id, ForeignKey("movements.id")),
    Column("dedupe_key", String(120), nullable=False, unique=True),
    CheckConstraint("counted >= 0", name="counted"),
    CheckConstraint(STATUSES, name="status"),
    Index("ix_stock_counts_key", "item_id", "lot_id", "location_id", "status", "counted_at"),
    Index("ix_stock_counts_document_id", "document_id"),
)
"""What somebody counted, where and when. ``difference`` is set once the count is posted; zero moves nothing."""

cost_layers = Table(
    "cost_layers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Column("lot_id", Id, ForeignKey("lots.id"), nullable=False),
    Column("movement_id", Id, ForeignKey("movements.id"), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
    CheckConstraint("quantity >= 0 AND (quantity > 0 OR value = 0)", name="quantity"),
    Index(
        "ix_cost_layers_open",
        "item_id",
        "lot_id",
        "id",
        sqlite_where=text("quantity > 0"),
        postgresql_where=text("quantity > 0"),
    ),
    Index("ix_cost_layers_movement_id", "movement_id"),
)
"""What is left of each receipt of an item that is valued first in, first out, and what that is worth."""

value_lines = Table(
    "value_lines",
    metadata,
    Column("id", Id, primary_key=True),
    Column("movement_id", Id, ForeignKey("movements.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Column("to_stock", BigInteger, nullable=False),
    Column("to_variance", BigInteger, nullable=False),
    CheckConstraint("to_stock <> 0 OR to_variance <> 0", name="value"),
    Index("ix_value_lines_movement_id", "movement_id"),
    Index("ix_value_lines_item_id_day", "item_id", "day"),
)
"""Value that moves without goods: freight and late prices into the stock, and differences (a loss is below zero)."""

bills = Table(
    "bills",
    metadata,
    Column("id", Id, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("is_active", Integer, nullable=False, server_default="1"),
    Column("valid_from", Date),
    UniqueConstraint("item_id", "version"),
)
"""Bills of materials; of the active versions that hold on a day the one that began last counts, then the newest.

A running work order keeps the lines of its plan.
"""

bill_lines = Table(
    "bill_lines",
    metadata,
    Column("bill_id", Id, ForeignKey("bills.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("component_id", Id, ForeignKey("items.id"), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("per", BigInteger, nullable=False, server_default="1"),
    Column("scrap_percent", Integer, nullable=False, server_default="0"),
    Column("is_backflushed", Integer, nullable=False, server_default="0"),
    CheckConstraint("quantity > 0 AND per > 0 AND scrap_percent BETWEEN 0 AND 100", name="quantity"),
    Index("ix_bill_lines_component_id", "component_id"),
)
"""So many smallest units of a component for so many (``per``) smallest units of what is made: an exact ratio."""

bill_alternatives = Table(
    "bill_alternatives",
    metadata,
    Column("bill_id", Id, ForeignKey("bills.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("per", BigInteger, nullable=False, server_default="1"),
    CheckConstraint("quantity > 0 AND per > 0", name="quantity"),
)
"""What may replace the component of a bill line, the first rank first: so much for so much (``per``) of it."""

bill_outputs = Table(
    "bill_outputs",
    metadata,
    Column("bill_id", Id, ForeignKey("bills.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("per", BigInteger, nullable=False, server_default="1"),
    Column("cost_percent", Integer, nullable=False, server_default="0"),
    CheckConstraint("quantity > 0 AND per > 0 AND cost_percent BETWEEN 0 AND 100", name="quantity"),
)
"""By-products: so much comes out beside so much (``per``) of what is made, and carries a share of the cost."""
