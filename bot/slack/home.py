"""The home tab: a person's tasks with their buttons, those of whom they answer for, and what they asked for. Pure.

Limits: 100 blocks a view, 100 options a select, 3,000 signs of private metadata; the text of a view is far from any.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, Field
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    InputBlock,
    Option,
    PlainTextInputElement,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.slack.render import brief
from bot.slack.words import bold, cut, escaped, mrkdwn, plain
from workflows.cards import Card
from workflows.definition import Language
from workflows.phrases import say

FILTER: Final = "home.filter"
SEARCH: Final = "home.search"
CLEAR: Final = "home.clear"
TURN: Final = "home.turn"
START: Final = "home.start"
ALL: Final = "*all"
ASKED: Final = "*asked"
STANDIN: Final = "*standin"
WORDS_MAX: Final = 60

_PIECE_MAX: Final = 600
_OPTION_MAX: Final = 75
_OPTIONS_MAX: Final = 100
_TASK_BLOCKS_MAX: Final = 78


class Look(BaseModel):
    """What somebody looks at: a filter (a flow's name, or one of those above), words, and a page from 0."""

    shows: str = ALL
    words: str = Field(default="", max_length=WORDS_MAX)
    page: int = Field(default=0, ge=0, le=999)


@dataclass(frozen=True, slots=True)
class Part:
    """Tasks under a title, such as those that are late."""

    title: str
    cards: Sequence[Card]


@dataclass(frozen=True, slots=True)
class Home:
    """A page of a home tab. ``filters`` and ``starts`` are choices by value; ``asked`` is what the person asked for."""

    language: Language
    words: str
    look: Look
    pages: int
    parts: Sequence[Part]
    asked: Sequence[Card]
    filters: Mapping[str, str]
    starts: Mapping[str, str]


def home(shown: Home) -> View:
    """Return the page as a view; what it shows is kept in it, so that a tap on it knows."""
    blocks: list[Block] = [HeaderBlock(text=plain(shown.words, most=150)), *_tools(shown)]
    for part in shown.parts:
        if part.title and part.cards:
            blocks += [DividerBlock(), SectionBlock(text=mrkdwn(bold(part.title, most=_PIECE_MAX)))]
        for number, each in enumerate(part.cards):
            task = brief(each)[1 if part.title and not number else 0 :]
            if len(blocks) + len(task) <= _TASK_BLOCKS_MAX:
                blocks += task
    if not any(each.cards for each in shown.parts) and not shown.asked and shown.look != Look():
        blocks.append(SectionBlock(text=mrkdwn(escaped(say(shown.language, "home.nothing"), most=_PIECE_MAX))))
    blocks += _asked(shown)
    blocks += _turns(shown)
    return View(type="home", private_metadata=shown.look.model_dump_json(exclude_defaults=True), blocks=blocks)


def notice(words: str) -> View:
    """Return a home tab that only says something."""
    return View(type="home", blocks=[SectionBlock(text=mrkdwn(escaped(words, most=_PIECE_MAX)))])


def _tools(shown: Home) -> Iterator[Block]:
    """Yield what narrows the page, and what can be started from it."""
    language = shown.language
    chosen: list[StaticSelectElement | ButtonElement] = []
    if len(shown.filters) > 1 or shown.look.shows != ALL:
        chosen.append(_select(FILTER, shown.filters, say(language, "home.filter"), initial=shown.look.shows))
    if shown.starts:
        chosen.append(_select(START, shown.starts, say(language, "home.start")))
    if shown.look.words:
        label = say(language, "home.clear", words=cut(shown.look.words, most=30))
        chosen.append(ButtonElement(text=plain(label, most=_OPTION_MAX), action_id=CLEAR))
    if chosen:
        yield ActionsBlock(elements=chosen)
    if len(shown.filters) > 1 or shown.look.words:
        yield InputBlock(
            # Slack keeps what was typed as long as the name of the block is the same.
            block_id=f"{SEARCH}.{shown.look.words}",
            dispatch_action=True,
            optional=True,
            label=plain(say(language, "home.search"), most=_OPTION_MAX),
            element=PlainTextInputElement(
                action_id=SEARCH,
                initial_value=shown.look.words or None,
                max_length=WORDS_MAX,
                placeholder=plain(say(language, "home.search_hint"), most=_OPTION_MAX),
                dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"]},
            ),
        )


def _select(action: str, choices: Mapping[str, str], hint: str, *, initial: str = "") -> StaticSelectElement:
    options = [Option(value=value, text=plain(label, most=_OPTION_MAX)) for value, label in choices.items()]
    return StaticSelectElement(
        action_id=action,
        placeholder=plain(hint, most=_OPTION_MAX),
        options=options[:_OPTIONS_MAX],
        initial_option=next((each for each in options[:_OPTIONS_MAX] if each.value == initial), None),
    )


def _asked(shown: Home) -> Iterator[Block]:
    """Yield what the person asked for and where it stands, a line each."""
    if not shown.asked:
        return
    yield DividerBlock()
    yield SectionBlock(text=mrkdwn(bold(say(shown.language, "home.asked"), most=_PIECE_MAX)))
    for each in shown.asked:
        title = escaped(each.title, most=_PIECE_MAX)
        linked = f"<{escaped(each.link, most=_PIECE_MAX)}|{title}>" if each.link else title
        yield SectionBlock(text=mrkdwn(f"{linked}\n{bold(each.status or each.summary, most=_PIECE_MAX)}"))


def _turns(shown: Home) -> Iterator[Block]:
    """Yield the way to the pages before and after."""
    if shown.pages <= 1:
        return
    language, page = shown.language, shown.look.page
    yield DividerBlock()
    ways = [(page - 1, "home.before")] if page else []
    ways += [(page + 1, "home.after")] if page + 1 < shown.pages else []
    yield ActionsBlock(
        elements=[
            ButtonElement(text=plain(say(language, key), most=_OPTION_MAX), action_id=f"{TURN}.{to}", value=str(to))
            for to, key in ways
        ]
    )
    yield ContextBlock(elements=[mrkdwn(escaped(say(language, "home.page", n=page + 1, of=shown.pages), most=90))])
