"""The workspaces' tokens: renewed once for all processes, never in clear in the database, and missed aloud."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.channel import DeliveryError
from bot.sealing import Keyring, Sealed, SealedAway
from bot.slack.api import Api
from bot.slack.render import words
from bot.slack.send import SlackChannel
from bot.slack.tokens import Tokens
from bot.web.send import WebChannel
from inventory_core.db.engine import reading, writing
from tests.bot.slack.installed import Issuer, granted, issuer, tokens_at
from tests.tools import eventually
from tests.world import World
from workflows import workspaces
from workflows.intents import Address
from workflows.workspaces import Workspace

CHAT = Address("slack", "T1", "C1")


@pytest.fixture
def slack_() -> Iterator[Issuer]:
    with issuer() as made:
        yield made


@pytest.fixture
def tokens(shop: World, slack_: Issuer) -> Tokens:
    """T1 with a token that is over in a minute."""
    return installed(shop, slack_, expires_in_s=60)


def installed(world: World, slack_: Issuer, **changed: object) -> Tokens:
    made = tokens_at(world, slack_.base_url)
    made.install(granted(**changed), employee_id=None)
    return made


def channel_of(tokens: Tokens, slack_: Issuer) -> SlackChannel:
    return SlackChannel(Api(tokens.token_of, base_url=slack_.base_url, refused=tokens.refused))


def state(world: World, team: str = "T1") -> Workspace:
    with reading(world.engine) as db:
        found = workspaces.find(db, team)
    assert found is not None
    return found


def told(world: World, code: str) -> list[str]:
    """Return the titles of the notices about workspaces that a person has on the web."""
    relay = world.relay()
    world.channels["web"] = WebChannel()
    while relay.turn():
        pass
    with reading(world.engine) as db:
        subjects = db.execute(
            text("""
                SELECT m.subject FROM messages m JOIN chats c ON c.id = m.chat_id
                WHERE c.chat = :code AND m.subject LIKE 'workspace:%' ORDER BY m.id
            """),
            {"code": code},
        ).scalars()
        return list(subjects)


def process(world: World, slack_: Issuer, *more: str) -> subprocess.Popen[str]:
    url = world.engine.url.render_as_string(hide_password=False)
    keys = world.desk.files.parent / "secret.key"
    command = [sys.executable, "-m", "tests.bot.slack.sender", url, str(keys), slack_.base_url, world.now.isoformat()]
    return subprocess.Popen(
        [*command, *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    )


def test_four_processes_that_send_at_once_renew_the_token_once(world: World, slack_: Issuer) -> None:
    tokens = installed(world, slack_, expires_in_s=60)
    slack_.slow_s = 0.2
    with ExitStack() as stack:
        senders = [stack.enter_context(process(world, slack_)) for _ in range(4)]
        assert [each.stdout.readline() for each in senders if each.stdout] == ["ready\n"] * 4
        for each in senders:
            assert each.stdin
            each.stdin.write("\n")
            each.stdin.flush()
        assert all("sent\n" in each.communicate(timeout=60)[0] for each in senders)
    assert len(slack_.calls) == 1
    assert len(slack_.posted) == 4
    assert tokens.token_of("T1") == "xoxe.xoxb-1-new1"
    assert state(world).state == "installed"


def test_a_process_that_ends_between_slacks_answer_and_the_commit_is_told_of(world: World, slack_: Issuer) -> None:
    tokens = installed(world, slack_, expires_in_s=60)
    with process(world, slack_, "ends") as sender:
        assert sender.stdin
        sender.stdin.write("\n")
        sender.stdin.flush()
        assert sender.wait(60) != 0
    assert len(slack_.calls) == 1
    world.pass_time(seconds=31)
    assert tokens.token_of("T1") == "xoxe.xoxb-1-first"  # good to its end
    assert (state(world).state, state(world).reason) == ("broken", "refresh_lost")
    assert told(world, "chen") == [f"workspace:{state(world).id}.1"]
    tokens.token_of("T1")
    assert len(slack_.calls) == 2  # it isn't tried again and again
    world.pass_time(seconds=60)
    with pytest.raises(DeliveryError) as failed:
        tokens.token_of("T1")
    assert (failed.value.code, failed.value.permanent) == ("bad_token", False)
    tokens.install(granted(token="xoxe.xoxb-1-again", refresh="xoxe-1-again"), employee_id=None)
    assert tokens.token_of("T1") == "xoxe.xoxb-1-again"
    assert state(world).state == "installed"


def test_a_token_with_hours_to_go_is_left_alone(shop: World, slack_: Issuer) -> None:
    tokens = installed(shop, slack_)
    assert tokens.token_of("T1") == "xoxe.xoxb-1-first"
    shop.pass_time(hours=10, minutes=1)
    assert tokens.token_of("T1") == "xoxe.xoxb-1-new1"
    shop.pass_time(hours=11)
    assert tokens.token_of("T1") == "xoxe.xoxb-1-new2"
    assert len(slack_.calls) == 2


def test_a_token_without_an_end_is_never_renewed(shop: World, slack_: Issuer) -> None:
    tokens = installed(shop, slack_, token="xoxb-for-ever", refresh="", expires_in_s=None)
    shop.pass_time(days=400)
    assert tokens.token_of("T1") == "xoxb-for-ever"
    assert slack_.calls == []


@pytest.mark.parametrize("error", ["ratelimited", "internal_error", "something_new"])
def test_a_slack_that_is_away_is_asked_again_a_little_later(
    shop: World, slack_: Issuer, tokens: Tokens, error: str
) -> None:
    slack_.faults.append({"ok": False, "error": error})
    assert tokens.token_of("T1") == "xoxe.xoxb-1-first"
    assert tokens.token_of("T1") == "xoxe.xoxb-1-first"
    assert len(slack_.calls) == 1
    assert state(shop).state == "installed"
    shop.pass_time(seconds=16)
    assert tokens.token_of("T1") == "xoxe.xoxb-1-new2"


def test_a_slack_that_is_away_when_the_token_is_over_holds_the_messages_back(
    shop: World, slack_: Issuer, tokens: Tokens
) -> None:
    shop.pass_time(minutes=2)
    slack_.faults.append({"ok": False, "error": "internal_error"})
    with pytest.raises(DeliveryError) as failed:
        tokens.token_of("T1")
    assert (failed.value.code, failed.value.permanent) == ("no_token", False)
    shop.pass_time(seconds=16)
    assert tokens.token_of("T1") == "xoxe.xoxb-1-new2"


def test_a_wrong_client_secret_is_told_and_once_it_is_right_all_goes_on(
    shop: World, slack_: Issuer, tokens: Tokens
) -> None:
    slack_.faults.append({"ok": False, "error": "bad_client_secret"})
    assert tokens.token_of("T1") == "xoxe.xoxb-1-first"
    assert (state(shop).state, state(shop).reason) == ("broken", "client_refused")
    shop.pass_time(seconds=16)
    assert tokens.token_of("T1") == "xoxe.xoxb-1-new2"
    assert state(shop).state == "installed"


def test_a_token_that_slack_calls_expired_before_its_time_is_renewed(shop: World, slack_: Issuer) -> None:
    tokens = installed(shop, slack_)
    slack_.good.clear()
    channel = channel_of(tokens, slack_)
    with pytest.raises(DeliveryError) as failed:
        channel.post(CHAT, [words("Hello")])
    assert not failed.value.permanent
    channel.post(CHAT, [words("Hello")])
    assert len(slack_.posted) == 1
    assert state(shop).state == "installed"


def test_a_token_that_slack_refuses_is_told_once_to_the_administrators(shop: World, slack_: Issuer) -> None:
    tokens = installed(shop, slack_, token="xoxb-withdrawn", refresh="", expires_in_s=None)
    with writing(shop.engine) as db:
        db.execute(
            text("INSERT INTO employee_roles (employee_id, role) VALUES (:id, 'administrator')"),
            {"id": shop.person("otto").id},
        )
    channel = channel_of(tokens, slack_)
    for _ in range(3):
        with pytest.raises(DeliveryError) as failed:
            channel.post(CHAT, [words("Hello")])
        assert (failed.value.code, failed.value.permanent) == ("bad_token", False)
    assert (state(shop).state, state(shop).reason) == ("broken", "token_expired")
    assert told(shop, "otto") == [f"workspace:{state(shop).id}.1"]
    assert told(shop, "chen") == []


def test_a_refusal_of_a_token_that_was_replaced_meanwhile_is_no_matter(
    shop: World, slack_: Issuer, tokens: Tokens
) -> None:
    assert tokens.token_of("T1") == "xoxe.xoxb-1-new1"
    tokens.refused("T1", "xoxe.xoxb-1-first", "token_revoked")
    assert state(shop).state == "installed"


def test_a_refused_token_of_the_environment_is_told_and_a_new_one_puts_it_right(shop: World, slack_: Issuer) -> None:
    tokens = tokens_at(shop, slack_.base_url, environment="xoxb-old-in-the-environment")
    with pytest.raises(DeliveryError):
        channel_of(tokens, slack_).post(CHAT, [words("Hello")])
    assert state(shop).state == "broken"
    assert tokens.token_of("T1") == "xoxb-old-in-the-environment"
    renewed = tokens_at(shop, slack_.base_url, environment="xoxb-new-in-the-environment")
    assert renewed.serves("T1")
    assert state(shop).state == "installed"


def clear_in(*paths: Path) -> list[str]:
    return [f"{path.name}: {token}" for path in paths for token in TOKENS if token.encode() in path.read_bytes()]


TOKENS = ("xoxb", "xoxe", "xapp")


def test_neither_the_database_nor_a_copy_of_it_holds_a_token(
    shop: World, slack_: Issuer, tokens: Tokens, tmp_path: Path
) -> None:
    assert tokens.token_of("T1") == "xoxe.xoxb-1-new1"
    with pytest.raises(DeliveryError):
        slack_.good.clear()
        channel_of(tokens, slack_).post(CHAT, [words("Hello")])
    told(shop, "chen")
    database = Path(str(shop.engine.url.database))
    backup = tmp_path / "backup.db"
    with sqlite3.connect(database) as source, sqlite3.connect(backup) as target:
        source.backup(target)
    shutil.copy(database, tmp_path / "copy.db")
    files = sorted(database.parent.glob("*.db*"))
    assert backup in files and database in files and len(files) >= 3
    assert clear_in(*files) == []
    key = shop.desk.files.parent / "secret.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text().strip().encode() not in database.read_bytes()


def test_sealed_anew_the_old_key_is_worth_nothing_and_the_tokens_still_serve(
    world: World, slack_: Issuer, tmp_path: Path
) -> None:
    tokens = installed(world, slack_)
    tokens.install(granted("T2", token="xoxb-two", refresh="", expires_in_s=None), employee_id=None)
    file = world.desk.files.parent / "secret.key"
    before = file.read_text()
    row = tokens.vault.row("T1")
    assert row is not None
    assert tokens.vault.reseal(renews=True) == 2
    assert (tokens.token_of("T1"), tokens.token_of("T2")) == ("xoxe.xoxb-1-first", "xoxb-two")
    assert before.strip() not in file.read_text() and len(file.read_text().split()) == 1
    (tmp_path / "old.key").write_text(before)
    again = tokens.vault.row("T1")
    assert again is not None and again.key_id != row.key_id
    with pytest.raises(SealedAway):
        Keyring(tmp_path / "old.key").open(Sealed(again.key_id, again.token), about="T1 token")
    world.pass_time(hours=11)
    assert tokens.token_of("T1") == "xoxe.xoxb-1-new1"


def test_a_pair_that_comes_while_everything_is_sealed_anew_is_kept(world: World, slack_: Issuer) -> None:
    tokens = installed(world, slack_, expires_in_s=60)
    slack_.slow_s = 0.5
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(tokens.token_of, "T1")
        assert eventually(lambda: len(slack_.calls) == 1)
        tokens.vault.reseal(renews=True)
        assert renewing.result(30) == "xoxe.xoxb-1-new1"
    assert len(slack_.calls) == 1 and state(world).state == "installed"


def test_a_lost_key_is_told_and_once_it_is_back_all_goes_on(shop: World, tokens: Tokens) -> None:
    shop.pass_time(seconds=-90_000)  # the token is good for long
    key = shop.desk.files.parent / "secret.key"
    kept = key.read_bytes()
    key.unlink()
    with pytest.raises(DeliveryError) as failed:
        tokens.token_of("T1")
    assert (failed.value.code, failed.value.permanent) == ("bad_token", False)
    assert (state(shop).state, state(shop).reason) == ("broken", "sealed_away")
    assert not key.exists()
    key.write_bytes(kept)
    assert tokens.token_of("T1") == "xoxe.xoxb-1-first"
    assert state(shop).state == "installed"


def test_a_sealed_token_cant_stand_in_the_place_of_another(shop: World, tokens: Tokens) -> None:
    tokens.install(granted("T2", token="xoxb-two", refresh="", expires_in_s=None), employee_id=None)
    with writing(shop.engine) as db:
        db.execute(
            text("""
                UPDATE slack_workspaces SET token = (SELECT token FROM slack_workspaces WHERE team = 'T1')
                WHERE team = 'T2'
            """)
        )
    with pytest.raises(DeliveryError, match="bad_token"):
        tokens.token_of("T2")


def test_keys_of_the_environment_seal_with_the_first_and_open_with_all(tmp_path: Path) -> None:
    old, new = "Zt8vKpW1nHs5DfLcJ4bRm9XyTuE2oQAb", "qWm3RtZk8LpV2nHs7DfGcJ4bXy9TuE2o"
    sealed = Keyring(tmp_path / "no.key", [old]).seal("words", about="x")
    both = Keyring(tmp_path / "no.key", [new, old])
    assert both.open(sealed, about="x") == "words"
    assert both.seal("words", about="x").key_id == both.ids()[0] != sealed.key_id
    with pytest.raises(SealedAway):
        both.open(sealed, about="y")
    with pytest.raises(SealedAway):
        Keyring(tmp_path / "no.key", [new]).open(sealed, about="x")
    assert not (tmp_path / "no.key").exists()


def test_what_is_sent_to_a_workspace_without_the_app_is_given_up(slack_: Issuer, tokens: Tokens) -> None:
    with pytest.raises(DeliveryError) as failed:
        channel_of(tokens, slack_).post(Address("slack", "T9", "C1"), [words("Hello")])
    assert (failed.value.code, failed.value.permanent) == ("not_installed", True)
