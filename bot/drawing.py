"""Pictures that answer a question at once, drawn one at a time."""

import io
import threading
from collections.abc import Callable, Sequence

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import Connection

from charts import lineage_report, stock_report
from charts.picture import Picture
from charts.reports import LineageReport
from inventory_core import places
from inventory_core.items import Item
from inventory_core.tracing.names import Found
from workflows.definition import Language
from workflows.desk import Desk

_FEWEST_DAYS = 2
SHEET_MOST = 6
_SHEET_WIDTH = 1080
_SHEET_GAP = 8
_drawing = threading.Lock()


def stock_picture(db: Connection, desk: Desk, item: Item, language: Language) -> Picture | None:
    """Return the picture of an item's stock; of one that never moved there is nothing to draw."""
    report = stock_report.gather(db, item, today=desk.today(), zone=desk.zone, site=places.first_site(db))
    if len(report.history) < _FEWEST_DAYS:
        return None
    # Matplotlib takes a third of a second to import, once.
    from charts.stock import stock_projection

    return _one_at_a_time(lambda: stock_projection(report, language))


def lineage_picture(db: Connection, desk: Desk, found: Found, language: Language) -> Picture | None:
    """Return the picture of where a lot, or what a paper moved, came from and went; None where it went nowhere yet."""
    report = _lineage(db, desk, found)
    if report is None:
        return None
    from charts.lineage import lineage

    return _one_at_a_time(lambda: lineage(report, language))


def lineage_alt(db: Connection, desk: Desk, found: Found, language: Language) -> str:
    """Return the words that stand for the picture of a lineage, without drawing it; empty where there is none."""
    report = _lineage(db, desk, found)
    if report is None:
        return ""
    from charts.lineage_words import LineageWords
    from charts.typeface import load_fonts

    return LineageWords(report, language, load_fonts()).alt()


def _lineage(db: Connection, desk: Desk, found: Found) -> LineageReport | None:
    return lineage_report.gather(db, found, today=desk.today(), site=places.first_site(db))


def _one_at_a_time(draw: Callable[[], Picture]) -> Picture:
    with _drawing:
        return draw()


def photo_sheet(taken: Sequence[bytes], *, alt: str) -> Picture | None:
    """Return up to six photos beside and under each other as one picture; None where none of them can be read."""
    shown = []
    for content in taken[:SHEET_MOST]:
        try:
            with Image.open(io.BytesIO(content)) as opened:
                shown.append(opened.convert("RGB"))
        except (UnidentifiedImageError, OSError):
            continue
    if not shown:
        return None
    columns = 1 if len(shown) == 1 else 2
    width = (_SHEET_WIDTH - _SHEET_GAP * (columns - 1)) // columns
    height = width * 3 // 4
    rows = -(-len(shown) // columns)
    sheet = Image.new("RGB", (_SHEET_WIDTH, rows * height + (rows - 1) * _SHEET_GAP), "#eceff1")
    for number, each in enumerate(ImageOps.contain(photo, (width, height)) for photo in shown):
        left, top = number % columns * (width + _SHEET_GAP), number // columns * (height + _SHEET_GAP)
        sheet.paste(each, (left + (width - each.width) // 2, top + (height - each.height) // 2))
    png = io.BytesIO()
    sheet.save(png, "PNG")
    return Picture("photos.png", png.getvalue(), alt)
