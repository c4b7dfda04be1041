"""What a printed paper says, without style and in no language."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

PaperName = Literal["purchase_order", "request_for_quotation", "delivery_note", "pick_list"]
PaperLanguage = Literal["en", "zh", "both"]
"""English, Chinese, or each word in both."""
LabelSize = Literal["100x50", "62x29"]
"""A label's width and height in millimetres."""
Cell = str | int | Decimal | dt.date | None
"""A text, a position, a number as people mean it, or a day; None is left empty."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the name of its heading, how its cells are written, its width in millimetres (0 takes what is left).

    ``blank`` has no cells: it is filled in by hand.
    """

    name: str
    kind: Literal["text", "quantity", "money", "day", "tick", "blank"] = "text"
    width: float = 0


_ITEM: Final = (Column("position", width=9), Column("item", width=30), Column("name"))
_AMOUNT: Final = (Column("quantity", "quantity", 19), Column("unit", width=13))
COLUMNS: Final[Mapping[PaperName, tuple[Column, ...]]] = {
    "purchase_order": (*_ITEM, *_AMOUNT, Column("price", "money", 23), Column("amount", "money", 27)),
    "request_for_quotation": (
        *_ITEM, *_AMOUNT, Column("your_price", "blank", 27), Column("your_lead_time", "blank", 24),
    ),
    "delivery_note": (*_ITEM, Column("lot", width=36), *_AMOUNT),
    "pick_list": (
        Column("bin", width=19), Column("item", width=27), Column("name"), Column("lot", width=30),
        Column("expires_on", "day", 21), *_AMOUNT, Column("picked", "tick", 13),
    ),
}  # fmt: skip
SIGNATURES: Final[Mapping[PaperName, tuple[str, ...]]] = {
    "purchase_order": (),
    "request_for_quotation": ("quoted_by", "date", "signature"),
    "delivery_note": ("received_by", "date", "signature"),
    "pick_list": ("picked_by", "date"),
}
"""What is written by hand at the foot of each paper."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as it is printed. A row has a cell for each of ``COLUMNS[name]``.

    ``change`` is 1 as first sent, 2 after one change; ``is_void``: it was cancelled, and says so. ``parties`` and
    ``facts`` are named values in reading order; ``notes`` are sentences with their blanks. ``dated`` is the day that it
    bears.
    """

    name: PaperName
    number: str
    site: str
    dated: dt.date
    rows: tuple[tuple[Cell, ...], ...]
    parties: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, Cell], ...] = ()
    notes: tuple[tuple[str, Mapping[str, str]], ...] = ()
    total: Decimal | None = None
    currency: str = ""
    change: int = 1
    is_void: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        return COLUMNS[self.name]


@dataclass(frozen=True, slots=True)
class Label:
    """One sticker: so much of an item's lot in a bin.

    ``quantity`` is written as people read it, ``payload`` is what the code on it holds.
    """

    item: str
    name: str
    lot: str
    quantity: str
    unit: str
    bin: str
    payload: str
    received_on: dt.date | None = None
    expires_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class BinLabel:
    """The sticker of a bin. ``area`` is where it is, and ``name`` what else it is called; each may be empty."""

    code: str
    name: str
    area: str
    payload: str


@dataclass(frozen=True, slots=True)
class Printed:
    """A file to hand out: its name, its bytes, their type, and the title that people read."""

    name: str
    content: bytes
    media_type: str
    title: str
