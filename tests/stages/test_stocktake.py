"""Counting, as people do it: blind, again when far off, approved above a value, while goods move."""

import datetime as dt

import pytest
from sqlalchemy import text

from app.doctor import examine
from bot import conversation
from bot.channel import Reply
from inventory_core.db.engine import reading, writing
from inventory_core.insight import accuracy
from inventory_core.insight.classes import abc
from notifier import relay
from tests.inventory_core.stock import Stock
from tests.world import World
from workflows.cards import Done, Refused
from workflows.intents import Sender


def says(world: World, code: str, words: str, *, about: str = "") -> Reply:
    sender = Sender("web", "", code)
    return conversation.answer(
        world.desk, sender, world.address(code), words, dedupe=f"words:{next(world.ids)}", about=about
    )


def planned(world: World) -> int:
    relay.plan_counts(world.desk)
    return relay.start_waiting(world.desk)


@pytest.fixture
def stock(world: World) -> Stock:
    """A hundred nuts at 2 a piece in A-1."""
    made = Stock(world)
    made.post((made.lot("NUT"), 100, "SUPPLIER", "A-1", 200_0000))
    world.pass_time(minutes=5)
    return made


def test_a_bin_is_counted_by_a_number_in_reply_and_the_books_follow(stock: Stock) -> None:
    world = stock.world
    (card,) = says(world, "lin", "count A-1").cards
    assert card.title == "Count CS-261118-0001" and "100" not in str(card)
    assert card.rows[0].detail.startswith("NUT · A-1 · L")
    told = says(world, "lin", "99", about=card.subject)
    assert told.cards[0].status == "Counted and posted"
    assert (stock.held("NUT").total, stock.value("NUT")) == (99, 198_0000)
    assert examine(world.engine) == []


def test_what_moves_while_it_is_counted_is_no_difference(stock: Stock) -> None:
    world = stock.world
    (card,) = says(world, "lin", "count A-1").cards
    says(world, "otto", "issue NUT 30")
    world.pass_time(minutes=1)
    assert says(world, "lin", "70", about=card.subject).cards[0].status == "Counted and posted"
    assert stock.held("NUT").total == 70
    assert examine(world.engine) == []


def test_far_from_the_books_somebody_else_counts_again_and_a_large_value_is_approved(stock: Stock) -> None:
    world = stock.world
    dear = stock.lot("PUMP")
    stock.post((dear, 10, "SUPPLIER", "A-1", 10_000_0000))
    world.pass_time(minutes=1)
    (card,) = says(world, "lin", "盘点 pump").cards
    world.send("lin", card.buttons[0].token, {"counted.1": "8"})
    assert world.inbox("lin") == (), "who counted does not count again"
    assert "8" not in " ".join(f.value for r in world.inbox("maria")[0].rows for f in r.figures)
    assert isinstance(world.tap("maria", "Enter the count", {"recounted.1": "9"}), Done)
    (asked,) = world.inbox("otto")
    told = {fact.label: fact.value for row in asked.rows for fact in row.figures}
    assert told == {"Books": "10 pc", "Counted": "8 pc", "Counted again": "9 pc"}
    assert [fact.value for fact in asked.facts][-1] == "1,000.00 USD"
    world.tap("otto", "Post it")
    assert stock.held("PUMP").total == 9
    assert examine(world.engine) == []


def test_a_difference_that_the_approver_does_not_believe_changes_nothing(stock: Stock) -> None:
    world = stock.world
    dear = stock.lot("PUMP")
    stock.post((dear, 10, "SUPPLIER", "A-1", 10_000_0000))
    world.pass_time(minutes=1)
    (card,) = says(world, "lin", "count PUMP").cards
    world.send("lin", card.buttons[0].token, {"counted.1": "1"})
    world.tap("maria", "Enter the count", {"recounted.1": "1"})
    world.tap("otto", "Drop it", {"reason": "they are on the truck"})
    assert stock.held("PUMP").total == 10
    assert examine(world.engine) == []


