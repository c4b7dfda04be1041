"""What words can mean: a lot or serial number, an item, a paper or a partner."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from sqlalchemy import Connection, text

Kind = Literal["lot", "item", "paper", "partner"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

MOST: Final = 12
"""So many are found at most, and one more where there are more."""

_FEWEST_SIGNS: Final = 2
_FEWEST_OF_NUMBER: Final = 4
_ALL: Final = """
    SELECT 'lot' AS kind, t.id, t.number AS name, i.code AS of_what, i.name AS detail, '' AS state
    FROM lots t JOIN items i ON i.id = t.item_id WHERE {lot}
    UNION ALL SELECT 'item', i.id, i.code, '', i.name, '' FROM items i WHERE {item}
    UNION ALL SELECT 'paper', d.id, d.number, d.kind, COALESCE(p.name, ''), d.state
    FROM documents d LEFT JOIN partners p ON p.id = d.partner_id WHERE {paper}
    UNION ALL SELECT 'partner', p.id, p.code, p.kind, p.name, '' FROM partners p WHERE {partner}
"""
_NEVER: Final = "1 = 0"
_EXACT: Final = {
    "lot": "t.number IN (:words, :upper, :lower) AND t.id > 0",
    "item": "lower(i.code) = :lower",
    "paper": "d.number IN (:words, :upper, :lower)",
    "partner": "lower(p.code) = :lower OR lower(p.name) = :lower OR p.name = :words",
}
_PART: Final = {
    "item": "i.is_active AND (lower(i.code) LIKE :part ESCAPE '\\' OR lower(i.name) LIKE :part ESCAPE '\\')",
    "partner": "lower(p.code) LIKE :part ESCAPE '\\' OR lower(p.name) LIKE :part ESCAPE '\\'",
    "lot": "t.number >= :upper AND t.number < :after AND t.id > 0",
    "paper": "d.number >= :upper AND d.number < :after",
}
_BY_ID: Final = {"lot": "t.id = :id AND t.id > 0", "item": "i.id = :id", "paper": "d.id = :id", "partner": "p.id = :id"}


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that words can mean.

    ``of_what`` is the item's code of a lot, the kind of a paper, and supplier or customer of a partner; ``detail`` is
    the name of the item or of the partner.
    """

    kind: Kind
    id: int
    name: str
    of_what: str = ""
    detail: str = ""
    state: str = ""

    @property
    def key(self) -> str:
        """The one name that means nothing else, such as ``lot.12``."""
        return f"{self.kind}.{self.id}"


def find(
    db: Connection, words: str, *, kinds: Sequence[Kind] = KINDS, of_what: str = "", is_whole: bool = False
) -> tuple[Found, ...]:
    """Return what has exactly this name, in any letter case; or else whose name holds it, or whose number begins so.

    ``kinds`` and ``of_what`` (an item's code for lots, a kind of paper) narrow it where the words alone mean several;
    ``is_whole`` finds nothing by a part of its name.
    Signs of full width count as plain ones: a Chinese keyboard writes them.
    """
    sought = unicodedata.normalize("NFKC", words).strip()
    if not sought:
        return ()
    pattern = sought.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    key = {"words": sought, "upper": sought.upper(), "lower": sought.lower(), "part": f"%{pattern}%"}
    exact = _found(db, {kind: _EXACT[kind] for kind in kinds}, key)
    if of_what:
        exact = tuple(each for each in exact if each.of_what.lower() == of_what.lower())
    if exact or of_what or is_whole or len(sought.encode()) < _FEWEST_SIGNS:
        return exact
    after = _after(key["upper"])
    parts = {kind: _PART[kind] for kind in kinds if after or kind in ("item", "partner")}
    return _found(db, parts, {**key, "after": after})


def _after(begin: str) -> str:
    """Return what sorts behind all numbers that begin so, whatever the database's order of signs; empty for no number.

    The last figures are counted up by one: a lot that begins with L261129 stands before L261130.
    """
    figures = re.search(r"[0-9]+$", begin)
    if figures is None or len(begin) < _FEWEST_OF_NUMBER:
        return ""
    counted = str(int(figures[0]) + 1).zfill(len(figures[0]))
    return begin[: figures.start()] + counted if len(counted) == len(figures[0]) else ""


def by_key(db: Connection, key: str) -> Found | None:
    """Return what a key such as ``lot.12`` means, or None."""
    kind, _, number = key.partition(".")
    known = next((each for each in KINDS if each == kind), None)
    if known is None or not number.isascii() or not number.isdigit() or len(number) > 15:
        return None
    return next(iter(_found(db, {known: _BY_ID[known]}, {"id": int(number)})), None)


def _found(db: Connection, wanted: dict[Kind, str], key: Mapping[str, str | int]) -> tuple[Found, ...]:
    clauses = {kind: wanted.get(kind, _NEVER) for kind in KINDS}
    statement = _ALL.format(**clauses) + " ORDER BY 1, 4, 3, 2 LIMIT :most"  # all of it ours
    used = {name: value for name, value in key.items() if f":{name}" in statement}
    return tuple(Found(*row) for row in db.execute(text(statement), {**used, "most": MOST + 1}))
