"""The journal: who changed what, written in the change's own transaction.

One table with three uses: the audit trail (append-only, sealed into a hash chain), the outbox of the notifier, and the
live feed of the pages.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, text

from inventory_core.db.metadata import from_micros, to_micros
from inventory_core.db.quick import Statement

_INSERT = Statement("""
    INSERT INTO journal (at, kind, employee_id, document_id, subject, facts)
    VALUES (:at, :kind, :employee_id, :document_id, :subject, :facts) RETURNING id
""")
_INSERT_OUTBOX = Statement("INSERT INTO outbox (entry_id) VALUES (:entry_id)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry. ``facts`` are plain JSON values."""

    id: int
    at: dt.datetime
    kind: str
    employee_id: int | None
    document_id: int | None
    subject: str
    facts: Mapping[str, Any]


def write(
    db: Connection,
    kind: str,
    *,
    now: dt.datetime,
    employee_id: int | None = None,
    document_id: int | None = None,
    subject: str = "",
    facts: Mapping[str, Any] | None = None,
) -> int:
    """Append one entry, to be told by the relay, and return its number."""
    made = _INSERT.run(
        db,
        {
            "at": to_micros(now),
            "kind": kind,
            "employee_id": employee_id,
            "document_id": document_id,
            "subject": subject,
            "facts": json.dumps(facts or {}, ensure_ascii=False, separators=(",", ":"), sort_keys=True),
        },
    ).fetchone()
    entry_id = int(made[0])
    _INSERT_OUTBOX.run(db, {"entry_id": entry_id})
    return entry_id


def untold(db: Connection, *, limit: int) -> tuple[Entry, ...]:
    """Return entries that the relay has not told, oldest first; on PostgreSQL claimed against other relays."""
    lock = " FOR UPDATE OF o SKIP LOCKED" if db.dialect.name == "postgresql" else ""
    rows = db.execute(
        text(f"""
            SELECT j.id, j.at, j.kind, j.employee_id, j.document_id, j.subject, j.facts
            FROM outbox o JOIN journal j ON j.id = o.entry_id ORDER BY o.entry_id LIMIT :limit{lock}
        """),  # noqa: S608 (the lock clause is ours)
        {"limit": limit},
    )
    return tuple(_entry(*row) for row in rows)


def _entry(id_: int, at: int, kind: str, employee: int | None, document: int | None, subject: str, facts: Any) -> Entry:
    parsed = json.loads(facts) if isinstance(facts, str) else facts
    return Entry(id_, from_micros(at), kind, employee, document, subject, parsed)


def mark_told(db: Connection, entries: Sequence[Entry]) -> None:
    """Seal the entries into the hash chain and take them out of the outbox."""
    if not entries:
        return
    if db.dialect.name == "postgresql":  # one relay at a time extends the chain
        db.execute(text("SELECT pg_advisory_xact_lock(7368)"))
    head = db.execute(text("SELECT hash FROM journal_seals ORDER BY seq DESC LIMIT 1")).scalar() or ""
    seals = []
    for entry in entries:
        head = seal(head, entry)
        seals.append({"entry_id": entry.id, "hash": head})
    db.execute(text("INSERT INTO journal_seals (entry_id, hash) VALUES (:entry_id, :hash)"), seals)
    db.execute(
        text("DELETE FROM outbox WHERE entry_id IN :ids").bindparams(bindparam("ids", expanding=True)),
        {"ids": [entry.id for entry in entries]},
    )


def seal(previous: str, entry: Entry) -> str:
    """Return the chain's next hash: SHA-256 over the previous hash and the entry in canonical JSON."""
    canonical = json.dumps(
        [
            previous,
            entry.id,
            to_micros(entry.at),
            entry.kind,
            entry.employee_id,
            entry.document_id,
            entry.subject,
            dict(entry.facts),
        ],
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def sealed(db: Connection) -> Sequence[tuple[str, Entry]]:
    """Return the whole chain, oldest first: each hash with its entry."""
    rows = db.execute(
        text("""
            SELECT s.hash, j.id, j.at, j.kind, j.employee_id, j.document_id, j.subject, j.facts
            FROM journal_seals s JOIN journal j ON j.id = s.entry_id ORDER BY s.seq
        """)
    )
    return [(row[0], _entry(*row[1:])) for row in rows]
