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


@dataclass(frozen=True, slots=True)
class LineageNode:
    """One box of a lineage: ``column`` counts from the left, links name it by ``key``.

    ``title`` is a partner's name or an item's code, ``detail`` a lot's number, ``note`` a quantity or a paper's number.
    A ``rest`` stands for ``count`` others of its column; ``stock``, ``scrap`` and ``production`` for where lots ended.
    """

    key: str
    column: int
    kind: Literal["supplier", "lot", "customer", "stock", "scrap", "production", "rest"]
    title: str = ""
    detail: str = ""
    note: str = ""
    is_subject: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True)
class LineageReport:
    """Where a lot, or what a paper moved, came from and what became of it; at most some 25 nodes.

    ``columns`` says what each holds, from the left. ``suppliers`` and ``customers`` are all of them by name;
    ``sources`` and ``products`` count the lots before and after, those without a node too. ``left_out`` counts the lots
    between.
    """

    subject: str
    is_paper: bool
    is_serial: bool
    about: str
    site: str
    today: dt.date
    columns: tuple[Literal["supplier", "source", "subject", "product", "end"], ...]
    nodes: tuple[LineageNode, ...]
    links: tuple[tuple[str, str], ...]
    suppliers: tuple[str, ...]
    customers: tuple[str, ...]
    sources: int
    products: int
    left_out: int = 0
