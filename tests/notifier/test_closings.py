"""A chat that takes nothing any more is closed, and whoever must know reads it elsewhere."""

import pytest
from sqlalchemy import text

from bot import conversation
from bot.channel import DeliveryError
from inventory_core.db.engine import reading, writing
from notifier import alerts
from tests.notifier.recorder import Recorder, chatting, recorded, settle
from tests.world import World
from workflows import people
from workflows.intents import Address, Sender

LIN = Sender("telegram", "", "telegram-lin")
CHAT = Address("telegram", "", "chat-lin")


@pytest.fixture
def recorder(world: World) -> Recorder:
    """Lin reads on Telegram, on Slack and on the web; Chen manages, on Slack."""
    made = recorded(world, "telegram", "slack")
    chatting(world, "lin")
    chatting(world, "lin", platform="slack", chat="slack-lin")
    chatting(world, "chen", platform="slack", chat="slack-chen")
    return made


def is_open(world: World, chat: str) -> bool:
    with reading(world.engine) as db:
        return bool(db.execute(text("SELECT is_open FROM chats WHERE chat = :chat"), {"chat": chat}).scalar_one())


def block(world: World, recorder: Recorder, reason: str, number: str = "4012") -> None:
    """Let the platform refuse the first message of what is told next, which is the one to Lin's Telegram."""
    recorder.faults = [DeliveryError(reason, permanent=True)]
    world.given_receipt(("CHAIN", 5, "1"), number=number)
    settle(world)
    assert not recorder.faults


def test_a_blocked_chat_is_closed_and_told_in_the_persons_other_chats_and_to_the_managers(
    world: World, recorder: Recorder
) -> None:
    block(world, recorder, "blocked")
    assert not is_open(world, "chat-lin")
    assert "PO 4012 from Litware" in recorder.titles("slack-lin")  # the task itself
    for chat in ("slack-lin", "lin", "slack-chen"):
        assert recorder.titles(chat).count("Telegram no longer reaches Lin Wei") == 1, chat
    world.given_receipt(("CHAIN", 5, "1"), number="4013")
    settle(world)
    assert recorder.titles("chat-lin") == []
    assert recorder.titles("slack-chen").count("Telegram no longer reaches Lin Wei") == 1


def test_whoever_writes_from_a_closed_chat_is_written_to_again_with_what_waits(
    world: World, recorder: Recorder
) -> None:
    block(world, recorder, "blocked")
    conversation.answer(world.desk, LIN, CHAT, "help", dedupe="1")
    settle(world)
    assert is_open(world, "chat-lin")
    assert recorder.titles("chat-lin") == ["PO 4012 from Litware"]
    (over,) = [card for ref, card in recorder.edited if ref.chat.chat == "slack-chen"]
    assert over.status == "Messages go there again."
    block(world, recorder, "chat_not_found", number="4014")
    assert recorder.titles("slack-chen").count("Telegram no longer reaches Lin Wei") == 2


def test_a_stranger_in_a_closed_chat_opens_nothing(world: World, recorder: Recorder) -> None:
    block(world, recorder, "blocked")
    conversation.answer(world.desk, Sender("telegram", "", "eve"), CHAT, "help", dedupe="1")
    assert not is_open(world, "chat-lin")


def test_a_channel_that_is_gone_is_told_to_the_managers_until_it_is_given_anew(
    world: World, recorder: Recorder
) -> None:
    dock = Address("slack", "", "C0DOCK")
    with writing(world.engine) as db:
        people.open_channel(db, dock, language="en")
    world.given_item("CHAIN", reorder_point=5)
    recorder.faults = [DeliveryError("not_in_channel", permanent=True)]
    with writing(world.engine) as db:
        alerts.look(db, world.desk, [1])
    settle(world)
    assert not is_open(world, "C0DOCK")
    (card,) = [card for where, card, _ in recorder.sent if where.chat == "slack-chen" and "C0DOCK" in card.title]
    assert card.summary == "The bot is no longer in the channel."


def test_other_failures_close_nothing(world: World, recorder: Recorder) -> None:
    block(world, recorder, "refused")
    assert is_open(world, "chat-lin")


def test_it_is_told_in_chinese_to_whoever_reads_chinese(world: World, recorder: Recorder) -> None:
    with writing(world.engine) as db:
        db.execute(text("UPDATE employees SET language = 'zh' WHERE code = 'chen'"))
    block(world, recorder, "blocked")
    assert "Telegram已无法联系Lin Wei" in recorder.titles("slack-chen")
