"""The digest picture: its rows, its calm, its words."""

from dataclasses import replace

import pytest

from charts.digest import digest
from tests.charts.samples import DAY, ROWS, image


@pytest.mark.parametrize("count", range(6))
def test_any_number_of_rows_fits_a_phone(count: int) -> None:
    width, height = image(digest(replace(DAY, rows=ROWS[:count]), "en")).size
    assert width == 1080
    assert height <= 1280


def test_fewer_rows_make_a_shorter_picture() -> None:
    heights = [image(digest(replace(DAY, rows=ROWS[:count]), "en")).height for count in (1, 2, 3)]
    assert heights == sorted(set(heights))


def test_a_calm_day_is_drawn_without_rows() -> None:
    calm = replace(DAY, rows=(), more=0, finding="Nothing to order today", footer="")
    picture = digest(calm, "en")
    assert picture.alt.startswith("Nothing to order today. Stock value: ¥888k, up 4.1%.")
    assert image(picture).height < image(digest(DAY, "en")).height


def test_the_alt_text_tells_the_figures_and_the_rows() -> None:
    alt = digest(DAY, "en").alt
    assert alt.startswith("Five items need an order today; two will run short. Stock value: ¥888k, up 4.1%.")
    assert "Ink 950XL: 5 days of cover, lead time 9 days, suggested 40 units." in alt
    assert alt.endswith("And 12 more.")


def test_unknown_cover_is_said_and_not_guessed() -> None:
    assert "Mountain-200 Black, 38: cover unknown, lead time 14 days" in digest(DAY, "en").alt
    assert "Mountain-200 Black, 38：可用天数未知，交期14天" in digest(DAY, "zh").alt


def test_rows_past_the_fifth_are_counted_with_the_rest() -> None:
    assert digest(replace(DAY, rows=ROWS + ROWS, more=1), "en").alt.endswith("And 6 more.")


def test_an_alt_text_ends_with_a_whole_sentence() -> None:
    long_names = tuple(replace(row, name=row.name * 4) for row in ROWS)
    alt = digest(replace(DAY, rows=long_names), "en").alt
    assert 700 < len(alt) <= 1000
    assert alt.endswith(".")


def test_the_file_is_named_after_its_day() -> None:
    assert digest(DAY, "en").name == "digest-2026-11-18.png"
