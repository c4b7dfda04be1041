"""Slack as it renews tokens, which the emulator does not, and what an installation needs of both."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx

from bot.sealing import Keyring
from bot.slack.api import Api
from bot.slack.oauth import Granted, OAuth
from bot.slack.tokens import Tokens, nobodys
from bot.slack.vault import Vault
from tests.bot.slack.peer import Slack
from tests.world import World

CLIENT_ID = "2847561093.5619283746501"
CLIENT_SECRET = "9b1f7c3e5a8d4260b7e1c05d93fa6482"


@dataclass
class Issuer:
    """Gives out tokens: each refresh token is good once. ``calls`` are those of oauth.v2.access that were answered.

    ``faults`` are answered instead, one each; ``posted`` are the messages that came with a token that is good now.
    """

    refresh: str = "xoxe-1-first"
    good: set[str] = field(default_factory=lambda: {"xoxe.xoxb-1-first"})
    life_s: int = 43_200
    slow_s: float = 0.0
    faults: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, str]] = field(default_factory=list)
    posted: list[dict[str, str]] = field(default_factory=list)
    base_url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, given: dict[str, str], token: str) -> dict[str, Any]:
        with self._lock:
            if method == "oauth.v2.access":
                self.calls.append(given)
                if self.faults:
                    return self.faults.pop(0)
                return self._refreshed(given)
            if token not in self.good:
                return {"ok": False, "error": "token_expired"}
            self.posted.append(given)
            return {"ok": True, "channel": given.get("channel", "C1"), "ts": f"17.{len(self.posted)}", "team_id": "T1"}

    def _refreshed(self, given: dict[str, str]) -> dict[str, Any]:
        if given.get("refresh_token") != self.refresh:
            return {"ok": False, "error": "invalid_refresh_token"}
        number = len(self.calls)
        self.refresh, token = f"xoxe-1-new{number}", f"xoxe.xoxb-1-new{number}"
        self.good.add(token)
        time.sleep(self.slow_s)
        return {
            "ok": True,
            "access_token": token,
            "refresh_token": self.refresh,
            "expires_in": self.life_s,
            "token_type": "bot",
            "scope": "chat:write",
            "bot_user_id": "U1",
            "app_id": "A1",
            "team": {"id": "T1", "name": "One"},
            "enterprise": None,
            "is_enterprise_install": False,
        }


@contextlib.contextmanager
def issuer() -> Iterator[Issuer]:
    """Run a Slack of one workspace, T1, whose tokens expire."""
    made = Issuer()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            given = json.loads(raw) if raw[:1] == "{" else dict(parse_qsl(raw))
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            body = json.dumps(made.answer(urlsplit(self.path).path.rpartition("/")[2], given, token)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.base_url = f"http://127.0.0.1:{server.server_address[1]}/api"
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


def tokens_at(world: World, base_url: str, *, keys: Path | None = None, environment: str | None = None) -> Tokens:
    """Return the tokens of a company whose Slack stands at an address."""
    oauth = OAuth(
        Api(nobodys, base_url=base_url),
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        public_url="https://stock.example.org",
    )
    keyring = Keyring(keys or world.desk.files.parent / "secret.key")
    return Tokens(Vault(world.engine, keyring, world.desk.clock), oauth=oauth, environment=environment)


def granted(team: str = "T1", **changed: Any) -> Granted:
    """Return what Slack gives at an installation."""
    values: dict[str, Any] = {
        "team": team,
        "name": "One",
        "token": "xoxe.xoxb-1-first",
        "refresh": "xoxe-1-first",
        "expires_in_s": 43_200,
        "scopes": ("chat:write",),
        "bot_user": "U1",
        "app_id": "A1",
    }
    return Granted(**(values | changed))


def allowed_at(slack: Slack, address: str, *, user: str = "lin") -> str:
    """Press Allow on Slack's page as somebody, and return the address to which Slack sends the browser back."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    pressed = httpx.post(
        f"http://127.0.0.1:{slack.port}/oauth/v2/authorize/callback",
        data={"user_id": slack.users[user], **asked},
        follow_redirects=False,
    )
    return pressed.headers["location"]
