"""What the buttons carry that show more of a message: ``page.2.task:5``, ``file.stock:12``. Pure.

They hold numbers and our own keys, decide nothing, and open nothing by themselves: who may see it is asked at the tap.
So a page outlives a restart, and needs no memory of its own.
"""

import datetime as dt
import re
from typing import Final

from workflows.cards import Card

_DIGEST: Final = "digest:"
_TURN: Final = "page."
_FILE: Final = "file."
_BYTES_MAX: Final = 64
_KEY_BYTES_MAX: Final = 48
_SUBJECT: Final = re.compile(
    r"(?:task|case|remark):[0-9]{1,15}|(?:late|alert):[0-9]{1,15}\.[0-9]{1,6}|digest:[0-9]{4}-[01][0-9]-[0-3][0-9]"
)
"""What messages are about of which there is more to show."""
_TURNED: Final = re.compile(r"page\.(?P<page>\d{1,4})\.(?P<key>.+)", re.DOTALL)


def is_subject(key: str) -> bool:
    """Tell whether a key is what a message is about, such as ``task:5``."""
    if not _SUBJECT.fullmatch(key):
        return False
    try:
        return not key.startswith(_DIGEST) or bool(dt.date.fromisoformat(key.removeprefix(_DIGEST)))
    except ValueError:
        return False


def key_of(card: Card) -> str:
    """Return the key by which a card is shown again, or nothing for one that can't be."""
    key = card.look or (card.subject if is_subject(card.subject) else "")
    return key if len(key.encode()) <= _KEY_BYTES_MAX else ""


def turn(key: str, page: int) -> str:
    """Return what a button carries that leads to a page; page 0 is the card as it came."""
    data = f"{_TURN}{page}.{key}"
    assert len(data.encode()) <= _BYTES_MAX, data
    return data


def shows_more(data: str) -> bool:
    """Tell whether a button shows more of a message, and so does nothing else."""
    return data.startswith((_TURN, _FILE))


def turned(data: str) -> tuple[str, int] | None:
    """Return the key and the page that a button leads to; None for any other button."""
    found = _TURNED.fullmatch(data)
    return (found["key"], int(found["page"])) if found else None


def file(key: str) -> str:
    """Return what a button carries that asks for a picture as a file."""
    return f"{_FILE}{key}"


def filed(data: str) -> str:
    """Return the key of the picture that is asked for as a file, or nothing for any other button."""
    return data.removeprefix(_FILE) if data.startswith(_FILE) else ""
