"""A thousand messages at once: sent as fast as Telegram takes them and never faster, the most urgent first."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from inventory_core.db.engine import writing
from notifier import alerts
from tests.bot.telegram.backlog import MESSAGES, Backlog
from tests.notifier.recorder import settle
from tests.telegram_server import Flood
from tests.world import World


@pytest.fixture
def backlog(shop: World) -> Iterator[Backlog]:
    made = Backlog(shop)
    with made.telegram:
        channel = made.channel()
        shop.channels["telegram"] = channel
        yield made
        channel.close()


def test_a_thousand_messages_to_forty_chats_go_at_the_rate_that_is_allowed_without_one_429(backlog: Backlog) -> None:
    backlog.add_chats()
    backlog.fill()
    begun = backlog.seconds()
    backlog.send()
    took_s = backlog.seconds() - begun
    sent = backlog.telegram.calls("sendMessage")
    assert [each.code for each in sent] == [200] * MESSAGES
    assert len({(each.parameters["chat_id"], each.parameters["text"]) for each in sent}) == MESSAGES
    assert backlog.limits.refused == 0
    assert MESSAGES / took_s >= 0.95 * 30
    assert backlog.reasons() == [("delivered", 1)]


def test_in_one_group_the_rate_of_groups_is_reached(backlog: Backlog) -> None:
    backlog.add_chats(people=0, groups=1)
    backlog.add_tasks(60)
    backlog.let_wait(backlog.groups[0], backlog.subjects)
    begun = backlog.seconds()
    backlog.send()
    assert backlog.limits.refused == 0
    assert 60 / (backlog.seconds() - begun) >= 0.95 * 20 / 60


def raise_alert(backlog: Backlog) -> None:
    backlog.world.given_item("BOLT", reorder_point=5)
    with writing(backlog.world.engine) as db:
        item = db.execute(text("SELECT id FROM items WHERE code = 'BOLT'")).scalar_one()
        alerts.look(db, backlog.world.desk, [item])


def test_an_alert_overtakes_a_backlog_over_all_and_in_its_group(backlog: Backlog) -> None:
    backlog.add_chats()
    backlog.fill(300)
    for chat in backlog.groups:
        backlog.let_wait(chat, backlog.subjects[3:])
    backlog.send(until=lambda: len(backlog.telegram.calls("sendMessage")) >= 150)
    raise_alert(backlog)
    before = len(backlog.telegram.calls())
    backlog.send(until=lambda: len(backlog.telegram.calls("sendPhoto")) == len(backlog.groups))
    after = backlog.telegram.calls()[before:]
    assert after[0].method == "sendPhoto"
    for chat in backlog.groups:
        (first, *_) = [each.method for each in after if each.parameters["chat_id"] == chat]
        assert first == "sendPhoto"
    backlog.send()
    assert backlog.limits.refused == 0


def test_a_chat_that_telegram_closes_for_a_while_holds_up_no_other(backlog: Backlog) -> None:
    backlog.add_chats(people=2, groups=0)
    backlog.add_tasks(5)
    slow, other = backlog.people
    backlog.let_wait(slow, backlog.subjects)
    backlog.let_wait(other, backlog.subjects)
    backlog.telegram.faults.on("sendMessage", Flood(retry_after_s=30))
    begun = backlog.seconds()
    backlog.send(until=lambda: len(backlog.telegram.calls("sendMessage")) == 6)
    codes = {each.parameters["chat_id"]: each.code for each in backlog.telegram.calls("sendMessage")[1:]}
    assert codes == {other: 200}
    assert backlog.seconds() - begun < 30
    backlog.send()
    assert len([each for each in backlog.telegram.calls("sendMessage") if each.code == 200]) == 10
    assert backlog.reasons() == [("delivered", 1)]


def test_changes_of_one_card_while_its_chat_rests_are_one_edit(backlog: Backlog) -> None:
    world = backlog.world
    backlog.add_chats(people=1, groups=0)
    world.given_receipt(("CHAIN", 5, "1"))
    backlog.send()
    (card,) = backlog.telegram.calls("sendMessage")
    world.tap("lin", "All arrived as ordered")
    backlog.telegram.faults.on("editMessageText", Flood(retry_after_s=20))
    backlog.send(until=lambda: len(backlog.telegram.calls("editMessageText")) == 1)
    for who, label in (("maria", "All good"), ("otto", "Confirm quantity")):
        world.tap(who, label)
        settle(world)
    backlog.send()
    refused, edit = backlog.telegram.calls("editMessageText")
    assert (card.code, refused.code, edit.code) == (200, 429, 200)
