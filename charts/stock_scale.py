"""What the stock picture draws, in days and quantities, and how these become pixels."""

import math
from dataclasses import dataclass

from charts.layout import Point
from charts.projection import Z80, path
from charts.stock_words import StockWords
from charts.style import MARGIN, RIGHT

Course = list[tuple[float, float]]
"""A course of stock: (days from today, quantity on hand)."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Days from today and quantities on hand to pixels."""

    first_day: float
    last_day: float
    ceiling: float
    top: float
    bottom: float

    def x(self, day: float) -> float:
        return MARGIN + (day - self.first_day) / (self.last_day - self.first_day) * (RIGHT - MARGIN)

    def y(self, quantity: float) -> float:
        return self.bottom - quantity / self.ceiling * (self.bottom - self.top)

    def at(self, course: Course) -> list[Point]:
        return [(self.x(day), self.y(quantity)) for day, quantity in course]


@dataclass(frozen=True, slots=True)
class Window:
    """The days that are drawn: ``past_days``, then ``horizon`` days of projection or ``blank_days`` without one."""

    past_days: int
    horizon: int
    blank_days: float
    is_in_window: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """The courses to draw. ``middle`` is in parts, since an empty shelf has no line; ``band`` goes round the 80 %."""

    past: Course
    middle: list[Course]
    high: Course
    band: Course
    levels: list[tuple[float, str]]

    @property
    def highest(self) -> float:
        lines = [self.past, *self.middle]
        return max([quantity for line in lines for _, quantity in line] + [level for level, _ in self.levels])


def window(words: StockWords) -> Window:
    """Choose the days: the past gets a third at least, and the end of stock is shown unless it is far off."""
    report, out = words.report, words.out
    recorded = words.recorded_days
    if out is None:
        past = max(recorded, 7)
        return Window(past, 0, past * 0.4, is_in_window=False)
    longest = max(45, 2 * recorded, report.lead_time_days + 14)
    is_in_window = out.likely_days + 2 <= longest
    coming = words.coming.days if words.coming else 0
    if words.is_out and not words.coming:
        horizon = report.lead_time_days + 3
    elif is_in_window:
        arrived = round(1.4 * coming) + 3
        horizon = max(min(longest, out.late_days + 2), arrived if arrived <= longest else 0)
    else:
        horizon = min(longest, max(21, report.lead_time_days + 14))
    horizon = max(7, horizon)
    return Window(max(recorded, round(horizon * 0.5)), horizon, 0, is_in_window=is_in_window)


def shape(words: StockWords, shown: Window) -> Shape:
    low, middle, high = (
        path(words.report, horizon=shown.horizon, z=z) if shown.horizon else [] for z in (Z80, 0.0, -Z80)
    )
    band = low + high[::-1] if words.report.daily_sd > 0 else []
    return Shape(_steps(words), _parts(middle), high, band, _levels(words))


def _steps(words: StockWords) -> Course:
    """The recorded stock as stairs: what was there at a day's close stays until the next close."""
    today = words.report.today
    course: Course = []
    for date, quantity in words.report.history:
        day = float((date - today).days)
        if course:
            course.append((day, course[-1][1]))
        course.append((day, float(quantity)))
    return course


def _parts(course: Course) -> list[Course]:
    """Split a course where it lies at zero."""
    parts: list[Course] = [[]]
    for i, point in enumerate(course):
        if parts[-1] and point[1] <= 0 and course[i - 1][1] <= 0:
            parts.append([])
        parts[-1] = [*parts[-1], point] if point[1] > 0 or parts[-1] else [point]
    return [_corners(part) for part in parts if len(part) > 1]


def _corners(course: Course) -> Course:
    """Keep the ends and the points where the course turns."""
    kept = course[:1]
    for before, point, after in zip(course, course[1:], course[2:], strict=False):
        slope_in = (point[1] - before[1]) * (after[0] - point[0])
        slope_out = (after[1] - point[1]) * (point[0] - before[0])
        if not math.isclose(slope_in, slope_out, rel_tol=1e-6, abs_tol=1e-12):
            kept.append(point)
    return [*kept, course[-1]]


def _levels(words: StockWords) -> list[tuple[float, str]]:
    """The rules across the plot with their labels, lowest first; a level of zero is none."""
    report = words.report
    levels = ((report.safety_stock, "safety_stock"), (report.reorder_point, "reorder_point"))
    return sorted((float(value), words.say(key, quantity=words.quantity(value))) for value, key in levels if value > 0)
