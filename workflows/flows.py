"""The published flows: stored as documents, read once a version."""

import datetime as dt
import json
import weakref
from importlib import resources

from sqlalchemy import Connection, Engine, text

from inventory_core.db.metadata import to_micros
from inventory_core.stages import ACTIONS, FACTS
from workflows import definition
from workflows.definition import Flow

_read: weakref.WeakKeyDictionary[Engine, dict[int, Flow]] = weakref.WeakKeyDictionary()


def read_text(text_: str) -> Flow:
    """Return the checked flow of a YAML text, knowing the facts and actions of all stages. Raises FlowError."""
    facts = {name: fact.kind for name, fact in FACTS.items()}
    return definition.read(text_, facts=facts, actions=frozenset(ACTIONS))


def publish(db: Connection, flow: Flow, *, now: dt.datetime) -> int:
    """Store a flow as its next version, unless the latest one says the same, and return the version's id."""
    canonical = json.dumps(flow.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))
    latest = db.execute(
        text("SELECT id, version, definition FROM flow_versions WHERE flow = :flow ORDER BY version DESC LIMIT 1"),
        {"flow": flow.flow},
    ).first()
    if latest and _canonical(latest.definition) == canonical:
        return int(latest.id)
    return int(
        db.execute(
            text("""
                INSERT INTO flow_versions (flow, version, definition, published_at)
                VALUES (:flow, :version, :definition, :now) RETURNING id
            """),
            {
                "flow": flow.flow,
                "version": latest.version + 1 if latest else 1,
                "definition": canonical,
                "now": to_micros(now),
            },
        ).scalar_one()
    )


def _canonical(stored: object) -> str:
    parsed = json.loads(stored) if isinstance(stored, str) else stored
    return json.dumps(parsed, ensure_ascii=False, separators=(",", ":"))


def publish_library(db: Connection, *, now: dt.datetime) -> None:
    """Publish the flows that come with the product, where they are new or changed."""
    for path in sorted(resources.files("workflows.library").iterdir(), key=lambda each: each.name):
        if path.name.endswith(".yaml"):
            publish(db, read_text(path.read_text(encoding="utf-8")), now=now)


def version(db: Connection, version_id: int) -> Flow:
    """Return a published flow; a version never changes, so it is read once a process."""
    known = _read.setdefault(db.engine, {})
    if version_id not in known:
        stored = db.execute(
            text("SELECT definition FROM flow_versions WHERE id = :id"), {"id": version_id}
        ).scalar_one()
        known[version_id] = Flow.model_validate(json.loads(stored) if isinstance(stored, str) else stored)
    return known[version_id]


def latest(db: Connection, about: str) -> tuple[int, Flow]:
    """Return the newest version of the flow about this kind of document."""
    rows = db.execute(text("SELECT id, flow FROM flow_versions ORDER BY version DESC, id DESC")).all()
    for row in rows:
        if (flow := version(db, row.id)).about == about:
            return int(row.id), flow
    raise LookupError(f"no flow about {about}")
