"""What surrounds every request: headers that leave a browser no freedom, and an end to endless bodies."""

import asyncio
from collections import deque
from typing import Final

from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.session import APP_SESSION, guessed
from workflows.phrases import say

_MB: Final = 1024 * 1024
_BODY_MB_MAX: Final = 1
_UPLOAD_MB_MAX: Final = 12
_BODY_S_MAX: Final = 10.0
_UPLOAD_S_MAX: Final = 60.0

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'self'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
APP_POLICY: Final = f"{_POLICY} https://web.telegram.org"
"""The policy of the Mini App's pages: Telegram on the web shows them in a frame."""


def guard(app: FastAPI) -> None:
    """Put the guards around an application; call it last, so that they surround all the rest."""
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)


class SecurityHeaders:
    """Adds the headers to every answer; one that sets a header itself keeps its own.

    The pages of a session that began in Telegram may be framed by Telegram on the web.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_in_app = scope["type"] == "http" and APP_SESSION in Request(scope).cookies

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if is_in_app:
                    headers.setdefault("Content-Security-Policy", APP_POLICY)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class BodyLimit:
    """Refuses a body over 1 MB (12 MB with photos) with 413, and one that dribbles in with 408.

    The body is taken in before the application is called, so that no route can forget the limits.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, language = Headers(scope=scope), guessed(Request(scope))
        has_files = headers.get("content-type", "").startswith("multipart/form-data")
        mb_max, seconds = (_UPLOAD_MB_MAX, _UPLOAD_S_MAX) if has_files else (_BODY_MB_MAX, _BODY_S_MAX)
        announced = headers.get("content-length", "0")
        taken: deque[Message] | None = None
        try:
            if announced.isdecimal() and int(announced) <= mb_max * _MB:
                async with asyncio.timeout(seconds):
                    taken = await _take(receive, bytes_max=mb_max * _MB)
        except TimeoutError:
            await PlainTextResponse(say(language, "web.problem"), 408)(scope, receive, send)
            return
        if taken is None:
            words = say(language, "web.too_large", most=f"{mb_max} MB")
            await PlainTextResponse(words, 413)(scope, receive, send)
            return
        messages = taken

        async def give() -> Message:
            return messages.popleft() if messages else await receive()

        await self._app(scope, give, send)


async def _take(receive: Receive, *, bytes_max: int) -> deque[Message] | None:
    """Return the messages of a whole body, or None as soon as it is too large."""
    messages: deque[Message] = deque()
    size, has_more = 0, True
    while has_more:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        has_more = message.get("more_body", False)
        if size > bytes_max:
            return None
    return messages
