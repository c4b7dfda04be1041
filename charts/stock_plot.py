"""The drawn part of the stock picture: the past a line, the present a dot, the future dashed in its band."""

from collections.abc import Iterator
from dataclasses import dataclass

from charts.layout import Box, Point, declutter
from charts.stock_labels import Plan, Planner
from charts.stock_scale import Shape, Window, shape
from charts.stock_words import StockWords
from charts.style import ACCENT, GREY, INK, LABEL, MARGIN, RIGHT, SLATE, SOFT, Sheet
from charts.text import width

AXIS_ROOM = 58
TODAY_ROOM = 56
DATE_GAP, DATE_SHIFT_MAX = 24, 44


@dataclass(frozen=True, slots=True)
class AxisDate:
    """A date to write under the axis, at its day."""

    day: float
    text: str
    colour: str = GREY
    bold: bool = False


class StockPlot:
    """Draws one report on the free space of a sheet."""

    def __init__(self, sheet: Sheet, words: StockWords, shown: Window) -> None:
        self.sheet, self.words, self.window = sheet, words, shown
        self.shape: Shape = shape(words, shown)
        self.planner = Planner(words, shown, self.shape)
        self.plan: Plan = self.planner.plan(top=sheet.top + TODAY_ROOM, bottom=sheet.bottom - AXIS_ROOM)
        self.scale = self.plan.scale

    def draw(self) -> None:
        self._draw_rules()
        self._draw_future()
        self._draw_past()
        self._draw_end()
        if self._has_act:
            act = max(0, self.words.days_to_act or 0)
            self.sheet.dot((self.scale.x(act), self.scale.bottom), radius=9)
        for label in self.plan.labels:
            at = (label.box.left, (label.box.top + label.box.bottom) / 2)
            self.sheet.text(at, label.text, size=label.size, colour=label.colour, bold=label.bold, halo=True)
        self._draw_dates()

    def _draw_rules(self) -> None:
        scale = self.scale
        for value, _ in self.shape.levels:
            self.sheet.rule(scale.y(value), MARGIN, RIGHT, colour=SOFT, weight=2.5)
        self.sheet.line([(MARGIN, scale.bottom), (RIGHT, scale.bottom)], weight=3, z=1)
        self.sheet.line([(scale.x(0), scale.top - 8), (scale.x(0), scale.bottom)], colour=SOFT, z=1)
        self.sheet.text((scale.x(0), scale.top - 32), self.words.say("today"), colour=GREY, align="center")

    def _draw_past(self) -> None:
        words, scale = self.words, self.scale
        x, y = scale.x(0), scale.y(float(words.on_hand))
        colour = ACCENT if words.is_alarm else INK
        if len(self.shape.past) > 1:
            self.sheet.line(scale.at(self.shape.past), weight=5)
        elif not self.window.horizon:
            self.sheet.bar(Box(x - 7, y, x + 7, scale.bottom), colour=ACCENT if words.is_alarm else SLATE)
        self.sheet.dot((x, y), radius=11, colour=colour)

    def _draw_future(self) -> None:
        scale, words = self.scale, self.words
        if self.shape.band:
            self.sheet.area(_capped(scale.at(self.shape.band), scale.top - 8))
        for course in self.shape.middle:
            self.sheet.line(scale.at(course), colour=self.planner.colour, weight=5, dashed=True, z=5)
        if empty := self._empty_days():
            ends: list[Point] = [(scale.x(day), scale.bottom) for day in empty]
            self.sheet.line(ends, colour=ACCENT, weight=9, z=5)
        if point := self.planner.arrival_point():
            self.sheet.dot(scale.at([point])[0], radius=9, colour=self.planner.colour, hollow=True)
        elif words.is_out and self.window.horizon:
            self.sheet.dot((scale.x(words.report.lead_time_days), scale.bottom), radius=9, colour=ACCENT, hollow=True)

    def _empty_days(self) -> tuple[float, float] | None:
        """From when to when the shelf is surely empty: until the open order, or else one placed today, comes."""
        words, out = self.words, self.words.out
        if out is None or not self.window.horizon:
            return None
        if words.is_out and not words.is_expecting:
            return 0, min(words.report.lead_time_days, self.window.horizon)
        if words.coming and (words.is_gap or words.is_out):
            return 0 if words.is_out else out.middle, min(words.coming.days, self.window.horizon)
        return None

    def _draw_end(self) -> None:
        box, out = self.plan.callout, self.words.out
        if box is None or out is None or not self.window.is_in_window:
            return
        x, bottom = self.scale.x(out.middle), self.scale.bottom
        self.sheet.line([(x, box.bottom + 8), (x, bottom - 16)], colour=self.planner.colour, z=3)
        self.sheet.dot((x, bottom), radius=12, colour=self.planner.colour)

    def _draw_dates(self) -> None:
        """Write dates under the axis, the most needed first; one that would push the others too far is left out."""
        kept: list[AxisDate] = []
        lefts: list[float] = []
        for date in self._dates():
            tried = [*kept, date]
            wides = [width(each.text, self.sheet.fonts.at(LABEL, bold=each.bold)) for each in tried]
            wanted = [
                min(max(self.scale.x(each.day), MARGIN + wide / 2), RIGHT - wide / 2)
                for each, wide in zip(tried, wides, strict=True)
            ]
            gaps = [wide + DATE_GAP for wide in wides]
            placed = declutter(wanted, gaps, low=MARGIN - DATE_GAP / 2, high=RIGHT + DATE_GAP / 2)
            if all(abs(at - want) <= DATE_SHIFT_MAX for at, want in zip(placed, wanted, strict=True)):
                kept, lefts = tried, [at - wide / 2 for at, wide in zip(placed, wides, strict=True)]
        for date, left in zip(kept, lefts, strict=True):
            at = (left, self.scale.bottom + 36)
            self.sheet.text(at, date.text, colour=date.colour, bold=date.bold)

    def _dates(self) -> Iterator[AxisDate]:
        words, out, horizon = self.words, self.words.out, self.window.horizon
        act, recorded = words.days_to_act, words.recorded_days
        if words.is_out and horizon and not words.is_expecting:
            lead = words.report.lead_time_days
            yield AxisDate(lead, words.say("earliest", day=words.day(lead)), colour=ACCENT)
        elif self._has_act and act is not None:
            text = words.say("order_by", day=words.day(act)) if act > 0 else words.say("order_today")
            yield AxisDate(max(0, act), text, colour=INK, bold=True)
        if out and self.window.is_in_window and not words.is_out:
            yield AxisDate(out.middle, words.day(out.likely_days), colour=self.planner.colour)
        if point := self.planner.arrival_point():
            yield AxisDate(point[0], words.day(int(point[0])))
        if recorded:
            yield AxisDate(-recorded, words.day(-recorded))
        if recorded > 20:
            yield AxisDate(-(recorded // 2), words.day(-(recorded // 2)))
        if horizon and (not self.window.is_in_window or words.is_out):
            yield AxisDate(horizon, words.day(horizon))

    @property
    def _has_act(self) -> bool:
        """The last day to order is on the axis."""
        act = self.words.days_to_act
        return act is not None and act < self.window.horizon and not self.words.is_out


def _capped(points: list[Point], top: float) -> list[Point]:
    return [(x, max(y, top)) for x, y in points]
