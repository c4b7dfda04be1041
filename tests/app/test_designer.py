"""From an empty page to a running flow: built by clicks and drags alone, then played in Slack, in Telegram and on the
web, each by another person.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import text

from app.doctor import examine
from inventory_core.db.engine import open_engine, reading
from tests.app.product import Product
from tests.app.test_chat import code_for, product, slack, telegram
from tests.bot.slack.peer import Slack
from tests.bot.slack.running import Person
from tests.chromium import chromium
from tests.telegram_server import TelegramServer
from tests.tools import eventually

__all__ = ["product", "slack", "telegram"]

SCREENS = Path("build/screens")
FIELDS = ("partner", "item", "decimal", "money", "date", "choice", "text", "photo")
NAMES = {"partner": "Supplier", "decimal": "Quantity", "money": "Price", "text": "Note"}


class Hand:
    """One person at the designer, whose clicks, drags and typed texts are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = {"clicks": 0, "drags": 0, "texts": 0}

    def click(self, selector: str) -> None:
        self.count["clicks"] += 1
        self.page.locator(selector).first.click()

    def tick(self, words: str, *, within: str = ".panel") -> None:
        self.count["clicks"] += 1
        self.page.locator(within).get_by_label(words, exact=True).first.check()

    def choose(self, selector: str, label: str) -> None:
        self.count["clicks"] += 1
        self.page.locator(selector).first.select_option(label=label)

    def type(self, selector: str, words: str) -> None:
        self.count["texts"] += 1
        box = self.page.locator(selector).first
        box.fill(words)
        box.blur()

    def name(self, key: str, words: str, *, step: str = "") -> None:
        """Give a title or label its English and Chinese text."""
        self.type(f'[data-text="{key}.en"]', words)
        self.page.wait_for_timeout(50)
        home, _, rest = key.partition(".")
        renamed = (
            f"{home}.{re.sub(r'[^a-z]+', '_', words.lower())}{'.' + rest.partition('.')[2] if '.' in rest else ''}"
        )
        other = f'[data-text="{renamed}.zh"]'
        self.type(other if self.page.locator(other).count() else f'[data-text="{key}.zh"]', words)

    def drag(self, source: Locator, target: Locator) -> None:
        self.count["drags"] += 1
        source.scroll_into_view_if_needed()
        start = source.bounding_box()
        assert start is not None
        self.page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
        self.page.mouse.down()
        self.page.mouse.move(start["x"] + start["width"] / 2 + 12, start["y"] + start["height"] / 2 + 8)
        end = target.bounding_box()
        assert end is not None
        self.page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] - 6, steps=4)
        self.page.mouse.up()
        self.page.wait_for_timeout(60)


@contextmanager
def signed_in(product: Product, browser: Browser, employee: str, **options) -> Iterator[Page]:
    page = browser.new_page(**options)
    found = re.search(r"http://\S+/signin/\S+", product.answer_of("signin", employee))
    assert found is not None
    page.goto(found[0])
    yield page
    page.close()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


def build(hand: Hand) -> None:
    """Build the 50,000 receipt from an empty page."""
    page = hand.page
    hand.type("#new-name", "Goods in")
    hand.click("#new-flow button")
    expect(page.locator("#verdict")).to_contain_text("to change")
    hand.click("#add-asks")
    hand.name("steps.step_1.title", "Fill in")
    hand.click("#tab-form")
    for at, kind in enumerate(FIELDS):
        list_ = page.locator("#fields")
        target = list_.locator("> li").last
        hand.drag(page.locator(f'[data-kind="{kind}"]'), target)
        expect(list_.locator("> [data-name]")).to_have_count(at + 1)
        if kind in NAMES:
            hand.name(f"fields.{kind}.label", NAMES[kind])
    last = page.locator("#fields > [data-name]").last
    hand.drag(last.locator(".grip"), page.locator("#fields > [data-name]").nth(6))  # the photo before the note
    page.screenshot(path=SCREENS / "designer-form.png")

    hand.click("#tab-flow")
    hand.click('#steps [data-name="fill_in"] button')
    hand.click("#add-asks")
    hand.name("steps.step_2.title", "Confirm quantity")
    hand.choose('[data-seat="0"]', "warehouse supervisor")
    hand.tick("Fill in")
    hand.click("#add-asks")
    hand.name("steps.step_3.title", "Approve price")
    hand.choose('[data-seat="0"]', "finance director")
    hand.tick("Confirm quantity")
    hand.click("#add-does")
    hand.choose(".panel [data-action]", "take goods in")
    hand.click("#add-end")
    hand.name("ends.end_2", "Rejected")

    hand.click("#settings")
    hand.tick("storekeeper")
    hand.click(".panel button:has-text('Add a figure')")

    for step in ("confirm_quantity", "approve_price"):
        hand.click(f'[data-step="{step}"] .head')
        hand.tick("Value")
        hand.click(".panel button:has-text('Add an answer')")
        port = page.locator(f'[data-step="{step}"] .port[data-outcome="answer_2"]')
        hand.drag(port, page.locator(".node.end.bad"))
    hand.click('[data-step="confirm_quantity"] .head')
    hand.click('[data-answer="ok"] button:has-text("Add a condition")')
    hand.choose('[data-names="confirm_quantity.ok.0"]', "Value")
    hand.type('[data-value="confirm_quantity.ok.0"]', "50000")
    does = page.locator(".node.does")
    hand.drag(page.locator('[data-step="confirm_quantity"] .port[data-outcome="ok"]'), does)
    expect(page.locator("#verdict")).to_have_text("Nothing is wrong")
    expect(page.locator("#faces .slack .key").first).to_be_visible()
    page.screenshot(path=SCREENS / "designer-flow.png")


