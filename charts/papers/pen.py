"""Writes on the pages of a PDF, in millimetres from the upper left corner; the same strokes give the same bytes."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final, Literal

from fpdf import FPDF
from fpdf.fonts import TTFFont

from charts.breaking import atoms, filled, pieces
from charts.fontfiles import HOUSE_FILES, HOUSE_FOLDER

INK: Final = "#1D2A35"  # what is read first
GREY: Final = "#66717A"  # labels and the foot
HAIR: Final = "#CFCDC7"  # between rows
ACCENT: Final = "#C24A00"  # what must not be overlooked
PT: Final = 25.4 / 72
"""Millimetres of a typographic point."""
_FAMILY: Final = "house"
_ELLIPSIS: Final = "…"
_CURLED: Final = re.compile("(?<=[A-Za-z])’")  # a Chinese font sets it as wide as a character

Align = Literal["left", "center", "right"]


class Pen:
    """A PDF being written. ``dated`` is the day that it bears: no clock is asked."""

    def __init__(self, width: float, height: float, *, title: str, language: str, dated: dt.date) -> None:
        self._pdf = FPDF(unit="mm", format=(width, height))
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        for style, file in zip(("", "B"), HOUSE_FILES, strict=True):
            self._pdf.add_font(_FAMILY, style, HOUSE_FOLDER / file)
        bold = self._pdf.fonts[f"{_FAMILY}B"]
        assert isinstance(bold, TTFFont), "a font of a file"
        self._glyphs = bold.cmap.keys()
        self._pdf.set_title(title)
        self._pdf.set_lang(language)
        self._pdf.set_creator("Storekeeper")
        self._pdf.set_creation_date(dt.datetime.combine(dated, dt.time(), dt.UTC))

    def turn_page(self) -> None:
        self._pdf.add_page()

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float,
        bold: bool = False,
        colour: str = INK,
        align: Align = "left",
    ) -> None:
        """Write one line whose feet stand at ``y``; ``x`` is its left end, its middle or its right end."""
        words = self.safe(words)
        if words:
            self._set(size, bold)
            self._pdf.set_text_color(colour)
            wide = self._pdf.get_string_width(words)
            self._pdf.text(x - {"left": 0, "center": wide / 2, "right": wide}[align], y, words)

    def width(self, words: str, *, size: float, bold: bool = False) -> float:
        self._set(size, bold)
        return float(self._pdf.get_string_width(self.safe(words)))

    def lines(self, words: str, limit: float, *, size: float, bold: bool = False, most: int = 0) -> list[str]:
        """Break words into lines of at most ``limit``; past ``most`` of them (0: any number) the rest is cut off."""
        self._set(size, bold)
        measure = self._pdf.get_string_width
        parts = [piece for atom in atoms(self.safe(words)) for piece in pieces(atom, measure, limit)]
        found = [line.strip() for line in filled(parts, measure, limit)]
        if not most or len(found) <= most:
            return found
        last = found[most - 1]
        while last and measure(last + _ELLIPSIS) > limit:
            last = last[:-1]
        return [*found[: most - 1], last.rstrip() + _ELLIPSIS]

    def fitting(self, words: str, limit: float, *, size: float, least: float, bold: bool = False) -> float:
        """Return the largest size up to ``size`` at which the words fit, but not under ``least``."""
        while size > least and self.width(words, size=size, bold=bold) > limit:
            size -= 0.5
        return size

    def rule(self, y: float, left: float, right: float, *, weight: float = 0.15, colour: str = HAIR) -> None:
        self._pdf.set_draw_color(colour)
        self._pdf.set_line_width(weight)
        self._pdf.line(left, y, right, y)

    def frame(self, x: float, y: float, width: float, height: float, *, weight: float = 0.25) -> None:
        """Draw an empty box, to be filled in by hand."""
        self._pdf.set_draw_color(GREY)
        self._pdf.set_line_width(weight)
        self._pdf.rect(x, y, width, height)

    def squares(self, x: float, y: float, side: float, dark: list[list[bool]]) -> None:
        """Fill the dark squares of a code, each run of a row in one stroke, so that no hair of light parts them."""
        step = side / len(dark)
        self._pdf.set_fill_color(0)
        for row, cells in enumerate(dark):
            for start, length in _runs(cells):
                self._pdf.rect(x + start * step, y + row * step, length * step, step, style="F")

    def safe(self, words: str) -> str:
        """Drop what the typeface cannot draw (emoji, signs that turn the reading direction)."""
        straight = _CURLED.sub("'", words)
        kept = (each if ord(each) in self._glyphs else " " if each.isspace() else "" for each in straight)
        return re.sub(" {2,}", " ", "".join(kept)).strip()

    def content(self) -> bytes:
        """Return the PDF."""
        return bytes(self._pdf.output())

    def _set(self, size: float, bold: bool) -> None:
        self._pdf.set_font(_FAMILY, "B" if bold else "", size)


def _runs(cells: list[bool]) -> Iterator[tuple[int, int]]:
    """Yield where each run of dark squares begins, and how long it is."""
    start = None
    for at, is_dark in enumerate([*cells, False]):
        if is_dark and start is None:
            start = at
        elif not is_dark and start is not None:
            yield start, at - start
            start = None
