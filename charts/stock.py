"""The picture of one item's stock: when it ends, and by when to order."""

import re
from dataclasses import replace

from charts.picture import Picture
from charts.projection import arrival, stock_out
from charts.reports import Language, StockProjection
from charts.stock_plot import StockPlot
from charts.stock_scale import window
from charts.stock_words import StockWords
from charts.style import Sheet
from charts.typeface import Fonts, drawn_language, load_fonts

HEIGHT = 1080


def stock_projection(report: StockProjection, language: Language, *, fonts: Fonts | None = None) -> Picture:
    """Draw the stock day by day, its reorder point and safety stock, and where it goes if nothing is ordered.

    Without a Chinese font the drawn words are English and the item is shown by its code.
    """
    fonts = fonts or load_fonts()
    spoken = StockWords(report, language, out=stock_out(report), coming=arrival(report), fonts=fonts)
    words = replace(spoken, language=drawn_language(language, fonts))
    shown = window(words)
    sheet = Sheet(fonts, words.frame(is_in_window=shown.is_in_window), height=HEIGHT)
    StockPlot(sheet, words, shown).draw()
    slug = re.sub(r"[^A-Za-z0-9]+", "-", report.item_code).strip("-").lower() or "item"
    return Picture(f"stock-{slug}.png", sheet.png(), spoken.alt(is_in_window=shown.is_in_window))
