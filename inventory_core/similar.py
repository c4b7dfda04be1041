"""Items whose code or name is nearly what somebody typed: a letter wrong or left out, words in another order."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from rapidfuzz import fuzz, process, utils
from sqlalchemy import Connection, text

from inventory_core import items
from inventory_core.items import Item

MOST: Final = 8

_ALL: Final = text("SELECT id, code, name FROM items WHERE is_active ORDER BY id")
_FEWEST_SIGNS: Final = 3
_FEWEST_HAN: Final = 2
_LEAST_ALIKE: Final = 80.0
_LEAST_ALIKE_HAN: Final = 66.0
"""Per cent; lower for Chinese, where one wrong sign of three or four is a larger part of the word."""
_NEAR: Final = 12.0
"""What is so much less alike than the best, in per cent, is not meant."""


def find(db: Connection, words: str) -> tuple[Item, ...]:
    """Return up to eight items that words may mean, the most alike first; none for words too short to tell.

    Reads all codes and names: it is for when ``items.find`` found nothing.
    """
    if not can_tell(words):
        return ()
    known = Known([(row.id, row.code, row.name) for row in db.execute(_ALL)])
    return tuple(items.by_id(db, each) for each in known.like(words))


def can_tell(words: str) -> bool:
    """Tell whether words are long enough to be looked for with a wrong letter in them."""
    sought = _sought(words)
    return len(sought) >= (_FEWEST_HAN if _is_han(sought) else _FEWEST_SIGNS)


class Known:
    """Things by key, code and name, made ready to be compared with what people type; worth keeping for many things."""

    def __init__(self, things: Iterable[tuple[int, str, str]]) -> None:
        self._keys: list[int] = []
        self._codes: list[str] = []
        self._names: list[str] = []
        self._in_order: list[str] = []
        for key, code, name in things:
            said = utils.default_process(name)
            self._keys.append(key)
            self._codes.append(utils.default_process(code))
            self._names.append(said)
            self._in_order.append(" ".join(sorted(said.split())))

    def like(self, words: str, *, most: int = MOST) -> list[int]:
        """Return up to ``most`` keys of what is called nearly as somebody typed, the likest first."""
        sought = _sought(words)
        least = _LEAST_ALIKE_HAN if _is_han(sought) else _LEAST_ALIKE
        # A short name lies in many a longer word: what is sought may be part of a name, not the other way round.
        longer = [name if len(name) + 1 >= len(sought) else None for name in self._names]
        scores: dict[int, float] = {}
        for said, known, scorer in (
            (sought, self._codes, fuzz.ratio),
            (sought, longer, fuzz.partial_ratio),
            (" ".join(sorted(sought.split())), self._in_order, fuzz.ratio),
        ):
            found = process.extract(said, known, scorer=scorer, score_cutoff=least, limit=most)
            for _, score, number in found:
                scores[self._keys[number]] = max(score, scores.get(self._keys[number], 0))
        likest = sorted(scores, key=lambda each: (-scores[each], each))
        return [each for each in likest[:most] if scores[each] >= scores[likest[0]] - _NEAR]


def _sought(words: str) -> str:
    return utils.default_process(unicodedata.normalize("NFKC", words))


def _is_han(sought: str) -> bool:
    return any("\u3400" <= each <= "\u9fff" for each in sought)
