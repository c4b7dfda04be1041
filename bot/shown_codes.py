"""A photo as the answer to a question: what the codes in it say, as far as they can answer it."""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import Connection

from bot import seeing
from inventory_core import barcodes, labels
from workflows.book import CompanyBook
from workflows.definition import FieldKind
from workflows.forms import CODED

ANSWERED: Final[frozenset[FieldKind]] = frozenset({"item", "lot", "location", "scan", "text"})
"""The kinds of questions that a code answers. A free text may be a serial number, or a parcel's."""


def answers(db: Connection, kind: FieldKind, content: bytes) -> tuple[str, ...]:
    """Return the answers that a photo can give to a question of this kind, from the top down, each once.

    Of several codes those that name nothing of the kind are left out: a carton bears its maker's own beside ours. Where
    none names anything, all are returned, so that it can be said what was read.
    """
    read = dict.fromkeys(_READINGS.get(kind, _word)(db, each) for each in seeing.codes(content))
    if kind not in CODED:
        return tuple(read)
    book = CompanyBook(db, "")
    return tuple(each for each in read if book.find(kind, each) is not None) or tuple(read)


def _item(db: Connection, code: str) -> str:
    scanned = labels.read(code)
    return scanned.item if scanned else barcodes.item_of(db, code) or code


def _lot(_db: Connection, code: str) -> str:
    scanned = labels.read(code)
    return scanned.lot or scanned.item if scanned else code


def _bin(_db: Connection, code: str) -> str:
    return labels.read_bin(code) or code


def _word(db: Connection, code: str) -> str:
    word = labels.word_of(code)
    return word if word != code else barcodes.item_of(db, code) or code


def _as_it_is(_db: Connection, code: str) -> str:
    return labels.word_of(code)


_READINGS: Final[Mapping[FieldKind, Callable[[Connection, str], str]]] = {
    "item": _item,
    "lot": _lot,
    "location": _bin,
    "scan": _word,
    "text": _as_it_is,
}
