"""Carriers that are booked over the network: what they are told of a shipment, and what they answer.

Any other carrier is called by a person, who types its tracking number.
"""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpx

from bot.channel import DeliveryError
from inventory_core.document import Answer
from inventory_core.signing import HEADER, sign

_TIMEOUT_S: Final = 10.0
_ANSWER_BYTES_MAX: Final = 65_536
_LONGEST: Final = 500
_TRANSIENT: Final = frozenset({408, 409, 425, 429})
_LONGEST_WAIT_S: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Goods:
    """So much of a lot in a shipment; ``quantity`` as people write it, in ``unit``."""

    item: str
    name: str
    lot: str
    quantity: str
    unit: str


@dataclass(frozen=True, slots=True)
class Shipment:
    """What a carrier needs to know. ``packages`` are rows of count, weight (kg a package) and what is in it."""

    delivery: str
    order: str
    customer: str
    customer_code: str
    sent_on: str
    packages: Sequence[dict[str, int | str | bool]]
    lines: Sequence[Goods]
    report_to: str


@dataclass(frozen=True, slots=True)
class Booked:
    """What a carrier answers: the number under which it carries, and where its label is to be had (or nothing)."""

    tracking: str
    label_url: str = ""

    @property
    def fields(self) -> dict[str, Answer]:
        found: dict[str, Answer] = {"tracking": self.tracking}
        return {**found, "label_link": self.label_url} if self.label_url else found


class Carrier(Protocol):
    """Somebody who carries shipments and can be told so by a computer."""

    def book(self, shipment: Shipment) -> Booked:
        """Book a shipment; the same one again is the same booking. Raises DeliveryError."""
        ...


@dataclass(frozen=True, slots=True)
class Webhook:
    """A carrier, or a broker of carriers, that takes a signed POST; ``clock`` gives the moment that is signed."""

    url: str
    secret: str
    clock: Callable[[], dt.datetime]

    def book(self, shipment: Shipment) -> Booked:
        body = json.dumps(asdict(shipment), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": shipment.delivery,
            HEADER: sign(self.secret, body, now=self.clock()),
        }
        try:
            with httpx.stream("POST", self.url, content=body, headers=headers, timeout=_TIMEOUT_S) as answer:
                _check(answer)
                return _read(_whole(answer))
        except httpx.HTTPError as error:
            raise DeliveryError(f"carrier_{type(error).__name__}"[:60], permanent=False) from error


def _check(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    is_transient = answer.status_code >= 500 or answer.status_code in _TRANSIENT
    wait = answer.headers.get("Retry-After", "")
    wait_s = min(float(wait), _LONGEST_WAIT_S) if wait.isdecimal() and is_transient else None
    raise DeliveryError(f"carrier_http_{answer.status_code}", permanent=not is_transient, retry_after_s=wait_s)


def _whole(answer: httpx.Response) -> bytes:
    content = b""
    for chunk in answer.iter_bytes():
        content += chunk
        if len(content) > _ANSWER_BYTES_MAX:
            raise DeliveryError("carrier_answer_too_large", permanent=True)
    return content


def _read(content: bytes) -> Booked:
    try:
        told = json.loads(content)
        tracking, label = str(told["tracking"]).strip(), str(told.get("label_url") or "").strip()
    except (ValueError, TypeError, KeyError, AttributeError):
        raise DeliveryError("carrier_answer_unreadable", permanent=True) from None
    if not tracking or len(tracking) > _LONGEST or len(label) > _LONGEST:
        raise DeliveryError("carrier_answer_unreadable", permanent=True)
    is_address = urlsplit(label).scheme in ("http", "https")
    return Booked(tracking, label if is_address else "")
