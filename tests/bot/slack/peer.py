"""Slack on loopback: the emulator, and in front of it a strict door that it lacks.

The door refuses what Slack refuses and the emulator takes (limits of blocks and texts), notes every call, and can be
told to fail. It is also the address for answers to commands, and the file server.
"""

import contextlib
import http.client
import json
import socket
import struct
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from slack_sdk import WebClient

from bot.slack.api import Api
from bot.slack.pace import Pace
from tests.bot.slack.limits import complaint_about
from tests.bot.unpaced import Unpaced
from tests.tools import eventually, need

TOKEN = "xoxb-2b7d90c1e4f85a63d0b9"
PEOPLE = ("storekeeper", "lin", "maria", "otto", "zhao", "chen", "eve")
ENDLESS = object()
"""As the answer of a fault: blanks without an end."""

_SEED = f"""
tokens:
  {TOKEN}: {{login: storekeeper}}
{"".join(f"  xoxp-{name}: {{login: {name}}}{chr(10)}" for name in PEOPLE[1:])}slack:
  users:
{"".join(f"    - {{name: {name}, real_name: {name.title()}, email: {name}@example.com}}{chr(10)}" for name in PEOPLE)}
  channels:
    - {{name: general}}
    - {{name: managers}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextlib.contextmanager
def emulator(folder: Path) -> Iterator[int]:
    """Run the emulator and give its port."""
    program, port = need("emulate"), free_port()
    seed = folder / "seed.yaml"
    seed.write_text(_SEED)
    process = subprocess.Popen(
        [program, "--service", "slack", "--port", str(port), "--seed", str(seed)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert eventually(lambda: _answers(port))
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the Web API, or of an address of the door's own; ``method`` is the path behind ``/api/``."""

    method: str
    given: Mapping[str, Any]
    answer: Mapping[str, Any] = field(default_factory=dict)

    @property
    def blocks(self) -> list[dict[str, Any]]:
        return _json(self.given.get("blocks", "[]"))

    @property
    def said(self) -> str:
        """Every text of the call, one a line."""
        return "\n".join(texts_of([self.given.get("text", ""), self.blocks, _json(self.given.get("view", "{}"))]))


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def texts_of(value: Any) -> Iterator[str]:
    """Yield every string that a reader sees."""
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from texts_of(each)
        case dict():
            for name in ("text", "title", "fields", "elements", "blocks", "label", "element", "hint", "placeholder"):
                yield from texts_of(value.get(name, []))


def nowhere() -> Api:
    """Return the way to a Slack that never answers."""
    return Api(lambda _workspace: "xoxb-nobody", base_url="http://127.0.0.1:1/api", timeout_s=1)


@dataclass(frozen=True, slots=True)
class Lost:
    """How the answer to a call is lost that Slack has done: ``hang``, ``reset``, or what comes in its place."""

    how: str = ""
    status: int = 200
    body: bytes = b""


