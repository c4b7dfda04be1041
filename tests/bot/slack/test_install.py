"""Installing the app in several workspaces: who may begin, what must come back, and what stands afterwards."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from bot.channel import DeliveryError
from bot.slack.installing import BEGIN, Installing
from bot.slack.oauth import REDIRECT, OAuth, manifest
from bot.slack.tokens import Tokens
from bot.web.doors import told
from inventory_core.db.engine import reading, writing
from tests.bot.slack.installed import CLIENT_ID, CLIENT_SECRET, allowed_at, granted, issuer, tokens_at
from tests.bot.slack.peer import Slack
from tests.bot.web.pages import signed_in
from tests.serving import served
from tests.world import World
from workflows import workspaces


class Site:
    """The pages of the installation, served; each browser is a client of its own."""

    def __init__(self, world: World, tokens: Tokens, address: str) -> None:
        self.world, self.tokens, self.address = world, tokens, address

    def ticket(self) -> str:
        with writing(self.world.engine) as db:
            return workspaces.new_ticket(db, self.world.person("chen"), now=self.world.now)

    def browser(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, follow_redirects=False, headers={"Accept": "text/html"})

    def begin(self, browser: httpx.Client) -> str:
        """Open a fresh link, and return the address of Slack's page."""
        answer = browser.get(f"{BEGIN}/{self.ticket()}")
        assert answer.status_code == 303
        return answer.headers["location"]

    def installed(self) -> list[str]:
        with reading(self.world.engine) as db:
            return [each.team for each in workspaces.known(db) if each.state == "installed"]


@pytest.fixture
def site(shop: World, slack: Slack) -> Iterator[Site]:
    made: list[Tokens] = []

    def application(address: str) -> FastAPI:
        tokens = tokens_at(shop, slack.base_url)
        assert tokens.oauth is not None
        oauth = OAuth(tokens.oauth._api, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, public_url=address)
        made.append(Tokens(tokens.vault, oauth=oauth))
        app = FastAPI()
        app.include_router(Installing(shop.desk, made[0], oauth, told).router)
        return app

    with served(application) as address:
        yield Site(shop, made[0], address)


def state_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["state"][0]


def test_somebody_with_a_link_installs_it_and_its_messages_come_with_the_workspaces_own_token(
    site: Site, slack: Slack
) -> None:
    with site.browser() as browser:
        back = allowed_at(slack, site.begin(browser))
        done = browser.get(back)
    assert done.status_code == 200 and "Storekeeper is installed in" in done.text
    assert site.installed() == [slack.team]
    token = site.tokens.token_of(slack.team)
    assert token.startswith("xoxb-")
    with reading(site.world.engine) as db:
        made_by = db.execute(text("SELECT employee_id FROM journal WHERE kind = 'workspace.installed'")).scalar_one()
    assert made_by == site.world.person("chen").id


def test_it_asks_for_just_the_rights_of_the_manifest(site: Site) -> None:
    with site.browser() as browser:
        asked = parse_qs(urlsplit(site.begin(browser)).query)
    assert asked["scope"][0].split(",") == manifest()["oauth_config"]["scopes"]["bot"]
    assert "user_scope" not in asked
    assert asked["redirect_uri"] == [f"{site.address}{REDIRECT}"]


def test_the_secret_of_the_browser_is_kept_from_scripts_and_other_paths(site: Site) -> None:
    with site.browser() as browser:
        cookie = browser.get(f"{BEGIN}/{site.ticket()}").headers["set-cookie"]
    assert "HttpOnly" in cookie and "Path=/slack" in cookie and "SameSite=lax" in cookie


@pytest.mark.parametrize("link", ["guessed", "x" * 5000, "%00"])
def test_without_a_link_nobody_begins(site: Site, link: str) -> None:
    with site.browser() as browser:
        told_ = browser.get(f"{BEGIN}/{link}")
    assert told_.status_code == 400 and "This link to install Storekeeper in Slack is over" in told_.text


def test_a_link_is_good_for_ten_minutes_and_one_workspace(site: Site, slack: Slack) -> None:
    late = site.ticket()
    site.world.pass_time(minutes=10)
    used = site.ticket()
    with site.browser() as browser, site.browser() as other:
        assert browser.get(f"{BEGIN}/{late}").status_code == 400
        first, second = (each.get(f"{BEGIN}/{used}").headers["location"] for each in (browser, other))
        assert browser.get(allowed_at(slack, first)).status_code == 200
        assert other.get(allowed_at(slack, second)).status_code == 400
        assert browser.get(f"{BEGIN}/{used}").status_code == 400


