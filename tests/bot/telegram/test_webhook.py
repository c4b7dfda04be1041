"""The door at which Telegram knocks: it opens to the secret alone, and to each update once."""

import httpx
import pytest

from tests.bot.telegram.running import SECRET, linked, running
from tests.telegram_server import CallLost, TelegramServer
from tests.world import World

HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.mark.parametrize(
    "headers", [{}, {HEADER: ""}, {HEADER: "wrong"}, {HEADER: SECRET[:-1]}, {HEADER: "密".encode()}]
)
def test_without_the_secret_nothing_is_taken(
    shop: World, telegram: TelegramServer, face: str, headers: dict[str, str]
) -> None:
    lin = telegram.person("lin")
    telegram.hold()
    lin.says("hello")
    answer = httpx.post(face, json=telegram.state.updates.held[0], headers=headers)
    assert (answer.status_code, answer.content) == (403, b"")
    assert len(lin.chat.shown) == 1


def test_an_old_update_is_taken_without_effect(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    shop.given_item("BOLT")
    lin.command("/stock BOLT")
    lin.sees("Available")
    seen = len(lin.chat.shown)
    answer = httpx.post(face, json=telegram.state.updates.history[-1], headers={HEADER: SECRET})
    assert answer.status_code == 200
    lin.says("hello")
    lin.sees("did not understand")
    assert len(lin.chat.shown) == seen + 2


def test_an_answer_on_its_way_does_not_hold_up_the_next_update(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    lin = telegram.person("lin")
    telegram.faults.on("sendMessage", CallLost(), times=2)
    lin.says("hello")
    telegram.wait_until_confirmed()
    lin.sees("This account is not linked")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'{"update_id": "x", "message": 5}'])
def test_what_cannot_be_read_is_refused(shop: World, telegram: TelegramServer, face: str, body: bytes) -> None:
    assert httpx.post(face, content=body, headers={HEADER: SECRET}).status_code == 400


def test_an_installation_without_a_secret_takes_no_posts(shop: World, telegram: TelegramServer) -> None:
    with running(shop.desk, telegram, is_posted_to=False) as address:
        update = {"update_id": 1}
        assert httpx.post(address, json=update, headers={HEADER: ""}).status_code == 403
        assert httpx.post(address, json=update).status_code == 403
