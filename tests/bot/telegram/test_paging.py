"""Cards in pages: every row once, within Telegram's limits, and the buttons under each page."""

import re
from dataclasses import replace

import pytest

from bot.telegram import paging, render, tokens
from bot.telegram.lines import CAPTION_UNITS_MAX, TEXT_UNITS_MAX, units
from bot.telegram.render import Rendered
from tests.bot.cards import a_card
from tests.telegram_server.markup import formatted
from workflows.cards import Card, Fact, Row


def long_card(rows: int = 61, *, word: str = "bolt", **changed: object) -> Card:
    return a_card(
        rows=tuple(Row(f"row {n} {word}", word, (Fact("Ordered", f"{n} pcs"),)) for n in range(rows)), **changed
    )


def labels(shown: Rendered) -> list[list[str]]:
    return [[key["text"] for key in row] for row in shown.keyboard]


def all_pages(card: Card, *, units_max: int = TEXT_UNITS_MAX) -> list[Rendered]:
    first = paging.page(card, 1, units_max=units_max)
    (turns,) = (row for row in labels(first) if row[0] == "‹")
    of = int(turns[1].partition("/")[2])
    return [paging.page(card, number, units_max=units_max) for number in range(1, of + 1)]


def test_a_long_card_shows_its_first_rows_and_a_key_to_the_others() -> None:
    shown = render.card(long_card())
    assert [line.split()[1] for line in shown.plain.splitlines() if line.startswith("row ")] == [*map(str, range(8))]
    assert "… and 53 more lines" in shown.plain and shown.plain.endswith("Did all of it arrive?")
    assert labels(shown) == [["All there", "It differs…"], ["Refuse…"], ["Details"]]
    assert labels(render.card(long_card(10)))[-1] == ["Refuse…"]


def test_a_card_of_which_nothing_is_known_any_more_shows_what_fits_and_has_no_key() -> None:
    shown = render.card(long_card(subject="sure:5"))
    assert "… and" not in shown.plain and labels(shown)[-1] == ["Refuse…"]
    assert tokens.key_of(a_card(subject="task:5", look=f"trace:{'x' * 60}")) == ""


@pytest.mark.parametrize("units_max", [TEXT_UNITS_MAX, CAPTION_UNITS_MAX])
@pytest.mark.parametrize("word", ["不锈钢内六角螺栓 M8×30 (304)", "bolt&<> ", "😀" * 20, "x" * 255, "evil.com"])
def test_every_row_stands_on_one_page_and_every_page_fits(units_max: int, word: str) -> None:
    pages = all_pages(long_card(61, word=word), units_max=units_max)
    found = []
    for each in pages:
        read = formatted(each.html, parse_mode="HTML", entities=None)
        assert read.text == each.plain.strip() and units(read.text) <= units_max
        assert labels(each)[:2] == [["All there", "It differs…"], ["Refuse…"]]
        assert read.text.endswith("Did all of it arrive?")
        assert all(len(key["callback_data"].encode()) <= 64 for row in each.keyboard for key in row)
        found += re.findall(r"^row (\d+) ", read.text, re.MULTILINE)
    assert found == [*map(str, range(61))]


def test_facts_and_what_happened_stand_on_pages_too() -> None:
    facts = tuple(Fact(f"fact {n}", "x" * 200) for n in range(30))
    story = tuple(f"10:{n:02} Lin: step {n} {'y' * 80}" for n in range(60))
    whole = "\n".join(each.plain for each in all_pages(long_card(40, facts=facts, story=story)))
    assert all(whole.count(f"fact {n}:") == 1 for n in range(30))
    assert all(whole.count(f"step {n} ") == 1 for n in range(60))


def test_pages_turn_round_and_fold_and_one_that_is_gone_is_the_last() -> None:
    card = long_card(30)
    pages = all_pages(card)
    assert len(pages) == 3
    (turns, fold) = pages[0].keyboard[-2:]
    assert [key["text"] for key in turns] == ["‹", "1/3", "›"]
    assert [tokens.turned(key["callback_data"]) for key in turns] == [("task:5", 3), ("task:5", 1), ("task:5", 2)]
    assert fold[0]["text"] == "Less" and tokens.turned(fold[0]["callback_data"]) == ("task:5", 0)
    assert paging.page(card, 9) == pages[2]
    assert labels(paging.page(replace(card, rows=card.rows[:3], language="zh"), 2))[-1] == ["收起"]


def test_a_long_story_that_was_cut_has_a_key_to_the_whole_of_it() -> None:
    assert labels(render.card(a_card(subject="lot:L1", look="trace:lot.5", is_cut=True)))[-1] == ["Details"]


@pytest.mark.parametrize(
    "key", ["task:5'--", "task:", "workspace:1.1", "digest:2026-19-39", "tasks:5", "alert:5", "task:٥", "task:5\n"]
)
def test_what_is_no_key_of_ours_is_none(key: str) -> None:
    assert not tokens.is_subject(key)
