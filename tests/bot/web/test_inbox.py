"""A person's page: what waits for them, what a tap and a form do to it, and what keeps it up to date."""

import re

from fastapi.testclient import TestClient
from sqlalchemy import text

from inventory_core.db.engine import writing
from tests.bot.web.pages import signed_in
from tests.world import World

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082"
)


def test_what_waits_stands_open_and_from_the_fourth_on_folded_after_the_first(shop: World) -> None:
    lin = signed_in(shop, "lin")
    assert "Nothing to do. Well done." in lin.get("/p/lin/").text
    for number in range(3):
        shop.given_receipt(("CHAIN", 5, "1"), number=f"40{number}")
    assert 'class="fold"' not in lin.get("/p/lin/").text
    shop.given_receipt(("CHAIN", 5, "1"), number="403")
    page = lin.get("/p/lin/").text
    assert page.count('class="fold"') == 3
    assert "4 tasks for you" in page


def test_a_plain_outcome_acts_at_once_and_once(shop: World) -> None:
    shop.given_receipt(("CHAIN", 5, "1"))
    lin = signed_in(shop, "lin")
    sent = _button(lin, "lin", "All arrived as ordered")
    first, again = (lin.post("/p/lin/tap", data=sent) for _ in range(2))
    assert "Done: All arrived as ordered." in first.text
    assert "Waiting for: quality inspector" in first.text
    assert "Already recorded: All arrived as ordered." in again.text
    assert len(shop.inbox("maria")) == 1


def test_a_form_opens_with_what_is_known_and_keeps_what_was_written_until_it_is_right(shop: World) -> None:
    shop.given_receipt(("CHAIN", 50, "1"))
    lin = signed_in(shop, "lin")
    sent = _button(lin, "lin", "Something differs")
    opened = lin.post("/p/lin/tap", data=sent)
    assert opened.headers["hx-trigger-after-settle"] == "openSheet"
    assert 'inputmode="decimal"' in opened.text and 'value="50"' in opened.text
    form = {**sent, "act": _act(opened.text), "received.1": "48", "damaged.1": "60"}
    wrong = lin.post("/p/lin/act", data=form)
    assert wrong.status_code == 422
    assert 'value="48"' in wrong.text and 'value="60"' in wrong.text
    assert wrong.text.count('aria-invalid="true"') == 1
    right = lin.post("/p/lin/act", data={**form, "damaged.1": "3"})
    assert right.headers["hx-trigger-after-settle"] == "closeSheet"
    assert "48 pc" in signed_in(shop, "maria").get("/p/maria/").text


def test_a_photo_comes_along_and_what_is_none_is_told_on_its_field(shop: World) -> None:
    shop.given_receipt(("CHAIN", 50, "1"))
    lin = signed_in(shop, "lin")
    sent = {**_button(lin, "lin", "Something differs"), "received.1": "48", "damaged.1": "0"}
    broken = lin.post("/p/lin/act", data=sent, files={"photo": ("photo.jpg", b"<html>", "image/jpeg")})
    assert broken.status_code == 422
    assert "This is not a photo that can be read" in broken.text
    taken = lin.post("/p/lin/act", data=sent, files={"photo": ("photo.png", PNG, "image/png")})
    assert taken.status_code == 200
    assert "1 photo" in signed_in(shop, "maria").get("/p/maria/").text


def test_the_cause_is_asked_for_as_soon_as_something_is_rejected(shop: World) -> None:
    shop.given_receipt(("CHAIN", 50, "1"))
    shop.tap("lin", "All arrived as ordered")
    maria = signed_in(shop, "maria")
    sent = _button(maria, "maria", "Reject some")
    assert 'data-conditional="cause.1" hidden' in maria.post("/p/maria/tap", data=sent).text
    assert maria.post("/p/maria/needed", data={**sent, "accepted.1": "50"}).json() == []
    assert maria.post("/p/maria/needed", data={**sent, "accepted.1": "45"}).json() == ["cause.1"]


