"""Questions outlive the process that asked them, wherever it was killed."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.telegram import polling, standing
from bot.telegram.address import sender_of
from bot.telegram.send import TelegramChannel
from tests.bot.telegram.running import HOST, asked_of, chat_of, decisions, linked, running
from tests.conftest import sqlite_copy
from tests.telegram_server import CallLost, TelegramServer
from tests.world import World
from workflows.leases import LIFE, Lease


def test_a_new_process_goes_on_at_the_same_question(
    shop: World, telegram: TelegramServer, channel: TelegramChannel
) -> None:
    shop.channels["telegram"] = channel
    with running(shop.desk, telegram, is_posted_to=False):
        lin = linked(shop, telegram, "lin")
        lin.taps(asked_of(shop, lin), "Something differs…")
        lin.sees("1 of 3")
        lin.says("547")
        lin.sees("2 of 3")
    lin.says("3")
    with running(shop.desk, telegram, is_posted_to=False):
        lin.sees("3 of 3")
        lin.presses("Skip")
        lin.sees("Please check")
    lin.says("Send")
    with running(shop.desk, telegram, is_posted_to=False):
        lin.sees("Done: Something differs.")
    assert shop.inbox("maria")[0].rows[0].figures[0].value == "547 pc"


def test_an_answer_that_comes_again_after_a_crash_is_no_answer_to_the_next_question(
    shop: World, telegram: TelegramServer, channel: TelegramChannel
) -> None:
    shop.channels["telegram"] = channel
    with running(shop.desk, telegram):
        lin = linked(shop, telegram, "lin")
        tap = lin.taps(asked_of(shop, lin), "Something differs…")
        lin.sees("1 of 3")
        lin.says("5")
        second = lin.sees("2 of 3")
        answer = telegram.state.updates.history[-1]["update_id"]
    with running(shop.desk, telegram):
        telegram.redeliver(answer)
        asked_again = lin.sees("2 of 3", after=second)
        telegram.redeliver(tap.update_id)
        lin.sees("2 of 3", after=asked_again)
        lin.says("1")
        lin.sees("3 of 3")
        lin.says("Skip")
        lin.sees("Please check")
        lin.says("Send")
        lin.sees("Done: Something differs.")
        skip = telegram.state.updates.history[-1]["update_id"]
    with running(shop.desk, telegram):
        telegram.redeliver(skip)
        telegram.redeliver(tap.update_id)
        telegram.wait_until_confirmed()
    assert decisions(shop) == ["differs"]
    assert [each.value for each in shop.inbox("maria")[0].rows[0].figures] == ["5 pc", "1 pc"]


def test_an_answer_that_was_noted_but_not_stored_before_a_crash_is_taken(
    shop: World, telegram: TelegramServer, channel: TelegramChannel
) -> None:
    shop.channels["telegram"] = channel
    with running(shop.desk, telegram):
        lin = linked(shop, telegram, "lin")
        lin.taps(asked_of(shop, lin), "Something differs…")
        lin.sees("1 of 3")
        telegram.hold()
        said = lin.says("547")
        assert standing.take_answer(shop.desk, sender_of(lin.id), chat_of(lin), message_id=said.id, asked=0)
        telegram.release()
        lin.sees("2 of 3")


def test_questions_that_ran_out_while_we_were_down_are_closed_with_a_word(
    shop: World, telegram: TelegramServer, channel: TelegramChannel
) -> None:
    shop.channels["telegram"] = channel
    with running(shop.desk, telegram, is_posted_to=False):
        lin = linked(shop, telegram, "lin")
        lin.taps(asked_of(shop, lin), "Something differs…")
        lin.sees("1 of 3")
        lin.says("547")
        lin.sees("2 of 3")
    shop.pass_time(hours=9)
    with running(shop.desk, telegram, is_posted_to=False):
        closed = lin.sees("These questions are closed: they waited too long.")
        assert lin.keys == ()
        lin.says("/stock CHAIN")
        lin.sees("Available", after=closed)
    assert decisions(shop) == []
    assert shop.inbox("lin")


def test_a_telegram_that_is_away_at_the_start_is_tried_again(shop: World, telegram: TelegramServer) -> None:
    telegram.faults.on("getMe", CallLost())
    lin = telegram.person("lin")
    with running(shop.desk, telegram, is_posted_to=False):
        lin.says("hello")
        lin.sees("This account is not linked")


def test_a_webhook_left_over_is_named_and_taken_down_before_updates_are_fetched(
    shop: World, telegram: TelegramServer, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(shop.desk, telegram):
        telegram.wait_for(lambda: telegram.state.updates.webhook is not None)
    lin = telegram.person("lin")
    with running(shop.desk, telegram, is_posted_to=False):
        lin.says("hello")
        lin.sees("This account is not linked")
    assert telegram.state.updates.webhook is None
    assert telegram.state.updates.waiting == []
    said = capfd.readouterr().out
    assert f"host={HOST}" in said and "give it a bot of its own" in said


def test_of_two_processes_one_fetches_and_the_other_takes_over(
    shop: World, telegram: TelegramServer, capfd: pytest.CaptureFixture[str]
) -> None:
    lin = telegram.person("lin")
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(running(shop.desk, telegram, is_posted_to=False))
        lin.says("hello")
        heard = lin.sees("This account is not linked")
        second.enter_context(running(shop.desk, telegram, is_posted_to=False))
        telegram.wait_for(lambda: len(telegram.calls("deleteWebhook")) == 2)
        lin.says("hello again")
        heard = lin.sees("This account is not linked", after=heard)
        first.close()
        lin.says("still there?")
        lin.sees("This account is not linked", after=heard)
    assert "telegram_poll_failed" not in capfd.readouterr().out


def test_a_process_that_was_killed_leaves_its_lease_behind_for_a_moment_only(shop: World) -> None:
    killed, other = Lease(shop.desk, "telegram:1"), Lease(shop.desk, "telegram:1")
    assert killed.take() and killed.take() and not other.take()
    assert Lease(shop.desk, "telegram:2").take()
    shop.pass_time(seconds=LIFE.total_seconds())
    assert other.take() and not killed.take()
    killed.release()  # no longer its own
    assert not killed.take()
    other.release()
    assert killed.take()


def test_another_installation_with_the_same_token_stops_with_a_sentence(
    shop: World,
    sqlite_company: Path,
    tmp_path: Path,
    telegram: TelegramServer,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []

    def is_told() -> bool:
        told.extend(capfd.readouterr())
        return "telegram_token_in_use" in "".join(told)

    (tmp_path / "elsewhere").mkdir()
    elsewhere = World.of(sqlite_copy(sqlite_company, tmp_path / "elsewhere"), tmp_path / "files")
    monkeypatch.setattr(polling, "_NEW_FOR_S", 0)  # the first one is no new one
    lin = telegram.person("lin")
    with running(shop.desk, telegram, is_posted_to=False):
        lin.says("hello")
        heard = lin.sees("This account is not linked")
        monkeypatch.undo()
        with running(elsewhere.desk, telegram, is_posted_to=False):
            telegram.wait_for(is_told, within_s=20)
            lin.says("hello again")
            lin.sees("This account is not linked", after=heard)
    elsewhere.engine.dispose()
    assert "give each its own TELEGRAM_BOT_TOKEN" in "".join(told)


def test_a_token_that_telegram_refuses_is_not_told_to_the_log(
    shop: World, telegram: TelegramServer, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    telegram.token = "4242:AAanother-token-than-the-servers_012345"
    caplog.set_level("DEBUG")
    told: list[str] = []

    def is_told() -> bool:
        told.extend(capfd.readouterr())
        return "telegram_not_ready" in "".join(told)

    with running(shop.desk, telegram, is_posted_to=False):
        telegram.wait_for(is_told)
    assert "AAanother" not in "".join((caplog.text, *told, *capfd.readouterr()))
