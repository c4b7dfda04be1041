"""Photos and files of a paper: those that came with an answer, and those that somebody added to its case."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, text

from inventory_core import journal
from inventory_core.db.metadata import from_micros, to_micros
from inventory_core.db.quick import Statement
from workflows import moves, photos
from workflows.desk import Desk
from workflows.intents import Photo
from workflows.people import Employee

TOKEN: Final = "photos:"  # noqa: S105 (no secret)
"""What the token of a button begins with that shows a document's photos; the document's id follows."""

_ADDED: Final = "+"
"""The field of what came with no answer: no field of a form is called so."""

_OF_DOCUMENT: Final = Statement("""
    SELECT a.id, a.document_id, a.field, e.name, a.name, a.sha256, a.at FROM attachments a
    JOIN employees e ON e.id = a.employee_id WHERE a.document_id = :id ORDER BY a.id
""")
_ONE: Final = Statement("""
    SELECT a.id, a.document_id, a.field, e.name, a.name, a.sha256, a.at FROM attachments a
    JOIN employees e ON e.id = a.employee_id WHERE a.id = :id
""")
_INSERT: Final = text("""
    INSERT INTO attachments (document_id, field, employee_id, name, sha256, size, at)
    VALUES (:document, :field, :employee, :name, :sha256, :size, :now)
""")
_DOCUMENT: Final = text("SELECT document_id FROM flow_instances WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was looked at and stored: its name, the SHA-256 of what is stored, and its size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a paper. ``is_added``: it came with no answer, so no decision tells of it."""

    id: int
    document_id: int
    is_added: bool
    by: str
    name: str
    sha256: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Added:
    """So many files that somebody added at once."""

    at: dt.datetime
    by: str
    count: int


def add(db: Connection, desk: Desk, instance_id: int, employee: Employee, files: Sequence[Kept]) -> int:
    """Add files to a case's paper, and return how many of them are new: what is there from this person stays one."""
    moves.claim_case(db, instance_id)
    document_id = db.execute(_DOCUMENT, {"id": instance_id}).scalar_one()
    known = set(
        db.execute(
            text("SELECT sha256 FROM attachments WHERE document_id = :document AND employee_id = :employee"),
            {"document": document_id, "employee": employee.id},
        ).scalars()
    )
    fresh = {each.sha256: each for each in files if each.sha256 not in known}
    for each in fresh.values():
        values = {"document": document_id, "field": _ADDED, "employee": employee.id, "now": to_micros(desk.clock())}
        db.execute(_INSERT, {**values, "name": each.name[:255], "sha256": each.sha256, "size": each.size})
    if fresh:
        journal.write(
            db,
            "case.attached",
            now=desk.clock(),
            employee_id=employee.id,
            document_id=document_id,
            subject=f"case:{instance_id}",
            facts={"files": len(fresh)},
        )
    return len(fresh)


def of_document(db: Connection, document_id: int) -> Sequence[Attachment]:
    """Return the files of a paper, oldest first."""
    return [_attachment(row) for row in _OF_DOCUMENT.rows(db, {"id": document_id})]


def different(files: Sequence[Attachment]) -> Sequence[Attachment]:
    """Return the files, each content once."""
    found: dict[str, Attachment] = {}
    for each in files:
        found.setdefault(each.sha256, each)
    return list(found.values())


def load(desk: Desk, attachment: Attachment) -> Photo | None:
    """Return the bytes as they are kept, or None where the file is gone."""
    try:
        return photos.load(desk.files, attachment.sha256)
    except (StopIteration, OSError):
        return None


def one(db: Connection, attachment_id: int) -> Attachment | None:
    row = _ONE.first(db, {"id": attachment_id})
    return _attachment(row) if row else None


def added(files: Sequence[Attachment]) -> Sequence[Added]:
    """Return what was added without an answer, as the story of a paper tells it."""
    found = groupby((each for each in files if each.is_added), key=lambda each: (each.at, each.by))
    return [Added(at, by, len(list(group))) for (at, by), group in found]


def _attachment(row: Any) -> Attachment:
    return Attachment(row[0], row[1], row[2] == _ADDED, row[3], row[4], row[5], from_micros(row[6]))
