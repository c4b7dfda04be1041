"""The HTTP side: reads a call, lets the planned fault happen, answers; polls and posts updates."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.telegram_server.faults import AnswerLost, Broken, CallLost, Fault, FaultPlan, Flood, Garbage, Refused, Slow
from tests.telegram_server.limits import Limits
from tests.telegram_server.methods import METHODS, RESULTS
from tests.telegram_server.refusals import Refusal, bad_request
from tests.telegram_server.spec import Upload, complaint_about, method_named, read_call
from tests.telegram_server.state import Call, State
from tests.telegram_server.updates import Letter, Webhook

JsonObject = dict[str, Any]

_BODY_BYTES_MAX = 60 * 1024 * 1024
_TICK_S = 0.005


class _LineCut(Exception):
    """The connection ends without an answer."""


@dataclass(slots=True)
class Edge:
    """Serves ``state`` to the bot that knows ``token``; ``closing`` ends every wait."""

    state: State
    faults: FaultPlan
    token: str
    limits: Limits | None = None
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    posts_at_once: int = 1

    def application(self) -> web.Application:
        """Return the routes of the Bot API."""
        app = web.Application(client_max_size=_BODY_BYTES_MAX)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.router.add_get("/file/bot{token}/photos/{name}", self._download)
        return app

    async def _download(self, request: web.Request) -> web.Response:
        content = self.state.files.get(request.match_info["name"].removesuffix(".jpg"))
        if request.match_info["token"] != self.token or content is None:
            return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)
        return web.Response(body=content)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        parameters: JsonObject = {}
        method = request.match_info["method"]
        try:
            if request.match_info["token"] != self.token:
                raise Refusal(401, "Unauthorized")
            method = method_named(method)
            raw, uploads = await _read(request)
            fault = self.faults.take(method)
            if isinstance(fault, Garbage):
                self._note(method, parameters, fault.code)
                return web.Response(text=fault.body, status=fault.code, content_type="text/html")
            _raise_before(fault)
            parameters = read_call(method, raw, uploads)
            if self.limits is not None:
                self.limits.count(method, parameters)
            result = await self._carry_out(method, parameters)
            await self._delay_or_lose(fault)
        except Refusal as refusal:
            self._note(method, parameters, refusal.code)
            headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after is not None else None
            return web.json_response(refusal.as_json(), status=refusal.code, headers=headers)
        except _LineCut:
            self._note(method, parameters, 0)
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        self._note(method, parameters, 200)
        return web.json_response({"ok": True, "result": result})

    def _note(self, method: str, parameters: JsonObject, code: int) -> None:
        with self.state.changed:
            self.state.calls.append(Call(method, parameters, code, time.monotonic()))
            self.state.changed.notify_all()

    async def _carry_out(self, method: str, parameters: JsonObject) -> object:
        if method == "getUpdates":
            return await self._poll(parameters)
        with self.state.changed:
            result = METHODS[method](self.state, parameters)
            complaint = complaint_about(result, RESULTS[method]) if method in RESULTS else ""
            assert not complaint, f"{method} would answer against the documentation: {complaint}"
            return result

    async def _delay_or_lose(self, fault: Fault | None) -> None:
        if isinstance(fault, Slow):
            await self._wait(fault.seconds)
        if isinstance(fault, AnswerLost):
            if fault.is_silent:
                await self._wait(60)
            raise _LineCut

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.closing.wait(), seconds)
        except TimeoutError:
            return

    async def _poll(self, parameters: JsonObject) -> list[JsonObject]:
        """Answer getUpdates: at once if something waits, else when it comes or the time is over."""
        updates, limit = self.state.updates, parameters.get("limit", 100)
        if not 1 <= limit <= 100:
            raise bad_request("limit must be between 1 and 100")
        with self.state.changed:
            number = updates.begin_poll()
            if "allowed_updates" in parameters:
                updates.allowed = tuple(parameters["allowed_updates"])
            if "offset" in parameters:
                updates.confirm(parameters["offset"])
                self.state.changed.notify_all()
        end = time.monotonic() + parameters.get("timeout", 0)
        while True:
            with self.state.changed:
                updates.check_poll(number)
                if updates.waiting or time.monotonic() >= end or self.closing.is_set():
                    return updates.batch(limit)
            await asyncio.sleep(_TICK_S)

    async def post_updates(self) -> None:
        """Post what waits to the webhook, in order, and again until it is taken with a 2xx."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            while True:
                with self.state.changed:
                    webhook = self.state.updates.webhook
                    letters = self.state.updates.waiting[: self.posts_at_once]
                if webhook is None or not webhook.route or not letters:
                    await asyncio.sleep(_TICK_S)
                    continue
                taken = await asyncio.gather(*(self._post(session, webhook, each) for each in letters))
                with self.state.changed:
                    done = [each for each, was_taken in zip(letters, taken, strict=True) if was_taken]
                    waiting = self.state.updates.waiting
                    waiting[:] = [each for each in waiting if not any(each is other for other in done)]
                    self.state.changed.notify_all()
                if len(done) < len(letters):
                    await asyncio.sleep(0.05)

    async def _post(self, session: aiohttp.ClientSession, webhook: Webhook, letter: Letter) -> bool:
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret_token} if webhook.secret_token else {}
        try:
            async with session.post(webhook.route, json=letter.update, headers=headers) as answer:
                if answer.ok:
                    self._take_reply(await answer.read())
                    return True
                self.state.updates.last_error = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError):
            self.state.updates.last_error = "Connection refused"
        return False

    def _take_reply(self, body: bytes) -> None:
        """Carry out the call that the answer to a posted update may hold; nobody hears what becomes of it."""
        if not body:
            return
        values = json.loads(body)
        method, parameters = method_named(values.pop("method")), JsonObject()
        with suppress(Refusal):
            parameters = read_call(method, values, {})
            with self.state.changed:
                METHODS[method](self.state, parameters)


def _raise_before(fault: Fault | None) -> None:
    """Let a fault happen that comes before the call is carried out."""
    match fault:
        case Flood(retry_after_s):
            words = f"Too Many Requests: retry after {retry_after_s}"
            raise Refusal(429, words, retry_after=retry_after_s)
        case Broken(code, description) | Refused(code, description):
            raise Refusal(code, description)
        case CallLost():
            raise _LineCut
        case _:
            return


async def _read(request: web.Request) -> tuple[JsonObject, dict[str, Upload]]:
    """Return the parameters and files of a call, from its query and from a form or JSON body."""
    raw: JsonObject = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except json.JSONDecodeError:
            raise bad_request("can't parse JSON object") from None
        return raw | body, uploads
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            uploads[name] = Upload(value.filename, value.file.read())
        else:
            raw[name] = value
    return raw, uploads
