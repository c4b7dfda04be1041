"""The home tab: a person's task inbox, each task with its buttons. No side effects.

Limits: 100 blocks a view; the text of a view is far from any.
"""

from collections.abc import Sequence
from typing import Final

from slack_sdk.models.blocks import Block, ContextBlock, SectionBlock
from slack_sdk.models.views import View

from bot.slack.render import brief
from bot.slack.words import bold, escaped, mrkdwn
from workflows.cards import Card
from workflows.definition import Language
from workflows.phrases import say

_BLOCKS_MAX: Final = 96
_PIECE_MAX: Final = 600


def home(cards: Sequence[Card], *, words: str, language: Language) -> View:
    """Return the inbox under ``words``; tasks that don't fit are counted."""
    blocks: list[Block] = [SectionBlock(text=mrkdwn(bold(words, most=_PIECE_MAX)))]
    for number, each in enumerate(cards):
        task = brief(each)
        if len(blocks) + len(task) > _BLOCKS_MAX:
            more = say(language, "slack.more_tasks", n=len(cards) - number)
            blocks.append(ContextBlock(elements=[mrkdwn(escaped(more, most=_PIECE_MAX))]))
            break
        blocks += task
    return View(type="home", blocks=blocks)
