"""The ways into the Mini App: the button beside the input line, and that under a card or before a long form."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.telegram.send import TelegramChannel
from tests.bot.cards import a_card, jpeg
from tests.bot.telegram.running import HOST, asked_of, decisions, linked, running, told
from tests.telegram_server import TelegramServer
from tests.workflows.desk import Play
from tests.workflows.test_signatures import SIGNED
from tests.world import World
from workflows.intents import Address

HOME = f"https://{HOST}"
LONG = (("CHAIN", 550, "1"), ("FRAME", 4, "1"), ("PEDAL", 20, "1"))


@pytest.fixture
def face(shop: World, telegram: TelegramServer, channel: TelegramChannel) -> Iterator[str]:
    """The product talking to Telegram from a public https address."""
    shop.desk = replace(shop.desk, base_url=HOME)
    shop.channels["telegram"] = channel
    with running(shop.desk, telegram) as address:
        yield address


def test_the_button_beside_the_input_line_opens_the_inbox(shop: World, telegram: TelegramServer, face: str) -> None:
    telegram.wait_for(lambda: bool(telegram.state.menu_buttons))
    assert telegram.state.menu_buttons[0] == {
        "type": "web_app",
        "text": "Inbox 收件箱",
        "web_app": {"url": f"{HOME}/telegram"},
    }


def test_without_https_it_lists_the_commands(shop: World, telegram: TelegramServer, channel: TelegramChannel) -> None:
    shop.desk = replace(shop.desk, base_url="http://store.example")
    with running(shop.desk, telegram):
        telegram.wait_for(lambda: bool(telegram.state.menu_buttons))
        assert telegram.state.menu_buttons[0] == {"type": "default"}
        shop.channels["telegram"] = channel
        lin = linked(shop, telegram, "lin")
        assert asked_of(shop, lin, *LONG).labels[-1] == "Open on the web"


def test_a_card_with_a_long_form_opens_it_in_telegram(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    card = asked_of(shop, lin, *LONG)
    assert card.labels == ("All arrived as ordered", "Something differs…", "Something else came…", "Open the form")
    task = int(shop.inbox("lin")[0].subject.removeprefix("task:"))
    assert lin.opens(card, "Open the form") == f"{HOME}/telegram?task={task}"  # there are several: the task itself
    lin.taps(card, "All arrived as ordered")
    told(shop)
    telegram.wait_for(lambda: card.labels == ("Open on the web",))


def test_the_words_are_chinese_for_who_reads_chinese(
    shop: World, telegram: TelegramServer, channel: TelegramChannel
) -> None:
    lin = telegram.person("lin", language="zh-hans")
    card = a_card(language="zh", form_link=f"{HOME}/telegram?task=5")
    channel.send(Address("telegram", "", str(lin.id)), card)
    assert lin.opens(lin.chat.last, "打开表单") == f"{HOME}/telegram?task=5"


def test_in_a_group_no_button_opens_it(shop: World, telegram: TelegramServer, channel: TelegramChannel) -> None:
    dock = telegram.group("Dock")
    card = a_card(link=f"{HOME}/p/lin/task/5", form_link=f"{HOME}/telegram?task=5")
    ref = channel.send(Address("telegram", "", str(dock.id)), card)
    assert dock.last.labels[-1] == "Open on the web"
    channel.edit(ref, replace(card, title="Other"))
    assert dock.last.labels[-1] == "Open on the web"


def test_a_long_form_is_offered_as_a_page_before_its_first_question(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    lin = linked(shop, telegram, "lin")
    card = asked_of(shop, lin, *LONG)
    lin.taps(card, "Something differs…")
    offer = lin.sees("This form is easier on one page.")
    assert lin.opens(offer, "Open the form").endswith("&form=differs")
    lin.sees("1 of 7", after=offer)
    lin.taps(card, "Something differs…")  # asked again, and not offered again
    telegram.wait_for(lambda: len([each for each in lin.chat.shown if "1 of 7 " in each.text]) == 2)
    assert len([each for each in lin.chat.shown if "one page" in each.text]) == 1


def test_a_short_form_is_asked_at_once(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    lin.taps(asked_of(shop, lin), "Something differs…")
    lin.sees("1 of 3")
    assert not [each for each in lin.chat.shown if "one page" in each.text]


def test_a_signature_is_sent_as_a_photo_or_drawn_on_the_page(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    Play.of(shop, SIGNED)
    told(shop)
    card = lin.sees("Request RQ-")
    assert lin.opens(card, "Open the form").endswith("&form=send")
    lin.taps(card, "send…")
    lin.sees("1 of 2")
    lin.presses("Skip")
    lin.sees("A photo of your signature is taken, too.")
    lin.sends_photo(jpeg())
    lin.sees("Done: send.")
    assert decisions(shop) == ["send"]
