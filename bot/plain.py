"""Plain words before a face escapes them: nothing in them hides, turns the line around, or breaks it."""

import re

from workflows.definition import Language

_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def visible(words: str) -> str:
    """Return the words with what turns the direction of reading made visible, and control characters as spaces."""
    words = words.encode("utf-8", "replace").decode()
    return _BIDI.sub(lambda match: f"[U+{ord(match[0]):04X}]", _CONTROL.sub(" ", words))


def one_line(words: str) -> str:
    """Return the words on one line."""
    return " ".join(visible(words).split())


def language_of(code: str) -> Language:
    """Return the language of the phrases for a language code such as ``zh-hans``."""
    return "zh" if code.lower().startswith("zh") else "en"
