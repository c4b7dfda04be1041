"""The daily digest: once a local working day at its hour, whatever the number of relays, and right at every zone."""

import datetime as dt
import threading
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from inventory_core.db.engine import reading, writing
from notifier import digests
from notifier.digest_figures import gather
from tests.notifier.recorder import chatting, recorded, settle
from tests.notifier.test_alerts import receive
from tests.world import World
from workflows.desk import Desk
from workflows.inbox import Reader

EIGHT = dt.time(8)


def at(world: World, local: str) -> None:
    """Set the clock to a local moment such as 2026-11-20 08:00."""
    moment = dt.datetime.fromisoformat(local).replace(tzinfo=world.desk.zone)
    world.now = moment.astimezone(dt.UTC)


def runs(world: World) -> int:
    with reading(world.engine) as db:
        return int(db.execute(text("SELECT COUNT(*) FROM digest_runs")).scalar_one())


def desk_in(world: World, zone: str) -> Desk:
    world.desk = replace(world.desk, zone=ZoneInfo(zone))
    return world.desk


def test_it_comes_once_at_its_hour_of_a_working_day(world: World) -> None:
    made = []
    for local in ("2026-11-19 07:59", "2026-11-19 08:00", "2026-11-19 08:01", "2026-11-20 08:00", "2026-11-21 08:00"):
        at(world, local)
        made.append(digests.catch_up(world.desk, EIGHT))
    assert made == [False, True, False, True, False]  # the 21st is a Saturday


def test_a_slot_that_was_missed_is_made_up_for_two_hours(world: World) -> None:
    at(world, "2026-11-19 09:59")
    assert digests.catch_up(world.desk, EIGHT)
    at(world, "2026-11-20 10:00")
    assert not digests.catch_up(world.desk, EIGHT)


def test_many_schedulers_at_once_make_one(world: World) -> None:
    at(world, "2026-11-19 08:00")
    made: list[bool] = []
    threads = [threading.Thread(target=lambda: made.append(digests.catch_up(world.desk, EIGHT))) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(made) == [False] * 5 + [True]
    assert runs(world) == 1


@pytest.mark.parametrize(
    ("zone", "slots"),
    [
        ("Europe/Berlin", ("2026-03-27 07:00", "2026-03-30 06:00")),  # summer time begins on the 29th
        ("America/New_York", ("2026-10-30 12:00", "2026-11-02 13:00")),  # and ends on the 1st
        ("Asia/Shanghai", ("2026-11-19 00:00", "2026-11-20 00:00")),
        ("Asia/Kolkata", ("2026-11-19 02:30", "2026-11-20 02:30")),
    ],
)
def test_the_hour_is_that_of_the_wall_clock(shop: World, zone: str, slots: tuple[str, ...]) -> None:
    desk = desk_in(shop, zone)
    for each in slots:
        slot = dt.datetime.fromisoformat(each).replace(tzinfo=dt.UTC)
        assert not digests.is_due(slot - dt.timedelta(seconds=1), desk, EIGHT)
        assert digests.is_due(slot, desk, EIGHT)
        assert digests.is_due(slot + dt.timedelta(minutes=119), desk, EIGHT)
        assert not digests.is_due(slot + dt.timedelta(hours=2), desk, EIGHT)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [("Europe/Berlin", "2026-03-29", 23), ("Europe/Berlin", "2026-10-25", 25), ("America/New_York", "2026-11-01", 25)],
)
def test_a_local_day_has_the_hours_it_has(shop: World, zone: str, day: str, hours: int) -> None:
    """A receipt in each hour of the day, and one on either side: yesterday's count is the day's."""
    desk = desk_in(shop, zone)
    shop.given_item("NUT")
    start = dt.datetime.fromisoformat(day).replace(tzinfo=desk.zone).astimezone(dt.UTC)
    for hour in range(-1, hours + 1):
        shop.now = start + dt.timedelta(hours=hour, minutes=30)
        receive(shop, "NUT", 1)
    noon_after = start + dt.timedelta(hours=hours + 12)
    with reading(shop.engine) as db:
        assert gather(db, now=noon_after, zone=desk.zone).receipts_yesterday == hours


def test_the_manager_gets_the_finding_and_one_picture(world: World) -> None:
    recorder = recorded(world, "telegram")
    chatting(world, "chen")
    world.given_receipt(("CHAIN", 5, "1"), number="4012")
    at(world, "2026-11-19 08:00")
    digests.make(world.desk)
    settle(world)
    world.pass_time(seconds=2)
    settle(world)
    told = [(card, picture) for chat, card, picture in recorder.sent if chat.chat == "chat-chen"]
    assert len(told) == 1
    card, picture = told[0]
    assert card.title == "19 Nov: All in order: nothing needs an order today."
    assert [fact.label for fact in card.facts] == ["Stock value", "Open tasks", "Late orders", "Items to order"]
    assert picture is not None and picture.alt


def test_a_day_with_nothing_to_do_is_one_line(world: World) -> None:
    recorder = recorded(world, "telegram")
    chatting(world, "chen")
    at(world, "2026-11-19 08:00")
    digests.make(world.desk)
    settle(world)
    chats = {chat.chat: (card, picture) for chat, card, picture in recorder.sent}
    card, picture = chats["chat-chen"]
    assert (card.title, card.facts, picture) == ("19 Nov: All in order: nothing needs an order today.", (), None)


def test_what_is_low_late_and_waiting_is_counted_in_both_languages(world: World) -> None:
    with reading(world.engine) as db:
        litware = db.execute(text("SELECT id FROM partners WHERE code = 'LITWARE'")).scalar_one()
    low = world.given_item("NUT", reorder_point=10)
    with writing(world.engine) as db:
        db.execute(
            text("""
                INSERT INTO supplier_items (supplier_id, item_id, price, lead_time_days, moq)
                VALUES (:supplier, :item, 100, 3, 1)
            """),
            {"supplier": litware, "item": low},
        )
    world.given_receipt(("CHAIN", 5, "1"), number="4012")
    world.given_order(("CHAIN", 5, "1"), number="4013", due=dt.date(2026, 11, 10))
    at(world, "2026-11-19 08:00")
    digests.make(world.desk)
    cards = [
        digests.card(world.desk, "2026-11-19", Reader(language, world.address("chen"), "chen"))
        for language in ("en", "zh")
    ]
    assert [each.title for each in cards if each] == [
        "19 Nov: 1 item needs an order today",
        "11月19日：今天1个物料要下单",
    ]
    assert cards[0] is not None
    figures = {fact.label: fact.value for fact in cards[0].facts}
    assert figures["Open tasks"].startswith("1 ") and figures["Late orders"].startswith("2 ")
    assert [row.title for row in cards[0].rows] == ["Item NUT"]
