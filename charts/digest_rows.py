"""The list in the digest: each item's days of cover against its lead time, and how much to order."""

from decimal import Decimal

from charts import locale
from charts.layout import Box
from charts.reports import Digest, DigestRow, Language
from charts.style import ACCENT, BODY, GREY, INK, KICKER, LABEL, MARGIN, NOTE, PAPER, RIGHT, SLATE, Sheet
from charts.text import clip, legible, shown_name, width, wrap
from charts.typeface import Fonts

ROWS_MAX = 5
HEAD, HEAD_TIGHT, STEP, MORE, CALM = 66, 56, 108, 46, 230
NAME_WIDTH, NAME_STEP, COVER_WIDTH, SUGGESTED_WIDTH = 310, 34, 72, 270
SCALE_OVER_LEAD = 2.5
"""A bar longer than this many of the longest lead times is cut: it is no matter of days."""


class DigestRows:
    """Measures, draws and tells the rows of a digest."""

    def __init__(self, report: Digest, language: Language, fonts: Fonts) -> None:
        self.rows, self.language, self.fonts = report.rows[:ROWS_MAX], language, fonts
        self.more = report.more + len(report.rows) - len(self.rows)

    @property
    def is_tight(self) -> bool:
        return len(self.rows) > 3

    @property
    def height_wanted(self) -> float:
        if not self.rows:
            return CALM
        return self._head + len(self.rows) * STEP + (MORE if self.more else 0)

    @property
    def _head(self) -> float:
        return HEAD_TIGHT if self.is_tight else HEAD

    def _say(self, key: str, **parts: str | int) -> str:
        return locale.say(self.language, f"digest.{key}", **parts)

    def _name(self, row: DigestRow) -> str:
        return shown_name(row.name, row.code or "—", self.fonts)

    def draw(self, sheet: Sheet, *, top: float) -> None:
        sheet.rule(top, MARGIN, RIGHT, colour=INK, weight=2.5)
        if not self.rows:
            self._draw_calm(sheet, top=top)
            return
        suggested = max(width(legible(row.suggested, self.fonts), self.fonts.at(BODY, bold=True)) for row in self.rows)
        heading = self._say("heading_quantity")
        right = RIGHT - max(min(suggested, SUGGESTED_WIDTH), width(heading, self.fonts.at(LABEL))) - 40
        left = MARGIN + NAME_WIDTH + COVER_WIDTH + 18
        sheet.text((MARGIN, top + 34), self._say("heading"), size=BODY, bold=True)
        sheet.text((left - COVER_WIDTH, top + 34), self._say("heading_cover"), colour=GREY)
        sheet.text((RIGHT, top + 34), heading, colour=GREY, align="right")
        y = top + self._head
        step = (sheet.bottom + 20 - y - (MORE if self.more else 0)) / len(self.rows)
        for i, row in enumerate(self.rows):
            self._draw_row(sheet, row, left=left, right=right, middle=y + step * (i + 0.5))
            if i + 1 < len(self.rows) or self.more:
                sheet.rule(y + step * (i + 1), MARGIN, RIGHT)
        if self.more:
            at = (MARGIN, y + step * len(self.rows) + MORE / 2)
            sheet.text(at, self._say("more", count=self.more), colour=GREY)

    def _draw_calm(self, sheet: Sheet, *, top: float) -> None:
        """Nothing to order: a tick in a ring, and why."""
        middle = (top + sheet.bottom + 26) / 2
        if self.more:
            sheet.text((MARGIN, middle), self._say("finding", count=self.more), size=BODY, bold=True)
            return
        centre = MARGIN + 46
        sheet.dot((centre, middle), radius=44, colour=SLATE, hollow=True)
        tick = [(centre - 19, middle + 1), (centre - 5, middle + 16), (centre + 21, middle - 15)]
        sheet.line(tick, colour=SLATE, weight=7, round_=True, z=8)
        sheet.text((MARGIN + 124, middle - 26), self._say("calm"), size=BODY + 6, bold=True)
        sheet.text((MARGIN + 124, middle + 28), self._say("calm_reason"), colour=GREY)

    def _draw_row(self, sheet: Sheet, row: DigestRow, *, left: float, right: float, middle: float) -> None:
        y, half = middle + 10, 13 if self.is_tight else 19
        self._draw_name(sheet, self._name(row), y)
        self._draw_suggested(sheet, legible(row.suggested, self.fonts), y)
        days, longest = row.days_of_cover, self._longest()
        is_short = days is not None and days < row.lead_time_days
        cover = self._say("unknown") if days is None else self._days(days)
        colour = ACCENT if is_short else INK
        sheet.text((left - 18, y), cover, size=BODY, colour=colour, bold=is_short, align="right")
        if days is not None:
            length = min(float(days), longest) / longest * (right - left)
            box = Box(left, y - half, left + max(3.0, length), y + half)
            sheet.bar(box, colour=ACCENT if is_short else SLATE)
            if days > longest:
                sheet.line([(right - 34, y + half), (right - 20, y - half)], colour=PAPER, weight=6, z=4)
        x = left + row.lead_time_days / longest * (right - left)
        sheet.line([(x, y - half - 6), (x, y + half + 6)], weight=5, z=6)
        sheet.text((x, y - half - 20), str(row.lead_time_days), size=NOTE, align="center", halo=True)

    def _draw_suggested(self, sheet: Sheet, text: str, y: float) -> None:
        size = BODY if width(text, self.fonts.at(BODY, bold=True)) <= SUGGESTED_WIDTH else KICKER
        text = clip(text, self.fonts.at(size, bold=True), SUGGESTED_WIDTH)
        sheet.text((RIGHT, y), text, size=size, bold=True, align="right")

    def _days(self, days: Decimal) -> str:
        return locale.number(round(days, 1), self.language)

    def _draw_name(self, sheet: Sheet, name: str, middle: float) -> None:
        """Set a name in one line, or smaller in two: what tells variants apart is often at the end."""
        if width(name, self.fonts.at(BODY)) <= NAME_WIDTH:
            sheet.text((MARGIN, middle), name, size=BODY)
            return
        lines = wrap(name, self.fonts.at(KICKER), NAME_WIDTH, lines=2)
        for i, line in enumerate(lines):
            y = middle + (i - (len(lines) - 1) / 2) * NAME_STEP - (6 if self.is_tight and len(lines) > 1 else 0)
            sheet.text((MARGIN, y), line, size=KICKER)

    def _longest(self) -> float:
        """The days that the full width stands for."""
        lead = max(row.lead_time_days for row in self.rows)
        cover = max(float(row.days_of_cover or 0) for row in self.rows)
        return max(1.0, lead * 1.1, min(cover, SCALE_OVER_LEAD * max(1, lead)))


def row_sentences(report: Digest, language: Language) -> list[str]:
    """The rows in words, for the alt text."""
    told = []
    for row in report.rows[:ROWS_MAX]:
        days = row.days_of_cover
        parts = {"name": row.name, "suggested": row.suggested}
        parts["lead"] = locale.say(language, "common.days", count=row.lead_time_days)
        if days is None:
            told.append(locale.say(language, "digest.alt_row_unknown", **parts))
        else:
            written = 1 if round(days, 1) == 1 else locale.number(round(days, 1), language)
            cover = locale.say(language, "common.days", count=written)
            told.append(locale.say(language, "digest.alt_row", cover=cover, **parts))
    more = report.more + max(0, len(report.rows) - ROWS_MAX)
    return [*told, locale.say(language, "digest.alt_more", count=more)] if more else told
