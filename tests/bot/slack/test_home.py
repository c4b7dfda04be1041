"""The home tab: the task inbox of who lives in Slack, narrowed, turned, kept true while it is open."""

import json
from typing import Any

from sqlalchemy import text

from inventory_core.db.engine import reading, writing
from tests.bot.slack.peer import Call, Slack
from tests.bot.slack.running import Person, buttons, linked, running
from tests.bot.test_conversation import say
from tests.tools import eventually
from tests.world import World
from workflows import board, inbox


def opened(person: Person, words: str) -> Call:
    person.hears({"type": "app_home_opened", "user": person.id, "tab": "home"})
    return person.slack.wait_for_call("views.publish", words)


def view(call: Call) -> dict[str, Any]:
    given = call.given["view"]
    return dict(json.loads(given) if isinstance(given, str) else given)


def chooses(person: Person, shown: Call, action_id: str, value: str) -> None:
    """Choose on the home tab as Slack sends it: an option, a button's value, or words and Enter."""
    kind = {"home.filter": "static_select", "home.start": "static_select", "home.search": "plain_text_input"}
    element: dict[str, Any] = {"type": kind.get(action_id, "button"), "action_id": action_id}
    element |= (
        {"selected_option": {"value": value, "text": {"type": "plain_text", "text": "x"}}}
        if element["type"] == "static_select"
        else {"value": value}
    )
    payload = person.payload(element)
    assert person.sends({**payload, "view": {"id": "V1", **view(shown)}}).status_code == 200


def options(shown: Call, action_id: str) -> dict[str, str]:
    found = [each for block in view(shown)["blocks"] for each in block.get("elements", ())]
    select = next(each for each in found if each.get("action_id") == action_id)
    return {each["text"]["text"]: each["value"] for each in select["options"]}


def last(slack: Slack) -> Call:
    return slack.calls_of("views.publish")[-1]


def test_a_hundred_tasks_are_turned_over_page_by_page_and_each_is_there_once(
    shop: World, slack: Slack, face: str
) -> None:
    lin = linked(shop, slack, face, "lin")
    for number in range(19):
        shop.given_receipt(("CHAIN", 5, "1"), number=f"P{number:02}")
    shown = opened(lin, "19 tasks for you")
    seen = [shown.said]
    for page in (1, 2):
        chooses(lin, shown, f"home.turn.{page}", str(page))
        shown = slack.wait_for_call("views.publish", f"Page {page + 1} of 3")
        seen.append(shown.said)
    for number in range(19):
        assert sum(f"PO P{number:02}" in each for each in seen) == 1
    assert [each["text"]["text"] for each in buttons(view(shown))][-1] == "‹ Before"


def test_words_and_a_filter_narrow_what_is_shown_until_they_are_cleared(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="T1")
    shop.given_receipt(("FRAME", 5, "1"), number="T2")
    say(shop, "lin", "count chain")
    shown = opened(lin, "PO T1")
    chooses(lin, shown, "home.search", "frame")
    slack.wait_for_call("views.publish", "✕ frame")
    assert "PO T2" in last(slack).said and "PO T1" not in last(slack).said
    chooses(lin, last(slack), "home.search", "saddle")
    slack.wait_for_call("views.publish", "Nothing of this waits for you.")
    chooses(lin, last(slack), "home.clear", "")
    assert eventually(lambda: "PO T1" in last(slack).said)
    filters = options(last(slack), "home.filter")
    assert list(filters) == ["All tasks (2)", "Goods receipt (2)"]
    chooses(lin, last(slack), "home.filter", filters["Goods receipt (2)"])
    assert eventually(lambda: '"goods_receipt"' in view(last(slack))["private_metadata"])


def test_what_becomes_late_and_what_is_answered_for_others_stand_apart(shop: World, slack: Slack, face: str) -> None:
    maria = linked(shop, slack, face, "maria")
    say(shop, "lin", "away 2026-11-01 2026-12-31 Maria")
    shop.given_receipt(("CHAIN", 5, "1"), number="T1")
    shop.tap("lin", "All arrived as ordered")
    shop.given_receipt(("FRAME", 5, "1"), number="T2")
    shown = opened(maria, "2 tasks for you")
    assert shown.said.index("To do") < shown.said.index("PO T1") < shown.said.index("For Lin Wei")
    assert shown.said.index("For Lin Wei") < shown.said.index("PO T2")
    chooses(maria, shown, "home.filter", "*standin")
    assert eventually(lambda: '"*standin"' in view(last(slack))["private_metadata"])
    assert last(slack).said.count("PO T") == 1


