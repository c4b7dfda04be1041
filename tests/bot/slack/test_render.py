"""Cards and forms in Slack's shape: whatever they hold, Slack takes them, and no row is lost or doubled."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.views import View

from bot.slack import render
from bot.slack.home import ALL, Home, Look, Part, home
from bot.slack.render import MESSAGES_MAX, Message
from tests.bot.cards import a_card, settled
from tests.bot.slack.limits import complaint_about
from tests.bot.slack.peer import texts_of
from workflows.cards import Button, Card, Fact, Row

words = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("&<>*_~`|链😀\n\u202e\u200b")), max_size=400
)
named = words.filter(lambda each: bool(each.strip()))
rows = st.builds(Row, named, words, st.lists(st.builds(Fact, words, named), max_size=6).map(tuple))
cards = st.builds(
    Card,
    st.just("task:5"),
    named,
    words,
    st.sampled_from(["en", "zh"]),
    facts=st.lists(st.builds(Fact, words, named), max_size=23).map(tuple),
    rows=st.lists(rows, max_size=60).map(tuple),
    question=words,
    buttons=st.lists(
        st.builds(Button, named, st.just("t" * 32), st.sampled_from(["plain", "good", "bad"]), st.booleans()),
        max_size=30,
    ).map(tuple),
    story=st.lists(words, max_size=30).map(tuple),
    status=words,
    tone=st.sampled_from(["plain", "good", "bad"]),
)


def sent(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": [each.to_dict() for each in message.blocks]}


def shown(view: View) -> dict[str, Any]:
    return {"view": view.to_dict()}


def said(message: Message) -> str:
    return "\n".join(texts_of(sent(message)["blocks"]))


@given(cards, st.integers(1, MESSAGES_MAX))
@settings(max_examples=80, deadline=None)
def test_slack_takes_any_card(card: Card, most: int) -> None:
    messages = render.card(card, most=most)
    assert 1 <= len(messages) <= most
    for each in messages:
        assert complaint_about("chat.postMessage", sent(each)) == ""
    if card.buttons:
        last = [block for block in sent(messages[-1])["blocks"] if block["type"] == "actions"]
        assert sum(len(block["elements"]) for block in last) == len(card.buttons)


@given(st.lists(cards, max_size=12), words)
@settings(max_examples=30, deadline=None)
def test_slack_takes_any_inbox(many: list[Card], before: str) -> None:
    for each in render.several(many, before=before, most=5):
        assert complaint_about("chat.postMessage", sent(each)) == ""
    look = Look(words=before.strip()[:60], page=1)
    choices = {f"flow_{number}": each.title for number, each in enumerate(many)}
    page = Home("en", before, look, 3, [Part(before, many)], many, {ALL: before, **choices}, choices)
    assert complaint_about("views.publish", shown(home(page))) == ""


def test_a_list_of_61_rows_over_3000_signs_is_parted_between_rows(card_of_61: Card) -> None:
    messages = render.card(card_of_61)
    codes = re.findall(r"K-\d{3}", "\n".join(map(said, messages)))
    assert codes == [f"K-{number:03}" for number in range(61)]
    assert [bool(complaint_about("chat.postMessage", sent(each))) for each in messages] == [False] * len(messages)


@pytest.fixture(params=["M8 hexagon bolt, stainless steel, 30 mm", "不锈钢内六角螺栓" * 5 + " M8x30"])
def card_of_61(request: pytest.FixtureRequest) -> Card:
    return a_card(rows=tuple(Row(request.param, f"K-{number:03}", (Fact("Free", "5 pc"),)) for number in range(61)))


def test_rows_beyond_six_messages_are_counted_and_the_buttons_stand_last() -> None:
    card = a_card(rows=tuple(Row("x" * 500, f"K-{number:04}") for number in range(400)))
    messages = render.card(card)
    kept = re.findall(r"K-\d{4}", "\n".join(map(said, messages)))
    assert len(messages) == MESSAGES_MAX
    assert kept == [f"K-{number:04}" for number in range(len(kept))]
    assert f"and {400 - len(kept)} more lines" in said(messages[-1])
    assert "All there" in said(messages[-1])


def test_a_name_rings_nobody_and_links_nowhere() -> None:
    card = a_card(
        title="PO 1 from <https://evil.example|click to approve>",
        rows=(Row("<!channel> M8 bolt", "A&B", (Fact("By", "&lt;!here&gt; <@U0EVIL>"),)),),
    )
    (message,) = render.card(card)
    markup = "\n".join(
        each["text"] for block in sent(message)["blocks"] for each in _mrkdwn(block) if each["type"] == "mrkdwn"
    )
    assert "&lt;!channel&gt; M8 bolt" in markup and "A&amp;B" in markup
    assert "&amp;lt;!here&amp;gt; &lt;@U0EVIL&gt;" in markup
    assert "&lt;https://evil.example|click to approve&gt;" in message.text
    assert re.findall(r"<[^>]*>", markup) == re.findall(r"<[^>]*>", message.text) == []


def _mrkdwn(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, Mapping):
        own = [dict(value)] if value.get("type") in ("mrkdwn", "plain_text") else []
        return [*own, *(found for each in value.values() for found in _mrkdwn(each))]
    return [found for each in value for found in _mrkdwn(each)] if isinstance(value, list) else []


def test_what_turns_the_line_around_is_made_visible() -> None:
    assert "[U+202E]" in said(render.card(a_card(title="abc\u202edef"))[0])


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("M8\u200bbolt", "M8[U+200B]bolt"),
        ("M8\u2060bolt", "M8[U+2060]bolt"),
        ("\ufeffbolt", "[U+FEFF]bolt"),
        ("bo\u200dlt", "bo[U+200D]lt"),
        ("\U0001f468\u200d\U0001f527 bolt", "\U0001f468\u200d\U0001f527 bolt"),
    ],
)
def test_what_has_no_width_is_made_visible_and_emoji_stay_whole(typed: str, shown: str) -> None:
    assert shown in said(render.card(a_card(title=typed))[0])


@given(
    st.sampled_from(["en", "zh"]),
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120), min_size=1, max_size=120),
)
@settings(max_examples=60, deadline=None)
def test_the_rows_of_all_messages_together_are_the_cards_rows(language: str, names: list[str]) -> None:
    marked = [f"K{number:04}{name}" for number, name in enumerate(names)]
    card = a_card(language=language, rows=tuple(Row(each, "", (Fact("Free", "5 pc"),)) for each in marked))
    messages = render.card(card)
    for each in messages:
        assert complaint_about("chat.postMessage", sent(each)) == ""
    found = re.findall(r"^\*(K\d{4}.*?)\*?$", "\n".join(map(said, messages)), re.MULTILINE)
    assert [each[:5] for each in found] == [each[:5] for each in marked]


@pytest.mark.parametrize(("chinese", "ascii_signs"), [(0, 3_001), (2_400, 601)])
def test_3001_signs_in_lines_are_parted_on_line_ends(chinese: int, ascii_signs: int) -> None:
    signs = "\u94fe" * chinese + "x" * ascii_signs
    rows = tuple(Row(signs[start : start + 50], f"K-{start:04}") for start in range(0, len(signs), 50))
    messages = render.card(a_card(rows=rows))
    for each in messages:
        assert complaint_about("chat.postMessage", sent(each)) == ""
    told = "\n".join(map(said, messages))
    assert re.findall(r"\*([\u94fex]+)\* \u00b7 (K-\d{4})", told) == [(each.title, each.detail) for each in rows]


def test_a_settled_card_has_its_state_and_no_button() -> None:
    (message,) = render.card(settled())
    assert "✓ *Received by Lin at 10:12*" in said(message)
    assert "actions" not in json.dumps(sent(message))