def test_only_the_line_that_somebody_counted_later_asks_again(stock: Stock) -> None:
    world = stock.world
    stock.post((stock.lot("BOLT"), 50, "SUPPLIER", "A-1", 50_0000))
    world.pass_time(minutes=1)
    (first,) = says(world, "lin", "count A-1").cards
    world.pass_time(minutes=1)
    answers = {"counted.1": "49", "counted.2": "60"}
    assert [row.title for row in first.rows] == ["Item BOLT", "Item NUT"]
    world.send("lin", first.buttons[0].token, answers)  # 60 of 100 nuts: far off, so it waits for a second look
    world.pass_time(minutes=1)
    (second,) = says(world, "lin", "count NUT").cards
    world.send("lin", second.buttons[0].token, {"counted.1": "99"})
    maria = world.inbox("maria")[0]
    world.pass_time(minutes=-2)
    world.send("maria", maria.buttons[0].token, {"recounted.1": "49", "recounted.2": "60"})
    world.pass_time(minutes=2)
    relay.start_waiting(world.desk)
    assert (stock.held("BOLT").total, stock.held("NUT").total) == (49, 99)
    (again,) = world.inbox("lin")
    assert [row.title for row in again.rows] == ["Item NUT"]
    assert examine(world.engine) == []


def test_the_plan_counts_what_is_used_most_most_often(stock: Stock) -> None:
    world = stock.world
    for code, value in (("DEAR", 9_000), ("CHEAP", 10)):
        lot = stock.lot(code)
        stock.post((lot, 100, "SUPPLIER", "A-1", value * 10_000))
        stock.post((lot, 50, "A-1", "PRODUCTION"), kind="issue")
    with reading(world.engine) as db:
        classes = {row.code: row.id for row in db.execute(text("SELECT id, code FROM items"))}
        found = abc(db, world.desk.today())
        assert (found[classes["DEAR"]], found[classes["CHEAP"]]) == ("A", "C")
    assert planned(world) == 0
    world.pass_time(days=30)
    assert planned(world) == 1
    assert planned(world) == 0, "once a day"
    (card,) = world.inbox("lin")
    assert [row.title for row in card.rows] == ["Item DEAR"]
    world.tap("lin", "Enter the count", {"counted.1": "50"})
    world.pass_time(days=29)
    assert planned(world) == 0
    world.pass_time(days=151)
    planned(world)
    assert {row.title for row in world.inbox("lin")[0].rows} == {"Item DEAR", "Item CHEAP", "Item NUT"}
    with reading(world.engine) as db:
        found_true = accuracy.of_period(db, world.desk.today() - dt.timedelta(days=365), world.desk.today())
        assert (found_true.exact, found_true.lines) == (1, 1)


def test_a_bin_that_should_be_empty_is_looked_into_the_next_morning(stock: Stock) -> None:
    world = stock.world
    says(world, "otto", "issue NUT 100")
    world.pass_time(days=1)
    assert planned(world) == 1
    (card,) = world.inbox("lin")
    assert [row.detail for row in card.rows] == [f"NUT · A-1 · {card.rows[0].detail.rsplit(' ')[-1]}"]
    assert says(world, "lin", "0", about=card.subject).cards[0].status == "Counted and posted"
    world.pass_time(days=1)
    assert planned(world) == 0
    assert (stock.held("NUT").total, stock.value("NUT")) == (0, 0)
    assert examine(world.engine) == []


def test_a_bin_that_holds_something_else_is_not(stock: Stock) -> None:
    stock.post((stock.lot("BOLT"), 5, "SUPPLIER", "A-1", 5_0000))
    says(stock.world, "otto", "issue NUT 100")
    stock.world.pass_time(days=1)
    assert planned(stock.world) == 0


@pytest.mark.parametrize(
    ("person", "words", "says_"),
    [
        ("lin", "count", "Write the bin or item after it"),
        ("lin", "count Z-9", "There is no bin Z-9."),
        ("lin", "count RECV", "By the books nothing lies in RECV."),
        ("zhao", "count A-1", "This is for: storekeeper"),
    ],
)
def test_what_can_not_be_counted_is_told(stock: Stock, person: str, words: str, says_: str) -> None:
    assert says(stock.world, person, words).words.startswith(says_)


def test_a_count_needs_every_line_and_keeps_nothing_until_it_has_them(stock: Stock) -> None:
    world = stock.world
    stock.post((stock.lot("BOLT"), 50, "SUPPLIER", "A-1"))
    (card,) = says(world, "lin", "count A-1").cards
    refused = world.send("lin", card.buttons[0].token, {"counted.1": "49"})
    assert isinstance(refused, Refused) and refused.errors == {"counted.2": "Please fill this in."}
    with writing(world.engine) as db:
        assert db.execute(text("SELECT COUNT(*) FROM stock_counts")).scalar_one() == 0
