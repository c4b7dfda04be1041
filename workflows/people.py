"""Who is there: employees, the accounts by which they are known, and the secrets that prove it."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from sqlalchemy import Connection, text

from inventory_core import journal
from inventory_core.db.metadata import to_micros
from inventory_core.db.quick import Statement
from workflows import chats
from workflows.definition import Language
from workflows.intents import Address, Sender

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32 signs, none that reads like another
_CODE_LENGTH = 8
_CODE_LIFE = dt.timedelta(minutes=10)
_TRIES = 5
_TRIES_WITHIN = dt.timedelta(minutes=15)
_LIFE = {"signin": dt.timedelta(days=7), "session": dt.timedelta(days=30), "demo": dt.timedelta(days=30)}

_CODES_OPEN = Statement("""
    SELECT DISTINCT employee_id FROM link_codes WHERE used_at IS NULL AND expires_at > :now ORDER BY employee_id
""")

LinkFailure = Literal["link.wrong_code", "link.locked", "link.taken"]


@dataclass(frozen=True, slots=True)
class Employee:
    """Somebody who may act. ``roles`` are what flows ask for."""

    id: int
    code: str
    name: str
    language: Language
    roles: frozenset[str]


def create(db: Connection, code: str, name: str, *, language: Language, roles: Sequence[str]) -> int:
    """Add an employee with roles and a web inbox, and return the id."""
    employee_id = int(
        db.execute(
            text("INSERT INTO employees (code, name, language) VALUES (:code, :name, :language) RETURNING id"),
            {"code": code, "name": name, "language": language},
        ).scalar_one()
    )
    if roles:
        db.execute(
            text("INSERT INTO employee_roles (employee_id, role) VALUES (:employee_id, :role)"),
            [{"employee_id": employee_id, "role": role} for role in roles],
        )
    open_chat(db, Address("web", "", code), employee_id, language)
    return employee_id


def open_chat(db: Connection, address: Address, employee_id: int, language: Language) -> None:
    """Note where a person reads; a chat that was closed is opened again."""
    db.execute(
        text("""
            INSERT INTO chats (platform, workspace, chat, employee_id, purpose, language)
            VALUES (:platform, :workspace, :chat, :employee_id, 'person', :language)
            ON CONFLICT (platform, workspace, chat)
            DO UPDATE SET employee_id = excluded.employee_id, purpose = 'person', is_open = 1
        """),
        {
            "platform": address.platform,
            "workspace": address.workspace,
            "chat": address.chat,
            "employee_id": employee_id,
            "language": language,
        },
    )


def open_channel(db: Connection, address: Address, *, language: Language) -> None:
    """Let alerts and the digest go to a channel."""
    db.execute(
        text("""
            INSERT INTO chats (platform, workspace, chat, purpose, language)
            VALUES (:platform, :workspace, :chat, 'alerts', :language)
            ON CONFLICT (platform, workspace, chat) DO UPDATE SET purpose = 'alerts', is_open = 1, language = :language
        """),
        {
            "platform": address.platform,
            "workspace": address.workspace,
            "chat": address.chat,
            "language": language,
        },
    )


def who(db: Connection, sender: Sender) -> Employee | None:
    """Return the employee behind an account, or None when the account is linked to nobody who is active."""
    if sender.platform == "web":
        where, params = "e.code = :user", {"user": sender.user}
    else:
        where = """e.id = (SELECT employee_id FROM identities
                           WHERE platform = :platform AND workspace = :workspace AND "user" = :user)"""
        params = {"platform": sender.platform, "workspace": sender.workspace, "user": sender.user}
    return _one(db, where, params)


def by_code(db: Connection, code: str) -> Employee | None:
    return _one(db, "e.code = :code", {"code": code})


def by_id(db: Connection, employee_id: int) -> Employee | None:
    return _one(db, "e.id = :id", {"id": employee_id})


def _one(db: Connection, where: str, params: dict[str, str] | dict[str, int]) -> Employee | None:
    rows = _statement(where).rows(db, params)
    if not rows:
        return None
    first = rows[0]
    return Employee(first[0], first[1], first[2], first[3], frozenset(row[4] for row in rows if row[4]))


@lru_cache
def _statement(where: str) -> Statement:
    return Statement(f"""
        SELECT e.id, e.code, e.name, e.language, r.role FROM employees e
        LEFT JOIN employee_roles r ON r.employee_id = e.id WHERE e.is_active = 1 AND {where}
    """)  # noqa: S608 (the condition is ours)


def everyone(db: Connection) -> tuple[Employee, ...]:
    """Return all active employees in the order in which they were added."""
    ids = db.execute(text("SELECT id FROM employees WHERE is_active = 1 ORDER BY id")).scalars().all()
    return tuple(person for each in ids if (person := by_id(db, each)))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def new_link_code(db: Connection, employee: Employee, *, now: dt.datetime) -> str:
    """Return a one-time code, good for ten minutes, with which the employee ties a chat account to themselves."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    db.execute(
        text("INSERT INTO link_codes (code_hash, employee_id, expires_at) VALUES (:hash, :employee, :expires)"),
        {"hash": _hash(code), "employee": employee.id, "expires": to_micros(now + _CODE_LIFE)},
    )
    journal.write(db, "link.code_made", now=now, employee_id=employee.id)
    return code


