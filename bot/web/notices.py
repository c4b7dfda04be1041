"""What a person's page lists besides the open tasks: what they were told, and what they did today."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Connection, text

from inventory_core.db.metadata import to_micros

_TOLD = text("""
    SELECT m.subject FROM messages m JOIN chats c ON c.id = m.chat_id
    WHERE c.platform = 'web' AND c.employee_id = :employee ORDER BY m.made_at DESC, m.id DESC LIMIT :limit
""")
_SETTLED = text("""
    SELECT d.task_id FROM decisions d WHERE d.employee_id = :employee AND d.at >= :since ORDER BY d.id DESC LIMIT :limit
""")
_VERSION = text("""
    SELECT (SELECT COALESCE(MAX(id), 0) FROM journal), (SELECT COALESCE(MAX(id), 0) FROM messages),
           (SELECT COUNT(*) FROM pictures WHERE state <> 'wanted')
""")


def told(db: Connection, employee_id: int, *, limit: int = 10) -> Sequence[str]:
    """Return the subjects of what an employee was told, newest first."""
    return db.execute(_TOLD, {"employee": employee_id, "limit": limit}).scalars().all()


def settled(db: Connection, employee_id: int, *, since: dt.datetime, limit: int = 20) -> Sequence[int]:
    """Return the tasks that an employee settled since a moment, newest first."""
    params = {"employee": employee_id, "since": to_micros(since), "limit": limit}
    return db.execute(_SETTLED, params).scalars().all()


def version(db: Connection) -> str:
    """Return a mark that changes whenever a page could have something new to show."""
    return "-".join(str(each) for each in db.execute(_VERSION).one())
