"""Where the tokens of workspaces lie, sealed: kept at an installation, leased to whoever refreshes one, sealed anew."""

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, Literal

from sqlalchemy import Connection, Engine, text

from bot.sealing import Keyring, Sealed
from bot.slack.oauth import Granted
from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import from_micros, to_micros
from workflows import workspaces
from workflows.workspaces import Workspace

_ROW: Final = text("""
    SELECT team, state, reason, token, refresh, key_id, expires_at, lease_until, lease_by FROM slack_workspaces
    WHERE team = :team
""")
_LEASE: Final = text("""
    UPDATE slack_workspaces SET lease_until = :until, lease_by = :by
    WHERE team = :team AND lease_until <= :now AND refresh = :refresh RETURNING id
""")
_PAUSE: Final = text("""
    UPDATE slack_workspaces SET lease_until = :until, lease_by = '' WHERE team = :team AND refresh = :refresh
""")
_PUT: Final = text("""
    UPDATE slack_workspaces SET token = :token, refresh = :new, key_id = :key, expires_at = :expires, changed_at = :now,
        lease_until = 0, lease_by = ''
    WHERE team = :team AND (refresh = :refresh OR lease_by = :by) RETURNING state
""")
_INSTALL: Final = text("""
    INSERT INTO slack_workspaces
        (team, name, state, bot_user, scopes, token, refresh, key_id, expires_at, installed_at, changed_at)
    VALUES (:team, :name, 'installed', :bot_user, :scopes, :token, :refresh, :key, :expires, :now, :now)
    ON CONFLICT (team) DO UPDATE SET
        state = 'installed', via = '', name = excluded.name, bot_user = excluded.bot_user, scopes = excluded.scopes,
        token = excluded.token, refresh = excluded.refresh, key_id = excluded.key_id, expires_at = excluded.expires_at,
        lease_until = 0, lease_by = '', installed_at = excluded.installed_at
""")
_RESEAL: Final = text("""
    UPDATE slack_workspaces SET token = :token, refresh = :refresh, key_id = :key WHERE team = :team
""")

Kind = Literal["token", "refresh"]


@dataclass(frozen=True, slots=True)
class Row:
    """A workspace's tokens as they are stored. ``leased_by``: who refreshes them until ``leased_until``."""

    team: str
    state: str
    reason: str
    token: str
    refresh: str
    key_id: str
    expires_at: dt.datetime | None
    leased_until: dt.datetime
    leased_by: str


