"""The Slack workspaces that the app stands in: which work, which must be installed again, and who may install.

What becomes of one is a journal entry in the same transaction, by which the notifier tells the administrators.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Connection, text

from inventory_core import journal
from inventory_core.db.metadata import from_micros, to_micros
from workflows.people import Employee

State = Literal["installed", "broken", "removed"]
Arrival = Literal["event", "command", "tap"]

TICKET_LIFE: Final = dt.timedelta(minutes=10)
REASONS: Final = frozenset(
    {
        "account_inactive",
        "client_refused",
        "invalid_auth",
        "refresh_lost",
        "revoked",
        "sealed_away",
        "token_expired",
        "token_revoked",
        "uninstalled",
    }
)
"""Why a workspace doesn't work; each is told in words (``workspace.why_…``)."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace, or a whole organisation. ``via`` is the organisation whose installation covers it."""

    id: int
    team: str
    via: str
    name: str
    state: State
    reason: str
    round: int
    refused: str
    scopes: frozenset[str]
    installed_at: dt.datetime

    @property
    def called(self) -> str:
        return self.name or self.team


_SELECT: Final = """
    SELECT id, team, via, name, state, reason, round, refused, scopes, installed_at FROM slack_workspaces
"""


def find(db: Connection, team: str) -> Workspace | None:
    """Return what is known of a workspace; one that only the environment's token serves may be unknown."""
    return next(iter(_found(db, "WHERE team = :given", team)), None)


def by_id(db: Connection, number: int) -> Workspace | None:
    return next(iter(_found(db, "WHERE id = :given", number)), None)


def known(db: Connection) -> Sequence[Workspace]:
    """Return all that are known, those that an organisation's installation covers left out."""
    return _found(db, "WHERE via = :given ORDER BY team", "")


def _found(db: Connection, where: str, given: str | int) -> Sequence[Workspace]:
    rows = db.execute(text(f"{_SELECT} {where}"), {"given": given})
    return [
        Workspace(
            row.id, row.team, row.via, row.name, row.state, row.reason, row.round, row.refused,
            frozenset(filter(None, row.scopes.split(","))), from_micros(row.installed_at),
        )
        for row in rows
    ]  # fmt: skip


def covered(db: Connection, team: str) -> Sequence[str]:
    """Return the workspaces that a row speaks for: itself, and those of an organisation."""
    return [team, *db.execute(text("SELECT team FROM slack_workspaces WHERE via = :team"), {"team": team}).scalars()]


def cover(db: Connection, team: str, *, via: str, now: dt.datetime) -> None:
    """Note that an organisation's installation covers a workspace that has none of its own; its chats are open."""
    db.execute(
        text("""
            INSERT INTO slack_workspaces (team, via, state, installed_at, changed_at)
            VALUES (:team, :via, 'installed', :now, :now)
            ON CONFLICT (team) DO UPDATE SET via = excluded.via WHERE slack_workspaces.token = ''
        """),
        {"team": team, "via": via, "now": to_micros(now)},
    )
    works(db, team, now=now)


def broke(db: Connection, team: str, reason: str, *, now: dt.datetime, refused: str = "") -> bool:
    """Note that Slack no longer takes a workspace's token; tell whether that is news."""
    return _lost(db, team, "broken", reason, now=now, refused=refused, where="slack_workspaces.state = 'installed'")


def removed(db: Connection, team: str, reason: str, *, at: dt.datetime, now: dt.datetime, refused: str = "") -> bool:
    """Note that a workspace took the app away: its tokens are deleted, and its chats closed.

    ``at`` is when it happened: older than the last installation, it means one before that, and changes nothing.
    Returns whether it was news.
    """
    where = "slack_workspaces.state <> 'removed' AND slack_workspaces.installed_at < :at"
    if not _lost(db, team, "removed", reason, now=now, refused=refused, where=where, at=at):
        return False
    _set_open(db, team, is_open=False)
    return True


