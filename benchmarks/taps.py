"""A tap through the signed or secret HTTP path, against a bare application that makes one commit.

Both are served by uvicorn on loopback and called over one kept connection; the figure is the median time to the answer
of a lone tap. The platforms' own APIs are a stub in another process that answers at once: what a tap brings about
there is sent after its answer, in the pause that follows, and is not in the figure.
"""

import hashlib
import hmac
import itertools
import json
import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from fastapi import FastAPI, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from sqlalchemy import text

from benchmarks import telegram, yes
from benchmarks.company import Bare, bare, company
from benchmarks.crowd import Crowd, OfCrowd
from benchmarks.rounds import Pair, Work
from bot.slack.api import Api
from bot.slack.edits import GRACE_S
from bot.slack.pace import Pace
from bot.slack.routes import PATH as SLACK
from bot.slack.routes import SlackFace
from bot.telegram.routes import PATH as TELEGRAM
from bot.telegram.routes import TelegramFace
from inventory_core.db.engine import reading, writing
from notifier import subjects
from tests.bot.unpaced import Unpaced
from tests.serving import served
from tests.world import World
from workflows import cases, inbox, people
from workflows.intents import Address, Sender

Call = tuple[str, bytes, Mapping[str, str]]
_SECRET: Final = "0123456789abcdef0123456789abcdef"  # noqa: S105 (of this measurement alone)
_PAUSE_S: Final = GRACE_S + 0.05
"""In it all is done that a tap brings about after its answer."""
_CROWD: Final = 100
"""So many taps a round, however many people they come from."""
_TEAM: Final = "T1"
_DIRECT: Final = "D7"


