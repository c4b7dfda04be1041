"""Fetches the photos that people send: from Slack's own file server only, and none that is too large."""

from typing import Final
from urllib.parse import urlsplit

import httpx

from bot.channel import DeliveryError
from bot.slack.answers import File
from bot.slack.api import API_URL, Api
from workflows.intents import Photo
from workflows.photos import LARGEST_BYTES

_HOST: Final = "files.slack.com"
_TIMEOUT_S: Final = 8.0


class PhotoLost(Exception):
    """The photo could not be fetched."""


def fetch(file: File, api: Api, workspace: str) -> Photo:
    """Return a photo's bytes. Raises PhotoLost.

    The workspace's token goes to ``files.slack.com`` over https alone, or to where another Slack stands; a redirect is
    not followed.
    """
    if not _is_slacks(file.url_private_download, api.base_url) or file.size > LARGEST_BYTES:
        raise PhotoLost
    try:
        token = api.token_of(workspace)
    except DeliveryError:
        raise PhotoLost from None
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


def _is_slacks(url: str, base_url: str) -> bool:
    try:
        asked = urlsplit(url)
    except ValueError:
        return False
    other = urlsplit(base_url)
    return (asked.scheme, asked.netloc) in (
        ("https", _HOST),
        *([] if base_url == API_URL else [(other.scheme, other.netloc)]),
    )
