"""How fast Slack is called: its limits are never passed, its wishes kept, and nobody waits for another's chat."""

import threading

import pytest

from bot.channel import DeliveryError
from bot.pace import OwnKeeper
from bot.slack.pace import RATES, Pace
from bot.slack.send import SlackChannel
from tests.bot.cards import a_card, settled
from tests.bot.slack.peer import Slack
from workflows.cards import Row
from workflows.intents import Address


class Clock:
    """Stands still until it is moved; sleeping moves it."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(OwnKeeper(clock), sleep=clock.sleep)


def refused(pace: Pace, method: str, **where: object) -> float | None:
    """Return after how many seconds a call is to be tried again, or None when it has its turn."""
    try:
        pace.wait("T1", method, **where)  # type: ignore[arg-type]
    except DeliveryError as error:
        assert (error.code, error.permanent, error.may_have_arrived) == ("slow_down", False, False)
        return error.retry_after_s
    return None


def test_a_chat_takes_a_burst_and_then_one_message_a_second(pace: Pace, clock: Clock) -> None:
    while refused(pace, "chat.postMessage", chat="C1") is None:
        pass
    begun, posted = clock.now, 0
    while clock.now < begun + 60:
        wait = refused(pace, "chat.postMessage", chat="C1")
        posted += wait is None
        clock.now += wait or 0
    assert 59 <= posted <= 61


def test_one_chat_that_is_full_holds_up_no_other_chat_method_or_workspace(pace: Pace) -> None:
    while refused(pace, "chat.postMessage", chat="C1") is None:
        pass
    assert refused(pace, "chat.postMessage", chat="C2") is None
    assert refused(pace, "chat.update", chat="C1", message="1.1") is None
    pace.wait("T2", "chat.postMessage", chat="C1")


@pytest.mark.parametrize("method", [each for each in RATES if each != "chat.postMessage"])
def test_no_method_is_called_more_often_than_its_tier_allows(method: str, pace: Pace, clock: Clock) -> None:
    begun, made = clock.now, 0
    while clock.now < begun + 600:
        wait = refused(pace, method)
        made += wait is None
        clock.now += wait or 0
    assert RATES[method].a_minute * 9 <= made <= RATES[method].a_minute * 10 + RATES[method].burst + 1


def test_a_message_is_edited_once_a_second_at_most(pace: Pace, clock: Clock) -> None:
    assert refused(pace, "chat.update", chat="C1", message="1.1") is None
    assert refused(pace, "chat.update", chat="C1", message="1.2") is None
    assert refused(pace, "chat.update", chat="C1", message="1.1") == pytest.approx(1)
    clock.now += 1
    assert refused(pace, "chat.update", chat="C1", message="1.1") is None


def test_what_waits_a_moment_only_is_waited_for(pace: Pace, clock: Clock) -> None:
    assert refused(pace, "chat.update", chat="C1", message="1.1") is None
    clock.now += 0.9
    before = clock.now
    assert refused(pace, "chat.update", chat="C1", message="1.1") is None
    assert clock.now == pytest.approx(before + 0.1)


def test_slacks_wish_closes_the_chat_for_every_thread_and_no_other_chat(clock: Clock) -> None:
    pace = Pace(OwnKeeper(clock), sleep=clock.sleep)
    pace.close("T1", "chat.postMessage", chat="C1", for_s=17)
    waits: list[float | None] = []
    threads = [
        threading.Thread(target=lambda: waits.append(refused(pace, "chat.postMessage", chat="C1"))) for _ in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert waits == [pytest.approx(17)] * 8
    assert refused(pace, "chat.postMessage", chat="C2") is None
    clock.now += 17
    assert refused(pace, "chat.postMessage", chat="C1") is None
    assert refused(pace, "chat.postMessage", chat="C1") == pytest.approx(1)  # no burst right after


def test_what_opens_a_modal_is_never_held_back(pace: Pace) -> None:
    assert [refused(pace, "views.open") for _ in range(500)] == [None] * 500


def test_keys_of_messages_long_past_are_forgotten(clock: Clock) -> None:
    keeper = OwnKeeper(clock)
    pace = Pace(keeper, sleep=clock.sleep)
    for number in range(20_000):
        clock.now += 2
        pace.wait("T1", "chat.update", chat="C1", message=str(number))
    assert len(keeper._unused_at) < 5_000


def test_a_429_is_asked_once_whoever_calls(slack: Slack) -> None:
    channel = SlackChannel(slack.api(pace=Pace()))
    chat, other = (Address("slack", slack.team, slack.direct(name)) for name in ("chen", "lin"))
    slack.fail("chat.postMessage", 429, {"ok": False, "error": "ratelimited"}, Retry_After="17")
    for _ in range(3):
        with pytest.raises(DeliveryError) as failed:
            channel.send(chat, a_card())
        assert 15 < (failed.value.retry_after_s or 0) <= 17
    channel.send(other, a_card())
    assert [each.given["channel"] for each in slack.calls_of("chat.postMessage")] == [chat.chat, other.chat]


def test_a_card_of_many_messages_has_its_turn_as_one(slack: Slack) -> None:
    channel = SlackChannel(slack.api(pace=Pace()))
    chat = Address("slack", slack.team, slack.direct("chen"))
    card = a_card(rows=tuple(Row("x" * 500, f"K-{number}") for number in range(120)))
    ref = channel.send(chat, card)
    sent = len(ref.id.split(","))
    assert sent > 3
    with pytest.raises(DeliveryError) as failed:
        for _ in range(4):
            channel.send(chat, card)
            sent += len(ref.id.split(","))
    assert failed.value.code == "slow_down"
    assert len(slack.calls_of("chat.postMessage")) == sent
    assert slack.calls_of("chat.delete") == []
    channel.edit(ref, settled(rows=card.rows))
