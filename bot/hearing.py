"""Hears figures in a worded answer: "550 ok, 3 damaged", "1: 20; 2: 7, 坏 1", "550合格 3破损". Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

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
_SURE = ("ok", "okay", "yes", "y", "sure", "right", "correct", "好", "好的", "是", "是的", "对", "确认")
_NO = ("no", "n", "nope", "wrong", "不", "不是", "不对", "否", "错")
_UNIT = r"(?:pcs?|kg|m|件|个|只)?"
_NUMBER = re.compile(rf"(?P<number>\d+(?:,\d{{3}})*(?:\.\d+)?)\s*{_UNIT}\s*(?P<word>[^\d,，;；、。.\s]*)")
_LABEL = re.compile(r"^\s*(?P<label>[\w-]+)\s*[:：]\s*(?P<rest>.+)$")
_LOOSE = re.compile(
    rf"(?<![a-z0-9.,:/#+-])(?P<number>\d{{1,9}}(?:,\d{{3}})*(?:\.\d+)?)(?![0-9]|[.,:/-]\d|%)"
    rf"\s*{_UNIT}(?![a-z])\s*(?P<word>[^\d,，;；、。.\s]*)"
)
"""A number that stands alone: no part of a code, a time, a day or a telephone number."""
_APART = re.compile("[,，、]")
_FILLERS = ("and", "&", "和", "及", "共", "收到", "实收", "received", "got", "total")


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
    return _bare(words) in _YES


def is_sure(words: str) -> bool:
    """Tell whether the words confirm what was just asked back."""
    return _bare(words) in _SURE


def is_no(words: str) -> bool:
    """Tell whether the words say that what was just asked back is wrong."""
    return _bare(words) in _NO


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


def is_figures(words: str) -> bool:
    """Tell whether words are figures and nothing else, whatever they are about."""
    return _figures(_plain(words)) is not None


def has_figures(words: str) -> bool:
    """Tell whether a number stands alone among the words."""
    return _LOOSE.search(_plain(words)) is not None


def guess(words: str, lines: Sequence[Line]) -> Mapping[int, Heard] | None:
    """Return what words such as "maybe 12" could say of the only line, to be asked back; None for what is no answer."""
    found = list(_LOOSE.finditer(_plain(words)))
    bad = [each for each in found if each["word"].startswith(_BAD)]
    good = [each for each in found if each not in bad]
    if len(lines) != 1 or not found or len(bad) > 1 or len(good) > 1 or _is_turned(_plain(words), found):
        return None
    return {lines[0].position: Heard(*(_number(each[0]) if each else Decimal(0) for each in (good, bad)))}


def _bare(words: str) -> str:
    return _plain(words).rstrip(".!。！ ")


def _plain(words: str) -> str:
    return unicodedata.normalize("NFKC", words).strip().lower()


def _named(label: str, lines: Sequence[Line]) -> Line | None:
    for line in lines:
        if label in (str(line.position), line.item_code.lower()):
            return line
    return None


def _number(found: re.Match[str]) -> Decimal:
    return Decimal(found["number"].replace(",", ""))


def _figures(part: str) -> Heard | None:
    """Return the figures of words that hold nothing else; None for "maybe 12", and for "7 bad 1", which is either."""
    good = bad = None
    found = list(_NUMBER.finditer(part))
    if not _is_filler(_NUMBER.sub(" ", part)) or _is_turned(part, found):
        return None
    for each in found:
        number, word = _number(each), "" if each["word"] in _FILLERS else each["word"]
        # "不合格" holds "合格", so the bad words are looked for first.
        if word.startswith(_BAD):
            if bad is not None:
                return None
            bad = number
        elif (not word or word.startswith(_GOOD)) and good is None:
            good = number
        else:
            return None
    if good is None and bad is None:
        return None
    return Heard(good or Decimal(0), bad or Decimal(0))


def _is_filler(rest: str) -> bool:
    """Tell whether what stands between the figures says nothing."""
    return all(each in _FILLERS for each in re.split(r"[\s,，、。.!！]+", rest) if each)


def _is_turned(part: str, found: Sequence[re.Match[str]]) -> bool:
    """Tell whether a word stands between two numbers, and could go with either of them."""
    return any(
        one["word"].startswith(_BAD + _GOOD) and not two["word"] and not _APART.search(part[one.end() : two.start()])
        for one, two in pairwise(found)
    )
