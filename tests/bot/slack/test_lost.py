"""An answer of Slack's that gets lost on its way: the message stands there once, whatever the way was."""

import json
from typing import Any

import pytest

from bot.channel import DeliveryError, MessageRef
from bot.slack.arrived import Once
from bot.slack.render import words
from bot.slack.send import SlackChannel
from tests.bot.cards import a_card
from tests.bot.slack.peer import Slack
from tests.bot.slack.running import linked, told
from tests.tools import eventually
from tests.world import World
from workflows.cards import Row
from workflows.intents import Address

LOST: list[dict[str, Any]] = [
    {"how": "hang"},
    {"how": "reset"},
    {"status": 500, "body": b""},
    {"status": 502, "body": b"<html>Bad gateway</html>"},
    {"status": 503, "body": b'{"ok": false, "error": "service_unavailable"}'},
    {"status": 504, "body": b"<html>Time-out</html>"},
    {"status": 200, "body": b"<html>Hello</html>"},
    {"status": 200, "body": b"[]"},
    {"status": 200, "body": b'{"ok": false}'},
    {"status": 200, "body": b'{"ok": true, "padding": "' + b"x" * 10_000_000 + b'"}'},
    {"status": 302, "body": b""},
]


@pytest.fixture
def chat(slack: Slack) -> Address:
    return Address("slack", slack.team, slack.direct("chen"))


@pytest.fixture
def channel(slack: Slack) -> SlackChannel:
    return SlackChannel(slack.api(timeout_s=1))


def heard(slack: Slack, chat: Address, since: int) -> list[str]:
    return [str(each["text"]) for each in slack.messages(chat.chat)[since:]]


def sent_until_known(channel: SlackChannel, chat: Address, key: str, **card: Any) -> MessageRef:
    """Send as the notifier does: again with the same key, as long as it is not known whether it arrived."""
    is_again = False
    for _ in range(5):
        try:
            return channel.send(chat, a_card(**card), key=key, is_again=is_again)
        except DeliveryError as error:
            assert not error.permanent
            is_again = error.may_have_arrived
    raise AssertionError("never arrived")


@pytest.mark.parametrize("lost", LOST, ids=[f"{each.get('how', each.get('status'))}" for each in LOST])
def test_a_message_that_arrived_is_found_and_not_sent_again(
    slack: Slack, channel: SlackChannel, chat: Address, lost: dict[str, Any]
) -> None:
    before = len(slack.messages(chat.chat))
    slack.lose("chat.postMessage", **lost)
    ref = sent_until_known(channel, chat, "7.1")
    (newest,) = slack.messages(chat.chat)[before:]
    assert (newest["ts"], ref.chat) == (ref.id, chat)
    assert len(slack.calls_of("chat.postMessage")) == 1


def test_a_message_that_did_not_arrive_is_sent_again(slack: Slack, channel: SlackChannel, chat: Address) -> None:
    before = len(slack.messages(chat.chat))
    slack.fail("chat.postMessage", 503, b"<html>away</html>")
    slack.fail("conversations.history", 503, b"<html>away</html>")
    sent_until_known(channel, chat, "7.2")
    assert len(heard(slack, chat, before)) == 1
    assert len(slack.calls_of("conversations.history")) == 2


def test_another_message_of_the_same_words_is_not_taken_for_it(
    slack: Slack, channel: SlackChannel, chat: Address
) -> None:
    other = channel.send(chat, a_card(), key="7.3")
    slack.fail("chat.postMessage", 500, b"")
    assert sent_until_known(channel, chat, "7.4") != other


def test_of_a_card_in_parts_what_arrived_in_part_is_taken_back_first(
    slack: Slack, channel: SlackChannel, chat: Address
) -> None:
    rows = tuple(Row("x" * 500, f"K-{number}") for number in range(60))
    before = len(slack.messages(chat.chat))
    slack.lose("chat.postMessage", status=502, after=1)
    slack.fail("chat.delete", 503, b"")
    ref = sent_until_known(channel, chat, "7.5", rows=rows)
    assert [each["ts"] for each in slack.messages(chat.chat)[before:]] == ref.id.split(",")


