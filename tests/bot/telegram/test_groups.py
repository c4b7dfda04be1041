"""Where others read, too: the bot answers who names it or replies to it, beside what they wrote and in their topic."""

import pytest
from sqlalchemy import text

from bot.telegram import addressed
from inventory_core.db.engine import reading
from tests.bot.telegram.running import asked_of, decisions, linked, told
from tests.telegram_server import Message, Person, TelegramServer
from tests.telegram_server.chats import Chat
from tests.world import World


@pytest.fixture(params=["group", "topic"])
def dock(request: pytest.FixtureRequest, telegram: TelegramServer) -> tuple[Chat, int | None]:
    """A group, or a topic of a forum, with the bot in privacy mode."""
    if request.param == "group":
        return telegram.group("Dock"), None
    yard = telegram.group("Yard", topics=("Receiving",))
    return yard, next(iter(yard.topics))


def comments(world: World) -> list[str]:
    with reading(world.engine) as db:
        return list(db.execute(text("SELECT words FROM remarks ORDER BY id")).scalars())


def answer_to(person: Person, said: Message, fragment: str) -> Message:
    found = person.sees(fragment, chat=said.chat, after=said)
    assert found.reply_to is said and found.thread_id == said.thread_id
    return found


@pytest.mark.parametrize(
    "words",
    [
        "@store_bot stock CHAIN", "@Store_Bot 库存 CHAIN", "CHAIN @store_bot",
        "/stock@store_bot CHAIN", "stock chain @store_bot?",
    ],
)  # fmt: skip
def test_who_names_the_bot_is_answered_beside_their_words(
    shop: World, telegram: TelegramServer, face: str, dock: tuple[Chat, int | None], words: str
) -> None:
    lin = linked(shop, telegram, "lin")
    shop.given_item("CHAIN")
    chat, thread = dock
    said = lin.says(words, chat=chat, thread_id=thread)
    answer_to(lin, said, "CHAIN · Item CHAIN")


def test_what_colleagues_say_to_each_other_is_left_alone(
    shop: World, telegram: TelegramServer, face: str, dock: tuple[Chat, int | None]
) -> None:
    lin = linked(shop, telegram, "lin")
    shop.given_item("CHAIN")
    chat, thread = dock
    for words in ("stock CHAIN", "@store_bot2 stock CHAIN", "lin@store_bot.example CHAIN"):
        said = lin.says(words, chat=chat, thread_id=thread)
        telegram.put("message", said.as_json())  # as if the bot were an admin, who reads all of it
    last = lin.says("@store_bot help", chat=chat, thread_id=thread)
    answer_to(lin, last, "stock")
    assert [each.sender["is_bot"] for each in chat.shown] == [False, False, False, False, True]


@pytest.mark.parametrize("words", ["18 ok 2 damaged", "18个好2个坏"])
def test_figures_in_reply_to_a_card_settle_its_task_by_the_right_of_who_says_them(
    shop: World, telegram: TelegramServer, face: str, dock: tuple[Chat, int | None], words: str
) -> None:
    lin, maria = linked(shop, telegram, "lin"), linked(shop, telegram, "maria")
    shop.given_receipt(("CHAIN", 20, "1"))
    chat, thread = dock
    asked = lin.says("@store_bot inbox", chat=chat, thread_id=thread)
    card = lin.sees("PO 4012 from Litware", chat=chat)
    assert card.reply_to is asked and card.thread_id == thread
    refused = maria.says(words, chat=chat, thread_id=thread, reply_to=card)
    answer_to(maria, refused, "storekeeper")
    assert decisions(shop) == []
    said = lin.says(words, chat=chat, thread_id=thread, reply_to=card)
    answer_to(lin, said, "Done: Something differs.")
    assert decisions(shop) == ["differs"]


def test_other_words_in_reply_to_a_card_are_a_comment_on_its_paper(
    shop: World, telegram: TelegramServer, face: str, dock: tuple[Chat, int | None]
) -> None:
    lin = linked(shop, telegram, "lin")
    shop.given_receipt(("CHAIN", 20, "1"))
    chat, thread = dock
    lin.says("@store_bot inbox", chat=chat, thread_id=thread)
    card = lin.sees("PO 4012 from Litware", chat=chat)
    said = lin.says("the pallet is wet", chat=chat, thread_id=thread, reply_to=card)
    answer_to(lin, said, "Noted.")
    assert comments(shop) == ["the pallet is wet"] and decisions(shop) == []
    lin.taps(card, "All arrived as ordered")
    telegram.wait_for(lambda: "Waiting for" in card.text)
    late = lin.says("20 ok", chat=chat, thread_id=thread, reply_to=card)
    assert lin.sees("", chat=chat, after=late).reply_to is late
    assert decisions(shop) == ["as_ordered"]


def test_figures_that_name_no_card_settle_nothing_where_others_read(
    shop: World, telegram: TelegramServer, face: str, dock: tuple[Chat, int | None]
) -> None:
    lin = linked(shop, telegram, "lin")
    asked_of(shop, lin)
    chat, thread = dock
    said = lin.says("@store_bot 550 ok", chat=chat, thread_id=thread)
    answer_to(lin, said, "")
    assert decisions(shop) == []


def test_questions_are_asked_of_one_person_among_others(
    shop: World, telegram: TelegramServer, face: str, dock: tuple[Chat, int | None]
) -> None:
    lin, maria = linked(shop, telegram, "lin"), linked(shop, telegram, "maria")
    shop.given_receipt(("CHAIN", 550, "1"))
    chat, thread = dock
    lin.says("@store_bot inbox", chat=chat, thread_id=thread)
    card = lin.sees("PO 4012 from Litware", chat=chat)
    lin.taps(card, "Something differs…")
    first = lin.sees("1 of 3", chat=chat)
    assert (first.reply_to, first.thread_id) == (card, thread)
    assert first.mentions == ("Lin",) and first.text.splitlines()[-1].endswith("or reply to this message.")
    lin.says("547", chat=chat, thread_id=thread)  # to colleagues: the bot does not read it
    maria.says("9", chat=chat, thread_id=thread, reply_to=first)
    maria.sees("", chat=chat, after=first)
    answered = lin.says("548", chat=chat, thread_id=thread, reply_to=first)
    second = answer_to(lin, answered, "2 of 3")
    lin.says("3", chat=chat, thread_id=thread, reply_to=second)
    lin.presses("Skip", chat=chat)
    check = lin.sees("Please check", chat=chat)
    assert "1. Received: 548 pc" in check.text and check.mentions == ("Lin",)
    lin.presses("Send", chat=chat)
    lin.sees("Done: Something differs.", chat=chat)
    assert chat.reply_keyboard == ()
    told(shop)
    assert decisions(shop) == ["differs"]


@pytest.mark.parametrize(
    ("words", "bare"),
    [
        ("@store_bot stock 6205", "stock 6205"), ("库存 6205 @STORE_BOT", "库存 6205"), ("@store_bot", ""),
        ("/stock@store_bot 6205", "/stock 6205"), ("see a@store_bot.de", "see a@store_bot.de"),
        ("@store_bots stock", "@store_bots stock"), ("1: 20\n2: 7", "1: 20\n2: 7"),
        ("@store_bot 1: 20\n2: 7", "1: 20\n2: 7"),
    ],
)  # fmt: skip
def test_a_name_is_taken_out_of_the_words_and_nothing_else(words: str, bare: str) -> None:
    assert addressed.bare(words, "store_bot") == bare
    assert addressed.bare(words, "") == words
