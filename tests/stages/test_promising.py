"""What can be promised for when: never one unit twice, and an order that can't go now gets a day or a choice."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.doctor import examine
from inventory_core.db.engine import writing
from inventory_core.promising import Dated, Outlook
from tests.inventory_core.stock import Stock
from tests.stages.test_shipping import number_of, order, stock  # noqa: F401 (a fixture)
from workflows import inbox, signals
from workflows.cards import Refused

TODAY = dt.date(2026, 11, 18)
SOME = st.lists(
    st.builds(Dated, st.integers(0, 9).map(lambda n: TODAY + dt.timedelta(n)), st.integers(1, 20)), max_size=6
)


@given(free=st.integers(0, 20), coming=SOME, wanted=st.lists(st.integers(1, 15), max_size=12))
def test_no_unit_is_promised_twice_and_no_earlier_day_would_have_done(
    free: int, coming: list[Dated], wanted: list[int]
) -> None:
    there = Outlook(free, coming)
    for amount in wanted:
        day = there.earliest(amount, today=TODAY)
        earlier = [TODAY + dt.timedelta(n) for n in range((day - TODAY).days if day else 15)]
        assert all(there.available(each) < amount for each in earlier)
        if day is not None:
            there = Outlook(free, coming, [*there.promised, Dated(day, amount)])
    for day in (TODAY + dt.timedelta(n) for n in range(15)):
        came = free + sum(each.quantity for each in coming if each.day <= day)
        assert sum(each.quantity for each in there.promised if each.day <= day) <= came


def test_what_is_promised_for_a_later_day_is_not_taken_by_an_earlier_one() -> None:
    there = Outlook(5, [Dated(TODAY + dt.timedelta(7), 10)], [Dated(TODAY + dt.timedelta(7), 12)])
    assert (there.available(TODAY), there.earliest(4, today=TODAY)) == (3, None)


def test_an_order_that_can_not_go_now_is_promised_for_the_day_on_which_its_goods_come(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    world.given_order(("PUMP", 20, "90"), number="4100", due=dt.date(2026, 12, 3))
    order(world, ("PUMP", "14", "250"), ("BOLT", "5", "2"))
    (card,) = world.inbox("otto")
    assert card.question == "Not all of it is free. Promise it for the day on which all can ship?"
    assert [fact.value for fact in card.facts][1:] == ["3 Dec"]
    assert [[fact.value for fact in row.figures] for row in card.rows] == [
        ["14 pc", "10 pc", "3 Dec"],
        ["5 pc", "5 pc", "18 Nov"],
    ]
    world.tap("otto", "Promise that day")
    assert (stock.held("PUMP").promised, stock.held("BOLT").promised) == (10, 5)
    assert world.inbox("lin") == ()
    assert [fact.value for fact in world.inbox("otto")[0].facts][1] == "3 Dec"

    order(world, ("PUMP", "17", "250"))
    (_, later) = sorted(world.inbox("otto"), key=lambda each: each.title)
    assert "nothing on order covers the rest" in later.question, "16 of the 20 that come are left"
    assert examine(world.engine) == []


def test_the_pick_comes_by_itself_once_all_is_here_the_earliest_promise_first(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    world.given_order(("PUMP", 4, "90"), number="4100", due=dt.date(2026, 12, 3))
    world.given_order(("PUMP", 6, "90"), number="4101", due=dt.date(2026, 12, 9))
    order(world, ("PUMP", "14", "250"))
    world.tap("otto", "Promise that day")
    order(world, ("PUMP", "6", "250"))
    token = next(b.token for card in world.inbox("otto") for b in card.buttons if b.label == "Promise that day")
    world.send("otto", token)
    assert signals.settle(world.desk) == 0
    stock.post((stock.lot("PUMP"), 4, "SUPPLIER", "A-1", 400_0000))
    assert signals.settle(world.desk) == 1
    (card,) = world.inbox("lin")
    assert [fact.value for row in card.rows for fact in row.figures] == ["14 pc"]
    assert (stock.held("PUMP").promised, stock.held("PUMP").free) == (14, 0)
    assert signals.settle(world.desk) == 0
    assert examine(world.engine) == []


def test_what_there_is_goes_out_and_the_rest_gets_a_day_again(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    world.given_order(("PUMP", 20, "90"), number="4100", due=dt.date(2026, 12, 3))
    order(world, ("PUMP", "14", "250"))
    world.tap("otto", "Send what there is")
    (card,) = world.inbox("lin")
    assert [fact.value for row in card.rows for fact in row.figures] == ["10 pc"]
    world.tap("lin", "All picked")
    world.tap("lin", "Shipped", {"carrier": "SF Express"})
    assert stock.held("PUMP").total == 0
    world.tap("otto", "Send it later")
    (card,) = world.inbox("otto")
    assert card.question.startswith("Not all of it is free. Promise it")
    world.tap("otto", "Promise that day")
    stock.post((stock.lot("PUMP"), 4, "SUPPLIER", "A-1", 400_0000))
    assert signals.settle(world.desk) == 1
    world.tap("lin", "All picked")
    world.tap("lin", "Shipped", {"carrier": "SF Express"})
    assert number_of(world, "delivery").endswith("-0002")
    assert (stock.held("PUMP").total, world.inbox("otto")) == (0, ())
    assert examine(world.engine) == []


def test_where_nothing_is_free_it_waits_or_is_cancelled(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    order(world, ("PUMP", "10", "250"))
    order(world, ("PUMP", "3", "250"))
    refused = world.tap("otto", "Send what there is")
    assert isinstance(refused, Refused)
    assert refused.words == f"Nothing of {number_of(world)} can go out now. Wait for goods, or cancel it."
    world.tap("otto", "Wait for goods")
    refused = world.tap("otto", "Pick what is here")
    assert isinstance(refused, Refused)
    world.tap("otto", "Cancel the order")
    assert (stock.held("PUMP").promised, world.inbox("otto")) == (10, ())
    assert examine(world.engine) == []


def test_what_is_made_is_promised_too(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    with writing(world.engine) as db:
        site = db.execute(text("SELECT id FROM locations WHERE kind = 'site'")).scalar_one()
        db.execute(
            text("""
                INSERT INTO documents (kind, number, state, site_id, opened_on, currency, fields)
                VALUES ('work_order', 'WO-1', 'open', :site, '2026-11-18', 'USD', :fields)
            """),
            {"site": site, "fields": '{"item": "PUMP", "quantity": "5", "due": "2026-11-25"}'},
        )
    order(world, ("PUMP", "15", "250"))
    assert [fact.value for fact in world.inbox("otto")[0].rows[0].figures] == ["15 pc", "10 pc", "25 Nov"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_card_with_the_day_reads_in_both_languages(stock: Stock, language: str) -> None:  # noqa: F811
    world = stock.world
    world.given_order(("PUMP", 20, "90"), number="4100", due=dt.date(2026, 12, 3))
    order(world, ("PUMP", "14", "250"))
    reader = inbox.reader_of(world.person("otto"), world.address("otto"), language)  # type: ignore[arg-type]
    (card,) = inbox.open_cards(world.desk, world.person("otto"), reader)
    labels = [fact.label for fact in (*card.facts, *card.rows[0].figures)]
    expected = {
        "en": ["Order", "All can ship", "Ordered", "Free now", "All of it from"],
        "zh": ["销售单", "整单可发", "订购", "现可发", "可全发日期"],
    }
    assert labels == expected[language]
