"""Socket Mode: the same taps and words without a public address, and a Slack that is away at first."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web
from sqlalchemy import text

from bot.slack.routes import SlackFace
from inventory_core.db.engine import reading
from tests.bot.slack.peer import Slack, nowhere
from tests.bot.slack.running import linked, running, told
from tests.tools import eventually
from tests.world import World


@dataclass
class SocketServer:
    """The other end of Socket Mode; ``acknowledged`` are the envelopes that came back."""

    address: str = ""
    acknowledged: dict[str, Any] = field(default_factory=dict)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    async def accept(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}})
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                answer = json.loads(message.data)
                self.acknowledged[answer["envelope_id"]] = answer.get("payload")
        return socket

    def send(self, kind: str, envelope: str, payload: Any) -> None:
        sent = {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}
        asyncio.run_coroutine_threadsafe(self.sockets[-1].send_json(sent), self.loop).result(10)

    def drop(self) -> None:
        asyncio.run_coroutine_threadsafe(self.sockets[-1].close(), self.loop).result(10)


@contextmanager
def socket_server() -> Iterator[SocketServer]:
    made = SocketServer()
    started = threading.Event()

    async def serve() -> None:
        app = web.Application()
        app.router.add_get("/link", made.accept)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        made.address = f"ws://127.0.0.1:{runner.addresses[0][1]}/link"
        started.set()

    def run() -> None:
        asyncio.set_event_loop(made.loop)
        made.loop.run_until_complete(serve())
        made.loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(10)
    yield made
    made.loop.call_soon_threadsafe(made.loop.stop)
    thread.join(10)


def decisions(world: World) -> list[str]:
    with reading(world.engine) as db:
        return list(db.execute(text("SELECT outcome FROM decisions ORDER BY id")).scalars())


def test_a_tap_by_socket_counts_once_after_slack_was_away_and_the_line_dropped(
    shop: World, slack: Slack, channel: Any
) -> None:
    shop.channels["slack"] = channel
    with socket_server() as server:
        opened = {"ok": True, "url": server.address}
        slack.fail("apps.connections.open", 503, b"<html>away</html>")
        for _ in range(5):
            slack.fail("apps.connections.open", 200, opened)
        with running(shop.desk, slack, app_token="xapp-1-A1-0123456789-abcdef") as address:
            assert eventually(lambda: len(server.sockets) == 1, limit_s=20)
            lin = linked(shop, slack, address, "lin")
            shop.given_receipt(("CHAIN", 5, "1"), number="W1")
            told(shop)
            tap = lin.tap(lin.card("PO W1"), "All arrived as ordered")
            server.send("interactive", "e1", tap)
            assert eventually(lambda: "e1" in server.acknowledged)
            assert decisions(shop) == ["as_ordered"]
            server.drop()
            assert eventually(lambda: len(server.sockets) == 2, limit_s=30)
            server.send("interactive", "e2", tap)
            assert eventually(lambda: "e2" in server.acknowledged)
            assert decisions(shop) == ["as_ordered"]
            server.send("slash_commands", "e3", _command(lin.id, slack.team, lin.chat))
            assert eventually(lambda: "e3" in server.acknowledged)
            assert "Nothing to do" in json.dumps(server.acknowledged["e3"])


def _command(user: str, team: str, chat: str) -> dict[str, str]:
    return {"command": "/inbox", "text": "", "team_id": team, "user_id": user, "channel_id": chat, "trigger_id": "1.2"}


def test_without_a_signing_secret_nothing_that_is_posted_is_taken(shop: World) -> None:
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    face = SlackFace(
        shop.desk,
        nowhere(),
        signing_secret=None,
        app_token="xapp-1",
    )
    app = FastAPI()
    app.include_router(face.router)
    assert TestClient(app).post("/slack/events", content=b"{}").status_code == 401


def test_a_slack_that_is_never_reached_holds_up_neither_start_nor_stop(shop: World) -> None:
    async def live() -> None:
        face = SlackFace(
            shop.desk,
            nowhere(),
            signing_secret=None,
            app_token="xapp-1",
        )
        await face.start()
        await asyncio.sleep(0.1)
        await face.stop()

    asyncio.run(live())
