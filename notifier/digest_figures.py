"""The figures of a day, gathered once: what is stored with the digest, whatever language it is read in."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core.db.metadata import from_micros, to_micros
from inventory_core.insight import history

DAYS = 30
_ROWS = 5

_LOW = text("""
    SELECT i.id, i.code, i.name, i.base_unit, i.precision, i.reorder_point, i.lead_time_days,
           COALESCE(b.available, 0) AS available, COALESCE(o.owed, 0) AS owed,
           (SELECT MIN(s.moq) FROM supplier_items s WHERE s.item_id = i.id) AS moq
    FROM items i
    LEFT JOIN (SELECT item_id, SUM(quantity) AS available FROM balances WHERE status = 'available' GROUP BY item_id) b
      ON b.item_id = i.id
    LEFT JOIN (SELECT l.item_id, SUM(l.ordered - l.done) AS owed
               FROM document_lines l JOIN documents d ON d.id = l.document_id
               WHERE d.kind = 'purchase_order' AND d.state = 'open' GROUP BY l.item_id) o ON o.item_id = i.id
    WHERE i.make_or_buy = 'buy' AND i.reorder_point > 0
      AND COALESCE(b.available, 0) + COALESCE(o.owed, 0) <= i.reorder_point
      AND EXISTS (SELECT 1 FROM supplier_items s WHERE s.item_id = i.id)
    ORDER BY i.code
""")
_LATE = (
    text("""
    SELECT p.name, d.due_on FROM documents d JOIN partners p ON p.id = d.partner_id
    WHERE d.kind = 'purchase_order' AND d.state = 'open' AND d.due_on < :today ORDER BY d.due_on, d.id
""")
    .bindparams(bindparam("today", type_=Date()))
    .columns(due_on=Date())
)
_VALUE_CHANGES = text("""
    SELECT m.occurred_at, l.value FROM movement_lines l JOIN movements m ON m.id = l.movement_id
    JOIN locations c ON c.id = l.location_id
    WHERE c.kind IN ('bin', 'transit') AND l.value <> 0 AND m.occurred_at >= :since
""")


@dataclass(frozen=True, slots=True)
class Low:
    """An item to order today; quantities as smallest units, ``cover_days`` None when its use is unknown."""

    code: str
    name: str
    unit: str
    precision: int
    available: int
    cover_days: float | None
    lead_time_days: int
    suggested: int


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What a digest tells. ``values`` is the stock's worth at the close of each day, in 1/10,000, the last one now."""

    values: tuple[int, ...]
    items: int
    low: tuple[Low, ...]
    low_count: int
    tasks: int
    oldest_task_days: int
    late: tuple[tuple[str, int], ...]
    late_count: int
    receipts_yesterday: int

    @property
    def is_quiet(self) -> bool:
        """Tell whether nothing waits, nothing is late and nothing is to be ordered."""
        return not (self.low_count or self.tasks or self.late_count)


def gather(db: Connection, *, now: dt.datetime, zone: ZoneInfo) -> DayFigures:
    """Return the figures of this moment."""
    today = now.astimezone(zone).date()
    low = _low(db, today=today, zone=zone)
    late = [(name, (today - due).days) for name, due in db.execute(_LATE, {"today": today})]
    tasks, oldest = db.execute(text("SELECT COUNT(*), MIN(opened_at) FROM tasks WHERE state = 'open'")).one()
    yesterday = history.day_start(today - dt.timedelta(days=1), zone), history.day_start(today, zone)
    return DayFigures(
        values=_values(db, today=today, zone=zone),
        items=db.execute(text("SELECT COUNT(*) FROM items WHERE is_active")).scalar_one(),
        low=tuple(low[:_ROWS]),
        low_count=len(low),
        tasks=tasks,
        oldest_task_days=(now - from_micros(oldest)).days if oldest is not None else 0,
        late=tuple(late[:2]),
        late_count=len(late),
        receipts_yesterday=db.execute(
            text("SELECT COUNT(*) FROM movements WHERE kind = 'receipt' AND posted_at >= :a AND posted_at < :b"),
            {"a": to_micros(yesterday[0]), "b": to_micros(yesterday[1])},
        ).scalar_one(),
    )


def _low(db: Connection, *, today: dt.date, zone: ZoneInfo) -> Sequence[Low]:
    """Return the items to order, those with the fewest days of cover against their lead time first."""
    rows = db.execute(_LOW).all()
    used = history.histories(db, [row.id for row in rows], today=today, zone=zone, days=28)
    found = []
    for row in rows:
        mean = used[row.id].mean
        cover = round(row.available / mean, 1) if mean else None
        wanted = row.reorder_point + round(mean * row.lead_time_days) - int(row.available) - int(row.owed)
        found.append(
            Low(row.code, row.name, row.base_unit, row.precision, int(row.available), cover, row.lead_time_days,
                max(wanted, row.moq or 1))
        )  # fmt: skip
    return sorted(found, key=lambda each: (each.cover_days is None, (each.cover_days or 0) - each.lead_time_days))


def _values(db: Connection, *, today: dt.date, zone: ZoneInfo) -> tuple[int, ...]:
    """Return the stock's worth at the close of each of the last days, computed backwards from now."""
    total = int(db.execute(text("SELECT COALESCE(SUM(value), 0) FROM item_values")).scalar_one())
    changes: dict[dt.date, int] = {}
    since = to_micros(history.day_start(today - dt.timedelta(days=DAYS), zone))
    for at, value in db.execute(_VALUE_CHANGES, {"since": since}):
        day = from_micros(at).astimezone(zone).date()
        changes[day] = changes.get(day, 0) + value
    if not changes:
        return (total,)
    series = [total]
    for back in range((today - min(changes)).days):
        series.append(series[-1] - changes.get(today - dt.timedelta(days=back), 0))
    return tuple(reversed(series))


def to_values(figures: DayFigures) -> dict[str, Any]:
    """Return the figures as JSON values."""
    return asdict(figures)


def from_values(values: dict[str, Any]) -> DayFigures:
    """Return the figures that ``to_values`` made values of."""
    return DayFigures(
        **{
            **values,
            "values": tuple(values["values"]),
            "low": tuple(Low(**each) for each in values["low"]),
            "late": tuple((name, days) for name, days in values["late"]),
        }
    )
