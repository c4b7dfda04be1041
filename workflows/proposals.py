"""An answer that was understood, but not surely: kept until whoever gave it says that it was meant so.

One a person, chat and task; a newer one takes the place of an older one, whose button then confirms nothing.
"""

import datetime as dt
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, text

from inventory_core.db.metadata import to_micros
from workflows.desk import Desk
from workflows.intents import Address, Sender

_LIFE: Final = dt.timedelta(hours=8)
_KEEP: Final = text("""
    INSERT INTO dialogues (address, "user", token, asked, answers, photos, expires_at)
    VALUES (:address, :user, :token, 0, :answers, :photos, :expires)
    ON CONFLICT (address, "user") DO UPDATE SET token = excluded.token, answers = excluded.answers,
        photos = excluded.photos, expires_at = excluded.expires_at
""")
_HELD: Final = text("""
    SELECT token, answers, photos, expires_at FROM dialogues WHERE address = :address AND "user" = :user
""")
_DROP: Final = text('DELETE FROM dialogues WHERE address = :address AND "user" = :user')
_NAME: Final = "?name"
"""Where the name is kept among the answers: no field of a form is called so."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The button whose form the answers fill, and the kept photos by field; ``name`` is unguessable."""

    name: str
    token: str
    answers: Mapping[str, str]
    photos: Mapping[str, Sequence[str]]
    is_over: bool


def keep(
    db: Connection,
    desk: Desk,
    sender: Sender,
    chat: Address,
    task_id: int,
    *,
    token: str,
    answers: Mapping[str, str],
    photos: Mapping[str, Sequence[str]],
) -> str:
    """Keep an answer, and return its name."""
    name = secrets.token_urlsafe(16)
    values = {
        "token": token,
        "answers": json.dumps({**answers, _NAME: name}),
        "photos": json.dumps({field: list(each) for field, each in photos.items()}),
        "expires": to_micros(desk.clock() + _LIFE),
    }
    db.execute(_KEEP, {**_key(sender, chat, task_id), **values})
    return name


def held(db: Connection, desk: Desk, sender: Sender, chat: Address, task_id: int) -> Proposal | None:
    """Return what somebody proposed last as the answer to a task in this chat."""
    row = db.execute(_HELD, _key(sender, chat, task_id)).first()
    if row is None:
        return None
    answers = dict(_json(row.answers))
    name = str(answers.pop(_NAME, ""))
    return Proposal(name, row.token, answers, _json(row.photos), row.expires_at < to_micros(desk.clock()))


def drop(db: Connection, sender: Sender, chat: Address, task_id: int) -> None:
    db.execute(_DROP, _key(sender, chat, task_id))


def _key(sender: Sender, chat: Address, task_id: int) -> dict[str, Any]:
    # Beside the dialogue in the same chat, which is another question.
    return {"address": f"{chat}#{task_id}", "user": sender.user}


def _json(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored
