"""Flows that are being changed: kept as text until somebody publishes them, and who may do what with them."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Final

from sqlalchemy import Connection, text

from inventory_core import journal
from inventory_core.db.metadata import to_micros
from inventory_core.errors import RuleBroken
from workflows import definition, flows, flowtext
from workflows.people import Employee

EDITORS: Final = frozenset({"designer", "administrator"})
PUBLISHERS: Final = frozenset({"publisher", "administrator"})
READERS: Final = EDITORS | PUBLISHERS | {"manager"}

_SAVE: Final = text("""
    INSERT INTO flow_drafts (flow, definition, edited_by, edited_at) VALUES (:flow, :definition, :by, :now)
    ON CONFLICT (flow) DO UPDATE SET definition = excluded.definition, edited_by = excluded.edited_by,
        edited_at = excluded.edited_at, revision = flow_drafts.revision + 1
    WHERE flow_drafts.revision = :revision RETURNING revision
""")


class ChangedByOther(RuleBroken):
    """Somebody else saved the draft since it was opened: name."""

    key: ClassVar[str] = "design.changed"


class MayNot(RuleBroken):
    """The person lacks the right to do this with flows."""

    key: ClassVar[str] = "design.may_not"


@dataclass(frozen=True, slots=True)
class Draft:
    """A flow's text as it stands, its revision (0 before the first save), and the published text (empty if none)."""

    flow: str
    text: str
    revision: int
    published: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A flow in the list: its title, the published version (0 if none), and whether a draft differs from it."""

    flow: str
    title: definition.Words
    version: int
    is_changed: bool
    running: int


def check(employee: Employee, rights: frozenset[str]) -> None:
    """Raise MayNot for who has none of the roles."""
    if not employee.roles & rights:
        raise MayNot


def listed(db: Connection) -> list[Listed]:
    """Return all flows, published or only drafted, by name."""
    published = flows.all_latest(db)
    drafts = {row.flow: row.definition for row in db.execute(text("SELECT flow, definition FROM flow_drafts"))}
    numbers = {
        row.flow: row.version
        for row in db.execute(text("SELECT flow, MAX(version) AS version FROM flow_versions GROUP BY flow"))
    }
    running = {
        row.flow: row.n
        for row in db.execute(
            text("""
                SELECT v.flow, COUNT(*) AS n FROM flow_instances i JOIN flow_versions v ON v.id = i.flow_version_id
                WHERE i.state = 'open' GROUP BY v.flow
            """)
        )
    }
    found = []
    for name in sorted(published.keys() | drafts.keys()):
        if name in published:
            words = published[name][1].title
            changed = name in drafts and drafts[name] != flowtext.write(published[name][1])
        else:
            words, changed = _title(drafts[name], name), True
        found.append(Listed(name, words, numbers.get(name, 0), changed, running.get(name, 0)))
    return found


def _title(words: str, name: str) -> definition.Words:
    try:
        return flowtext.read(words).title
    except ValueError:
        return definition.Words(en=name, zh=name)


def load(db: Connection, name: str) -> Draft | None:
    """Return a flow to be changed: its draft, or the published text where there is none; None for an unknown name."""
    latest = flows.latest_version(db, name)
    published = flowtext.write(flows.stored(db, latest)) if latest is not None else ""
    row = db.execute(text("SELECT definition, revision FROM flow_drafts WHERE flow = :flow"), {"flow": name}).first()
    if row is None and latest is None:
        return None
    return Draft(name, row.definition if row else published, row.revision if row else 0, published)


def save(db: Connection, name: str, words: str, *, revision: int, employee: Employee, now: dt.datetime) -> int:
    """Keep a draft, right or wrong, and return its new revision. Raises MayNot, and ChangedByOther."""
    check(employee, EDITORS)
    values = {"flow": name, "definition": words, "by": employee.id, "now": to_micros(now), "revision": revision}
    saved = db.execute(_SAVE, values).scalar()
    if saved is None:
        other = db.execute(
            text("""
                SELECT e.name FROM flow_drafts d LEFT JOIN employees e ON e.id = d.edited_by WHERE d.flow = :flow
            """),
            {"flow": name},
        ).scalar()
        raise ChangedByOther(name=other or "?")
    return int(saved)


def publish(db: Connection, words: str, *, employee: Employee, now: dt.datetime) -> int:
    """Publish a flow's text as its next version, drop the draft, and return the version's number.

    Raises MayNot, FlowError, and what a text of the wrong shape raises.
    """
    check(employee, PUBLISHERS)
    flow = flowtext.read(words)
    made = flows.publish(db, flow, now=now, by=employee.id)
    db.execute(text("DELETE FROM flow_drafts WHERE flow = :flow"), {"flow": flow.flow})
    return int(db.execute(text("SELECT version FROM flow_versions WHERE id = :id"), {"id": made}).scalar_one())


def drop(db: Connection, name: str, *, employee: Employee, now: dt.datetime) -> None:
    """Throw a draft away: the flow stands as it is published. Raises MayNot."""
    check(employee, EDITORS)
    db.execute(text("DELETE FROM flow_drafts WHERE flow = :flow"), {"flow": name})
    journal.write(db, "flow.draft_dropped", now=now, employee_id=employee.id, subject=f"flow:{name}")