def _lost(
    db: Connection,
    team: str,
    state: State,
    reason: str,
    *,
    now: dt.datetime,
    refused: str,
    where: str,
    at: dt.datetime | None = None,
) -> bool:
    assert reason in REASONS
    row = db.execute(
        text(f"""
            INSERT INTO slack_workspaces (team, state, reason, round, refused, installed_at, changed_at)
            VALUES (:team, :state, :reason, 1, :refused, 0, :now)
            ON CONFLICT (team) DO UPDATE SET
                state = excluded.state, reason = excluded.reason, round = slack_workspaces.round + 1,
                refused = excluded.refused, changed_at = excluded.changed_at, lease_until = 0, lease_by = '',
                token = CASE excluded.state WHEN 'removed' THEN '' ELSE slack_workspaces.token END,
                refresh = CASE excluded.state WHEN 'removed' THEN '' ELSE slack_workspaces.refresh END
            WHERE {where} RETURNING id, round
        """),  # noqa: S608 (the condition is ours)
        {
            "team": team,
            "state": state,
            "reason": reason,
            "refused": refused,
            "now": to_micros(now),
            **({"at": to_micros(at)} if at else {}),
        },
    ).first()
    if row is None:
        return False
    facts = {"team": team, "reason": reason}
    journal.write(db, f"workspace.{state}", now=now, subject=f"workspace:{row.id}.{row.round}", facts=facts)
    return True


def works(db: Connection, team: str, *, now: dt.datetime, employee_id: int | None = None) -> None:
    """Note that a workspace works, after an installation or with another token: its chats are open again."""
    row = db.execute(
        text("""
            UPDATE slack_workspaces SET state = 'installed', reason = '', refused = '', changed_at = :now
            WHERE team = :team RETURNING id, round
        """),
        {"team": team, "now": to_micros(now)},
    ).one()
    _set_open(db, team, is_open=True)
    subject = f"workspace:{row.id}.{row.round}"
    journal.write(
        db, "workspace.installed", now=now, employee_id=employee_id, subject=subject, facts={"team": team}
    )  # fmt: skip


def _set_open(db: Connection, team: str, *, is_open: bool) -> None:
    for each in covered(db, team):
        db.execute(
            text("UPDATE chats SET is_open = :is_open WHERE platform = 'slack' AND workspace = :team"),
            {"is_open": int(is_open), "team": each},
        )


def arrived(db: Connection, team: str, kind: Arrival, *, now: dt.datetime) -> None:
    """Note that something came from a workspace."""
    db.execute(
        text("""
            INSERT INTO slack_arrivals (team, kind, at) VALUES (:team, :kind, :now)
            ON CONFLICT (team, kind) DO UPDATE SET at = excluded.at
        """),
        {"team": team, "kind": kind, "now": to_micros(now)},
    )


def arrivals(db: Connection, team: str) -> dict[str, dt.datetime]:
    """Return when each kind of thing last came from a workspace, or from any that an organisation covers."""
    found: dict[str, dt.datetime] = {}
    for each in covered(db, team):
        for row in db.execute(text("SELECT kind, at FROM slack_arrivals WHERE team = :team"), {"team": each}):
            found[row.kind] = max(from_micros(row.at), found.get(row.kind, from_micros(0)))
    return found


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def new_ticket(db: Connection, employee: Employee | None, *, now: dt.datetime) -> str:
    """Return a secret with which the app can be installed into one workspace, within ten minutes."""
    ticket = secrets.token_urlsafe(24)
    db.execute(text("DELETE FROM install_tickets WHERE expires_at <= :now"), {"now": to_micros(now)})
    db.execute(
        text("INSERT INTO install_tickets (ticket_hash, employee_id, expires_at) VALUES (:hash, :employee, :until)"),
        {
            "hash": hash_of(ticket),
            "employee": employee.id if employee else None,
            "until": to_micros(now + TICKET_LIFE),
        },
    )
    return ticket
