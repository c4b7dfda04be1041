"""A right that one process at a time holds, for as long as it lives: renewed while it does, another's soon after."""

import datetime as dt
import secrets
from typing import Final

from sqlalchemy import text

from inventory_core.db.engine import writing
from inventory_core.db.metadata import to_micros
from workflows.desk import Desk

LIFE: Final = dt.timedelta(seconds=15)
"""After so long without being renewed a lease is free."""

_TAKE: Final = text("""
    INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
        WHERE leases.holder = :holder OR leases.until <= :now
    RETURNING holder
""")
_RELEASE: Final = text("DELETE FROM leases WHERE name = :name AND holder = :holder")


class Lease:
    """One process's claim on a name. Blocks."""

    def __init__(self, desk: Desk, name: str) -> None:
        self._desk = desk
        self._name = name
        self._holder = secrets.token_hex(16)

    def take(self) -> bool:
        """Take the lease, or keep it for longer; False while another process holds it."""
        now = self._desk.clock()
        values = {"name": self._name, "holder": self._holder, "now": to_micros(now), "until": to_micros(now + LIFE)}
        with writing(self._desk.engine) as db:
            return db.execute(_TAKE, values).first() is not None

    def release(self) -> None:
        """Let another process have it at once."""
        with writing(self._desk.engine) as db:
            db.execute(_RELEASE, {"name": self._name, "holder": self._holder})
