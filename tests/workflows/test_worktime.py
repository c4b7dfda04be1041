"""Working hours and days ahead, over weekends, holidays, lunch and the change of the clocks."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.worktime import WorkTime

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
WEEK = dict.fromkeys(range(5), ((8 * 60, 12 * 60), (13 * 60, 17 * 60)))
GOLDEN_WEEK = {dt.date(2026, 10, day): False for day in range(1, 8)} | {dt.date(2026, 10, 10): True}
TIME = WorkTime(SHANGHAI, WEEK, GOLDEN_WEEK)


def at(words: str, zone: ZoneInfo = SHANGHAI) -> dt.datetime:
    return dt.datetime.fromisoformat(words).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        ("2026-11-25 09:00", "2 business hours", "2026-11-25 11:00"),
        ("2026-11-25 11:00", "2 business hours", "2026-11-25 14:00"),  # over lunch
        ("2026-11-25 06:00", "1 business hour", "2026-11-25 09:00"),  # before work
        ("2026-11-27 16:00", "4 business hours", "2026-11-30 11:00"),  # Friday to Monday
        ("2026-09-30 16:30", "1 business hour", "2026-10-08 08:30"),  # the golden week
        ("2026-10-09 16:30", "1 business hour", "2026-10-10 08:30"),  # a Saturday that is worked for it
        ("2026-11-27 10:00", "2 business days", "2026-12-01 10:00"),
        ("2026-11-27 10:00", "2 days", "2026-11-29 10:00"),
        ("2026-11-27 10:00", "90 minutes", "2026-11-27 11:30"),
        ("2026-11-25 09:00", "8 business hours", "2026-11-26 09:00"),
    ],
)
def test_so_far_ahead(start: str, span: str, end: str) -> None:
    assert TIME.after(at(start), span) == at(end)


def test_a_day_has_the_hours_that_it_has() -> None:
    time = WorkTime(BERLIN, WEEK, {})
    assert time.after(at("2026-03-28 12:00", BERLIN), "1 day") - at("2026-03-28 12:00", BERLIN).astimezone(
        dt.UTC
    ) == dt.timedelta(hours=23)
    assert time.after(at("2026-10-23 16:00", BERLIN), "2 business hours") == at("2026-10-26 09:00", BERLIN)


@given(st.integers(0, 1_500_000), st.integers(0, 400), st.integers(0, 400))
def test_waiting_twice_is_waiting_once_as_long(minute: int, first: int, second: int) -> None:
    begin = at("2025-01-01 00:00") + dt.timedelta(minutes=minute)
    in_two = TIME.after(TIME.after(begin, f"{first} business minutes"), f"{second} business minutes")
    if first:
        assert in_two == TIME.after(begin, f"{first + second} business minutes") or not second


def test_a_company_that_never_works_waits_for_ever_without_hanging() -> None:
    never = WorkTime(SHANGHAI, {0: ((480, 1020),)}, {})
    assert never.after(at("2026-11-25 09:00"), "4 business hours") == at("2026-11-30 12:00")
    assert WorkTime(SHANGHAI, {}, {}).after(at("2026-11-25 09:00"), "1 business hour") > at("2036-01-01 00:00")
