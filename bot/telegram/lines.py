"""Telegram HTML made from plain words: escaped once, nothing in it tappable by accident, measured as Telegram measures.

Telegram turns addresses, mentions, hashtags and commands in plain text into links by itself, except inside ``code``. So
words that would become a link are set as code: they look exactly as typed, and a finger on them copies them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Literal

from bot.plain import visible

TEXT_UNITS_MAX = 4096
CAPTION_UNITS_MAX = 1024

Tag = Literal["", "b", "i"]

_TAPPABLE = re.compile(
    r"""
      [a-z][a-z0-9+.-]*://\S*                        # an address with its scheme
    | [\w.+-]*@\w[\w.-]*                             # a mention or a mail address
    | (?<!\w)(?:[\w-]+\.)+[^\W\d_]{2,}\w*(?:[/:?#]\S*)?   # a bare domain
    | (?<![\w#])\#\w*[^\W\d]\w*                      # a hashtag
    | (?<!\w)\$[A-Z]{1,8}\b                          # a cashtag
    | (?<![\w/])/\w+(?:@\w+)?                        # a command
    """,
    re.VERBOSE | re.IGNORECASE,
)


def units(text: str) -> int:
    """Return the length that Telegram counts: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shortened(words: str, *, units_max: int) -> str:
    """Return the words, cut with an ellipsis if they are longer than ``units_max``."""
    if units(words) <= units_max:
        return words
    kept = words.encode("utf-16-le")[: (units_max - 1) * 2].decode("utf-16-le", "ignore")
    return f"{kept.rstrip()}…"


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of a message: its HTML, and the plain words that a reader sees."""

    html: str
    plain: str

    @property
    def units(self) -> int:
        return units(self.plain)

    def __add__(self, other: "Line") -> "Line":
        return Line(self.html + other.html, self.plain + other.plain)


def line(words: str, tag: Tag = "") -> Line:
    """Return the words in bold (``b``), italics (``i``) or plain, with what would turn into a link set as code."""
    words = visible(words)
    return Line("".join(_marked(words, tag)), words)


def _marked(words: str, tag: Tag) -> Iterator[str]:
    at = 0
    for match in _TAPPABLE.finditer(words):
        yield _tagged(words[at : match.start()], tag)
        yield _tagged(match[0], "code")
        at = match.end()
    yield _tagged(words[at:], tag)


def _tagged(words: str, tag: str) -> str:
    safe = escape(words, quote=False)
    return f"<{tag}>{safe}</{tag}>" if tag and safe.strip() else safe


def naming(name: str, user_id: int) -> Line:
    """Return somebody's name so that Telegram knows whom it names: the one tappable thing in our words."""
    words = visible(name)
    return Line(f'<a href="tg://user?id={user_id}">{escape(words, quote=False)}</a>', words)


def joined(lines: Iterable[Line], separator: str = "\n") -> Line:
    """Return the lines as one, with ``separator`` between them."""
    parts = tuple(lines)
    return Line(separator.join(each.html for each in parts), separator.join(each.plain for each in parts))


def quoted(lines: Iterable[Line]) -> Line:
    """Return the lines as a quotation, folded to its first lines when it is long."""
    parts = tuple(lines)
    inner = joined(parts)
    fold = " expandable" if len(parts) > 4 else ""
    return Line(f"<blockquote{fold}>{inner.html}</blockquote>", inner.plain)
