"""Whatever Slack answers, the whole chain from the journal to the chat ends well: shown once, or dead with a reason."""

import json
import socket
import threading
import time
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import text

from bot.channel import DeliveryError
from bot.slack.routes import SlackFace
from bot.slack.send import SlackChannel
from bot.web.headers import guard
from inventory_core.db.engine import reading
from tests.bot.cards import a_card
from tests.bot.slack.peer import ENDLESS, Slack
from tests.bot.slack.running import SECRET, Person, buttons, labels, linked, signed, told
from tests.serving import app_with, served
from tests.tools import eventually
from tests.world import World
from workflows.intents import Address

PASSING: list[tuple[int, Any, dict[str, str]]] = [
    (429, {"ok": False, "error": "ratelimited"}, {"Retry_After": "3"}),
    (429, b"<html>Slow down</html>", {"Retry_After": "3"}),
    (200, {"ok": False, "error": "ratelimited"}, {}),
    (500, b"", {}),
    (502, b"<html>Bad gateway</html>", {}),
    (503, {"ok": False, "error": "service_unavailable"}, {}),
    (200, b"<!doctype html><html>Hello</html>", {}),
    (200, b"", {}),
    (200, b'"ok"', {}),
    (200, b"[" * 100_000, {}),
    (200, b'{"ok": false, "padding": "' + b"x" * 10_000_000 + b'"}', {}),
    (200, {"ok": False}, {}),
    (200, {"ok": False, "error": None}, {}),
    (200, {"ok": False, "error": "fatal_error"}, {}),
    (200, {"ok": False, "error": "an_error_of_tomorrow"}, {}),
    (200, {"ok": False, "error": "token_expired"}, {}),
    (200, {"ok": False, "error": "invalid_blocks"}, {}),
    (200, {"ok": False, "error": "msg_blocks_too_long"}, {}),
]
FINAL = {
    "channel_not_found": "chat_not_found",
    "not_in_channel": "not_in_channel",
    "is_archived": "chat_closed",
    "user_not_found": "blocked",
    "user_disabled": "blocked",
    "restricted_action": "no_rights",
}


@pytest.fixture
def channel(slack: Slack) -> SlackChannel:
    return SlackChannel(slack.api(timeout_s=2))


def until_settled(world: World) -> None:
    """Let the relay work for a quarter of an hour."""
    for _ in range(9):
        told(world)
        world.pass_time(seconds=100)


def settled_as(world: World, chat: str) -> list[tuple[str, str]]:
    with reading(world.engine) as db:
        rows = db.execute(
            text("""
                SELECT DISTINCT d.state, CASE WHEN d.state = 'dead' THEN d.reason ELSE '' END FROM deliveries d
                JOIN messages m ON m.id = d.message_id JOIN chats c ON c.id = m.chat_id WHERE c.chat = :chat
            """),
            {"chat": chat},
        )
        return [(row[0], row[1]) for row in rows]


def decisions(world: World) -> list[str]:
    with reading(world.engine) as db:
        return list(db.execute(text("SELECT outcome FROM decisions ORDER BY id")).scalars())


@pytest.mark.parametrize(("status", "answer", "headers"), PASSING)
def test_a_card_comes_once_after_a_fault_that_passes(
    shop: World, slack: Slack, face: str, status: int, answer: Any, headers: dict[str, str]
) -> None:
    lin = linked(shop, slack, face, "lin")
    number = f"F{time.monotonic_ns()}"
    slack.fail("chat.postMessage", status, answer, **headers)
    shop.given_receipt(("CHAIN", 5, "1"), number=number)
    until_settled(shop)
    assert settled_as(shop, lin.chat) == [("delivered", "")]
    assert len([each for each in slack.messages(lin.chat) if number in json.dumps(each)]) == 1


@pytest.mark.parametrize("error", FINAL)
def test_what_can_not_be_shown_is_dead_with_a_reason_that_is_told(
    shop: World, slack: Slack, face: str, error: str
) -> None:
    lin = linked(shop, slack, face, "lin")
    slack.fail("chat.postMessage", 200, {"ok": False, "error": error})
    shop.given_receipt(("CHAIN", 5, "1"), number="F2")
    until_settled(shop)
    assert settled_as(shop, lin.chat) == [("dead", FINAL[error])]
    assert len(slack.calls_of("chat.postMessage")) == 1
    shop.tap("lin", "All arrived as ordered")  # the task itself is done elsewhere
    assert decisions(shop) == ["as_ordered"]


