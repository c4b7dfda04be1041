"""The opaque tokens on buttons: 192 random bits that say nothing, looked up when they come back."""

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import to_micros
from inventory_core.db.quick import Statement
from workflows.intents import Address

_FIND = Statement("""
    SELECT outcome, token FROM card_tokens WHERE task_id = :task AND address = :address AND revision = :revision
""")
_HELD = Statement("SELECT task_id, outcome, address, revision FROM card_tokens WHERE token = :token")
_INSERT = text("""
    INSERT INTO card_tokens (token, task_id, outcome, address, revision, made_at)
    VALUES (:token, :task, :outcome, :address, :revision, :now)
    ON CONFLICT (task_id, address, outcome, revision) DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Held:
    """What a token stands for."""

    task_id: int
    outcome: str
    address: str
    revision: int


def ensure(
    engine: Engine, task_id: int, outcomes: Iterable[str], address: Address, *, revision: int, now: dt.datetime
) -> Mapping[str, str]:
    """Return a token an outcome for this task in this chat; a card that is shown again carries the same tokens."""
    key: dict[str, str | int] = {"task": task_id, "address": str(address), "revision": revision}
    wanted = tuple(outcomes)
    with reading(engine) as db:
        found = _found(db, key)
    if missing := [each for each in wanted if each not in found]:
        with writing(engine) as db:
            db.execute(
                _INSERT,
                [
                    {**key, "token": secrets.token_urlsafe(24), "outcome": each, "now": to_micros(now)}
                    for each in missing
                ],
            )
            found = _found(db, key)
    return {outcome: found[outcome] for outcome in wanted}


def _found(db: Connection, key: dict[str, str | int]) -> dict[str, str]:
    return {row[0]: row[1] for row in _FIND.rows(db, key)}


def held(db: Connection, token: str) -> Held | None:
    """Return what a token stands for, or None when this installation never made it."""
    row = _HELD.first(db, {"token": token})
    return Held(*row) if row else None
