"""The home tab: a person's task inbox, each task with its buttons. No side effects.

Limits: 100 blocks a view; the text of a view is far from any.
"""

from collections.abc import Sequence
from typing import Final

from slack_sdk.models.blocks import Block, ContextBlock, DividerBlock, SectionBlock
from slack_sdk.models.views import View

from bot.slack.render import buttons, row
from bot.slack.words import bold, escaped, mrkdwn
from workflows.cards import Card
from workflows.definition import Language
from workflows.phrases import say

_BLOCKS_MAX: Final = 96
_PIECE_MAX: Final = 600
_SECTION_MAX: Final = 2_900
_ROWS_MAX: Final = 5


def home(cards: Sequence[Card], *, words: str, language: Language) -> View:
    """Return the inbox under ``words``; tasks that don't fit are counted."""
    blocks: list[Block] = [SectionBlock(text=mrkdwn(bold(words, most=_PIECE_MAX)))]
    for number, each in enumerate(cards):
        task = _task(each, language)
        if len(blocks) + len(task) > _BLOCKS_MAX:
            more = say(language, "slack.more_tasks", n=len(cards) - number)
            blocks.append(ContextBlock(elements=[mrkdwn(escaped(more, most=_PIECE_MAX))]))
            break
        blocks += task
    return View(type="home", blocks=blocks)


def _task(shown: Card, language: Language) -> list[Block]:
    said = [bold(shown.title, most=_PIECE_MAX), escaped(shown.summary, most=_PIECE_MAX)]
    blocks: list[Block] = [DividerBlock(), SectionBlock(text=mrkdwn("\n".join(filter(None, said))))]
    kept: list[str] = []
    for each in map(row, shown.rows[:_ROWS_MAX]):
        if sum(map(len, kept)) + len(each) < _SECTION_MAX:
            kept.append(each)
    if kept:
        if more := len(shown.rows) - len(kept):
            kept.append(f"… {escaped(say(language, 'card.more_lines', n=more), most=90)}")
        blocks.append(SectionBlock(text=mrkdwn("\n".join(kept))))
    return [*blocks, *buttons(shown.buttons)]
