"""Codes in photos while questions are asked: a label held before the phone is the answer."""

import pytest
from sqlalchemy import text

from inventory_core import barcodes, items, labels
from inventory_core.db.engine import reading, writing
from notifier import relay
from tests.bot.pictures import code, photo, photo_of
from tests.bot.telegram.running import linked
from tests.inventory_core.stock import Stock
from tests.telegram_server import Person, TelegramServer
from tests.workflows.desk import Play
from tests.world import World

FOUND = """
flow: found
title: {en: Found, zh: 发现}
about: report
started_by: [storekeeper]
card:
  title: {en: Found, zh: 发现}
  summary: {en: "{number}", zh: "{number}"}
fields:
  item: {kind: item, label: {en: Item, zh: 物料}}
  lot: {kind: lot, label: {en: Lot, zh: 批次}, required: false}
  bin: {kind: location, label: {en: Bin, zh: 库位}}
  serial: {kind: text, label: {en: Serial number, zh: 序列号}, required: false}
  count: {kind: integer, label: {en: Pieces, zh: 件数}, required: false}
  photo: {kind: photo, label: {en: Photo, zh: 照片}, required: false}
steps:
  say:
    title: {en: Found, zh: 发现}
    question: {en: "What?", zh: "什么？"}
    asks: {who: requester, otherwise: storekeeper}
    outcomes:
      send: {label: {en: send, zh: 发送}, form: [item, lot, bin, serial, count, photo], then: sent}
ends:
  sent: {label: {en: Sent, zh: 已发送}}
"""


def goods(item: str, lot: str = "") -> str:
    return labels.payload(labels.Label(item, lot, "5"))


@pytest.fixture
def lin(shop: World, telegram: TelegramServer, face: str) -> Person:
    """Lin, whom the company's form asks what she found; goods of one lot lie in A-1."""
    stock = Stock(shop)
    stock.post((stock.lot("NUT", number="N-1"), 5, "SUPPLIER", "A-1"))
    shop.given_item("BOLT")
    with writing(shop.engine) as db:
        db.execute(
            text("INSERT INTO item_barcodes (code, item_id) VALUES (:code, :item)"),
            {"code": barcodes.normal("4006381333931"), "item": items.by_code(db, "BOLT").id},
        )
    Play.publish(shop, FOUND)
    lin = linked(shop, telegram, "lin")
    lin.command("/new found")
    lin.sees("1 of 6")
    return lin


def test_each_question_takes_what_a_label_says_of_it(shop: World, telegram: TelegramServer, lin: Person) -> None:
    lin.sends_photo(photo_of([goods("NUT", "N-1")]))
    lin.sees("2 of 6")
    lin.sends_photo(photo_of([labels.link(goods("NUT", "N-1"), "store_bot")]))
    lin.sees("3 of 6")
    lin.sends_photo(photo_of([labels.link(labels.bin_payload("A-1"), "store_bot")]))
    lin.sees("4 of 6")
    lin.sends_photo(photo(code("SN-0042/7")))
    lin.sees("5 of 6")
    lin.says("5")
    lin.sees("6 of 6")
    lin.sends_photo(photo_of([goods("NUT", "N-1")]))  # a photo that is asked for stays one
    check = lin.sees("Please check")
    assert [line.partition(": ")[2] for line in check.text.splitlines()[1:-1] if ": " in line] == [
        "Item NUT", "N-1", "A-1", "SN-0042/7", "5", "1 photo",
    ]  # fmt: skip


def test_a_makers_barcode_is_its_item(shop: World, telegram: TelegramServer, lin: Person) -> None:
    lin.sends_photo(photo(code("4006381333931")))
    lin.sees("2 of 6")
    lin.presses("Back")
    first = lin.sees("1 of 6", after=lin.sees("2 of 6"))
    assert "BOLT" in lin.keys or first.text
    lin.sends_photo(photo(code("4006381333931"), code("MAKER-LOT-77")))  # the maker's own code names nothing of ours
    lin.sees("2 of 6", after=first)


def test_of_several_codes_it_is_asked_which(shop: World, telegram: TelegramServer, lin: Person) -> None:
    lin.sends_photo(photo_of([goods("NUT", "N-1"), goods("BOLT")]))
    asked = lin.sees("2 codes were read. Which one do you mean?")
    assert "1 of 6" in asked.text and set(lin.keys) == {"NUT", "BOLT", "Cancel"}
    lin.presses("BOLT")
    lin.sees("2 of 6")


def test_a_code_that_answers_nothing_is_named_and_is_no_command(
    shop: World, telegram: TelegramServer, lin: Person
) -> None:
    for said in ("Cancel", "/help", "ELSEWHERE-1"):
        last = lin.chat.last
        lin.sends_photo(photo(code(said)))
        again = lin.sees("1 of 6", after=last)
        assert said in again.text
    lin.sends_photo(photo())
    lin.sees("No code was found in the photo.")
    lin.says("NUT")
    lin.sees("2 of 6")


def test_a_photo_that_neither_is_nor_holds_an_answer_is_left_alone(
    shop: World, telegram: TelegramServer, lin: Person
) -> None:
    for answer, following in (("NUT", "2 of 6"), ("Skip", "3 of 6"), ("A-1", "4 of 6")):
        lin.says(answer)
        lin.sees(following)
    lin.sends_photo(photo())
    lin.sees("No photo is asked for right now")
    lin.says("Skip")
    fifth = lin.sees("5 of 6")
    lin.sends_photo(photo_of([goods("NUT", "N-1")]))
    lin.sees("No photo is asked for right now", after=fifth)
    lin.says("Skip")
    lin.sees("6 of 6")


def test_an_answer_in_a_photo_counts_once_however_often_it_comes(
    shop: World, telegram: TelegramServer, lin: Person
) -> None:
    telegram.deliver_each(copies=2, at_once=2)
    lin.sends_photo(photo_of([goods("NUT", "N-1")]))
    lin.sees("2 of 6")
    telegram.wait_until_confirmed()
    assert len([each for each in lin.chat.shown if "2 of 6" in each.text]) == 1
    with reading(shop.engine) as db:
        assert db.execute(text("SELECT asked FROM dialogues")).scalar_one() == 1


def test_a_camera_at_a_bins_label_opens_the_bin_in_telegram_and_settles_nothing(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    shop.given_receipt(("CHAIN", 550, "1"))
    for person, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        shop.tap(person, label)
    relay.start_waiting(shop.desk)
    lin = linked(shop, telegram, "lin")
    link = labels.link(labels.bin_payload("A-1"), "store_bot")
    lin.starts(link.rpartition("=")[2])
    card = lin.sees("Bin A-1")
    assert card.labels == ("Put away here…",)
    lin.taps(card, "Put away here…")
    lin.sees("is proposed for something in them")
    lin.command("/print A-1")
    telegram.wait_for(lambda: len(telegram.calls("sendDocument")) == 1, within_s=60)
    lin.sees("Bin labels A-1")
    assert len(shop.inbox("lin")) == 1
