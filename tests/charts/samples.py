"""Reports with boring defaults."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from io import BytesIO

from PIL import Image

from charts.picture import Picture
from charts.reports import Digest, DigestRow, Figure, Language, StockProjection

TODAY = dt.date(2026, 11, 18)
LONG_NAME = "Stainless self-tapping screw M4×16, $box$ of 500_units, zinc plated, countersunk"
LONG_CHINESE_NAME = "304不锈钢十字沉头自攻螺丝M4×16镀锌盒装五百颗（华东仓专供）堃喆牌"


def history(*levels: float) -> tuple[tuple[dt.date, Decimal], ...]:
    """One level a day, the last one today."""
    first = TODAY - dt.timedelta(days=len(levels) - 1)
    return tuple((first + dt.timedelta(days=i), Decimal(str(level))) for i, level in enumerate(levels))


PAPER = StockProjection(
    item_code="BK-100",
    item_name="A4 paper",
    unit="units",
    site="Shanghai 1",
    today=TODAY,
    history=history(210, 198, 190, 171, 160, 158, 145, 130),
    safety_stock=Decimal(60),
    reorder_point=Decimal(156),
    lead_time_days=8,
    daily_demand=Decimal(12),
    daily_sd=Decimal(5),
)
CHINESE_PAPER = replace(PAPER, item_name="A4复印纸", site="上海一仓", unit="件")
IDLE_PAPER = replace(PAPER, daily_demand=Decimal(0), daily_sd=Decimal(0))


def paper(language: Language) -> StockProjection:
    return CHINESE_PAPER if language == "zh" else PAPER


def order(quantity: int, *, in_days: int) -> tuple[Decimal, dt.date]:
    return Decimal(quantity), TODAY + dt.timedelta(days=in_days)


ROWS = (
    DigestRow("Ink 950XL", Decimal(5), 9, "40 units", "INK-950"),
    DigestRow("A4 paper", Decimal("10.8"), 8, "240 units", "BK-100"),
    DigestRow("Mountain-200 Black, 38", None, 14, "12 units", "BK-M68B-38"),
    DigestRow(LONG_NAME, Decimal(0), 3, "12,000 boxes", "STS-500"),
    DigestRow(LONG_CHINESE_NAME, Decimal(400), 3, "1.2万盒", "STS-501"),
)
DAY = Digest(
    site="Shanghai 1",
    today=TODAY,
    finding="Five items need an order today; two will run short",
    figures=(
        Figure("Stock value", "¥888k", "up 4.1%", (84, 85, 84, 88.8)),
        Figure("Fill rate", "97.2%", "up 0.6 points", (96.1, 97.2), "good"),
        Figure("Turns a year", "5.2", "down 0.2, target 6.0", (6.2, 5.6, 5.2), "bad"),
        Figure("Items out of stock", "4", "of 412, down 3", ()),
    ),
    rows=ROWS,
    more=12,
    footer="Two suppliers late: Delta Plastics 3 days, Yongxin 1 day.",
)


def image(picture: Picture) -> Image.Image:
    return Image.open(BytesIO(picture.png))