def test_what_comes_back_in_another_browser_is_refused_and_stays_good_in_its_own(site: Site, slack: Slack) -> None:
    with site.browser() as mine, site.browser() as theirs, site.browser() as nobodys_:
        back = allowed_at(slack, site.begin(mine))
        site.begin(theirs)
        for each in (theirs, nobodys_):
            told_ = each.get(back)
            assert told_.status_code == 400 and "was not begun in this browser" in told_.text
        assert site.installed() == []
        assert mine.get(back).status_code == 200


def test_what_comes_back_twice_too_late_or_with_a_guessed_state_is_refused(site: Site, slack: Slack) -> None:
    with site.browser() as browser:
        back = allowed_at(slack, site.begin(browser))
        cookies = dict(browser.cookies)
        assert browser.get(back).status_code == 200
        assert httpx.get(back, cookies=cookies).status_code == 400
        late = allowed_at(slack, site.begin(browser))
        site.world.pass_time(minutes=10)
        assert browser.get(late).status_code == 400
        state = state_of(site.begin(browser))
        for query in ({"state": state[:-1] + "?", "code": "x"}, {"code": "x"}, {}, {"state": "", "code": ""}):
            assert browser.get(REDIRECT, params=query).status_code == 400


def test_who_presses_cancel_is_told_so_and_may_begin_again_by_the_same_link(site: Site, slack: Slack) -> None:
    ticket = site.ticket()
    with site.browser() as browser:
        state = state_of(browser.get(f"{BEGIN}/{ticket}").headers["location"])
        told_ = browser.get(REDIRECT, params={"state": state, "error": "access_denied"})
        assert told_.status_code == 400 and "not allowed" in told_.text
        again = browser.get(f"{BEGIN}/{ticket}").headers["location"]
        assert browser.get(allowed_at(slack, again)).status_code == 200


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (200, {"ok": False, "error": "invalid_code"}, "did not accept the installation"),
        (200, {"ok": False, "error": "bad_client_secret"}, "SLACK_CLIENT_SECRET is wrong"),
        (503, b"<html>away</html>", "does not answer"),
        (200, {"ok": True, "token_type": "user", "access_token": "xoxp-1"}, "does not answer"),
        (200, {"ok": True}, "does not answer"),
    ],
)
def test_an_installation_that_slack_does_not_finish_changes_nothing(
    site: Site, slack: Slack, status: int, answer: object, words: str
) -> None:
    slack.fail("oauth.v2.access", status, answer)
    with site.browser() as browser:
        told_ = browser.get(allowed_at(slack, site.begin(browser)))
    assert told_.status_code in (400, 502) and words in told_.text
    assert site.installed() == []


def test_the_pages_speak_the_browsers_language(site: Site) -> None:
    with site.browser() as browser:
        assert "安装链接已失效" in browser.get(f"{BEGIN}/x", headers={"Accept-Language": "zh-CN"}).text


def test_only_an_administrator_gets_the_link_on_the_companys_page(shop: World) -> None:
    with writing(shop.engine) as db:
        db.execute(
            text("INSERT INTO employee_roles (employee_id, role) VALUES (:id, 'administrator')"),
            {"id": shop.person("chen").id},
        )
    assert signed_in(shop, "lin", slack=True).get("/p/lin/company/slack").status_code == 403
    assert signed_in(shop, "chen").get("/p/chen/company/slack").status_code == 404  # Slack is not set up for it
    chen = signed_in(shop, "chen", slack=True)
    assert 'href="/p/chen/company/slack"' in chen.get("/p/chen/company").text
    onward = chen.get("/p/chen/company/slack", follow_redirects=False)
    assert onward.status_code == 303 and onward.headers["location"].startswith(f"{BEGIN}/")


def test_an_organisations_installation_serves_each_of_its_workspaces(shop: World, tmp_path: Path) -> None:
    with issuer() as slack:
        tokens = tokens_at(shop, slack.base_url)
        tokens.install(granted("E1"), employee_id=None)
        with pytest.raises(DeliveryError, match="not_installed"):
            tokens.token_of("T7")
        tokens.cover("T7", organisation="E1")
        assert tokens.token_of("T7") == tokens.token_of("E1") == "xoxe.xoxb-1-first"
        tokens.install(replace(granted("T7"), token="xoxe.xoxb-1-own"), employee_id=None)
        assert tokens.token_of("T7") == "xoxe.xoxb-1-own"


def test_the_environments_token_counts_where_the_app_was_not_installed(shop: World) -> None:
    tokens = tokens_at(shop, "http://127.0.0.1:1/api", environment="xoxb-of-the-environment")
    tokens.install(granted("T1"), employee_id=None)
    assert tokens.token_of("T1") == "xoxe.xoxb-1-first"
    assert tokens.token_of("T2") == "xoxb-of-the-environment"
