"""Which chats a journal entry is told in. The journal says what happened; this says who must know."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, text

from inventory_core.journal import Entry
from notifier import accounts, connections
from notifier.alerts import READ_BY
from workflows import cases, standins, workspaces

_CHATS_OF_ROLES = text("""
    SELECT DISTINCT c.id, c.platform, c.employee_id FROM chats c
    JOIN employee_roles r ON r.employee_id = c.employee_id JOIN employees e ON e.id = c.employee_id
    WHERE c.is_open = 1 AND c.purpose = 'person' AND e.is_active = 1 AND r.role IN :roles ORDER BY c.id
""").bindparams(bindparam("roles", expanding=True))
_CHATS_OF_PEOPLE = text("""
    SELECT c.id, c.platform FROM chats c JOIN employees e ON e.id = c.employee_id
    WHERE c.is_open = 1 AND c.purpose = 'person' AND e.is_active = 1 AND e.id IN :people ORDER BY c.id
""").bindparams(bindparam("people", expanding=True))
_CHATS_OF_PEOPLE_NAMED = text("""
    SELECT c.id, c.platform, c.workspace, c.chat FROM chats c JOIN employees e ON e.id = c.employee_id
    WHERE c.is_open = 1 AND c.purpose = 'person' AND e.is_active = 1 AND e.id = :employee ORDER BY c.id
""")
_CHANNELS = text("SELECT id FROM chats WHERE purpose = 'alerts' AND is_open = 1 ORDER BY id")
_PEOPLE_OF_WORKSPACE = text("""
    SELECT c.id, c.employee_id FROM chats c JOIN employees e ON e.id = c.employee_id
    WHERE c.platform = 'slack' AND c.workspace IN :teams AND c.is_open = 1 AND c.purpose = 'person' AND e.is_active = 1
    ORDER BY c.id
""").bindparams(bindparam("teams", expanding=True))
_SHOWN_FOR_CASE = text("""
    SELECT m.chat_id, m.subject FROM messages m WHERE m.subject IN :subjects ORDER BY m.id
