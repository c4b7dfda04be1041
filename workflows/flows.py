"""The published flows: stored as documents, read once a version."""

import datetime as dt
import functools
import json
import weakref
from collections.abc import Mapping
from importlib import resources
from typing import Any

from sqlalchemy import Connection, Engine, text

from inventory_core import journal
from inventory_core.db.metadata import to_micros
from inventory_core.document import Document
from inventory_core.stages import ACTIONS, FACTS
from workflows import flowtext, lint, subflows
from workflows.definition import Flow

_read: weakref.WeakKeyDictionary[Engine, dict[int, Flow]] = weakref.WeakKeyDictionary()
_LATEST_IDS = text("""
    SELECT id FROM flow_versions v WHERE version = (SELECT MAX(version) FROM flow_versions WHERE flow = v.flow)
    ORDER BY id DESC
""")
_LATEST = text("""
    SELECT v.id, CAST(v.definition AS TEXT) FROM flow_versions v
    WHERE version = (SELECT MAX(version) FROM flow_versions WHERE flow = v.flow)
""")
REGISTRY = lint.Registry(FACTS, ACTIONS)
"""What all stages offer to flows."""


def read_text(text_: str, others: Mapping[str, Flow] | None = None) -> Flow:
    """Return the checked flow of a YAML text. ``others`` are the flows that it may run.

    Raises FlowError, or pydantic.ValidationError and yaml.YAMLError for a text of the wrong shape.
    """
    flow = flowtext.read(text_)
    lint.check(flow, REGISTRY, flows=others)
    return flow


def canonical(flow: Flow) -> str:
    """Return a flow as the database keeps it."""
    return json.dumps(flow.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False, separators=(",", ":"))


def publish(db: Connection, flow: Flow, *, now: dt.datetime, by: int | None = None) -> int:
    """Store a flow as its next version, unless the latest one says the same, and return the version's id.

    The flows that it runs are kept at their present versions. Raises FlowError.
    """
    runs = {}
    for step in flow.steps.values():
        if step.runs and (found := latest_version(db, step.runs)) is not None:
            runs[step.runs] = found
    lint.check(flow, REGISTRY, flows={name: stored(db, each) for name, each in runs.items()})
    latest = db.execute(
        text("""
            SELECT id, version, CAST(definition AS TEXT) AS definition, runs FROM flow_versions
            WHERE flow = :flow ORDER BY version DESC LIMIT 1
        """),
        {"flow": flow.flow},
    ).first()
    if latest and canonical(_flow(latest.definition)) == canonical(flow) and _json(latest.runs) == runs:
        return int(latest.id)
    number = latest.version + 1 if latest else 1
    made = int(
        db.execute(
            text("""
                INSERT INTO flow_versions (flow, version, definition, published_at, published_by, runs)
                VALUES (:flow, :version, :definition, :now, :by, :runs) RETURNING id
            """),
            {
                "flow": flow.flow,
                "version": number,
                "definition": canonical(flow),
                "now": to_micros(now),
                "by": by,
                "runs": json.dumps(runs),
            },
        ).scalar_one()
    )
    journal.write(
        db,
        "flow.published",
        now=now,
        employee_id=by,
        subject=f"flow:{flow.flow}",
        facts={"version": number, "before": latest.version if latest else None},
    )
    return made


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


@functools.lru_cache(maxsize=256)  # every page lists the flows that its reader may start, and each is long
def _flow(kept: str) -> Flow:
    return Flow.model_validate_json(kept)


def publish_library(db: Connection, *, now: dt.datetime) -> None:
    """Publish the flows that come with the product, where a newer one came; a company's own change is kept."""
    for path in sorted(resources.files("workflows.library").iterdir(), key=lambda each: each.name):
        if not path.name.endswith(".yaml"):
            continue
        flow = read_text(path.read_text(encoding="utf-8"))
        own = db.execute(
            text("SELECT 1 FROM flow_versions WHERE flow = :flow AND published_by IS NOT NULL"), {"flow": flow.flow}
        ).first()
        if own is None:
            publish(db, flow, now=now)


def stored(db: Connection, version_id: int) -> Flow:
    """Return a published flow as it was written, with the flows that it runs by name."""
    kept = "SELECT CAST(definition AS TEXT) FROM flow_versions WHERE id = :id"
    return _flow(db.execute(text(kept), {"id": version_id}).scalar_one())


def version(db: Connection, version_id: int) -> Flow:
    """Return a published flow as it runs; a version never changes, so it is read once a process."""
    known = _read.setdefault(db.engine, {})
    if version_id not in known:
        kept = "SELECT CAST(definition AS TEXT) AS definition, runs FROM flow_versions WHERE id = :id"
        row = db.execute(text(kept), {"id": version_id}).one()
        others = {name: stored(db, each) for name, each in _json(row.runs).items()}
        known[version_id] = subflows.expanded(_flow(row.definition), others)
    return known[version_id]


def latest_version(db: Connection, name: str) -> int | None:
    """Return the newest version of a flow by its name."""
    found = db.execute(
        text("SELECT id FROM flow_versions WHERE flow = :flow ORDER BY version DESC LIMIT 1"), {"flow": name}
    ).scalar()
    return int(found) if found is not None else None


def all_latest(db: Connection) -> Mapping[str, tuple[int, Flow]]:
    """Return the newest version of every flow, as written, by name."""
    found = {flow.flow: (int(id_), flow) for id_, kept in db.execute(_LATEST) if (flow := _flow(kept))}
    return dict(sorted(found.items()))


def of_paper(db: Connection, paper: Document) -> tuple[int, Flow] | None:
    """Return the newest flow about a kind of paper that has a field for all that the paper says; None if none has."""
    for version_id in db.execute(_LATEST_IDS).scalars().all():
        flow = version(db, version_id)
        if flow.about == paper.kind and flow.fields.keys() >= paper.fields.keys():
            return version_id, flow
    return None


def about(db: Connection, kind: str) -> tuple[int, Flow]:
    """Return the flow that starts by itself for this kind of document: the one that was published last.

    Where people start all flows about it, a paper that a stage writes, such as a replacement, takes the last of those.
    """
    known = [(each, version(db, each)) for each in db.execute(_LATEST_IDS).scalars().all()]
    for starts_by_itself in (True, False):
        for version_id, flow in known:
            if flow.about == kind and bool(flow.started_by) != starts_by_itself:
                return version_id, flow
    raise LookupError(f"no flow about {kind}")
