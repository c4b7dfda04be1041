"""A question of a form as a Telegram message with keys under the input line. No side effects."""

from telegram import KeyboardButton, ReplyKeyboardMarkup

from bot.plain import one_line, visible
from bot.telegram.keys import in_rows
from bot.telegram.lines import TEXT_UNITS_MAX, Line, joined, line, shortened
from bot.telegram.render import Rendered
from workflows.dialogue import Question
from workflows.phrases import say

_PLACEHOLDER_UNITS_MAX = 64
_PIECE_UNITS_MAX = TEXT_UNITS_MAX // 4


def question(asked: Question) -> Rendered:
    """Return what was wrong with the last answer, if anything was, then where one is in the form, then the question."""
    at = say(asked.language, "form.question", number=asked.number, of=asked.of, title=one_line(asked.title))
    said = [line(shortened(at, units_max=_PIECE_UNITS_MAX), "b"), _piece(asked.words)]
    if asked.complaint:
        said.insert(0, _piece(asked.complaint))
    whole = joined(said, "\n")
    return Rendered(whole.html, whole.plain)


def _piece(words: str) -> Line:
    return line(shortened(visible(words), units_max=_PIECE_UNITS_MAX))


def reply_keyboard(asked: Question) -> ReplyKeyboardMarkup:
    """Return the answers that are a tap away, and under them the ways out in the person's language.

    A key writes its own words, so they are shown exactly as they are heard.
    """
    ways = [
        *(["form.back"] if asked.can_go_back else []),
        *(["form.skip"] if asked.can_skip else []),
        "form.cancel",
    ]
    rows = [*in_rows(asked.quick_answers, label=str), [say(asked.language, each) for each in ways]]
    return ReplyKeyboardMarkup(
        [[KeyboardButton(words) for words in row] for row in rows],
        resize_keyboard=True,
        one_time_keyboard=True,
        input_field_placeholder=shortened(one_line(asked.words), units_max=_PLACEHOLDER_UNITS_MAX),
    )
