"""Reads and writes documents."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core.db.quick import Statement, Value, day_value
from inventory_core.document import Answer, Document, Line
from inventory_core.errors import StaleRevision

_LOAD = Statement("""
    SELECT d.id, d.kind, d.number, d.state, d.revision, d.partner_id, p.name, d.site_id, d.source_id,
           s.number, d.opened_on, d.due_on, d.currency, d.fields
    FROM documents d LEFT JOIN partners p ON p.id = d.partner_id LEFT JOIN documents s ON s.id = d.source_id
    WHERE d.id = :id
""")
_LOAD_LINES = Statement("""
    SELECT l.id, l.position, l.item_id, i.code, i.name, i.base_unit, i.precision, l.ordered, l.done, l.rejected,
           l.price, l.source_line_id, l.tolerance, l.lot_id, i.aql, l.fields
    FROM document_lines l JOIN items i ON i.id = l.item_id WHERE l.document_id = :id ORDER BY l.position
""")
_CREATE = Statement("""
    INSERT INTO documents (kind, number, state, partner_id, site_id, source_id, opened_on, due_on, currency, fields)
    VALUES (:kind, :number, :state, :partner_id, :site_id, :source_id, :opened_on, :due_on, :currency, :fields)
    RETURNING id
""")
_LINE = Statement("""
    INSERT INTO document_lines
        (document_id, position, item_id, lot_id, source_line_id, ordered, tolerance, price, fields)
    VALUES (:document_id, :position, :item_id, :lot_id, :source_line_id, :ordered, :tolerance, :price, :fields)
""")
_STORE = Statement("""
    UPDATE documents SET revision = revision + 1, fields = :fields WHERE id = :id AND revision = :revision
""")
_STORE_LINE = Statement("UPDATE document_lines SET done = :done, rejected = :rejected, fields = :fields WHERE id = :id")

_SET_FIELDS = Statement("UPDATE documents SET fields = :fields WHERE id = :id")
_SET_LINE = Statement("UPDATE document_lines SET ordered = :ordered, done = :done, fields = :fields WHERE id = :id")
_SET_STATE = Statement("UPDATE documents SET state = :state WHERE id = :id")


def _date(value: Any) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def from_json(value: Any) -> dict[str, Any]:
    """Return the answers that ``to_json`` made a text of."""
    if value == "{}":
        return {}
    return json.loads(value) if isinstance(value, str) else dict(value)


def load(db: Connection, document_id: int) -> Document:
    """Return a document with its lines in order."""
    head = _LOAD.first(db, {"id": document_id})
    assert head is not None, "a document that was never deleted"
    lines = tuple(Line(*(*row[:15], from_json(row[15]))) for row in _LOAD_LINES.rows(db, {"id": document_id}))
    dates = _date(head[10]), _date(head[11])
    values = (*head[:6], head[6] or "", *head[7:9], head[9] or "", *dates, head[12], from_json(head[13]), lines)
    return Document(*values)


def find(db: Connection, kind: str, number: str) -> int | None:
    """Return the document of this kind and number, in any letter case, or None."""
    found = db.execute(
        text("SELECT id FROM documents WHERE kind = :kind AND lower(number) = lower(:number)"),
        {"kind": kind, "number": number},
    ).scalar()
    return int(found) if found is not None else None


def lock(db: Connection, document_id: int) -> None:
    """Let no other transaction change a document until this one ends; SQLite has one writer anyway."""
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT 1 FROM documents WHERE id = :id FOR UPDATE"), {"id": document_id})


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be written; ``ordered`` in smallest units, ``price`` in 1/10,000 a base unit."""

    item_id: int
    ordered: int
    price: int = 0
    source_line_id: int | None = None
    tolerance: int = 0
    lot_id: int = 0
    fields: Mapping[str, Answer] = field(default_factory=dict)


def create(
    db: Connection,
    kind: str,
    number: str,
    *,
    site_id: int,
    lines: Sequence[NewLine],
    opened_on: dt.date,
    due_on: dt.date | None = None,
    partner_id: int | None = None,
    source_id: int | None = None,
    currency: str = "USD",
    state: str = "open",
    fields: Mapping[str, Answer] | None = None,
) -> int:
    """Write a document with its lines and return its id; ``fields`` are what its stage knows already."""
    made = _CREATE.scalar(
        db,
        {
            "kind": kind,
            "number": number,
            "state": state,
            "partner_id": partner_id,
            "site_id": site_id,
            "source_id": source_id,
            "opened_on": day_value(db, opened_on),
            "due_on": day_value(db, due_on) if due_on else None,
            "currency": currency,
            "fields": to_json(fields or {}),
        },
    )
    if lines:
        _write_lines(db, int(made), lines)
    return int(made)


