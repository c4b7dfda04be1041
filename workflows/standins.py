"""Who stands in for whom: dated, for one flow or all, up to an amount or any. Nobody stands in at second hand."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, text

from inventory_core import journal
from inventory_core.db.metadata import from_micros, to_micros
from inventory_core.document import Document
from inventory_core.quantity import MONEY_PLACES
from inventory_core.stages import FACTS
from workflows import engine
from workflows.definition import Flow

_WHOM = text("""
    SELECT g.from_id, g.flow, g.at_most FROM delegations g JOIN employees e ON e.id = g.from_id
    WHERE g.to_id = :to AND g.from_at <= :now AND g.until_at > :now AND e.is_active = 1 ORDER BY g.id
""")


class Question(Protocol):
    """What a stand-in may answer: a task."""

    @property
    def role(self) -> str: ...
    @property
    def employee_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class StandIn:
    """One person answers for another. ``at_most`` in 1/10,000 of the currency, None for any amount."""

    id: int
    from_id: int
    from_name: str
    to_id: int
    to_name: str
    from_at: dt.datetime
    until_at: dt.datetime
    flow: str
    at_most: int | None


def appoint(
    db: Connection,
    *,
    from_id: int,
    to_id: int,
    from_at: dt.datetime,
    until_at: dt.datetime,
    now: dt.datetime,
    flow: str = "",
    at_most: int | None = None,
) -> int:
    """Let somebody answer for another from a moment until another, and return the appointment's id."""
    made = db.execute(
        text("""
            INSERT INTO delegations (from_id, to_id, from_at, until_at, flow, at_most, made_at)
            VALUES (:from_id, :to_id, :from_at, :until_at, :flow, :at_most, :now) RETURNING id
        """),
        {
            "from_id": from_id,
            "to_id": to_id,
            "from_at": to_micros(from_at),
            "until_at": to_micros(until_at),
            "flow": flow,
            "at_most": at_most,
            "now": to_micros(now),
        },
    ).scalar_one()
    facts = {"to": to_id, "from_at": to_micros(from_at), "until_at": to_micros(until_at), "flow": flow}
    journal.write(
        db, "standin.made", now=now, employee_id=from_id, subject=f"standin:{made}", facts={**facts, "at_most": at_most}
    )
    return int(made)


def end_all(db: Connection, from_id: int, *, now: dt.datetime) -> int:
    """End every appointment that somebody has made, and return how many were in force or to come."""
    ended = db.execute(
        text("UPDATE delegations SET until_at = :now WHERE from_id = :id AND until_at > :now AND from_at < :now"),
        {"id": from_id, "now": to_micros(now)},
    ).rowcount
    ended += db.execute(
        text("DELETE FROM delegations WHERE from_id = :id AND from_at >= :now"), {"id": from_id, "now": to_micros(now)}
    ).rowcount
    if ended:
        journal.write(db, "standin.ended", now=now, employee_id=from_id, facts={"ended": ended})
    return ended


def in_force(db: Connection, from_id: int, *, now: dt.datetime) -> Sequence[StandIn]:
    """Return who answers for somebody now or will."""
    rows = db.execute(
        text("""
            SELECT g.id, g.from_id, a.name, g.to_id, b.name, g.from_at, g.until_at, g.flow, g.at_most
            FROM delegations g JOIN employees a ON a.id = g.from_id JOIN employees b ON b.id = g.to_id
            WHERE g.from_id = :id AND g.until_at > :now ORDER BY g.from_at
        """),
        {"id": from_id, "now": to_micros(now)},
    )
    spans = [(tuple(row), from_micros(row[5]), from_micros(row[6])) for row in rows]
    made = [(*row[:5], begin, end, *row[7:]) for row, begin, end in spans]
    return [StandIn(*each) for each in made]


def of(db: Connection, from_ids: Sequence[int], *, now: dt.datetime) -> Sequence[tuple[int, int]]:
    """Return (who is away, who answers for them) for those of these people who have somebody now."""
    found = []
    for each in from_ids:
        rows = db.execute(
            text("SELECT to_id FROM delegations WHERE from_id = :id AND from_at <= :now AND until_at > :now"),
            {"id": each, "now": to_micros(now)},
        )
        found += [(each, int(row.to_id)) for row in rows]
    return found


def whom(
    db: Connection, question: Question, flow: Flow, document: Document, employee_id: int, *, now: dt.datetime
) -> int | None:
    """Return for whom somebody may answer a task that is not theirs; None when for nobody."""
    for row in db.execute(_WHOM, {"to": employee_id, "now": to_micros(now)}).all():
        is_theirs = question.employee_id == row.from_id or (
            question.employee_id is None and question.role in roles_of(db, row.from_id)
        )
        if is_theirs and row.flow in ("", flow.flow) and _is_within(flow, document, row.at_most):
            return int(row.from_id)
    return None


def _is_within(flow: Flow, document: Document, at_most: int | None) -> bool:
    """Tell whether the amount is not above the limit; where a flow names no amount, a limited stand-in has no say."""
    if at_most is None:
        return True
    amount = engine.figures(flow, document, FACTS).get(flow.amount or "")
    return (
        amount is not None and not isinstance(amount, str | bool | dt.date) and amount.scaleb(MONEY_PLACES) <= at_most
    )


def roles_of(db: Connection, employee_id: int) -> frozenset[str]:
    found = db.execute(text("SELECT role FROM employee_roles WHERE employee_id = :id"), {"id": employee_id})
    return frozenset(found.scalars())
