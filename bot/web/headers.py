"""What surrounds every request: headers that leave a browser no freedom, and an end to endless bodies."""

import asyncio
from typing import Final

from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.session import guessed
from workflows.phrases import say

_MB: Final = 1024 * 1024
_BODY_MB_MAX: Final = 1
_UPLOAD_MB_MAX: Final = 12
_BODY_S_MAX: Final = 10.0
_UPLOAD_S_MAX: Final = 60.0

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "form-action 'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def guard(app: FastAPI) -> None:
    """Put the guards around an application; call it last, so that they surround all the rest."""
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)


class SecurityHeaders:
    """Adds the headers to every answer; one that sets a header itself keeps its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class BodyLimit:
    """Refuses a body over 1 MB (12 MB with photos) with 413, and one that dribbles in with 408."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        has_files = headers.get("content-type", "").startswith("multipart/form-data")
        mb_max, seconds = (_UPLOAD_MB_MAX, _UPLOAD_S_MAX) if has_files else (_BODY_MB_MAX, _BODY_S_MAX)
        announced = headers.get("content-length", "0")
        if not announced.isdecimal() or int(announced) > mb_max * _MB:
            words = say(guessed(Request(scope)), "web.too_large", most=f"{mb_max} MB")
            await PlainTextResponse(words, 413)(scope, receive, send)
            return
        await self._app(scope, _limited(receive, mb_max=mb_max, seconds=seconds), send)


def _limited(receive: Receive, *, mb_max: int, seconds: float) -> Receive:
    """Return a ``receive`` that ends a body beyond the limits with an answer of its own."""
    taken, is_whole = 0, False
    end: float | None = None

    async def take() -> Message:
        nonlocal taken, is_whole, end
        if is_whole:
            return await receive()
        now = asyncio.get_running_loop().time()
        end = now + seconds if end is None else end
        try:
            message = await asyncio.wait_for(receive(), max(end - now, 0.001))
        except TimeoutError:
            raise HTTPException(408) from None
        taken += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if taken > mb_max * _MB:
            raise HTTPException(413, f"{mb_max} MB")
        return message

    return take
