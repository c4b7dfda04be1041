"""Forms that are being answered question by question, as they stand in the database: a restart loses nothing."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text

from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import to_micros
from workflows.desk import Desk
from workflows.intents import Address, Sender

_LIFE: Final = dt.timedelta(hours=8)
_STORE: Final = text("""
    INSERT INTO dialogues (address, "user", token, asked, answers, photos, expires_at)
    VALUES (:address, :user, :token, :asked, :answers, :photos, :expires)
    ON CONFLICT (address, "user") DO UPDATE SET token = excluded.token, asked = excluded.asked,
        answers = excluded.answers, photos = excluded.photos, expires_at = excluded.expires_at
""")
_LOAD: Final = text("""
    SELECT token, asked, answers, photos, expires_at FROM dialogues WHERE address = :address AND "user" = :user
""")
_DROP: Final = text('DELETE FROM dialogues WHERE address = :address AND "user" = :user')
_OVER: Final = text("""
    SELECT address, "user", expires_at FROM dialogues
    WHERE address LIKE :platform AND address NOT LIKE '%#%' AND expires_at <= :now ORDER BY expires_at LIMIT 100
""")
_DROP_OVER: Final = text("""
    DELETE FROM dialogues WHERE address = :address AND "user" = :user AND expires_at = :expires
""")


@dataclass(slots=True)
class State:
    """The form's token, the place of the question that is asked, the answers as they were given, and kept photos.

    Once all is asked, ``asked`` is the number of questions: the answers are looked at before they are sent.
    """

    token: str
    asked: int
    answers: dict[str, str]
    photos: dict[str, list[str]]
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Over:
    """Questions that waited too long, and of whom they were asked."""

    chat: Address
    user: str
    expires: int


def load(desk: Desk, sender: Sender, chat: Address) -> State | None:
    """Return what is being asked of a person in a chat, or None."""
    with reading(desk.engine) as db:
        row = db.execute(_LOAD, {"address": str(chat), "user": sender.user}).first()
    if row is None:
        return None
    is_over = row.expires_at < to_micros(desk.clock())
    return State(row.token, row.asked, _json(row.answers), _json(row.photos), is_over)


def store(desk: Desk, sender: Sender, chat: Address, state: State) -> None:
    """Keep a state in place of the one before it; it may wait for eight hours."""
    values = {
        "token": state.token,
        "asked": state.asked,
        "answers": json.dumps(state.answers),
        "photos": json.dumps(state.photos),
        "expires": to_micros(desk.clock() + _LIFE),
    }
    with writing(desk.engine) as db:
        db.execute(_STORE, {"address": str(chat), "user": sender.user, **values})


def drop(desk: Desk, sender: Sender, chat: Address) -> None:
    """Forget what is being asked."""
    with writing(desk.engine) as db:
        db.execute(_DROP, {"address": str(chat), "user": sender.user})


def over(desk: Desk, platform: str) -> Sequence[Over]:
    """Return the questions on a platform that waited too long and were not closed yet, the oldest first."""
    with reading(desk.engine) as db:
        rows = db.execute(_OVER, {"platform": f"{platform}:%", "now": to_micros(desk.clock())}).all()
    return [Over(_address(row.address), row.user, row.expires_at) for row in rows]


def drop_over(desk: Desk, each: Over) -> None:
    """Forget questions that waited too long, unless they are asked anew by now."""
    with writing(desk.engine) as db:
        db.execute(_DROP_OVER, {"address": str(each.chat), "user": each.user, "expires": each.expires})


def _address(stored: str) -> Address:
    platform, workspace, chat = stored.split(":", 2)
    return Address(platform, workspace, chat)  # type: ignore[arg-type]  # what is stored was an address


def _json(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored
