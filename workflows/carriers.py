"""What a carrier says of a delivery: that it is booked, where it is, and that somebody has taken it.

Told by the carrier's own computers; the delivery's card shows it, and the report that it arrived settles the card.
"""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection, text

from inventory_core import documents
from inventory_core.db.engine import writing
from inventory_core.db.metadata import to_micros
from inventory_core.document import Answer
from inventory_core.stages import deliveries
from inventory_core.stages.case import Signal
from workflows import cases, moves, signals
from workflows.desk import Desk

Status = Literal["picked_up", "on_the_way", "delivered", "exception"]
_ONCE: Final = text("""
    INSERT INTO carrier_reports (event_id, document_id, status, at) VALUES (:event, :document, :status, :at)
    ON CONFLICT (event_id) DO NOTHING
""")
_LATER: Final = text("""
    SELECT 1 FROM carrier_reports WHERE document_id = :document AND at > :at AND event_id <> :event LIMIT 1
""")
_CASE: Final = text("SELECT id FROM flow_instances WHERE document_id = :id")


class NotYet(Exception):
    """The delivery's card is not there yet: the report is to be sent again in a moment."""


class Report(BaseModel):
    """One report of a carrier. ``id`` is the carrier's own number of it, ``at`` the moment it happened."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str = Field(min_length=1, max_length=120)
    delivery: str = Field(min_length=1, max_length=40)
    status: Status
    at: AwareDatetime
    taken_by: str = Field("", max_length=120)
    words: str = Field("", max_length=300)


def take(desk: Desk, report: Report) -> bool:
    """Take a report, once, and tell whether there is such a delivery.

    One that comes after a later one, or about a delivery that is over, is kept and changes nothing. Raises NotYet.
    """
    with writing(desk.engine) as db:
        found = documents.find(db, deliveries.KIND, report.delivery)
        if found is None:
            return False
        documents.lock(db, found)
        row = {"event": report.id, "document": found, "status": report.status, "at": to_micros(report.at)}
        if db.execute(_ONCE, row).rowcount != 1 or documents.load(db, found).state != "open":
            return True
        if report.status == "delivered":
            _arrived(db, desk, found, report)
        elif db.execute(_LATER, {**row}).first() is None:
            tell(db, desk, found, {"status": report.status})
    return True


def _arrived(db: Connection, desk: Desk, delivery_id: int, report: Report) -> None:
    fields: dict[str, Answer] = {"taken_by": report.taken_by} if report.taken_by else {}
    if db.execute(_CASE, {"id": delivery_id}).scalar() is None:
        raise NotYet
    signals.take(db, desk, Signal(delivery_id, "arrive", "delivered", fields))


def tell(db: Connection, desk: Desk, delivery_id: int, fields: Mapping[str, Answer]) -> None:
    """Write what is known of a delivery into it, and have its cards shown anew."""
    documents.note_fields(db, delivery_id, fields)
    instance_id = db.execute(_CASE, {"id": delivery_id}).scalar()
    if instance_id is not None:
        task = cases.last_task(db, int(instance_id))
        move = moves.Move(db, desk, cases.flow_of(db, task), task.instance_id, delivery_id, task.requester_id, None)
        move.note({"reached": task.reached, "opened": []})