def add_lines(db: Connection, document_id: int, lines: Sequence[NewLine]) -> None:
    """Write lines below those that a document has."""
    last = db.execute(
        text("SELECT COALESCE(MAX(position), 0) FROM document_lines WHERE document_id = :id"), {"id": document_id}
    ).scalar_one()
    _write_lines(db, document_id, lines, first=int(last) + 1)


def set_partner(db: Connection, document_id: int, partner_id: int | None) -> None:
    """Say whom a document is for, or from."""
    db.execute(
        text("UPDATE documents SET partner_id = :partner WHERE id = :id"), {"id": document_id, "partner": partner_id}
    )


def set_source(db: Connection, document_id: int, source_id: int) -> None:
    """Say which paper a document serves."""
    db.execute(
        text("UPDATE documents SET source_id = :source WHERE id = :id"), {"id": document_id, "source": source_id}
    )


def note_fields(db: Connection, document_id: int, values: Mapping[str, Answer | None]) -> None:
    """Write fields that a stage fills by itself beside what people answered; None takes one away."""
    stored = db.execute(text("SELECT fields FROM documents WHERE id = :id"), {"id": document_id}).scalar_one()
    fields = {name: value for name, value in {**from_json(stored), **values}.items() if value is not None}
    _SET_FIELDS.run(db, {"id": document_id, "fields": to_json(fields)})


def raise_revision(db: Connection, document_id: int) -> None:
    """Count a change of a document that its own flow did not make."""
    db.execute(text("UPDATE documents SET revision = revision + 1 WHERE id = :id"), {"id": document_id})


def set_due(db: Connection, document_id: int, due_on: dt.date | None) -> None:
    """Say when a document is due."""
    db.execute(
        text("UPDATE documents SET due_on = :due_on WHERE id = :id").bindparams(bindparam("due_on", type_=Date())),
        {"id": document_id, "due_on": due_on},
    )


def _write_lines(db: Connection, document_id: int, lines: Sequence[NewLine], *, first: int = 1) -> None:
    _LINE.run_many(
        db,
        [
            {
                "document_id": document_id,
                "position": position,
                "item_id": line.item_id,
                "lot_id": line.lot_id,
                "source_line_id": line.source_line_id,
                "ordered": line.ordered,
                "tolerance": line.tolerance,
                "price": line.price,
                "fields": to_json(line.fields),
            }
            for position, line in enumerate(lines, first)
        ],
    )


def store_answers(db: Connection, before: Document, after: Document) -> None:
    """Write what people answered, as a new revision. Raises StaleRevision when somebody was faster."""
    values: dict[str, Value] = {"id": before.id, "revision": before.revision, "fields": to_json(after.fields)}
    if _STORE.changes(db, values) != 1:
        raise StaleRevision(document=before.number)
    changed = [new for old, new in zip(before.lines, after.lines, strict=True) if old != new]
    if changed:
        _STORE_LINE.run_many(
            db,
            [
                {"id": line.id, "done": line.done, "rejected": line.rejected, "fields": to_json(line.fields)}
                for line in changed
            ],
        )


def set_fields(db: Connection, document_id: int, fields: Mapping[str, Answer]) -> None:
    """Write a document's fields anew, as part of a decision whose answers are stored already."""
    _SET_FIELDS.run(db, {"id": document_id, "fields": to_json(fields)})


def set_line(db: Connection, line: Line) -> None:
    """Write what a line asks for, what is done of it, and its fields, as part of such a decision."""
    values: dict[str, Value] = {
        "id": line.id,
        "ordered": line.ordered,
        "done": line.done,
        "fields": to_json(line.fields),
    }
    _SET_LINE.run(db, values)


def to_json(fields: Mapping[str, Any]) -> str:
    """Return canonical JSON, as documents and decisions store their answers."""
    return json.dumps(dict(fields), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def set_state(db: Connection, document_id: int, state: str) -> None:
    _SET_STATE.run(db, {"id": document_id, "state": state})
