"""The Mini App in a browser: as a phone's window, and in a frame of Telegram on the web."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from inventory_core.db.engine import writing
from tests import serving
from tests.bot.web.pages import app_of
from tests.bot.web.test_miniapp import linked
from tests.telegram_server import Person, TelegramServer
from tests.tools import eventually
from tests.workflows.desk import Play
from tests.workflows.test_signatures import SIGNED
from tests.world import World

SCREENS = Path("build/screens")
PHONE = {"width": 390, "height": 844}
LINES = (("BK-100", 50, "12"), ("CH-204", 200, "18.50"), ("PEDAL", 20, "7"))

# What a phone's app puts into its window: it takes our events, and calls us by a name of its own.
PHONE_APP = """
window.said = [];
window.TelegramWebviewProxy = { postEvent: (name, data) => window.said.push([name, JSON.parse(data)]) };
"""


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as running:
        yield running


@pytest.fixture
def address(shop: World, telegram: TelegramServer) -> Iterator[str]:
    def made(address: str):
        shop.desk = replace(shop.desk, base_url=address)
        return app_of(shop, telegram_token=telegram.token)

    with serving.served(made) as address:
        yield address


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport=PHONE, reduced_motion="reduce", has_touch=True)
    page.add_init_script(PHONE_APP)
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda asked: faults.append(asked.url) if "127.0.0.1" not in asked.url else None)
    yield page
    assert faults == []


def said(page: Page) -> dict[str, object]:
    return dict(page.evaluate("window.said"))


def speaking(shop: World, person: Person, language: str) -> Person:
    with writing(shop.engine) as db:
        db.execute(text("UPDATE employees SET language = :language"), {"language": language})
    return person


def task_of(shop: World) -> int:
    return int(shop.inbox("lin")[0].subject.removeprefix("task:"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_form_is_filled_in_within_telegram_and_the_chat_is_a_tap_away(
    shop: World, telegram: TelegramServer, address: str, phone: Page, language: str
) -> None:
    shop.given_receipt(*LINES)
    lin = speaking(shop, linked(shop, telegram.person("lin"), "lin"), language)
    phone.goto(lin.launch(f"{address}/telegram?task={task_of(shop)}&form=differs", at=shop.now.timestamp()))
    phone.wait_for_url(f"{address}/p/lin/task/*")
    received = {"en": "Received", "zh": "实收"}[language]
    expect(phone.get_by_label(received, exact=True)).to_have_count(3)
    phone.screenshot(path=SCREENS / f"app-form-{language}.png")
    assert "form=" not in phone.url
    told = said(phone)
    assert {"web_app_ready", "web_app_expand"} <= set(told)
    assert told["web_app_set_header_color"] == {"color": "#FBFAF7"}
    phone.get_by_label(received, exact=True).first.fill("48")
    phone.locator("#sheet-form .send").click()
    expect(phone.locator("#said .good")).to_be_visible()
    phone.wait_for_function("window.said.some(([name]) => name === 'web_app_setup_main_button')")
    back = said(phone)["web_app_setup_main_button"]
    assert back["is_visible"] and back["text"] == {"en": "Back to the chat", "zh": "返回聊天"}[language]
    phone.screenshot(path=SCREENS / f"app-settled-{language}.png")
    assert not shop.inbox("lin")
    phone.evaluate("window.Telegram.WebView.receiveEvent('main_button_pressed')")
    assert "web_app_close" in said(phone)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_who_is_not_linked_reads_one_sentence_and_can_close_the_window(
    shop: World, telegram: TelegramServer, address: str, phone: Page, language: str
) -> None:
    eve = telegram.person("eve", language=language)
    phone.goto(eve.launch(f"{address}/telegram", at=shop.now.timestamp()))
    expect(phone.locator("#told")).to_contain_text({"en": "not linked", "zh": "尚未绑定"}[language])
    phone.screenshot(path=SCREENS / f"app-unlinked-{language}.png")
    phone.locator("#close").click()
    assert "web_app_close" in said(phone)


def test_the_page_in_a_browser_outside_telegram_says_where_it_belongs(address: str, phone: Page) -> None:
    phone.goto(f"{address}/telegram")
    expect(phone.locator("#told")).to_contain_text("open it again from the chat")


def test_the_desktops_way_of_taking_events_is_served_too(
    shop: World, telegram: TelegramServer, address: str, browser: Browser
) -> None:
    lin = linked(shop, telegram.person("lin"), "lin")
    page = browser.new_page()
    page.add_init_script("window.said = []; window.external.notify = (words) => window.said.push(words);")
    page.goto(lin.launch(f"{address}/telegram", at=shop.now.timestamp()))
    expect(page.locator(".person strong")).to_have_text("Lin Wei")
    ready = {"eventType": "web_app_ready", "eventData": {}}  # said by a script that runs once the page is read
    assert eventually(lambda: ready in [json.loads(each) for each in page.evaluate("window.said")])


def signs(page: Page) -> None:
    """Draw three strokes with the mouse, as a finger would."""
    box = page.locator(".signature canvas").bounding_box()
    assert box is not None
    for stroke in ([(0.1, 0.7), (0.25, 0.2), (0.35, 0.75)], [(0.45, 0.6), (0.5, 0.35), (0.6, 0.65)], [(0.7, 0.3)] * 2):
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=6)
        page.mouse.up()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_signature_is_drawn_in_telegram_and_lies_under_the_card(
    shop: World, telegram: TelegramServer, address: str, phone: Page, language: str
) -> None:
    Play.of(shop, SIGNED)
    lin = speaking(shop, linked(shop, telegram.person("lin"), "lin"), language)
    phone.goto(lin.launch(f"{address}/telegram?task={task_of(shop)}&form=send", at=shop.now.timestamp()))
    phone.locator("#sheet-form .send").click()
    expect(phone.locator(".signature .error")).to_be_visible()  # neither drawn nor typed
    signs(phone)
    phone.locator("[data-wipe]").click()
    assert phone.evaluate("document.querySelector('.signature input[type=file]').files.length") == 0
    signs(phone)
    phone.screenshot(path=SCREENS / f"app-sign-{language}.png")
    phone.wait_for_function("document.querySelector('.signature input[type=file]').files.length === 1")
    phone.locator("#sheet-form .send").click()
    expect(phone.locator("#said .good")).to_be_visible()
    (path,) = shop.desk.files.iterdir()
    with Image.open(path) as kept:
        assert (path.suffix, kept.mode) == (".png", "L")
        assert kept.width == 2 * round(phone.evaluate("document.querySelector('.top').clientWidth - 34"))
        assert kept.getextrema() == (0, 255)
    phone.locator("#settled-cards summary").first.click()
    shown = phone.locator(".shots img.drawn")
    expect(shown).to_be_visible()
    assert shown.evaluate("async (image) => (await image.decode(), image.naturalWidth)") > 0
    phone.screenshot(path=SCREENS / f"app-signed-{language}.png")
    shown.click()  # over the page: a window of its own would be outside Telegram
    expect(phone.locator(".whole-picture img")).to_be_visible()
    assert phone.url.startswith(f"{address}/p/lin/task/") and len(phone.context.pages) == 1
    phone.locator(".whole-picture").click()
    expect(phone.locator(".whole-picture")).to_have_count(0)


def test_what_was_drawn_stays_while_another_answer_is_put_right(
    shop: World, telegram: TelegramServer, address: str, phone: Page
) -> None:
    Play.of(shop, SIGNED.replace("{kind: text, required: false}", "{kind: text}"))
    lin = linked(shop, telegram.person("lin"), "lin")
    phone.goto(lin.launch(f"{address}/telegram?task={task_of(shop)}&form=send", at=shop.now.timestamp()))
    signs(phone)
    phone.wait_for_function("document.querySelector('.signature input[type=file]').files.length === 1")
    phone.locator("#sheet-form .send").click()
    expect(phone.get_by_text("Please fill this in.")).to_be_visible()
    expect(phone.locator("[data-wipe]")).to_be_visible()
    phone.get_by_label("note").fill("two boxes")
    phone.locator("#sheet-form .send").click()
    expect(phone.locator("#said .good")).to_be_visible()
    assert [each.suffix for each in shop.desk.files.iterdir()] == [".png"]
