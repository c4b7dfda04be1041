"""A workspace takes the app away: nothing more is sent there, the administrators know, and it may come back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.channel import DeliveryError
from bot.slack.api import Api
from bot.slack.routes import PATH, SlackFace
from bot.slack.send import SlackChannel
from bot.slack.tokens import Tokens
from bot.web.send import WebChannel
from inventory_core.db.engine import reading
from tests.bot.slack.installed import granted, issuer, tokens_at
from tests.bot.slack.peer import TOKEN, Slack
from tests.bot.slack.running import SECRET, Person, linked, signed, told
from tests.bot.web.pages import signed_in
from tests.serving import app_with, served
from tests.tools import eventually
from tests.world import World
from workflows import workspaces


@contextmanager
def running_for(world: World, slack: Slack, tokens: Tokens) -> Iterator[str]:
    """Serve a face that knows workspaces, and give the address that Slack calls."""
    api = Api(tokens.token_of, base_url=slack.base_url, refused=tokens.refused)
    face = SlackFace(world.desk, api, signing_secret=SECRET, app_token=None, tokens=tokens)
    with served(lambda _address: app_with(face)) as address:
        yield f"{address}{PATH}"


@pytest.fixture
def tokens(shop: World, slack: Slack) -> Tokens:
    """The emulator's workspace with the app in it, and channels that send there and to the web."""
    made = tokens_at(shop, slack.base_url)
    made.install(own(slack), employee_id=None)
    shop.channels["slack"] = SlackChannel(Api(made.token_of, base_url=slack.base_url, refused=made.refused))
    shop.channels["web"] = WebChannel()
    return made


@pytest.fixture
def face(shop: World, slack: Slack, tokens: Tokens) -> Iterator[str]:
    with running_for(shop, slack, tokens) as address:
        yield address


def own(slack: Slack) -> Any:
    return granted(slack.team, token=TOKEN, refresh="", expires_in_s=None, name="Emulated")


def farewell(world: World, face: str, team: str, *, kind: str = "app_uninstalled", **changed: Any) -> httpx.Response:
    """Let Slack say that a workspace takes the app away, now by the company's clock."""
    event = {"type": kind, **({"tokens": {"oauth": [], "bot": ["U0"]}} if kind == "tokens_revoked" else {})}
    body = {
        "token": "t",
        "team_id": team,
        "api_app_id": "A111",
        "event": event,
        "type": "event_callback",
        "event_id": "Ev1",
        "event_time": int(world.now.timestamp()),
    }
    content = json.dumps(body | changed).encode()
    return httpx.post(face, content=content, headers=signed(content))


def dead(world: World) -> list[str]:
    with reading(world.engine) as db:
        return list(
            db.execute(
                text("""
                    SELECT d.reason FROM deliveries d JOIN messages m ON m.id = d.message_id
                    JOIN chats c ON c.id = m.chat_id WHERE c.platform = 'slack' AND d.state = 'dead'
                """)
            ).scalars()
        )


def waiting(world: World) -> int:
    with reading(world.engine) as db:
        return int(db.execute(text("SELECT COUNT(*) FROM deliveries WHERE state = 'pending'")).scalar_one())


@pytest.mark.parametrize("kind", ["app_uninstalled", "tokens_revoked"])
def test_nothing_more_is_sent_there_and_the_tokens_are_gone(
    shop: World, slack: Slack, face: str, tokens: Tokens, kind: str
) -> None:
    linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="R1")
    told(shop)
    posted = len(slack.calls_of("chat.postMessage"))
    assert posted
    shop.given_receipt(("CHAIN", 5, "1"), number="R2")
    shop.pass_time(seconds=5)
    queued: list[Any] = []
    relay = shop.relay()
    relay.enqueue = lambda *each: queued.append(each)
    while relay.turn():
        pass
    assert farewell(shop, face, slack.team, kind=kind).status_code == 200
    told(shop)
    assert len(slack.calls_of("chat.postMessage")) == posted
    assert set(dead(shop)) == {"not_installed"} and waiting(shop) == 0
    with reading(shop.engine) as db:
        kept = db.execute(text("SELECT token, refresh, state FROM slack_workspaces")).one()
    assert tuple(kept) == ("", "", "removed")
    with pytest.raises(DeliveryError, match="not_installed"):
        tokens.token_of(slack.team)


