"""The answer to "what runs out": the items at or below their reorder point, the most urgent first."""

from typing import Final

from sqlalchemy import Connection

from inventory_core.insight import low
from inventory_core.insight.low import Low
from inventory_core.quantity import write_quantity
from workflows import phrases
from workflows.cards import Card, Fact, Row
from workflows.definition import Language
from workflows.desk import Desk
from workflows.phrases import say

_BRIEF_ROWS: Final = 30


def card(db: Connection, desk: Desk, language: Language) -> Card:
    """Return what is low now, and what of it is on its way."""
    found = low.low(db)
    rows = [_row(each, desk, language) for each in found]
    summary = say(language, "low.summary", n=len(found)) if found else say(language, "low.none")
    return Card(
        subject="low",
        title=say(language, "low.title"),
        summary=summary,
        language=language,
        rows=tuple(rows) or (Row(summary),),
        tone="bad" if found else "good",
        look="report:low",
        brief=_BRIEF_ROWS,
    )


def _row(each: Low, desk: Desk, language: Language) -> Row:
    def amount(units: int) -> str:
        return f"{write_quantity(units, each.precision)} {each.unit}"

    figures = [
        Fact(say(language, "stock.available"), amount(each.available)),
        Fact(say(language, "stock.reorder_point"), amount(each.reorder_point)),
    ]
    if each.coming and each.due_on:
        when = phrases.due(language, each.due_on, today=desk.today())
        figures.append(Fact(say(language, "stock.on_order"), f"{amount(each.coming)} · {when}"))
    return Row(each.code, each.name, tuple(figures))
