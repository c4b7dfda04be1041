"""The photos of a paper on the page: under its card, behind its own address, and for whoever may see the paper."""

import re

from sqlalchemy import text

from bot import pictured
from bot.pictured import Sent
from inventory_core.db.engine import reading, writing
from tests.bot.pictures import photo
from tests.bot.web.pages import signed_in
from tests.world import World
from workflows import people
from workflows.intents import Photo, Sender


def added(world: World, name: str, content: bytes) -> int:
    """Let Lin add a file to a receipt that waits for her, and return its number."""
    if not world.inbox("lin"):
        world.given_receipt(("CHAIN", 20, "1"))
    pictured.answer(
        world.desk,
        Sender("web", "", "lin"),
        world.address("lin"),
        Sent("", (Photo(name, content),)),
        dedupe=name,
        about=world.inbox("lin")[0].subject,
    )
    with reading(world.engine) as db:
        return int(db.execute(text("SELECT MAX(id) FROM attachments")).scalar_one())


def test_a_photo_lies_under_the_card_with_who_added_it(shop: World) -> None:
    number = added(shop, "<wet>.jpg", photo())
    page = signed_in(shop, "lin").get("/p/lin/").text
    assert re.search(rf'<img src="/p/lin/attached/{number}" alt="Lin Wei · 09:00"', page)
    assert "added 1 photo" in page
    kept = signed_in(shop, "lin").get(f"/p/lin/attached/{number}")
    assert kept.headers["content-type"] == "image/jpeg" and kept.content.startswith(b"\xff\xd8")
    assert kept.headers["x-content-type-options"] == "nosniff"


def test_a_pdf_is_had_as_a_file(shop: World) -> None:
    number = added(shop, "Delivery <note>.pdf", b"%PDF-1.7 x")
    page = signed_in(shop, "lin").get("/p/lin/").text
    assert f'href="/p/lin/attached/{number}" download' in page and "Delivery &lt;note&gt;.pdf" in page
    kept = signed_in(shop, "lin").get(f"/p/lin/attached/{number}")
    assert kept.headers["content-type"] == "application/pdf"
    assert kept.headers["content-disposition"] == 'attachment; filename="file.pdf"'


def test_who_has_no_part_gets_neither_the_photo_nor_its_place(shop: World) -> None:
    number = added(shop, "wet.jpg", photo())
    with writing(shop.engine) as db:
        people.create(db, "eve", "Eve Blake", language="en", roles=["driver"])
    assert signed_in(shop, "eve").get(f"/p/eve/attached/{number}").status_code == 403
    assert signed_in(shop, "eve").get(f"/p/lin/attached/{number}").status_code in (401, 403)
    assert signed_in(shop, "lin").get("/p/lin/attached/999").status_code == 404


def test_a_photo_whose_file_is_gone_is_not_found(shop: World) -> None:
    number = added(shop, "wet.jpg", photo())
    for each in shop.desk.files.glob("*.jpg"):
        each.unlink()
    assert signed_in(shop, "lin").get(f"/p/lin/attached/{number}").status_code == 404
