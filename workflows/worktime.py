"""The company's working time, and moments so many working hours or days ahead."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text
from sqlalchemy.types import Date

Span = tuple[int, int]
"""From and until, in minutes of the local day."""

_USUAL: Final[Mapping[int, Sequence[Span]]] = dict.fromkeys(range(5), ((8 * 60, 17 * 60),))
_LONGEST_WAIT_DAYS: Final = 3_660


@dataclass(frozen=True, slots=True)
class WorkTime:
    """``hours`` are the spans by weekday (Monday is 0); ``days`` says of some dates whether they are worked."""

    zone: ZoneInfo
    hours: Mapping[int, Sequence[Span]]
    days: Mapping[dt.date, bool]

    def spans(self, day: dt.date) -> Sequence[Span]:
        """Return when a day is worked; a Saturday that is worked for once has the hours of a Monday."""
        own = self.hours.get(day.weekday(), ())
        is_working = self.days.get(day, bool(own))
        return (own or next(iter(self.hours.values()), ())) if is_working else ()

    def after(self, start: dt.datetime, words: str) -> dt.datetime:
        """Return the UTC moment so far ahead: ``4 business hours``, ``2 business days``, ``90 minutes``, ``3 days``.

        Local days and working hours are those of the company, so that a day has 23 or 25 hours when the clocks change.
        """
        parts = words.split()
        amount, unit, is_business = int(parts[0]), parts[-1].rstrip("s"), len(parts) == 3
        if unit == "day":
            return self._days_after(start, amount, is_business=is_business)
        minutes = amount * (60 if unit == "hour" else 1)
        return self._worked_after(start, minutes) if is_business else start + dt.timedelta(minutes=minutes)

    def working_day(self, day: dt.date, amount: int) -> dt.date:
        """Return the day that lies so many working days after another."""
        left = amount
        for _ in range(_LONGEST_WAIT_DAYS):
            if left <= 0:
                return day
            day += dt.timedelta(days=1)
            left -= bool(self.spans(day))
        return day

    def _days_after(self, start: dt.datetime, amount: int, *, is_business: bool) -> dt.datetime:
        local = start.astimezone(self.zone)
        day = self.working_day(local.date(), amount) if is_business else local.date() + dt.timedelta(days=amount)
        return dt.datetime.combine(day, local.time(), self.zone).astimezone(dt.UTC)

    def _worked_after(self, start: dt.datetime, minutes: int) -> dt.datetime:
        day, left = start.astimezone(self.zone).date(), dt.timedelta(minutes=minutes)
        for _ in range(_LONGEST_WAIT_DAYS):
            for opens, closes in self.spans(day):
                begins = max(self._at(day, opens), start)
                worked = self._at(day, closes) - begins
                if worked > dt.timedelta(0) and worked >= left:
                    return begins + left
                left -= max(worked, dt.timedelta(0))
            day += dt.timedelta(days=1)
        return start + dt.timedelta(days=_LONGEST_WAIT_DAYS)

    def _at(self, day: dt.date, minute: int) -> dt.datetime:
        midnight = dt.datetime.combine(day + dt.timedelta(days=minute // 1440), dt.time(), self.zone)
        return (midnight + dt.timedelta(minutes=minute % 1440)).astimezone(dt.UTC)


def load(db: Connection, zone: ZoneInfo) -> WorkTime:
    """Return the company's working time; Monday to Friday 8 to 17 until it says otherwise."""
    hours: dict[int, list[Span]] = {}
    for row in db.execute(text("SELECT weekday, opens, closes FROM work_hours ORDER BY weekday, opens")):
        hours.setdefault(row.weekday, []).append((row.opens, row.closes))
    days = db.execute(text("SELECT day, is_working FROM work_days").columns(day=Date())).all()
    return WorkTime(zone, hours or _USUAL, {row.day: bool(row.is_working) for row in days})


def set_hours(db: Connection, hours: Mapping[int, Sequence[Span]]) -> None:
    """Replace the weekly working hours."""
    db.execute(text("DELETE FROM work_hours"))
    rows = [{"day": day, "opens": a, "closes": b} for day, spans in hours.items() for a, b in spans]
    if rows:
        db.execute(text("INSERT INTO work_hours (weekday, opens, closes) VALUES (:day, :opens, :closes)"), rows)
