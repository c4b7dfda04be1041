"""What was missed while Socket Mode had no connection: heard after all, and nothing answered twice."""

import datetime as dt
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bot.slack.arrived import Once, answer_key, metadata
from bot.slack.missed import unanswered
from tests.bot.slack.peer import Slack
from tests.bot.slack.running import Person, linked, running, told
from tests.bot.slack.test_socket import SocketServer, decisions, socket_server
from tests.tools import eventually
from tests.world import World


@pytest.fixture
def server(slack: Slack) -> Iterator[SocketServer]:
    with socket_server() as made:
        for _ in range(9):
            slack.fail("apps.connections.open", 200, {"ok": True, "url": made.address})
        yield made


@pytest.fixture
def shop(shop: World) -> World:
    """The company today: Slack's messages bear the real time."""
    shop.now = dt.datetime.now(dt.UTC)
    return shop


@pytest.fixture
def connected(shop: World, slack: Slack, server: SocketServer, channel: Any) -> Iterator[str]:
    shop.channels["slack"] = channel
    with running(shop.desk, slack, app_token="xapp-1-A1-0123456789-abcdef") as address:
        assert eventually(lambda: len(server.sockets) == 1)
        yield address


def reconnect(server: SocketServer, slack: Slack, person: Person) -> None:
    """Drop the line, and wait until the new one has been made up for."""
    looks = len(looked(slack, person))
    lines = len(server.sockets)
    server.drop()
    assert eventually(lambda: len(server.sockets) == lines + 1)
    assert eventually(lambda: len(looked(slack, person)) > looks)


def looked(slack: Slack, person: Person) -> list[Any]:
    return [each for each in slack.calls_of("conversations.history") if each.given["channel"] == person.chat]


def answers(slack: Slack, words: str) -> int:
    return sum(words in each.said for each in slack.calls_of("chat.postMessage"))


def test_what_was_written_while_the_line_was_down_is_answered_once(
    shop: World, slack: Slack, server: SocketServer, connected: str
) -> None:
    lin = linked(shop, slack, connected, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="M1")
    told(shop)
    card = lin.card("PO M1")
    shop.given_item("NUT-M1")
    time.sleep(1 - time.time() % 1)  # the emulator dates messages by whole seconds
    slack.written("lin", "stock NUT-M1")
    slack.written("lin", "全部到货", thread=card["ts"])
    reconnect(server, slack, lin)
    slack.wait_for_call("chat.postMessage", "NUT-M1")
    assert eventually(lambda: decisions(shop) == ["as_ordered"])
    reconnect(server, slack, lin)
    assert answers(slack, "NUT-M1") == 1
    assert decisions(shop) == ["as_ordered"]


def test_what_was_heard_already_is_not_answered_again_by_another_process(
    shop: World, slack: Slack, server: SocketServer, connected: str
) -> None:
    lin = linked(shop, slack, connected, "lin")
    shop.given_item("NUT-M2")
    ts = slack.written("lin", "stock NUT-M2")
    event = {"type": "message", "channel_type": "im", "channel": lin.chat, "user": lin.id, "ts": ts}
    lin.hears({**event, "text": "stock NUT-M2"})
    slack.wait_for_call("chat.postMessage", "NUT-M2")
    with running(shop.desk, slack, app_token="xapp-1-A1-0123456789-abcdef"):
        assert eventually(lambda: len(server.sockets) == 2)
        assert eventually(lambda: len(looked(slack, lin)) > 0)
        reconnect(server, slack, lin)
    assert answers(slack, "NUT-M2") == 1


def test_an_open_home_tab_is_shown_again_after_the_line_was_down(
    shop: World, slack: Slack, server: SocketServer, connected: str
) -> None:
    lin = linked(shop, slack, connected, "lin")
    lin.hears({"type": "app_home_opened", "tab": "home", "user": lin.id, "channel": lin.chat})
    assert eventually(lambda: len(slack.calls_of("views.publish")) == 1)
    reconnect(server, slack, lin)
    assert eventually(lambda: len(slack.calls_of("views.publish")) == 2)


def test_where_the_app_may_not_read_nothing_is_caught_up_and_all_else_works(
    shop: World, slack: Slack, server: SocketServer, connected: str
) -> None:
    lin = linked(shop, slack, connected, "lin")
    shop.given_item("NUT-M4")
    slack.written("lin", "stock NUT-M4")
    slack.fail("conversations.history", 200, {"ok": False, "error": "missing_scope"})
    reconnect(server, slack, lin)
    assert answers(slack, "NUT-M4") == 0
    lin.says("stock NUT-M4")
    slack.wait_for_call("chat.postMessage", "NUT-M4")


def message(at: float, **more: Any) -> dict[str, Any]:
    return {"type": "message", "user": "U1", "text": "stock NUT", "ts": f"{at:.6f}", **more}


def texts(messages: list[dict[str, Any]], *, since: float = 10, is_start: bool = False) -> list[str]:
    return [each["ts"] for each in unanswered(messages, since, is_start=is_start)]


def test_a_message_is_heard_unless_it_is_old_marked_named_by_an_answer_or_the_bots() -> None:
    named = json.loads(json.dumps(metadata(Once(answer_key("12.000000")), part=0, parts=1).to_dict()))
    messages = [
        message(9),
        message(11),
        message(12),
        message(13, bot_id="B1", metadata=named),
        message(14, reactions=[{"name": "white_check_mark"}]),
        message(15, reactions=[{"name": "eyes"}]),
    ]
    assert texts(messages) == ["11.000000", "15.000000"]


def test_after_a_start_what_the_bot_has_written_under_is_passed_over() -> None:
    messages = [message(11), message(12, bot_id="B1"), message(13)]
    assert texts(messages, is_start=True) == ["13.000000"]
