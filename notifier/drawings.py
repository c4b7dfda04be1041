"""Reports as plain values and back, and the picture of each."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from charts.picture import Picture
from charts.reports import Digest, DigestRow, Figure, Language, StockProjection


def stock_values(report: StockProjection) -> dict[str, Any]:
    """Return a stock report as JSON values: decimals and dates as text."""
    return {
        "item_code": report.item_code,
        "item_name": report.item_name,
        "unit": report.unit,
        "site": report.site,
        "today": report.today.isoformat(),
        "history": [[day.isoformat(), str(amount)] for day, amount in report.history],
        "safety_stock": str(report.safety_stock),
        "reorder_point": str(report.reorder_point),
        "lead_time_days": report.lead_time_days,
        "daily_demand": str(report.daily_demand),
        "daily_sd": str(report.daily_sd),
        "on_order": [str(report.on_order[0]), report.on_order[1].isoformat()] if report.on_order else None,
    }


def _stock_report(values: Mapping[str, Any]) -> StockProjection:
    owed = values["on_order"]
    return StockProjection(
        item_code=values["item_code"],
        item_name=values["item_name"],
        unit=values["unit"],
        site=values["site"],
        today=dt.date.fromisoformat(values["today"]),
        history=tuple((dt.date.fromisoformat(day), Decimal(amount)) for day, amount in values["history"]),
        safety_stock=Decimal(values["safety_stock"]),
        reorder_point=Decimal(values["reorder_point"]),
        lead_time_days=values["lead_time_days"],
        daily_demand=Decimal(values["daily_demand"]),
        daily_sd=Decimal(values["daily_sd"]),
        on_order=(Decimal(owed[0]), dt.date.fromisoformat(owed[1])) if owed else None,
    )


def digest_values(report: Digest) -> dict[str, Any]:
    """Return a digest as JSON values."""
    return {
        "site": report.site,
        "today": report.today.isoformat(),
        "finding": report.finding,
        "figures": [[f.label, f.value, f.change, list(f.series), f.tone] for f in report.figures],
        "rows": [
            [r.name, None if r.days_of_cover is None else str(r.days_of_cover), r.lead_time_days, r.suggested, r.code]
            for r in report.rows
        ],
        "more": report.more,
        "footer": report.footer,
    }


def _digest_report(values: Mapping[str, Any]) -> Digest:
    first, second, third, fourth = (
        Figure(label, value, change, tuple(series), tone) for label, value, change, series, tone in values["figures"]
    )
    return Digest(
        site=values["site"],
        today=dt.date.fromisoformat(values["today"]),
        finding=values["finding"],
        figures=(first, second, third, fourth),
        rows=tuple(
            DigestRow(name, None if cover is None else Decimal(cover), lead, suggested, code)
            for name, cover, lead, suggested, code in values["rows"]
        ),
        more=values["more"],
        footer=values["footer"],
    )


def draw(subject: str, language: Language, values: Mapping[str, Any]) -> Picture:
    """Return the picture of a subject's report."""
    # Matplotlib takes a third of a second to import, and only the charts worker draws.
    if subject.startswith("digest:"):
        from charts.digest import digest

        return digest(_digest_report(values), language)
    from charts.stock import stock_projection

    return stock_projection(_stock_report(values), language)