class Vault:
    """The stored tokens. May be used from any thread."""

    def __init__(self, engine: Engine, keyring: Keyring, clock: Callable[[], dt.datetime]) -> None:
        self.engine: Final = engine
        self.clock: Final = clock
        self._keyring = keyring

    def find(self, workspace: str) -> tuple[Workspace | None, Row | None]:
        """Return what is known of a workspace, and the tokens that serve it: its own, or its organisation's."""
        with reading(self.engine) as db:
            found = workspaces.find(db, workspace)
            return found, _row(db, found.via or workspace) if found else None

    def row(self, team: str) -> Row | None:
        with reading(self.engine) as db:
            return _row(db, team)

    def open(self, row: Row, kind: Kind) -> str:
        """Return a token in clear. Raises SealedAway."""
        return self._open(row, kind)

    def install(self, granted: Granted, *, employee_id: int | None) -> None:
        """Keep what Slack gave; a workspace that had the app before is open again."""
        now = self.clock()
        with self._sealing() as db:
            sealed = self._seal(granted.team, granted.token, granted.refresh)
            values = {
                "team": granted.team,
                "name": granted.name,
                "bot_user": granted.bot_user,
                "scopes": ",".join(granted.scopes),
                "expires": _end(now, granted),
                "now": to_micros(now),
            }
            db.execute(_INSTALL, values | sealed)
            workspaces.works(db, granted.team, now=now, employee_id=employee_id)

    def lease(self, row: Row, *, life: dt.timedelta) -> Row | None:
        """Return the row leased to the caller, who alone may refresh its token meanwhile; None if somebody else may."""
        now = self.clock()
        leased = replace(row, leased_by=secrets.token_hex(8), leased_until=now + life)
        given = {"team": row.team, "refresh": row.refresh, "by": leased.leased_by}
        moments = {"now": to_micros(now), "until": to_micros(now + life)}
        with writing(self.engine) as db:
            return leased if db.execute(_LEASE, given | moments).first() is not None else None

    def pause(self, row: Row, *, life: dt.timedelta) -> None:
        """Give a lease back after a refresh that failed: nobody tries again for a while."""
        until = to_micros(self.clock() + life)
        with writing(self.engine) as db:
            db.execute(_PAUSE, {"team": row.team, "refresh": row.refresh, "until": until})

    def put(self, row: Row, granted: Granted) -> None:
        """Commit a new pair in the place of the one that it was given for; one that was replaced since stays.

        One that was sealed anew meanwhile is known by the lease.
        """
        with self._sealing() as db:
            now = self.clock()
            sealed = self._seal(row.team, granted.token, granted.refresh)
            values = {"team": row.team, "by": row.leased_by, "expires": _end(now, granted), "now": to_micros(now)}
            sealed["new"], sealed["refresh"] = sealed["refresh"], row.refresh
            if db.execute(_PUT, values | sealed).scalar() == "broken":
                workspaces.works(db, row.team, now=now)

    def expire(self, row: Row) -> None:
        """Note that Slack takes a token for expired, whatever the clock says."""
        with writing(self.engine) as db:
            db.execute(
                text("UPDATE slack_workspaces SET expires_at = 0 WHERE team = :team AND token = :token"),
                {"team": row.team, "token": row.token},
            )

    def broke(self, team: str, reason: str, *, refused: str = "", of: Row | None = None) -> bool:
        """Note that a workspace is broken, and tell whether that is news; ``of``: only while it has these tokens."""
        with writing(self.engine) as db:
            if of is not None:
                present = _row(db, team)
                if present is None or (present.token, present.refresh) != (of.token, of.refresh):
                    return False
            return workspaces.broke(db, team, reason, now=self.clock(), refused=refused)

    def works(self, team: str) -> None:
        with writing(self.engine) as db:
            workspaces.works(db, team, now=self.clock())

    def reseal(self, *, renews: bool) -> int:
        """Seal all tokens anew with the first key, and return of how many workspaces they are.

        ``renews`` puts a new key into the key file before, and forgets the others afterwards. Raises SealedAway.
        """
        if renews:
            self._keyring.renew()
        with self._sealing() as db:
            teams = db.execute(text("SELECT team FROM slack_workspaces WHERE token <> ''")).scalars().all()
            rows = [row for team in teams if (row := _row(db, team))]
            for row in rows:
                token, refresh = self._open(row, "token"), self._open(row, "refresh") if row.refresh else ""
                db.execute(_RESEAL, {"team": row.team, **self._seal(row.team, token, refresh)})
        if renews:
            self._keyring.keep_first()
        return len(rows)

    def _seal(self, team: str, token: str, refresh: str) -> dict[str, str]:
        sealed = self._keyring.seal(token, about=f"{team} token")
        other = self._keyring.seal(refresh, about=f"{team} refresh").text if refresh else ""
        return {"token": sealed.text, "refresh": other, "key": sealed.key_id}

    def _open(self, row: Row, kind: Kind) -> str:
        sealed = Sealed(row.key_id, row.token if kind == "token" else row.refresh)
        return self._keyring.open(sealed, about=f"{row.team} {kind}")

    @contextmanager
    def _sealing(self) -> Iterator[Connection]:
        """A transaction in which something is sealed: one at a time, so that none uses a key on its way out."""
        with writing(self.engine) as db:
            if db.dialect.name == "postgresql":
                db.execute(text("SELECT pg_advisory_xact_lock(7369)"))
            yield db


def _row(db: Connection, team: str) -> Row | None:
    found = db.execute(_ROW, {"team": team}).first()
    if found is None:
        return None
    end = None if found.expires_at is None else from_micros(found.expires_at)
    return Row(
        found.team, found.state, found.reason, found.token, found.refresh, found.key_id, end,
        from_micros(found.lease_until), found.lease_by,
    )  # fmt: skip


def _end(now: dt.datetime, granted: Granted) -> int | None:
    if granted.expires_in_s is None:
        return None
    return to_micros(now + dt.timedelta(seconds=granted.expires_in_s))
