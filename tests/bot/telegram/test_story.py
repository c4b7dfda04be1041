"""A receipt told on Telegram: from the code that links an account to the card that says what happened."""

from tests.bot.cards import jpeg
from tests.bot.telegram.running import linked, told
from tests.bot.test_aside_words import REQUEST
from tests.telegram_server import TelegramServer
from tests.workflows.desk import Play
from tests.world import World


def test_the_whole_story_of_a_receipt(shop: World, telegram: TelegramServer, face: str) -> None:
    lin, maria = linked(shop, telegram, "lin"), linked(shop, telegram, "maria")
    shop.given_receipt(("CHAIN", 550, "1"))
    told(shop)
    card = lin.sees("PO 4012 from Litware")
    tap = lin.taps(card, "Something differs…")
    assert telegram.answer_to(tap) == ""
    lin.sees("1 of 3 · CHAIN")
    assert lin.keys == ("550", "Cancel")
    lin.says("many")
    lin.sees("“many” is not a number")
    lin.says("547")
    lin.sees("2 of 3")
    lin.presses("Back")
    first_again = lin.sees("1 of 3", after=lin.sees("2 of 3"))
    lin.says("548")
    lin.sees("2 of 3", after=first_again)
    lin.says("3")
    lin.sees("3 of 3")
    assert lin.keys == ("Back", "Skip", "Cancel")
    lin.sends_photo(jpeg())
    check = lin.sees("Please check")
    assert check.text.splitlines()[1:-1] == [
        "CHAIN · Item CHAIN", "1. Received: 548 pc", "2. Of these damaged: 3 pc", "3. Photo: 1 photo",
    ]  # fmt: skip
    assert lin.keys == ("Send", "Back", "Cancel")
    lin.says("1")
    lin.sees("1 of 3", after=check)
    lin.says("547")
    lin.sees("1. Received: 547 pc")
    lin.presses("Send")
    lin.sees("Done: Something differs.")
    assert lin.keys == ()
    told(shop)
    telegram.wait_for(lambda: "Something differs · 1 photo" in card.text)
    assert (card.labels, "Waiting for: quality inspector" in card.text) == (("See the photo",), True)
    asked = maria.sees("Quality inspection")
    assert telegram.answer_to(maria.taps(asked, "All good")) == "Done: All good."
    telegram.wait_for(lambda: asked.labels == ("See the photo",))
    assert "Waiting for: warehouse supervisor" in asked.text


def test_nothing_is_asked_of_somebody_who_is_not_linked(shop: World, telegram: TelegramServer, face: str) -> None:
    stranger = telegram.person("eve", language="zh-hans")
    said = stranger.says("stock CHAIN")
    assert "尚未绑定员工" in stranger.sees("账号", after=said).text
    said = stranger.sends_photo(jpeg())
    assert "尚未绑定员工" in stranger.sees("账号", after=said).text


def test_a_form_of_the_company_is_started_filled_and_approved(shop: World, telegram: TelegramServer, face: str) -> None:
    Play.publish(shop, REQUEST)
    lin, otto = linked(shop, telegram, "lin"), linked(shop, telegram, "otto")
    lin.command("/new tool")
    lin.sees("1 of 2")
    lin.says("drill")
    asked = lin.sees("2 of 2")
    lin.says("cheap")
    lin.sees("“cheap” is not a number", after=asked)
    lin.says("120.50")
    lin.sees("2. amount: 120.50")
    lin.presses("Send")
    lin.sees("Done: send.")
    told(shop)
    card = otto.sees("120.50")
    otto.says("ask Maria is it the right one?", reply_to=card)
    otto.sees("Maria Santos is asked.")
    telegram.answer_to(otto.taps(card, "approve"))
    told(shop)
    telegram.wait_for(lambda: card.labels == () and "Otto Berg: approve" in card.text)
    lin.sees("Otto Berg: approve")


def test_words_that_mean_several_things_are_asked_back_and_tapped(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    lin = linked(shop, telegram, "lin")
    shop.given_item("4012")
    shop.given_order(("CHAIN", 5, "1"))
    lin.says("trace 4012")
    card = lin.sees("can mean several things")
    tap = lin.taps(card, "Purchase order 4012 · Litware")
    assert telegram.answer_to(tap) == ""
    assert "Litware" in lin.sees("Purchase order 4012", after=card).text
    assert len(card.labels) == 2  # the question stands, for another look
