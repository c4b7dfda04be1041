"""The pages inside Telegram: who is let in, by which cookie, and who may frame them."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import text

from bot.web import init_data
from inventory_core.db.engine import writing
from tests.bot.telegram.running import code_for
from tests.bot.web.pages import app_of, signed_in
from tests.telegram_server import Person, TelegramServer
from tests.world import World
from workflows import people
from workflows.intents import Address, Sender

HOME = "https://store.example"


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as running:
        yield running


@pytest.fixture
def shop(shop: World) -> World:
    shop.desk = replace(shop.desk, base_url=HOME)
    return shop


def browser(shop: World, telegram: TelegramServer) -> TestClient:
    return TestClient(app_of(shop, telegram_token=telegram.token), base_url=HOME, headers={"Accept": "text/html"})


def linked(shop: World, person: Person, employee: str) -> Person:
    chat = Address("telegram", "", str(person.id))
    code = code_for(shop, employee)
    with writing(shop.engine) as db:
        people.link(db, Sender("telegram", "", str(person.id)), chat, code, now=shop.now)
    return person


def enter(shop: World, client: TestClient, person: Person, **lie: str) -> Response:
    words = init_data_of(shop, person)
    return client.post("/telegram/in", content=words, headers={"Origin": HOME, **lie})


def init_data_of(shop: World, person: Person) -> str:
    launched = person.launch(f"{HOME}/telegram", at=shop.now.timestamp())
    return parse_qs(urlsplit(launched).fragment)["tgWebAppData"][0]


def test_a_linked_person_gets_a_session_on_their_own_pages_for_a_shift(shop: World, telegram: TelegramServer) -> None:
    lin, client = linked(shop, telegram.person("lin"), "lin"), browser(shop, telegram)
    told = enter(shop, client, lin)
    assert (told.status_code, told.json()) == (200, {"home": "/p/lin"})
    cookie = told.headers["set-cookie"]
    assert cookie.startswith("app_session=")
    assert cookie.endswith("; Max-Age=2592000; Path=/p/lin; HttpOnly; Secure; SameSite=None; Partitioned")
    assert "Lin Wei" in client.get("/p/lin/").text
    assert client.get("/p/maria/").status_code == 401
    shop.pass_time(hours=12, seconds=1)
    over = client.get("/p/lin/?again=1")
    assert over.status_code == 401
    assert "open it again from the chat" in over.text
    assert over.headers["content-security-policy"].endswith("https://web.telegram.org")


def test_without_https_the_cookie_keeps_to_our_own_pages(shop: World, telegram: TelegramServer) -> None:
    shop.desk = replace(shop.desk, base_url="http://store.local:8000")
    lin = linked(shop, telegram.person("lin"), "lin")
    told = enter(shop, browser(shop, telegram), lin)
    assert told.headers["set-cookie"].endswith("; HttpOnly; SameSite=strict")


def test_the_same_words_once_more_let_in_the_same_person_alone(shop: World, telegram: TelegramServer) -> None:
    words = init_data_of(shop, linked(shop, telegram.person("lin"), "lin"))
    for _ in range(2):
        told = browser(shop, telegram).post("/telegram/in", content=words, headers={"Origin": HOME})
        assert told.json() == {"home": "/p/lin"}
    shop.pass_time(minutes=5, seconds=1)
    told = browser(shop, telegram).post("/telegram/in", content=words, headers={"Origin": HOME})
    assert (told.status_code, "set-cookie" in told.headers) == (401, False)
    assert told.json()["words"] == "Please close this window and open it again from the chat with the bot."


@pytest.mark.parametrize(("language", "words"), [("en", "send the bot: link CODE"), ("zh-hans", "尚未绑定员工")])
def test_who_is_not_linked_reads_how_to_link(shop: World, telegram: TelegramServer, language: str, words: str) -> None:
    told = enter(shop, browser(shop, telegram), telegram.person("eve", language=language))
    assert told.status_code == 403
    assert words in told.text
    assert "set-cookie" not in told.headers


def test_who_is_no_longer_linked_or_no_longer_employed_is_refused(shop: World, telegram: TelegramServer) -> None:
    lin, maria = linked(shop, telegram.person("lin"), "lin"), linked(shop, telegram.person("maria"), "maria")
    client = browser(shop, telegram)
    assert enter(shop, client, maria).status_code == 200
    with writing(shop.engine) as db:
        db.execute(text('DELETE FROM identities WHERE "user" = :user'), {"user": str(lin.id)})
        db.execute(text("UPDATE employees SET is_active = 0 WHERE code = 'maria'"))
    assert enter(shop, browser(shop, telegram), lin).status_code == 403
    assert enter(shop, browser(shop, telegram), maria).status_code == 403
    assert client.get("/p/maria/").status_code == 401


@pytest.mark.parametrize(
    "words", [b"", b"hash=0", b"\xff\xfe", b"x" * (init_data.LONGEST + 1), "user=林".encode()], ids=range(5)
)
def test_anything_else_is_refused_in_a_sentence(shop: World, telegram: TelegramServer, words: bytes) -> None:
    told = browser(shop, telegram).post("/telegram/in", content=words, headers={"Accept-Language": "zh-CN"})
    assert told.status_code == 401
    assert told.json() == {"words": "请关闭此窗口，再从与机器人的聊天中打开。", "close": "关闭"}


def test_another_site_can_sign_nobody_in(shop: World, telegram: TelegramServer) -> None:
    lin, client = linked(shop, telegram.person("lin"), "lin"), browser(shop, telegram)
    for lie in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert enter(shop, client, lin, **lie).status_code == 403


def test_a_session_in_frames_acts_only_for_a_browser_that_tells_its_origin(
    shop: World, telegram: TelegramServer
) -> None:
    shop.given_receipt(("CHAIN", 5, "1"))
    lin, client = linked(shop, telegram.person("lin"), "lin"), browser(shop, telegram)
    enter(shop, client, lin)
    sent = {"token": shop.button("lin", "All arrived as ordered").token, "act": "tap-00001", "place": "card"}
    assert client.post("/p/lin/tap", data=sent).status_code == 403
    assert client.post("/p/lin/tap", data=sent, headers={"Origin": "https://web.telegram.org"}).status_code == 403
    assert client.post("/p/lin/tap", data=sent, headers={"Origin": HOME}).status_code == 200


def test_only_the_pages_in_telegram_may_be_framed_by_it(shop: World, telegram: TelegramServer) -> None:
    lin, client = linked(shop, telegram.person("lin"), "lin"), browser(shop, telegram)
    enter(shop, client, lin)
    for path in ("/telegram", "/telegram?task=5", "/p/lin/", "/p/lin/trace"):
        policy = client.get(path).headers["content-security-policy"]
        assert policy.endswith("frame-ancestors 'self' https://web.telegram.org")
        assert "script-src 'self';" in policy
    plain = signed_in(shop, "lin")
    for path in ("/p/lin/", "/p/lin/trace", "/nowhere"):
        headers = plain.get(path).headers
        assert headers["content-security-policy"].endswith("frame-ancestors 'self'")
        assert headers["permissions-policy"] == "camera=(self), microphone=(), geolocation=()"


def test_the_language_that_is_chosen_in_telegram_stays(shop: World, telegram: TelegramServer) -> None:
    lin, client = linked(shop, telegram.person("lin"), "lin"), browser(shop, telegram)
    enter(shop, client, lin)
    told = client.post("/p/lin/language", data={"language": "zh"}, headers={"Origin": HOME})
    assert told.headers["set-cookie"].endswith("Path=/p/lin; HttpOnly; Secure; SameSite=None; Partitioned")
    assert 'lang="zh-CN"' in client.get("/p/lin/").text


@pytest.mark.parametrize(
    ("asked", "onward"),
    [
        ("", "/"),
        ("?task=5", "/task/5"),
        ("?task=5&form=differs", "/task/5?form=differs"),
        ("?task=5/../../x&form=a", "/"),
        ("?task=5&form=%22%3E%3Cscript", "/task/5"),
    ],
)
def test_the_door_leads_to_what_was_meant_and_nowhere_else(
    shop: World, telegram: TelegramServer, asked: str, onward: str
) -> None:
    page = browser(shop, telegram).get(f"/telegram{asked}").text
    assert f'data-onward="{onward}"' in page
    assert "telegram.org" not in page


def test_without_a_bot_there_is_no_door(shop: World) -> None:
    client = TestClient(app_of(shop), base_url=HOME, headers={"Accept": "text/html"})
    assert client.get("/telegram").status_code == 404
    assert client.post("/telegram/in", content="x").status_code == 404
