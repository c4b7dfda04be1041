"""A question of a form as a Telegram message with keys under the input line. No side effects."""

from telegram import KeyboardButton, ReplyKeyboardMarkup

from bot.plain import one_line, visible
from bot.telegram.address import Addressee
from bot.telegram.keys import in_rows
from bot.telegram.lines import TEXT_UNITS_MAX, Line, joined, line, naming, shortened
from bot.telegram.render import Rendered, in_messages
from workflows.definition import Language
from workflows.phrases import say
from workflows.questions import Check, Question

_PLACEHOLDER_UNITS_MAX = 64
_NAME_UNITS_MAX = 64
_PIECE_UNITS_MAX = TEXT_UNITS_MAX // 4


def question(asked: Question, to: Addressee | None = None) -> Rendered:
    """Return what was wrong with the last answer, if anything was, then where one is in the form, then the question.

    ``to`` is who is asked in a chat that others read, too: there only a reply reaches the bot.
    """
    at = say(asked.language, "form.question", number=asked.number, of=asked.of, title=one_line(asked.title))
    said = [line(shortened(at, units_max=_PIECE_UNITS_MAX), "b"), _piece(asked.words)]
    if asked.complaint:
        said.insert(0, _piece(asked.complaint))
    whole = joined([*_asked(to), *said, *_how(asked.language, to)], "\n")
    return Rendered(whole.html, whole.plain)


def _asked(to: Addressee | None) -> list[Line]:
    """Return the name of who is asked, by which Telegram shows the keys to them alone; none where nobody else reads."""
    return [naming(shortened(one_line(to.name) or "?", units_max=_NAME_UNITS_MAX), to.user_id)] if to else []


def _how(language: Language, to: Addressee | None) -> list[Line]:
    return [line(say(language, "telegram.reply_here"), "i")] if to else []


def check(asked: Check, to: Addressee | None = None) -> tuple[Rendered, ...]:
    """Return the answers before they are sent, each with the number by which it can be changed."""
    said = [
        *_asked(to),
        *([_piece(asked.complaint)] if asked.complaint else []),
        line(say(asked.language, "form.check"), "b"),
    ]
    under = ""
    for each in asked.answers:
        if each.title and each.title != under:
            said.append(_piece(one_line(each.title)))
        under = each.title
        answer = shortened(one_line(each.value), units_max=_PIECE_UNITS_MAX)
        said.append(line(f"{each.number}. {one_line(each.label)}: ") + line(answer, "b"))
    said += [_piece(say(asked.language, "form.check_hint")), *_how(asked.language, to)]
    return in_messages(said)


def check_keyboard(asked: Check, to: Addressee | None = None) -> ReplyKeyboardMarkup:
    """Return the word that sends the answers, and the ways out."""
    ways = [say(asked.language, each) for each in ("form.back", "form.cancel")]
    return ReplyKeyboardMarkup(
        [[KeyboardButton(asked.submit)], [KeyboardButton(each) for each in ways]],
        resize_keyboard=True,
        one_time_keyboard=True,
        selective=to is not None,
        input_field_placeholder=shortened(say(asked.language, "form.check_hint"), units_max=_PLACEHOLDER_UNITS_MAX),
    )


def _piece(words: str) -> Line:
    return line(shortened(visible(words), units_max=_PIECE_UNITS_MAX))


def reply_keyboard(asked: Question, to: Addressee | None = None) -> ReplyKeyboardMarkup:
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
        selective=to is not None,
        input_field_placeholder=shortened(one_line(asked.words), units_max=_PLACEHOLDER_UNITS_MAX),
    )
