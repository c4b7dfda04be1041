"""What Telegram makes tappable by itself: addresses, mentions, commands, hashtags and mail addresses in plain text.

Nothing is found inside code, pre or a link, as in tdlib's ``find_entities``. Bare domains count whatever their ending.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

_PATTERNS = (
    ("url", re.compile(r"(?<![\w@])(?:https?|ftp)://[^\s<>\"']+", re.IGNORECASE)),
    ("url", re.compile(r"(?<!\w)(?:tg|ton|tonsite)://[a-z0-9_-]{1,253}(?:[/?#][^\s<>\"')\]]*)?", re.IGNORECASE)),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)),
    ("url", re.compile(r"(?<![\w.@/-])(?:[\w-]+\.)+[^\W\d_]{2,24}(?![\w.-]*@)(?:/[^\s<>\"']*)?", re.IGNORECASE)),
    ("mention", re.compile(r"(?<!\w)@[A-Za-z0-9_]{2,32}\b")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d_])\w{1,256}")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?\b(?!/)")),
)
_CLOSED = frozenset({"code", "pre", "text_link", "text_mention"})


def detected(text: str, entities: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield an entity for each thing that Telegram would make tappable in ``text``."""
    taken = [(each["offset"], each["offset"] + each["length"]) for each in entities if each["type"] in _CLOSED]
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            begin = len(text[: match.start()].encode("utf-16-le")) // 2
            end = begin + len(match[0].encode("utf-16-le")) // 2
            if all(end <= first or begin >= last for first, last in taken):
                taken.append((begin, end))
                yield {"type": kind, "offset": begin, "length": end - begin}
