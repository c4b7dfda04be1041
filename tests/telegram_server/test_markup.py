"""Telegram's HTML as the server reads it, and what it makes tappable."""

import pytest

from tests.telegram_server.links import detected
from tests.telegram_server.markup import formatted, parse_html
from tests.telegram_server.refusals import Refusal


def kinds(source: str) -> list[tuple[str, int, int]]:
    return [(each["type"], each["offset"], each["length"]) for each in parse_html(source).entities]


def refusal(source: str) -> str:
    with pytest.raises(Refusal) as caught:
        parse_html(source)
    assert caught.value.code == 400
    return caught.value.description.removeprefix("Bad Request: can't parse entities: ")


def test_tags_become_entities_that_count_utf16_units() -> None:
    assert kinds("😀<b>M8 <i>bolt</i></b>") == [("bold", 2, 7), ("italic", 5, 4)]


def test_escapes_are_shown_as_the_characters_they_mean() -> None:
    assert parse_html("A&lt;3 &amp;&quot;&#9731;&#x2603;").text == 'A<3 &"☃☃'


def test_an_escape_that_telegram_does_not_know_is_shown_as_typed() -> None:
    assert parse_html("&nbsp;&bogus;").text == "&nbsp;&bogus;"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("A<3", "Unclosed start tag at byte offset 1"),
        ("<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("铆钉<br>", 'Unsupported start tag "br" at byte offset 6'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ('<span class="red">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_bad_markup_is_refused_in_telegrams_words(source: str, words: str) -> None:
    assert refusal(source) == words


def test_a_link_behind_words_and_a_person_behind_words_are_told_apart() -> None:
    shown = parse_html('<a href="https://e.example/?a=1&amp;b=2">ok</a> <a href="tg://user?id=7">Lin</a>')
    assert [each["type"] for each in shown.entities] == ["text_link", "text_mention"]
    assert shown.entities[0]["url"] == "https://e.example/?a=1&b=2"


def test_spaces_around_a_text_are_cut_and_entities_move_along() -> None:
    shown = formatted("  \n<b>x</b>  ", parse_mode="HTML", entities=None)
    assert shown.text == "x"
    assert shown.entities == ({"type": "bold", "offset": 0, "length": 1},)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("see https://e.example/x", "url"),
        ("evil.com is bare", "url"),
        ("[x](tg://user?id=1)", "url"),
        ("@everyone", "mention"),
        ("ask lin@e.example", "email"),
        ("#urgent", "hashtag"),
        ("/approve", "bot_command"),
    ],
)
def test_plain_text_that_telegram_makes_tappable_is_found(text: str, kind: str) -> None:
    assert [each["type"] for each in detected(text, ())] == [kind]


@pytest.mark.parametrize("text", ["RES_0603_10K", "A<3", "*bulk*", "M8×30 (304)", "12.5 kg", "3/4", "#12", "a/b"])
def test_part_numbers_and_figures_are_not_tappable(text: str) -> None:
    assert list(detected(text, ())) == []


def test_nothing_is_tappable_inside_code() -> None:
    assert formatted("<code>@everyone evil.com</code>", parse_mode="HTML", entities=None).entities == (
        {"type": "code", "offset": 0, "length": 18},
    )
