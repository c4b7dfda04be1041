"""How many pieces of a delivery are looked at, and how many of them may be faulty: single sampling by attributes.

Tables 1 (general level II), 2-A and 2-B of ISO 2859-1:1999, which GB/T 2828.1 takes over, and its switching between
normal and tightened inspection (9.3). A master table is regular: from letter to letter the same row of acceptance
numbers moves on by one AQL, so it is kept as that row and where it begins. Reduced inspection, which the standard
leaves to the buyer, is not used. Reaches no database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

AQLS: Final = (
    "0.010", "0.015", "0.025", "0.040", "0.065", "0.10", "0.15", "0.25",
    "0.40", "0.65", "1.0", "1.5", "2.5", "4.0", "6.5", "10",
)  # fmt: skip
"""The acceptance quality limits in percent nonconforming, as the standard writes them."""

_LETTERS: Final = "ABCDEFGHJKLMNPQRS"
_SIZES: Final = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000, 3150)
_LOTS_UP_TO: Final = (8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10_000, 35_000, 150_000, 500_000)

_REFUSED_TO_TIGHTEN: Final = 2
_WINDOW: Final = 5
_ACCEPTED_TO_EASE: Final = 5
_REFUSED_TO_STOP: Final = 5


class Severity(StrEnum):
    """How strictly a supplier's lots of an item are inspected; under ``STOPPED`` every piece is looked at."""

    NORMAL = "normal"
    TIGHTENED = "tightened"
    STOPPED = "every_piece"


@dataclass(frozen=True, slots=True)
class Plan:
    """So many pieces are looked at; with up to ``accept`` faulty ones the lot passes, with one more it does not."""

    letter: str
    size: int
    accept: int


@dataclass(frozen=True, slots=True)
class _Table:
    """A master table: letter number n begins its row of acceptance numbers at AQL number ``begins - n``.

    ``goes_up`` are the distances in a row at which the arrow points to the smaller sample.
    """

    begins: int
    accepts: Mapping[int, int]
    first_letter: int = 0
    goes_up: frozenset[int] = frozenset()


_NORMAL: Final = _Table(14, {0: 0, 3: 1, 4: 2, 5: 3, 6: 5, 7: 7, 8: 10, 9: 14, 10: 21}, goes_up=frozenset({1}))
_TIGHTENED: Final = _Table(15, {0: 0, 3: 1, 4: 2, 5: 3, 6: 5, 7: 8, 8: 12, 9: 18}, first_letter=1)


def as_named(words: str) -> str | None:
    """Return an AQL as the standard writes it, however a spreadsheet wrote the number; None for what is none."""
    try:
        value = Decimal(words)
    except InvalidOperation:
        return None
    return next((aql for aql in AQLS if Decimal(aql) == value), None)


def plan(lot: int, aql: str, severity: Severity = Severity.NORMAL) -> Plan:
    """Return the plan for a lot of so many pieces. A sample as large as the lot is the whole lot.

    Raises ValueError for a lot without a piece and for an AQL that the standard does not have.
    """
    if lot < 1:
        raise ValueError("a lot has at least one piece")
    column = AQLS.index(aql)
    letter = next((at for at, most in enumerate(_LOTS_UP_TO) if lot <= most), len(_LOTS_UP_TO))
    if severity is Severity.STOPPED:
        return Plan(_LETTERS[letter], lot, 0)
    table = _NORMAL if severity is Severity.NORMAL else _TIGHTENED
    while True:
        at = column - (table.begins - letter)
        accept = table.accepts.get(at)
        if accept is not None and letter >= table.first_letter:
            return Plan(_LETTERS[letter], min(_SIZES[letter], lot), accept)
        letter += -1 if letter and (at in table.goes_up or at > max(table.accepts)) else 1


def severity(verdicts: Iterable[bool]) -> Severity:
    """Return how strictly the next lot is inspected after these verdicts, oldest first; True is an accepted lot.

    Two of five or fewer lots in a row refused: tightened. Five in a row accepted: normal again. Five refused while
    tightened: the standard stops the acceptance until the supplier has improved; as goods come all the same, every
    piece is looked at until a lot passes, and then the inspection is tightened again.
    """
    now, row = Severity.NORMAL, list[bool]()
    for accepted in verdicts:
        row.append(accepted)
        if now is Severity.NORMAL and row[-_WINDOW:].count(False) >= _REFUSED_TO_TIGHTEN:
            now, row = Severity.TIGHTENED, []
        elif now is Severity.TIGHTENED and row[-_ACCEPTED_TO_EASE:] == [True] * _ACCEPTED_TO_EASE:
            now, row = Severity.NORMAL, []
        elif now is Severity.TIGHTENED and row.count(False) >= _REFUSED_TO_STOP:
            now, row = Severity.STOPPED, []
        elif now is Severity.STOPPED and accepted:
            now, row = Severity.TIGHTENED, []
    return now
