"""The face of Telegram at work: in an application of its own, served on loopback, until the block ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI
from sqlalchemy import text

from bot.telegram.pace import Pace
from bot.telegram.routes import PATH, TelegramFace
from inventory_core.db.engine import reading, writing
from notifier import subjects
from tests.bot.unpaced import Unpaced
from tests.serving import app_with, served
from tests.telegram_server import Message, Person, TelegramServer
from tests.world import World
from workflows import people
from workflows.desk import Desk
from workflows.intents import Address

SECRET = "a-secret-of-the-webhook_0123456789-abcdef"
HOST = "store.example"
UNPACED = Pace("1", Unpaced())
"""For stories in which the pace is not the matter: a person there writes faster than anybody can."""


def face_of(desk: Desk, telegram: TelegramServer, *, is_posted_to: bool) -> TelegramFace:
    return TelegramFace(
        desk,
        subjects,
        token=telegram.token,
        api_url=telegram.base_url,
        webhook_secret=SECRET if is_posted_to else None,
        public_url=f"https://{HOST}" if is_posted_to else None,
        pace=UNPACED,
    )


@contextmanager
def running(desk: Desk, telegram: TelegramServer, *, is_posted_to: bool = True) -> Iterator[str]:
    """Serve a new face and give the address of its webhook; with ``is_posted_to`` Telegram is told of it."""

    def made(address: str) -> FastAPI:
        telegram.resolve(HOST, to=address)
        return app_with(face_of(desk, telegram, is_posted_to=is_posted_to))

    with served(made) as address:
        yield f"{address}{PATH}"


def chat_of(person: Person) -> Address:
    return Address("telegram", "", str(person.id))


def code_for(world: World, employee: str) -> str:
    """Return a one-time code with which an employee links an account."""
    with writing(world.engine) as db:
        return people.new_link_code(db, world.person(employee), now=world.now)


def linked(world: World, telegram: TelegramServer, employee: str, *, language: str = "en") -> Person:
    """Let an employee link their account by a deep link."""
    person = telegram.person(employee, language=language)
    person.starts(code_for(world, employee))
    person.sees(world.person(employee).name)
    return person


def told(world: World) -> None:
    """Let the relay bring everybody's cards up to date."""
    relay = world.relay()
    while relay.turn():
        pass


def asked_of(world: World, person: Person, *lines: tuple[str, int, str], number: str = "4012") -> Message:
    """Let an order arrive and return the card on which the storekeeper is asked about it."""
    world.given_receipt(*(lines or (("CHAIN", 550, "1"),)), number=number)
    told(world)
    return person.sees(f"PO {number} from Litware")


def decisions(world: World) -> list[str]:
    """Return the outcomes that were decided so far."""
    with reading(world.engine) as db:
        return list(db.execute(text("SELECT outcome FROM decisions ORDER BY id")).scalars())
