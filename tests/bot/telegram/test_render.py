"""What a card looks like on Telegram, as a person reads it on a phone."""

import pytest

from bot.telegram import render
from bot.telegram.keys import opens_on_a_phone
from bot.telegram.lines import CAPTION_UNITS_MAX, TEXT_UNITS_MAX, units
from tests.bot.cards import a_card, settled
from tests.telegram_server.markup import formatted
from workflows.cards import Button, Card, Fact, Row


def seen(card: Card, *, units_max: int = TEXT_UNITS_MAX) -> str:
    """Return the words that Telegram shows for the card's HTML; bad HTML raises."""
    shown = render.card(card, units_max=units_max)
    read = formatted(shown.html, parse_mode="HTML", entities=None)
    assert read.text == shown.plain.strip()
    return read.text


def test_a_card_reads_from_title_to_question() -> None:
    assert seen(a_card()) == (
        "GRN-7 · Litware\n"
        "Receive · 2 lines, due today\n"
        "\n"
        "Purchase order: PO-1042\n"
        "Expected: today\n"
        "\n"
        "Brake pad · BK-100\n"
        "Ordered 550 pcs · Open 550 pcs\n"
        "Chain · CH-0234\n"
        "Ordered 12 m · Open 12 m\n"
        "\n"
        "10:05 Lin: ordered\n"
        "\n"
        "Did all of it arrive?"
    )


def test_a_settled_card_ends_with_its_state_and_a_sign_not_only_a_colour() -> None:
    shown = render.card(settled())
    assert shown.keyboard == ()
    assert shown.html.endswith("<b>✓ Received by Lin at 10:12</b>")
    assert shown.plain.count("Received by Lin") == 1
    refused = render.card(a_card(status="Refused by Lin", tone="bad"))
    assert "<b>✗ Refused by Lin</b>" in refused.html


def test_an_alert_carries_its_sign_before_the_title() -> None:
    alert = a_card(title="BK-100 is low: 36 pcs", tone="bad", buttons=(), question="")
    assert render.card(alert).html.startswith("<b>✗ BK-100 is low: 36 pcs</b>")


def test_buttons_stand_side_by_side_where_their_words_fit_and_carry_their_tokens_as_they_are() -> None:
    keyboard = render.card(a_card()).keyboard
    assert [[key["text"] for key in row] for row in keyboard] == [["All there", "It differs…"], ["Refuse…"]]
    assert keyboard[0][0] == {"text": "All there", "callback_data": "t" * 32, "style": "success"}
    assert keyboard[1][0].get("style") == "danger"


def test_long_chinese_labels_stand_one_under_the_other() -> None:
    buttons = (Button("全部合格并立即上架", "a"), Button("部分不合格需要登记", "b"))
    assert [len(row) for row in render.card(a_card(buttons=buttons, language="zh")).keyboard] == [1, 1]


@pytest.mark.parametrize(
    ("link", "label"),
    [
        ("https://store.example/p/lin/task/5", "Open on the web"),
        ("http://192.168.1.20:8000/p/lin/task/5", "Open on the web"),
        ("http://localhost:8000/p/lin/task/5", None),
        ("http://127.0.0.1:8000/p/lin/task/5", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_a_card_links_to_its_page_where_telegram_and_a_phone_can_follow(link: str, label: str | None) -> None:
    last = render.card(a_card(link=link)).keyboard[-1][0]
    assert (last["text"] if "url" in last else None) == label
    assert opens_on_a_phone(link) == (label is not None)


def test_a_chinese_card_speaks_chinese_around_its_words() -> None:
    rows = tuple(Row(f"物料{n}", "x" * 300) for n in range(99))
    shown = render.card(a_card(language="zh", rows=rows, link="https://store.example/5"))
    assert "… 另有" in shown.plain
    assert shown.keyboard[-1][0]["text"] == "在网页打开"


@pytest.mark.parametrize("units_max", [TEXT_UNITS_MAX, CAPTION_UNITS_MAX])
@pytest.mark.parametrize("word", ["不锈钢内六角螺栓 ", "bolt&<> ", "😀"])
def test_a_card_of_any_length_fits_and_counts_the_lines_that_did_not(units_max: int, word: str) -> None:
    rows = tuple(Row(f"row {n} {word}", word, (Fact("Ordered", f"{n} pcs"),)) for n in range(500))
    text = seen(a_card(rows=rows), units_max=units_max)
    assert units(text) <= units_max
    kept = [line for line in text.splitlines() if line.startswith("row ")]
    assert [line.split()[1] for line in kept] == [str(n) for n in range(len(kept))]
    assert f"… and {500 - len(kept)} more lines" in text
    assert text.endswith("Did all of it arrive?")


@pytest.mark.parametrize("units_max", [TEXT_UNITS_MAX, CAPTION_UNITS_MAX])
def test_a_card_with_every_part_too_long_still_fits_and_still_asks(units_max: int) -> None:
    long = "很长的话 " * 2000
    monster = a_card(
        title=long,
        summary=long + "!",
        question=long,
        facts=tuple(Fact(long, long) for _ in range(50)),
        rows=tuple(Row(long, long, (Fact(long, long),)) for _ in range(50)),
        story=(long,) * 50,
        status=long,
    )
    assert units(seen(monster, units_max=units_max)) <= units_max
    assert len(render.card(monster).keyboard) == 3  # the outcomes, and what leads to the rest


def test_of_a_long_story_the_newest_lines_stay() -> None:
    text = seen(a_card(story=tuple(f"10:{n:02} Lin: step {n} {'x' * 60}" for n in range(60))))
    assert "step 59" in text
    assert "step 0 " not in text
    assert " more lines\n10:" in text


HOSTILE = (
    "RES_0603_10K",
    "A<3",
    "*bulk*",
    "[x](tg://user?id=1)",
    '</b><a href="https://e.example">ok</a>',
    "<https://e.example|ok>",
    "@everyone",
    "evil.com",
    "/approve",
    "#urgent",
    "lin@e.example",
    "&lt;b&gt;",
    "<!channel>",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_user_text_is_shown_as_typed_and_nothing_in_it_is_tappable(name: str) -> None:
    card = a_card(title=name, rows=(Row(name, name, (Fact(name, name),)),), facts=(Fact(name, name),), story=(name,))
    read = formatted(render.card(card).html, parse_mode="HTML", entities=None)
    assert read.text.count(name) == 8
    assert {each["type"] for each in read.entities} <= {"bold", "code", "blockquote"}


def test_marks_that_turn_the_direction_of_reading_are_shown_by_their_number() -> None:
    assert seen(a_card(title="ab\u202egpj.exe")).startswith("ab[U+202E]gpj.exe\n")


def test_a_line_break_in_a_name_cannot_forge_a_line() -> None:
    assert seen(a_card(title="Bolt\n✓ Approved by Zhao")).startswith("Bolt ✓ Approved by Zhao\n")


def test_long_words_are_sent_on_several_pages_with_nothing_lost() -> None:
    text = "\n".join(f"line {n} " + "x" * 90 for n in range(200))
    pages = render.pages(text)
    assert all(units(page.plain) <= TEXT_UNITS_MAX for page in pages)
    assert "".join(page.plain for page in pages).split() == text.split()
    endless = render.pages("一" * 10_000)
    assert "".join(page.plain for page in endless).replace("\n", "") == "一" * 10_000
