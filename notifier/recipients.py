"""Which chats a journal entry is told in. The journal says what happened; this says who must know."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, text

from inventory_core.journal import Entry
from notifier.alerts import READ_BY
from workflows import cases

_CHATS_OF_ROLES = text("""
    SELECT DISTINCT c.id, c.platform, c.employee_id FROM chats c
    JOIN employee_roles r ON r.employee_id = c.employee_id JOIN employees e ON e.id = c.employee_id
    WHERE c.is_open = 1 AND c.purpose = 'person' AND e.is_active = 1 AND r.role IN :roles ORDER BY c.id
""").bindparams(bindparam("roles", expanding=True))
_CHANNELS = text("SELECT id FROM chats WHERE purpose = 'alerts' AND is_open = 1 ORDER BY id")
_SHOWN_FOR_CASE = text("""
    SELECT m.chat_id, m.subject FROM messages m WHERE m.subject IN :subjects ORDER BY m.id
""").bindparams(bindparam("subjects", expanding=True))

Telling = tuple[int, str]
"""A chat and the subject of the message there."""


def of_entry(db: Connection, entry: Entry) -> Sequence[Telling]:
    """Return where an entry is told: the chats and the messages in them that it makes or changes."""
    if entry.kind == "flow.stepped":
        return _of_step(db, int(entry.subject.removeprefix("case:")), entry.facts)
    if entry.kind in ("alert.firing", "digest.made"):
        return [(chat, entry.subject) for chat in _watchers(db)]
    if entry.kind == "alert.ok":
        return _shown(db, [entry.subject])
    if entry.kind == "link.made" and entry.employee_id is not None:
        return _waiting(db, entry.employee_id, entry.subject.removeprefix("chat:"))
    return []


def _of_step(db: Connection, instance_id: int, facts: Mapping[str, Any]) -> Sequence[Telling]:
    tasks = db.execute(text("SELECT id FROM tasks WHERE instance_id = :id"), {"id": instance_id}).scalars()
    told = list(_shown(db, [f"case:{instance_id}", *(f"task:{each}" for each in tasks)]))
    if opened := facts.get("opened"):
        told += [(chat, f"task:{opened}") for chat in _asked(db, int(opened))]
    if roles := facts.get("tells"):
        told += [(chat, f"case:{instance_id}") for chat, _, _ in _of_roles(db, roles)]
    return list(dict.fromkeys(told))


def _asked(db: Connection, task_id: int) -> Iterable[int]:
    """Return the chats of those who may settle a task; the web inbox shows it by itself."""
    task = cases.task(db, task_id)
    if task is None or not task.is_open:
        return []
    barred = cases.barred(db, task)
    return [
        chat for chat, platform, employee in _of_roles(db, [task.role]) if platform != "web" and employee not in barred
    ]


def _of_roles(db: Connection, roles: Sequence[str]) -> Sequence[tuple[int, str, int]]:
    return [(row.id, row.platform, row.employee_id) for row in db.execute(_CHATS_OF_ROLES, {"roles": list(roles)})]


def _watchers(db: Connection) -> Sequence[int]:
    """Return the channels for alerts, and the managers' web inboxes; without a channel, all of the managers' chats."""
    channels = [int(row.id) for row in db.execute(_CHANNELS)]
    managers = _of_roles(db, [READ_BY])
    return channels + [chat for chat, platform, _ in managers if platform == "web" or not channels]


def _shown(db: Connection, subjects: Sequence[str]) -> Sequence[Telling]:
    return [(row.chat_id, row.subject) for row in db.execute(_SHOWN_FOR_CASE, {"subjects": list(subjects)})]


def _waiting(db: Connection, employee_id: int, address: str) -> Sequence[Telling]:
    """Return the open tasks of somebody who has just linked a chat: they come there now."""
    platform, workspace, chat = address.split(":", 2)
    found = db.execute(
        text("SELECT id FROM chats WHERE platform = :platform AND workspace = :workspace AND chat = :chat"),
        {"platform": platform, "workspace": workspace, "chat": chat},
    ).scalar()
    if found is None or platform == "web":
        return []
    return [(int(found), f"task:{task.id}") for task in cases.open_tasks(db, employee_id, limit=20)]
