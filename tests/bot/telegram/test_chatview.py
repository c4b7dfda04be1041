"""The chat as a picture: all that a person sees on a phone, in both languages.

``STOREKEEPER_PICTURES=folder`` keeps the pictures, to be looked at.
"""

import os
from pathlib import Path

import pytest
from sqlalchemy import text

from inventory_core.db.engine import writing
from tests.bot.slack.blockview import picture
from tests.bot.telegram import chatview
from tests.bot.telegram.running import linked, told
from tests.inventory_core.stock import Stock
from tests.telegram_server import Person, TelegramServer
from tests.world import World

_NAMES = ("Brake pad", "内六角螺栓 M8×30 (304)", "Chain, stainless, 116 links", "Hub, rear, 32 holes")


def draw(person: Person, name: str, folder: Path) -> str:
    """Return a chat's page, and keep it as a picture."""
    page = chatview.page(person.chat)
    into = Path(os.environ.get("STOREKEEPER_PICTURES", folder))
    into.mkdir(parents=True, exist_ok=True)
    picture(page, into / f"telegram-{name}.png", width=chatview.WIDTH)
    return page


@pytest.fixture(params=["en", "zh"])
def lin(request: pytest.FixtureRequest, shop: World, telegram: TelegramServer, face: str) -> Person:
    """Lin, who reads this language; an order of many lines is expected, and goods lie in a bin."""
    with writing(shop.engine) as db:
        db.execute(text("UPDATE employees SET language = :language"), {"language": request.param})
    stock = Stock(shop)
    for number in range(14):
        stock.post((stock.lot(f"BK-{100 + number}", number=f"L26-{number:03}"), 5 + number, "SUPPLIER", "A-1"))
    with writing(shop.engine) as db:
        for number in range(14):
            named = {"name": _NAMES[number % 4], "code": f"BK-{100 + number}"}
            db.execute(text("UPDATE items SET name = :name WHERE code = :code"), named)
    shop.given_receipt(*((f"BK-{100 + number}", 40 + number, "9.5") for number in range(14)))
    shop.given_receipt(("BK-101", 550, "1"), number="4013")
    return linked(shop, telegram, "lin", language=request.param)


def says(person: Person, en: str, zh: str) -> str:
    return zh if person.user["language_code"] == "zh" else en


@pytest.mark.slow
def test_the_chat_as_a_picture(shop: World, telegram: TelegramServer, lin: Person, tmp_path: Path) -> None:
    language = lin.user["language_code"]
    told(shop)
    card = lin.sees("4012")
    page = draw(lin, f"cards-{language}", tmp_path)
    assert says(lin, "Details", "明细") in page and 'class="success"' in page
    lin.taps(card, says(lin, "Details", "明细"))
    telegram.wait_for(lambda: "1/2" in card.labels)
    draw(lin, f"paged-{language}", tmp_path)
    short = lin.sees("4013")
    lin.taps(short, says(lin, "Something differs…", "有差异…"))
    lin.sees("1/3" if language == "zh" else "1 of 3")
    lin.chat.messages[:] = lin.chat.messages[-2:]
    assert lin.keys[0] in draw(lin, f"question-{language}", tmp_path)
    for answer in ("547", "3"):
        last = lin.chat.last
        lin.says(answer)
        lin.sees("", after=last)
    last = lin.chat.last
    lin.presses(says(lin, "Skip", "跳过"))
    lin.sees(says(lin, "Please check", "请核对"), after=last)
    lin.chat.messages[:] = lin.chat.messages[-3:]
    draw(lin, f"summary-{language}", tmp_path)
    lin.presses(says(lin, "Cancel", "取消"))
    last = lin.chat.last
    lin.command("/inbox")
    telegram.wait_for(lambda: len([each for each in lin.chat.shown if each.id > last.id]) >= 4)
    lin.chat.messages[:] = lin.chat.messages[-4:]
    draw(lin, f"inbox-{language}", tmp_path)
    lin.chat.messages.clear()
    lin.says("A-1")
    lin.sees("A-1")
    shop.pass_time(days=3)
    lin.command("/stock BK-101")
    lin.sees("BK-101", within_s=20)
    telegram.wait_for(lambda: lin.chat.last.text.startswith("BK-101"), within_s=20)
    draw(lin, f"stock-{language}", tmp_path)
