"""What people type: in the chat with the bot, in a card's thread, as a command; and their home tab."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from inventory_core.db.engine import reading, writing
from tests.bot.slack.peer import Slack
from tests.bot.slack.running import Person, buttons, labels, linked, told
from tests.bot.test_aside_words import REQUEST
from tests.tools import eventually
from tests.workflows.desk import Play
from tests.world import World
from workflows import people


def said(answer: Any) -> str:
    return json.dumps(answer.json(), ensure_ascii=False)


def test_a_command_is_answered_at_once_and_to_its_writer_alone(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_item("CHAIN", reorder_point=5)
    answer = lin.commands("/stock", "chain", chat=slack.channel("general"))
    assert answer.json()["response_type"] == "ephemeral"
    assert "Item CHAIN" in said(answer)
    assert "Nothing to do" in said(lin.commands("/inbox"))
    assert "stock ITEM" in said(lin.commands("/storekeeper"))
    assert [each for each in slack.calls if each.method.startswith("chat.")] == []


def test_the_inbox_is_a_card_a_task_whose_buttons_count_where_they_stand(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    for number in range(12):
        shop.given_receipt(*((f"PART-{each}", 5, "1") for each in range(12)), number=f"T{number}")
    general = slack.channel("general")
    answer = lin.commands("/inbox", chat=general)
    assert "12 tasks for you" in said(answer)
    assert "and 8 more lines" in said(answer)
    assert eventually(
        lambda: (
            sum(len(buttons({"blocks": each.blocks})) for each in slack.calls_of("respond"))
            == 36 - len(buttons(answer.json()))
        )
    )
    button = buttons(answer.json())[0]
    url = f"{slack.origin}/respond/tapped"
    assert lin.sends(lin.payload(button, chat=general, message="17.1", url=url)).status_code == 200
    replaced = slack.wait_for_call("respond", "Waiting for: quality inspector")
    assert replaced.given["replace_original"] is True
    assert len(shop.inbox("maria")) == 1
    assert slack.calls_of("chat.update") == []


def test_a_typed_answer_counts_for_the_one_card_that_waits(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 550, "1"), number="T20")
    lin.says("547 ok, 3 damaged")
    slack.wait_for_call("chat.postMessage", "Done: Something differs")
    assert len(shop.inbox("maria")) == 1


def test_a_reply_in_a_cards_thread_is_about_that_card(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 550, "1"), number="T30")
    shop.given_receipt(("CHAIN", 20, "1"), number="T31")
    told(shop)
    card = lin.card("PO T31")
    lin.says("19 ok, 1 damaged")
    assert slack.wait_for_call("chat.postMessage", "Which task do you mean?").given.get("thread_ts") is None
    lin.says("18 ok, 2 damaged", thread=card["ts"])
    done = slack.wait_for_call("chat.postMessage", "Done: Something differs")
    assert done.given["thread_ts"] == card["ts"]
    told(shop)
    assert labels(lin.card("PO T31")) == [] and labels(lin.card("PO T30")) != []


def test_a_thread_under_a_card_that_was_asked_for_is_about_it_too(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 550, "1"), number="T40")
    shop.given_receipt(("CHAIN", 20, "1"), number="T41")
    with writing(shop.engine) as db:
        db.execute(text("DELETE FROM outbox"))
    lin.says("inbox")
    asked = lin.card("PO T40")
    lin.says("全部到货", thread=asked["ts"])
    assert eventually(lambda: len(shop.inbox("maria")) == 1)


def test_words_that_are_not_plain_open_the_form_by_a_button(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 550, "1"), number="T50")
    lin.says("about five hundred and 47 maybe 3")
    offered = lin.card("Fill in")
    lin.taps(offered, "Fill in…")
    assert lin.modal()["title"]["text"] == "Something differs"


@pytest.mark.parametrize(
    "changed",
    [
        {"bot_id": "B1"},
        {"subtype": "message_changed"},
        {"subtype": "channel_join"},
        {"channel_type": "channel"},
        {"text": "  "},
    ],
)
def test_what_a_person_did_not_say_to_the_bot_is_not_heard(
    shop: World, slack: Slack, face: str, changed: dict[str, Any]
) -> None:
    lin = linked(shop, slack, face, "lin")
    assert lin.says("help", **changed).status_code == 200
    lin.says("stock NOTHING")
    slack.wait_for_call("chat.postMessage", "NOTHING")
    assert len(slack.calls_of("chat.postMessage")) == 1


def test_slacks_own_markup_is_read_as_it_was_typed(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    lin.says("stock A&amp;B &lt;x&gt; <http://a.b|a.b>")
    assert "A&amp;B &lt;x&gt; a.b" in slack.wait_for_call("chat.postMessage").said


def test_an_account_is_linked_by_a_command_and_asked_in_its_own_chat(shop: World, slack: Slack, face: str) -> None:
    maria = Person(slack, face, "maria")
    assert "还" in said(maria.commands("/stock", "链条")) or "未" in said(maria.commands("/stock", "链条"))
    with writing(shop.engine) as db:
        code = people.new_link_code(db, shop.person("maria"), now=shop.now)
    assert "Maria Santos" in said(maria.commands("/link", code, chat=slack.channel("general")))
    with reading(shop.engine) as db:
        chat = db.execute(text("SELECT chat FROM chats WHERE platform = 'slack'")).scalar_one()
    assert chat == maria.chat


def test_the_home_tab_shows_what_waits_and_its_buttons_count(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 550, "1"), number="T60")
    lin.hears({"type": "app_home_opened", "user": lin.id, "tab": "home"})
    home = slack.wait_for_call("views.publish", "PO T60")
    assert "1 task for you" in home.said
    button = next(each for each in buttons(dict(home.given["view"])) if each["text"]["text"].startswith("All"))
    lin.sends(lin.payload(button))
    slack.wait_for_call("views.publish", "Nothing to do")
    assert len(shop.inbox("maria")) == 1
    lin.sends(lin.payload(button))
    shop.tap("maria", "All good")
    lin.sends({**lin.payload(button), "trigger_id": slack.trigger("lin")})
    assert shop.inbox("otto")


def test_the_home_tab_of_a_stranger_says_how_to_begin(shop: World, slack: Slack, face: str) -> None:
    eve = Person(slack, face, "eve")
    eve.hears({"type": "app_home_opened", "user": eve.id, "tab": "home"})
    assert "link" in slack.wait_for_call("views.publish").said


def test_a_late_tap_on_the_home_tab_is_told_in_a_modal(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 550, "1"), number="T70")
    lin.hears({"type": "app_home_opened", "user": lin.id, "tab": "home"})
    home = slack.wait_for_call("views.publish", "PO T70")
    shop.tap("lin", "All arrived as ordered")
    lin.sends(lin.payload(buttons(dict(home.given["view"]))[1]))
    assert "Already settled by Lin Wei" in slack.wait_for_call("views.open").said


def test_chinese_is_answered_in_chinese(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    with writing(shop.engine) as db:
        db.execute(text("UPDATE employees SET language = 'zh' WHERE code = 'lin'"))
        db.execute(text("UPDATE chats SET language = 'zh'"))
    shop.given_receipt(("CHAIN", 550, "1"), number="T80")
    told(shop)
    card = lin.card("T80")
    assert labels(card) == ["全部按单到货", "有差异…", "另有其他到货…"]
    assert "待办" in said(lin.commands("/inbox")) or "任务" in said(lin.commands("/inbox"))


def test_a_form_of_the_company_is_started_by_a_command_and_filled_in_a_modal(
    shop: World, slack: Slack, face: str
) -> None:
    Play.publish(shop, REQUEST)
    lin, otto = linked(shop, slack, face, "lin"), linked(shop, slack, face, "otto")
    answer = lin.commands("/new", "tool request")
    button = buttons(answer.json())[0]
    assert button["text"]["text"].startswith("Fill in")
    assert (
        lin.sends(lin.payload(button, chat=lin.chat, message="17.1", url=f"{slack.origin}/respond/x")).status_code
        == 200
    )
    view = lin.modal()
    wrong = lin.submits(view, {"what": "drill", "amount": ""}).json()
    assert wrong["errors"] == {"amount": "Please fill this in."}
    assert lin.submits(view, {"what": "drill", "amount": "120.5"}).status_code == 200
    told(shop)
    card = otto.card("120.50")
    assert otto.taps(card, "approve").status_code == 200
    assert eventually(lambda: labels(otto.card("120.50")) == [])
    assert "Otto Berg: approve" in json.dumps(otto.card("120.50"))


def test_a_paper_that_is_asked_for_is_uploaded_where_only_its_reader_sees_it(
    shop: World, slack: Slack, face: str
) -> None:
    shop.given_order(("CHAIN", 550, "9.37"))
    chen = linked(shop, slack, face, "chen")
    answer = chen.commands("/print", "4012", chat=slack.channel("general"))
    assert "Purchase order 4012" in said(answer) and "in our own chat" in said(answer)
    done = slack.wait_for_call("files.completeUploadExternal")
    assert done.given["channel_id"] == chen.chat
    assert slack.calls_of("files.getUploadURLExternal")[-1].given["filename"] == "purchase-order-4012.pdf"
    chen.says("print 4012 csv")
    assert eventually(lambda: len(slack.calls_of("files.completeUploadExternal")) == 2)
    assert slack.calls_of("files.getUploadURLExternal")[-1].given["filename"] == "purchase-order-4012.csv"
    assert "nothing to print" in said(chen.commands("/print", "PO-999"))


def test_words_that_mean_several_things_are_asked_back_and_tapped(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_item("4012")
    shop.given_order(("CHAIN", 5, "1"))
    lin.says("trace 4012")
    asked = lin.card("can mean several things")
    assert labels(asked) == ["Item 4012 · Item 4012", "Purchase order 4012 · Litware"]
    assert lin.taps(asked, "Purchase order 4012 · Litware").status_code == 200
    assert "Planned" in str(lin.card("Purchase order 4012 –")["blocks"])
    general, url = slack.channel("general"), f"{slack.origin}/respond/told"
    unseen = buttons(lin.commands("/trace", "4012", chat=general).json())[0]
    lin.sends(lin.payload(unseen, chat=general, message="18.1", url=url))
    assert slack.wait_for_call("respond", "4012 · Item 4012").given["replace_original"] is False
