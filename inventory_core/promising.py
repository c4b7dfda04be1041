"""What can be promised, and for when: available-to-promise of stock, what is on its way, and what is promised of it.

The rule is pure: a unit that lies here or is on its way is promised once. Source: APICS Dictionary, cumulative
available-to-promise with look-ahead.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.types import Date

from inventory_core import documents, items, reservations
from inventory_core.items import Item

_TOMORROW: Final = dt.timedelta(days=1)
_PROMISED: Final = text("""
        SELECT d.due_on, l.ordered - l.done - COALESCE((
            SELECT SUM(r.quantity) FROM reservations r WHERE r.document_line_id = l.id AND r.state = 'open'
        ), 0) AS rest
        FROM document_lines l JOIN documents d ON d.id = l.document_id
        WHERE l.item_id = :item AND d.kind = 'sales_order' AND d.state = 'waiting' AND d.due_on IS NOT NULL
          AND d.id <> :order
    """).columns(due_on=Date())
_BEING_MADE: Final = text("""
    SELECT id, fields FROM documents WHERE kind = 'work_order' AND state = 'open' ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class Dated:
    """So many smallest units on a day: what comes, or what is promised for it."""

    day: dt.date
    quantity: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What there is to promise of an item: ``free`` now, ``coming`` later, and ``promised`` of both for later days."""

    free: int
    coming: Sequence[Dated] = ()
    promised: Sequence[Dated] = ()

    def available(self, day: dt.date) -> int:
        """Return what can be promised for a day and leaves every later promise as it is; never below zero."""
        days = {day, *(each.day for each in (*self.coming, *self.promised) if each.day > day)}
        return max(min(self._left(each) for each in days), 0)

    def earliest(self, wanted: int, *, today: dt.date) -> dt.date | None:
        """Return the first day for which so much can be promised, or None when what comes is not enough."""
        days = sorted({today, *(each.day for each in (*self.coming, *self.promised) if each.day > today)})
        return next((day for day in days if self.available(day) >= wanted), None)

    def _left(self, day: dt.date) -> int:
        came = sum(each.quantity for each in self.coming if each.day <= day)
        return self.free + came - sum(each.quantity for each in self.promised if each.day <= day)


def outlook(db: Connection, item: Item, *, today: dt.date, order_id: int = 0) -> Outlook:
    """Return what there is to promise of an item; ``order_id`` is the sales order whose own dated promise is left out.

    What is late is hoped for tomorrow: it is not here, and nobody gave another day.
    """
    coming = [Dated(max(due, today + _TOMORROW), quantity) for quantity, due, _ in items.on_order(db, item.id)]
    coming += [Dated(max(each.day, today + _TOMORROW), each.quantity) for each in _being_made(db, item)]
    promised = [
        Dated(max(row.due_on, today), int(row.rest))
        for row in db.execute(_PROMISED, {"item": item.id, "order": order_id})
        if row.rest > 0
    ]
    return Outlook(reservations.free(db, item.id, today), coming, promised)


def _being_made(db: Connection, item: Item) -> Iterator[Dated]:
    for row in db.execute(_BEING_MADE):
        fields: Mapping[str, object] = documents.from_json(row.fields)
        if str(fields.get("item", "")).lower() != item.code.lower() or "due" not in fields:
            continue
        try:
            amount = item.units(Decimal(str(fields.get("quantity", 0))))
        except InvalidOperation:
            continue
        yield Dated(dt.date.fromisoformat(str(fields["due"])), amount)
