"""The limits of the strict server, each refused in Telegram's words."""

from collections.abc import Iterator

import httpx
import pytest

from tests.bot.unpaced import Clock
from tests.telegram_server import Limits, TelegramServer


class Caller:
    """Calls without any pace, and moves the clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.server = TelegramServer(limits=Limits(self.clock))
        self.http = httpx.Client()

    def call(self, method: str, chat: int, **values: object) -> httpx.Response:
        address = f"{self.server.base_url}{self.server.token}/{method}"
        return self.http.post(address, json={"chat_id": chat, **values})

    def says(self, chat: int) -> int:
        return self.call("sendMessage", chat, text="x").status_code

    def taken(self, chat: int) -> int:
        """Say something until it is refused, and return how often it was not."""
        count = 0
        while self.says(chat) == httpx.codes.OK:
            count += 1
        return count


@pytest.fixture
def caller() -> Iterator[Caller]:
    made = Caller()
    with made.server, made.http:
        yield made


def test_a_chat_takes_a_short_burst_and_then_one_a_second(caller: Caller) -> None:
    lin, maria = caller.server.person("lin").id, caller.server.person("maria").id
    assert caller.taken(lin) == 4
    refused = caller.call("sendMessage", lin, text="x")
    assert refused.json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    assert refused.headers["Retry-After"] == "1"
    assert caller.says(maria) == 200
    caller.clock.now += 1
    assert caller.taken(lin) == 1


def test_a_group_takes_twenty_in_any_minute(caller: Caller) -> None:
    dock = caller.server.group("Dock").id
    begun = caller.clock.now
    for _ in range(20):
        assert caller.says(dock) == 200
        caller.clock.now += 1
    assert caller.says(dock) == 429
    caller.clock.now = begun + 59.9
    assert caller.says(dock) == 429
    caller.clock.now = begun + 60
    assert caller.taken(dock) == 1


def test_over_all_thirty_are_taken_in_any_second(caller: Caller) -> None:
    people = [caller.server.person(f"p{number}").id for number in range(31)]
    assert [caller.says(each) for each in people] == [200] * 30 + [429]
    caller.clock.now += 0.99
    assert caller.says(people[-1]) == 429
    caller.clock.now += 0.01
    assert caller.says(people[-1]) == 200


def test_an_edit_counts_like_a_message_and_an_answer_to_a_tap_does_not(caller: Caller) -> None:
    lin = caller.server.person("lin")
    sent = caller.call("sendMessage", lin.id, text="0").json()["result"]["message_id"]
    edits = [caller.call("editMessageText", lin.id, message_id=sent, text=str(number)) for number in range(1, 5)]
    assert [each.status_code for each in edits] == [200, 200, 200, 429]
    assert caller.call("sendChatAction", lin.id, action="typing").status_code == 200
