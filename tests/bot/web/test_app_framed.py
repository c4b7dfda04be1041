"""Telegram on the web: the pages in a frame of another site, in a browser that keeps the cookies of strangers back."""

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.sync_api import Page, expect, sync_playwright

from tests import serving
from tests.bot.web.pages import app_of, signin_secret
from tests.bot.web.test_miniapp import HOME, linked
from tests.chromium import launched
from tests.telegram_server import TelegramServer
from tests.world import World

FRAME = """<!doctype html><iframe width="390" height="700" allow="camera"></iframe><script>
window.said = [];
const frame = document.querySelector("iframe");
addEventListener("message", ({ source, data }) => {
  if (source === frame.contentWindow) said.push(JSON.parse(data).eventType);
});
</script>"""


def certificate(path: Path) -> Path:
    """Write a certificate of nobody's, with its key; the browser is told to take any."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as running:
        yield running


@pytest.fixture
def page(shop: World, telegram: TelegramServer, tmp_path: Path) -> Iterator[Page]:
    """A browser's page at web.telegram.org, which shows nothing in its frame yet; our pages are at store.example."""
    shop.desk = replace(shop.desk, base_url=HOME)
    other = FastAPI()
    other.add_api_route("/{path:path}", lambda: HTMLResponse(FRAME))
    tls = certificate(tmp_path / "both.pem")
    with ExitStack() as open_:
        ours = open_.enter_context(serving.served(lambda _: app_of(shop, telegram_token=telegram.token), tls=tls))
        theirs = open_.enter_context(serving.served(lambda _: other, tls=tls))
        rules = ", ".join(
            f"MAP {host} {urlsplit(address).netloc}"
            for host, address in (("store.example", ours), ("web.telegram.org", theirs), ("evil.example", theirs))
        )
        playwright = open_.enter_context(sync_playwright())
        browser = launched(
            playwright,
            f"--host-resolver-rules={rules}",
            "--ignore-certificate-errors",
            "--test-third-party-cookie-phaseout",
        )
        open_.callback(browser.close)
        yield browser.new_page(ignore_https_errors=True)


def show(page: Page, site: str, address: str) -> None:
    page.goto(f"https://{site}/k/")
    page.evaluate("(address) => { document.querySelector('iframe').src = address; }", address)


def test_a_task_is_settled_in_the_frame_of_telegram_on_the_web(
    shop: World, telegram: TelegramServer, page: Page
) -> None:
    shop.given_receipt(("CHAIN", 5, "1"))
    lin = linked(shop, telegram.person("lin"), "lin")
    task = shop.inbox("lin")[0].subject.removeprefix("task:")
    show(page, "web.telegram.org", lin.launch(f"{HOME}/telegram?task={task}", at=shop.now.timestamp()))
    inside = page.frame_locator("iframe")
    inside.get_by_role("button", name="All arrived as ordered").click()
    expect(inside.locator("#said .good")).to_be_visible()
    assert not shop.inbox("lin")
    expect(inside.locator("html.framed")).to_be_attached()
    page.wait_for_function("said.includes('web_app_setup_main_button')")
    assert {"iframe_ready", "web_app_ready", "web_app_expand"} <= set(page.evaluate("said"))
    page.evaluate("frame.contentWindow.postMessage(JSON.stringify({ eventType: 'main_button_pressed' }), '*')")
    page.wait_for_function("said.includes('web_app_close')")


def test_no_other_site_may_frame_the_pages(shop: World, telegram: TelegramServer, page: Page) -> None:
    lin = linked(shop, telegram.person("lin"), "lin")
    told: list[str] = []
    page.on("console", lambda said: told.append(said.text))
    show(page, "evil.example", lin.launch(f"{HOME}/telegram", at=shop.now.timestamp()))
    page.wait_for_timeout(500)
    assert [each for each in told if "frame-ancestors" in each]
    assert page.evaluate("said") == []


def test_telegram_on_the_web_may_not_frame_the_plain_pages(shop: World, telegram: TelegramServer, page: Page) -> None:
    page.goto(f"{HOME}/signin/{signin_secret(shop, 'lin')}")
    page.wait_for_url(f"{HOME}/p/lin/")
    told: list[str] = []
    page.on("console", lambda said: told.append(said.text))
    show(page, "web.telegram.org", f"{HOME}/p/lin/")
    page.wait_for_timeout(500)
    assert [each for each in told if "frame-ancestors" in each]
