"""What is posted to the ledger, as values: places, transfers, movements, and the lines that come of them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Status = Literal["available", "inspection", "blocked"]


class Place(NamedTuple):
    """A location and the quality status that the goods have there."""

    location_id: int
    status: Status = "available"


@dataclass(frozen=True, slots=True)
class Transfer:
    """So much of one lot from one place to another. ``quantity`` is positive, in smallest units.

    ``value`` (1/10,000 of the currency unit) is given for what comes in from outside. None lets the ledger take the
    item's present average: for what goes out, and for what comes back in.
    """

    item_id: int
    lot_id: int
    quantity: int
    source: Place
    target: Place
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """Transfers that happen together. ``dedupe_key`` names the business act: the same key posts once, for ever.

    ``day`` is the organisation's local day of ``occurred_at``: it decides which period the movement belongs to, and
    whether a lot is past its date.
    """

    kind: str
    dedupe_key: str
    occurred_at: dt.datetime
    day: dt.date
    transfers: Sequence[Transfer]
    document_id: int | None = None
    employee_id: int | None = None
    reason: str = ""
    reverses_id: int | None = None


class Key(NamedTuple):
    """What a balance is of."""

    item_id: int
    lot_id: int
    location_id: int
    status: str


class Line(NamedTuple):
    """One side of a transfer: what a key gets (or, below zero, gives), and its value."""

    key: Key
    quantity: int
    value: int


def key_of(transfer: Transfer, place: Place) -> Key:
    return Key(transfer.item_id, transfer.lot_id, place.location_id, place.status)
