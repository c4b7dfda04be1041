"""The whole story in a browser: five people side by side, and an order that travels from hand to hand."""

from pathlib import Path

from playwright.sync_api import Browser, FrameLocator, Page, expect
from sqlalchemy import text

from bot.web.send import WebChannel
from inventory_core.db.engine import writing
from tests.bot.web.pages import demo_secret, served
from tests.world import World

SCREENS = Path("build/screens")
NAMES = {"BK-100": "Mountain bike frame, silver", "CH-204": "Chain, 114 links"}
PEOPLE = {"lin": "Lin Wei", "maria": "Maria Santos", "otto": "Otto Berg", "zhao": "Zhao Min", "chen": "Chen Jing"}


def test_an_order_over_50000_travels_past_everybody_and_into_stock(shop: World, browser: Browser) -> None:
    shop.channels["web"] = WebChannel()
    shop.given_receipt(("BK-100", 50, "1200"), ("CH-204", 200, "18.50"))
    with writing(shop.engine) as db:
        for code, name in NAMES.items():
            db.execute(text("UPDATE items SET name = :name WHERE code = :code"), {"name": name, "code": code})
    with served(shop) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        faults: list[str] = []
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{address}/demo/{demo_secret(shop)}")
        seats = {code: page.frame_locator(f"iframe[title='{name}']") for code, name in PEOPLE.items()}
        _play(shop, page, seats)
        _see_it_on_a_phone(page, seats["chen"])
    assert faults == []


def _play(shop: World, page: Page, seats: dict[str, FrameLocator]) -> None:
    lin, maria, otto, zhao, chen = seats.values()
    lin.get_by_role("button", name="Something differs").click()
    lin.get_by_label("Received", exact=True).first.fill("48")
    lin.get_by_label("Of these damaged", exact=True).first.fill("3")
    _shoot(page, "1280-form")
    lin.get_by_role("button", name="Send").last.click()
    expect(lin.get_by_text("Done: Something differs.")).to_be_visible()

    maria.get_by_role("button", name="Reject some").click()
    maria.get_by_role("radio", name="Surface fault").first.check(force=True)
    maria.get_by_role("button", name="Send").last.click()

    otto.get_by_role("button", name="Confirm quantity").click()
    assert shop.on_hand("BK-100").available == 0
    expect(zhao.get_by_text("57,700.00 USD")).to_be_visible()
    _shoot(page, "1280-approval")
    zhao.get_by_role("button", name="Approve price").click()
    expect(chen.get_by_role("button", name="Expect the rest in a week")).to_be_visible()
    assert (shop.on_hand("BK-100").available, shop.on_hand("BK-100").blocked) == (45, 3)
    chen.get_by_role("button", name="Expect the rest in a week").click()
    expect(chen.get_by_text("Done: Expect the rest in a week.")).to_be_visible()

    relay = shop.relay()
    while relay.turn():
        pass
    for seat in seats.values():
        expect(seat.get_by_text("Posted to stock").first).to_be_visible()
    lin.get_by_role("textbox", name="Item, lot or command").fill("bk-100")
    lin.get_by_role("textbox", name="Item, lot or command").press("Enter")
    expect(lin.get_by_text("45 pc available")).to_be_visible()
    _shoot(page, "1280-done")


def _see_it_on_a_phone(page: Page, chen: FrameLocator) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("link", name="Chen").click()
    expect(page.get_by_role("link", name="Chen")).to_have_attribute("aria-current", "true")
    expect(chen.get_by_role("heading", name="Notices")).to_be_in_viewport()
    _shoot(page, "390-done")


def _shoot(page: Page, name: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(300)
    page.screenshot(path=SCREENS / f"{name}.png")
