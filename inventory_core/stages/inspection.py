"""Inspection of what came: how many pieces are looked at, what is measured of them, and whether the lot passes.

Where an item has an acceptance quality limit, ``look_up`` says how many pieces make the ``sample`` and how many of them
may be faulty, the ``limit``. Where characteristics are kept for it, ``measure`` names them with their limits, people
answer ``measured``, and ``outside`` counts the values out of limits.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import documents, sampling
from inventory_core.db.quick import Statement
from inventory_core.document import Answer, Document, Line
from inventory_core.errors import NotANumber, NotMeasured
from inventory_core.fact import Fact
from inventory_core.quantity import parse_decimal

_INSPECTED: Final = Statement("""
    SELECT l.fields FROM document_lines l JOIN documents d ON d.id = l.document_id
    WHERE l.item_id = :item AND d.kind = 'receipt' AND d.state = 'posted' AND d.partner_id = :supplier ORDER BY d.id
""")
_CHECKS: Final = text("SELECT name, unit, at_least, at_most FROM item_checks WHERE item_id = :item ORDER BY position")
_GROUPS: Final = re.compile(r"[;；\n]")
_VALUES: Final = re.compile(r"[\s，、/]+|,\s+")


@dataclass(frozen=True, slots=True)
class Characteristic:
    """What is measured of a piece, in a unit, and its limits; None where there is none."""

    name: str
    unit: str
    at_least: Decimal | None
    at_most: Decimal | None

    def __str__(self) -> str:
        match self.at_least, self.at_most:
            case None, None:
                limits = ""
            case low, None:
                limits = f"≥ {low:f}"
            case None, high:
                limits = f"≤ {high:f}"
            case low, high:
                limits = f"{low:f}–{high:f}"
        return " ".join(filter(None, (self.name, limits, self.unit)))

    def fits(self, value: Decimal) -> bool:
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


def characteristics(db: Connection, item_id: int) -> Sequence[Characteristic]:
    """Return what is measured of an item, in the order in which it is measured."""
    return [
        Characteristic(
            row.name, row.unit, *(Decimal(limit) if limit else None for limit in (row.at_least, row.at_most))
        )
        for row in db.execute(_CHECKS, {"item": item_id})
    ]


def plan_of(db: Connection, item_id: int) -> Mapping[str, Answer]:
    """Return what a receipt line is to say of what is measured; nothing where nothing is."""
    found = characteristics(db, item_id)
    return {"measure": "; ".join(map(str, found)), "checks": len(found)} if found else {}


def look_up(db: Connection, receipt: Document) -> Document:
    """Return a receipt with the sampling plan of each line: ``sample``, ``limit``, and ``severity`` if not normal.

    The plan follows the lot that came and the supplier's earlier lots, until the inspector has answered; then
    ``outside`` counts the measured values out of limits.
    """
    if not any(line.aql or "measured" in line.fields for line in receipt.lines):
        return receipt
    return replace(receipt, lines=tuple(_measured(db, _with_plan(db, receipt, line)) for line in receipt.lines))


def check(db: Connection, before: Document, answered: Document) -> None:
    """Refuse values that can't be read as measured. Raises NotMeasured."""
    for old, line in zip(before.lines, answered.lines, strict=True):
        words = line.fields.get("measured")
        if isinstance(words, str) and words != old.fields.get("measured"):
            list(_values(line, characteristics(db, line.item_id)))


def _measured(db: Connection, line: Line) -> Line:
    if "measured" not in line.fields:
        return line
    wrong = sum(not kind.fits(value) for kind, value in _values(line, characteristics(db, line.item_id)))
    return replace(line, fields={**line.fields, "outside": wrong})


def _values(line: Line, kinds: Sequence[Characteristic]) -> Iterator[tuple[Characteristic, Decimal]]:
    """Yield each measured value with what it is a value of: "9.98 10.01; 5.2" for two characteristics.

    Raises NotMeasured.
    """
    words = str(line.fields["measured"])
    groups = [each for each in _GROUPS.split(words) if each.strip()]
    if len(groups) != len(kinds):
        raise NotMeasured(item=line.item_code, words=words[:60], n=len(kinds))
    for kind, group in zip(kinds, groups, strict=True):
        for each in filter(None, _VALUES.split(group.strip())):
            try:
                yield kind, parse_decimal(each)
            except NotANumber:
                raise NotMeasured(item=line.item_code, words=each[:60], n=len(kinds)) from None


def _with_plan(db: Connection, receipt: Document, line: Line) -> Line:
    lot = line.quantity("received") if "received" in line.fields else line.ordered
    if not line.aql or not lot or "accepted" in line.fields:
        return line
    rows = _INSPECTED.rows(db, {"item": line.item_id, "supplier": receipt.partner_id})
    earlier = [fields for (words,) in rows if "sample" in (fields := documents.from_json(words))]
    severity = sampling.severity(_has_passed(fields) for fields in earlier)
    unit = 10**line.precision
    plan = sampling.plan(-(-lot // unit), line.aql, severity)
    fields = {**line.fields, "sample": min(plan.size * unit, lot), "limit": plan.accept * unit}
    if severity is not sampling.Severity.NORMAL:
        fields["severity"] = severity.value
    return replace(line, fields=fields)


def _has_passed(fields: Mapping[str, Answer]) -> bool:
    """Tell whether a sampled lot was accepted: what the inspector refused as a whole was not, whatever its sample."""
    return fields.get("accepted") != 0 and _faults(fields) <= int(str(fields.get("limit", 0)))


def _faults(fields: Mapping[str, Answer]) -> int:
    """Return how many pieces of a sample were faulty, by sight or by what was measured of them."""
    return max(int(str(fields.get("faulty", 0))), int(str(fields.get("outside", 0))))


def fails_sample(receipt: Document) -> bool:
    """Tell whether goods would be accepted of a lot with more faulty pieces than its plan allows, none without one."""
    return any(
        line.quantity("accepted") and ("limit" in line.fields or "outside" in line.fields)
        and not _has_passed(line.fields)
        for line in receipt.lines
    )  # fmt: skip


def has_measures(receipt: Document) -> bool:
    """Tell whether something has to be measured of what came."""
    return any(line.fields.get("checks") and line.quantity("received") for line in receipt.lines)


FACTS: Mapping[str, Fact] = {
    "receipt.fails_sample": Fact("boolean", fails_sample, "receipt"),
    "receipt.has_measures": Fact("boolean", has_measures, "receipt"),
}
