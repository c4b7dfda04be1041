"""Commands and worded answers, in English and Chinese."""

import pytest

from bot import conversation
from bot.channel import Reply
from inventory_core.db.engine import reading
from inventory_core.items import by_code
from tests.world import World
from workflows.intents import Address, Sender


def say(world: World, person: str, words: str, *, about: str = "", dedupe: str = "") -> Reply:
    number = dedupe or f"m{next(world.ids)}"
    sender = Sender("web", "", person)
    return conversation.answer(world.desk, sender, world.address(person), words, dedupe=number, about=about)


def stocked(world: World, code: str = "CHAIN", amount: int = 550) -> None:
    world.given_receipt((code, amount, "1"))
    world.tap("lin", "All arrived as ordered")
    world.tap("maria", "All good")
    world.tap("otto", "Confirm quantity")


@pytest.mark.parametrize(
    "words", ["550 ok, 3 damaged", "550 OK 3 broken", "550合格 3破损", "550好，3坏", "５５０ ok, ３ damaged"]
)
def test_a_worded_answer_says_what_came_and_what_of_it_is_damaged(shop: World, words: str) -> None:
    shop.given_receipt(("CHAIN", 553, "1"))
    reply = say(shop, "lin", words, about=shop.inbox("lin")[0].subject)
    assert reply.words == "Done: Something differs."
    figures = {each.label: each.value for each in shop.inbox("maria")[0].rows[0].figures}
    assert figures == {"Received": "553 pc", "Of these damaged": "3 pc"}


def test_an_inspector_says_how_many_are_good_and_why_not_the_rest(shop: World) -> None:
    shop.given_receipt(("CHAIN", 553, "1"))
    shop.tap("lin", "All arrived as ordered")
    assert say(shop, "maria", "550 ok, 3 damaged").words == "Done: Reject some."
    assert shop.inbox("otto")[0].rows[0].detail == "CHAIN · Damaged"


def test_words_without_a_cause_lead_to_the_form_with_what_was_said(shop: World) -> None:
    shop.given_receipt(("CHAIN", 553, "1"))
    shop.tap("lin", "All arrived as ordered")
    reply = say(shop, "maria", "550")
    assert reply.form is not None
    assert reply.form.fields[0].default == "550"


def test_lines_are_named_by_position_or_code(shop: World) -> None:
    shop.given_receipt(("CHAIN", 20, "1"), ("FRAME", 8, "1"))
    reply = say(shop, "lin", "1: 20; frame: 7 damaged 1", about=shop.inbox("lin")[0].subject)
    assert reply.words.startswith("Done") or reply.form is not None
    unnamed = say(shop, "lin", "27")
    assert unnamed.form is not None or unnamed.words


def test_yes_takes_the_plain_good_outcome(shop: World) -> None:
    shop.given_receipt(("CHAIN", 20, "1"))
    assert say(shop, "lin", "全部到货").words == "Done: All arrived as ordered."
    assert say(shop, "maria", "OK").words == "Done: All good."


def test_a_number_that_could_mean_several_cards_is_asked_back(shop: World) -> None:
    shop.given_receipt(("CHAIN", 20, "1"))
    shop.given_receipt(("FRAME", 20, "1"), number="4013")
    assert say(shop, "lin", "20").words.startswith("Which task do you mean?")
    assert len(shop.inbox("lin")) == 2


@pytest.mark.parametrize("words", ["/stock chain", "stock CHAIN", "库存 chain", "/stock@storekeeper_bot chain"])
def test_stock_says_how_much_there_is_and_where(shop: World, words: str) -> None:
    stocked(shop)
    card = say(shop, "otto", words).cards[0]
    assert card.summary == "550 pc available"
    assert card.rows[0].title.startswith("RECV · lot L261118-0001")


def test_trace_tells_a_lots_story(shop: World) -> None:
    stocked(shop)
    card = say(shop, "otto", "/trace l261118-0001").cards[0]
    assert card.facts[0].value == "Litware"
    assert card.story[0] == "09:00 received: 550 pc, SUPPLIER → RECV · GR-4012 · Otto Berg"
    assert say(shop, "otto", "追溯 nope").words.startswith("There is no lot, item, paper or partner “nope”")


