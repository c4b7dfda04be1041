"""Hears figures in a worded answer: "550 ok, 3 damaged", "1: 20; 2: 7 坏 1", "550合格 3破损". Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from inventory_core.document import Line

_GOOD = ("ok", "okay", "good", "fine", "accepted", "合格", "完好", "良品", "好")
_BAD = ("damaged", "broken", "bad", "rejected", "faulty", "scrap", "不合格", "破损", "损坏", "不良", "坏")
_YES = (
    "ok",
    "okay",
    "yes",
    "all",
    "all good",
    "all ok",
    "all arrived",
    "complete",
    "好",
    "好的",
    "是",
    "全部到货",
    "全部合格",
    "合格",
    "到齐",
)
_NUMBER = re.compile(r"(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)\s*(?:pcs?|kg|m|件|个|只)?\s*(?P<word>[^\d,，;；、。.\s]*)")
_LABEL = re.compile(r"^\s*(?P<label>[\w-]+)\s*[:：]\s*(?P<rest>.+)$")


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said of one line, in the line's unit."""

    good: Decimal
    bad: Decimal

    @property
    def values(self) -> Mapping[str, Decimal]:
        return {"good": self.good, "bad": self.bad, "total": self.good + self.bad}


def is_yes(words: str) -> bool:
    """Tell whether the words agree to everything."""
    return _plain(words).rstrip(".!。！ ") in _YES


def hear(words: str, lines: Sequence[Line]) -> Mapping[int, Heard] | None:
    """Return what was said of each line, by its position; None when the words don't say it plainly.

    Words about several lines name each by its position or item code; a document of one line needs no name.
    """
    heard: dict[int, Heard] = {}
    for part in re.split(r"[;；\n]", _plain(words)):
        if not part.strip():
            continue
        label = _LABEL.match(part)
        line = _named(label["label"], lines) if label else lines[0] if len(lines) == 1 else None
        said = _figures(label["rest"] if label else part)
        if line is None or said is None or line.position in heard:
            return None
        heard[line.position] = said
    return heard or None


def _plain(words: str) -> str:
    return unicodedata.normalize("NFKC", words).strip().lower()


def _named(label: str, lines: Sequence[Line]) -> Line | None:
    for line in lines:
        if label in (str(line.position), line.item_code.lower()):
            return line
    return None


def _figures(part: str) -> Heard | None:
    good = bad = None
    for found in _NUMBER.finditer(part):
        number, word = Decimal(found["number"].replace(",", "")), found["word"]
        # "不合格" holds "合格", so the bad words are looked for first.
        if any(word.startswith(each) for each in _BAD):
            bad = number if bad is None else None
        elif (not word or any(word.startswith(each) for each in _GOOD)) and good is None:
            good = number
        else:
            return None
    if good is None and bad is None:
        return None
    return Heard(good or Decimal(0), bad or Decimal(0))
