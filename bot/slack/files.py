"""Fetches the photos that people send: from Slack's own file server only, and none that is too large."""

from typing import Final
from urllib.parse import urlsplit

import httpx

from bot.slack.modal import File
from workflows.intents import Photo
from workflows.photos import LARGEST_BYTES

_HOST: Final = "files.slack.com"
_TIMEOUT_S: Final = 8.0


class PhotoLost(Exception):
    """The photo could not be fetched."""


def fetch(file: File, *, token: str, api_url: str | None) -> Photo:
    """Return a photo's bytes. Raises PhotoLost.

    The token goes to ``files.slack.com`` over https alone, or to where ``api_url`` says that another Slack stands; a
    redirect is not followed.
    """
    if not _is_slacks(file.url_private_download, api_url) or file.size > LARGEST_BYTES:
        raise PhotoLost
    content = b""
    try:
        with httpx.stream(
            "GET", file.url_private_download, headers={"Authorization": f"Bearer {token}"}, timeout=_TIMEOUT_S
        ) as answer:
            if answer.status_code != httpx.codes.OK:
                raise PhotoLost
            for part in answer.iter_bytes():
                content += part
                if len(content) > LARGEST_BYTES:
                    raise PhotoLost
    except httpx.HTTPError:
        raise PhotoLost from None
    return Photo(file.name, content)


def _is_slacks(url: str, api_url: str | None) -> bool:
    try:
        asked = urlsplit(url)
        if asked.scheme == "https" and asked.netloc == _HOST:
            return True
        other = urlsplit(api_url) if api_url else None
    except ValueError:
        return False
    return other is not None and (asked.scheme, asked.netloc) == (other.scheme, other.netloc)