def test_the_administrators_read_it_on_the_web_in_their_language(
    shop: World, slack: Slack, face: str, tokens: Tokens
) -> None:
    shop.pass_time(seconds=5)
    farewell(shop, face, slack.team)
    told(shop)
    chen = signed_in(shop, "chen")  # nobody is an administrator here: the manager is told
    page = chen.get("/p/chen/").text
    assert "Storekeeper was removed from Emulated" in page and "The app was uninstalled there." in page
    chen.post("/p/chen/language", data={"language": "zh"})
    assert "Storekeeper 已从 Emulated 移除" in chen.get("/p/chen/").text
    assert "removed from" not in signed_in(shop, "lin").get("/p/lin/").text


def test_installed_again_what_waits_comes_to_everybody_there(
    shop: World, slack: Slack, face: str, tokens: Tokens
) -> None:
    lin = linked(shop, slack, face, "lin")
    told(shop)
    shop.pass_time(seconds=5)
    farewell(shop, face, slack.team)
    shop.given_receipt(("CHAIN", 5, "1"), number="R7")
    told(shop)
    assert not [each for each in slack.calls_of("chat.postMessage") if "R7" in each.said]
    shop.pass_time(hours=1)
    tokens.install(own(slack), employee_id=None)
    told(shop)
    assert lin.taps(lin.card("PO R7"), "All arrived as ordered").status_code == 200
    page = signed_in(shop, "chen").get("/p/chen/").text
    assert "It works again." in page


def test_a_late_farewell_from_before_the_last_installation_changes_nothing(
    shop: World, slack: Slack, face: str, tokens: Tokens
) -> None:
    before = int(shop.now.timestamp()) + 5
    shop.pass_time(minutes=1)
    tokens.install(own(slack), employee_id=None)
    for kind in ("app_uninstalled", "tokens_revoked"):
        assert farewell(shop, face, slack.team, kind=kind, event_time=before).status_code == 200
    assert tokens.token_of(slack.team) == TOKEN


def test_a_farewell_that_comes_twice_is_told_once(shop: World, slack: Slack, face: str, tokens: Tokens) -> None:
    shop.pass_time(seconds=5)
    for kind in ("tokens_revoked", "app_uninstalled", "app_uninstalled"):
        farewell(shop, face, slack.team, kind=kind)
    assert shop.journal_kinds().count("workspace.removed") == 1


