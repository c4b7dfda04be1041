"""The designer: who may do what, by keys and by drags, undone and done again, as text and as a drawing, on a phone."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import text

from bot.web.render import HERE
from inventory_core.db.engine import writing
from tests.bot.web.pages import served, signed_in, signin_secret
from tests.tools import need
from tests.world import World

FLOW = "goods_receipt"


def grant(world: World, code: str, role: str) -> None:
    with writing(world.engine) as db:
        db.execute(
            text("INSERT INTO employee_roles (employee_id, role) VALUES (:id, :role)"),
            {"id": world.person(code).id, "role": role},
        )


def post(world: World, code: str, what: str, sent: dict[str, Any]) -> tuple[int, Any]:
    answer = signed_in(world, code).post(f"/p/{code}/design/{FLOW}/{what}", json=sent)
    return answer.status_code, answer.json() if "json" in answer.headers["content-type"] else answer.text


def data(world: World, code: str) -> dict[str, Any]:
    return dict(signed_in(world, code).get(f"/p/{code}/design/{FLOW}/data").json())


POSTS = ("check", "save", "publish", "drop", "look", "try", "replay", "running", "move")


@pytest.mark.parametrize("what", POSTS)
def test_nobody_without_the_right_reaches_anything_of_it(shop: World, what: str) -> None:
    sent = {"yaml": "", "step": "receive", "mapped": {}}
    assert post(shop, "lin", what, sent)[0] == 403
    assert signed_in(shop, "chen").post(f"/p/lin/design/{FLOW}/{what}", json=sent).status_code == 401
    foreign = signed_in(shop, "chen").post(
        f"/p/chen/design/{FLOW}/{what}", json=sent, headers={"Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403


def test_a_manager_looks_a_designer_changes_and_an_administrator_publishes(shop: World) -> None:
    text_ = data(shop, "chen")["yaml"]
    changed = {"yaml": text_.replace("50000", "40000"), "revision": 0}
    assert (data(shop, "chen")["mayEdit"], data(shop, "chen")["mayPublish"]) == (False, False)
    status, told = post(shop, "chen", "save", changed)
    assert status == 403 and told["findings"][0]["words"].startswith("You have no right")
    grant(shop, "lin", "designer")
    assert post(shop, "lin", "save", changed) == (200, {"revision": 1})
    assert post(shop, "lin", "publish", changed)[0] == 403
    grant(shop, "otto", "administrator")
    status, told = post(shop, "otto", "save", changed)
    assert status == 409 and told["findings"][0]["words"].startswith("Lin Wei saved this flow since")
    assert post(shop, "otto", "publish", changed)[1]["version"] == 2
    assert "40000" in data(shop, "chen")["published"]


def test_what_can_not_run_is_not_published_and_is_told_in_the_readers_language(shop: World) -> None:
    grant(shop, "otto", "administrator")
    text_ = data(shop, "otto")["yaml"]
    broken = text_.replace("go: approve_price", "go: nowhere")
    status, told = post(shop, "otto", "publish", {"yaml": broken})
    assert status == 422
    assert told["findings"][0]["words"] == "Step confirm_quantity, confirm: there is no step or end nowhere"
    with writing(shop.engine) as db:
        db.execute(text("UPDATE employees SET language = 'zh' WHERE code = 'otto'"))
    assert post(shop, "otto", "publish", {"yaml": broken})[1]["findings"][0]["words"] == (
        "步骤confirm_quantity，confirm：没有步骤或结束nowhere"
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("flow: [", "The text can not be read as YAML; look at line"),
        ("flow: x\ntitle: {en: a, zh: b}\nabout: request\nsteps: {}\nends: {}\n", "card is missing"),
        ("- just a list", "does not fit"),
        ("flow: &a [*a]", ""),
        ("a: " + "[" * 3_000, ""),
    ],
)
def test_a_text_that_is_no_flow_is_told_and_nothing_breaks(shop: World, words: str, says: str) -> None:
    grant(shop, "otto", "administrator")
    status, told = post(shop, "otto", "check", {"yaml": words})
    assert status == 200 and says in json.dumps(told["findings"])
    assert post(shop, "otto", "publish", {"yaml": words})[0] == 422


@pytest.mark.parametrize(
    "rule",
    [
        "__import__('os').system('id')",
        "value.__class__",
        "9**9**9 > value",
        "(" * 10_000 + "value" + ")" * 10_000,
        "not " * 300 + "short",
        "[x for x in value]",
        "value > 1 if short else 0",
    ],
)
def test_what_is_no_condition_is_refused_when_it_is_saved_for_good(shop: World, rule: str) -> None:
    grant(shop, "otto", "administrator")
    flow = post(shop, "otto", "check", {"yaml": data(shop, "otto")["yaml"]})[1]["definition"]
    flow["steps"]["confirm_quantity"]["outcomes"]["confirm"]["then"][0]["when"] = rule
    status, told = post(shop, "otto", "publish", {"definition": flow})
    assert status == 422 and told["findings"]
    assert data(shop, "otto")["published"] == data(shop, "otto")["yaml"]


@pytest.fixture
def page(shop: World, browser: Browser) -> Iterator[Page]:
    """The designer of the goods receipt, before an administrator."""
    grant(shop, "chen", "administrator")
    for code in ("BK-100", "CHAIN"):
        shop.given_item(code)
    faults: list[str] = []
    with served(shop) as address:
        made = browser.new_page(viewport={"width": 1280, "height": 860})
        made.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        made.on("pageerror", lambda error: faults.append(str(error)))
        made.goto(f"{address}/signin/{signin_secret(shop, 'chen')}")
        made.goto(f"{address}/p/chen/design/{FLOW}")
        expect(made.locator("#verdict")).to_have_text("Nothing is wrong")
        yield made
        made.close()
    assert faults == []


def steps(page: Page) -> list[str]:
    return [str(each.get_attribute("data-name")) for each in page.locator("#steps > [data-name]").all()]


def test_steps_are_put_in_order_by_drag_and_by_keys_and_that_is_undone(page: Page) -> None:
    before = steps(page)
    page.locator('#steps [data-name="inspect"] button').focus()
    page.keyboard.press("Alt+ArrowDown")
    assert steps(page)[:3] == ["receive", "confirm_quantity", "inspect"]
    page.locator("#undo").click()
    assert steps(page) == before
    page.locator("body").press("Control+y")
    assert steps(page)[:3] == ["receive", "confirm_quantity", "inspect"]
    page.locator("body").press("Control+z")
    grip = page.locator('#steps [data-name="block"] .grip')
    grip.scroll_into_view_if_needed()
    start = grip.bounding_box()
    target = page.locator('#steps [data-name="settle_rest"]').bounding_box()
    assert start and target
    page.mouse.move(start["x"] + 5, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(target["x"] + 30, target["y"] + 4, steps=6)
    page.mouse.up()
    assert steps(page).index("block") == before.index("settle_rest")
    page.locator("#undo").click()
    assert steps(page) == before


def test_the_text_and_the_drawing_are_one_document(page: Page) -> None:
    page.locator("#tab-yaml").click()
    box = page.locator("#yaml")
    box.fill(box.input_value().replace("en: Approve price", "en: Check price").replace("50000", "45000"))
    expect(page.locator("#undo")).to_be_enabled()
    page.locator("#tab-diff").click()
    expect(page.locator(".diff .added").first).to_contain_text("45000")
    page.locator("#tab-flow").click()
    expect(page.locator('[data-step="approve_price"] .head strong')).to_have_text("Check price")
    page.locator('[data-step="confirm_quantity"] .head').click()
    expect(page.locator('[data-value="confirm_quantity.confirm.0"]')).to_have_value("45000")
    page.locator('[data-value="confirm_quantity.confirm.0"]').fill("30000")
    page.locator("#tab-yaml").click()
    expect(page.locator("#yaml")).to_have_value(re.compile("value > 30000"))
    page.locator("#yaml").fill("flow: [")
    expect(page.locator(".findings")).to_contain_text("can not be read as YAML")
    expect(page.locator("#publish")).to_be_disabled()


def test_a_save_waits_for_the_one_before_it(page: Page) -> None:
    """Two at once would carry one revision, and the second be refused as somebody else's change."""
    held: list[Route] = []
    page.route("**/save", lambda route: route.continue_() if held else held.append(route))
    page.locator('[data-step="confirm_quantity"] .head').click()
    for limit in ("45000", "30000"):
        page.locator('[data-value="confirm_quantity.confirm.0"]').fill(limit)
        page.locator("body").press("Control+s")
    page.wait_for_timeout(300)
    held[0].continue_()
    expect(page.locator("#save")).to_have_text("Saved")
    page.reload()
    page.locator('[data-step="confirm_quantity"] .head').click()
    expect(page.locator('[data-value="confirm_quantity.confirm.0"]')).to_have_value("30000")


def test_the_three_faces_show_the_step_that_is_chosen(page: Page) -> None:
    page.locator('[data-step="approve_price"] .head').click()
    for face in ("slack", "telegram", "web"):
        expect(page.locator(f"#faces .{face}")).to_contain_text("Is the price right?")
        expect(page.locator(f"#faces .{face}")).to_contain_text("2,500.00 USD")
    page.locator("#tab-form").click()
    page.locator("#form-of").select_option(label="Quality inspection · Reject some")
    for face in ("slack", "telegram", "web"):
        expect(page.locator(f"#faces .{face}")).to_contain_text("Cause of rejection")


def test_it_is_readable_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.reload()
    expect(page.locator("#verdict")).to_be_visible()
    for tab in ("flow", "form", "try", "yaml", "diff"):
        page.locator(f"#tab-{tab}").click()
        page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, tab


OURS = sorted(each for each in (HERE / "static").glob("*.js") if not each.name.endswith(".min.js"))


@pytest.mark.parametrize("path", OURS, ids=lambda each: each.name)
def test_what_ships_is_the_source_itself_and_reads_as_a_script(path: Path) -> None:
    subprocess.run([need("node"), "--check", str(path)], check=True, capture_output=True)
