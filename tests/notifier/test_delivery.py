"""One message to its chat: sent once, edited from then on, tried again where that helps, given up where not."""

import threading

import pytest
from sqlalchemy import text

from bot.channel import DeliveryError
from inventory_core.db.engine import reading, writing
from notifier.delivery import Tools, deliver
from notifier.relay import Relay
from tests.notifier.recorder import NO_DIGEST, Recorder, chatting, recorded, settle
from tests.world import World


def states(world: World, chat: str) -> list[str]:
    with reading(world.engine) as db:
        return list(
            db.execute(
                text("""
                    SELECT d.state FROM deliveries d JOIN messages m ON m.id = d.message_id
                    JOIN chats c ON c.id = m.chat_id WHERE c.chat = :chat ORDER BY d.id
                """),
                {"chat": chat},
            ).scalars()
        )


def reasons(world: World) -> list[str]:
    with reading(world.engine) as db:
        return list(db.execute(text("SELECT reason FROM deliveries WHERE state = 'dead' ORDER BY id")).scalars())


@pytest.fixture
def recorder(world: World) -> Recorder:
    """Lin reads on Telegram and on Slack."""
    made = recorded(world, "telegram", "slack")
    chatting(world, "lin")
    chatting(world, "lin", platform="slack", chat="slack-lin")
    return made


def test_a_change_is_shown_where_the_card_stands_and_several_as_one(world: World, recorder: Recorder) -> None:
    world.given_receipt(("CHAIN", 5, "1"))
    settle(world)
    world.tap("lin", "All arrived as ordered")
    world.tap("maria", "All good")
    settle(world)
    ours = [(ref, card) for ref, card in recorder.edited if ref.chat.chat == "chat-lin"]
    assert len(ours) == 1
    assert ours[0][1].status == "Waiting for: warehouse supervisor"
    assert recorder.titles("chat-lin") == ["PO 4012 from Litware"]
    assert set(states(world, "chat-lin")) == {"delivered"}


def test_a_job_that_runs_twice_or_at_once_sends_once(world: World, recorder: Recorder) -> None:
    world.given_receipt(("CHAIN", 5, "1"))
    jobs: list[int] = []
    Relay(world.desk, lambda _queue, number: jobs.append(number), NO_DIGEST).turn()
    is_inside, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        is_inside.set()
        assert may_go.wait(10)

    recorder.while_sending = hold
    tools = Tools(world.desk, world.channels)
    first = threading.Thread(target=deliver, args=(tools, jobs[0]))
    first.start()
    assert is_inside.wait(10)
    for _ in range(3):
        deliver(tools, jobs[0])  # while the first one is still sending
    may_go.set()
    first.join()
    deliver(tools, jobs[0])
    assert len([each for each in recorder.sent if each[0] == recorder.sent[0][0]]) == 1


def test_a_worker_that_died_holds_its_message_for_a_minute_only(world: World, recorder: Recorder) -> None:
    class Killed(BaseException):
        """The process ends here."""

    def die() -> None:
        recorder.while_sending = lambda: None
        raise Killed

    world.given_receipt(("CHAIN", 5, "1"))
    recorder.while_sending = die
    with pytest.raises(Killed):
        settle(world)
    settle(world)
    world.pass_time(seconds=61)
    settle(world)
    assert (recorder.titles("slack-lin"), recorder.titles("chat-lin")) == (["PO 4012 from Litware"],) * 2


def test_a_platform_that_is_away_is_tried_again_ever_more_slowly(world: World, recorder: Recorder) -> None:
    recorder.faults = [DeliveryError("unreachable", permanent=False) for _ in range(6)]
    world.given_receipt(("CHAIN", 5, "1"))
    settle(world)
    assert recorder.sent == []
    waited = 0
    while len(recorder.sent) < 2 and waited < 3_600:
        world.pass_time(seconds=1)
        waited += 1
        settle(world)
    assert sorted(each[0].chat for each in recorder.sent) == ["chat-lin", "slack-lin"]
    assert waited > 6


def test_a_platforms_wish_is_kept_and_holds_up_nobody_else(world: World, recorder: Recorder) -> None:
    recorder.faults = [DeliveryError("slow_down", permanent=False, retry_after_s=30)]
    world.given_receipt(("CHAIN", 5, "1"))
    settle(world)
    assert len(recorder.sent) == 1
    world.pass_time(seconds=29)
    settle(world)
    assert len(recorder.sent) == 1
    world.pass_time(seconds=2)
    settle(world)
    assert len(recorder.sent) == 2


