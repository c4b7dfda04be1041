"""A card in pages: nothing in it is left out, no row stands twice, and its buttons are under each page. Pure."""

from collections.abc import Sequence
from typing import Final

from bot.plain import language_of, one_line
from bot.telegram import render, tokens
from bot.telegram.keys import Key, Keyboard, inline_keyboard
from bot.telegram.lines import TEXT_UNITS_MAX, Line, joined, line, quoted, shortened
from bot.telegram.render import Rendered
from workflows.cards import Card
from workflows.definition import Language
from workflows.phrases import say

_ROWS: Final = 12
"""So many rows a page has at most: they can be read without a long way of the thumb."""
_BETWEEN: Final = 2

Blocks = tuple[list[Line], list[Line], list[Line]]
"""A page's facts, rows, and lines of the story."""


def page(
    shown: Card, number: int, *, units_max: int = TEXT_UNITS_MAX, is_private: bool = False, has_file: bool = False
) -> Rendered:
    """Return a page of a card, from 1, the last one where there are fewer; the rest is as for ``render.card``."""
    head, foot = [_title(shown, units_max)], render.foot(shown, units_max=units_max)
    room = units_max - sum(each.units + _BETWEEN for each in (*head, *foot)) - 3 * _BETWEEN
    pages = _parted(shown, room)
    number = min(max(number, 1), len(pages))
    facts, rows, story = pages[number - 1]
    blocks = [
        *head,
        *([joined(facts)] if facts else []),
        *([joined(rows)] if rows else []),
        *([quoted(story)] if story else []),
        *foot,
    ]
    whole = joined(blocks, "\n\n")
    language = language_of(shown.language)
    turns = turns_under(tokens.key_of(shown), number, len(pages), language)
    under = (*turns, *render.file_row(shown, language, has_file=has_file))
    keyboard = inline_keyboard(shown, language=language, is_private=is_private, between=under)
    return Rendered(whole.html, whole.plain, keyboard)


def turns_under(key: str, number: int, of: int, language: Language) -> Keyboard:
    """Return the keys that turn pages, round and round, so that none moves under the thumb; and the one that folds."""
    if not key:
        return ()
    fold: Key = {"text": say(language, "telegram.fold"), "callback_data": tokens.turn(key, 0)}
    if of == 1:
        return ((fold,),)
    turns = (("‹", (number - 2) % of + 1), (f"{number}/{of}", number), ("›", number % of + 1))
    return (tuple({"text": sign, "callback_data": tokens.turn(key, to)} for sign, to in turns), (fold,))


def _title(shown: Card, units_max: int) -> Line:
    return line(shortened(one_line(shown.title), units_max=units_max // 6), "b")


def _parted(shown: Card, room: int) -> list[Blocks]:
    """Return all of a card in pages that fit the room, in reading order: facts, rows, what happened."""
    piece = room // 3
    facts = [render.fact(each.label, each.value, units_max=piece) for each in shown.facts]
    rows = [render.row(each, is_bold=True, units_max=piece) for each in shown.rows]
    story = [line(shortened(one_line(each), units_max=piece)) for each in shown.story]
    pages: list[Blocks] = [([], [], [])]
    for kind, lines in enumerate((facts, rows, story)):
        for each in lines:
            if not _takes(pages[-1], each, room):
                pages.append(([], [], []))
            pages[-1][kind].append(each)
    return pages


def _takes(page_: Blocks, more: Line, room: int) -> bool:
    every: Sequence[Line] = [each for kind in page_ for each in kind]
    length = sum(each.units + 1 for each in every)
    return not every or (len(page_[1]) < _ROWS and length + more.units <= room)
