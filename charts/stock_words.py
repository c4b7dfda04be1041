"""What the stock picture says: its finding, its assumptions and its alt text."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from charts import locale
from charts.projection import Arrival, StockOut
from charts.reports import Language, StockProjection
from charts.style import KICKER, TEXT_WIDTH, TITLE, Frame
from charts.text import can_draw, clip, needs_lines, shown_name, width
from charts.typeface import Fonts

NAME_LIMITS = (2000, 900, 800, 700, 600, 500, 400, 340)
NAME_SIGNS_MAX = 120
SOON_DAYS = 7


@dataclass(frozen=True, slots=True)
class StockWords:
    """A report with its projection, told in one language."""

    report: StockProjection
    language: Language
    out: StockOut | None
    coming: Arrival | None
    fonts: Fonts

    @property
    def on_hand(self) -> Decimal:
        return self.report.history[-1][1]

    @property
    def is_out(self) -> bool:
        return self.on_hand <= 0

    @property
    def recorded_days(self) -> int:
        return (self.report.today - self.report.history[0][0]).days

    @property
    def days_to_act(self) -> int | None:
        """Days from today to the last day to order, by the cautious end of the interval; zero or less is today."""
        return None if self.out is None or self.out.is_far else self.out.early_days - self.report.lead_time_days

    @property
    def is_gap(self) -> bool:
        """The shelf is empty before the open order comes."""
        coming = self.coming
        return bool(self.out and coming and not coming.is_late and coming.days > self.out.likely_days)

    @property
    def is_expecting(self) -> bool:
        """There is an open order that is not late."""
        return bool(self.coming and not self.coming.is_late)

    @property
    def is_covered(self) -> bool:
        """The open order comes before the shelf is empty."""
        return self.is_expecting and not self.is_gap and not self.is_out

    @property
    def needs_somebody(self) -> bool:
        position = self.on_hand
        if self.report.on_order and self.is_expecting:
            position += self.report.on_order[0]
        if self.out is None or self.is_out:
            return position <= self.report.reorder_point
        days = self.days_to_act
        return self.is_gap or (days is not None and days <= SOON_DAYS)

    @property
    def is_alarm(self) -> bool:
        """The present itself needs somebody, not only the future."""
        return self.is_out or (self.out is None and self.needs_somebody)

    def say(self, key: str, **parts: str | int) -> str:
        return locale.say(self.language, f"stock.{key}", **parts)

    def quantity(self, value: Decimal | float) -> str:
        return locale.number(Decimal(value), self.language)

    def day(self, days: int) -> str:
        return self.date(self.report.today + dt.timedelta(days=days))

    def date(self, date: dt.date) -> str:
        return locale.day(date, self.language, today=self.report.today)

    def days(self, count: int) -> str:
        return locale.say(self.language, "common.days", count=count)

    @property
    def span(self) -> str:
        if self.out is None or self.out.is_far:
            return self.say("two_years")
        return self.days(int(self.out.middle))

    @property
    def order(self) -> dict[str, str]:
        if self.coming is None:
            return {}
        return {"quantity": self.quantity(self.coming.quantity), "due": self.date(self.coming.due)}

    @property
    def name(self) -> str:
        return shown_name(self.report.item_name, self.report.item_code, self.fonts)

    @property
    def unit(self) -> str:
        unit = self.report.unit
        return unit if can_draw(unit, self.fonts) else locale.say(self.language, "common.units")

    def title(self, name: str, *, is_in_window: bool) -> str:
        """The finding. ``is_in_window``: the end of stock is near enough to be drawn."""
        if self.out is None:
            return self._level_title(name)
        if self.is_out:
            return self._out_title(name)
        if self.out.is_far:
            return self.say("far", name=name)
        likely = self.day(self.out.likely_days)
        if self.coming and self.coming.is_late and self.needs_somebody:
            return self.say("late", name=name, day=likely, **self.order)
        if self.coming and self.is_gap:
            return self.say("gap", name=name, day=likely, count=self.coming.days - self.out.likely_days)
        return self._act_title(name, likely, is_in_window=is_in_window)

    def _act_title(self, name: str, likely: str, *, is_in_window: bool) -> str:
        days = self.days_to_act or 0
        suffix = "_today" if days <= 0 else ""
        parts = {"name": name, "order_by": self.day(max(0, days))}
        if not is_in_window:
            return self.say("plenty" + suffix, span=self.span, **parts)
        if self.is_covered:
            key = "covered" + suffix if self.needs_somebody else "covered_calm"
            return self.say(key, day=likely, **parts, **self.order)
        return self.say("runs_out" + suffix, day=likely, **parts)

    def _out_title(self, name: str) -> str:
        if self.coming is None:
            return self.say("out_today" if self.report.reorder_point > 0 or self.out else "out_plain", name=name)
        return self.say("out_late" if self.coming.is_late else "out_until", name=name, **self.order)

    def _level_title(self, name: str) -> str:
        on_hand, reorder = self.on_hand, self.report.reorder_point
        if self.is_out:
            return self._out_title(name)
        if reorder <= 0:
            return self.say("alone", name=name, quantity=self.quantity(on_hand))
        key = "below" if on_hand < reorder else "above" if on_hand > reorder else "level"
        return self.say(key, name=name, quantity=self.quantity(on_hand), reorder_point=self.quantity(reorder))

    def fitting_title(self, *, is_in_window: bool) -> tuple[str, bool]:
        """The finding in two lines, and whether a long name had to be shortened for it."""
        type_ = self.fonts.at(TITLE, bold=True)
        title, name = "", self.name
        for limit in NAME_LIMITS:
            name = clip(self.name, type_, limit)
            title = self.title(name, is_in_window=is_in_window)
            if needs_lines(title, type_, TEXT_WIDTH) <= 2:
                break
        return title, name != self.name

    def frame(self, *, is_in_window: bool) -> Frame:
        title, is_shortened = self.fitting_title(is_in_window=is_in_window)
        measure = "measure_plain" if self.out is None else "measure_order" if self.coming else "measure"
        return Frame(
            kicker=self._kicker(self.name if is_shortened else self.report.item_code),
            title=title,
            subtitle=self.say(measure, unit=self.unit),
            footer=tuple(self._footer()),
        )

    def _kicker(self, item: str) -> str:
        type_, report = self.fonts.at(KICKER), self.report
        site = clip(report.site, type_, 300) if can_draw(report.site, self.fonts) else ""
        rest = "".join(f" · {part}" for part in (site, self.date(report.today)) if part)
        return clip(item, type_, TEXT_WIDTH - 16 - width(rest, type_)) + rest

    def _footer(self) -> list[str]:
        report, lead = self.report, self.days(self.report.lead_time_days)
        parts = []
        if not self.fonts.has_chinese and not can_draw(report.item_name, self.fonts):
            parts.append(locale.say(self.language, "common.codes"))
        if self.out is None:
            parts += [self.say("unknown"), self.say("lead", lead=lead)]
        else:
            has_band = report.daily_sd > 0 and (not self.is_out or self.is_expecting)
            parts += [self.say("band")] if has_band else []
            parts.append(self.say("assumption", lead=lead, rate=locale.rate(report.daily_demand, self.language)))
        if self.coming:
            parts.append(self.say("on_order_late" if self.coming.is_late else "on_order", **self.order))
        return parts

    def alt(self, *, is_in_window: bool) -> str:
        """The finding and the numbers behind it, for those who hear the picture."""
        report, out = self.report, self.out
        title = self.title(report.item_name[:NAME_SIGNS_MAX], is_in_window=is_in_window)
        parts = [title + ("。" if self.language == "zh" else ".")]
        numbers = {"reorder_point": self.quantity(report.reorder_point)}
        numbers["unit"] = report.unit if self.language == "en" or not report.unit.isascii() else f" {report.unit}"
        numbers |= {"quantity": self.quantity(self.on_hand), "safety_stock": self.quantity(report.safety_stock)}
        parts.append(self.say("alt_now", day=self.date(report.today), **numbers))
        if out and not out.is_far and not self.is_out:
            ends = {"day": out.likely_days, "early": out.early_days, "late": out.late_days}
            when = {key: self.day(days) for key, days in ends.items()}
            parts.append(self.say("alt_out", rate=locale.rate(report.daily_demand, self.language), **when))
        if (days := self.days_to_act) is not None:
            lead = self.days(report.lead_time_days)
            key = "alt_act" if days > 0 else "alt_act_today"
            parts.append(self.say(key, lead=lead, **({"order_by": self.day(days)} if days > 0 else {})))
        if self.coming:
            parts.append(self.say("on_order_late" if self.coming.is_late else "on_order", **self.order))
        return locale.tell(parts, self.language)
