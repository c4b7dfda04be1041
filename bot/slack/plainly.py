"""A message in plain text, for when Slack refuses its blocks: better read than lost."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from bot.slack.render import Message
from bot.slack.words import escaped

_MOST: Final = 3_900
"""Slack takes 4,000 signs of text beside no blocks without cutting them."""
_LINE_MAX: Final = 3_000


def plainly(message: Message) -> Message:
    """Return what a message says without blocks; its buttons are gone, the link to its page is kept."""
    lines, room = list[str](), _MOST
    for each in [message.text, *_lines(message.blocks)]:
        room -= len(each) + 1
        if room < 0:
            break
        if each not in lines[-1:]:
            lines.append(each)
    return Message("\n".join(lines) or "…", ())


def _lines(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        with suppress(SlackObjectFormationError):
            yield from _texts(block.to_dict())


def _texts(block: dict[str, Any]) -> Iterator[str]:
    if block["type"] in ("header", "section", "context"):
        for each in (block.get("text"), *block.get("fields", ()), *block.get("elements", ())):
            match each:
                case {"type": "mrkdwn", "text": str(said)}:
                    yield said
                case {"type": "plain_text", "text": str(said)}:
                    yield escaped(said, most=_LINE_MAX)
