"""Gathers the figures of the stock picture."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from charts.reports import StockProjection
from inventory_core import items
from inventory_core.insight import history
from inventory_core.items import Item
from inventory_core.quantity import as_decimal

DAYS = 28
_PLACES = Decimal("0.1")


def gather(db: Connection, item: Item, *, today: dt.date, zone: ZoneInfo, site: str) -> StockProjection:
    """Return an item's available stock over the last four weeks, with its planning lines and the next open order."""
    found = history.histories(db, [item.id], today=today, zone=zone, days=DAYS)[item.id]
    owed = items.on_order(db, item.id)
    scale = Decimal(1).scaleb(-item.precision)
    return StockProjection(
        item_code=item.code,
        item_name=item.name,
        unit=item.unit,
        site=site,
        today=today,
        history=tuple((day, as_decimal(amount, item.precision)) for day, amount in found.closing),
        safety_stock=as_decimal(item.safety_stock, item.precision),
        reorder_point=as_decimal(item.reorder_point, item.precision),
        lead_time_days=item.lead_time_days,
        daily_demand=(Decimal(repr(found.mean)) * scale).quantize(_PLACES),
        daily_sd=(Decimal(repr(found.deviation)) * scale).quantize(_PLACES),
        on_order=(as_decimal(owed[0][0], item.precision), owed[0][1]) if owed else None,
    )
