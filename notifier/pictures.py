"""Pictures that go with a message: asked for with the figures of the moment, drawn by a worker, kept as files."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from charts.picture import Picture
from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import to_micros
from notifier import drawings
from workflows.definition import Language
from workflows.desk import Desk

_WANT = text("""
    INSERT INTO pictures (subject, language, report, wanted_at) VALUES (:subject, :language, :report, :now)
    ON CONFLICT (subject, language) DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture's row: its number and how far it is (wanted, ready or failed)."""

    id: int
    state: str


def want(db: Connection, subject: str, language: Language, report: Mapping[str, Any], *, now: dt.datetime) -> None:
    """Ask for a picture of a subject, once a language; ``report`` holds its figures as plain JSON values."""
    db.execute(
        _WANT,
        {"subject": subject, "language": language, "report": json.dumps(report), "now": to_micros(now)},
    )


def of_subject(db: Connection, subject: str, language: str) -> Wanted | None:
    """Return the picture that belongs to a message about this subject, or None where there is none."""
    row = db.execute(
        text("SELECT id, state FROM pictures WHERE subject = :subject AND language = :language"),
        {"subject": subject, "language": language},
    ).first()
    return Wanted(*row) if row else None


def undrawn(db: Connection, *, limit: int) -> list[int]:
    """Return the pictures that nobody has drawn yet, oldest first."""
    rows = db.execute(text("SELECT id FROM pictures WHERE state = 'wanted' ORDER BY id LIMIT :limit"), {"limit": limit})
    return [int(row.id) for row in rows]


def path(desk: Desk, picture_id: int) -> Path:
    """Return where a drawn picture lies."""
    return desk.files.parent / "pictures" / f"{picture_id}.png"


def draw(desk: Desk, picture_id: int) -> None:
    """Draw one picture and note it; drawing it twice gives the same file."""
    with reading(desk.engine) as db:
        row = db.execute(
            text("SELECT subject, language, report, state FROM pictures WHERE id = :id"), {"id": picture_id}
        ).first()
    if row is None or row.state != "wanted":
        return
    report = json.loads(row.report) if isinstance(row.report, str) else row.report
    try:
        drawn = drawings.draw(row.subject, row.language, report)
    except Exception:
        _note(desk, picture_id, "failed", alt="", name="")
        raise
    target = path(desk, picture_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    part.write_bytes(drawn.png)
    part.replace(target)
    _note(desk, picture_id, "ready", alt=drawn.alt, name=drawn.name)


def _note(desk: Desk, picture_id: int, state: str, *, alt: str, name: str) -> None:
    with writing(desk.engine) as db:
        db.execute(
            text("UPDATE pictures SET state = :state, alt = :alt, name = :name WHERE id = :id"),
            {"id": picture_id, "state": state, "alt": alt, "name": name},
        )


def read(desk: Desk, picture_id: int) -> Picture | None:
    """Return a drawn picture with its words, or None when there is none (or its file was lost)."""
    with reading(desk.engine) as db:
        row = db.execute(
            text("SELECT name, alt FROM pictures WHERE id = :id AND state = 'ready'"), {"id": picture_id}
        ).first()
    file = path(desk, picture_id)
    return Picture(row.name, file.read_bytes(), row.alt) if row and file.exists() else None