@pytest.mark.parametrize("fault", [(503, b""), (200, {"ok": False, "error": "internal_error"}), (429, b"")])
def test_an_edit_that_fails_is_made_later(shop: World, slack: Slack, face: str, fault: tuple[int, Any]) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="F3")
    told(shop)
    card = lin.card("PO F3")
    slack.fail("chat.update", *fault)
    slack.fail("chat.update", *fault)
    assert lin.taps(card, "All arrived as ordered").status_code == 200
    until_settled(shop)
    assert labels(lin.card("PO F3")) == []
    assert settled_as(shop, lin.chat) == [("delivered", "")]


@pytest.mark.parametrize("error", ["message_not_found", "edit_window_closed", "cant_update_message"])
def test_a_card_that_can_no_longer_be_edited_is_given_up_and_the_tap_counts(
    shop: World, slack: Slack, face: str, error: str
) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="F4")
    told(shop)
    for _ in range(2):
        slack.fail("chat.update", 200, {"ok": False, "error": error})
    assert lin.taps(lin.card("PO F4"), "All arrived as ordered").status_code == 200
    assert eventually(lambda: len(slack.calls_of("chat.update")) == 1)
    until_settled(shop)
    assert decisions(shop) == ["as_ordered"]
    assert ("dead", "message_gone") in settled_as(shop, lin.chat)


@pytest.mark.parametrize("error", ["expired_trigger_id", "trigger_expired", "exchanged_trigger_id"])
def test_a_form_that_slack_opens_no_more_is_told(shop: World, slack: Slack, face: str, error: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="F5")
    told(shop)
    slack.fail("views.open", 200, {"ok": False, "error": error})
    assert lin.taps(lin.card("PO F5"), "Something differs…").status_code == 200
    assert "tap the button again" in slack.wait_for_call("chat.postEphemeral").said


@pytest.mark.parametrize(("status", "answer"), [(404, b"used_url"), (404, b"expired_url"), (410, b""), (503, b"")])
def test_a_tap_whose_address_for_answers_is_gone_is_answered_beside_it(
    shop: World, slack: Slack, face: str, status: int, answer: bytes
) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="F6")
    general = slack.channel("general")
    lin.commands("/inbox", chat=general)
    card = {"blocks": slack.wait_for_call("respond", "PO F6").blocks}
    button = next(each for each in buttons(card) if each["text"]["text"] == "All arrived as ordered")
    slack.fail("respond/9", status, answer)
    tap = lin.payload(button, chat=general, message="17.1", url=f"{slack.origin}/respond/9")
    assert lin.sends(tap).status_code == 200
    assert decisions(shop) == ["as_ordered"]
    if status == 503:  # not gone: it is answered there at the second try
        assert "Waiting for" in slack.wait_for_call("respond", "Waiting for").said
    else:
        assert "Waiting for" in slack.wait_for_call("chat.postEphemeral", "Waiting for").said


def test_an_answer_without_an_end_is_left_after_a_megabyte(slack: Slack, channel: SlackChannel) -> None:
    slack.fail("chat.postMessage", 200, ENDLESS)
    with pytest.raises(DeliveryError) as failed:
        channel.send(Address("slack", slack.team, slack.direct("chen")), a_card())
    assert (failed.value.code, failed.value.may_have_arrived) == ("bad_answer", True)
    assert slack.poured < 20_000_000  # what stands in the buffers of both ends


def test_a_redirect_is_not_followed_and_no_token_leaves(slack: Slack, channel: SlackChannel) -> None:
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(30)

        def listen() -> None:
            try:
                seen.append(other.accept()[0].recv(10_000))
            except OSError:
                return

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        for place in (f"http://127.0.0.1:{other.getsockname()[1]}/", f"{slack.base_url}/chat.postMessage"):
            for status in (301, 302, 307, 308):
                slack.fail("chat.postMessage", status, b"", Location=place)
                with pytest.raises(DeliveryError) as failed:
                    channel.send(Address("slack", slack.team, slack.direct("chen")), a_card())
                assert not failed.value.permanent
        other.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert seen == []
    assert len(slack.calls_of("chat.postMessage")) == 8


def interaction(sent: Any) -> bytes:
    return urlencode({"payload": json.dumps(sent)}).encode()


