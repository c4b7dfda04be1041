"""What can be asked in words or by a button: items typed wrongly, bins, receipts, reports; it changes nothing."""

import pytest
from sqlalchemy import text

from bot import conversation
from bot.channel import Reply
from inventory_core import similar
from inventory_core.db.engine import reading, writing
from tests.bot.test_conversation import say, stocked
from tests.world import World
from workflows.intents import Sender

NAMES = {
    "BK-M68B-38": "Mountain-200 Black, 38",
    "CH-0234": "Chain",
    "HB-0830": "Hex bolt M8×30",
    "LS-0830": "不锈钢内六角螺栓 M8×30",
    "DP-0001": "平垫片",
}


@pytest.fixture
def stock(shop: World) -> World:
    for code, name in NAMES.items():
        item_id = shop.given_item(code)
        with writing(shop.engine) as db:
            db.execute(text("UPDATE items SET name = :name WHERE id = :id"), {"name": name, "id": item_id})
    return shop


def tap(world: World, person: str, token: str) -> Reply:
    told = conversation.followed(world.desk, Sender("web", "", person), world.address(person), token, dedupe="t1")
    assert told is not None
    return told


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("bkm68b38", "BK-M68B-38"),
        ("BK-M68B-83", "BK-M68B-38"),
        ("HB 0803", "HB-0830"),
        ("hex blot", "HB-0830"),
        ("bolt hex M8", "HB-0830"),
        ("montain 200 black", "BK-M68B-38"),
        ("内六角螺丝", "LS-0830"),
        ("平垫圈", "DP-0001"),
        ("ｈｅｘ　ｂｏｌｔ", "HB-0830"),
    ],
)
def test_what_is_nearly_an_item_is_found(stock: World, typed: str, meant: str) -> None:
    with reading(stock.engine) as db:
        assert similar.find(db, typed)[0].code == meant
    answer = say(stock, "lin", f"stock {typed}")
    if answer.cards[0].subject == "stock:several":
        assert f"{meant} · {NAMES[meant]}" in [each.label for each in answer.cards[0].buttons]


@pytest.mark.parametrize("typed", ["gasket", "ab", "瓦", "%%%", "xyzzy 12345", "'; DROP TABLE items"])
def test_what_is_nothing_like_an_item_is_said_to_be_none(stock: World, typed: str) -> None:
    with reading(stock.engine) as db:
        assert similar.find(db, typed) == ()
    assert typed in say(stock, "lin", f"stock {typed}").words


def test_a_wrong_letter_is_asked_back_and_a_tap_answers(stock: World) -> None:
    asked = say(stock, "lin", "stock hex blot").cards[0]
    assert asked.title == "Nothing is called “hex blot”. Did you mean one of these?"
    told = tap(stock, "lin", asked.buttons[0].token)
    assert told.cards[0].title == "HB-0830 · Hex bolt M8×30"
    assert tap(stock, "lin", told.look).cards == told.cards
    assert say(stock, "lin", "trace hex blot").cards[0].title == asked.title


def test_where_tells_what_lies_in_a_bin_and_where_an_item_lies(shop: World) -> None:
    stocked(shop)
    bin_ = say(shop, "lin", "where recv").cards[0]
    assert (bin_.title, bin_.summary) == ("Bin RECV", "1 lot lies here")
    assert bin_.rows[0].figures[0].value == "550 pc"
    assert say(shop, "lin", "在哪 CHAIN").cards[0].title == "CHAIN · Item CHAIN"
    assert "where A-1" in say(shop, "lin", "where").words
    assert tap(shop, "lin", "bin:999999").words.startswith("There is no")


def test_receive_shows_what_waits_at_the_dock_narrowed_by_any_words_of_it(shop: World) -> None:
    shop.given_receipt(("CHAIN", 5, "1"), number="T1")
    shop.given_receipt(("FRAME", 5, "1"), number="T2")
    assert len(say(shop, "lin", "receive").cards) == 2
    (frame,) = say(shop, "lin", "收货 frame").cards
    assert frame.buttons and "FRAME" in frame.rows[0].detail
    nothing = say(shop, "lin", "receive saddle")
    assert nothing.words.startswith("None of your receipts has “saddle” in it.")
    assert [each.subject for each in nothing.cards] == ["arrivals"]
    assert say(shop, "zhao", "receive").words.startswith("There is nothing for you to receive")


@pytest.mark.parametrize(("person", "words", "asks"), [("lin", "order", "item"), ("lin", "退货", "order")])
def test_order_and_return_open_their_form(shop: World, person: str, words: str, asks: str) -> None:
    form = say(shop, person, words).form
    assert form is not None
    assert asks in [each.name for each in form.fields]


def test_who_may_not_start_a_return_is_told_so(shop: World) -> None:
    assert "ask your administrator" in say(shop, "maria", "return").words.lower()


def test_a_report_is_asked_for_by_name_in_both_languages_or_chosen(shop: World) -> None:
    shop.given_item("CHAIN", reorder_point=600)
    which = say(shop, "otto", "report").cards[0]
    assert [each.label for each in which.buttons] == ["Low stock", "Expected goods", "What was not good"]
    low = tap(shop, "otto", which.buttons[0].token).cards[0]
    assert (low.summary, low.rows[0].title) == ("1 item is low", "CHAIN")
    assert say(shop, "otto", "报表 偏低").cards[0].rows[0].title == "CHAIN"
    assert say(shop, "otto", "report quality chain").cards[0].subject == "quality"


def test_more_of_an_item_is_asked_for_where_its_stock_is_told(shop: World) -> None:
    shop.given_item("CHAIN")
    told = say(shop, "lin", "stock chain")
    (order,) = told.cards[0].buttons
    assert (order.label, order.opens_form) == ("Order more", True)
    form = tap(shop, "lin", order.token).form
    assert form is not None
    assert {each.name: each.default for each in form.fields}["item"] == "CHAIN"
    again = tap(shop, "lin", order.token).form
    assert again is not None and again.token == form.token, "the same button asks once"
    assert "Ask your administrator" in tap(shop, "zhao", order.token).words


def test_nobody_unlinked_is_told_anything(shop: World) -> None:
    item_id = shop.given_item("CHAIN")
    told = conversation.followed(
        shop.desk, Sender("slack", "T1", "U9"), shop.address("lin"), f"stock:{item_id}", dedupe="t1", language="zh"
    )
    assert told is not None and not told.cards and "绑定" in told.words
