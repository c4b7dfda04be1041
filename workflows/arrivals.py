"""The answer to "what comes today": what is overdue, due today, and due in the next week."""

import datetime as dt
from typing import Final

from sqlalchemy import Connection

from inventory_core.insight import arrivals
from workflows import phrases
from workflows.cards import Card, Fact, Row
from workflows.definition import Language
from workflows.desk import Desk
from workflows.phrases import say

_DAYS_AHEAD: Final = 7
_BRIEF_ROWS: Final = 12


def card(db: Connection, desk: Desk, language: Language) -> Card:
    """Return what is expected at the dock, the longest overdue first."""
    today = desk.today()
    found = arrivals.expected(db, today + dt.timedelta(days=_DAYS_AHEAD))
    late, now = sum(each.due_on < today for each in found), sum(each.due_on == today for each in found)
    rows = [
        Row(
            each.supplier,
            " · ".join((each.number, each.item if each.lines == 1 else say(language, "card.lines", n=each.lines))),
            (Fact("", phrases.due(language, each.due_on, today=today)),),
        )
        for each in found
    ]
    return Card(
        subject="arrivals",
        title=say(language, "arrivals.title"),
        summary=say(language, "arrivals.summary", today=now, late=late) if found else say(language, "arrivals.none"),
        language=language,
        rows=tuple(rows) or (Row(say(language, "arrivals.none")),),
        tone="bad" if late else "plain",
        look="report:expected",
        brief=_BRIEF_ROWS,
    )
