"""The channel against a strict Telegram: what a person sees, and what the notifier is told when it fails."""

import logging

import pytest

from bot.channel import DeliveryError, MessageRef
from bot.telegram.send import TelegramChannel
from tests.bot.cards import a_card, a_picture, png, settled
from tests.bot.telegram.running import UNPACED
from tests.telegram_server import AnswerLost, Broken, CallLost, Flood, Garbage, Person, Refused, TelegramServer
from workflows.cards import Button, Row
from workflows.intents import Address


def chat_of(person: Person) -> Address:
    return Address("telegram", "", str(person.id))


def failure(channel: TelegramChannel, to: Address) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        channel.send(to, a_card())
    return caught.value


def test_a_sent_card_can_be_read_and_tapped(telegram: TelegramServer, channel: TelegramChannel) -> None:
    lin = telegram.person("lin")
    ref = channel.send(chat_of(lin), a_card())
    assert lin.chat.last.text.startswith("GRN-7 · Litware\n")
    assert lin.chat.last.labels == ("All there", "It differs…", "Refuse…")
    assert lin.taps(lin.chat.last, "All there").data == "t" * 32
    assert ref == MessageRef(chat_of(lin), str(lin.chat.last.id))


def test_an_edited_card_shows_the_new_state_and_loses_its_buttons(
    telegram: TelegramServer, channel: TelegramChannel
) -> None:
    lin = telegram.person("lin")
    ref = channel.send(chat_of(lin), a_card())
    channel.edit(ref, settled())
    assert lin.chat.last.text.endswith("✓ Received by Lin at 10:12")
    assert lin.chat.last.labels == ()
    assert len(lin.chat.shown) == 1


def test_a_refresh_with_nothing_new_is_a_success(telegram: TelegramServer, channel: TelegramChannel) -> None:
    lin = telegram.person("lin")
    ref = channel.send(chat_of(lin), a_card())
    channel.edit(ref, a_card())
    channel.edit(ref, a_card())
    assert not lin.chat.last.was_edited
    assert [each.code for each in telegram.calls("editMessageText")] == [400, 400]


def test_a_name_of_255_characters_in_any_script_does_not_reach_the_button_data(
    telegram: TelegramServer, channel: TelegramChannel
) -> None:
    lin = telegram.person("lin")
    name = "不锈钢内六角螺栓 M8×30 (304)"
    buttons = (Button(f"批准 {name}", "k" * 64, "good"),)
    channel.send(chat_of(lin), a_card(title=f"{name} · 华东一号仓", rows=(Row(name * 12, ""),), buttons=buttons))
    assert lin.taps(lin.chat.last, f"批准 {name}").data == "k" * 64


def test_part_numbers_arrive_with_exactly_their_characters(telegram: TelegramServer, channel: TelegramChannel) -> None:
    lin = telegram.person("lin")
    names = ("RES_0603_10K", "A<3", "*bulk*", "[x](tg://user?id=1)", '</b><a href="https://e.example">ok</a>')
    channel.send(chat_of(lin), a_card(rows=tuple(Row(name, name) for name in names)))
    for name in names:
        assert f"{name} · {name}\n" in lin.chat.last.text
    assert lin.chat.last.links == ()
    assert lin.chat.last.mentions == ()
    assert [each.code for each in telegram.calls()] == [200]


def test_markup_that_is_refused_all_the_same_goes_once_more_as_plain_text(
    telegram: TelegramServer, channel: TelegramChannel
) -> None:
    lin = telegram.person("lin")
    for method in ("sendMessage", "sendPhoto", "editMessageText", "editMessageCaption"):
        telegram.faults.on(method, Refused(400, "Bad Request: can't parse entities: Unsupported start tag"))
    text = channel.send(chat_of(lin), a_card())
    photo = channel.send(chat_of(lin), a_card(), a_picture())
    channel.edit(text, settled())
    channel.edit(photo, settled())
    for message in lin.chat.shown:
        assert message.text.startswith("GRN-7 · Litware\n")
        assert message.text.endswith("✓ Received by Lin at 10:12")
        assert message.marked("bold") == ()
    channel.edit(text, settled())
    telegram.faults.on("sendMessage", Refused(400, "Bad Request: can't parse entities: still"), times=9)
    assert failure(channel, chat_of(lin)).permanent
    assert len(telegram.calls("sendMessage")) == 4


def test_a_card_with_a_picture_is_one_photo_and_its_caption_is_edited(
    telegram: TelegramServer, channel: TelegramChannel
) -> None:
    lin = telegram.person("lin")
    ref = channel.send(chat_of(lin), a_card(), a_picture())
    assert lin.chat.last.photo == png()
    assert lin.chat.last.text.startswith("GRN-7 · Litware\n")
    assert ref.id == f"p{lin.chat.last.id}"
    channel.edit(ref, settled())
    channel.edit(ref, settled())
    assert lin.chat.last.text.endswith("✓ Received by Lin at 10:12")
    assert lin.chat.last.labels == ("File",)
    assert len(lin.chat.shown) == 1


def test_a_card_too_long_for_a_caption_follows_its_picture(telegram: TelegramServer, channel: TelegramChannel) -> None:
    lin = telegram.person("lin")
    ref = channel.send(chat_of(lin), a_card(question="x" * 1000), a_picture())
    photo, text = lin.chat.shown
    assert photo.text == "18 items will run out this week; the first is BK-100."
    assert text.labels[0] == "All there"
    assert ref.id == str(text.id)