def test_what_somebody_asked_for_is_told_with_where_it_stands(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_item("CHAIN")
    shown = opened(lin, "Nothing to do")
    chooses(lin, shown, "home.start", options(shown, "home.start")["Purchase requisition"])
    modal = lin.modal()
    assert modal["title"]["text"]
    slack.wait_for_call("views.publish", "What you asked for")
    assert "Purchase requisition PR-" in last(slack).said


def test_an_open_home_tab_shows_what_happens_elsewhere(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    opened(lin, "Nothing to do")
    shop.given_receipt(("CHAIN", 5, "1"), number="T9")
    slack.wait_for_call("views.publish", "PO T9")
    shop.tap("lin", "All arrived as ordered")
    assert eventually(lambda: "Nothing to do" in last(slack).said, limit_s=10)


def test_a_home_tab_that_is_open_stays_true_over_a_restart(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    opened(lin, "Nothing to do")
    with reading(shop.engine) as db:
        assert db.execute(text("SELECT COUNT(*) FROM homes")).scalar_one() == 1
    shop.given_receipt(("CHAIN", 5, "1"), number="T8")
    slack.wait_for_call("views.publish", "PO T8")
    slack.calls.clear()
    with running(shop.desk, slack):
        slack.wait_for_call("views.publish", "PO T8")


def test_a_page_that_nobody_sent_so_is_the_first(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shown = opened(lin, "Nothing to do")
    for look in ('{"page": -4}', "no json", '{"words": "' + "x" * 400 + '"}'):
        payload = lin.payload({"type": "button", "action_id": "home.turn.1", "value": "9" * 40})
        sent = lin.sends({**payload, "view": {**view(shown), "id": "V1", "private_metadata": look}})
        assert sent.status_code == 200
    with writing(shop.engine) as db:
        assert db.execute(text("SELECT look FROM homes")).scalar_one() in ("{}", '{"page":999}')


def test_a_message_becomes_a_requisition_with_what_it_tells(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_item("CHAIN")
    words = "We need 40 more of CHAIN, the last box is open"
    assert lin.shortcut("make_requisition", words).status_code == 200
    modal = lin.modal()
    asked = {block["block_id"]: block["element"] for block in modal["blocks"] if "element" in block}
    given = {
        name: each.get("initial_value") or each.get("initial_option", {}).get("value") for name, each in asked.items()
    }
    assert (given["item"], given["quantity"], given["why"]) == ("CHAIN", "40", words)


def test_more_of_what_is_low_is_ordered_from_where_it_is_told(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_item("CHAIN", reorder_point=5)
    answer = lin.commands("/stock", "chain").json()
    (order,) = (each for each in buttons(answer) if each["text"]["text"] == "Order more…")
    lin.sends(lin.payload(order, chat=lin.chat, message="17.1", url=f"{slack.origin}/respond/1"))
    modal = lin.modal()
    assert modal["title"]["text"] == "Send"
    lin.submits(modal, {"item": "CHAIN", "quantity": "40", "needed_by": {"selected_date": "2026-12-01"}})
    with reading(shop.engine) as db:
        (case_id,) = board.asked_for(db, shop.desk, shop.person("lin"))
    reader = inbox.reader_of(shop.person("lin"), shop.address("lin"))
    assert eventually(lambda: "40 CHAIN" in inbox.case_card(shop.desk, case_id, reader).title)


def test_a_stranger_makes_nothing_of_a_message(shop: World, slack: Slack, face: str) -> None:
    eve = Person(slack, face, "eve")
    eve.shortcut("make_return", "SO-1 came back")
    assert "link" in json.dumps(eve.modal())
    with reading(shop.engine) as db:
        assert db.execute(text("SELECT COUNT(*) FROM flow_instances")).scalar_one() == 0
