"""Items looked up from any chat, and labels that open the bot."""

from inventory_core import labels
from tests.bot.telegram.running import linked
from tests.telegram_server import TelegramServer
from tests.world import World


def test_an_item_is_found_while_it_is_typed_and_its_stock_is_sent(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    for code in ("HEX-BOLT", "HEX-NUT", "<b>&x_"):
        shop.given_item(code, reorder_point=5)
    lin = linked(shop, telegram, "lin", language="en")
    asked = lin.looks_up("hex")
    assert asked.offers is not None and asked.is_personal and asked.button is None
    assert [(each.title, each.description) for each in asked.offers] == [
        ("HEX-BOLT · Item HEX-BOLT", "0 pc available"),
        ("HEX-NUT · Item HEX-NUT", "0 pc available"),
    ]
    assert "Reorder point: 5 pc" in asked.offers[0].text
    wrong = lin.looks_up("hex blot").offers
    assert wrong is not None and wrong[0].title.startswith("HEX-BOLT")
    marked = lin.looks_up("<b>&x_").offers
    assert marked is not None and "<b>&x_ · Item <b>&x_" in marked[0].text


def test_words_that_name_nothing_and_no_words_at_all_are_told(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    for words, told in (("", "Type an item"), ("zzzz" * 60, "Nothing is called “zzzz")):
        asked = lin.looks_up(words)
        assert asked.offers == () and asked.button is not None and asked.button["text"].startswith(told)


def test_somebody_who_is_not_linked_is_told_nothing_of_the_stock(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    shop.given_item("HEX-BOLT")
    asked = telegram.person("eve", language="zh-hans").looks_up("hex")
    assert asked.offers == ()
    assert asked.button == {"text": "请先绑定账号再查询", "start_parameter": "link"}


def test_the_code_on_a_label_opens_the_bot_on_what_the_label_is_stuck_on(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    shop.given_item("HEX-BOLT")
    lin = linked(shop, telegram, "lin")
    link = labels.link(labels.payload(labels.Label("HEX-BOLT", "", "5")), "mill_store_bot")
    lin.starts(link.partition("?start=")[2])
    card = lin.sees("HEX-BOLT · Item HEX-BOLT")
    lin.starts("link")
    lin.sees("link", after=card)
