"""Papers under a card on the page: the links, the files behind them, and who gets neither."""

import io
import re

import pypdf
import pytest
from sqlalchemy import text

from inventory_core.db.engine import reading
from tests.bot.web.pages import signed_in
from tests.world import World


@pytest.fixture
def posted(shop: World) -> World:
    """A receipt of order 4012 that is posted: its card stands among what was settled today."""
    shop.given_receipt(("CHAIN", 550, "9.37"))
    for person, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        shop.tap(person, label)
    return shop


def links(world: World, code: str, place: str = "") -> dict[str, str]:
    """Return the addresses of the files on a page, by their words."""
    page = signed_in(world, code).get(f"/p/{code}/{place}")
    assert page.status_code == 200
    found = re.findall(r'href="([^"]+)" download>([^<]+)<', page.text)
    return {words: address.replace("&amp;", "&") for address, words in found}


def document(world: World, kind: str) -> int:
    with reading(world.engine) as db:
        return int(db.execute(text("SELECT id FROM documents WHERE kind = :kind"), {"kind": kind}).scalar_one())


def test_a_card_has_its_order_as_pdf_in_both_languages_and_as_csv(posted: World) -> None:
    found = links(posted, "otto")
    assert set(found) == {"100 × 50 mm", "62 × 29 mm", "PDF", "PDF in both languages", "CSV"}
    client = signed_in(posted, "otto")
    for words, kind, name in (
        ("PDF", "application/pdf", "purchase-order-4012.pdf"),
        ("PDF in both languages", "application/pdf", "purchase-order-4012.pdf"),
        ("CSV", "text/csv; charset=utf-8", "purchase-order-4012.csv"),
        ("62 × 29 mm", "application/pdf", "labels-gr-4012.pdf"),
    ):
        answer = client.get(found[words])
        assert answer.status_code == 200 and answer.headers["content-type"] == kind
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["cache-control"] == "no-store"
    pdf = pypdf.PdfReader(io.BytesIO(client.get(found["PDF in both languages"]).content))
    assert "Purchase order 采购订单" in pdf.pages[0].extract_text()


def test_a_storekeeper_has_the_labels_of_what_came_and_no_prices(posted: World) -> None:
    assert set(links(posted, "lin")) == {"100 × 50 mm", "62 × 29 mm"}
    order = document(posted, "purchase_order")
    answer = signed_in(posted, "lin").get(f"/p/lin/paper/{order}/pdf")
    assert answer.status_code == 403 and "no part" in answer.text
    assert signed_in(posted, "lin").get(f"/p/lin/paper/{order}/csv").status_code == 403


def test_a_card_without_papers_has_no_word_of_them(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "9.37"))
    page = signed_in(shop, "lin").get("/p/lin/").text
    assert 'class="prints"' not in page


def test_an_address_without_particulars_gives_the_first_paper_in_the_readers_language(posted: World) -> None:
    answer = signed_in(posted, "otto").get(f"/p/otto/paper/{document(posted, 'purchase_order')}/pdf?language=fr")
    assert "Purchase order" in pypdf.PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()


@pytest.mark.parametrize(
    "place", ["paper/{order}/pdf?paper=labels", "paper/{order}/csv?paper=../x", "paper/{receipt}/csv", "label/999/pdf"]
)
def test_what_there_is_not_is_told(posted: World, place: str) -> None:
    ids = {"order": document(posted, "purchase_order"), "receipt": document(posted, "receipt")}
    answer = signed_in(posted, "otto").get(f"/p/otto/{place.format(**ids)}")
    assert answer.status_code == 404 and "nothing to print" in answer.text


def test_nobody_gets_a_paper_without_signing_in(posted: World) -> None:
    order = document(posted, "purchase_order")
    assert signed_in(posted, "lin").get(f"/p/otto/paper/{order}/pdf").status_code == 401
    assert signed_in(posted, "otto").get("/p/otto/paper/999999/pdf").status_code == 404


def test_what_is_typed_is_answered_with_a_link_to_the_file(posted: World) -> None:
    client = signed_in(posted, "maria")
    page = client.post("/p/maria/ask", data={"words": "print L261118-0001", "act": "act-print-0001"}).text
    (address,) = re.findall(r'href="([^"]+)" download', page)
    answer = client.get(address.replace("&amp;", "&"))
    assert answer.headers["content-disposition"] == 'attachment; filename="labels-l261118-0001.pdf"'
