"""The answer to "what was not good": rejected at the dock and returned by customers, by item, supplier and cause."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from inventory_core.insight import quality
from inventory_core.insight.quality import Faults
from inventory_core.quantity import write_money, write_quantity
from workflows import flows, phrases
from workflows.cards import Card, Fact, Row
from workflows.definition import Language, Words
from workflows.desk import Desk
from workflows.phrases import say

_DAYS: Final = 90
_BRIEF_ROWS: Final = 12


def card(db: Connection, desk: Desk, language: Language, *, words: str, with_value: bool) -> Card:
    """Return what was not good in the last 90 days; ``words`` narrow it to an item's code or a supplier's name."""
    today = desk.today()
    sought = words.strip().lower()
    found = [
        each
        for each in quality.faults(db, today - dt.timedelta(days=_DAYS), today)
        if sought in each.item.lower() or sought in each.supplier.lower()
    ]
    causes = _causes(db)
    rows = [_row(each, causes, language, with_value=with_value) for each in found]
    facts = [Fact(say(language, "quality.since"), phrases.day(language, today - dt.timedelta(days=_DAYS)))]
    if with_value and found:
        facts.append(Fact(say(language, "quality.value"), write_money(sum(each.value for each in found))))
    return Card(
        subject="quality",
        title=say(language, "quality.title", days=_DAYS),
        summary=say(language, "quality.summary", n=len(found)) if found else say(language, "quality.none"),
        language=language,
        facts=tuple(facts),
        rows=tuple(rows) or (Row(say(language, "quality.none")),),
        tone="bad" if found else "good",
        look="" if sought else "report:quality",
        brief=_BRIEF_ROWS,
    )


def _row(each: Faults, causes: Mapping[str, Words], language: Language, *, with_value: bool) -> Row:
    cause = causes.get(each.cause)
    why = cause.fill(language, {}) if cause else say(language, "quality.no_cause")
    parts = [each.item, *([each.supplier] if each.supplier else []), say(language, f"quality.{each.origin}"), why]
    amount = f"{write_quantity(each.quantity, each.precision)} {each.unit}"
    figures = [Fact("", amount), *([Fact("", write_money(each.value))] if with_value else [])]
    return Row(each.name, " · ".join(parts), tuple(figures))


def _causes(db: Connection) -> Mapping[str, Words]:
    """Return what the causes are called in the forms of receipts and returns."""
    found: dict[str, Words] = {}
    for _, flow in flows.all_latest(db).values():
        if flow.about in ("receipt", "rma") and "cause" in flow.fields:
            found |= flow.fields["cause"].options
    return found