def try_it(hand: Hand) -> None:
    """See which way an order above and one at the limit go, before anybody is asked."""
    page = hand.page
    page.locator("#tab-try").click()
    page.locator("#try-quantity").fill("10")
    page.locator("#try-price").fill("5000.01")
    expect(page.locator("#trial")).to_contain_text("Approve price")
    page.screenshot(path=SCREENS / "designer-try.png")
    page.locator("#try-price").fill("5000")
    expect(page.locator("#trial")).not_to_contain_text("Approve price")
    expect(page.locator("#trial")).to_contain_text("take goods in")


def test_a_flow_is_built_by_hand_published_and_played_on_three_faces(
    product: Product, slack: Slack, telegram: TelegramServer, browser: Browser
) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    faults: list[str] = []
    with signed_in(product, browser, "chen", viewport={"width": 1280, "height": 860}) as page:
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        hand = Hand(page)
        hand.click(".starts summary")
        hand.click(".starts a:has-text('Flows and forms')")
        build(hand)
        try_it(hand)
        page.locator("#tab-flow").click()
        hand.click("#publish")
        expect(page.locator("#gate")).to_contain_text("There are no finished cases yet.")
        hand.click("#publish-now")
        expect(page.locator("#said")).to_contain_text("Published as version 1")
        page.locator("#tab-yaml").click()
        yaml = page.locator("#yaml").input_value()
    assert "value" not in faults and faults == []
    assert "when: " in yaml and "> 50000" in yaml
    print("\ninteractions:", hand.count)
    assert sum(hand.count.values()) < 80

    address = f"http://127.0.0.1:{product.port}/slack/events"
    otto = Person(slack, address, "otto")
    assert "Hello" in otto.commands("/link", code_for(product, "otto")).text
    zhao = telegram.person("zhao")
    zhao.starts(code_for(product, "zhao"))
    zhao.sees("Zhao Min")

    item = "BK-M68B-38"
    engine = open_engine(f"sqlite:///{product.data / 'storekeeper.db'}")
    with reading(engine) as db:
        item = db.execute(text("SELECT code FROM items ORDER BY id LIMIT 1")).scalar_one()
        partner = db.execute(text("SELECT code FROM partners WHERE kind = 'supplier' ORDER BY id LIMIT 1")).scalar_one()
    before = _stock(engine, item)
    with signed_in(product, browser, "lin", viewport={"width": 390, "height": 800}) as page:
        page.locator(".starts summary").click()
        page.get_by_role("button", name="Goods in").click()
        sheet = page.locator("#sheet-form")
        sheet.locator('[name="supplier"]').first.wait_for()
        _fill(sheet, "supplier", partner)
        _fill(sheet, "item", item)
        _fill(sheet, "quantity", "12")
        _fill(sheet, "price", "5000")
        _fill(sheet, "date", "2026-11-25")
        sheet.locator("[name=choice]").first.check()
        _fill(sheet, "note", "two pallets")
        page.screenshot(path=SCREENS / "designer-start.png")
        sheet.locator(".send").click()
        expect(page.locator("#said")).to_contain_text("Done")

    card = otto.card("Goods in")
    assert otto.taps(card, "OK").status_code == 200
    asked = zhao.sees("Goods in")
    assert "60,000.00" in asked.text
    zhao.taps(asked, "OK")
    assert eventually(lambda: _stock(engine, item) == before + 12)
    assert eventually(lambda: "Done" in asked.text)
    assert examine(engine) == []


def _fill(sheet: Locator, name: str, words: str) -> None:
    field = sheet.locator(f'[name="{name}"]').first
    if field.evaluate("each => each.tagName") == "SELECT":
        field.select_option(words)
    else:
        field.fill(words)


def _stock(engine, item: str) -> int:
    with reading(engine) as db:
        return int(
            db.execute(
                text("""
                    SELECT COALESCE(SUM(b.quantity), 0) FROM balances b JOIN items i ON i.id = b.item_id
                    WHERE i.code = :code
                """),
                {"code": item},
            ).scalar_one()
        )
