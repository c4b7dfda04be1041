"""The picture of a lineage: suppliers on the left, then lots and what they became, and where it all is on the right."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from charts import lineage_layout
from charts.layout import Box, Point
from charts.lineage_layout import Placed, Plan
from charts.lineage_words import LineageWords
from charts.picture import Picture
from charts.reports import Language, LineageNode, LineageReport
from charts.style import BAND, GREY, INK, PAPER, SLATE, SOFT, Sheet
from charts.text import clip, legible, width, wrap
from charts.typeface import Fonts, drawn_language, load_fonts

_HEADING: Final = 62
_BELOW: Final = 24
_CARD: Final = "#FFFFFF"
_ON_INK: Final = "#D5DBE0"
_ON_BAND: Final = "#46535E"
_TEXT: Final = 26
_TEXT_IN_FIVE: Final = 23
_STEP: Final = 30
_INSIDE: Final = 10
_EDGE_WEIGHT: Final = 2.5
_MANY: Final = 40
_THIN: Final = 0.5
"""Of many links each is drawn thin, or they would become one surface."""


def lineage(report: LineageReport, language: Language, *, fonts: Fonts | None = None) -> Picture:
    """Draw where something came from and where it went. Without a Chinese font the drawn words are English."""
    fonts = fonts or load_fonts()
    words = LineageWords(report, drawn_language(language, fonts), fonts)
    frame, plan = words.frame(), lineage_layout.plan(report)
    head, foot = Sheet.room(fonts, frame)
    sheet = Sheet(fonts, frame, height=round(head + _HEADING + plan.height + _BELOW + foot))
    _Plot(sheet, words, report, fonts).draw(plan, lineage_layout.arrange(plan, top=sheet.top + _HEADING))
    slug = re.sub(r"[^A-Za-z0-9]+", "-", report.subject).strip("-").lower() or "trace"
    return Picture(f"trace-{slug}.png", sheet.png(), LineageWords(report, language, fonts).alt())


class _Plot:
    def __init__(self, sheet: Sheet, words: LineageWords, report: LineageReport, fonts: Fonts) -> None:
        self.sheet, self.words, self.report, self.fonts = sheet, words, report, fonts
        self.size = _TEXT_IN_FIVE if len(report.columns) > 4 else _TEXT

    def draw(self, plan: Plan, placed: Mapping[str, Placed]) -> None:
        type_ = self.fonts.at(self.size)
        for column, slots in zip(self.report.columns, plan.columns, strict=True):
            box = placed[slots[0].key].box
            heading = clip(self.words.say(f"columns_{column}"), type_, box.right - box.left)
            self.sheet.text((box.left, self.sheet.top + 18), heading, size=self.size, colour=GREY)
        near = self._near(plan)
        for start, end in plan.links:
            is_near = bool(near & {start, end})
            self._link(lineage_layout.curve(placed[start].box, placed[end].box), is_near=is_near)
        for key, each in placed.items():
            if each.slot.node is not None:
                self._draw_node(each.slot.node, each.box)
            else:
                self._link(_across(each.box), is_near=key in near)

    def _near(self, plan: Plan) -> set[str]:
        """Return what was asked about, with the ways that lead from it past other nodes."""
        near = {each.key for each in self.report.nodes if each.is_subject}
        ways = {slot.key for column in plan.columns for slot in column if slot.node is None}
        for _ in plan.columns:
            near |= {end for start, end in plan.links if start in near and end in ways}
        return near

    def _link(self, points: Sequence[Point], *, is_near: bool) -> None:
        weight = (3.5 if is_near else 2.5) * (_THIN if len(self.report.links) > _MANY else 1)
        self.sheet.line(points, colour=SLATE if is_near else SOFT, weight=weight, z=2)

    def _draw_node(self, node: LineageNode, box: Box) -> None:
        fill, ink, second = self._colours(node)
        if node.kind != "rest":
            self.sheet.bar(box, colour=INK if node.is_subject else SLATE if node.kind == "customer" else SOFT)
        self.sheet.bar(box.grown(-_EDGE_WEIGHT), colour=fill)
        lines = self._lines(node, box)
        top = (box.top + box.bottom) / 2 - _STEP * (len(lines) - 1) / 2
        for number, (text, is_bold) in enumerate(lines):
            at = (box.left + _INSIDE + _EDGE_WEIGHT, top + number * _STEP)
            self.sheet.text(at, text, size=self.size, colour=ink if is_bold or number < 1 else second, bold=is_bold)

    def _colours(self, node: LineageNode) -> tuple[str, str, str]:
        """Return the fill of a node, and the colours of its first and its other lines."""
        if node.is_subject:
            return INK, _CARD, _ON_INK
        match node.kind:
            case "stock" | "scrap" | "production":
                return BAND, INK, _ON_BAND
            case "rest":
                return PAPER, GREY, GREY
            case _:
                return _CARD, INK, GREY

    def _lines(self, node: LineageNode, box: Box) -> list[tuple[str, bool]]:
        """Return up to three lines: what it is (over two lines where there is room), which, and by what or how much."""
        room = box.right - box.left - 2 * (_INSIDE + _EDGE_WEIGHT)
        bold, plain = self.fonts.at(self.size, bold=True), self.fonts.at(self.size)
        title = self.words.title_of(node)
        others = [_clip_middle(each, room, self) for each in (node.detail, node.note) if each]
        room_lines = 3 - len(others)
        titles = wrap(title, bold, room, lines=room_lines) if room_lines > 1 else [clip(title, bold, room)]
        if node.kind == "rest":
            return [(each, False) for each in wrap(title, plain, room, lines=2)]
        return [*((each, True) for each in titles), *((each, False) for each in others)]


def _across(box: Box) -> Sequence[Point]:
    middle = (box.top + box.bottom) / 2
    return [(box.left, middle), (box.right, middle)]


def _clip_middle(text: str, room: float, plot: _Plot) -> str:
    """Shorten the number of a lot or paper in its middle: it is told from others by how it begins and ends."""
    type_ = plot.fonts.at(plot.size)
    text = legible(text, plot.fonts)
    if width(text, type_) <= room:
        return text
    for kept in range(len(text) - 1, 3, -1):
        head = (kept + 1) // 2
        short = f"{text[:head]}…{text[len(text) - (kept - head) :]}"
        if width(short, type_) <= room:
            return short
    return clip(text, type_, room)