def test_what_can_not_be_delivered_is_dead_with_its_reason(world: World, recorder: Recorder) -> None:
    recorder.faults = [DeliveryError("blocked", permanent=True), DeliveryError("blocked", permanent=True)]
    world.given_receipt(("CHAIN", 5, "1"))
    settle(world)
    world.pass_time(days=2)
    settle(world)
    assert recorder.titles("slack-lin") == recorder.titles("chat-lin") == []
    assert reasons(world) == ["blocked", "blocked"]


def test_after_twelve_tries_it_is_given_up(world: World, recorder: Recorder) -> None:
    recorder.faults = [DeliveryError("unreachable", permanent=False) for _ in range(100)]
    world.given_receipt(("CHAIN", 5, "1"))
    for _ in range(14):
        settle(world)
        world.pass_time(minutes=15)
    assert reasons(world) == ["gave up: unreachable"] * 2
    assert len(recorder.faults) == 100 - 24


def test_waiting_as_a_platform_wishes_is_no_failure_however_often(world: World, recorder: Recorder) -> None:
    recorder.faults = [DeliveryError("slow_down", permanent=False, retry_after_s=1) for _ in range(40)]
    world.given_receipt(("CHAIN", 5, "1"))
    for _ in range(20):
        settle(world)
        world.pass_time(seconds=1)
    recorder.faults = [DeliveryError("unreachable", permanent=False) for _ in range(2)]
    settle(world)
    world.pass_time(seconds=3)
    settle(world)
    assert set(states(world, "slack-lin")) == {"delivered"}
    assert len(recorder.sent) == 2


def test_only_what_may_have_arrived_is_looked_for_and_by_the_same_key(world: World) -> None:
    recorder = recorded(world, "telegram")
    chatting(world, "lin")
    recorder.faults = [
        DeliveryError("unreachable", permanent=False),
        DeliveryError("timed_out", permanent=False, may_have_arrived=True),
        DeliveryError("slow_down", permanent=False, retry_after_s=1, may_have_arrived=True),
        DeliveryError("unreachable", permanent=False),
    ]
    world.given_receipt(("CHAIN", 5, "1"))
    for _ in range(5):
        settle(world)
        world.pass_time(seconds=30)
    keys, is_again = zip(*(each for each in recorder.tries if each[0] == recorder.tries[0][0]), strict=True)
    assert is_again == (False, False, True, True, False)
    assert len(set(keys)) == 1 and keys[0]
    world.given_receipt(("CHAIN", 5, "1"), number="4013")
    settle(world)
    assert recorder.tries[-1][0] not in keys


def test_a_worker_that_died_may_have_sent(world: World, recorder: Recorder) -> None:
    class Killed(BaseException):
        """The process ends here."""

    def die() -> None:
        recorder.while_sending = lambda: None
        raise Killed

    world.given_receipt(("CHAIN", 5, "1"))
    recorder.while_sending = die
    with pytest.raises(Killed):
        settle(world)
    world.pass_time(seconds=61)
    settle(world)
    died = recorder.tries[0][0]
    assert [is_again for key, is_again in recorder.tries if key == died] == [False, True]
    assert [is_again for key, is_again in recorder.tries if key not in (died, "")] == [False]


def test_a_chat_that_moved_is_written_to_at_its_new_place(world: World, recorder: Recorder) -> None:
    recorder.faults = [DeliveryError("chat_moved", permanent=False, moved_to="-100777")]
    world.given_receipt(("CHAIN", 5, "1"))
    settle(world)
    world.pass_time(seconds=1)
    settle(world)
    assert sorted(each[0].chat for each in recorder.sent)[0] == "-100777"
    world.given_receipt(("CHAIN", 5, "1"), number="4013")
    settle(world)
    assert "PO 4013 from Litware" in recorder.titles("-100777")


def test_a_platform_that_is_not_set_up_is_named(world: World) -> None:
    recorded(world)
    chatting(world, "lin")
    world.given_receipt(("CHAIN", 5, "1"))
    settle(world)
    assert reasons(world) == ["platform_not_set_up"]


def test_each_reads_in_their_own_language(world: World, recorder: Recorder) -> None:
    with writing(world.engine) as db:
        db.execute(text("UPDATE employees SET language = 'zh' WHERE code = 'lin'"))
    world.given_receipt(("CHAIN", 5, "1"))
    settle(world)
    assert recorder.titles("chat-lin") == ["采购单 4012 · Litware"]
