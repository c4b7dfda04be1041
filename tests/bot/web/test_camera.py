"""The camera as a scanner: the decoder that ships with us reads what lies before it, into a field or to look it up."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import text
from zxingcpp import BarcodeFormat

from inventory_core import labels
from inventory_core.db.engine import writing
from tests.bot.pictures import code
from tests.bot.test_pictured import given_barcode
from tests.bot.web.camera import film, label
from tests.bot.web.pages import served, signin_secret
from tests.chromium import launched
from tests.world import World

SCREENS = Path("build/screens")
PHONE = {"width": 390, "height": 844}
CHAIN = labels.payload(labels.Label("CHAIN", "", "5"))
MOVE = {"en": "Move", "zh": "移库"}

Looking = Callable[..., Page]


@pytest.fixture
def looking(shop: World, tmp_path: Path) -> Iterator[Looking]:
    """Give a phone's page with something before its camera, in whose browser no page can read codes by itself."""
    shop.given_item("CHAIN")
    shop.given_item("FRAME")
    faults: list[str] = []
    with ExitStack() as open_:
        address = open_.enter_context(served(shop))
        playwright = open_.enter_context(sync_playwright())

        def opened(shown: Image.Image | None, *, may: bool = True, language: str = "en") -> Page:
            played = film(shown, tmp_path / "camera.y4m")
            fake = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={played}")
            browser = launched(playwright, *fake)
            open_.callback(browser.close)
            granted = ["camera"] if may else []
            page = browser.new_page(viewport=PHONE, reduced_motion="reduce", permissions=granted, has_touch=True)
            page.on("console", lambda said: faults.append(said.text) if "Security Policy" in said.text else None)
            page.on("pageerror", lambda error: faults.append(str(error)))
            with writing(shop.engine) as db:
                db.execute(text("UPDATE employees SET language = :language"), {"language": language})
            page.goto(f"{address}/signin/{signin_secret(shop, 'lin')}")
            page.wait_for_url(f"{address}/p/lin/")
            assert page.evaluate("'BarcodeDetector' in window") is False
            return page

        yield opened
    assert faults == []


def moving(page: Page, *, title: str = "Move") -> Page:
    """Open the form of a move between bins."""
    page.locator(".starts summary").click()
    page.locator(".starts").get_by_role("button", name=title, exact=True).click()
    expect(page.locator("#sheet-form")).to_be_visible()
    return page


def test_a_label_before_the_camera_fills_the_field(looking: Looking) -> None:
    page = moving(looking(label(CHAIN)))
    page.get_by_role("button", name="Lot or item: scan the code").click()
    expect(page.locator("#camera.sees")).to_be_visible()
    expect(page.get_by_label("Lot or item", exact=True)).to_have_value("CHAIN", timeout=15_000)
    expect(page.locator("#camera")).to_be_hidden()
    expect(page.get_by_label("Lot or item", exact=True)).to_be_focused()
    assert page.evaluate("document.querySelector('#camera video').srcObject") is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_code_that_means_nothing_here_is_told_and_the_camera_looks_on(looking: Looking, language: str) -> None:
    other = label("https://t.me/store_bot?start=other")
    page = moving(looking(other, language=language), title=MOVE[language])
    page.screenshot(path=SCREENS / f"camera-form-{language}.png")
    page.locator("[data-scan=from_bin]").click()
    said = {"en": "There is no bin “https://t.me", "zh": "没有库位"}[language]
    expect(page.locator("#camera-told")).to_contain_text(said, timeout=15_000)
    expect(page.locator("#camera")).to_be_visible()
    page.screenshot(path=SCREENS / f"camera-{language}.png")
    page.locator("[data-close=camera]").click()
    expect(page.locator("#camera")).to_be_hidden()
    expect(page.locator("#sheet")).to_be_visible()


def test_a_bin_is_chosen_by_its_code(shop: World, looking: Looking) -> None:
    page = moving(looking(label(labels.bin_payload("A-1"))))
    page.locator("[data-scan=to_bin]").click()
    expect(page.locator("input[name=to_bin][value='A-1'], select[name=to_bin]").first).to_be_visible(timeout=15_000)
    expect(page.locator("#camera")).to_be_hidden(timeout=15_000)
    assert page.evaluate("new FormData(document.querySelector('#sheet-form')).get('to_bin')") == "A-1"


@pytest.mark.parametrize(
    ("printed", "kind", "shown"),
    [
        ("4006381333931", BarcodeFormat.EAN13, "4006381333931"),
        ("MX-7001-B", BarcodeFormat.Code128, "MX-7001-B"),
        ("614141007349", BarcodeFormat.UPCA, "614141007349"),
    ],
)
def test_what_a_maker_printed_is_looked_up_from_the_inbox(
    shop: World, looking: Looking, printed: str, kind: BarcodeFormat, shown: str
) -> None:
    given_barcode(shop, "FRAME", printed)
    page = looking(code(shown, kind, scale=4))
    page.get_by_role("button", name="Scan a code").click()
    expect(page.locator("#answers .card").first).to_contain_text("FRAME", timeout=15_000)


def test_a_label_is_looked_up_from_the_inbox(looking: Looking) -> None:
    page = looking(label(CHAIN))
    page.get_by_role("button", name="Scan a code").click()
    expect(page.locator("#answers .card").first).to_contain_text("CHAIN", timeout=15_000)
    expect(page.locator("#answers .asked")).to_have_text("CHAIN")
    page.screenshot(path=SCREENS / "camera-answer.png")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_refused_camera_is_told_in_a_sentence_and_the_code_can_be_typed(looking: Looking, language: str) -> None:
    page = moving(looking(None, may=False, language=language), title=MOVE[language])
    page.locator("[data-scan=goods]").click()
    said = {"en": "The camera was not allowed.", "zh": "未允许使用摄像头"}[language]
    expect(page.locator("#camera-told")).to_contain_text(said)
    page.screenshot(path=SCREENS / f"camera-refused-{language}.png")
    page.locator("[data-close=camera]").click()
    expect(page.locator("input[name=goods]")).to_be_focused()


def test_without_a_camera_it_is_told_in_a_sentence(looking: Looking) -> None:
    page = moving(looking(None))
    none = "() => Promise.reject(new DOMException('', 'NotFoundError'))"
    page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = {none}; }}")
    page.locator("[data-scan=goods]").click()
    expect(page.locator("#camera-told")).to_contain_text("No camera can be used here.")


def test_the_decoder_is_fetched_when_it_is_needed_and_from_ourselves(looking: Looking) -> None:
    page = looking(label(CHAIN))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(200)
    assert not [each for each in asked if "zxing" in each]
    page.get_by_role("button", name="Scan a code").click()
    expect(page.locator("#answers .card").first).to_be_visible(timeout=15_000)
    found = [each for each in asked if "zxing" in each]
    assert len(found) == 1
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/static/zxing\.min\.js\?v=\w+", found[0])