def test_a_photo_card_that_grows_is_cut_to_the_caption_and_says_so(
    telegram: TelegramServer, channel: TelegramChannel
) -> None:
    lin = telegram.person("lin")
    ref = channel.send(chat_of(lin), a_card(), a_picture())
    channel.edit(ref, settled(rows=tuple(Row(f"Item {n}", "x" * 40) for n in range(60))))
    assert " more lines\n" in lin.chat.last.text
    assert lin.chat.last.text.endswith("✓ Received by Lin at 10:12")


def test_a_picture_that_telegram_refuses_does_not_take_the_words_with_it(
    telegram: TelegramServer, channel: TelegramChannel
) -> None:
    lin = telegram.person("lin")
    telegram.faults.on("sendPhoto", Refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"))
    ref = channel.send(chat_of(lin), a_card(), a_picture())
    assert ref.id == str(lin.chat.last.id)
    assert lin.chat.last.text.startswith("GRN-7")


def test_a_card_goes_to_one_topic_of_a_forum(telegram: TelegramServer, channel: TelegramChannel) -> None:
    dock = telegram.group("Dock", topics=("Receiving", "Alerts"))
    topic = list(dock.topics)[1]
    ref = channel.send(Address("telegram", "", f"{dock.id}/{topic}"), a_card())
    channel.edit(ref, settled())
    assert dock.last.thread_id == topic
    assert dock.last.was_edited


def test_who_blocked_the_bot_and_who_is_unknown_are_given_up(
    telegram: TelegramServer, channel: TelegramChannel
) -> None:
    lin, dock = telegram.person("lin"), telegram.group("Dock", topics=("Receiving",))
    lin.blocks_bot()
    found = [
        failure(channel, to)
        for to in (
            chat_of(lin),
            Address("telegram", "", "999"),
            Address("telegram", "", f"{dock.id}/1"),
            Address("telegram", "", "not a chat"),
        )
    ]
    assert [each.code for each in found] == ["blocked", "chat_not_found", "topic_gone", "bad_address"]
    assert all(each.permanent for each in found)


def test_a_message_that_is_gone_is_not_edited_for_ever(telegram: TelegramServer, channel: TelegramChannel) -> None:
    lin = telegram.person("lin")
    with pytest.raises(DeliveryError) as caught:
        channel.edit(MessageRef(chat_of(lin), "99999"), settled())
    assert (caught.value.code, caught.value.permanent) == ("message_gone", True)


def test_a_flood_names_the_wait(telegram: TelegramServer, channel: TelegramChannel) -> None:
    lin = telegram.person("lin")
    telegram.faults.on("sendMessage", Flood(retry_after_s=7))
    error = failure(channel, chat_of(lin))
    assert (error.permanent, error.retry_after_s) == (False, 7)


def test_a_group_that_became_a_supergroup_names_its_new_id(telegram: TelegramServer, channel: TelegramChannel) -> None:
    dock = telegram.group("Dock")
    after = telegram.upgrade(dock)
    error = failure(channel, Address("telegram", "", str(dock.id)))
    assert (error.permanent, error.moved_to) == (False, str(after.id))
    assert error.moved_to is not None
    channel.send(Address("telegram", "", error.moved_to), a_card())
    assert after.last.text.startswith("GRN-7")


@pytest.mark.parametrize("fault", [Broken(), Broken(500, "Internal Server Error"), AnswerLost(), CallLost(), Garbage()])
def test_what_may_pass_is_tried_again(
    telegram: TelegramServer, channel: TelegramChannel, fault: Broken | AnswerLost | CallLost | Garbage
) -> None:
    lin = telegram.person("lin")
    telegram.faults.on("sendMessage", fault)
    error = failure(channel, chat_of(lin))
    assert (error.permanent, error.retry_after_s, error.moved_to) == (False, None, None)
    channel.send(chat_of(lin), a_card())


def test_a_platform_that_stays_mute_is_given_up_for_now(telegram: TelegramServer) -> None:
    lin = telegram.person("lin")
    hasty = TelegramChannel(telegram.token, base_url=telegram.base_url, timeout_s=0.2, pace=UNPACED)
    telegram.faults.on("sendMessage", AnswerLost(is_silent=True))
    error = failure(hasty, chat_of(lin))
    hasty.close()
    assert (error.code, error.permanent) == ("timed_out", False)


def test_nobody_there_and_a_wrong_token_can_be_put_right(telegram: TelegramServer) -> None:
    lin = telegram.person("lin")
    nobody = TelegramChannel(telegram.token, base_url="http://127.0.0.1:9/bot", timeout_s=1)
    stranger = TelegramChannel("4242:AAwrong-wrong-wrong-wrong-wrong", base_url=telegram.base_url)
    assert [failure(each, chat_of(lin)).permanent for each in (nobody, stranger)] == [False, False]
    nobody.close()
    stranger.close()


def test_the_token_is_in_no_log_and_no_error(telegram: TelegramServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "telegram"):
        caplog.set_level(logging.DEBUG, logger=name)
    lin = telegram.person("lin")
    channel = TelegramChannel(telegram.token, base_url=telegram.base_url, pace=UNPACED)
    channel.send(chat_of(lin), a_card())
    nobody = TelegramChannel(telegram.token, base_url="http://127.0.0.1:9/bot", timeout_s=1)
    error = failure(nobody, chat_of(lin))
    channel.close()
    nobody.close()
    secret = telegram.token.split(":")[1]
    assert "<token>/sendMessage" in caplog.text
    assert secret not in caplog.text
    assert secret not in repr(error) + repr(error.__cause__)
