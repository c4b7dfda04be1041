"""The opaque tokens on buttons: 192 random bits that say nothing, looked up when they come back."""

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine, text

from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import to_micros
from inventory_core.db.quick import Statement
from workflows.intents import Address

LIFE: Final = dt.timedelta(days=30)
"""So long after its card was last shown a token counts: a card that lies deeper in a chat is out of mind."""

_RENEWED_AFTER: Final = dt.timedelta(days=1)
_NEVER: Final = 1 << 62

_FIND = Statement("""
    SELECT outcome, token, made_at FROM card_tokens
    WHERE task_id = :task AND address = :address AND revision = :revision
""")
_HELD = Statement("SELECT task_id, outcome, address, revision, made_at FROM card_tokens WHERE token = :token")
_INSERT = text("""
    INSERT INTO card_tokens (token, task_id, outcome, address, revision, made_at)
    VALUES (:token, :task, :outcome, :address, :revision, :now)
    ON CONFLICT (task_id, address, outcome, revision) DO NOTHING
""")
_RENEW = text("""
    UPDATE card_tokens SET made_at = :now WHERE task_id = :task AND address = :address AND revision = :revision
""")


@dataclass(frozen=True, slots=True)
class Held:
    """What a token stands for; ``shown_at`` is, to a day, when its card was last shown, in microseconds since 1970."""

    task_id: int
    outcome: str
    address: str
    revision: int
    shown_at: int

    def is_old(self, now: dt.datetime) -> bool:
        return self.shown_at < to_micros(now - LIFE)


def ensure(
    engine: Engine, task_id: int, outcomes: Iterable[str], address: Address, *, revision: int, now: dt.datetime
) -> Mapping[str, str]:
    """Return a token an outcome for this task in this chat; a card that is shown again carries the same tokens."""
    key: dict[str, str | int] = {"task": task_id, "address": str(address), "revision": revision}
    wanted = tuple(outcomes)
    with reading(engine) as db:
        found, shown_at = _found(db, key)
    if shown_at < to_micros(now - _RENEWED_AFTER):
        with writing(engine) as db:
            db.execute(_RENEW, {**key, "now": to_micros(now)})
    if missing := [each for each in wanted if each not in found]:
        with writing(engine) as db:
            db.execute(
                _INSERT,
                [
                    {**key, "token": secrets.token_urlsafe(24), "outcome": each, "now": to_micros(now)}
                    for each in missing
                ],
            )
            found, _ = _found(db, key)
    return {outcome: found[outcome] for outcome in wanted}


def _found(db: Connection, key: dict[str, str | int]) -> tuple[dict[str, str], int]:
    """Return the tokens by outcome, and when the oldest of them was last shown."""
    rows = _FIND.rows(db, key)
    return {row[0]: row[1] for row in rows}, min((row[2] for row in rows), default=_NEVER)


def held(db: Connection, token: str) -> Held | None:
    """Return what a token stands for, or None when this installation never made it."""
    row = _HELD.first(db, {"token": token})
    return Held(*row) if row else None
