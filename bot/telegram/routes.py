"""Telegram's face: the webhook, or the long poll where no public address is set up, for as long as the web runs."""

import asyncio
import hmac
import json
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from telegram import Update
from telegram.error import TelegramError

from bot.channel import Subjects
from bot.telegram import menu
from bot.telegram.failures import delivery_error
from bot.telegram.handlers import Handlers
from bot.telegram.outgoing import TelegramOutgoing
from bot.telegram.pace import Pace
from bot.telegram.polling import Poller
from bot.telegram.send import bot_id_of, bot_of
from bot.telegram.sweeping import sweep
from bot.telegram.updates import KINDS, Inward, pause, until
from workflows.desk import Desk

log = structlog.get_logger()

PATH = "/telegram/webhook"
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (a header's name)
_LONGEST_WAIT_S = 60.0
_DRAIN_S = 5.0
_POSTED_ELSEWHERE = (
    "Telegram posted this bot's messages to the host named here; from now on they are fetched. If that host is a "
    "program of yours that still runs, give it a bot of its own."
)


class TelegramFace:
    """Speaks with Telegram between ``start`` and ``stop``; ``router`` holds the webhook.

    Updates are posted to the webhook if there is a secret for it and ``public_url`` is https, else they are fetched.
    A Telegram that can't be reached holds nothing up: it is tried again in the background. ``pace`` is shared with
    whatever else in this process calls Telegram.
    """

    def __init__(
        self,
        desk: Desk,
        subjects: Subjects,
        *,
        token: str,
        api_url: str | None,
        webhook_secret: str | None,
        public_url: str | None,
        pace: Pace | None = None,
    ) -> None:
        self._desk = desk
        self._bot = bot_of(token, pace=pace or Pace(bot_id_of(token)), base_url=api_url)
        self._secret = webhook_secret
        is_posted_to = bool(webhook_secret and public_url and public_url.startswith("https://"))
        self._webhook = f"{(public_url or '').rstrip('/')}{PATH}" if is_posted_to else ""
        self._outgoing = TelegramOutgoing(self._bot)
        self._handlers = Handlers(desk, self._bot, self._outgoing, subjects)
        self._inward = Inward(self._handlers.handle)
        self._fetched = Inward(self._handlers.handle_and_show)
        self._stopping = asyncio.Event()
        self._life: asyncio.Task[None] | None = None
        self.router = APIRouter()
        self.router.add_api_route(PATH, self._receive, methods=["POST"], include_in_schema=False)

    async def start(self) -> None:
        """Begin to talk, in the background."""
        self._stopping.clear()
        self._life = asyncio.create_task(self._live())

    async def stop(self) -> None:
        """Stop fetching, finish what was taken, and let the answers go out."""
        self._stopping.set()
        if self._life is not None:
            await self._life
        self._handlers.albums.close()
        await self._outgoing.drain(within_s=_DRAIN_S)
        await self._bot.shutdown()
        await self._bot.request.shutdown()  # in case Telegram was never reached

    async def _live(self) -> None:
        wait_s = 1.0
        while not self._stopping.is_set():
            try:
                await until(self._stopping, self._introduce())
            except TelegramError as error:
                log.warning("telegram_not_ready", code=delivery_error(error).code)
                await pause(self._stopping, wait_s)
                wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
                continue
            if self._stopping.is_set():
                return
            log.info("telegram_ready", updates="posted" if self._webhook else "fetched")
            sweeping = asyncio.create_task(sweep(self._desk, self._bot, stopping=self._stopping))
            if not self._webhook:
                await Poller(self._desk, self._bot, self._fetched, stopping=self._stopping).run()
            await sweeping
            return

    async def _introduce(self) -> None:
        """Learn the bot's name, set its menu, and say where updates go. Raises TelegramError."""
        await self._bot.initialize()
        self._handlers.named(self._bot.username)
        await menu.show(self._bot, self._desk.app_link)
        if self._webhook:
            await self._bot.set_webhook(self._webhook, secret_token=self._secret, allowed_updates=KINDS)
            return
        before = await self._bot.get_webhook_info()
        if before.url:
            log.warning("telegram_webhook_removed", host=urlsplit(before.url).hostname, words=_POSTED_ELSEWHERE)
        await self._bot.delete_webhook()

    async def _receive(self, request: Request) -> Response:
        """Take a posted update: 200 once its effect is committed, 403 without the secret.

        A tap is answered in the same breath, which spares Telegram a call and the person its way.
        """
        given = request.headers.get(_SECRET_HEADER, "")
        if not self._secret or not hmac.compare_digest(given.encode(), self._secret.encode()):
            return Response(status_code=403)
        try:
            update = Update.de_json(json.loads(await request.body()), self._bot)
        except (ValueError, TypeError, KeyError, AttributeError):
            log.warning("telegram_update_unreadable")
            return Response(status_code=400)
        toast = await self._inward.take(update)
        return JSONResponse(toast.as_json()) if toast is not None else Response()
