"""Where lines break, how labels part, how numbers and dates are written."""

import datetime as dt
import re
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charts.breaking import NOT_AT_LINE_END, NOT_AT_LINE_START
from charts.layout import Box, Taken, declutter, place
from charts.locale import day, number, phrases, rate, weekday
from charts.text import clip, fill, width, wrap
from charts.typeface import load_fonts
from tests.charts.samples import LONG_CHINESE_NAME, LONG_NAME, TODAY

BODY = load_fonts().at(34)
CHINESE = "仓库（上海一仓）今天共有3个商品要下单，其中200件「不锈钢螺栓」将在11月29日断货；请最迟于11月20日下单！"


@pytest.mark.parametrize("limit", range(120, 700, 20))
def test_no_chinese_line_starts_with_a_closing_mark_or_ends_with_an_opening_one(limit: int) -> None:
    for line in wrap(CHINESE, BODY, limit, lines=20):
        assert line[0] not in NOT_AT_LINE_START
        assert line[-1] not in NOT_AT_LINE_END


@pytest.mark.parametrize("limit", range(240, 700, 20))
def test_a_figure_stays_with_its_measure_word_and_a_date_whole(limit: int) -> None:
    broken = "|".join(wrap(CHINESE, BODY, limit, lines=20))
    assert all(whole in broken for whole in ("200件", "3个", "11月29日", "11月20日"))


@pytest.mark.parametrize("text", [CHINESE, LONG_NAME, LONG_CHINESE_NAME, "X" * 200, "a b", ""])
@pytest.mark.parametrize("limit", [120, 300, 960])
def test_no_line_is_wider_than_its_limit_and_no_text_is_lost(text: str, limit: int) -> None:
    lines = wrap(text, BODY, limit, lines=200)
    assert all(width(line, BODY) <= limit for line in lines)
    assert re.sub(" ", "", "".join(lines)) == re.sub(" ", "", text)


def test_two_lines_break_after_a_pause() -> None:
    assert wrap("A4复印纸预计11月29日断货，最迟11月20日下单", BODY, 500, lines=2) == [
        "A4复印纸预计11月29日断货，",
        "最迟11月20日下单",
    ]


def test_what_does_not_fit_is_clipped_with_an_ellipsis() -> None:
    lines = wrap(LONG_NAME, BODY, 300, lines=2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert clip("Stainless self-tapping", BODY, 180) == "Stainless…"


def test_footers_break_between_sentences() -> None:
    assert fill(("One is here.", "Two comes after it."), BODY, 400, lines=2) == ["One is here.", "Two comes after it."]


@given(
    labels=st.lists(st.tuples(st.floats(0, 900), st.floats(10, 60)), min_size=1, max_size=12),
)
def test_decluttered_labels_never_overlap_keep_their_order_and_stay_inside(labels: list[tuple[float, float]]) -> None:
    centres, sizes = zip(*labels, strict=True)
    placed = declutter(centres, sizes, low=0, high=900)
    order = sorted(range(len(centres)), key=lambda i: centres[i])
    for i, k in pairwise(order):
        assert placed[k] - placed[i] >= (sizes[i] + sizes[k]) / 2 - 1e-6
    assert all(size / 2 - 1e-6 <= at <= 900 - size / 2 + 1e-6 for at, size in zip(placed, sizes, strict=True))


def test_labels_that_are_apart_already_stay_where_they_are() -> None:
    assert declutter([100, 300], [40, 40], low=0, high=900) == [100, 300]


def test_a_label_goes_to_the_first_clear_place() -> None:
    taken = Taken(boxes=[Box(0, 0, 10, 10)], lines=[((0, 30), (100, 30))])
    candidates = [Box(5, 5, 15, 15), Box(5, 25, 15, 35), Box(5, 50, 15, 60)]
    assert place(candidates, taken, gap=2) == (candidates[2], 0)


def test_a_label_rather_lies_on_a_line_than_on_a_label() -> None:
    taken = Taken(boxes=[Box(0, 0, 10, 10)], lines=[((0, 30), (100, 30))])
    box, badness = place([Box(5, 5, 15, 15), Box(5, 25, 15, 35)], taken, gap=2)
    assert box == Box(5, 25, 15, 35)
    assert badness > 0


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        ("8000", "8,000", "8,000"),
        ("9.125", "9.125", "9.125"),
        ("-5.5", "−5.5", "−5.5"),
        ("99999", "99,999", "99,999"),
        ("123456", "123k", "12.3万"),
        ("1234567", "1.23m", "123万"),
        ("125000000", "125m", "1.25亿"),
        ("0", "0", "0"),
    ],
)
def test_numbers_are_written_as_people_there_write_them(value: str, english: str, chinese: str) -> None:
    assert number(Decimal(value), "en") == english
    assert number(Decimal(value), "zh") == chinese


def test_a_rate_has_three_figures() -> None:
    assert [rate(Decimal(value), "en") for value in ("12", "1.3333", "0.00123", "0")] == ["12", "1.33", "0.00123", "0"]


def test_dates_are_written_as_people_there_write_them() -> None:
    assert day(TODAY, "en", today=TODAY) == "18\N{NO-BREAK SPACE}Nov"
    assert day(TODAY, "zh", today=TODAY) == "11月18日"
    assert day(dt.date(2027, 8, 1), "zh", today=TODAY) == "2027年8月1日"
    assert weekday(TODAY, "en") == "Wednesday 18 November"
    assert weekday(TODAY, "zh") == "11月18日 星期三"


def test_every_phrase_is_in_both_languages_with_the_same_parts() -> None:
    english, chinese = phrases("en"), phrases("zh")
    assert english.keys() == chinese.keys()
    for key, forms in english.items():
        assert set(re.findall("{[a-z_]+}", forms["other"])) == set(re.findall("{[a-z_]+}", chinese[key]["other"])), key
