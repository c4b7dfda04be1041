"""What people at their phones get back, and what a platform's tricks do not bring about."""

import pytest
from sqlalchemy import text

from bot import aside_words, conversation
from inventory_core import labels
from inventory_core.db.engine import writing
from tests.bot.cards import jpeg
from tests.bot.pictures import photo_of
from tests.bot.telegram.running import asked_of, decisions, linked, told
from tests.telegram_server import Broken, Flood, TelegramServer
from tests.world import World
from workflows.phrases import say


def test_a_worded_reply_counts_for_the_card_that_it_answers(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    first, second = asked_of(shop, lin), asked_of(shop, lin, ("FRAME", 4, "1"), number="4013")
    lin.says("3 ok, 1 damaged", reply_to=second)
    lin.sees("Done: Something differs.")
    told(shop)
    telegram.wait_for(lambda: second.labels == ())
    assert first.labels


def test_a_card_that_was_asked_for_can_be_answered_in_words_too(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    lin = linked(shop, telegram, "lin")
    asked_of(shop, lin)
    old = asked_of(shop, lin, ("FRAME", 4, "1"), number="4013")
    lin.command("/inbox")
    lin.sees("2 tasks for you")
    again = lin.sees("PO 4013", after=old)
    lin.says("4 ok", reply_to=again)
    lin.sees("Done: Something differs.")
    assert len(shop.inbox("lin")) == 1


def test_a_tap_by_somebody_without_the_right_is_an_alert_and_the_card_stays(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    lin = linked(shop, telegram, "lin")
    eve = telegram.person("eve", language="zh-hans")
    card = asked_of(shop, lin)
    tap = eve.taps(card, "All arrived as ordered")
    assert "尚未绑定员工" in telegram.answer_to(tap)
    assert tap.answer is not None and tap.answer.is_alert
    assert card.labels and not card.was_edited


def test_names_in_any_script_work_and_an_unknown_token_has_expired(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    lin = linked(shop, telegram, "lin")
    name = "不锈钢内六角螺栓 M8×30 (304)"
    card = asked_of(shop, lin, (name, 550, "1"))
    for data in ("approve:31", "不" * 21, lin.taps(card, "All arrived as ordered").data[:-1] + "?"):
        tap = lin.forges_tap(card, data)
        assert telegram.answer_to(tap).startswith("This card has expired")
        assert tap.answer is not None and tap.answer.is_alert
    assert all(len(key["callback_data"].encode()) <= 64 for row in card.versions[0].keyboard for key in row)


def test_a_token_from_another_chat_has_expired(shop: World, telegram: TelegramServer, face: str) -> None:
    lin, chen = linked(shop, telegram, "lin"), linked(shop, telegram, "chen")
    card = asked_of(shop, lin)
    chen.says("hello")
    theirs = chen.sees("did not understand")
    tap = chen.forges_tap(theirs, card.now.button("All arrived as ordered")["callback_data"])
    assert telegram.answer_to(tap).startswith("This card has expired")
    assert shop.inbox("lin")


def test_a_second_tap_on_what_an_old_screen_shows_changes_nothing_and_is_answered(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    lin = linked(shop, telegram, "lin")
    card = asked_of(shop, lin)
    telegram.answer_to(lin.taps(card, "All arrived as ordered"))
    telegram.wait_for(lambda: card.labels == ())
    for _ in range(2):
        late = lin.taps(card, "Something differs…", version=0)
        assert telegram.answer_to(late).startswith("Already settled by Lin Wei")
    telegram.wait_for(lambda: len(telegram.calls("editMessageText")) >= 2)
    assert {each.code for each in telegram.calls("editMessageText")[1:]} == {400}
    assert len(card.versions) == 2


@pytest.mark.parametrize("code", ["RES_0603_10K", "A<3", "*bulk*", "[x](tg://user?id=1)", "</b><a href=//e.example>"])
def test_a_question_shows_names_with_exactly_their_characters(
    shop: World, telegram: TelegramServer, face: str, code: str
) -> None:
    lin = linked(shop, telegram, "lin")
    lin.taps(asked_of(shop, lin, (code, 5, "1")), "Something differs…")
    asked = lin.sees(f"{code} · Item {code}", after=lin.chat.last)
    assert (asked.links, asked.mentions) == ((), ())
    assert {each.code for each in telegram.calls("sendMessage")} == {200}


def test_everything_that_comes_twice_has_one_effect(shop: World, telegram: TelegramServer, face: str) -> None:
    telegram.deliver_each(copies=2, at_once=2)
    lin = linked(shop, telegram, "lin")
    card = asked_of(shop, lin)
    lin.taps(card, "Something differs…")
    lin.sees("1 of 3")
    steps = (("547", "2 of 3"), ("3", "3 of 3"), ("Skip", "Please check"), ("Send", "Done: Something differs."))
    for answer, following in steps:
        lin.says(answer)
        lin.sees(following)
    telegram.wait_until_confirmed()
    said = [each.text.partition("\n")[0] for each in lin.chat.shown if each.sender["is_bot"] and each is not card]
    assert [each.partition(" · ")[0] for each in said[1:]] == [
        "1 of 3", "2 of 3", "3 of 3", "Please check", "Done: Something differs.",
    ]  # fmt: skip
    assert decisions(shop) == ["differs"]


def test_a_photo_of_a_label_is_answered_and_one_in_reply_to_a_card_is_kept(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    lin = linked(shop, telegram, "lin")
    shop.given_item("BK-100")
    lin.sends_photo(photo_of([labels.payload(labels.Label("BK-100", "", "5"))]))
    lin.sees("BK-100 · Item BK-100")
    lin.sends_photo(jpeg())
    lin.sees("No code was found in the photo.")
    card = asked_of(shop, lin)
    lin.sends_photo(jpeg(), caption="the corner is bent", reply_to=card)
    lin.sees("Noted.")
    told(shop)
    telegram.wait_for(lambda: "added 1 photo" in card.text and "the corner is bent" in card.text)
    assert decisions(shop) == []


def test_an_album_in_reply_to_a_card_is_kept_and_answered_once(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    lin = linked(shop, telegram, "lin")
    card = asked_of(shop, lin)
    for number in range(4):
        lin.sends_photo(jpeg(size=(40 + number, 30)), caption="" if number else "all bent", reply_to=card, album="9001")
    assert lin.sees("4 photos or files added.").text == "4 photos or files added."
    told(shop)
    telegram.wait_for(lambda: "added 4 photos" in card.text and "all bent" in card.text)
    assert [each.text for each in lin.chat.shown if "added." in each.text] == ["4 photos or files added."]


def test_an_album_answers_one_question_and_is_sent_as_one(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    lin.taps(asked_of(shop, lin), "Something differs…")
    for question, answer in (("1 of 3", "547"), ("2 of 3", "0")):
        lin.sees(question)
        lin.says(answer)
    lin.sees("3 of 3")
    for number in range(3):
        lin.sends_photo(jpeg(size=(40 + number, 30)), album="9002")
    lin.sees("Photo: 3 photos")
    lin.presses("Send")
    lin.sees("Done: Something differs.")
    assert len([each for each in lin.chat.shown if "Please check" in each.text]) == 1


def test_a_photo_in_the_midst_of_other_questions_is_left_alone(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    lin = linked(shop, telegram, "lin")
    lin.taps(asked_of(shop, lin), "Something differs…")
    question = lin.sees("1 of 3")
    lin.sends_photo(jpeg())
    lin.sees("No photo is asked for right now", after=question)
    lin.says("547")
    lin.sees("2 of 3")
    assert telegram.calls("getFile") == ()


def test_a_photo_that_cannot_be_fetched_is_asked_for_again(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    lin.taps(asked_of(shop, lin), "Something differs…")
    for question, answer in (("1 of 3", "547"), ("2 of 3", "0")):
        lin.sees(question)
        lin.says(answer)
    lin.sees("3 of 3")
    telegram.faults.on("getFile", Broken())
    lin.sends_photo(jpeg())
    lin.sees("could not be fetched")
    lin.sends_photo(jpeg())
    lin.sees("Photo: 1 photo")
    lin.presses("Send")
    lin.sees("Done: Something differs.")


def test_chinese_questions_have_chinese_keys(shop: World, telegram: TelegramServer, face: str) -> None:
    with writing(shop.engine) as db:
        db.execute(text("UPDATE employees SET language = 'zh' WHERE code = 'lin'"))
    lin = linked(shop, telegram, "lin")
    shop.given_receipt(("CHAIN", 550, "1"))
    told(shop)
    lin.taps(lin.sees("采购单 4012"), "有差异…")
    lin.sees("1/3")
    lin.says("547")
    lin.sees("2/3")
    assert lin.keys == ("0", "返回", "跳过", "取消")
    lin.presses("取消")
    lin.sees("已取消")
    assert lin.keys == ()


def test_a_command_in_the_midst_of_questions_leaves_them_open(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    lin.taps(asked_of(shop, lin), "Something differs…")
    lin.sees("1 of 3")
    lin.command("/stock CHAIN")
    lin.sees("Available")
    lin.says("547")
    lin.sees("2 of 3")


def test_a_code_is_not_taken_in_a_group_and_commands_are(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    dock = telegram.group("Dock")
    lin.command("/link ABCD2345", chat=dock)
    lin.sees("private chat", chat=dock)
    lin.command("/inbox", chat=dock)
    lin.sees("Nothing to do", chat=dock)


def test_whoever_blocks_the_bot_is_told_elsewhere_and_gets_what_waits_when_they_let_it_in_again(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    lin, chen = linked(shop, telegram, "lin"), linked(shop, telegram, "chen")
    lin.blocks_bot()
    telegram.wait_until_confirmed()
    shop.given_receipt(("CHAIN", 550, "1"))
    told(shop)
    assert "Tasks come to Lin Wei's other chats" in chen.sees("Telegram no longer reaches Lin Wei").text
    lin.unblocks_bot()
    telegram.wait_until_confirmed()
    told(shop)
    lin.sees("PO 4012 from Litware")
    chen.sees("Messages go there again.")


def test_a_flood_only_delays_the_answer(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    telegram.faults.on("sendMessage", Flood(retry_after_s=1))
    lin.command("/inbox")
    lin.sees("Nothing to do")


def test_the_menus_are_set_in_both_languages_and_none_shows_linking_to_a_group(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    telegram.wait_for(lambda: len(telegram.state.commands) == 4)
    first = {key: menu[0]["description"] for key, menu in telegram.state.commands.items()}
    assert first == {
        ("default", ""): "Your open tasks", ("default", "zh"): "我的待办",
        ("all_group_chats", ""): "Your open tasks", ("all_group_chats", "zh"): "我的待办",
    }  # fmt: skip
    for (scope, _), menu in telegram.state.commands.items():
        assert ("link" in {each["command"] for each in menu}) == (scope == "default")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_command_of_the_menu_is_known_and_stands_in_the_help(
    shop: World, telegram: TelegramServer, face: str, language: str
) -> None:
    telegram.wait_for(lambda: len(telegram.state.commands) == 4)
    names = [each["command"] for each in telegram.state.commands["default", ""]]
    assert {"inbox", "stock", "where", "trace", "receive", "count", "return", "order", "report", "link", "help"} <= {
        *names
    }
    assert all(name in conversation.COMMANDS or name in aside_words.COMMANDS for name in names)
    words = [word for word, does in conversation.COMMANDS.items() if does is not conversation.COMMANDS["help"]]
    told = say(language, "help.text")
    said = [each for each in words if each.isascii() == (language == "en") and each in told]
    assert len({conversation.COMMANDS[each] for each in said}) >= len(names) - 2  # help itself, and a word for two


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_taps_doubled_and_shuffled_count_once_each(shop: World, telegram: TelegramServer, face: str, seed: int) -> None:
    lin = linked(shop, telegram, "lin")
    cards = [asked_of(shop, lin, number=number) for number in ("4012", "4013", "4014")]
    telegram.deliver_each(copies=2, at_once=4)
    telegram.hold()
    for card in (*cards, *cards):
        lin.taps(card, "All arrived as ordered")
    telegram.release(shuffle=seed)
    telegram.wait_until_confirmed()
    telegram.wait_for(lambda: all(card.labels == () for card in cards))
    assert decisions(shop) == ["as_ordered"] * 3


def test_a_paper_that_is_asked_for_comes_as_a_file(shop: World, telegram: TelegramServer, face: str) -> None:
    shop.given_order(("CHAIN", 550, "9.37"))
    chen = linked(shop, telegram, "chen")
    chen.command("/print 4012")
    telegram.wait_for(lambda: len(telegram.calls("sendDocument")) == 1, within_s=60)  # its first file takes a while
    sent = chen.sees("Purchase order 4012")
    assert sent.file is not None and sent.file.startswith(b"%PDF-") and sent.file_name == "purchase-order-4012.pdf"
    chen.says("打印 4012 表格")
    again = chen.sees("Purchase order 4012", after=sent)
    assert again.file is not None and b"CHAIN" in again.file and again.file_name == "purchase-order-4012.csv"
    chen.says("print PO-999")
    assert chen.sees("There is nothing to print under PO-999.", after=again).file is None
