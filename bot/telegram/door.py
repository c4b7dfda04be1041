"""The one door to Telegram: every request of every Bot goes through it, in its turn."""

import json
from datetime import timedelta
from typing import Any

from telegram.error import RetryAfter
from telegram.request import BaseRequest, HTTPXRequest, RequestData

from bot.telegram.pace import NotYetError, Pace

_SLOW_DOWN = 429
_REFUSED = 400


class PacedRequest(HTTPXRequest):
    """Sends a request once ``pace`` has given it its turn, and lets ``pace`` know what Telegram wishes.

    A turn that is too far away is a RetryAfter, as it would be if Telegram had been asked.
    """

    def __init__(self, pace: Pace, **settings: Any) -> None:
        super().__init__(**settings)
        self._pace = pace

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        chat = _chat_of(request_data)
        try:
            await self._pace.wait(chat)
        except NotYetError as error:
            raise RetryAfter(timedelta(seconds=error.wait_s)) from None
        code, body = await super().do_request(
            url, method, request_data, read_timeout, write_timeout, connect_timeout, pool_timeout
        )
        if code in (_SLOW_DOWN, _REFUSED):
            self._heed(chat, body)
        return code, body

    def _heed(self, chat: int | str | None, body: bytes) -> None:
        wishes = _parameters(body)
        if wait_s := wishes.get("retry_after"):
            self._pace.close(chat, for_s=float(wait_s))
        if chat is not None and (after := wishes.get("migrate_to_chat_id")):
            self._pace.move(chat, int(after))


def _chat_of(request_data: RequestData | None) -> int | str | None:
    """Return the chat that a call is to, as a number unless it is a name; None where it is to none."""
    chat = request_data.parameters.get("chat_id") if request_data else None
    if isinstance(chat, str) and chat.lstrip("-").isdecimal():
        return int(chat)
    return chat if isinstance(chat, int | str) else None


def _parameters(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)["parameters"]
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}