def test_issue_takes_stock_once_however_often_the_message_comes(shop: World) -> None:
    stocked(shop)
    for _ in range(2):
        reply = say(shop, "lin", "issue chain 50", dedupe="same")
    assert reply.words.startswith("Issued 50 pc of CHAIN.")
    assert shop.on_hand("CHAIN").available == 500


def test_issue_of_more_than_there_is_says_what_is_free(shop: World) -> None:
    stocked(shop, amount=5)
    assert say(shop, "lin", "领料 chain 9").words == "Only 5 pc of CHAIN are free; 9 were asked for: 4 short."
    assert say(shop, "maria", "issue chain 1").words.startswith("This is for: storekeeper")
    assert shop.on_hand("CHAIN").available == 5


def test_an_unknown_item_and_a_search_are_told_apart(shop: World) -> None:
    shop.given_item("BK-100")
    shop.given_item("BK-200")
    assert say(shop, "lin", "stock bk").cards[0].title == "Several items match. Which one?"
    assert say(shop, "lin", "stock zz").words.startswith("There is no item zz")
    assert say(shop, "lin", "stock %").words.startswith("There is no item %")


def test_inbox_help_and_nonsense(shop: World) -> None:
    assert say(shop, "lin", "/inbox").words == "Nothing to do. Well done."
    assert "inbox" in say(shop, "lin", "帮助").words
    assert say(shop, "lin", "how is the weather").words.startswith("I did not understand")


def test_an_account_that_nobody_owns_is_told_how_to_link(shop: World) -> None:
    stranger, chat = Sender("slack", "T1", "U1"), Address("slack", "T1", "D1")
    reply = conversation.answer(shop.desk, stranger, chat, "/stock x", dedupe="1")
    assert "not linked" in reply.words
    from inventory_core.db.engine import writing
    from workflows import people

    with writing(shop.engine) as db:
        code = people.new_link_code(db, shop.person("lin"), now=shop.now)
    linked = conversation.answer(shop.desk, stranger, chat, f"link {code}", dedupe="2")
    assert linked.words.startswith("Hello Lin Wei")
    with reading(shop.engine) as db:
        assert people.who(db, stranger) == shop.person("lin")


def test_the_name_of_an_item_is_found_in_any_letter_case(shop: World) -> None:
    shop.given_item("ÄX-1")
    with reading(shop.engine) as db:
        assert by_code(db, "äx-1" if False else "ÄX-1").code == "ÄX-1"


def test_the_code_of_an_item_alone_is_never_a_count(shop: World) -> None:
    shop.given_item("550")
    shop.given_receipt(("CHAIN", 553, "1"))
    assert say(shop, "lin", "550").cards[0].subject.startswith("stock:")
    assert say(shop, "lin", "chain").cards[0].title.startswith("CHAIN")
    about_the_card = say(shop, "lin", "550", about=shop.inbox("lin")[0].subject)
    assert about_the_card.words == "Done: Something differs."


def test_the_number_of_a_lot_alone_tells_its_story(shop: World) -> None:
    stocked(shop)
    shop.given_receipt(("CHAIN", 553, "1"), number="4013")
    reply = say(shop, "lin", "l261118-0001")
    assert "L261118-0001" in reply.cards[0].title


def test_a_part_of_a_name_finds_its_items_and_an_agreement_none(shop: World) -> None:
    shop.given_item("LOCK-1")
    assert "LOCK-1" in say(shop, "lin", "item lock").cards[0].title
    assert say(shop, "lin", "ok").words.startswith("I did not understand that.")
    assert say(shop, "lin", "zz").words.startswith("I did not understand that.")


def test_the_stock_of_an_item_that_moves_comes_with_its_picture(shop: World) -> None:
    stocked(shop)
    assert say(shop, "lin", "stock chain").picture is None  # a line needs two days
    shop.pass_time(days=3)
    drawn = say(shop, "lin", "stock chain").picture
    assert drawn is not None
    assert drawn.png.startswith(b"\x89PNG") and "CHAIN" in drawn.alt
