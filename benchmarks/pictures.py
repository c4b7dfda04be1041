"""Drawing a picture, against matplotlib saving an empty figure of the same size."""

import datetime as dt
import io
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from benchmarks.rounds import Pair

_DAY = dt.date(2026, 11, 18)


@contextmanager
def pairs(*, scale: int = 1) -> Iterator[list[Pair]]:
    """Give the measurement; ``scale`` divides how much work it is."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from charts.reports import StockProjection
    from charts.stock import stock_projection

    count = max(1, 4 // scale)
    report = StockProjection(
        item_code="CH-0234",
        item_name="Chain",
        unit="pc",
        site="Plant",
        today=_DAY,
        history=tuple((_DAY - dt.timedelta(days=28 - day), Decimal(900 - 20 * day)) for day in range(29)),
        safety_stock=Decimal(200),
        reorder_point=Decimal(400),
        lead_time_days=8,
        daily_demand=Decimal("20.0"),
        daily_sd=Decimal("4.0"),
        on_order=None,
    )

    def empty() -> bytes:
        figure, drawn = Figure(figsize=(10.8, 10.8), dpi=100), io.BytesIO()
        FigureCanvasAgg(figure)
        figure.savefig(drawn, format="png")
        return drawn.getvalue()

    yield [
        Pair(
            "chart.stock",
            count,
            "ms",
            lambda _number: lambda: [stock_projection(report, "zh") for _ in range(count)],
            lambda _number: lambda: [empty() for _ in range(count)],
        )
    ]