def link(db: Connection, sender: Sender, chat: Address, code: str, *, now: dt.datetime) -> Employee | LinkFailure:
    """Tie an account to the employee of a one-time code; five wrong tries in 15 minutes lock the account out."""
    account = {"platform": sender.platform, "workspace": sender.workspace, "user": sender.user}
    tries = db.execute(
        text("""
            SELECT COUNT(*) FROM link_attempts
            WHERE platform = :platform AND workspace = :workspace AND "user" = :user AND at > :since
        """),
        {**account, "since": to_micros(now - _TRIES_WITHIN)},
    ).scalar_one()
    if tries >= _TRIES:
        return "link.locked"
    holder = db.execute(
        text("""
            UPDATE link_codes SET used_at = :now WHERE code_hash = :hash AND used_at IS NULL AND expires_at > :now
            RETURNING employee_id
        """),
        {"now": to_micros(now), "hash": _hash(code.strip().upper())},
    ).scalar()
    employee = by_id(db, holder) if holder is not None else None
    if employee is None:
        _note_wrong(db, sender, now=now, is_last=tries + 1 == _TRIES)
        db.execute(
            text("""
                INSERT INTO link_attempts (platform, workspace, "user", at) VALUES (:platform, :workspace, :user, :now)
            """),
            {**account, "now": to_micros(now)},
        )
        return "link.wrong_code"
    present = who(db, sender)
    if present is not None and present.id != employee.id:
        facts = {"platform": sender.platform, "by": present.name}
        journal.write(db, "link.taken", now=now, employee_id=employee.id, facts=facts)
        return "link.taken"
    db.execute(
        text("""
            INSERT INTO identities (platform, workspace, "user", employee_id, linked_at)
            VALUES (:platform, :workspace, :user, :employee, :now)
            ON CONFLICT (platform, workspace, "user") DO NOTHING
        """),
        {**account, "employee": employee.id, "now": to_micros(now)},
    )
    chats.reopen(db, chat, now=now)
    open_chat(db, chat, employee.id, employee.language)
    journal.write(
        db,
        "link.made",
        now=now,
        employee_id=employee.id,
        subject=f"chat:{chat}",
        facts={"platform": sender.platform},
    )
    return employee


def _note_wrong(db: Connection, sender: Sender, *, now: dt.datetime, is_last: bool) -> None:
    """Note a wrong code for the audit; after the last try tell those whose codes it could have been."""
    facts = {"platform": sender.platform}
    journal.write(db, "link.refused", now=now, facts=facts)
    asked = _CODES_OPEN.rows(db, {"now": to_micros(now)}) if is_last else ()
    for (employee_id,) in asked:
        journal.write(db, "link.locked", now=now, employee_id=int(employee_id), facts=facts)


def unlink(db: Connection, employee: Employee, platform: str, *, now: dt.datetime) -> int:
    """Untie all accounts of a platform from an employee, at once, and return how many there were.

    From then on nobody acts by them, and nothing is told in their chats.
    """
    key = {"employee": employee.id, "platform": platform}
    untied = db.execute(
        text("DELETE FROM identities WHERE employee_id = :employee AND platform = :platform RETURNING employee_id"), key
    ).all()
    db.execute(
        text("""
            UPDATE chats SET is_open = 0
            WHERE employee_id = :employee AND platform = :platform AND purpose = 'person' AND is_open = 1
        """),
        key,
    )
    if untied:
        journal.write(db, "link.ended", now=now, employee_id=employee.id, facts={"platform": platform})
    return len(untied)


def new_secret(
    db: Connection,
    kind: Literal["signin", "session", "demo"],
    employee: Employee | None,
    *,
    now: dt.datetime,
    life: dt.timedelta | None = None,
) -> str:
    """Return a secret that opens a page (a sign-in link, a browser session, the demo); only its hash is kept.

    It lasts as long as its kind does, or for ``life``.
    """
    secret = secrets.token_urlsafe(24)
    db.execute(
        text("""
            INSERT INTO sessions (token_hash, kind, employee_id, expires_at) VALUES (:hash, :kind, :employee, :expires)
        """),
        {
            "hash": _hash(secret),
            "kind": kind,
            "employee": employee.id if employee else None,
            "expires": to_micros(now + (life or _LIFE[kind])),
        },
    )
    return secret


def behind_secret(
    db: Connection, kind: Literal["signin", "session"], secret: str, *, now: dt.datetime
) -> Employee | None:
    """Return whose sign-in link or session this is, or None when it is unknown or over."""
    holder = db.execute(
        text("SELECT employee_id FROM sessions WHERE token_hash = :hash AND kind = :kind AND expires_at > :now"),
        {"hash": _hash(secret), "kind": kind, "now": to_micros(now)},
    ).scalar()
    return by_id(db, holder) if holder is not None else None


def is_demo_secret(db: Connection, secret: str, *, now: dt.datetime) -> bool:
    """Tell whether this secret opens the demo page."""
    found = db.execute(
        text("SELECT 1 FROM sessions WHERE token_hash = :hash AND kind = 'demo' AND expires_at > :now"),
        {"hash": _hash(secret), "now": to_micros(now)},
    ).scalar()
    return found is not None