class Slack:
    """The door; ``base_url`` is the Web API's, as the product is told it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.calls: list[Call] = []
        self.faults: dict[str, list[tuple[int, Any, dict[str, str]] | Lost | None]] = defaultdict(list)
        self.metadata: dict[tuple[str, str], Any] = {}
        self.closing = threading.Event()
        self.poured = 0
        self.files: dict[str, bytes] = {}
        self.complaints: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (_Door,), {"slack": self}))
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.base_url = f"{self.origin}/api"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.client = WebClient(TOKEN, base_url=f"http://127.0.0.1:{port}/api/")
        own = self.client.auth_test()
        self.team, self.bot = str(own["team_id"]), str(own["user_id"])
        self.users = {each["name"]: str(each["id"]) for each in self.client.users_list()["members"]}

    def api(self, *, timeout_s: int = 8, pace: Pace | None = None) -> Api:
        """Return the product's way to this Slack; without a pace, as fast as it can."""
        return Api(lambda _workspace: TOKEN, base_url=self.base_url, timeout_s=timeout_s, pace=pace or Pace(Unpaced()))

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def fail(self, method: str, status: int, answer: Any, *, after: int = 0, **headers: str) -> None:
        """Answer the next call of a method so, without doing it; ``after`` as many that go well."""
        self.faults[method] += [*[None] * after, (status, answer, headers)]

    def lose(self, method: str, how: str = "", *, status: int = 200, body: bytes = b"", after: int = 0) -> None:
        """Do the next call of a method, and let its answer get lost."""
        self.faults[method] += [*[None] * after, Lost(how, status, body)]

    def calls_of(self, method: str) -> list[Call]:
        return [each for each in self.calls if each.method == method]

    def wait_for_call(self, method: str, words: str = "") -> Call:
        """Return the first call of a method that says these words."""
        found: list[Call] = []

        def is_there() -> bool:
            found[:] = [each for each in self.calls_of(method) if words in each.said]
            return bool(found)

        assert eventually(is_there, limit_s=10), f"no {method} says {words!r}: {[each.said for each in self.calls]}"
        return found[0]

    def direct(self, name: str) -> str:
        return str(self.client.conversations_open(users=[self.users[name]])["channel"]["id"])

    def written(self, name: str, words: str, *, thread: str = "") -> str:
        """Let somebody write to the bot without Slack's telling the product, and return the message's id."""
        theirs = WebClient(f"xoxp-{name}", base_url=f"http://127.0.0.1:{self.port}/api/")
        return str(theirs.chat_postMessage(channel=self.direct(name), text=words, thread_ts=thread or None)["ts"])

    def latest_reply(self, chat: str, message: str) -> str:
        return str(self.client.conversations_replies(channel=chat, ts=message)["messages"][-1]["ts"])

    def channel(self, name: str) -> str:
        return next(str(each["id"]) for each in self.client.conversations_list()["channels"] if each["name"] == name)

    def messages(self, chat: str) -> list[dict[str, Any]]:
        """Return what stands in a chat now, oldest first."""
        return list(reversed(self.client.conversations_history(channel=chat, limit=200)["messages"]))

    def trigger(self, name: str, *, view: str = "") -> str:
        """Return the trigger of what somebody did, in an open modal or elsewhere."""
        given = {"user_id": self.users[name], **({"view_id": view} if view else {})}
        answer = self.client.api_call("views.generateTriggerId", json=given)
        return str(answer["trigger_id"])

    def forward(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        kept = {name: value for name, value in headers.items() if name.lower() not in ("host", "content-length")}
        connection.request(method, path, body, kept)
        answer = connection.getresponse()
        return answer.status, answer.read()


class _Door(BaseHTTPRequestHandler):
    slack: Slack

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path).path
        method = path.removeprefix("/api/").lstrip("/")
        given = self._given(body)
        fault = self.slack.faults[method].pop(0) if self.slack.faults[method] else None
        if isinstance(fault, tuple):
            status, answer, headers = fault
            if answer is ENDLESS:
                self.slack.calls.append(Call(method, given))
                return self._pour()
            self.slack.calls.append(Call(method, given))
            return self._answer(status, answer if isinstance(answer, bytes) else json.dumps(answer).encode(), headers)
        if complaint := complaint_about(method, given):
            self.slack.complaints.append(f"{method}: {complaint}")
            self.slack.calls.append(Call(method, given))
            return self._answer(200, json.dumps({"ok": False, "error": "invalid_blocks"}).encode())
        if not path.startswith("/api/"):
            self.slack.calls.append(Call(method.partition("/")[0], given))
            return self._answer(200, b"ok")
        status, answer = self.slack.forward("POST", self.path, body, dict(self.headers))
        answer = self._with_metadata(method, given, answer)
        self.slack.calls.append(Call(method, given, json.loads(answer)))
        return self._lose(fault) if fault is not None else self._answer(status, answer)

    def _with_metadata(self, method: str, given: Mapping[str, Any], answer: bytes) -> bytes:
        """Give metadata back to whoever asks for it, and of this test's own messages alone: the workspace is shared.

        The emulator does not tell either who is a bot, nor when a thread was answered last.
        """
        told = json.loads(answer)
        if method == "chat.postMessage" and told.get("ok") and "metadata" in given:
            self.slack.metadata[str(told["channel"]), str(told["ts"])] = _json(given["metadata"])
        for each in told.get("messages", []):
            each.pop("metadata", None)
            if each.get("user") == self.slack.bot:
                each["bot_id"] = "B111"
            if each.get("reply_count"):
                each["latest_reply"] = self.slack.latest_reply(str(given["channel"]), str(each["ts"]))
            kept = self.slack.metadata.get((str(given.get("channel")), str(each["ts"])))
            if kept and given.get("include_all_metadata"):
                each["metadata"] = kept
        return json.dumps(told).encode()

    def _pour(self) -> None:
        """Answer without an end, and note how much was taken."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        with contextlib.suppress(OSError):
            while not self.slack.closing.is_set():
                self.slack.poured += self.wfile.write(b" " * 65_536)
        self.close_connection = True

    def _lose(self, fault: Lost) -> None:
        if fault.how == "hang":
            self.slack.closing.wait(20)
        if fault.how:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        self._answer(fault.status, fault.body)

    def do_GET(self) -> None:
        is_ours = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        content = self.slack.files.get(self.path.rpartition("/")[2])
        self._answer(200 if content and is_ours else 404, content if content and is_ours else b"")

    def _given(self, body: bytes) -> dict[str, Any]:
        if "json" in self.headers.get("Content-Type", ""):
            return dict(json.loads(body or b"{}"))
        return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name.replace("_", "-"), value)
        kind = "application/json" if body[:1] == b"{" else "text/plain"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the calls are noted."""


def now() -> str:
    return str(int(time.time()))
