"""Stickers for what lies on a shelf: a page each, in two usual sizes, with a code that a phone reads."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import segno

from charts.papers.paper import BinLabel, Label, LabelSize, PaperLanguage
from charts.papers.pen import GREY, INK, PT, Pen
from charts.papers.words import languages, say


@dataclass(frozen=True, slots=True)
class _Form:
    """A sticker's measures in millimetres, and its sizes of type in points."""

    width: float
    height: float
    edge: float
    strong: float
    body: float
    small: float


_FORMS: Final[Mapping[LabelSize, _Form]] = {
    "100x50": _Form(100, 50, edge=4.5, strong=20, body=11, small=8),
    "62x29": _Form(62, 29, edge=2.5, strong=12, body=7.5, small=6),
}
_QUIET: Final = 4
_NAME_LINES: Final = 2


def draw(labels: Sequence[Label], size: LabelSize, language: PaperLanguage, *, title: str, dated: dt.date) -> bytes:
    """Return the PDF of stickers, a page each."""
    form = _FORMS[size]
    pen = Pen(form.width, form.height, title=title, language=languages(language)[0], dated=dated)
    for label in labels:
        pen.turn_page()
        _sticker(pen, form, label, language)
    return pen.content()


def draw_bins(
    bins: Sequence[BinLabel], size: LabelSize, language: PaperLanguage, *, title: str, dated: dt.date
) -> bytes:
    """Return the PDF of the stickers of bins, a page each."""
    form = _FORMS[size]
    pen = Pen(form.width, form.height, title=title, language=languages(language)[0], dated=dated)
    for each in bins:
        pen.turn_page()
        _bin_sticker(pen, form, each, language)
    return pen.content()


def squares(payload: str) -> list[list[bool]]:
    """Return a payload's QR code, its rows from the top, True where it is dark; without its quiet zone.

    Error correction M: a seventh of it may be scratched. Source: ISO/IEC 18004.
    """
    made = segno.make_qr(payload, error="m", boost_error=False)
    return [[bool(cell) for cell in row] for row in made.matrix]


def _code(pen: Pen, form: _Form, payload: str) -> tuple[float, float]:
    """Draw a code on the left with four squares of quiet zone all around; return where words begin and end."""
    dark = squares(payload)
    quiet = form.height * _QUIET / (len(dark) + 2 * _QUIET)
    pen.squares(quiet, quiet, form.height - 2 * quiet, dark)
    return form.height, form.width - form.edge


def _bin_sticker(pen: Pen, form: _Form, label: BinLabel, language: PaperLanguage) -> None:
    """Write the sticker of a bin: its code so large that it is read from the aisle, and its area below."""
    left, right = _code(pen, form, label.payload)
    room = right - left
    pen.text(left, form.edge + form.small * PT, say(language, "paper.bin"), size=form.small, colour=GREY)
    size = pen.fitting(label.code, room, size=form.strong * 2.2, least=form.body, bold=True)
    below = [words for words in (label.name, label.area) if words]
    lines = pen.lines(label.code, room, size=size, bold=True)  # a code is never cut: its end tells bins apart
    y = form.height / 2 + size * PT * (0.36 - 0.6 * (len(lines) - 1))
    for line in lines:
        pen.text(left, y, line, size=size, bold=True)
        y += size * PT * 1.2
    y = form.height - form.edge - (len(below) - 1) * form.body * PT * 1.3
    for words in below:
        pen.text(left, y, pen.lines(words, room, size=form.body, most=1)[0], size=form.body)
        y += form.body * PT * 1.3


def _sticker(pen: Pen, form: _Form, label: Label, language: PaperLanguage) -> None:
    """Write a sticker: its code, and the words beside it."""
    left, right = _code(pen, form, label.payload)
    room = right - left
    size = pen.fitting(label.item, room, size=form.strong, least=form.small, bold=True)
    y = form.edge + form.strong * PT * 0.75
    pen.text(left, y, pen.lines(label.item, room, size=size, bold=True, most=1)[0], size=size, bold=True)
    for line in pen.lines(label.name, room, size=form.body, most=_NAME_LINES):
        y += form.body * PT * 1.25
        pen.text(left, y, line, size=form.body)
    _amounts(pen, form, label, language, (left, right))


def _amounts(pen: Pen, form: _Form, label: Label, language: PaperLanguage, across: tuple[float, float]) -> None:
    """Write the lower half, from the bottom up: the days, the lot, how much and where."""
    left, right = across
    days = [
        f"{say(language, f'paper.{name}')} {day.isoformat()}"
        for name, day in (("received_on", label.received_on), ("expires_on", label.expires_on))
        if day
    ]
    y = form.height - form.edge
    for line in reversed(days):
        is_expiry = label.expires_on is not None and line.endswith(label.expires_on.isoformat()) and line == days[-1]
        size = pen.fitting(line, right - left, size=form.small, least=4, bold=is_expiry)
        pen.text(left, y, line, size=size, bold=is_expiry, colour=INK if is_expiry else GREY)
        y -= form.small * PT * 1.3
    if label.lot:
        words = f"{say(language, 'paper.lot')} {label.lot}"
        size = pen.fitting(words, right - left, size=form.body, least=form.small * 0.75, bold=True)
        pen.text(left, y, words, size=size, bold=True)
        y -= form.body * PT * 1.4
    spot = pen.lines(label.bin, (right - left) * 0.5, size=form.body, bold=True, most=1)[0] if label.bin else ""
    pen.text(right, y, spot, size=form.body, bold=True, align="right")
    amount = f"{label.quantity} {label.unit}"
    taken = pen.width(spot, size=form.body, bold=True) + 2 if spot else 0
    size = pen.fitting(amount, right - left - taken, size=form.body * 1.35, least=form.small * 0.75, bold=True)
    pen.text(left, y, amount, size=size, bold=True)
