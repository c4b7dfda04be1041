"""Telling of a change, from the journal to a channel, against one commit of sqlite3 a message."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import time

from benchmarks.company import bare, company
from benchmarks.rounds import Pair
from bot.channel import MessageRef
from charts.picture import Picture
from inventory_core.db.engine import writing
from tests.world import World
from workflows import people
from workflows.cards import Card
from workflows.intents import Address, Sender


class _Nobody:
    """A channel whose platform answers at once."""

    def send(
        self, chat: Address, card: Card, picture: Picture | None = None, *, key: str = "", is_again: bool = False
    ) -> MessageRef:
        return MessageRef(chat, "1")

    def edit(self, message: MessageRef, card: Card) -> None:
        """Nothing to do."""


@contextmanager
def pairs(*, scale: int = 1) -> Iterator[list[Pair]]:
    """Give the measurement; ``scale`` divides how much work it is."""
    count = max(1, 40 // scale)
    with ExitStack() as stack:
        world, floor = stack.enter_context(company()), stack.enter_context(bare())
        world.channels["telegram"] = _Nobody()
        with writing(world.engine) as db:
            code = people.new_link_code(db, world.person("lin"), now=world.now)
            people.link(db, Sender("telegram", "", "1"), Address("telegram", "", "1"), code, now=world.now)
        with floor.commit() as raw:
            raw.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, words TEXT NOT NULL)")

        def write() -> None:
            for _ in range(count):
                with floor.commit():
                    floor.insert("rows", "words", [("x" * 120,)])

        yield [Pair("notify.delivery.sqlite", count, "messages/s", lambda n: _tell(world, n, count), lambda _n: write)]


def _tell(world: World, round_number: int, count: int) -> Callable[[], None]:
    for number in range(count):
        world.given_receipt(("CHAIN", 5, "1"), number=f"m{round_number}-{number}")
    relay = replace(world.relay(), digest_at=time(23))

    def work() -> None:
        while relay.turn():
            pass

    return work
