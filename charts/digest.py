"""The picture of a day: four figures, and what to order."""

from charts import locale
from charts.digest_rows import DigestRows, row_sentences
from charts.layout import Box
from charts.picture import Picture
from charts.reports import Digest, Figure, Language
from charts.style import ACCENT, GREY, HEIGHT_MAX, INK, LABEL, MARGIN, RIGHT, SLATE, SOFT, Frame, Sheet
from charts.text import can_draw, clip, legible, width
from charts.typeface import Fonts, drawn_language, load_fonts

GAP, AIR = 50, 12
FIGURE_WIDTH = (RIGHT - MARGIN - GAP) / 2
FIGURE_STEP, FIGURE_STEP_TIGHT = 218, 190
FIGURE_ROWS, FIGURE_ROWS_TIGHT = (36, 100, 162), (32, 92, 150)
SPARK_WIDTH, SPARK_HEIGHT = 150, 70
VALUE_SIZES = (66, 58, 50, 44, 38)


def digest(report: Digest, language: Language, *, fonts: Fonts | None = None) -> Picture:
    """Draw the day's figures and the rows, at most five of them; none is a calm panel.

    Without a Chinese font the drawn words are English and items are shown by their codes; figures whose labels cannot
    be drawn are left out.
    """
    fonts = fonts or load_fonts()
    drawn = drawn_language(language, fonts)
    rows = DigestRows(report, drawn, fonts)
    frame = _frame(report, drawn, fonts)
    has_figures = all(can_draw(figure.label, fonts) for figure in report.figures)
    step = (FIGURE_STEP_TIGHT if rows.is_tight else FIGURE_STEP) if has_figures else 0
    head, foot = Sheet.room(fonts, frame)
    height = min(HEIGHT_MAX, round(head + AIR + 2 * step + rows.height_wanted + foot))
    sheet = Sheet(fonts, frame, height=height)
    for i, figure in enumerate(report.figures if has_figures else ()):
        left = MARGIN + (i % 2) * (FIGURE_WIDTH + GAP)
        _draw_figure(sheet, figure, left=left, top=sheet.top + AIR + (i // 2) * step, is_tight=rows.is_tight)
    rows.draw(sheet, top=sheet.top + AIR + 2 * step)
    return Picture(f"digest-{report.today.isoformat()}.png", sheet.png(), _alt(report, language))


def _frame(report: Digest, language: Language, fonts: Fonts) -> Frame:
    kicker = [report.site] if can_draw(report.site, fonts) else []
    is_readable = can_draw(report.finding, fonts)
    count = len(report.rows) + report.more
    calm = locale.say(language, "digest.finding", count=count) if count else locale.say(language, "digest.calm")
    names_lost = not fonts.has_chinese and any(not can_draw(row.name, fonts) for row in report.rows)
    notes = [locale.say(language, "common.codes")] if names_lost else []
    notes += [report.footer] if report.footer and can_draw(report.footer, fonts) else []
    return Frame(
        kicker=" · ".join([*kicker, locale.weekday(report.today, language)]),
        title=report.finding if is_readable else calm,
        subtitle=locale.say(language, "digest.measure"),
        footer=tuple(notes),
    )


def _draw_figure(sheet: Sheet, figure: Figure, *, left: float, top: float, is_tight: bool) -> None:
    fonts, is_bad = sheet.fonts, figure.tone == "bad"
    label_y, value_y, change_y = (top + row for row in (FIGURE_ROWS_TIGHT if is_tight else FIGURE_ROWS))
    colour = ACCENT if is_bad else INK
    sheet.rule(top, left, left + FIGURE_WIDTH, colour=INK, weight=2.5)
    sheet.text((left, label_y), clip(figure.label, fonts.at(LABEL), FIGURE_WIDTH), colour=GREY)
    change = clip(legible(figure.change, fonts), fonts.at(LABEL, bold=is_bad), FIGURE_WIDTH)
    sheet.text((left, change_y), change, colour=colour if is_bad else GREY, bold=is_bad)
    series = figure.series if len(figure.series) > 1 else ()
    value = legible(figure.value, fonts) or "—"
    room = FIGURE_WIDTH - (SPARK_WIDTH + 40 if series else 0)
    size = next((size for size in VALUE_SIZES if width(value, fonts.at(size, bold=True)) <= room), VALUE_SIZES[-1])
    has_line = bool(series) and width(value, fonts.at(size, bold=True)) <= room
    value = clip(value, fonts.at(size, bold=True), FIGURE_WIDTH)
    sheet.text((left, value_y), value, size=size, colour=colour, bold=True)
    if has_line:
        right = left + FIGURE_WIDTH - 16
        line = {"bad": ACCENT, "good": SLATE, "plain": SOFT}[figure.tone]
        _draw_spark(sheet, series, Box(right - SPARK_WIDTH, top + 62, right, top + 62 + SPARK_HEIGHT), line, colour)


def _draw_spark(sheet: Sheet, series: tuple[float, ...], box: Box, line: str, dot: str) -> None:
    """A line without axes: its shape is the message. A series that never changes lies in the middle."""
    low, high = min(series), max(series)
    spread = (high - low) or 1.0
    low = low if high > low else low - 0.5
    step = (box.right - box.left) / (len(series) - 1)
    points = [
        (box.right - step * (len(series) - 1 - i), box.bottom - (value - low) / spread * (box.bottom - box.top))
        for i, value in enumerate(series)
    ]
    sheet.line(points, colour=line, weight=4, round_=True)
    sheet.dot(points[-1], radius=9, colour=dot)


def _alt(report: Digest, language: Language) -> str:
    colon, comma, stop = ("：", "，", "。") if language == "zh" else (": ", ", ", ".")
    parts = [report.finding.rstrip("。.") + stop]
    parts += [comma.join(filter(None, (f"{f.label}{colon}{f.value}", f.change))) + stop for f in report.figures]
    parts += row_sentences(report, language)
    return locale.tell(parts, language)
