"""What a label of goods or of a bin says, and the text of the code on it. Pure; the picture is drawn elsewhere.

The payload is ``SK*ITEM*LOT*QUANTITY``: one word without spaces, so that a scanner can type it into any chat among
other words. Codes of capitals, digits and ``$%*+-./:`` keep it in a QR code's alphanumeric mode, which takes two thirds
of the room. The bin is on the label for people, and not in the payload: goods move, a code stays.

A bin has a label of its own, ``SB*BIN``, which stays where it is.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

_MARK: Final = "SK"
_BIN_MARK: Final = "SB"
_STARTS: Final = {"s_": _MARK, "b_": _BIN_MARK}
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


def bin_payload(code: str) -> str:
    """Return the text of the code on a bin's label; ``read_bin`` takes it apart again."""
    return f"{_BIN_MARK}*{quote(code, safe=_PLAIN)}"


def link(code: str, bot: str) -> str:
    """Return a code that any phone's camera follows into a Telegram bot, which is told the label's own code.

    The code itself where no ``bot`` is named, or where a link can't carry it: it takes 64 signs.
    """
    mark, _, rest = code.partition("*")
    starts = next(begin for begin, known in _STARTS.items() if known == mark)
    parameter = starts + urlsafe_b64encode(rest.encode()).decode().rstrip("=")
    return f"https://t.me/{bot}?start={parameter}" if bot and len(parameter) <= _PARAMETER_MAX else code


def started(parameter: str) -> str:
    """Return the label's code that a link told a bot, or nothing."""
    mark = _STARTS.get(parameter[:2])
    if mark is None:
        return ""
    try:
        told = urlsafe_b64decode(parameter[2:] + "===").decode()
    except ValueError:
        return ""
    code = f"{mark}*{told}"
    return code if read(code) or read_bin(code) else ""


def read(words: str) -> Scanned | None:
    """Return what the scanned code of goods says, its link too; None for anything else."""
    parts = _unlinked(words).split("*")
    if len(parts) != _PARTS or parts[0] != _MARK:
        return None
    try:
        item, lot, quantity = (unquote(each, errors="strict") for each in parts[1:])
    except UnicodeDecodeError:
        return None
    return Scanned(item, lot, quantity) if item else None


def read_bin(words: str) -> str:
    """Return the bin whose label a scanned code is of, its link too; nothing for anything else."""
    mark, _, told = _unlinked(words).partition("*")
    if mark != _BIN_MARK or "*" in told:
        return ""
    try:
        return unquote(told, errors="strict").strip()
    except UnicodeDecodeError:
        return ""


def typed(words: str) -> str:
    """Return words with each label's code in them replaced by what somebody would have typed for it."""
    known = (f"{_MARK}*", f"{_BIN_MARK}*", *_STARTS)
    if not any(each in words for each in known):
        return words
    return " ".join(word_of(each) for each in words.split())


def word_of(code: str) -> str:
    """Return what somebody would have typed for a scanned code: what its label is of, or the code itself."""
    scanned = read(code)
    return scanned.word if scanned else read_bin(code) or code


def _unlinked(words: str) -> str:
    linked = _LINK.fullmatch(words)
    return started(linked[1]) if linked else words