def test_a_page_asks_for_news_and_gets_none_until_something_happened(shop: World) -> None:
    chen = signed_in(shop, "chen")
    since = _version(chen.get("/p/chen/").text)
    assert chen.get("/p/chen/pulse", params={"since": since}).status_code == 204
    shop.given_receipt(("CHAIN", 5, "1"))
    told = chen.get("/p/chen/pulse", params={"since": since})
    assert told.status_code == 200 and _version(told.text) != since
    assert "<html" not in told.text


def test_what_was_done_today_stays_in_sight_until_midnight(shop: World) -> None:
    shop.given_receipt(("CHAIN", 5, "1"))
    shop.tap("lin", "All arrived as ordered")
    lin = signed_in(shop, "lin")
    assert "09:00 Lin Wei: All arrived as ordered" in lin.get("/p/lin/").text
    shop.pass_time(days=1)
    assert "All arrived as ordered" not in lin.get("/p/lin/").text


def test_a_task_of_somebody_else_is_told_without_buttons_to_who_has_a_part_in_it(shop: World) -> None:
    shop.given_receipt(("CHAIN", 5, "1"))
    shop.tap("lin", "All arrived as ordered")
    task = shop.inbox("maria")[0].subject.removeprefix("task:")
    page = signed_in(shop, "lin").get(f"/p/lin/task/{task}").text
    assert "Waiting for: quality inspector" in page and "All good" not in page
    assert "All good" in signed_in(shop, "maria").get(f"/p/maria/task/{task}").text
    assert signed_in(shop, "zhao").get(f"/p/zhao/task/{task}").status_code == 403


def test_names_are_text_whatever_they_hold(shop: World) -> None:
    shop.given_receipt(("CHAIN", 5, "1"))
    with writing(shop.engine) as db:
        db.execute(text("UPDATE items SET name = :name"), {"name": "<script>alert(1)</script>\u202egnp.exe"})
    lin = signed_in(shop, "lin")
    sheet = lin.post("/p/lin/tap", data=_button(lin, "lin", "Something differs")).text
    for html in (lin.get("/p/lin/").text, sheet):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;[U+202E]gnp.exe" in html
        assert "<script>alert" not in html and "\u202e" not in html


def test_an_item_is_found_by_its_code_alone_and_words_are_answered(shop: World) -> None:
    shop.given_item("CHAIN")
    lin = signed_in(shop, "lin")
    assert "0 pc available" in lin.post("/p/lin/ask", data={"words": "chain", "act": "ask-00001"}).text
    assert "your open tasks" in lin.post("/p/lin/ask", data={"words": "help", "act": "ask-00002"}).text


def test_the_code_of_an_item_is_never_taken_for_a_count_of_it(shop: World) -> None:
    shop.given_receipt(("BK-100", 500, "1"))
    told = signed_in(shop, "lin").post("/p/lin/ask", data={"words": "bk-100", "act": "ask-00001"})
    assert "0 pc available" in told.text
    assert shop.journal_kinds().count("flow.stepped") == 1  # the start, and no answer
    assert shop.inbox("lin") and not shop.inbox("maria")


def test_the_language_is_chosen_on_the_page_and_remembered(shop: World) -> None:
    shop.given_receipt(("CHAIN", 5, "1"))
    lin = signed_in(shop, "lin")
    assert lin.post("/p/lin/language", data={"language": "zh"}).status_code == 204
    page = lin.get("/p/lin/").text
    assert 'lang="zh-CN"' in page and "全部按单到货" in page


def _button(client: TestClient, code: str, label: str) -> dict[str, str]:
    """Return what the button of this label sends."""
    page = client.get(f"/p/{code}/").text
    before = page[: page.index(f"<span>{label}")]
    fields = dict(re.findall(r'name="(token|act|place)" value="([^"]+)"', before[before.rindex("<form") :]))
    assert fields.keys() == {"token", "act", "place"}
    return fields


def _act(html: str) -> str:
    return re.findall(r'name="act" value="([^"]+)"', html)[-1]


def _version(html: str) -> str:
    return re.findall(r'data-version="([^"]+)"', html)[0]
