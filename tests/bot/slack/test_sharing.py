"""What one person asked, shown to the channel; and links to our pages, unfolded as far as who posts them may see."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.slack.send import SlackChannel
from inventory_core.db.engine import reading
from tests.bot.slack.peer import Slack
from tests.bot.slack.running import Person, buttons, linked, running
from tests.world import World
from workflows import cases


def share_button(answer: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in buttons(answer) if each["text"]["text"] == "Share with the channel")


def test_an_answer_is_shared_with_the_channel_by_one_tap(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_item("CHAIN", reorder_point=5)
    general = slack.channel("general")
    answer = lin.commands("/stock", "chain", chat=general).json()
    button = share_button(answer)
    lin.sends(lin.payload(button, chat=general, message="17.1", url=f"{slack.origin}/respond/1"))
    assert slack.wait_for_call("chat.postMessage", "Lin Wei shares:").given["channel"] == general
    assert "Item CHAIN" in slack.wait_for_call("chat.postMessage", "Item CHAIN").said
    assert [each for each in buttons(lin.commands("/stock", "chain").json()) if "Share" in each["text"]["text"]] == []


def test_a_report_is_shared_and_is_as_it_is_now(shop: World, slack: Slack, face: str) -> None:
    otto = linked(shop, slack, face, "otto")
    general = slack.channel("general")
    answer = otto.commands("/report", "low", chat=general).json()
    button = share_button(answer)
    shop.given_item("CHAIN", reorder_point=5)
    otto.sends(otto.payload(button, chat=general, message="17.1", url=f"{slack.origin}/respond/1"))
    slack.wait_for_call("chat.postMessage", "1 item is low")


def test_where_the_bot_is_not_it_says_how_it_comes_in(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_item("CHAIN")
    general = slack.channel("general")
    button = share_button(lin.commands("/stock", "chain", chat=general).json())
    slack.fail("chat.postMessage", 200, {"ok": False, "error": "not_in_channel"})
    lin.sends(lin.payload(button, chat=general, message="17.1", url=f"{slack.origin}/respond/1"))
    slack.wait_for_call("respond", "/invite @Storekeeper")


def test_who_is_not_linked_shares_nothing(shop: World, slack: Slack, face: str) -> None:
    lin, eve = linked(shop, slack, face, "lin"), Person(slack, face, "eve")
    shop.given_item("CHAIN")
    general = slack.channel("general")
    button = share_button(lin.commands("/stock", "chain", chat=general).json())
    assert eve.sends(eve.payload(button, chat=general, message="17.1")).status_code == 200
    lin.says("help")
    slack.wait_for_call("chat.postMessage", "inbox")
    assert all("CHAIN" not in each.said for each in slack.calls)


@pytest.fixture
def public(shop: World, slack: Slack, channel: SlackChannel) -> Iterator[str]:
    """The product with pages that a browser finds."""
    shop.channels["slack"] = channel
    shop.desk = replace(shop.desk, base_url="https://stock.mill.org")
    with running(shop.desk, slack) as address:
        yield address


def posts(person: Person, *links: str) -> None:
    shared = [{"domain": "127.0.0.1", "url": each} for each in links]
    person.hears({"type": "link_shared", "channel": "C1", "user": person.id, "message_ts": "17.1", "links": shared})


def test_a_link_to_a_task_unfolds_to_its_head_without_figures(shop: World, slack: Slack, public: str) -> None:
    lin = linked(shop, slack, public, "lin")
    shop.given_receipt(("CHAIN", 550, "12345.67"), number="T5")
    with reading(shop.engine) as db:
        (open_task,) = cases.open_tasks(db, shop.person("lin").id, now=shop.now)
    link = f"{shop.desk.base_url}/p/lin/task/{open_task.id}"
    posts(lin, link, "https://example.org/p/lin/task/1", f"{shop.desk.base_url}/p/lin/task/999999")
    call = slack.wait_for_call("chat.unfurl")
    unfolded = str(call.given["unfurls"])
    assert "PO T5" in unfolded and "Waiting for" in unfolded
    assert "550" not in unfolded and "12345" not in unfolded and "button" not in unfolded
    assert "example.org" not in unfolded and "999999" not in unfolded


def test_a_link_that_its_poster_may_not_see_stays_a_link(shop: World, slack: Slack, public: str) -> None:
    maria, eve = linked(shop, slack, public, "maria"), Person(slack, public, "eve")
    shop.given_receipt(("CHAIN", 550, "1"), number="T6")
    with reading(shop.engine) as db:
        (open_task,) = cases.open_tasks(db, shop.person("lin").id, now=shop.now)
    for person in (maria, eve):
        posts(person, f"{shop.desk.base_url}/p/lin/task/{open_task.id}")
    maria.says("help")
    slack.wait_for_call("chat.postMessage", "inbox")
    assert slack.calls_of("chat.unfurl") == []
