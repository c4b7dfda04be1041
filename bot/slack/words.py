"""Plain words as Slack takes them: escaped once where Slack reads markup, and cut to what it accepts."""

from typing import Final

from slack_sdk.models.blocks import MarkdownTextObject, PlainTextObject

from bot.plain import one_line

_NOTHING: Final = "–"
"""What stands for an empty text, which Slack refuses with the whole message."""
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escaped(words: str, *, most: int) -> str:
    """Return words on one line for mrkdwn, ``most`` signs at most: nothing in them links, mentions or rings."""
    return _cut([_ESCAPES.get(each, each) for each in one_line(words)], most)


def cut(words: str, *, most: int) -> str:
    """Return words on one line, cut with an ellipsis where they are longer than ``most``."""
    return _cut(list(one_line(words)), most)


def bold(words: str, *, most: int) -> str:
    """Return escaped words in bold."""
    safe = escaped(words, most=most - 2)
    return f"*{safe}*" if safe else ""


def plain(words: str, *, most: int) -> PlainTextObject:
    """Return a text that Slack shows as it is."""
    return PlainTextObject(text=cut(words, most=most) or _NOTHING, emoji=False)


def mrkdwn(markup: str) -> MarkdownTextObject:
    """Return a text that Slack reads; ``verbatim``, so that it makes no links of its own."""
    return MarkdownTextObject(text=markup.strip() or _NOTHING, verbatim=True)


def _cut(pieces: list[str], most: int) -> str:
    """Join pieces, one for each sign, that may not be parted; Slack counts UTF-16 units."""
    if sum(map(_units, pieces)) <= most:
        return "".join(pieces)
    room, kept = most - 1, []
    for each in pieces:
        room -= _units(each)
        if room < 0:
            break
        kept.append(each)
    return "".join(kept).rstrip() + "…"


def _units(piece: str) -> int:
    return sum(2 if ord(each) > 0xFFFF else 1 for each in piece)