""").bindparams(bindparam("subjects", expanding=True))

Telling = tuple[int, str]
"""A chat and the subject of the message there."""


def of_entry(db: Connection, entry: Entry) -> Sequence[Telling]:
    """Return where an entry is told: the chats and the messages in them that it makes or changes."""
    if entry.kind == "flow.stepped":
        told = _of_step(db, int(entry.subject.removeprefix("case:")), entry.facts, now=entry.at)
        # Who starts a case has its first form before them: a message about it would only be in the way.
        own = set(_chats_of(db, [entry.employee_id])) if entry.facts.get("started") and entry.employee_id else set()
        return [each for each in told if each[0] not in own]
    if entry.kind in ("case.remarked", "case.attached"):
        return _of_remark(db, int(entry.subject.removeprefix("case:")), entry.facts)
    if entry.kind in ("alert.firing", "digest.made"):
        return [(chat, entry.subject) for chat in _watchers(db)]
    if entry.kind in ("workspace.broken", "workspace.removed"):
        return [(chat, entry.subject) for chat in _administrators(db)]
    if entry.kind == "workspace.installed":
        return [*_shown(db, [entry.subject]), *_waiting_in(db, str(entry.facts["team"]), now=entry.at)]
    if entry.kind == "chat.closed":
        return [(chat, entry.subject) for chat in _beside(db, int(entry.facts["chat"]))]
    if entry.kind == "chat.opened":
        return [*_shown(db, [entry.subject]), *_waiting_at(db, int(entry.facts["chat"]), now=entry.at)]
    if entry.kind == "alert.ok":
        return _shown(db, [entry.subject])
    if entry.kind in accounts.KINDS and entry.employee_id is not None:
        new = entry.subject.removeprefix("chat:")
        told = _waiting(db, entry.employee_id, new, now=entry.at) if new else []
        return [*told, *_elsewhere(db, entry.employee_id, new, f"account:{entry.id}")]
    return []


def _of_step(db: Connection, instance_id: int, facts: Mapping[str, Any], *, now: dt.datetime) -> Sequence[Telling]:
    tasks = db.execute(text("SELECT id FROM tasks WHERE instance_id = :id"), {"id": instance_id}).scalars()
    told = list(_shown(db, [f"case:{instance_id}", *(f"task:{each}" for each in tasks)]))
    for opened in facts.get("opened") or ():
        told += [(chat, f"task:{opened}") for chat in _asked(db, int(opened), now=now)]
    if (late := facts.get("late")) and not facts.get("opened") and not facts.get("handed"):
        told += [(chat, f"late:{late}.{facts['rung']}") for chat in _asked(db, int(late), now=now, on_web=True)]
    if roles := facts.get("tells"):
        told += [(chat, f"case:{instance_id}") for chat, _, _ in _of_roles(db, roles)]
    told += [(chat, f"case:{instance_id}") for chat in _requester(db, instance_id, facts)]
    return list(dict.fromkeys(told))


def _requester(db: Connection, instance_id: int, facts: Mapping[str, Any]) -> Iterable[int]:
    """Return the chats of who started a case, once it is over."""
    row = db.execute(text("SELECT requester_id, state FROM flow_instances WHERE id = :id"), {"id": instance_id}).one()
    return _chats_of(db, [row.requester_id]) if row.requester_id and row.state != "open" else ()


def _of_remark(db: Connection, instance_id: int, facts: Mapping[str, Any]) -> Sequence[Telling]:
    """Return where a remark is read: on the cards of the case, by who is asked, and by who had asked."""
    tasks = db.execute(text("SELECT id FROM tasks WHERE instance_id = :id"), {"id": instance_id}).scalars()
    told = list(_shown(db, [f"case:{instance_id}", *(f"task:{each}" for each in tasks)]))
    people = [facts["asked"]] if facts.get("asked") else []
    if facts.get("answers"):
        asker = db.execute(text("SELECT employee_id FROM remarks WHERE id = :id"), {"id": facts["answers"]}).scalar()
        people.append(asker)
    told += [(chat, f"remark:{facts['remark']}") for chat in _chats_of(db, people)]
    return list(dict.fromkeys(told))


def _asked(db: Connection, task_id: int, *, now: dt.datetime, on_web: bool = False) -> Iterable[int]:
    """Return the chats of those who may settle a task, stand-ins too; the web inbox shows it by itself."""
    task = cases.task(db, task_id)
    if task is None or not task.is_open:
        return []
    barred = cases.barred(db, task)
    asked = [task.employee_id] if task.employee_id else [each for _, _, each in _of_roles(db, [task.role])]
    flow, document = cases.document_of(db, task)
    absent = [
        standin
        for away, standin in standins.of(db, asked, now=now)
        if away not in barred and standins.whom(db, task, flow, document, standin, now=now) == away
    ]
    able = [each for each in dict.fromkeys((*asked, *absent)) if each not in barred]
    return _chats_of(db, able, on_web=on_web)


def _chats_of(db: Connection, people: Sequence[int], *, on_web: bool = True) -> Sequence[int]:
    rows = db.execute(_CHATS_OF_PEOPLE, {"people": list(people)}).all()
    return [int(row.id) for row in rows if on_web or row.platform != "web"]


def _of_roles(db: Connection, roles: Sequence[str]) -> Sequence[tuple[int, str, int]]:
    return [(row.id, row.platform, row.employee_id) for row in db.execute(_CHATS_OF_ROLES, {"roles": list(roles)})]


def _watchers(db: Connection) -> Sequence[int]:
    """Return the channels for alerts, and the managers' web inboxes; without a channel, all of the managers' chats."""
    channels = [int(row.id) for row in db.execute(_CHANNELS)]
    managers = _of_roles(db, [READ_BY])
    return channels + [chat for chat, platform, _ in managers if platform == "web" or not channels]


def _administrators(db: Connection) -> Sequence[int]:
    """Return the chats of the administrators, or of the managers where there are none."""
    found = _of_roles(db, [connections.READ_BY]) or _of_roles(db, [READ_BY])
    return [chat for chat, _, _ in found]


def _beside(db: Connection, closed: int) -> Sequence[int]:
    """Return where it is told that a chat is closed: in the other chats of whose it was, and by the administrators."""
    owner = db.execute(text("SELECT employee_id FROM chats WHERE id = :id"), {"id": closed}).scalar()
    own = _chats_of(db, [owner]) if owner is not None else ()
    return list(dict.fromkeys((*own, *_administrators(db))))


def _elsewhere(db: Connection, employee_id: int, new: str, subject: str) -> Sequence[Telling]:
    """Return a person's other chats than the new one: there they learn of it should somebody else have done it."""
    chats = db.execute(_CHATS_OF_PEOPLE_NAMED, {"employee": employee_id}).all()
    return [(row.id, subject) for row in chats if f"{row.platform}:{row.workspace}:{row.chat}" != new]


def _waiting_at(db: Connection, chat: int, *, now: dt.datetime) -> Sequence[Telling]:
    """Return the open tasks of whoever reads in a chat that is open again."""
    owner = db.execute(text("SELECT employee_id FROM chats WHERE id = :id"), {"id": chat}).scalar()
    return _open_tasks(db, chat, int(owner), now=now) if owner is not None else []


def _shown(db: Connection, subjects: Sequence[str]) -> Sequence[Telling]:
    return [(row.chat_id, row.subject) for row in db.execute(_SHOWN_FOR_CASE, {"subjects": list(subjects)})]


def _waiting(db: Connection, employee_id: int, address: str, *, now: dt.datetime) -> Sequence[Telling]:
    """Return the open tasks of somebody who has just linked a chat: they come there now."""
    platform, workspace, chat = address.split(":", 2)
    found = db.execute(
        text("SELECT id FROM chats WHERE platform = :platform AND workspace = :workspace AND chat = :chat"),
        {"platform": platform, "workspace": workspace, "chat": chat},
    ).scalar()
    if found is None or platform == "web":
        return []
    return _open_tasks(db, int(found), employee_id, now=now)


def _open_tasks(db: Connection, chat: int, employee_id: int, *, now: dt.datetime) -> Sequence[Telling]:
    return [(chat, f"task:{task.id}") for task in cases.open_tasks(db, employee_id, now=now, limit=20)]


def _waiting_in(db: Connection, team: str, *, now: dt.datetime) -> Sequence[Telling]:
    """Return the open tasks of everybody in a Slack workspace that works again: they come there now."""
    rows = db.execute(_PEOPLE_OF_WORKSPACE, {"teams": list(workspaces.covered(db, team))}).all()
    return [told for row in rows for told in _open_tasks(db, row.id, row.employee_id, now=now)]
