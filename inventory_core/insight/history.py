"""An item's available stock day by day, and how much of it is used."""

import datetime as dt
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, text

from inventory_core.db.metadata import from_micros, to_micros

_USED_BY = ("issue", "shipment")
_FEWEST_DAYS = 7

_CHANGES = text("""
    SELECT l.item_id, m.occurred_at, m.kind, l.quantity
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN locations c ON c.id = l.location_id
    WHERE l.item_id IN :items AND c.kind IN ('bin', 'transit') AND l.status = 'available' AND m.occurred_at >= :since
""").bindparams(bindparam("items", expanding=True))
_AVAILABLE = text("""
    SELECT item_id, SUM(quantity) FROM balances
    WHERE item_id IN :items AND status = 'available' GROUP BY item_id
""").bindparams(bindparam("items", expanding=True))


@dataclass(frozen=True, slots=True)
class History:
    """``closing``: available at the close of each local day, oldest first, the last one is now.

    ``mean`` and ``deviation`` are of a day's use over the full days before today, zero under a week of history.
    """

    closing: tuple[tuple[dt.date, int], ...]
    mean: float
    deviation: float


def day_start(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """Return the moment at which a local day begins, in UTC."""
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)


def histories(
    db: Connection, item_ids: Sequence[int], *, today: dt.date, zone: ZoneInfo, days: int
) -> Mapping[int, History]:
    """Return each item's last ``days`` local days, computed backwards from today's balance."""
    if not item_ids:
        return {}
    first = today - dt.timedelta(days=days)
    since = to_micros(day_start(first, zone))
    change: dict[int, Counter[dt.date]] = defaultdict(Counter)
    used: dict[int, Counter[dt.date]] = defaultdict(Counter)
    for item_id, at, kind, quantity in db.execute(_CHANGES, {"items": list(item_ids), "since": since}):
        day = from_micros(at).astimezone(zone).date()
        change[item_id][day] += quantity
        if kind in _USED_BY:
            used[item_id][day] -= quantity
    now: dict[int, int] = {row[0]: int(row[1]) for row in db.execute(_AVAILABLE, {"items": list(item_ids)})}
    return {each: _history(now.get(each, 0), change[each], used[each], today, days) for each in item_ids}


def _history(now: int, change: Counter[dt.date], used: Counter[dt.date], today: dt.date, days: int) -> History:
    # Before its first movement an item has no history: zeros there would be an invention.
    known = min((today - min(change, default=today)).days, days)
    closing = [(today, now)]
    for back in range(known):
        day = today - dt.timedelta(days=back)
        closing.append((day - dt.timedelta(days=1), closing[-1][1] - change[day]))
    if len(closing) > 1 and closing[-1][1] == 0:
        closing.pop()  # the day before the first movement
    uses = [used[today - dt.timedelta(days=back)] for back in range(1, known + 1)]
    if len(uses) < _FEWEST_DAYS:
        return History(tuple(reversed(closing)), 0.0, 0.0)
    return History(tuple(reversed(closing)), statistics.fmean(uses), statistics.stdev(uses))
