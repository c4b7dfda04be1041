"""Items whose code or name is nearly what somebody typed: a letter wrong or left out, words in another order."""

import unicodedata
from collections.abc import Callable, Mapping
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
    sought = utils.default_process(unicodedata.normalize("NFKC", words))
    is_han = any("\u3400" <= each <= "\u9fff" for each in sought)
    if len(sought) < (_FEWEST_HAN if is_han else _FEWEST_SIGNS):
        return ()
    rows = db.execute(_ALL).all()
    codes = {row.id: row.code for row in rows}
    names = {row.id: row.name for row in rows}
    # A short name lies in many a longer word: what is sought may be part of a name, not the other way round.
    longer = {key: name for key, name in names.items() if len(name) + 1 >= len(sought)}
    scores: dict[int, float] = {}
    for scorer, known in ((fuzz.ratio, codes), (fuzz.partial_ratio, longer), (fuzz.token_sort_ratio, names)):
        for item_id, score in _alike(sought, known, scorer, least=_LEAST_ALIKE_HAN if is_han else _LEAST_ALIKE):
            scores[item_id] = max(score, scores.get(item_id, 0))
    ranked = sorted(scores, key=lambda each: (-scores[each], each))
    return tuple(items.by_id(db, each) for each in ranked[:MOST] if scores[each] >= scores[ranked[0]] - _NEAR)


def _alike(
    sought: str, known: Mapping[int, str], scorer: Callable[..., float], *, least: float
) -> list[tuple[int, float]]:
    found = process.extract(
        sought, known, scorer=scorer, processor=utils.default_process, score_cutoff=least, limit=MOST
    )
    return [(item_id, score) for _, score, item_id in found]