def test_tokens_of_people_that_are_revoked_are_not_ours(shop: World, slack: Slack, face: str, tokens: Tokens) -> None:
    shop.pass_time(seconds=5)
    event = {"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}
    assert farewell(shop, face, slack.team, event=event).status_code == 200
    assert tokens.token_of(slack.team) == TOKEN


def test_an_organisation_that_takes_it_away_takes_it_from_all_its_workspaces(
    shop: World, slack: Slack, face: str, tokens: Tokens
) -> None:
    tokens.install(granted("E1", token=TOKEN, refresh="", expires_in_s=None), employee_id=None)
    tokens.cover("T5", organisation="E1")
    shop.pass_time(seconds=5)
    told_ = [{"enterprise_id": "E1", "team_id": None, "user_id": "U1", "is_bot": True, "is_enterprise_install": True}]
    assert farewell(shop, face, "T5", authorizations=told_).status_code == 200
    with pytest.raises(DeliveryError, match="not_installed"):
        tokens.token_of("T5")
    assert tokens.token_of(slack.team) == TOKEN


def test_an_organisation_may_take_it_from_one_of_its_workspaces_and_give_it_back(
    shop: World, slack: Slack, face: str, tokens: Tokens
) -> None:
    tokens.install(granted("E1", token=TOKEN, refresh="", expires_in_s=None), employee_id=None)
    for each in ("T5", "T6"):
        tokens.cover(each, organisation="E1")
    shop.pass_time(seconds=5)
    event = {"type": "team_access_revoked", "team_ids": ["T5"]}
    assert farewell(shop, face, "", event=event, enterprise_id="E1").status_code == 200
    with pytest.raises(DeliveryError, match="not_installed"):
        tokens.token_of("T5")
    assert not tokens.serves("T5")
    assert tokens.token_of("T6") == TOKEN
    tokens.cover("T5", organisation="E1")
    assert tokens.token_of("T5") == TOKEN


def test_a_workspace_that_only_the_environment_serves_can_take_it_away_too(shop: World, slack: Slack) -> None:
    tokens = tokens_at(shop, slack.base_url, environment=TOKEN)
    with running_for(shop, slack, tokens) as face:
        assert farewell(shop, face, slack.team).status_code == 200
        with pytest.raises(DeliveryError, match="not_installed"):
            tokens.token_of(slack.team)
    with reading(shop.engine) as db:
        assert [each.state for each in workspaces.known(db)] == ["removed"]
    again = tokens_at(shop, slack.base_url, environment="xoxb-after-it-was-installed-again")
    with running_for(shop, slack, again) as face:
        assert Person(slack, face, "lin").commands("/help").text
    assert again.token_of(slack.team) == "xoxb-after-it-was-installed-again"


def test_a_new_token_in_the_environment_opens_its_workspace_before_anything_comes_from_there(
    shop: World, slack: Slack
) -> None:
    tokens = tokens_at(shop, slack.base_url, environment="xoxb-that-was-taken-away")
    tokens.remove(slack.team, "uninstalled", at=shop.now)
    with running_for(shop, slack, tokens_at(shop, slack.base_url, environment=TOKEN)):
        assert eventually(lambda: shop.journal_kinds().count("workspace.installed") == 1)


def test_tokens_are_renewed_before_a_message_needs_them(shop: World, slack: Slack) -> None:
    with issuer() as other:
        tokens = tokens_at(shop, other.base_url)
        tokens.install(granted(expires_in_s=600), employee_id=None)
        with running_for(shop, slack, tokens):
            assert eventually(lambda: len(other.calls) == 1)
            assert eventually(lambda: tokens.token_of("T1") == "xoxe.xoxb-1-new1")
    assert len(other.calls) == 1


def test_what_comes_from_a_workspace_without_the_app_is_answered_and_passed_over_with_one_line(
    shop: World, slack: Slack, face: str
) -> None:
    lin = Person(slack, face, "lin")
    slack.team = "T0STRANGER"
    calls = len(slack.calls)
    with capture_logs() as lines:
        answers = [lin.says("help"), lin.commands("/help"), lin.hears({"type": "app_home_opened", "user": lin.id})]
    assert [(each.status_code, each.text) for each in answers] == [(200, "")] * 3
    assert [each["event"] for each in lines] == ["slack_workspace_unknown"] * 3
    assert len(slack.calls) == calls


def test_what_comes_by_an_organisations_installation_is_answered_with_its_token(
    shop: World, slack: Slack, tokens: Tokens, face: str
) -> None:
    tokens.install(granted("E7", token=TOKEN, refresh="", expires_in_s=None), employee_id=None)
    lin = Person(slack, face, "lin")
    slack.team = "T0OFTHEORG"
    event = {"type": "message", "user": lin.id, "text": "help", "channel": lin.chat, "channel_type": "im", "ts": "1.7"}
    body = {
        "team_id": slack.team,
        "enterprise_id": "E7",
        "event": event,
        "type": "event_callback",
        "event_id": "Ev9",
        "authorizations": [{"enterprise_id": "E7", "team_id": None, "is_bot": True, "is_enterprise_install": True}],
    }
    assert lin.posts(json.dumps(body).encode()).status_code == 200
    slack.wait_for_call("chat.postMessage", "This account is not linked to an employee.")
    assert tokens.token_of("T0OFTHEORG") == TOKEN


def test_taps_and_commands_by_an_organisations_installation_count_for_the_persons_own_workspace(
    shop: World, slack: Slack, tokens: Tokens, face: str
) -> None:
    tokens.install(granted("E7", token=TOKEN, refresh="", expires_in_s=None), employee_id=None)
    slack.team = "T0OFTHEORG"
    lin = linked(shop, slack, face, "lin")
    shop.channels["slack"] = SlackChannel(Api(tokens.token_of, base_url=slack.base_url))
    asked = urlencode(
        {
            "command": "/help",
            "team_id": slack.team,
            "enterprise_id": "E7",
            "is_enterprise_install": "true",
            "user_id": lin.id,
            "channel_id": lin.chat,
            "trigger_id": "t.1",
        }
    )
    assert "stock ITEM" in lin.posts(asked.encode()).text
    shop.given_receipt(("CHAIN", 5, "1"), number="R8")
    told(shop)
    tap = lin.tap(lin.card("PO R8"), "All arrived as ordered")
    sent = lin.sends(tap | {"team": None, "enterprise": {"id": "E7"}, "is_enterprise_install": True})
    assert sent.status_code == 200
    assert not shop.inbox("lin")


def test_it_is_noted_when_something_last_came(shop: World, slack: Slack, face: str, tokens: Tokens) -> None:
    lin = Person(slack, face, "lin")
    lin.says("help")
    lin.commands("/help")
    with reading(shop.engine) as db:
        assert workspaces.arrivals(db, slack.team) == {"event": shop.now, "command": shop.now}
