"""A receipt, a count and a return, each from its command to the books: alone with the bot, in a group, in a topic."""

import re
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from app.doctor import examine
from inventory_core.db.engine import reading, writing
from tests.bot.cards import jpeg
from tests.bot.telegram.running import linked
from tests.inventory_core.stock import Stock
from tests.stages.test_shipping import number_of, order, ship
from tests.telegram_server import Message, Person, TelegramServer
from tests.telegram_server.chats import Chat
from tests.telegram_server.state import BOT_ID
from tests.world import World

_ASKED = re.compile(r"\b\d+ of \d+\b|Please check")


@dataclass
class Phone:
    """Somebody who does all their work in one chat: their own, or one that others read, too."""

    telegram: TelegramServer
    person: Person
    chat: Chat
    thread: int | None

    @property
    def is_private(self) -> bool:
        return self.chat.kind == "private"

    def from_bot(self, after: int = 0) -> list[Message]:
        return [each for each in self.chat.shown if each.sender["id"] == BOT_ID and each.id > after]

    def last(self) -> int:
        return max((each.id for each in self.chat.shown), default=0)

    def sees(self, fragment: str, *, after: int = 0) -> Message:
        self.telegram.wait_for(
            lambda: any(fragment in each.text for each in self.from_bot(after)),
            within_s=10,
            otherwise=lambda: f"no {fragment!r}:\n{self.chat.transcript()}",
        )
        found = [each for each in self.from_bot(after) if fragment in each.text][-1]
        assert found.thread_id == self.thread, "an answer strayed from its topic"
        return found

    def commands(self, words: str) -> None:
        """Write a command as its menu does: in a group the bot is named."""
        word, _, rest = words.partition(" ")
        named = word if self.is_private else f"{word}@store_bot"
        self.person.says(f"{named} {rest}".strip(), chat=self.chat, thread_id=self.thread)

    def taps(self, label: str, *, after: int = 0) -> None:
        """Tap the newest button of these words, under a message that came after another one."""
        found: list[Message] = []

        def is_there() -> bool:
            found[:] = [each for each in self.from_bot(after) if {label, f"{label}…"} & {*each.labels}]
            return bool(found)

        self.telegram.wait_for(is_there, otherwise=lambda: f"no {label!r}:\n{self.chat.transcript()}")
        card = found[-1]
        tap = self.person.taps(card, label if label in card.labels else f"{label}…")
        self.telegram.answer_to(tap)

    def question(self, after: int) -> Message:
        self.telegram.wait_for(
            lambda: any(_ASKED.search(each.text) for each in self.from_bot(after)),
            within_s=10,
            otherwise=lambda: f"nothing is asked:\n{self.chat.transcript()}",
        )
        asked = [each for each in self.from_bot(after) if _ASKED.search(each.text)][-1]
        assert asked.mentions == (() if self.is_private else (self.person.user["first_name"],))
        return asked

    def answers(self, *given: str | bytes, after: int) -> None:
        """Answer one question after the other: a key where there is one of these words, or else written, or a photo."""
        for each in given:
            asked = self.question(after)
            after = self.last()
            where = None if self.is_private else self.chat
            if isinstance(each, bytes):
                reply_to = None if self.is_private else asked
                self.person.sends_photo(each, chat=where, thread_id=self.thread, reply_to=reply_to)
            elif each in self.chat.reply_keyboard:
                self.person.presses(each, chat=where)
            elif self.is_private:
                self.person.says(each)
            else:
                self.person.says(each, chat=self.chat, thread_id=self.thread, reply_to=asked)


@pytest.fixture(params=["private", "group", "topic"])
def phones(request: pytest.FixtureRequest, shop: World, telegram: TelegramServer, face: str) -> dict[str, Phone]:
    """Lin, Maria and Otto, each in their own chat, or all of them in one group or topic."""
    people = {code: linked(shop, telegram, code) for code in ("lin", "maria", "otto")}
    if request.param == "private":
        return {code: Phone(telegram, person, person.chat, None) for code, person in people.items()}
    yard = telegram.group("Yard", topics=("Dock",) if request.param == "topic" else ())
    thread = next(iter(yard.topics), None)
    return {code: Phone(telegram, person, yard, thread) for code, person in people.items()}


def works(phone: Phone, command: str, label: str, *given: str | bytes, ends: str = "") -> None:
    """Ask for a card, tap it, answer what it asks, and see that it counted."""
    before = phone.last()
    phone.commands(command)
    phone.sees("", after=before)
    asked = phone.last()
    phone.taps(label, after=before)
    if given:
        phone.answers(*given, after=asked)
        phone.sees(f"Done: {label}.", after=asked)
        assert phone.chat.reply_keyboard == ()
    if ends:
        phone.telegram.wait_for(
            lambda: any(ends in each.text for each in phone.from_bot()), otherwise=lambda: phone.chat.transcript()
        )


def test_a_receipt_from_the_dock_to_the_books(shop: World, phones: dict[str, Phone]) -> None:
    shop.given_receipt(("CHAIN", 550, "1"), ("FRAME", 8, "9"))
    works(
        phones["lin"], "/receive 4012", "Something differs", "547", "3", "8", "0", jpeg(), "Send",
        ends="Waiting for: quality inspector",
    )  # fmt: skip
    works(phones["maria"], "/inbox", "All good", ends="Waiting for: warehouse supervisor")
    works(phones["otto"], "/inbox", "Confirm quantity", ends="Waiting for: buyer")  # what becomes of the missing three
    assert (shop.on_hand("CHAIN").total, shop.on_hand("FRAME").total) == (547, 8)
    assert examine(shop.engine) == []


def test_a_count_from_the_bin_to_the_books(shop: World, phones: dict[str, Phone]) -> None:
    stock = Stock(shop)
    stock.post((stock.lot("NUT", number="N-1"), 100, "SUPPLIER", "A-1", 100_0000))
    works(phones["lin"], "/count A-1", "Enter the count", "99", "Skip", ends="Counted and posted")
    assert shop.on_hand("NUT").total == 99
    assert examine(shop.engine) == []


def test_a_return_from_the_customer_to_the_shelf(shop: World, phones: dict[str, Phone]) -> None:
    stock = Stock(shop)
    stock.post((stock.lot("PUMP", number="P-1"), 10, "SUPPLIER", "A-1", 1000_0000))
    with writing(shop.engine) as db:
        db.execute(text("INSERT INTO partners (kind, code, name) VALUES ('customer', 'VELO', 'Velo Shop')"))
    order(shop, ("PUMP", "8", "100"))
    ship(shop)
    lin = phones["lin"]
    before = lin.last()
    lin.commands("/return")
    lin.answers(number_of(shop), "too loud", "Send", after=before)
    lin.sees("Done: Expect it.", after=before)
    works(lin, "/inbox", "Enter what came", "3", "Skip", ends="Waiting for: quality inspector")
    works(phones["maria"], "/inbox", "Decide", "Faulty", "Back into stock", "Skip", "Send")
    works(phones["otto"], "/inbox", "Decide", "Nothing")
    assert shop.on_hand("PUMP").available == 5
    with reading(shop.engine) as db:
        state = db.execute(text("SELECT state FROM documents WHERE kind = 'rma'")).scalar_one()
    assert state == "posted"
    assert examine(shop.engine) == []
