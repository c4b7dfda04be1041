"""The ways in and the guards: who is let in where, what another site may not do, and what a page may hold."""

import asyncio
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message

from bot.web import headers
from bot.web.send import WebChannel
from tests.bot.web.pages import app_of, demo_secret, signed_in, signin_secret
from tests.world import World

PAGES = [
    ("GET", "/p/lin/"),
    ("GET", "/p/lin/pulse"),
    ("GET", "/p/lin/task/1"),
    ("GET", "/p/lin/picture/1"),
    ("POST", "/p/lin/tap"),
    ("POST", "/p/lin/act"),
    ("POST", "/p/lin/needed"),
    ("POST", "/p/lin/ask"),
    ("POST", "/p/lin/scanned"),
    ("POST", "/p/lin/read"),
    ("POST", "/p/lin/language"),
    ("POST", "/p/lin/start"),
    ("POST", "/p/lin/aside"),
    ("GET", "/p/lin/design/"),
    ("GET", "/p/lin/design/some"),
    ("GET", "/p/lin/design/some/data"),
    *(
        ("POST", f"/p/lin/design/some/{each}")
        for each in ("check", "save", "publish", "drop", "look", "try", "replay", "running", "move")
    ),
    ("GET", "/p/lin/papers/"),
    ("GET", "/p/lin/papers/some"),
    ("GET", "/p/lin/papers/some/csv"),
    ("GET", "/p/lin/paper/1"),
    ("GET", "/p/lin/paper/1/pdf"),
    ("GET", "/p/lin/paper/1/csv"),
    ("GET", "/p/lin/label/1/pdf"),
    ("GET", "/p/lin/bins/pdf"),
    ("GET", "/p/lin/attached/1"),
    ("POST", "/p/lin/papers/some/import"),
    ("GET", "/p/lin/trace"),
    ("GET", "/p/lin/trace/some"),
    ("GET", "/p/lin/trace/some/picture"),
    ("GET", "/p/lin/company"),
    ("POST", "/p/lin/company"),
    ("GET", "/p/lin/company/slack"),
]


def test_the_list_of_pages_is_whole(shop: World) -> None:
    names = {"lin": "{code}", "/1": "/{number:int}", "design/some": "design/{name}", "papers/some": "papers/{kind}"}
    names["trace/some"] = "trace/{key}"
    known = set()
    for method, path in PAGES:
        for given, name in names.items():
            path = path.replace(given, name)
        known.add((method, path))
    assert {each for each in _routes(shop) if "/p/" in each[1]} == known


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_nobody_gets_in_without_a_session(shop: World, method: str, path: str) -> None:
    told = TestClient(app_of(shop)).request(method, f"{path}?again=1", headers={"Accept": "text/html"})
    assert told.status_code == 401
    assert "Please open your sign-in link." in told.text


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_nobody_gets_in_with_the_session_of_somebody_else(shop: World, method: str, path: str) -> None:
    maria = signed_in(shop, "maria")
    session = next(each.value for each in maria.cookies.jar if each.name == "session")
    told = TestClient(app_of(shop)).request(method, path, headers={"Cookie": f"session={session}"})
    assert told.status_code == 401


def test_a_sign_in_link_starts_a_session_on_that_persons_pages_alone(shop: World) -> None:
    told = TestClient(app_of(shop)).get(f"/signin/{signin_secret(shop, 'lin')}", follow_redirects=False)
    cookie = told.headers["set-cookie"]
    assert "Path=/p/lin" in cookie and "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert 'url=/p/lin/"' in told.text  # a page of ours goes on: a redirect would lose the strict cookie
    assert signed_in(shop, "lin").get("/p/lin/").status_code == 200


def test_a_link_that_is_over_or_unknown_is_answered_with_one_sentence(shop: World) -> None:
    secret = signin_secret(shop, "lin")
    shop.pass_time(days=8)
    for path in (f"/signin/{secret}", "/signin/guessed", "/demo/guessed"):
        told = TestClient(app_of(shop)).get(path, headers={"Accept": "text/html"})
        assert told.status_code == 401
        assert "This sign-in link is over." in told.text


def test_a_link_from_another_site_is_looked_at_again_from_our_own_page(shop: World) -> None:
    told = TestClient(app_of(shop)).get("/p/lin/task/5", headers={"Sec-Fetch-Site": "cross-site"})
    assert told.status_code == 401
    assert "url=/p/lin/task/5?again=1" in told.text


