"""The photos and papers that came with the answers about a document: which there are, and who may see them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, text

from inventory_core.db.metadata import from_micros
from workflows import photos
from workflows.desk import Desk
from workflows.intents import Photo

TOKEN: Final = "photos:"  # noqa: S105 (no secret)
"""What the token of a button begins with that shows a document's photos; the document's id follows."""

_COLUMNS: Final = """
    SELECT a.id, a.document_id, a.name, a.sha256, e.name AS who, a.at FROM attachments a
    JOIN employees e ON e.id = a.employee_id
"""
_OF_DOCUMENT: Final = text(_COLUMNS + " WHERE a.document_id = :id ORDER BY a.id")
_ONE: Final = text(_COLUMNS + " WHERE a.id = :id")
_COUNT: Final = text("SELECT COUNT(DISTINCT sha256) FROM attachments WHERE document_id = :id")


@dataclass(frozen=True, slots=True)
class Attached:
    """A photo or a PDF, who added it, and when; ``digest`` is that of its bytes as they are kept."""

    id: int
    document_id: int
    name: str
    digest: str
    who: str
    at: dt.datetime


def count(db: Connection, document_id: int) -> int:
    """Return how many different photos and papers came with a document."""
    return int(db.execute(_COUNT, {"id": document_id}).scalar_one())


def of_document(db: Connection, document_id: int) -> Sequence[Attached]:
    """Return what came with a document, in the order in which it came; what came twice, once."""
    found: dict[str, Attached] = {}
    for row in db.execute(_OF_DOCUMENT, {"id": document_id}):
        found.setdefault(row.sha256, _attached(row))
    return list(found.values())


def one(db: Connection, attached_id: int) -> Attached | None:
    row = db.execute(_ONE, {"id": attached_id}).first()
    return _attached(row) if row else None


def load(desk: Desk, attached: Attached) -> Photo | None:
    """Return the bytes as they are kept, or None where the file is gone."""
    try:
        return photos.load(desk.files, attached.digest)
    except (StopIteration, OSError):
        return None


def _attached(row: Any) -> Attached:
    return Attached(row.id, row.document_id, row.name, row.sha256, row.who, from_micros(row.at))
