"""The door at which Telegram knocks: it opens to the secret alone, and to each update once."""

import httpx
import pytest

from bot.telegram import standing
from bot.telegram.address import ref_of
from tests.bot.telegram.running import SECRET, asked_of, chat_of, linked, running, told
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


def test_a_tap_is_answered_in_the_same_breath_and_in_the_same_words_when_it_comes_again(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    lin = linked(shop, telegram, "lin")
    card = asked_of(shop, lin)
    telegram.hold()
    tap = lin.taps(card, "All arrived as ordered")
    (update,) = telegram.state.updates.held
    answers = [httpx.post(face, json=update, headers={HEADER: SECRET}).json() for _ in range(2)]
    assert (
        answers[0]
        == answers[1]
        == {
            "method": "answerCallbackQuery",
            "callback_query_id": tap.id,
            "show_alert": False,
            "text": answers[0]["text"],
        }
    )
    assert "All arrived as ordered" in answers[0]["text"]
    assert telegram.calls("answerCallbackQuery") == ()


def test_an_edit_is_spared_once_the_notifier_has_made_it(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    card = asked_of(shop, lin)
    shown, tapped_at = ref_of(chat_of(lin), card.id), shop.now
    shop.tap("lin", "All arrived as ordered")
    assert standing.told(shop.desk, shown, tapped_at) == (True, False)
    shop.pass_time(seconds=1)
    told(shop)
    assert standing.told(shop.desk, shown, tapped_at) == (True, True)
    assert standing.told(shop.desk, ref_of(chat_of(lin), 1), tapped_at) == (False, False)


def test_where_no_worker_shows_what_became_of_a_tap_the_face_does(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    lin = linked(shop, telegram, "lin")
    card = asked_of(shop, lin)
    lin.taps(card, "All arrived as ordered")
    telegram.wait_for(lambda: card.labels == ())
    assert [each.code for each in telegram.calls("editMessageText")] == [200]


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
