"""Taps that Telegram posts, one after the other and many at once, against python-telegram-bot as it comes.

Theirs is an Application with one handler, which commits once and answers the tap. Both send their calls to a stub in a
process of its own, which says yes at once, and neither waits for a pace.
"""

import itertools
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from functools import partial
from typing import Final

from fastapi import FastAPI, Request, Response
from sqlalchemy import text
from telegram import Update
from telegram.ext import Application, CallbackQueryHandler, ContextTypes

from benchmarks import yes
from benchmarks.company import Bare, bare, company
from benchmarks.crowd import Crowd, OfCrowd
from benchmarks.crowd import Request as Call
from bot.telegram.pace import Pace
from bot.telegram.routes import PATH, TelegramFace
from inventory_core.db.engine import reading, writing
from notifier import subjects
from tests.bot.unpaced import Unpaced
from tests.serving import served
from tests.world import World
from workflows import cases, inbox, people
from workflows.intents import Address, Sender

_SECRET: Final = "0123456789abcdef0123456789abcdef"  # noqa: S105 (of this measurement alone)
_TOKEN: Final = f"1:{_SECRET}"
_LIN: Final = Address("telegram", "", "7")
_TAPS: Final = 100
"""So many a round, however many come at once."""

_SENT: Final = text("""
    INSERT INTO messages (chat_id, subject, ref, made_at, lease_until)
    SELECT id, :subject, :ref, 0, 4102444800000000 FROM chats WHERE platform = 'telegram' AND chat = '7'
""")
_numbers = itertools.count(1)


@contextmanager
def pairs(*, scale: int = 1) -> Iterator[list[OfCrowd]]:
    """Give the measurements; ``scale`` divides how much work each of them is."""
    with ExitStack() as stack:
        world, floor = stack.enter_context(company()), stack.enter_context(bare())
        stub = stack.enter_context(yes.said())
        with floor.commit() as db:
            db.execute("CREATE TABLE taps (id INTEGER PRIMARY KEY, words TEXT NOT NULL)")
        with writing(world.engine) as linking:
            code = people.new_link_code(linking, world.person("lin"), now=world.now)
            people.link(linking, Sender("telegram", "", "7"), _LIN, code, now=world.now)
        ours = stack.enter_context(served(lambda _address: _ours(world, stub)))
        theirs = stack.enter_context(served(lambda _address: _bare_app(floor, stub)))
        yield [
            OfCrowd(f"tap.telegram.{figure}.c{at_once}", unit, figure, crowd)
            for at_once in (1, 20)
            for crowd in [
                Crowd(
                    at_once,
                    max(1, _TAPS // scale),
                    (ours, partial(_on_cards, world, f"c{at_once}")),
                    (theirs, lambda _number, count: [tap("t" * 32, next(_numbers)) for _ in range(count)]),
                )
            ]
            for figure, unit in (("throughput", "taps/s"), ("p50", "ms"), ("p99", "ms"))
        ]


def _on_cards(world: World, name: str, round_number: int, count: int) -> list[Call]:
    """Return as many taps, each on a card of its own that the notifier sent, and that a worker of it keeps true."""
    for each in range(count):
        world.given_receipt(("CHAIN", 5, "1"), number=f"{name}-{round_number}-{each}")
    lin = world.person("lin")
    with reading(world.engine) as db:
        tasks = cases.open_tasks(db, lin.id, now=world.now, limit=10 * count)[:count]
    calls = []
    for task in tasks:
        card = inbox.task_card(world.desk, task.id, inbox.reader_of(lin, _LIN))
        assert card is not None
        message = next(_numbers)
        with writing(world.engine) as db:
            db.execute(_SENT, {"subject": f"task:{task.id}", "ref": str(message)})
        calls.append(tap(card.buttons[0].token, message))
    assert len(calls) == count
    return calls


def tap(token: str, message: int, *, secret: str = _SECRET) -> Call:
    """Return a tap of Lin's on a message, as Telegram posts it; ``secret`` is the webhook's."""
    chat = {"id": 7, "type": "private", "first_name": "Lin"}
    person = {"id": 7, "is_bot": False, "first_name": "Lin"}
    shown = {"message_id": message, "date": int(time.time()), "chat": chat, "text": "x"}
    query = {"id": str(message), "from": person, "chat_instance": "1", "data": token, "message": shown}
    body = json.dumps({"update_id": message, "callback_query": query}).encode()
    return PATH, body, {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"}


def _ours(world: World, stub: str) -> FastAPI:
    face = TelegramFace(
        world.desk,
        subjects,
        token=_TOKEN,
        api_url=stub,
        webhook_secret=_SECRET,
        public_url="https://store.example",
        pace=Pace("1", Unpaced()),
    )

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        await face.start()
        yield
        await face.stop()

    app = FastAPI(lifespan=life)
    app.include_router(face.router)
    return app


def _bare_app(floor: Bare, stub: str) -> FastAPI:
    bot = Application.builder().token(_TOKEN).base_url(f"{stub}/bot").updater(None).build()

    async def tapped(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        with floor.commit():
            floor.insert("taps", "words", [("x" * 120,)])
        assert update.callback_query is not None
        await update.callback_query.answer()

    bot.add_handler(CallbackQueryHandler(tapped))

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        await bot.initialize()
        yield
        await bot.shutdown()

    app = FastAPI(lifespan=life)

    @app.post(PATH)
    async def receive(request: Request) -> Response:
        await bot.process_update(Update.de_json(await request.json(), bot.bot))
        return Response()

    return app