def test_the_last_of_a_card_in_parts_is_found_beside_its_first(
    slack: Slack, channel: SlackChannel, chat: Address
) -> None:
    rows = tuple(Row("x" * 500, f"K-{number}") for number in range(60))
    parts = len(channel.send(chat, a_card(rows=rows)).id.split(","))
    before = len(slack.messages(chat.chat))
    slack.lose("chat.postMessage", status=502, after=parts - 1)
    for _ in range(parts - 1):
        slack.fail("chat.delete", 503, b"")  # taking back what stands there fails as well
    ref = sent_until_known(channel, chat, "7.6", rows=rows)
    assert [each["ts"] for each in slack.messages(chat.chat)[before:]] == ref.id.split(",")
    assert len(slack.calls_of("chat.postMessage")) == 2 * parts


@pytest.mark.parametrize("error", ["missing_scope", "not_in_channel"])
def test_where_the_app_may_not_read_it_is_sent_again_with_a_word_about_it(
    slack: Slack, channel: SlackChannel, chat: Address, error: str
) -> None:
    before = len(slack.messages(chat.chat))
    slack.lose("chat.postMessage", status=502)
    slack.fail("conversations.history", 200, {"ok": False, "error": error})
    sent_until_known(channel, chat, "7.7")
    first, second = slack.messages(chat.chat)[before:]
    assert "may be here twice" in json.dumps(second) and "may be here twice" not in json.dumps(first)


def test_an_answer_in_a_thread_is_looked_for_there(slack: Slack, channel: SlackChannel, chat: Address) -> None:
    root = channel.send(chat, a_card())
    slack.lose("chat.postMessage", "reset")
    with pytest.raises(DeliveryError) as failed:
        channel.post(chat, [words("12 counted")], thread=root.id, once=Once("7.8"))
    assert failed.value.may_have_arrived
    channel.post(chat, [words("12 counted")], thread=root.id, once=Once("7.8", is_again=True))
    replies = slack.client.conversations_replies(channel=chat.chat, ts=root.id)["messages"]
    assert [each["text"] for each in replies].count("12 counted") == 1


def test_a_card_of_the_notifier_comes_once_though_its_answer_was_lost(
    shop: World, slack: Slack, face: str, channel: SlackChannel
) -> None:
    shop.channels["slack"] = channel
    lin = linked(shop, slack, face, "lin")
    slack.lose("chat.postMessage", "hang")
    shop.given_receipt(("CHAIN", 5, "1"), number="L1")
    told(shop)
    shop.pass_time(seconds=10)
    told(shop)
    cards = [each for each in slack.messages(lin.chat) if "PO L1" in json.dumps(each)]
    assert len(cards) == 1
    lin.taps(cards[0], "All arrived as ordered")
    assert eventually(lambda: "Waiting for" in json.dumps(lin.card("PO L1")))


def test_a_worker_that_was_killed_between_sending_and_noting_sends_once(
    shop: World, slack: Slack, face: str, channel: SlackChannel
) -> None:
    class Killed(BaseException):
        """The process ends here."""

    class Dying(SlackChannel):
        def send(self, *given: Any, **named: Any) -> MessageRef:
            super().send(*given, **named)
            raise Killed

    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="L2")
    shop.channels["slack"] = Dying(slack.api())
    with pytest.raises(Killed):
        told(shop)
    shop.channels["slack"] = channel
    shop.pass_time(seconds=61)
    told(shop)
    assert len([each for each in slack.messages(lin.chat) if "PO L2" in json.dumps(each)]) == 1


@pytest.mark.parametrize("how", ["hang", "reset"])
def test_what_the_bot_answers_is_said_once(shop: World, slack: Slack, face: str, how: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_item("NUT")
    before = len(slack.messages(lin.chat))
    slack.lose("chat.postMessage", how)
    lin.says("stock NUT")
    assert eventually(lambda: len(slack.calls_of("conversations.history")) > 0)
    assert len([each for each in slack.messages(lin.chat)[before:] if "NUT" in json.dumps(each)]) == 1
