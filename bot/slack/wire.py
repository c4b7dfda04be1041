"""What is taken of an answer of Slack's: a megabyte at most, and no redirect.

A token goes to the address that was called and nowhere else; slack_sdk's own clients would follow a redirect with it,
and read whatever comes.
"""

import json
from functools import cache
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient, WebhookResponse

BYTES_MAX: Final = 1_000_000


class UnreadableError(ValueError):
    """An answer that is none: too long, cut off, or of another shape."""


class Client(WebClient):
    """Slack's Web API, with answers that are read so far and no further."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        status, headers, body = _fetched(req, timeout_s=self.timeout)
        if status == 200 and not isinstance(_json(body), dict):
            raise UnreadableError("no object")
        return {"status": status, "headers": headers, "body": body}

    def _upload_file(self, *, url: str, data: bytes, **others: Any) -> Any:
        status, _, body = _fetched(Request(url, data, method="POST"), timeout_s=self.timeout)  # noqa: S310
        return _Uploaded(status, body)


class Webhook(WebhookClient):
    """The address at which a command or a tap is answered."""

    def _perform_http_request_internal(self, url: str, req: Request) -> WebhookResponse:
        status, headers, body = _fetched(req, timeout_s=self.timeout)
        return WebhookResponse(url=url, status_code=status, body=body, headers=headers)


class _Uploaded:
    """What slack_sdk asks of an upload."""

    def __init__(self, status: int, body: str) -> None:
        self.status = status
        self.body = body


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@cache
def _opener() -> OpenerDirector:
    """Return what opens addresses: made once, for it reads the certificates."""
    return build_opener(_NoRedirect)


def _fetched(request: Request, *, timeout_s: int) -> tuple[int, dict[str, str], str]:
    """Return the status, the headers and the words of an answer, whatever its status. Raises OSError, ValueError."""
    if request.type not in ("http", "https"):
        raise UnreadableError("no web address")
    try:
        try:
            answer = _opener().open(request, timeout=timeout_s)
        except HTTPError as refused:
            answer = refused
        with answer:
            content = answer.read(BYTES_MAX + 1)
    except HTTPException as broken:
        raise UnreadableError(type(broken).__name__) from None
    if len(content) > BYTES_MAX:
        raise UnreadableError("too long")
    return int(answer.status or 0), dict(answer.headers.items()), content.decode(errors="replace")


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
