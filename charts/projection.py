"""Where stock goes from here: demand of independent days, one open order, an 80 % band."""

import datetime as dt
import math
from dataclasses import dataclass

from charts.reports import StockProjection

Z80 = 1.2816
"""Standard deviations on each side of the mean that hold 80 % of a normal distribution."""
FAR_DAYS = 730
"""Past two years a date is no forecast."""
STEPS = 240


@dataclass(frozen=True, slots=True)
class Arrival:
    """The next open order. ``days`` from today are never below zero; one that ``is_late`` is not counted on."""

    quantity: float
    due: dt.date
    days: int
    is_late: bool


@dataclass(frozen=True, slots=True)
class StockOut:
    """When the shelf is empty, in days from today: most likely, and the 80 % interval. ``middle`` is not rounded."""

    middle: float
    early_days: int
    likely_days: int
    late_days: int

    @property
    def is_far(self) -> bool:
        return self.middle > FAR_DAYS


def arrival(report: StockProjection) -> Arrival | None:
    if report.on_order is None or report.on_order[0] <= 0:
        return None
    quantity, due = report.on_order
    return Arrival(float(quantity), due, max(0, (due - report.today).days), is_late=due < report.today)


def stock_out(report: StockProjection) -> StockOut | None:
    """Return when stock ends, None if demand is unknown. An open order counts if it is due before that."""
    if report.daily_demand <= 0:
        return None
    on_hand, coming = float(report.history[-1][1]), arrival(report)
    first = _empty_after(on_hand, report)
    if coming and not coming.is_late and coming.days <= first.likely_days:
        return _empty_after(on_hand + coming.quantity, report)
    return first


def _empty_after(supply: float, report: StockProjection) -> StockOut:
    """Solve ``mean * h + z * sd * sqrt(h) = supply`` for h, with z at -Z80, 0 and Z80."""
    mean, spread = float(report.daily_demand), Z80 * float(report.daily_sd)
    root = math.sqrt(spread * spread + 4 * mean * supply)
    early, late = (((sign * spread + root) / (2 * mean)) ** 2 for sign in (-1, 1))
    days = [math.ceil(min(h, FAR_DAYS * 2) - 1e-9) for h in (early, supply / mean, late)]
    return StockOut(min(supply / mean, FAR_DAYS * 2), days[0], days[1], days[2])


def path(report: StockProjection, *, horizon: int, z: float) -> list[tuple[float, float]]:
    """Walk the stock to ``horizon`` if demand keeps ``z`` deviations above its mean: (days from today, on hand).

    An empty shelf stays at zero: demand that meets it is lost, not owed.
    """
    coming = arrival(report)
    mean, spread = float(report.daily_demand), z * float(report.daily_sd)
    level, used = float(report.history[-1][1]), 0.0
    points = [(0.0, level)]
    steps_a_day = max(1, STEPS // horizon)
    for step in range(1, horizon * steps_a_day + 1):
        day = step / steps_a_day
        if coming and not coming.is_late and coming.days == points[-1][0]:
            level += coming.quantity
            points.append((points[-1][0], level))
        used_by_now = max(used, mean * day + spread * math.sqrt(day))
        demand, used = used_by_now - used, used_by_now
        if 0 < level < demand:
            points.append((points[-1][0] + (day - points[-1][0]) * level / demand, 0.0))
        level = max(0.0, level - demand)
        points.append((day, level))
    return points
