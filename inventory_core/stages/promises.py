"""What an order can be promised: of each line what is kept, what is free, and from which day all of it can go."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from inventory_core import items, promising
from inventory_core.document import Answer, Document, Line
from inventory_core.documents import NewLine
from inventory_core.errors import NothingAsked, RuleBroken
from inventory_core.promising import Dated, Outlook
from inventory_core.quantity import exact_money
from inventory_core.stages import picking, waves

_OF_LINE: Final = ("bin", "codes", "to_pick", "free", "can_ship")
_OF_ORDER: Final = ("all_free", "whole_on", "held_by")


@dataclass(frozen=True, slots=True)
class _Plan:
    """What can be done about a line: so much is kept, so much could go now, and the rest from a day on, if ever."""

    kept: int
    free: int
    day: dt.date | None


def look_up(db: Connection, order: Document, today: dt.date) -> Document:
    """Return an order with what is kept, what is free, and when the rest can go; one that is over is left as it is."""
    if order.state not in ("open", "waiting", "picked"):
        return order
    lines = order.lines or _drafted(db, order)
    plans = _plans(db, lines, order, today)
    days = [plan.day for plan in plans]
    whole = max((day for day in days if day), default=None) if None not in days else None
    told: dict[str, Answer] = {name: value for name, value in order.fields.items() if name not in _OF_ORDER}
    told["all_free"] = all(plan.free >= line.quantity("open") for line, plan in zip(lines, plans, strict=True))
    if whole and whole > today:
        told["whole_on"] = whole.isoformat()
    if wave := waves.holding(db, order):
        told["held_by"] = wave
    if not order.lines:
        return replace(order, fields=told)
    seen = tuple(_told(db, line, plan, today) for line, plan in zip(lines, plans, strict=True))
    return replace(order, fields=told, lines=seen)


def _told(db: Connection, line: Line, plan: _Plan, today: dt.date) -> Line:
    fields: dict[str, Answer] = {name: value for name, value in line.fields.items() if name not in _OF_LINE}
    spots = picking.places_of(db, line, plan.kept, today)
    fields |= {**picking.placed(line, spots), "to_pick": plan.kept, "free": plan.free}
    if plan.day:
        fields["can_ship"] = plan.day.isoformat()
    return replace(line, fields=fields)


def _plans(db: Connection, lines: Sequence[Line], order: Document, today: dt.date) -> Sequence[_Plan]:
    """Return the plan of each line; what one line gets of an item the next one does not."""
    found: list[_Plan] = []
    outlooks: dict[int, Outlook] = {}
    for line in lines:
        kept = picking.kept(db, line.id) if line.id else 0
        rest = max(line.quantity("open") - kept, 0)
        if not rest:
            found.append(_Plan(kept, line.quantity("open"), today))
            continue
        if line.item_id not in outlooks:
            item = items.by_id(db, line.item_id)
            outlooks[line.item_id] = promising.outlook(db, item, today=today, order_id=order.id)
        there = outlooks[line.item_id]
        day, free = there.earliest(rest, today=today), min(there.available(today), rest)
        claims = [Dated(day, rest)] if day else [Dated(today, free)]
        outlooks[line.item_id] = replace(there, promised=[*there.promised, *claims])
        found.append(_Plan(kept, kept + free, day))
    return found


def _drafted(db: Connection, order: Document) -> Sequence[Line]:
    """Return the lines that the table of goods asks for; none where it can't be said, and the action says why."""
    try:
        lines = asked(db, order)
    except RuleBroken:
        return ()
    drafted = []
    for at, new in enumerate(lines, 1):
        item = items.by_id(db, new.item_id)
        line = Line(0, at, item.id, item.code, item.name, item.unit, item.precision, new.ordered, 0, 0, new.price)
        drafted.append(line)
    return drafted


def asked(db: Connection, order: Document) -> Sequence[NewLine]:
    rows = order.fields.get("goods")
    if not isinstance(rows, list) or not rows:
        raise NothingAsked(document=order.number)
    lines = []
    for row in rows:
        item = items.by_code(db, str(row["item"]))
        amount = item.units(Decimal(str(row["quantity"])))
        lines.append(NewLine(item.id, amount, exact_money(Decimal(str(row.get("price", 0))))))
    if not any(line.ordered for line in lines):
        raise NothingAsked(document=order.number)
    return lines
