"""More of a message at a tap: its pages in place, its picture as a file, in each kind of chat and after a restart."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from bot.telegram.send import TelegramChannel
from inventory_core import labels
from inventory_core.db.engine import reading, writing
from notifier import digests, pictures
from tests.bot.pictures import photo_of
from tests.bot.telegram.running import decisions, linked, running, told
from tests.telegram_server import Message, Person, TelegramServer
from tests.telegram_server.chats import Chat
from tests.world import World
from workflows import people

LINES = tuple((f"PART-{n:02}", 10 + n, "1") for n in range(31))


def numbered(message: Message) -> list[str]:
    return re.findall(r"^PART-(\d\d) ", message.text, re.MULTILINE) + re.findall(r" · PART-(\d\d)", message.text)


def leaf_through(telegram: TelegramServer, person: Person, card: Message) -> list[str]:
    """Tap from page to page, and return the numbers of the lines that were seen."""
    seen: list[str] = []
    label, of = "Details", 2
    for page in range(1, 20):
        if page > of:
            break
        tap = person.taps(card, label)
        telegram.wait_for(lambda page=page: any(each.startswith(f"{page}/") for each in card.labels))
        assert telegram.answer_to(tap) == ""
        seen += numbered(card)
        of = int(next(each for each in card.labels if re.fullmatch(r"\d+/\d+", each)).partition("/")[2])
        assert {"All arrived as ordered", "Something differs…"} <= set(card.labels)
        label = "›"
    return seen


@contextmanager
def place(telegram: TelegramServer, kind: str, person: Person) -> Iterator[tuple[Chat, int | None]]:
    if kind == "private":
        yield person.chat, None
    elif kind == "group":
        yield telegram.group("Dock"), None
    else:
        forum = telegram.group("Yard", topics=("Receiving",))
        yield forum, next(iter(forum.topics))


@pytest.mark.parametrize("kind", ["private", "group", "topic"])
def test_a_long_card_is_leafed_through_in_place_and_settled_from_any_page(
    shop: World, telegram: TelegramServer, face: str, kind: str
) -> None:
    lin = linked(shop, telegram, "lin")
    shop.given_receipt(*LINES)
    with place(telegram, kind, lin) as (chat, thread):
        lin.says("/inbox@store_bot", chat=chat, thread_id=thread)
        card = lin.sees("PO 4012 from Litware", chat=chat)
        assert card.thread_id == thread
        assert sorted(leaf_through(telegram, lin, card)) == [f"{n:02}" for n in range(31)]
        lin.taps(card, "‹")
        telegram.wait_for(lambda: any(each.startswith("2/") for each in card.labels))
        tap = lin.taps(card, "All arrived as ordered")
        assert telegram.answer_to(tap) == "Done: All arrived as ordered."
        telegram.wait_for(lambda: "Waiting for: quality inspector" in card.text)
        lin.taps(card, "Details")
        telegram.wait_for(lambda: any(each.startswith("1/") for each in card.labels))
    assert decisions(shop) == ["as_ordered"]
    assert {each.code for each in telegram.calls("editMessageText")} == {200}


def test_a_page_is_turned_by_another_process_and_survives_an_edit_by_the_worker(
    shop: World, telegram: TelegramServer, channel: TelegramChannel
) -> None:
    shop.channels["telegram"] = channel
    with running(shop.desk, telegram):
        lin = linked(shop, telegram, "lin")
        shop.given_receipt(*LINES)
        told(shop)
        card = lin.sees("PO 4012 from Litware")
        lin.taps(card, "Details")
        telegram.wait_for(lambda: "1/3" in card.labels)
    with running(shop.desk, telegram):
        lin.taps(card, "›")
        telegram.wait_for(lambda: "2/3" in card.labels)
        lin.says("comment the pallet is wet")
        lin.sees("Noted.")
        told(shop)
        telegram.wait_for(lambda: "the pallet is wet" in card.text)
        assert {"All arrived as ordered", "Details"} <= set(card.labels)
        lin.taps(card, "Details")
        telegram.wait_for(lambda: "1/3" in card.labels)
        lin.taps(card, "Less")
        telegram.wait_for(lambda: "Details" in card.labels)
        lin.taps(card, "All arrived as ordered")
        telegram.wait_for(lambda: "Waiting for" in card.text)


def test_a_page_is_shown_to_who_may_see_it_at_the_tap(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    eve = telegram.person("eve", language="zh-hans")
    with writing(shop.engine) as db:
        people.create(db, "dora", "Dora Designer", language="en", roles=["designer"])
    dora = linked(shop, telegram, "dora")
    shop.given_receipt(*LINES)
    told(shop)
    card = lin.sees("PO 4012 from Litware")
    details = card.now.button("Details")["callback_data"]
    dora.says("hello")
    theirs = dora.sees("did not understand")
    for tap, words in (
        (eve.taps(card, "Details"), "尚未绑定员工"),
        (dora.forges_tap(theirs, details), "not shown to you"),
        (dora.forges_tap(theirs, "file.digest:2026-11-18"), "not shown to you"),
        (lin.forges_tap(card, "page.1.task:5' OR 1=1"), "expired"),
        (lin.forges_tap(card, "page.1.task:999999"), "not shown to you"),
    ):
        assert words in telegram.answer_to(tap)
        assert tap.answer is not None and tap.answer.is_alert
    with writing(shop.engine) as db:
        db.execute(text("DELETE FROM employee_roles WHERE role = 'storekeeper'"))
    tap = lin.taps(card, "Details")
    assert "not shown to you" in telegram.answer_to(tap)
    assert not card.was_edited


def test_where_an_item_lies_is_told_whole_page_by_page(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    shop.given_receipt(*LINES)
    for person, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        shop.tap(person, label)
    lin.command("/where RECV")
    card = lin.sees("RECV")
    lin.taps(card, "Details")
    telegram.wait_for(lambda: "1/3" in card.labels)
    assert len(numbered(card)) == 12


def test_a_picture_comes_as_a_file_too(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    shop.given_receipt(("CHAIN", 20, "1"))
    for person, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        shop.tap(person, label)
    shop.pass_time(days=3)
    lin.command("/stock CHAIN")
    telegram.wait_for(lambda: any(each.photo for each in lin.chat.shown), within_s=20)
    (photo,) = (each for each in lin.chat.shown if each.photo)
    assert photo.labels == ("File",)
    lin.taps(photo, "File")
    telegram.wait_for(lambda: any(each.file for each in lin.chat.shown), within_s=20)
    (sent,) = (each for each in lin.chat.shown if each.file)
    assert sent.file == photo.photo and sent.file_name.endswith(".png") and sent.text == photo.text


def test_the_picture_of_the_day_comes_as_a_file_to_who_may_see_it_at_the_tap(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    chen = linked(shop, telegram, "chen")
    shop.given_receipt(("CHAIN", 20, "1"))
    assert digests.make(shop.desk)
    with reading(shop.engine) as db:
        undrawn = pictures.undrawn(db, limit=9)
    for each in undrawn:
        pictures.draw(shop.desk, each)
    told(shop)
    telegram.wait_for(lambda: any(each.photo for each in chen.chat.shown), within_s=20)
    (photo,) = (each for each in chen.chat.shown if each.photo)
    chen.taps(photo, "File")
    telegram.wait_for(lambda: any(each.file for each in chen.chat.shown), within_s=20)
    (sent,) = (each for each in chen.chat.shown if each.file)
    assert sent.file == photo.photo
    with writing(shop.engine) as db:
        db.execute(text("DELETE FROM employee_roles WHERE role = 'manager'"))
    assert "not shown to you" in telegram.answer_to(chen.taps(photo, "File"))


def test_a_photo_of_a_bins_label_shows_the_bin(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    lin.sends_photo(photo_of([labels.link(labels.bin_payload("A-1"), "store_bot")]))
    lin.sees("Bin A-1")
