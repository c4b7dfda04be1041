"""Books a delivery with its carrier: wanted once it was sent, claimed by a lease, tried until booked or refused.

Nothing goes over the network before the shipment is committed; a job that runs twice books once.
"""

import datetime as dt
import random
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import structlog
from sqlalchemy import Connection, text

from bot.channel import DeliveryError
from inventory_core import documents
from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import to_micros
from inventory_core.document import Answer
from notifier.carriers import Carrier, Goods, Shipment
from workflows import carriers
from workflows.desk import Desk

log = structlog.get_logger()

LEASE: Final = dt.timedelta(seconds=60)
REPORTS_PATH: Final = "/carrier/reports"
_MOST_ATTEMPTS: Final = 12
_FIRST_WAIT_S: Final = 2.0
_LONGEST_WAIT_S: Final = 600.0
_WANT: Final = text("""
    INSERT INTO bookings (document_id, due_at, made_at) VALUES (:id, :now, :now) ON CONFLICT (document_id) DO NOTHING
""")
_DUE: Final = text("""
    SELECT document_id FROM bookings WHERE state = 'pending' AND due_at <= :now AND lease_until <= :now
    ORDER BY due_at, document_id LIMIT :limit
""")
_CLAIM: Final = text("""
    UPDATE bookings SET lease_until = :until, attempts = attempts + 1
    WHERE document_id = :id AND state = 'pending' AND due_at <= :now AND lease_until <= :now RETURNING attempts
""")
_SETTLE: Final = text("""
    UPDATE bookings SET state = :state, reason = :reason, settled_at = :now, lease_until = 0
    WHERE document_id = :id AND state = 'pending'
""")
_PUT_OFF: Final = text("""
    UPDATE bookings SET due_at = :due, reason = :reason, lease_until = 0 WHERE document_id = :id AND state = 'pending'
""")


def want(db: Connection, desk: Desk, delivery_id: int, names: Collection[str]) -> None:
    """Have a delivery booked if its carrier is one of those names and nobody has typed a tracking number."""
    fields = documents.load(db, delivery_id).fields
    if _name(fields) in names and not fields.get("tracking"):
        db.execute(_WANT, {"id": delivery_id, "now": to_micros(desk.clock())})


def due(db: Connection, now: dt.datetime, *, limit: int) -> Sequence[int]:
    """Return the deliveries that are to be booked now."""
    return [int(each) for each in db.execute(_DUE, {"now": to_micros(now), "limit": limit}).scalars()]


def book(desk: Desk, known: Mapping[str, Carrier], delivery_id: int) -> None:
    """Book one delivery. Calling it again, or twice at once, does no harm."""
    now = desk.clock()
    with writing(desk.engine) as db:
        claim = {"id": delivery_id, "now": to_micros(now), "until": to_micros(now + LEASE)}
        attempts = db.execute(_CLAIM, claim).scalar()
    if attempts is None:
        return
    with reading(desk.engine) as db:
        state = documents.load(db, delivery_id).state
        shipment, name = _shipment(db, desk, delivery_id)
    carrier = known.get(name)
    if carrier is None or state != "open":
        _settle(desk, delivery_id, "dead", "carrier_not_set_up" if carrier is None else f"delivery_{state}", {})
        return
    try:
        booked = carrier.book(shipment)
    except DeliveryError as error:
        _failed(desk, delivery_id, error, int(attempts))
    else:
        _settle(desk, delivery_id, "booked", "", booked.fields)


def _name(fields: Mapping[str, Answer]) -> str:
    return str(fields.get("carrier", "")).strip().lower()


def _shipment(db: Connection, desk: Desk, delivery_id: int) -> tuple[Shipment, str]:
    paper = documents.load(db, delivery_id)
    code = db.execute(text("SELECT code FROM partners WHERE id = :id"), {"id": paper.partner_id}).scalar()
    packages = paper.fields.get("packages", [])
    lines = [
        Goods(each.item_code, each.item_name, str(each.fields.get("lot", "")), each.write(each.ordered), each.unit)
        for each in paper.lines
    ]
    shipment = Shipment(
        delivery=paper.number,
        order=paper.source,
        customer=paper.partner,
        customer_code=str(code or ""),
        sent_on=paper.opened_on.isoformat(),
        packages=packages if isinstance(packages, list) else [],
        lines=lines,
        report_to=f"{desk.base_url}{REPORTS_PATH}",
    )
    return shipment, _name(paper.fields)


def _failed(desk: Desk, delivery_id: int, error: DeliveryError, attempts: int) -> None:
    if error.permanent or attempts >= _MOST_ATTEMPTS:
        reason = error.code if error.permanent else f"gave up: {error.code}"
        _settle(desk, delivery_id, "dead", reason, {"status": "not_booked"})
        return
    backoff = min(_FIRST_WAIT_S * 2 ** (attempts - 1), _LONGEST_WAIT_S) * random.uniform(0.8, 1.2)  # noqa: S311
    wait = error.retry_after_s if error.retry_after_s is not None else backoff
    due_at = to_micros(desk.clock() + dt.timedelta(seconds=wait))
    with writing(desk.engine) as db:
        db.execute(_PUT_OFF, {"id": delivery_id, "due": due_at, "reason": error.code})
    log.info("booking_put_off", document_id=delivery_id, reason=error.code)


def _settle(desk: Desk, delivery_id: int, state: str, reason: str, told: dict[str, Answer]) -> None:
    now = to_micros(desk.clock())
    with writing(desk.engine) as db:
        documents.lock(db, delivery_id)
        row = {"id": delivery_id, "state": state, "reason": reason, "now": now}
        if db.execute(_SETTLE, row).rowcount == 1 and told:
            carriers.tell(db, desk, delivery_id, told)
    log.info("booking_settled", document_id=delivery_id, state=state, reason=reason)