@contextmanager
def pairs(*, scale: int = 1) -> Iterator[list[Pair | OfCrowd]]:
    """Give the measurements; ``scale`` divides how much work each of them is."""
    count = max(1, 20 // scale)
    with ExitStack() as stack:
        world, floor = stack.enter_context(company()), stack.enter_context(bare())
        stub = stack.enter_context(yes.said())
        with floor.commit() as db:
            db.execute("CREATE TABLE taps (id INTEGER PRIMARY KEY, words TEXT NOT NULL)")
        slack = SlackFace(
            world.desk,
            Api(lambda _workspace: "xoxb-1", base_url=stub, pace=Pace(Unpaced())),
            signing_secret=_SECRET,
            app_token=None,
        )
        telegram_face = TelegramFace(
            world.desk,
            subjects,
            token=f"1:{_SECRET}",
            api_url=stub,
            webhook_secret=_SECRET,
            public_url="https://store.example",
        )
        ours = FastAPI()
        ours.include_router(slack.router)
        ours.include_router(telegram_face.router)
        client = stack.enter_context(_client(ours))
        plain = stack.enter_context(_client(_bare_app(floor)))
        crowds = {
            connections: Crowd(
                connections,
                max(1, _CROWD // scale),
                (str(client.base_url), partial(_crowd_of_ours, world, f"c{connections}")),
                (str(plain.base_url), lambda _number, count: [_slack("t" * 32) for _ in range(count)]),
            )
            for connections in (1, 20, 100)
        }
        for platform, workspace in (("slack", _TEAM), ("telegram", "")):
            with writing(world.engine) as db_:
                code = people.new_link_code(db_, world.person("lin"), now=world.now)
                sender = Sender(platform, workspace, "7")  # type: ignore[arg-type]
                people.link(db_, sender, _chat(platform), code, now=world.now)
        yield [
            Pair(
                "tap.slack.sqlite", count, "ms", _taps(world, client, count, _slack), _bare_taps(plain, count, _slack)
            ),
            Pair(
                "tap.telegram.sqlite",
                count,
                "ms",
                _taps(world, client, count, _telegram),
                _bare_taps(plain, count, _telegram),
            ),
            *(
                OfCrowd(f"tap.slack.{figure}.c{connections}", unit, figure, crowd)
                for connections, crowd in crowds.items()
                for figure, unit in (("throughput", "taps/s"), ("p50", "ms"), ("p99", "ms"))
            ),
        ]


_SENT: Final = text("""
    INSERT INTO messages (chat_id, subject, ref, made_at, lease_until)
    SELECT id, :subject, :ref, 0, 4102444800000000 FROM chats WHERE platform = 'slack' AND chat = :chat
""")


def _chat(platform: str) -> Address:
    """Return the chat of Lin and the bot; in Slack's, unlike in Telegram's, the person's own id is another."""
    return Address("slack", _TEAM, _DIRECT) if platform == "slack" else Address("telegram", "", "7")


def _crowd_of_ours(world: World, name: str, number: int, count: int) -> list[Call]:
    """Return as many taps, each on a card of its own that the notifier sent, and that a worker of it keeps true."""
    for each in range(count):
        world.given_receipt(("CHAIN", 5, "1"), number=f"{name}-{number}-{each}")
    lin = world.person("lin")
    reader = inbox.reader_of(lin, _chat("slack"))
    with reading(world.engine) as db:
        tasks = cases.open_tasks(db, lin.id, now=world.now, limit=10 * count)[:count]
    cards = [inbox.task_card(world.desk, each.id, reader) for each in tasks]
    assert len(cards) == count
    with writing(world.engine) as db:
        for task in tasks:
            db.execute(_SENT, {"subject": f"task:{task.id}", "ref": f"{name}.{task.id}", "chat": _DIRECT})
    shown = zip(tasks, cards, strict=True)
    return [_slack(card.buttons[0].token, f"{name}.{each.id}") for each, card in shown if card is not None]


_numbers = itertools.count(1)


def _slack(token: str, message: str = "") -> Call:
    number = next(_numbers)
    payload = {
        "type": "block_actions",
        "team": {"id": _TEAM},
        "user": {"id": "7", "team_id": _TEAM},
        "channel": {"id": _DIRECT},
        "container": {"type": "message", "message_ts": message or f"{number}.1", "channel_id": _DIRECT},
        "trigger_id": f"{number}.2",
        "response_url": "",
        "actions": [{"type": "button", "action_id": "outcome.0", "block_id": "b", "value": token, "action_ts": "1.1"}],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    stamp = str(int(time.time()))
    signature = hmac.new(_SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    kind = "application/x-www-form-urlencoded"
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signature}", "Content-Type": kind}
    return SLACK, body, headers


def _telegram(token: str) -> Call:
    return telegram.tap(token, next(_numbers), secret=_SECRET)


def _taps(world: World, client: httpx.Client, count: int, call: Callable[[str], Call]) -> Callable[[int], Work]:
    platform = "slack" if call is _slack else "telegram"
    address = _chat(platform)

    def prepare(round_number: int) -> Work:
        for number in range(count):
            world.given_receipt(("CHAIN", 5, "1"), number=f"{platform}-{round_number}-{number}")
        lin = world.person("lin")
        cards = inbox.open_cards(world.desk, lin, inbox.reader_of(lin, address))
        calls = [call(card.buttons[0].token) for card in cards[:count]]
        return lambda: _send(client, calls)

    return prepare


def _bare_taps(client: httpx.Client, count: int, call: Callable[[str], Call]) -> Callable[[int], Work]:
    def prepare(_number: int) -> Work:
        calls = [call("t" * 32) for _ in range(count)]
        return lambda: _send(client, calls)

    return prepare


def _send(client: httpx.Client, calls: list[Call]) -> float:
    """Return the median time to an answer in milliseconds."""
    took_s = []
    for path, body, headers in calls:
        begun = time.perf_counter()
        answer = client.post(path, content=body, headers=headers)
        took_s.append(time.perf_counter() - begun)
        assert answer.status_code == httpx.codes.OK, answer.text
        time.sleep(_PAUSE_S)
    return statistics.median(took_s) * 1_000


def _bare_app(floor: Bare) -> FastAPI:
    """Return Bolt and FastAPI as they come, each with one commit before the answer."""

    def commit() -> None:
        with floor.commit():
            floor.insert("taps", "words", [("x" * 120,)])

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=_TEAM, bot_token="xoxb-1")  # noqa: S106

    bolt = AsyncApp(authorize=authorize, signing_secret=_SECRET, process_before_response=True)

    async def tapped(ack: Callable[[], Any]) -> None:
        commit()
        await ack()

    bolt.action(re.compile(".*"))(tapped)
    handler = AsyncSlackRequestHandler(bolt)
    app = FastAPI()

    @app.post(SLACK)
    async def slack(request: Request) -> Response:
        return await handler.handle(request)

    @app.post(TELEGRAM)
    async def telegram(request: Request) -> Response:
        await request.json()
        commit()
        return Response()

    return app


@contextmanager
def _client(app: FastAPI) -> Iterator[httpx.Client]:
    with served(lambda _address: app) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client
