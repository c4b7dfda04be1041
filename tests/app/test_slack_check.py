"""What ``storekeeper slack`` says: each thing that a connection lacks, by name, and nothing of what is well."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app.doctor import examine
from app.http import build_app
from app.settings import Settings
from app.slack_check import check
from app.wiring import Wiring
from bot.slack.installing import BEGIN
from bot.slack.oauth import REDIRECT, scopes
from bot.slack.routes import PATH, SlackFace
from inventory_core.db.engine import writing
from tests.app.product import Product
from tests.bot.slack.installed import CLIENT_ID, CLIENT_SECRET, granted
from tests.bot.slack.peer import TOKEN, Slack, emulator
from tests.bot.slack.running import SECRET, linked
from tests.serving import app_with, served
from tests.world import World
from workflows.definition import Language
from workflows.intents import Address
from workflows.people import open_channel


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with emulator(tmp_path_factory.mktemp("emulator")) as found:
        yield found


@pytest.fixture
def slack(port: int) -> Iterator[Slack]:
    made = Slack(port)
    yield made
    made.close()


@pytest.fixture
def world(shop: World) -> World:
    shop.now = dt.datetime.now(dt.UTC)  # it is held against Slack's clock
    return shop


def wiring_of(world: World, slack: Slack, **changed: Any) -> Wiring:
    values: dict[str, Any] = {
        "data": world.desk.files.parent,
        "slack_bot_token": SecretStr(TOKEN),
        "slack_signing_secret": SecretStr(SECRET),
        "slack_app_token": None,
        "slack_client_id": None,
        "slack_client_secret": None,
        "slack_api_url": slack.base_url,
        "public_url": None,
        "secret_keys": None,
    }
    return Wiring(Settings.model_construct(**(values | changed)), world.engine, world.desk)


def missing(wiring: Wiring, language: Language = "en") -> list[str]:
    return [each.words for each in check(wiring, language) if each.kind == "missing"]


def rights(slack: Slack, *given: str) -> None:
    """Let Slack tell these rights, when it is asked about the token, twice."""
    answer = {"ok": True, "team_id": slack.team, "team": "Emulated", "user_id": "U1"}
    for _ in range(2):
        slack.fail("auth.test", 200, answer, X_OAuth_Scopes=",".join(given))


def test_a_connection_that_works_lacks_nothing(world: World, slack: Slack) -> None:
    wiring = wiring_of(world, slack)
    assert wiring.slack is not None
    face = SlackFace(world.desk, wiring.slack, signing_secret=SECRET, app_token=None, tokens=wiring.slack_tokens)
    with served(lambda _address: app_with(face)) as address:
        lin = linked(world, slack, f"{address}{PATH}", "lin")
        lin.says("help")
        lin.commands("/help")
        with writing(world.engine) as db:
            open_channel(db, Address("slack", slack.team, slack.channel("general")), language="en")
        rights(slack, *scopes())
        told = list(check(wiring_of(world, slack, public_url=address), "en"))
    assert [each.words for each in told if each.kind == "missing"] == []
    words = "\n".join(each.words for each in told)
    for each in (
        "takes nothing that Slack did not sign",
        "every right",
        "is in the channel",
        "last command",
        "1 person",
    ):
        assert each in words


def test_a_newcomer_is_told_what_to_do_next(world: World, slack: Slack) -> None:
    told = "\n".join(missing(wiring_of(world, slack)))
    assert "Slack can't reach this installation" in told
    assert "nothing has come from there yet" in told
    assert "nobody is linked" in told
    assert missing(wiring_of(world, slack, slack_bot_token=None)) == [
        "Slack is not set up: write SLACK_BOT_TOKEN and SLACK_APP_TOKEN into the file .env. "
        "docs/slack.md leads through it."
    ]


def test_it_speaks_chinese(world: World, slack: Slack) -> None:
    assert any("还没有人绑定" in each for each in missing(wiring_of(world, slack), "zh"))


def test_missing_rights_are_named_and_needless_ones_noted(world: World, slack: Slack) -> None:
    rights(slack, *[each for each in scopes() if each != "files:read"], "admin")
    told = list(check(wiring_of(world, slack), "en"))
    assert any(each.kind == "missing" and "lacks the rights files:read." in each.words for each in told)
    assert any(each.kind == "note" and "does not use: admin" in each.words for each in told)


def test_a_channel_without_the_bot_is_named_with_what_to_write_there(world: World, slack: Slack) -> None:
    with writing(world.engine) as db:
        open_channel(db, Address("slack", slack.team, "C0ALERTS"), language="en")
    slack.fail("conversations.history", 200, {"ok": False, "error": "not_in_channel"})
    (told,) = [each for each in missing(wiring_of(world, slack)) if "C0ALERTS" in each]
    assert "/invite @Storekeeper" in told


def test_a_clock_that_is_off_is_told(world: World, slack: Slack) -> None:
    world.pass_time(seconds=200)
    (told,) = [each for each in missing(wiring_of(world, slack)) if "clock" in each]
    assert re.search(r"(19\d|20\d) seconds", told)


def test_a_refused_token_is_told_and_one_that_works_again_counts_again(world: World, slack: Slack) -> None:
    wiring = wiring_of(world, slack)
    assert wiring.slack is not None and wiring.slack_tokens is not None
    wiring.slack_tokens.refused(slack.team, TOKEN, "invalid_auth")
    assert any("install it again" in str(each) for each in examine(world.engine))
    for _ in range(2):
        slack.fail("auth.test", 200, {"ok": False, "error": "invalid_auth"})
    told = "\n".join(missing(wiring))
    assert "Slack does not take SLACK_BOT_TOKEN. Slack refuses it." in told
    assert not any("token" in each for each in missing(wiring))
    assert examine(world.engine) == []


def test_a_workspace_that_must_be_installed_again_is_told_while_its_token_still_works(
    world: World, slack: Slack
) -> None:
    wiring = wiring_of(world, slack, slack_client_id=CLIENT_ID, slack_client_secret=SecretStr(CLIENT_SECRET))
    tokens = wiring.slack_tokens
    assert tokens is not None
    tokens.install(granted(slack.team, token=TOKEN, name="Emulated"), employee_id=None)
    tokens.vault.broke(slack.team, "refresh_lost")
    assert any("must be installed there again" in each for each in missing(wiring))
    assert any("must be installed there again" in each for each in missing(wiring))


def test_several_workspaces_without_one_yet_say_how_to_install_it(world: World, slack: Slack) -> None:
    wiring = wiring_of(
        world, slack, slack_bot_token=None, slack_client_id=CLIENT_ID, slack_client_secret=SecretStr(CLIENT_SECRET)
    )
    told = "\n".join(missing(wiring))
    assert "installed nowhere yet" in told and "begins with https" in told


def test_the_pages_of_an_installation_are_there_where_it_is_set_up_alone(world: World, slack: Slack) -> None:
    several = wiring_of(
        world,
        slack,
        slack_client_id=CLIENT_ID,
        slack_client_secret=SecretStr(CLIENT_SECRET),
        public_url="https://stock.example.org",
        redis_url=None,
        telegram_bot_token=None,
        carrier_secret=None,
    )
    for path in (f"{BEGIN}/guessed", REDIRECT):
        told = TestClient(build_app(several)).get(path, headers={"Accept-Language": "zh"})
        assert told.status_code == 400 and ("没有任何更改" in told.text or "已失效" in told.text)
        assert "frame-ancestors 'self'" in told.headers["content-security-policy"]
    alone = wiring_of(world, slack, redis_url=None, telegram_bot_token=None, carrier_secret=None)
    assert TestClient(build_app(alone)).get(f"{BEGIN}/guessed").status_code == 404


def test_socket_mode_is_tried(world: World, slack: Slack) -> None:
    wiring = wiring_of(world, slack, slack_app_token=SecretStr("xapp-1-A0-1-0123456789abcdef"))
    slack.fail("apps.connections.open", 200, {"ok": True, "url": "wss://127.0.0.1/link"})
    assert not any("Socket Mode" in each and "does not work" in each for each in missing(wiring))
    slack.fail("apps.connections.open", 200, {"ok": False, "error": "invalid_auth"})
    assert any("Socket Mode does not work. Slack refuses it." in each for each in missing(wiring))


def test_an_address_that_leads_elsewhere_is_told(world: World, slack: Slack) -> None:
    assert any(
        "does not answer from here" in each
        for each in missing(wiring_of(world, slack, public_url="http://127.0.0.1:1"))
    )
    assert any("not Storekeeper's door" in each for each in missing(wiring_of(world, slack, public_url=slack.origin)))


def test_a_slack_that_is_away_is_told_as_such(world: World, slack: Slack) -> None:
    told = missing(wiring_of(world, slack, slack_api_url="http://127.0.0.1:1/api"))
    assert any("Slack can't be reached from here." in each for each in told)


def test_a_key_that_others_may_read_is_told_by_the_check_and_by_the_doctor(world: World, slack: Slack) -> None:
    wiring = wiring_of(world, slack)
    assert wiring.slack_tokens is not None
    wiring.slack_tokens.install(granted(slack.team, token=TOKEN, refresh="", expires_in_s=None), employee_id=None)
    assert examine(world.engine, keyring=wiring.keyring) == []
    wiring.keyring.path.chmod(0o640)
    assert any("chmod 600" in each for each in missing(wiring))
    assert ["chmod 600" in str(each) for each in examine(world.engine, keyring=wiring.keyring)] == [True]
    wiring.keyring.path.unlink()
    assert ["is missing" in str(each) for each in examine(world.engine, keyring=wiring.keyring)] == [True]


def test_the_commands_tell_check_and_seal_as_a_person_runs_them(tmp_path: Path, slack: Slack) -> None:
    product = Product(
        tmp_path / "data",
        SLACK_CLIENT_ID=CLIENT_ID,
        SLACK_CLIENT_SECRET=CLIENT_SECRET,
        SLACK_SIGNING_SECRET=SECRET,
        SLACK_API_URL=slack.base_url,
        STOREKEEPER_PUBLIC_URL="https://stock.example.org",
    )
    product.answer_of("migrate")
    link = product.answer_of("slack", "install")
    assert re.search(r"https://stock\.example\.org/slack/install/[\w-]{32}", link)
    assert "The tokens of 0 workspaces are sealed anew." in product.answer_of("slack", "rekey")
    process = product.command("slack", "check", "--language", "zh", STOREKEEPER_PUBLIC_URL="http://127.0.0.1:1")
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and "尚未安装到任何工作区" in told.decode()
    assert (product.data / "secret.key").stat().st_mode & 0o777 == 0o600
