"""Forms that somebody began and has not sent: what they wrote is kept for thirty days, or until the task is settled."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, text

from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import from_micros, to_micros
from workflows import people, tokens
from workflows.desk import Desk
from workflows.intents import Sender

LIFE: Final = dt.timedelta(days=30)

_LOAD: Final = text("""
    SELECT answers, files, begun_at FROM unsent_forms
    WHERE employee_id = :employee AND task_id = :task AND outcome = :outcome AND saved_at > :since
""")
_STORE: Final = text("""
    INSERT INTO unsent_forms (employee_id, task_id, outcome, answers, files, begun_at, saved_at)
    VALUES (:employee, :task, :outcome, :answers, :files, :begun, :now)
    ON CONFLICT (employee_id, task_id, outcome) DO UPDATE SET answers = excluded.answers, files = excluded.files,
        begun_at = excluded.begun_at, saved_at = excluded.saved_at
""")
_DROP: Final = text("""
    DELETE FROM unsent_forms WHERE employee_id = :employee AND task_id = :task AND outcome = :outcome
""")
_FORGET: Final = text("""
    DELETE FROM unsent_forms
    WHERE saved_at <= :since OR task_id IN (SELECT id FROM tasks WHERE state <> 'open' AND id IN
        (SELECT task_id FROM unsent_forms))
""")

Files = Mapping[str, Sequence[str]]
"""The digests of the files that came, by field."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """What somebody wrote so far, and since when."""

    begun_at: dt.datetime
    answers: Mapping[str, str] = field(default_factory=dict)
    files: Files = field(default_factory=dict)


def load(desk: Desk, sender: Sender, token: str) -> Unsent | None:
    """Return what somebody wrote into the form behind a button; None when there is nothing, or it is too old."""
    with reading(desk.engine) as db:
        key = _key(db, sender, token)
        return _loaded(db, desk, key) if key else None


def save(desk: Desk, sender: Sender, token: str, answers: Mapping[str, str], files: Files | None = None) -> None:
    """Keep answers and files beside those that were kept before; one to the same question takes its place."""
    with writing(desk.engine) as db:
        key = _key(db, sender, token)
        if key is None:
            return
        before = _loaded(db, desk, key) or Unsent(desk.clock())
        _store(db, desk, key, Unsent(before.begun_at, {**before.answers, **answers}, {**before.files, **(files or {})}))
        db.execute(_FORGET, {"since": _since(desk)})


def drop(desk: Desk, sender: Sender, token: str) -> None:
    """Forget what was written."""
    with writing(desk.engine) as db:
        key = _key(db, sender, token)
        if key is not None:
            db.execute(_DROP, key)


def _store(db: Connection, desk: Desk, key: Mapping[str, Any], kept: Unsent) -> None:
    stored = {"answers": json.dumps(kept.answers), "files": json.dumps(kept.files)}
    begun, now = to_micros(kept.begun_at), to_micros(desk.clock())
    db.execute(_STORE, {**key, **stored, "begun": begun, "now": now})


def _loaded(db: Connection, desk: Desk, key: Mapping[str, Any]) -> Unsent | None:
    row = db.execute(_LOAD, {**key, "since": _since(desk)}).first()
    return Unsent(from_micros(row.begun_at), _json(row.answers), _json(row.files)) if row else None


def _since(desk: Desk) -> int:
    return to_micros(desk.clock() - LIFE)


def _json(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored


def _key(db: Connection, sender: Sender, token: str) -> Mapping[str, Any] | None:
    """Return who writes about what; a form is the same for every revision of its paper, and in every chat."""
    employee, held = people.who(db, sender), tokens.held(db, token)
    if employee is None or held is None:
        return None
    return {"employee": employee.id, "task": held.task_id, "outcome": held.outcome}
