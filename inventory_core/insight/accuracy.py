"""Count accuracy: how far what was counted and what the books said are apart, per count, per class, over a period.

Lines are posted counts. ``exact`` and ``within`` are shares of lines, as SCOR states inventory accuracy; the values are
those that the adjustments moved, so that a gain and a loss cancel in ``net`` and add up in ``gross``.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core.insight.classes import abc

TOLERANCE_PERCENT: Final = 2
"""How far off a line may be and still count as within tolerance, in percent of what the books said."""
_COUNTED: Final = """
    SELECT s.item_id, s.counted, s.difference,
           COALESCE((SELECT SUM(l.value) FROM movement_lines l JOIN locations c ON c.id = l.location_id
                     WHERE l.movement_id = s.movement_id AND c.kind IN ('bin', 'transit')), 0) AS value
    FROM stock_counts s LEFT JOIN documents d ON d.id = s.document_id WHERE s.difference IS NOT NULL
"""
_OF_PAPER: Final = text(_COUNTED + " AND (d.id = :paper OR d.source_id = :paper)")
_IN_PERIOD: Final = text(_COUNTED + " AND s.day BETWEEN :first AND :last").bindparams(
    bindparam("first", type_=Date()), bindparam("last", type_=Date())
)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How true the books were: counts of lines, and values in 1/10,000 of the currency unit."""

    lines: int = 0
    exact: int = 0
    within: int = 0
    net: int = 0
    gross: int = 0

    def percent(self, lines: int) -> Decimal:
        """Return so many lines in percent of all, with one place; 100 where nothing was counted."""
        return (Decimal(100) * lines / self.lines).quantize(Decimal("0.1")) if self.lines else Decimal(100)


def of_count(db: Connection, paper_id: int) -> Accuracy:
    """Return the accuracy of a count sheet, or of all sheets of a stocktake."""
    return _summed(db.execute(_OF_PAPER, {"paper": paper_id}))


def of_period(db: Connection, first: dt.date, last: dt.date) -> Accuracy:
    """Return the accuracy of all that was counted on the local days from ``first`` to ``last``."""
    return _summed(db.execute(_IN_PERIOD, {"first": first, "last": last}))


def by_class(db: Connection, first: dt.date, last: dt.date) -> Mapping[str, Accuracy]:
    """Return the accuracy of a period by the items' ABC classes at its end; a class without counts is left out."""
    classes = abc(db, last)
    rows: dict[str, list[Any]] = {}
    for row in db.execute(_IN_PERIOD, {"first": first, "last": last}):
        rows.setdefault(classes.get(row.item_id, "C"), []).append(row)
    return {name: _summed(rows[name]) for name in sorted(rows)}


def _summed(rows: Iterable[Any]) -> Accuracy:
    lines = exact = within = net = gross = 0
    for row in rows:
        difference, value = int(row.difference), int(row.value)
        book = int(row.counted) - difference
        lines += 1
        exact += not difference
        within += abs(difference) * 100 <= TOLERANCE_PERCENT * book
        net += value
        gross += abs(value)
    return Accuracy(lines, exact, within, net, gross)
