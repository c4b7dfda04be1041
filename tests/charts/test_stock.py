"""The stock picture: what its title finds, in which size it comes, what it stays clear of."""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import pytest

from charts.projection import arrival, stock_out
from charts.reports import Language, StockProjection
from charts.stock import stock_projection
from charts.stock_labels import Plan, Planner
from charts.stock_scale import shape, window
from charts.stock_words import StockWords
from charts.style import RIGHT
from charts.typeface import load_fonts
from tests.charts.samples import (
    CHINESE_PAPER,
    IDLE_PAPER,
    LONG_CHINESE_NAME,
    LONG_NAME,
    PAPER,
    history,
    image,
    order,
    paper,
)

LANGUAGES: tuple[Language, ...] = ("en", "zh")
ODD_REPORTS = {
    "one point": replace(PAPER, history=history(130)),
    "one point and no use": replace(IDLE_PAPER, history=history(130)),
    "no use": IDLE_PAPER,
    "nothing left": replace(PAPER, history=history(40, 20, 0)),
    "nothing at all": replace(IDLE_PAPER, history=history(0), reorder_point=Decimal(0), safety_stock=Decimal(0)),
    "safety stock over reorder point": replace(PAPER, safety_stock=Decimal(1000), reorder_point=Decimal(750)),
    "levels that nearly coincide": replace(PAPER, safety_stock=Decimal(154)),
    "levels that coincide": replace(PAPER, safety_stock=Decimal(156)),
    "levels near zero": replace(PAPER, history=history(8200, 8100, 8000), reorder_point=Decimal(4)),
    "large figures": replace(
        PAPER, history=history(14000, 8000), reorder_point=Decimal(8000), daily_demand=Decimal(400)
    ),
    "a long name": replace(PAPER, item_name=LONG_NAME),
    "a long Chinese name": replace(CHINESE_PAPER, item_name=LONG_CHINESE_NAME),
    "erratic use": replace(PAPER, daily_sd=Decimal(60)),
    "steady use": replace(PAPER, daily_sd=Decimal(0)),
    "hardly any use": replace(PAPER, daily_demand=Decimal("0.001")),
    "ends tomorrow": replace(PAPER, history=history(60, 45, 9)),
    "an order in time": replace(PAPER, on_order=order(200, in_days=6)),
    "an order too late": replace(PAPER, on_order=order(200, in_days=15)),
    "an order due today": replace(PAPER, on_order=order(200, in_days=0)),
    "an order that is late": replace(PAPER, on_order=order(200, in_days=-6)),
    "a huge order": replace(PAPER, on_order=order(20000, in_days=6)),
    "out with an order": replace(PAPER, history=history(20, 0), on_order=order(200, in_days=4)),
    "an order for tomorrow week on an empty shelf": replace(IDLE_PAPER, on_order=order(200, in_days=8)),
}


def words(report: StockProjection, language: Language = "en") -> StockWords:
    return StockWords(report, language, out=stock_out(report), coming=arrival(report), fonts=load_fonts())


def title(report: StockProjection, language: Language = "en") -> str:
    told = words(report, language)
    return told.frame(is_in_window=window(told).is_in_window).title.replace("\N{NO-BREAK SPACE}", " ")


def plan(report: StockProjection, language: Language) -> Plan:
    told = words(report, language)
    return Planner(told, window(told), shape(told, window(told))).plan(top=400, bottom=900)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ODD_REPORTS)
def test_every_picture_is_a_phone_wide_small_and_has_an_alt_text(name: str, language: Language) -> None:
    picture = stock_projection(ODD_REPORTS[name], language)
    width, height = image(picture).size
    assert width == 1080
    assert height <= 1280
    assert len(picture.png) < 60_000
    assert 0 < len(picture.alt) <= 1000
    assert picture.name == "stock-bk-100.png"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ODD_REPORTS)
def test_labels_lie_neither_on_each_other_nor_off_the_picture(name: str, language: Language) -> None:
    planned = plan(ODD_REPORTS[name], language)
    for first, second in combinations(planned.labels, 2):
        assert not first.box.meets(second.box), (first.text, second.text)
    assert all(label.box.left >= 60 and label.box.right <= RIGHT + 1 for label in planned.labels)


def test_the_same_report_gives_the_same_picture() -> None:
    assert stock_projection(PAPER, "en") == stock_projection(PAPER, "en")


def test_the_title_says_when_stock_ends_and_by_when_to_order() -> None:
    assert title(PAPER) == "A4 paper runs out about 29 Nov: order by 20 Nov"
    assert title(CHINESE_PAPER, "zh") == "A4复印纸预计11月29日断货，最迟11月20日下单"


def test_when_the_last_day_to_order_has_passed_the_title_says_today() -> None:
    assert title(replace(PAPER, lead_time_days=30)) == "A4 paper runs out about 29 Nov: order today"


def test_without_known_use_the_title_sets_the_stock_against_its_reorder_point() -> None:
    assert title(IDLE_PAPER) == "A4 paper is at 130, below its reorder point of 156"
    assert title(replace(IDLE_PAPER, reorder_point=Decimal(75))) == "A4 paper is at 130, above its reorder point of 75"
    assert title(replace(IDLE_PAPER, reorder_point=Decimal(130))) == "A4 paper is at 130, its reorder point"
    assert title(replace(IDLE_PAPER, reorder_point=Decimal(0))) == "A4 paper is at 130"


def test_an_empty_shelf_is_named_as_such() -> None:
    empty = replace(PAPER, history=history(20, 0))
    assert title(empty) == "A4 paper is out of stock: order today"
    assert title(replace(empty, on_order=order(200, in_days=4))) == "A4 paper is out of stock until 200 come on 22 Nov"


def test_an_open_order_counts_when_it_comes_in_time() -> None:
    in_time = replace(PAPER, on_order=order(200, in_days=6))
    assert title(in_time) == "A4 paper lasts to about 16 Dec with the 200 due 24 Nov"


def test_an_open_order_that_comes_too_late_is_the_finding() -> None:
    too_late = replace(PAPER, on_order=order(200, in_days=15))
    assert title(too_late) == "A4 paper runs out about 29 Nov, 4 days before the next order comes"
    a_day = replace(PAPER, on_order=order(200, in_days=12))
    assert title(a_day) == "A4 paper runs out about 29 Nov, a day before the next order comes"


def test_an_order_past_its_day_is_not_counted_on() -> None:
    late = replace(PAPER, on_order=order(200, in_days=-6))
    assert stock_out(late) == stock_out(PAPER)
    assert title(late) == "A4 paper runs out about 29 Nov, and the 200 due 12 Nov are late"


def test_stock_that_outlasts_every_forecast_gets_no_date() -> None:
    assert title(replace(PAPER, daily_demand=Decimal("0.001"))) == "A4 paper has stock for over two years"


def test_a_long_name_gives_way_to_the_finding() -> None:
    assert title(replace(PAPER, item_name=LONG_NAME)).endswith("… runs out about 29 Nov: order by 20 Nov")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_alt_text_carries_the_finding_and_the_main_numbers(language: Language) -> None:
    alt = stock_projection(paper(language), language).alt
    for number in ("130", "156", "60", "29", "20", "12", "8"):
        assert number in alt


def test_the_interval_grows_with_the_spread_of_demand() -> None:
    calm, wild = stock_out(PAPER), stock_out(replace(PAPER, daily_sd=Decimal(20)))
    assert calm and wild
    assert (calm.early_days, calm.likely_days, calm.late_days) == (10, 11, 13)
    assert wild.early_days < calm.early_days < calm.late_days < wild.late_days