BROKEN = [
    b"payload=x",
    b"payload=%7B",
    b"payload=%7B%7D",
    b"\xff\xfe",
    b"{",
    b"[]",
    b"null",
    b"1",
    b"payload=" + b"[" * 20_000,
    b'{"a":' + b"[" * 20_000,
    b'{"type": "event_callback"}',
    b'{"type": "event_callback", "event": []}',
    b'{"type": "event_callback", "event": {"type": {}}}',
    b'{"type": "event_callback", "event": {"type": "message", "subtype": 7}}',
    b'{"type": "event_callback", "event": {"type": "link_shared"}}',
    b'{"type": {}}',
    b"command=%2Finbox",
    b"command=%2Finbox&" + b"a=1&" * 200,
    *(interaction(each) for each in ([], 1, None, {"type": "block_actions"}, {"type": "message_action"})),
    interaction({"type": "block_actions", "actions": []}),
    interaction({"type": "block_actions", "actions": [{}]}),
    interaction({"type": "block_actions", "actions": [{"action_id": 7}]}),
    interaction({"type": "block_actions", "actions": [{"action_id": "outcome.0"}]}),
    interaction({"type": "block_actions", "actions": [{"action_id": "home.filter"}]}),
    interaction({"type": "block_actions", "actions": "x", "user": 5, "team": []}),
    interaction({"type": "view_submission", "view": {"id": "V"}}),
    interaction({"type": "view_submission", "view": {"type": "modal", "callback_id": "x", "private_metadata": "{no"}}),
    interaction({"type": "view_submission", "user": {"id": "U"}, "view": {"id": "V", "state": {"values": []}}}),
]


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_body_is_refused_as_such_when_signed_and_unread_when_not(
    shop: World, face: str, body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    unsigned = httpx.post(face, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert (unsigned.status_code, unsigned.content) == (401, b"")
    answer = httpx.post(face, content=body, headers=signed(body))
    assert 400 <= answer.status_code < 500
    out, err = capsys.readouterr()
    assert "Traceback" not in answer.text + out + err


def test_a_body_over_a_megabyte_is_413_before_it_is_read_as_anything(shop: World, slack: Slack) -> None:
    face = SlackFace(shop.desk, slack.api(), signing_secret=SECRET, app_token=None)
    app = app_with(face)
    guard(app)
    with served(lambda _address: app) as address:
        body = b"payload=" + b"x" * 1_100_000
        assert httpx.post(f"{address}/slack/events", content=body, headers=signed(body)).status_code == 413
        assert httpx.post(f"{address}/slack/events", content=body).status_code == 413


def test_the_same_signed_bytes_sent_again_count_once(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="F7")
    told(shop)
    body = interaction(lin.tap(lin.card("PO F7"), "All arrived as ordered"))
    headers = signed(body)
    assert [httpx.post(face, content=body, headers=headers).status_code for _ in range(2)] == [200, 200]
    assert decisions(shop) == ["as_ordered"]


@pytest.mark.parametrize("team", [None, "absent", "named"])
def test_on_an_enterprise_grid_the_workspace_is_that_of_the_person(
    shop: World, slack: Slack, face: str, team: str | None
) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="F8")
    told(shop)
    tap = lin.tap(lin.card("PO F8"), "All arrived as ordered")
    enterprise = {"id": "E111", "name": "Company"}
    tap |= {"enterprise": enterprise, "is_enterprise_install": True}
    if team == "absent":
        del tap["team"]
    elif team is None:
        tap["team"] = None
    else:
        tap["team"] |= {"enterprise_id": "E111", "enterprise_name": "Company"}
    assert lin.sends(tap).status_code == 200
    assert decisions(shop) == ["as_ordered"]


def test_on_an_enterprise_grid_a_message_and_a_home_tab_know_their_workspace(
    shop: World, slack: Slack, face: str
) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_item("NUT")
    grid = {"team_id": None, "enterprise_id": "E111", "is_enterprise_install": True, "api_app_id": "A111"}
    authorizations = [{"enterprise_id": "E111", "team_id": slack.team, "user_id": "U0", "is_bot": True}]
    event = {"type": "message", "channel_type": "im", "channel": lin.chat, "user": lin.id, "text": "stock NUT"}
    for each in (
        {**event, "ts": f"{time.time():.6f}", "team": slack.team},
        {"type": "app_home_opened", "tab": "home", "user": lin.id, "channel": lin.chat},
    ):
        body = {"type": "event_callback", "event_id": "Ev1", "event": each, "authorizations": authorizations, **grid}
        assert lin.posts(json.dumps(body).encode()).status_code == 200
    slack.wait_for_call("chat.postMessage", "NUT")
    assert eventually(lambda: len(slack.calls_of("views.publish")) == 1)
    assert "not linked" not in slack.calls_of("views.publish")[0].said


def test_somebody_who_has_left_is_told_nothing_and_holds_up_nobody(shop: World, slack: Slack, face: str) -> None:
    lin, maria = (linked(shop, slack, face, name) for name in ("lin", "maria"))
    shop.given_receipt(("CHAIN", 5, "1"), number="F9")
    told(shop)
    slack.fail("chat.update", 200, {"ok": False, "error": "user_not_found"})
    shop.tap("lin", "All arrived as ordered")
    until_settled(shop)
    assert ("dead", "blocked") in settled_as(shop, lin.chat)
    assert settled_as(shop, maria.chat) == [("delivered", "")]
    assert isinstance(maria, Person) and maria.card("PO F9")
