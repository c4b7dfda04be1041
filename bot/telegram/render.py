"""A card as a Telegram message: HTML, plain words for the last resort, and the buttons. No side effects."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.plain import language_of, one_line, visible
from bot.telegram import tokens
from bot.telegram.keys import Keyboard, inline_keyboard
from bot.telegram.lines import CAPTION_UNITS_MAX, TEXT_UNITS_MAX, Line, joined, line, quoted, shortened, units
from charts.picture import Picture
from workflows.cards import Card, Row
from workflows.definition import Language
from workflows.phrases import say

_SIGN = {"good": "✓ ", "bad": "✗ ", "plain": ""}
_MORE_UNITS = 40
_BOLD_ROWS_MAX = 40  # Telegram keeps the first hundred marks of a message
_ROWS_AT_ONCE = 10
_ROWS_FIRST = 8
"""Of more rows than are shown at once these come first, and the others a tap later."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready to send. ``plain`` shows the same words without any markup."""

    html: str
    plain: str
    keyboard: Keyboard = ()


def card(shown: Card, *, units_max: int = TEXT_UNITS_MAX, is_private: bool = False, has_file: bool = False) -> Rendered:
    """Return the most important of a card within ``units_max`` visible units; a line counts what it leaves out.

    A key leads to the rest, page by page. ``has_file``: the message is a picture, which can be had as a file.
    ``is_private``: the chat is that of one person with the bot, where a button may open a page within Telegram.
    """
    language = language_of(shown.language)
    head, below = _head(shown, units_max=units_max), foot(shown, units_max=units_max)
    room = units_max - sum(each.units + 2 for each in (*head, *below)) - 3 * (_MORE_UNITS + 2)
    piece = units_max // 8
    facts = [fact(each.label, each.value, units_max=piece) for each in shown.facts]
    story = [line(shortened(one_line(each), units_max=piece)) for each in shown.story]
    kept_facts = _fitting(facts, room)
    room -= _length(kept_facts)
    kept_story = _fitting(story[::-1], room // 3 if shown.rows else room)[::-1]
    room -= _length(kept_story)
    first = _first_rows(shown)
    kept_rows = _fitting([row(each, is_bold=len(first) <= _BOLD_ROWS_MAX, units_max=piece) for each in first], room)
    blocks = [
        *head,
        *_block([*kept_facts, *_more(language, len(facts) - len(kept_facts))]),
        *_block([*kept_rows, *_more(language, len(shown.rows) - len(kept_rows))]),
        *([quoted([*_more(language, len(story) - len(kept_story)), *kept_story])] if story else []),
        *below,
    ]
    whole = joined(blocks, "\n\n")
    is_whole = len(kept_facts) + len(kept_rows) + len(kept_story) == len(facts) + len(shown.rows) + len(story)
    under = (
        *_details_row(shown, language, is_whole=is_whole and not shown.is_cut),
        *file_row(shown, language, has_file=has_file),
    )
    keyboard = inline_keyboard(shown, language=language, is_private=is_private, between=under)
    return Rendered(whole.html, whole.plain, keyboard)


def _first_rows(shown: Card) -> Sequence[Row]:
    """Return the rows that come first; all of them where there is no page to turn to."""
    is_long = len(shown.rows) > _ROWS_AT_ONCE and bool(tokens.key_of(shown))
    return shown.rows[:_ROWS_FIRST] if is_long else shown.rows


def _details_row(shown: Card, language: Language, *, is_whole: bool) -> Keyboard:
    key = "" if is_whole else tokens.key_of(shown)
    return (({"text": say(language, "telegram.details"), "callback_data": tokens.turn(key, 1)},),) if key else ()


def file_row(shown: Card, language: Language, *, has_file: bool) -> Keyboard:
    """Return the key under a picture that sends it as a file, or nothing."""
    return _file_row(tokens.key_of(shown), language) if has_file else ()


def _file_row(key: str, language: Language) -> Keyboard:
    return (({"text": say(language, "telegram.file"), "callback_data": tokens.file(key)},),) if key else ()


def alone(picture: Picture, key: str, language: Language) -> Rendered:
    """Return the caption of a picture that stands by itself; by ``key`` it is had as a file, empty where it is not."""
    return Rendered("", shortened(visible(picture.alt), units_max=CAPTION_UNITS_MAX), _file_row(key, language))


def pages(text: str, *, units_max: int = TEXT_UNITS_MAX) -> tuple[Rendered, ...]:
    """Return words of any length as one message or several, parted between lines where that is possible."""
    found, page = [], ""
    for each in visible(text).splitlines():
        while units(each) > units_max:
            part = shortened(each, units_max=units_max).removesuffix("…")
            found += [page, part] if page else [part]
            page, each = "", each[len(part) :]
        if units(page) + units(each) + 1 > units_max:
            found.append(page)
            page = ""
        page += f"{each}\n"
    return tuple(_message(line(each)) for each in (*found, page) if each.strip())


def in_messages(lines: Sequence[Line]) -> tuple[Rendered, ...]:
    """Return lines as one message or several, parted between lines; none of them is longer than a message."""
    found, page = [], list[Line]()
    for each in lines:
        if page and sum(known.units + 1 for known in page) + each.units > TEXT_UNITS_MAX:
            found.append(page)
            page = []
        page.append(each)
    return tuple(_message(joined(each)) for each in (*found, page) if each)


def _message(shown: Line) -> Rendered:
    return Rendered(shown.html, shown.plain)


def _head(shown: Card, *, units_max: int) -> list[Line]:
    sign = "" if shown.status else _SIGN[shown.tone]
    title = line(sign + shortened(one_line(shown.title), units_max=units_max // 6), "b")
    said = {shown.title, shown.status, shown.question, ""}
    if shown.summary in said:
        return [title]
    return [title + line("\n" + shortened(one_line(shown.summary), units_max=units_max // 6))]


def foot(shown: Card, *, units_max: int) -> list[Line]:
    """Return what a card ends with: its state, and what is asked."""
    said = []
    if shown.status:
        said.append(line(_SIGN[shown.tone] + shortened(one_line(shown.status), units_max=units_max // 6), "b"))
    if shown.question:
        said.append(line(shortened(visible(shown.question), units_max=units_max // 4)))
    return said


def fact(label: str, value: str, *, units_max: int) -> Line:
    """Return one labelled figure."""
    return line(f"{shortened(one_line(label), units_max=units_max // 2)}: ") + line(
        shortened(one_line(value), units_max=units_max // 2), "b"
    )


def row(shown_row: Row, *, is_bold: bool, units_max: int) -> Line:
    """Return what it is on one line and its figures on the next."""
    shown = line(shortened(one_line(shown_row.title), units_max=units_max // 3), "b" if is_bold else "")
    if shown_row.detail:
        shown += line(f" · {shortened(one_line(shown_row.detail), units_max=units_max // 3)}")
    told = (filter(None, (one_line(each.label), one_line(each.value))) for each in shown_row.figures)
    figures = " · ".join(" ".join(each) for each in told)
    if figures:
        shown += line("\n" + shortened(figures, units_max=units_max // 3))
    return shown


def _fitting(lines: Sequence[Line], room: int) -> list[Line]:
    """Return the first lines that fit the room, each whole."""
    kept: list[Line] = []
    for each in lines:
        room -= each.units + 1
        if room < 0:
            break
        kept.append(each)
    return kept


def _length(lines: Sequence[Line]) -> int:
    return sum(each.units + 1 for each in lines)


def _more(language: Language, count: int) -> list[Line]:
    return [line(f"… {say(language, 'card.more_lines', n=count)}", "i")] if count else []


def _block(lines: Sequence[Line]) -> list[Line]:
    return [joined(lines)] if lines else []
