"""What stands in the database about Slack's chats: what a message is about, and the language of who reads."""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from sqlalchemy import text

from inventory_core.db.engine import reading
from inventory_core.db.metadata import to_micros
from workflows import people, tokens
from workflows.definition import Language
from workflows.desk import Desk
from workflows.intents import Address, Sender

_MESSAGE = text("""
    SELECT m.subject, m.ref FROM messages m JOIN chats c ON c.id = m.chat_id
    WHERE c.platform = :platform AND c.workspace = :workspace AND c.chat = :chat AND ',' || m.ref || ',' LIKE :holds
""")

_NEWER: Final = text("""
    SELECT 1 FROM messages m JOIN chats c ON c.id = m.chat_id
    WHERE c.platform = :platform AND c.workspace = :workspace AND c.chat = :chat AND ',' || m.ref || ',' LIKE :holds
      AND (m.lease_until > :now OR EXISTS (
        SELECT 1 FROM deliveries d WHERE d.message_id = m.id AND d.state = 'delivered' AND d.settled_at > :since))
""")


def whole_ref(desk: Desk, chat: Address, message: str) -> str:
    """Return the ids of all messages of the card that a message belongs to, or its own alone."""
    found = _found(desk, chat, message)
    return found[1] if found else message


def is_told(desk: Desk, chat: Address, message: str) -> bool:
    """Tell whether a message is the notifier's, which keeps it true."""
    return _found(desk, chat, message) is not None


def is_newer(desk: Desk, chat: Address, message: str, since: dt.datetime) -> bool:
    """Tell whether the notifier showed a later state than that of ``since``, or is at it now."""
    times = {"since": to_micros(since), "now": to_micros(desk.clock())}
    with reading(desk.engine) as db:
        return db.execute(_NEWER, {**_key(chat, message), **times}).first() is not None


def subject_of(desk: Desk, chat: Address, message: str) -> str:
    """Return what a message of the notifier's is about, such as ``task:5``, or nothing."""
    found = _found(desk, chat, message)
    return found[0] if found else ""


def subject_behind(desk: Desk, chat: Address, button_tokens: Iterable[str]) -> str:
    """Return the task that the buttons under a message belong to, or nothing."""
    with reading(desk.engine) as db:
        for each in button_tokens:
            held = tokens.held(db, each)
            if held is not None and held.address == str(chat):
                return f"task:{held.task_id}"
    return ""


def _found(desk: Desk, chat: Address, message: str) -> tuple[str, str] | None:
    with reading(desk.engine) as db:
        row = db.execute(_MESSAGE, _key(chat, message)).first() if message else None
    return (str(row.subject), str(row.ref)) if row else None


def _key(chat: Address, message: str) -> dict[str, str]:
    return {"platform": chat.platform, "workspace": chat.workspace, "chat": chat.chat, "holds": f"%,{message},%"}


def language_of(desk: Desk, sender: Sender) -> Language | None:
    """Return an employee's own language, or None when the account is not linked."""
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
    return employee.language if employee else None
