"""What a stock label says, and the text of the code on it. Pure; the picture is drawn elsewhere.

The payload is ``SK*ITEM*LOT*QUANTITY``: one word without spaces, so that a scanner can type it into any chat among
other words. Codes of capitals, digits and ``$%*+-./:`` keep it in a QR code's alphanumeric mode, which takes two thirds
of the room. The bin is on the label for people, and not in the payload: goods move, a code stays.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

_MARK: Final = "SK"
_STARTS: Final = "s_"
"""What the parameter of a link begins with that tells of a label: a code that links an account never does."""
_LINK: Final = re.compile(r"(?:https?://)?t\.me/\w+\?start=([\w-]+)")
_PARAMETER_MAX: Final = 64
_PARTS: Final = 4
_PLAIN: Final = "$+-./:"
"""What a QR code writes briefly besides capitals and digits; ``*`` parts the payload and ``%`` escapes it."""


@dataclass(frozen=True, slots=True)
class Label:
    """A stock label. ``lot`` is empty for goods that are only counted; ``quantity`` is as people write it."""

    item: str
    lot: str
    quantity: str
    name: str = ""
    unit: str = ""
    bin: str = ""

    @property
    def lines(self) -> Sequence[str]:
        """The text on the label, the largest first: lot, item, quantity, bin."""
        amount = " ".join(filter(None, (self.quantity, self.unit)))
        item = " ".join(filter(None, (self.item, self.name)))
        return tuple(filter(None, (self.lot, item, amount, self.bin)))


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the code of a label says."""

    item: str
    lot: str
    quantity: str

    @property
    def word(self) -> str:
        """What somebody would have typed for it: the lot's number, or the item's code where there is no lot."""
        return self.lot or self.item


def payload(label: Label) -> str:
    """Return the text of a label's code; ``read`` takes it apart again."""
    return "*".join((_MARK, *(quote(each, safe=_PLAIN) for each in (label.item, label.lot, label.quantity))))


def link(code: str, bot: str) -> str:
    """Return a code that any phone's camera follows into a Telegram bot, which is told the label's own code.

    The code itself where no ``bot`` is named, or where a link can't carry it: it takes 64 signs.
    """
    parameter = _STARTS + urlsafe_b64encode(code.removeprefix(f"{_MARK}*").encode()).decode().rstrip("=")
    return f"https://t.me/{bot}?start={parameter}" if bot and len(parameter) <= _PARAMETER_MAX else code


def started(parameter: str) -> str:
    """Return the label's code that a link told a bot, or nothing."""
    try:
        told = urlsafe_b64decode(parameter.removeprefix(_STARTS) + "===").decode()
    except ValueError:
        return ""
    code = f"{_MARK}*{told}"
    return code if parameter.startswith(_STARTS) and read(code) else ""


def read(words: str) -> Scanned | None:
    """Return what a scanned code says, its link too; None for anything else."""
    if linked := _LINK.fullmatch(words):
        words = started(linked[1])
    parts = words.split("*")
    if len(parts) != _PARTS or parts[0] != _MARK:
        return None
    try:
        item, lot, quantity = (unquote(each, errors="strict") for each in parts[1:])
    except UnicodeDecodeError:
        return None
    return Scanned(item, lot, quantity) if item else None


def typed(words: str) -> str:
    """Return words with each label's code in them replaced by what somebody would have typed for it."""
    if f"{_MARK}*" not in words and _STARTS not in words:
        return words
    return " ".join(scanned.word if (scanned := read(each)) else each for each in words.split())
