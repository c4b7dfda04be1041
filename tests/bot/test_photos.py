"""Photos that came with an answer: whoever decides after it sees them, in every chat and on the paper's page."""

import io

import pytest
from PIL import Image
from sqlalchemy import text

from inventory_core.db.engine import reading, writing
from tests.bot.test_looking import tap
from tests.bot.web.pages import signed_in
from tests.world import World
from workflows import people
from workflows.cards import Card
from workflows.intents import Photo

ANSWERS = {"received.1": "550", "damaged.1": "3"}


def photo(colour: str, *, size: tuple[int, int] = (400, 300)) -> Photo:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, "PNG")
    return Photo(f"{colour}.png", made.getvalue())


@pytest.fixture
def damaged(shop: World) -> World:
    """A receipt of which Lin photographed the damage twice, once sent double."""
    shop.given_receipt(("CHAIN", 550, "1"), number="T1")
    taken = (photo("red"), photo("blue", size=(300, 400)), photo("red"))
    shop.tap("lin", "Something differs", ANSWERS, photos={"photo": taken})
    return shop


def see(card: Card) -> str:
    (token,) = (each.token for each in card.buttons if each.token.startswith("photos:"))
    return token


def test_who_decides_next_sees_the_photos_by_a_button(damaged: World) -> None:
    card = damaged.inbox("maria")[0]
    assert [each.label for each in card.buttons][-1] == "See 2 photos"
    told = tap(damaged, "maria", see(card))
    assert told.words == "2 photos or files by Lin Wei"
    assert told.picture is not None and told.picture.alt == told.words
    with Image.open(io.BytesIO(told.picture.png)) as sheet:
        assert sheet.width == 1080
        left, right = sheet.getpixel((270, 200)), sheet.getpixel((815, 200))
    assert left[0] > 200 > left[2] and right[2] > 200 > right[0]


def test_a_card_without_photos_has_no_such_button(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "1"))
    assert all("photo" not in each.label for each in shop.inbox("lin")[0].buttons)
    assert tap(shop, "lin", "photos:1").words == "There are no photos that you may see."


def test_the_papers_page_shows_them_and_each_opens(damaged: World) -> None:
    with reading(damaged.engine) as db:
        paper = db.execute(text("SELECT id FROM documents WHERE kind = 'receipt'")).scalar_one()
        first = db.execute(text("SELECT MIN(id) FROM attachments")).scalar_one()
    browser = signed_in(damaged, "maria")
    page = browser.get(f"/p/maria/trace/paper.{paper}").text
    assert page.count('class="by"') == 2 and "Lin Wei · " in page
    answer = browser.get(f"/p/maria/attached/{first}")
    assert answer.headers["content-type"] == "image/jpeg" and answer.content[:2] == b"\xff\xd8"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("number", ["0", "999999", "-1", "9" * 30])
def test_a_file_that_is_not_there_is_a_friendly_page(damaged: World, number: str) -> None:
    answer = signed_in(damaged, "maria").get(f"/p/maria/attached/{number}", headers={"accept": "text/html"})
    assert answer.status_code in (404, 422)
    assert "Traceback" not in answer.text


def test_nobody_sees_the_photos_of_somebody_elses_request(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "1"), number="T1")
    shop.tap("lin", "Something differs", ANSWERS, photos={"photo": (photo("red"),)})
    with writing(shop.engine) as db:
        people.create(db, "wu", "Wu Fang", language="en", roles=["salesperson"])
        db.execute(text("UPDATE flow_instances SET requester_id = :lin"), {"lin": shop.person("lin").id})
        paper = db.execute(text("SELECT id FROM documents WHERE kind = 'receipt'")).scalar_one()
        first = db.execute(text("SELECT MIN(id) FROM attachments")).scalar_one()
    assert tap(shop, "wu", f"photos:{paper}").picture is None
    assert signed_in(shop, "wu").get(f"/p/wu/attached/{first}").status_code == 403
    assert "/attached/" not in signed_in(shop, "wu").get(f"/p/wu/trace/paper.{paper}").text
    assert tap(shop, "lin", f"photos:{paper}").picture is not None
