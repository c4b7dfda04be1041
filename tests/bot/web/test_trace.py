"""Stories on the web: each name leads to its own story, and the picture stands beside it."""

import pytest
from sqlalchemy import text

from inventory_core.db.engine import reading, writing
from tests.bot.web.pages import signed_in
from tests.inventory_core.stock import Stock
from tests.stages.test_trace import stocked
from tests.world import World


def paper_id(world: World, number: str) -> int:
    with reading(world.engine) as db:
        return int(db.execute(text("SELECT id FROM documents WHERE number = :number"), {"number": number}).scalar_one())


@pytest.fixture
def received(shop: World) -> World:
    stocked(shop)
    return shop


def test_what_is_sought_leads_to_its_story_and_each_name_in_it_to_its_own(received: World) -> None:
    client = signed_in(received, "lin")
    answer = client.get("/p/lin/trace?q=l261118-0001")
    assert answer.status_code == 200 and str(answer.url).endswith("/p/lin/trace/lot.1")
    receipt, order = paper_id(received, "GR-4012"), paper_id(received, "4012")
    for address, name in ((f"paper.{receipt}", "GR-4012"), ("item.1", "CHAIN"), ("partner.1", "Litware")):
        assert f'href="/p/lin/trace/{address}">{name}</a>' in answer.text
    paper = client.get(f"/p/lin/trace/paper.{receipt}").text
    assert f'href="/p/lin/trace/paper.{order}">4012</a>' in paper and "All arrived as ordered" in paper
    for key in ("item.1", "partner.1"):
        assert 'href="/p/lin/trace/lot.1">L261118-0001</a>' in client.get(f"/p/lin/trace/{key}").text


def test_the_picture_of_a_lot_and_of_a_paper_is_drawn_and_of_nothing_else(received: World) -> None:
    client = signed_in(received, "lin")
    for key in ("lot.1", f"paper.{paper_id(received, 'GR-4012')}"):
        page = client.get(f"/p/lin/trace/{key}").text
        assert f'src="/p/lin/trace/{key}/picture"' in page and 'alt="' in page and "Suppliers: Litware." in page
        picture = client.get(f"/p/lin/trace/{key}/picture")
        assert picture.status_code == 200 and picture.content.startswith(b"\x89PNG")
        assert picture.headers["content-type"] == "image/png"
    assert "/picture" not in client.get("/p/lin/trace/item.1").text
    assert client.get("/p/lin/trace/item.1/picture").status_code == 404


def test_several_meanings_are_links_and_none_is_a_sentence(received: World) -> None:
    Stock(received).lot("4012", number="B-7")
    client = signed_in(received, "lin")
    several = client.get("/p/lin/trace?q=4012").text
    assert "can mean several things" in several and "Purchase order 4012" in several and "Item 4012" in several
    assert "There is no lot, item, paper or partner “nope”" in client.get("/p/lin/trace?q=nope").text
    assert "Write a lot or serial number" in client.get("/p/lin/trace").text
    for key in ("lot.99", "lot.x", "people.1", "task.1"):
        assert client.get(f"/p/lin/trace/{key}").status_code == 404


def test_a_story_is_told_to_who_is_signed_in_and_in_their_language(received: World) -> None:
    client = signed_in(received, "lin")
    assert client.get("/p/otto/trace/lot.1").status_code == 401
    client.cookies.set("language", "zh")
    page = client.get("/p/lin/trace/lot.1").text
    assert '批次 <span class="number-of">L261118-0001</span>' in page and "收货" in page


def test_a_name_is_never_markup(received: World) -> None:
    with writing(received.engine) as db:
        db.execute(text("UPDATE partners SET name = '<script>alert(1)</script>'"))
    page = signed_in(received, "lin").get("/p/lin/trace/partner.1").text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


def test_the_card_of_a_task_leads_to_its_papers_story(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "1"))
    page = signed_in(shop, "lin").get("/p/lin/").text
    assert f'href="/p/lin/trace/paper.{paper_id(shop, "GR-4012")}">GR-4012</a>' in page
    assert 'href="/p/lin/trace"' in page


def test_a_choice_is_tapped_in_the_answer_to_what_was_typed(received: World) -> None:
    Stock(received).lot("4012", number="B-7")
    client = signed_in(received, "lin")
    asked = client.post("/p/lin/ask", data={"words": "trace 4012", "act": "act-trace-0001"}).text
    token = f"trace:paper.{paper_id(received, '4012')}"
    assert f'value="{token}"' in asked
    told = client.post("/p/lin/tap", data={"token": token, "act": "act-trace-0002", "place": "answer"})
    assert told.status_code == 200 and "Purchase order 4012" in told.text and "data:image/png" in told.text


def test_hundreds_of_steps_are_all_on_the_page(shop: World) -> None:
    stock = Stock(shop)
    lot = stock.lot("CHAIN", number="C-1")
    stock.post((lot, 300, "SUPPLIER", "A-1", 300))
    for _ in range(230):
        stock.post((lot, 1, "A-1", "CUSTOMER"))
    page = signed_in(shop, "lin").get("/p/lin/trace?q=C-1").text
    assert page.count("A-1 → CUSTOMER") == 230 and "… 31 steps before" in page
