"""A channel that notes what it is told to show, and fails where a test says so."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import time

from bot.channel import DeliveryError, MessageRef
from charts.picture import Picture
from inventory_core.db.engine import writing
from tests.world import World
from workflows import people
from workflows.cards import Card
from workflows.intents import Address, Platform, Sender

NO_DIGEST = time(23)
"""A time of day that no test reaches: the digest is a matter of its own."""


@dataclass
class Recorder:
    """``tries`` are the key and ``is_again`` of each call to send. ``faults`` are raised by the next calls, one each;
    ``while_sending`` runs inside of each call.
    """

    sent: list[tuple[Address, Card, Picture | None]] = field(default_factory=list)
    notes: list[Card] = field(default_factory=list)
    edited: list[tuple[MessageRef, Card]] = field(default_factory=list)
    faults: list[DeliveryError] = field(default_factory=list)
    while_sending: Callable[[], None] = lambda: None
    tries: list[tuple[str, bool]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(
        self, chat: Address, card: Card, picture: Picture | None = None, *, key: str = "", is_again: bool = False
    ) -> MessageRef:
        if card.subject.startswith("account:"):  # that a chat was linked is told elsewhere, whatever a test is about
            with self.lock:
                self.notes.append(card)
                return MessageRef(chat, f"n{len(self.notes)}")
        self.tries.append((key, is_again))
        self._maybe_fail()
        with self.lock:
            self.sent.append((chat, card, picture))
            return MessageRef(chat, f"m{len(self.sent)}")

    def edit(self, message: MessageRef, card: Card) -> None:
        self._maybe_fail()
        with self.lock:
            self.edited.append((message, card))

    def _maybe_fail(self) -> None:
        self.while_sending()
        with self.lock:
            if self.faults:
                raise self.faults.pop(0)

    def titles(self, chat: str) -> list[str]:
        return [card.title for where, card, _ in self.sent if where.chat == chat]


def chatting(world: World, code: str, *, platform: Platform = "telegram", chat: str = "") -> Address:
    """Let an employee read on a chat platform, too; what waits for them has come there when this returns."""
    address = Address(platform, "", chat or f"chat-{code}")
    with writing(world.engine) as db:
        people.link(
            db,
            Sender(platform, "", f"{platform}-{code}"),
            address,
            people.new_link_code(db, world.person(code), now=world.now),
            now=world.now,
        )
    settle(world)
    return address


def recorded(world: World, *platforms: Platform) -> Recorder:
    """Put one recorder behind the web and the named platforms."""
    recorder = Recorder()
    world.channels.update(dict.fromkeys(("web", *platforms), recorder))
    return recorder


def settle(world: World) -> None:
    """Let the relay and its workers do what there is to do at this moment."""
    relay = replace(world.relay(), digest_at=NO_DIGEST)
    while relay.turn():
        pass
