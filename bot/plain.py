"""Plain words before a face escapes them: nothing in them hides, turns the line around, or breaks it."""

import re

from workflows.definition import Language

_HIDDEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]|(?<=[\x00-\x7f\u3400-\u9fff])[\u200c\u200d]"
)
"""What turns the direction of reading, or has no width. The joiners of emoji and of scripts that need them stay."""
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def visible(words: str) -> str:
    """Return the words with what hides or turns the direction of reading made visible, and control signs as spaces."""
    words = words.encode("utf-8", "replace").decode()
    return _HIDDEN.sub(lambda match: f"[U+{ord(match[0]):04X}]", _CONTROL.sub(" ", words))


def one_line(words: str) -> str:
    """Return the words on one line."""
    return " ".join(visible(words).split())


def language_of(code: str) -> Language:
    """Return the language of the phrases for a language code such as ``zh-hans``."""
    return "zh" if code.lower().startswith("zh") else "en"
