"""Glyphs: none is missing without a word, with the product's fonts or on a machine that has only DejaVu Sans."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from charts.digest import digest
from charts.fontfiles import missing_files
from charts.reports import Figure
from charts.stock import stock_projection
from charts.stock_words import StockWords
from charts.text import can_draw, legible, safe, shown_name
from charts.typeface import Fonts, drawn_language, load_fonts
from tests.charts.samples import CHINESE_PAPER, DAY, PAPER

BOLT = replace(CHINESE_PAPER, item_code="BOLT-M8", item_name="不锈钢螺栓")


@pytest.fixture(autouse=True)
def every_warning_is_an_error() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture
def dejavu(tmp_path: Path) -> Fonts:
    """What is loaded where the font files are not."""
    return load_fonts(tmp_path)


def test_the_fonts_are_there_and_hold_names_signs_and_arrows() -> None:
    assert missing_files() == ()
    assert can_draw("喆堃镕 不锈钢螺栓 Añß €¥−←→↑↓×²", load_fonts())
    assert safe("€¥−←→↑↓×²", load_fonts().bold) == "€¥−←→↑↓×²"


def test_names_with_emoji_dollars_and_underscores_are_drawn_without_a_warning() -> None:
    odd = replace(PAPER, item_name="📦 $bolt$ of_5 ☃ {x} €−3\u200b", site="Men’s \N{HEBREW LETTER ALEF}")
    assert stock_projection(odd, "en").png
    assert shown_name("📦 Bolt", "B-1", load_fonts()) == "Bolt"
    assert shown_name("📦", "B-1", load_fonts()) == "B-1"


def test_chinese_digests_are_drawn_without_a_warning() -> None:
    figure = Figure("库存周转率趋势图", "−5.2次", "€上升", (1, 2))
    assert digest(replace(DAY, finding="不锈钢螺栓要下单", figures=(figure,) * 4), "zh").png


def test_without_a_chinese_font_the_item_is_shown_by_its_code_and_the_footer_says_so(dejavu: Fonts) -> None:
    words = StockWords(BOLT, drawn_language("zh", dejavu), out=None, coming=None, fonts=dejavu)
    frame = words.frame(is_in_window=False)
    assert frame.title == "BOLT-M8 is at 130, below its reorder point of 156"
    assert "The Chinese font is missing here: items are shown by their codes." in frame.footer
    assert stock_projection(BOLT, "zh", fonts=dejavu).png


def test_without_a_chinese_font_the_alt_text_still_speaks_chinese(dejavu: Fonts) -> None:
    assert stock_projection(BOLT, "zh", fonts=dejavu).alt.startswith("不锈钢螺栓预计11月29日断货")


def test_without_a_chinese_font_the_digest_is_drawn_too(dejavu: Fonts) -> None:
    figure = Figure("库存周转率趋势图", "−5.2次", "€上升", (1, 2))
    assert digest(replace(DAY, finding="不锈钢螺栓要下单", figures=(figure,) * 4), "zh", fonts=dejavu).png


def test_a_ten_thousand_is_written_out_before_its_sign_is_lost(dejavu: Fonts) -> None:
    assert legible("¥88.8万", dejavu) == "¥888,000"
    assert legible("1,200万盒", dejavu) == "12,000,000"
    assert legible("¥88.8万", load_fonts()) == "¥88.8万"


def test_an_english_picture_needs_no_chinese_font(dejavu: Fonts) -> None:
    words = StockWords(PAPER, drawn_language("en", dejavu), out=None, coming=None, fonts=dejavu)
    assert words.name == "A4 paper"
    assert not any("font" in sentence for sentence in words.frame(is_in_window=False).footer)


def test_one_file_missing_is_enough_to_fall_back(tmp_path: Path) -> None:
    (tmp_path / "NotoSansSC-Bold.ttf").write_bytes(b"")
    assert missing_files(tmp_path) == ("NotoSansSC-Regular.ttf",)
    assert not load_fonts(tmp_path).has_chinese
