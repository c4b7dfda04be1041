"""Changes of a card that come faster than a reader looks: few edits, and the last state at the end."""

import asyncio
import json
from collections.abc import Callable
from functools import partial

import pytest

from bot.outgoing import Outgoing
from bot.pace import OwnKeeper
from bot.slack.edits import Edits
from bot.slack.failures import delivery_error
from bot.slack.pace import Pace
from bot.slack.send import SlackChannel
from tests.bot.cards import a_card, settled
from tests.bot.slack.peer import Slack
from tests.bot.slack.running import linked, running, told
from tests.tools import eventually
from tests.world import World
from workflows.intents import Address


@pytest.fixture
def pace(shop: World) -> Pace:
    """A pace by the company's clock, kept by the face and the workers alike."""
    return Pace(OwnKeeper(lambda: shop.now.timestamp()), sleep=lambda seconds: shop.pass_time(seconds=seconds))


def test_twenty_changes_within_two_seconds_are_few_edits_and_the_last_one_stands(
    shop: World, slack: Slack, pace: Pace
) -> None:
    api = slack.api(pace=pace)
    shop.channels["slack"] = SlackChannel(api)
    with running(shop.desk, slack, api=api) as address:
        lin = linked(shop, slack, address, "lin")
        shop.given_receipt(("CHAIN", 5, "1"), number="E1")
        told(shop)
        card = lin.card("PO E1")
        begun = shop.now
        for number in range(20):
            lin.says(f"the pallet is torn at corner number {number} of it", thread=card["ts"])
            told(shop)
            shop.pass_time(seconds=0.1)
        seconds = (shop.now - begun).total_seconds()
        assert len(slack.calls_of("chat.update")) <= seconds + 1
        shop.pass_time(seconds=1)
        told(shop)
        assert "corner number 19" in json.dumps(lin.card("PO E1"))
        assert len(slack.calls_of("chat.update")) <= seconds + 2


def test_taps_on_an_answer_of_the_bots_own_show_the_last_state_in_few_edits(shop: World, slack: Slack) -> None:
    channel = SlackChannel(slack.api(pace=Pace()))
    chat = Address("slack", slack.team, slack.direct("chen"))
    message = channel.send(chat, a_card()).id

    def shown(edits: Edits) -> None:
        for number in range(30):
            edits.show(chat, message, partial(a_card, summary=f"State {number}"))
        edits.show(chat, message, settled)

    with_edits(shop, channel, shown)
    assert len(slack.calls_of("chat.update")) <= 3
    assert "Received by Lin at 10:12" in json.dumps(slack.messages(chat.chat)[-1])


def test_an_edit_of_the_bots_own_answer_that_fails_is_made_later(shop: World, slack: Slack) -> None:
    channel = SlackChannel(slack.api())
    chat = Address("slack", slack.team, slack.direct("chen"))
    message = channel.send(chat, a_card()).id
    slack.fail("chat.update", 503, b"<html>away</html>")
    with_edits(shop, channel, lambda edits: edits.show(chat, message, settled))
    assert "Received by Lin at 10:12" in json.dumps(slack.messages(chat.chat)[-1])


def test_an_edit_that_waited_does_not_hide_what_the_notifier_showed_meanwhile(
    shop: World, slack: Slack, face: str
) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="E2")
    told(shop)
    card = lin.card("PO E2")
    before = len(slack.calls_of("chat.update"))

    def shown(edits: Edits) -> None:
        edits.show(Address("slack", slack.team, lin.chat), card["ts"], partial(a_card, summary="An old state"))
        shop.pass_time(seconds=1)
        shop.tap("lin", "All arrived as ordered")
        told(shop)  # before the edit above has its turn

    with_edits(shop, SlackChannel(slack.api()), shown)
    assert eventually(lambda: "Waiting for" in json.dumps(lin.card("PO E2")))
    assert "An old state" not in json.dumps(lin.card("PO E2"))
    assert len(slack.calls_of("chat.update")) == before + 1


def with_edits(shop: World, channel: SlackChannel, act: Callable[[Edits], None]) -> None:
    async def run() -> None:
        outgoing = Outgoing("slack", delivery_error)
        act(Edits(shop.desk, channel, outgoing))
        await outgoing.drain(within_s=20)

    asyncio.run(run())