@pytest.mark.parametrize(
    "lie", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_site_can_make_nobody_tap(shop: World, lie: dict[str, str]) -> None:
    shop.given_receipt(("CHAIN", 5, "1"))
    sent = {"token": shop.button("lin", "All arrived as ordered").token, "act": "tap-00001", "place": "card"}
    lin = signed_in(shop, "lin")
    assert lin.post("/p/lin/tap", data=sent, headers=lie).status_code == 403
    assert shop.inbox("lin")
    assert lin.post("/p/lin/tap", data=sent, headers={"Origin": "http://testserver"}).status_code == 200


def test_a_token_of_another_chat_is_worth_nothing(shop: World) -> None:
    shop.given_receipt(("CHAIN", 5, "1"))
    stolen = shop.button("lin", "All arrived as ordered").token
    told = signed_in(shop, "maria").post("/p/maria/tap", data={"token": stolen, "act": "tap-00001", "place": "card"})
    assert told.status_code == 409
    assert "This card has expired." in told.text
    assert shop.inbox("lin")


def test_what_a_browser_may_do_stands_on_every_answer(shop: World) -> None:
    lin = signed_in(shop, "lin")
    for path in ("/p/lin/", "/p/lin/task/99", "/nowhere", "/static/storekeeper.css"):
        told = lin.get(path).headers
        assert "script-src 'self'" in told["content-security-policy"]
        assert "unsafe" not in told["content-security-policy"]
        assert told["x-content-type-options"] == "nosniff"
        assert told["referrer-policy"] == "no-referrer"
    assert lin.get("/p/lin/").headers["cache-control"] == "no-store"


def test_no_page_holds_a_script_a_style_or_a_handler_of_its_own(shop: World) -> None:
    shop.given_receipt(("CHAIN", 5, "1"))
    html = signed_in(shop, "lin").get("/p/lin/").text + TestClient(app_of(shop)).get(f"/demo/{demo_secret(shop)}").text
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", html)


def test_a_body_that_is_too_large_is_refused_announced_or_not(shop: World) -> None:
    lin = signed_in(shop, "lin")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    announced = lin.post("/p/lin/ask", content=b"x" * 1_100_000, headers=form)
    assert announced.status_code == 413
    assert announced.text == "That is too large: at most 1 MB."

    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    assert lin.post("/p/lin/ask", content=pieces(), headers=form).status_code == 413
    boundary = {"Content-Type": "multipart/form-data; boundary=b"}
    assert lin.post("/p/lin/act", content=b"x" * 12_700_000, headers=boundary).status_code == 413


def test_a_body_that_dribbles_in_is_cut_off(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "_BODY_S_MAX", 0.1)
    answers = []

    async def receive() -> Message:
        await asyncio.sleep(0.06)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message: Message) -> None:
        answers.append(message.get("status"))

    scope = {"type": "http", "method": "POST", "path": "/p/lin/ask", "query_string": b"", "headers": []}
    asyncio.run(app_of(shop)(scope, receive, send))
    assert answers[0] == 408


def test_the_demo_signs_everybody_in_side_by_side(shop: World) -> None:
    client = TestClient(app_of(shop), headers={"Accept": "text/html"})
    page = client.get(f"/demo/{demo_secret(shop)}?language=zh").text
    for code in ("lin", "maria", "otto", "zhao", "chen"):
        assert f'src="/p/{code}/"' in page
        assert 'lang="zh-CN"' in client.get(f"/p/{code}/").text


def test_a_picture_is_shown_to_whoever_was_told_of_it_alone(shop: World) -> None:
    shop.channels["web"] = WebChannel()
    shop.given_receipt(("CHAIN", 5, "1"))
    relay = shop.relay()
    while relay.turn():  # the morning's digest, for the manager
        pass
    chen = signed_in(shop, "chen")
    path = re.findall(r'<img src="(/p/chen/picture/\d+)" alt="[^"]+"', chen.get("/p/chen/").text)[0]
    assert chen.get(path).content.startswith(b"\x89PNG")
    assert signed_in(shop, "lin").get(path.replace("chen", "lin")).status_code == 404


def _routes(shop: World) -> set[tuple[str, str]]:
    from bot.web import routes

    made = routes.router(shop.desk, card_of=lambda *_: None, picture_of=lambda *_: None, faces_of=lambda *_: {})
    return set(_within(made.routes))


def _within(routes) -> Iterator[tuple[str, str]]:  # type: ignore[no-untyped-def]
    """Yield (method, path) of the routes, those of included routers among them."""
    for each in routes:
        inner = getattr(each, "original_router", None) or getattr(each, "router", None)
        if inner is not None:
            yield from _within(inner.routes)
        else:
            yield from ((method, each.path) for method in getattr(each, "methods", None) or ())
