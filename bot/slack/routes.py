"""Slack's face: its requests over HTTP, or Socket Mode where no public address is set up, while the web runs."""

import asyncio
import datetime as dt
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import aiohttp
import structlog
from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import details, elements, home, modal
from bot.slack.api import Api
from bot.slack.body import read, request_of, response_of
from bot.slack.failures import delivery_error
from bot.slack.handlers import Ack, Body, Handlers
from bot.slack.tokens import Tokens
from bot.slack.verify import is_from_slack
from bot.slack.workspaces import Workspaces
from workflows.desk import Desk

log = structlog.get_logger()

PATH: Final = "/slack/events"
_ANY: Final = re.compile(".*")
_ANSWER: Final = re.compile(rf"{elements.ANSWER}(\.\d+)?$")
_DRAIN_S: Final = 5.0
_LONGEST_WAIT_S: Final = 60.0


class SlackFace:
    """Speaks with Slack between ``start`` and ``stop``; ``router`` holds the one path that Slack calls.

    With an ``app_token`` a connection of ours is opened (Socket Mode); a Slack that can't be reached holds nothing up.
    Without a ``signing_secret`` nothing that is posted is taken. With ``tokens``, what comes from a workspace that none
    of them serves is passed over.
    """

    def __init__(
        self,
        desk: Desk,
        api: Api,
        *,
        signing_secret: str | None,
        app_token: str | None,
        tokens: Tokens | None = None,
    ) -> None:
        self._desk = desk
        self._secret = signing_secret
        self._handlers = Handlers(desk, api)
        self._workspaces = Workspaces(tokens, api)
        self._app = _app(self._handlers, self._workspaces, api.base_url)
        self._app_token = app_token
        self._socket: AsyncSocketModeHandler | None = None
        self._life: asyncio.Task[None] | None = None
        self._keeping: list[asyncio.Task[None]] = []
        self._catching: asyncio.Task[None] | None = None
        self._alive_at: dt.datetime | None = None
        self.router = APIRouter()
        self.router.add_route(PATH, self._receive, methods=["POST"], include_in_schema=False)

    async def start(self) -> None:
        """Begin to talk, in the background."""
        keepers = (self._handlers.homes.keep(), self._workspaces.keep())
        self._keeping = [asyncio.create_task(each) for each in keepers]
        if self._app_token is not None:
            self._socket = AsyncSocketModeHandler(self._app, self._app_token)
            self._socket.client.message_listeners.append(self._came)
            self._life = asyncio.create_task(self._connect(self._socket))

    async def stop(self) -> None:
        """Take no more, and let the answers go out."""
        for each in filter(None, (self._life, self._catching, *self._keeping)):
            each.cancel()
            await asyncio.gather(each, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close_async()  # type: ignore[no-untyped-call]
        await self._handlers.outgoing.drain(within_s=_DRAIN_S)

    async def _connect(self, socket: AsyncSocketModeHandler) -> None:
        """Open the connection, trying again as long as Slack is away; once open it renews itself."""
        wait_s = 1.0
        while True:
            try:
                await socket.connect_async()  # type: ignore[no-untyped-call]
            except (aiohttp.ClientError, SlackClientError, OSError, ValueError) as error:
                failure = delivery_error(error)
                log.warning("slack_not_ready", code=failure.code if failure else "unreachable")
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            else:
                log.info("slack_ready")
                return

    async def _came(self, _client: object, message: dict[str, Any], _raw: str | None = None) -> None:
        """Note that the connection lives; at the first word over a new one, make up for what was missed."""
        since, self._alive_at = self._alive_at, self._desk.clock()
        if message.get("type") == "hello":
            self._handlers.homes.show_all()
            self._catching = asyncio.create_task(self._catch_up(since, after=self._catching))

    async def _catch_up(self, since: dt.datetime | None, *, after: "asyncio.Task[None] | None") -> None:
        if after is not None:
            await asyncio.wait([after])
        await self._handlers.missed.catch_up(since)

    async def _receive(self, request: Request) -> Response:
        """Take a request of Slack's: answered once its effect is committed, 401 without its signature, or 400."""
        headers = request.headers
        is_slack = self._secret is not None and is_from_slack(
            await request.body(),
            timestamp=headers.get("X-Slack-Request-Timestamp", ""),
            signature=headers.get("X-Slack-Signature", ""),
            secret=self._secret,
            now_s=time.time(),
        )
        if not is_slack:
            return Response(status_code=401)
        body = read(await request.body())
        if body is None:
            return Response(status_code=400)
        return response_of(await self._app.async_dispatch(request_of(body, headers)))


def _app(handlers: Handlers, workspaces: Workspaces, base_url: str) -> AsyncApp:
    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        # Bolt's own would ask Slack at the first tap, and fail it while Slack is away. No call goes through Bolt's
        # client, so it needs no token.
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="")

    async def failed(error: Exception) -> BoltResponse:
        if isinstance(error, ValidationError):  # its words hold what was sent
            log.warning("slack_request_refused", shape=error.title)
            return BoltResponse(status=422, body="")
        log.exception("slack_request_failed", error=type(error).__name__)
        return BoltResponse(status=500, body="")

    app = AsyncApp(
        authorize=authorize,
        client=AsyncWebClient(base_url=base_url),
        process_before_response=True,  # the effect is committed before Slack is answered, and nothing is polled for
        request_verification_enabled=False,  # done already, on the raw body, before Bolt reads it
        attaching_function_token_enabled=False,  # of Slack's workflow steps and assistants, which are none of ours
        attaching_conversation_kwargs_enabled=False,
    )
    app.error(failed)
    if workspaces.are_chosen:
        app.use(workspaces.let_in)
    app.block_action(_ANY)(_acted(handlers))  # first, for Bolt asks each listener whether it is meant, until one is
    app.event("app_uninstalled")(workspaces.left)
    app.event("tokens_revoked")(workspaces.left)
    app.event("team_access_revoked")(workspaces.left)
    app.options(_ANSWER)(handlers.filling.searched)
    app.view(_ANY)(handlers.filling.sent)
    app.view_closed(_ANY)(handlers.filling.closed)
    app.command(_ANY)(handlers.commanded)
    app.event("message")(handlers.heard)
    app.event("link_shared")(handlers.linked)
    app.event("app_home_opened")(handlers.homes.opened)
    app.message_shortcut(_ANY)(handlers.starts.made)
    return app


def _acted(handlers: Handlers) -> Callable[..., Awaitable[None]]:
    """Return what takes an act on a block: its id tells whether it is one of ours on the home tab or in a modal."""
    narrower = (
        (re.compile(re.escape(home.START) + "$"), handlers.starts.chosen),
        (re.compile(r"home\."), handlers.homes.chosen),
        (_ANSWER, handlers.filling.touched),
        (re.compile(re.escape(modal.ACTS)), handlers.filling.pressed),
        (re.compile(re.escape(details.TURN)), handlers.filling.turned),
    )

    async def acted(ack: Ack, body: Body) -> None:
        name = body["actions"][0]["action_id"]
        take = next((take for pattern, take in narrower if pattern.match(name)), handlers.tapped)
        await take(ack, body)

    return acted
