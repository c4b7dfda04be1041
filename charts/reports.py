"""The figures that a picture shows. A report holds no style and a picture asks no database."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Language = Literal["en", "zh"]
Tone = Literal["plain", "good", "bad"]


@dataclass(frozen=True, slots=True)
class StockProjection:
    """An item's stock, day by day, and where it goes if nothing is ordered.

    ``history``: on hand at the close of each local day, oldest first, the last one is now; in base units, one at least.
    ``daily_demand`` and ``daily_sd``: mean and standard deviation of a day's use, zero when unknown: then there is no
    projection. ``on_order`` with ``due`` is the next open order, or None.
    """

    item_code: str
    item_name: str
    unit: str
    site: str
    today: dt.date
    history: tuple[tuple[dt.date, Decimal], ...]
    safety_stock: Decimal
    reorder_point: Decimal
    lead_time_days: int
    daily_demand: Decimal
    daily_sd: Decimal
    on_order: tuple[Decimal, dt.date] | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the digest's four numbers, in words; ``series`` is its last days for the sparkline, oldest first."""

    label: str
    value: str
    change: str
    series: tuple[float, ...]
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class DigestRow:
    """One line of the digest's list: an item at or below its reorder point.

    ``code`` stands in for the name where there is no font for it.
    """

    name: str
    days_of_cover: Decimal | None
    lead_time_days: int
    suggested: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """A day in one picture. ``finding`` is the title sentence; ``more`` counts the rows that did not fit."""

    site: str
    today: dt.date
    finding: str
    figures: tuple[Figure, Figure, Figure, Figure]
    rows: tuple[DigestRow, ...]
    more: int
    footer: str
