"""Chats that no longer take messages: closed when a platform says so, and opened again when somebody is there."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import journal
from workflows.intents import Address

REASONS: Final = frozenset({"blocked", "chat_not_found", "not_in_channel", "chat_closed", "no_rights", "topic_gone"})
"""The failures by which a platform says that a chat takes nothing any more, whatever is sent there."""

_CLOSE: Final = text("UPDATE chats SET is_open = 0 WHERE id = :id AND is_open = 1 RETURNING id")
_OPEN: Final = text("""
    UPDATE chats SET is_open = 1
    WHERE platform = :platform AND workspace = :workspace AND chat = :chat AND is_open = 0 RETURNING id
""")
_LAST: Final = text("""
    SELECT subject, facts FROM journal WHERE kind = 'chat.closed' AND subject LIKE :chat ORDER BY id DESC LIMIT 1
""")
_ONE: Final = text("""
    SELECT c.platform, c.workspace, c.chat, c.is_open, e.name FROM chats c
    LEFT JOIN employees e ON e.id = c.employee_id WHERE c.id = :id
""")


@dataclass(frozen=True, slots=True)
class Chat:
    """Where somebody reads. ``name`` is whose chat it is, or empty for a channel."""

    address: Address
    is_open: bool
    name: str


def find(db: Connection, chat_id: int) -> Chat | None:
    row = db.execute(_ONE, {"id": chat_id}).first()
    return Chat(Address(row.platform, row.workspace, row.chat), bool(row.is_open), row.name or "") if row else None


def close(db: Connection, chat_id: int, reason: str, *, now: dt.datetime) -> bool:
    """Send nothing there any more, and let that be told; tell whether it was open until now."""
    assert reason in REASONS
    if db.execute(_CLOSE, {"id": chat_id}).first() is None:
        return False
    times = db.execute(
        text("SELECT COUNT(*) FROM journal WHERE kind = 'chat.closed' AND subject LIKE :chat"),
        {"chat": f"closed:{chat_id}.%"},
    ).scalar_one()
    journal.write(
        db, "chat.closed", now=now, subject=f"closed:{chat_id}.{times + 1}", facts={"chat": chat_id, "reason": reason}
    )
    return True


def close_at(db: Connection, address: Address, reason: str, *, now: dt.datetime) -> bool:
    """Close the chat of an address, if there is one."""
    chat_id = _id_of(db, address)
    return chat_id is not None and close(db, chat_id, reason, now=now)


def reopen(db: Connection, address: Address, *, now: dt.datetime) -> bool:
    """Send messages there again, what waits first; tell whether it was closed until now."""
    chat_id = db.execute(_OPEN, _key(address)).scalar()
    if chat_id is None:
        return False
    last = db.execute(_LAST, {"chat": f"closed:{chat_id}.%"}).first()
    journal.write(
        db, "chat.opened", now=now, subject=last.subject if last else f"closed:{chat_id}.0", facts={"chat": chat_id}
    )
    return True


def move(db: Connection, chat_id: int, to: str, *, now: dt.datetime) -> bool:
    """Give a chat the new id that its platform named, and note that; tell whether it had another one until now.

    All that waits for it goes there, and its cards are shown anew when they change: a platform that gives a chat
    another id shows none of its messages under that. Where the new one is known already, the old one is closed.
    """
    chat = find(db, chat_id)
    if chat is None or chat.address.chat == to:  # another worker was faster
        return False
    there = replace(chat.address, chat=to)
    if _id_of(db, there) is not None:
        return close(db, chat_id, "chat_not_found", now=now)
    db.execute(text("UPDATE chats SET chat = :chat WHERE id = :id"), {"chat": to, "id": chat_id})
    db.execute(text("UPDATE messages SET ref = '' WHERE chat_id = :id"), {"id": chat_id})
    facts = {"chat": chat_id, "from": chat.address.chat, "to": to}
    journal.write(db, "chat.moved", now=now, subject=f"moved:{chat_id}", facts=facts)
    return True


def is_closed(db: Connection, address: Address) -> bool:
    """Tell whether a chat is known and takes no messages."""
    found = db.execute(
        text("""
            SELECT 1 FROM chats
            WHERE platform = :platform AND workspace = :workspace AND chat = :chat AND is_open = 0
        """),
        _key(address),
    ).first()
    return found is not None


def _id_of(db: Connection, address: Address) -> int | None:
    found = db.execute(
        text("SELECT id FROM chats WHERE platform = :platform AND workspace = :workspace AND chat = :chat"),
        _key(address),
    ).scalar()
    return int(found) if found is not None else None


def _key(address: Address) -> dict[str, str]:
    return {"platform": address.platform, "workspace": address.workspace, "chat": address.chat}
