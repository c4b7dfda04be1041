"""Words about a task that do not answer it, as people write them in any chat."""

import pytest
from sqlalchemy import text

from bot import conversation
from bot.channel import Reply
from inventory_core.db.engine import reading, writing
from tests.workflows.desk import Play
from tests.world import World
from workflows import people
from workflows.intents import Sender

REQUEST = """
flow: tool_request
title: {en: Tool request, zh: 工具申请}
fields: {what: {kind: text}, amount: {kind: money}}
facts: {total: amount}
amount: total
cancel: {by: manager}
steps:
  write: {asks: {who: requester, otherwise: storekeeper}, outcomes: {send: {form: [what, amount], then: approve}}}
  approve: {asks: supervisor, outcomes: {approve: done}}
"""


def say(world: World, code: str, words: str, *, about: str = "", dedupe: str = "") -> Reply:
    key = dedupe or f"words:{next(world.ids)}"
    return conversation.answer(world.desk, Sender("web", "", code), world.address(code), words, dedupe=key, about=about)


@pytest.fixture
def asked(shop: World) -> World:
    """A request of Lin's that waits for a supervisor, Otto or Nina."""
    Play.publish(shop, REQUEST)
    with writing(shop.engine) as db:
        people.create(db, "nina", "Nina Roth", language="en", roles=["supervisor"])
    opened = say(shop, "lin", "new tool")
    assert opened.form is not None and [each.name for each in opened.form.fields] == ["what", "amount"]
    shop.send("lin", opened.form.token, {"what": "drill", "amount": "120"})
    return shop


def about(world: World, code: str) -> str:
    return world.inbox(code)[0].subject


def test_a_flow_is_started_by_a_part_of_its_title_and_once_a_message(shop: World) -> None:
    Play.publish(shop, REQUEST)
    asked_which = say(shop, "lin", "new").words.splitlines()
    assert asked_which[0] == "Which one? Write for example: new NAME"
    assert asked_which[1:] == [
        "customer_return – Customer return",
        "merge – Merge lots",
        "move – Move",
        "requisition – Purchase requisition",
        "split – Split a lot",
        "tool_request – Tool request",
        "wave – Pick wave",
    ]
    assert say(shop, "lin", "发起 工具", dedupe="m1").form is not None
    say(shop, "lin", "发起 工具", dedupe="m1")
    with reading(shop.engine) as db:
        assert db.execute(text("SELECT COUNT(*) FROM flow_instances")).scalar_one() == 1
    assert say(shop, "zhao", "new tool").words == "There is nothing for you to start."


def test_a_task_is_taken_put_back_and_given_in_words(asked: World) -> None:
    assert say(asked, "otto", "take").words == "It is yours now."
    assert asked.inbox("nina") == ()
    assert say(asked, "nina", "take", about=about(asked, "otto")).words.startswith("This is not yours to do")
    assert say(asked, "otto", "putback").words == "Back with everybody who is warehouse supervisor."
    assert asked.inbox("nina")
    assert say(asked, "otto", "转交 Nina").words == "Nina Roth is asked now."
    assert asked.inbox("otto") == ()
    assert say(asked, "otto", "give nobody", about=about(asked, "nina")).words.startswith(
        "There is nobody called “nobody”"
    )


def test_a_colleague_is_asked_and_answers_and_all_read_it(asked: World) -> None:
    asked.relay().turn()
    assert say(asked, "otto", "ask maria: is it the right drill?").words.startswith("Maria Santos is asked.")
    with reading(asked.engine) as db:
        remark = db.execute(text("SELECT id FROM remarks")).scalar_one()
    assert say(asked, "maria", "Yes, the 8 mm one", about=f"remark:{remark}").words == "Your answer is passed on."
    story = asked.inbox("otto")[0].story
    assert [line.partition(" ")[2] for line in story[-2:]] == [
        "Otto Berg asks Maria Santos: “is it the right drill?”",
        "Maria Santos: “Yes, the 8 mm one”",
    ]
    say(asked, "lin", "comment needed by Friday", about=about(asked, "otto"), dedupe="same")
    say(asked, "lin", "comment needed by Friday", about=about(asked, "otto"), dedupe="same")
    assert sum("Friday" in line for line in asked.inbox("otto")[0].story) == 1


def test_who_started_it_withdraws_it_by_its_number_with_a_reason(asked: World) -> None:
    number = asked.inbox("otto")[0].facts[0].value
    assert say(asked, "lin", f"withdraw {number}").words.startswith("Write the number and the reason")
    assert (
        say(asked, "otto", f"withdraw {number} no").words
        == f"Only who started {number} can withdraw it, and only while it is open."
    )
    assert say(asked, "lin", f"withdraw {number} found the old one").words == f"{number} is withdrawn."
    assert asked.inbox("otto") == ()


def test_the_role_that_the_flow_names_cancels(asked: World) -> None:
    number = asked.inbox("otto")[0].facts[0].value
    assert say(asked, "lin", f"作废 {number} 不要了").words == f"You can not cancel {number}."
    assert say(asked, "chen", f"cancel {number} budget is gone").words.startswith(f"{number} is cancelled")


def test_somebody_away_names_who_answers_and_until_when(asked: World) -> None:
    world = asked
    assert say(world, "otto", "away tomorrow").words.startswith("Write from when")
    assert say(world, "otto", "away 2026-11-18 2026-11-20 Maria up to 100.").words == (
        "Maria Santos answers for you from 18 Nov to 20 Nov, up to 100.00."
    )
    assert world.inbox("maria") == ()
    assert say(world, "otto", "代理 today 2026-11-20 zhao 仅 tool_request").words.startswith("Zhao Min answers for you")
    assert world.inbox("zhao")
    assert say(world, "otto", "back").words == "Welcome back. Nobody answers for you any more."
    assert world.inbox("zhao") == ()
    assert say(world, "otto", "返岗").words == "Nobody answered for you."


def test_a_reminder_and_a_question_arrive_as_messages_of_their_own(shop: World) -> None:
    Play.publish(
        shop,
        REQUEST.replace(
            "approve: {asks: supervisor,", "approve: {asks: supervisor, late: [{after: 2 hours, remind: true}],"
        ),
    )
    opened = say(shop, "lin", "new tool")
    assert opened.form is not None
    shop.send("lin", opened.form.token, {"what": "drill", "amount": "120"})
    relay = shop.relay()
    relay.turn()
    shop.pass_time(hours=2)
    while relay.turn():
        pass
    with reading(shop.engine) as db:
        subjects = db.execute(text("SELECT subject FROM messages")).scalars().all()
    assert any(each.startswith("late:") for each in subjects)
