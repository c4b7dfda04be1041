"""What people say about a case without deciding it: comments, a question to a colleague, and the answer."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, text

from inventory_core import journal
from inventory_core.db.metadata import from_micros, to_micros
from inventory_core.db.quick import Statement

LONGEST: Final = 500
_COLUMNS: Final = """
    SELECT r.id, r.instance_id, r.employee_id, e.name, COALESCE(a.name, ''), r.at, r.words, r.is_open
    FROM remarks r JOIN employees e ON e.id = r.employee_id LEFT JOIN employees a ON a.id = r.asked_id
"""


_OF_CASE: Final = Statement(_COLUMNS + " WHERE r.instance_id = :id ORDER BY r.id")


@dataclass(frozen=True, slots=True)
class Remark:
    """``asked`` is the colleague who is asked, empty for a comment or an answer; ``is_open`` until they answered."""

    id: int
    instance_id: int
    employee_id: int
    name: str
    asked: str
    at: dt.datetime
    words: str
    is_open: bool


def add(
    db: Connection,
    instance_id: int,
    words: str,
    *,
    employee_id: int,
    now: dt.datetime,
    asked_id: int | None = None,
    answers: int | None = None,
    dedupe: str | None = None,
) -> int:
    """Note what somebody says about a case: a comment, a question to ``asked_id``, or the answer to one.

    The same ``dedupe`` is noted once.
    """
    said = db.execute(text("SELECT id FROM remarks WHERE dedupe_key = :key"), {"key": dedupe}).scalar()
    if said is not None:
        return int(said)
    made = db.execute(
        text("""
            INSERT INTO remarks (instance_id, employee_id, asked_id, answers_id, at, words, is_open, dedupe_key)
            VALUES (:instance, :employee, :asked, :answers, :now, :words, :is_open, :dedupe) RETURNING id
        """),
        {
            "instance": instance_id,
            "employee": employee_id,
            "asked": asked_id,
            "answers": answers,
            "now": to_micros(now),
            "words": words.strip()[:LONGEST],
            "is_open": int(asked_id is not None),
            "dedupe": dedupe,
        },
    ).scalar_one()
    if answers is not None:
        db.execute(text("UPDATE remarks SET is_open = 0 WHERE id = :id"), {"id": answers})
    document_id, version = db.execute(
        text("SELECT document_id, flow_version_id FROM flow_instances WHERE id = :id"), {"id": instance_id}
    ).one()
    journal.write(
        db,
        "case.remarked",
        now=now,
        employee_id=employee_id,
        document_id=document_id,
        subject=f"case:{instance_id}",
        facts={"remark": made, "asked": asked_id, "answers": answers, "version": version},
    )
    return int(made)


def of_case(db: Connection, instance_id: int) -> Sequence[Remark]:
    """Return all that was said about a case, oldest first."""
    return [_remark(row) for row in _OF_CASE.rows(db, {"id": instance_id})]


def one(db: Connection, remark_id: int) -> Remark | None:
    row = db.execute(text(_COLUMNS + " WHERE r.id = :id"), {"id": remark_id}).first()
    return _remark(row) if row else None


def open_for(db: Connection, employee_id: int) -> Sequence[Remark]:
    """Return the questions that wait for somebody's answer, oldest first."""
    rows = db.execute(text(_COLUMNS + " WHERE r.asked_id = :id AND r.is_open = 1 ORDER BY r.id"), {"id": employee_id})
    return [_remark(row) for row in rows]


def _remark(row: Any) -> Remark:
    values: tuple[Any, ...] = (*row[:5], from_micros(row[5]), row[6], bool(row[7]))
    return Remark(*values)


def name_of(db: Connection, employee_id: int) -> str:
    return str(db.execute(text("SELECT name FROM employees WHERE id = :id"), {"id": employee_id}).scalar_one())
