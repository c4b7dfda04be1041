"""Each fault that can be planned, as the library sees it, and what stands in the chat afterwards."""

from typing import Any

import httpx
import pytest
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut

from tests.telegram_server import AnswerLost, Broken, CallLost, Flood, Garbage, Refused, Slow, TelegramServer


def send(server: TelegramServer, ask: Any, **timeouts: float) -> None:
    ask(lambda bot: bot.send_message(1001, "hello", **timeouts))


def test_a_flood_names_its_wait_in_body_and_header(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin")
    server.faults.on("sendMessage", Flood(retry_after_s=7), times=2)
    with pytest.raises(RetryAfter, match="Retry in 7 seconds"):
        send(server, ask)
    raw = httpx.post(f"{server.base_url}{server.token}/sendMessage", json={"chat_id": 1001, "text": "x"})
    assert (raw.status_code, raw.headers["Retry-After"]) == (429, "7")
    send(server, ask)
    assert [each.text for each in lin.chat.shown] == ["hello"]


def test_a_planned_fault_waits_for_its_turn(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin")
    server.faults.on("sendMessage", Broken(), after=1)
    send(server, ask)
    with pytest.raises(NetworkError, match="Bad Gateway"):
        send(server, ask)
    assert len(lin.chat.shown) == 1
    assert [each.code for each in server.calls("sendMessage")] == [200, 502]


@pytest.mark.parametrize("fault", [AnswerLost(), AnswerLost(is_silent=True)])
def test_a_lost_answer_leaves_the_message_in_the_chat(server: TelegramServer, ask: Any, fault: AnswerLost) -> None:
    lin = server.person("lin")
    server.faults.on("sendMessage", fault)
    with pytest.raises(NetworkError):
        send(server, ask, read_timeout=0.2)
    assert len(lin.chat.shown) == 1


def test_a_lost_call_leaves_nothing(server: TelegramServer, ask: Any) -> None:
    lin = server.person("lin")
    server.faults.on("sendMessage", CallLost())
    with pytest.raises(NetworkError):
        send(server, ask)
    assert lin.chat.shown == ()


def test_a_slow_answer_outlasts_the_patience_of_the_bot(server: TelegramServer, ask: Any) -> None:
    server.person("lin")
    server.faults.on("sendMessage", Slow(0.3))
    with pytest.raises(TimedOut):
        send(server, ask, read_timeout=0.05)


def test_html_instead_of_json_is_an_error(server: TelegramServer, ask: Any) -> None:
    server.person("lin")
    server.faults.on("sendMessage", Garbage())
    with pytest.raises(TelegramError, match="Invalid server response"):
        send(server, ask)


def test_any_refusal_can_be_put_in_telegrams_mouth(server: TelegramServer, ask: Any) -> None:
    server.person("lin")
    server.faults.on("sendMessage", Refused(400, "Bad Request: can't parse entities: for the test"))
    with pytest.raises(BadRequest, match=r"(?i)can't parse entities"):
        send(server, ask)
