"""The story of a paper: what it serves and what serves it, how its state went, what it moved, and what moved that."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, text

from inventory_core import documents
from inventory_core.db.metadata import from_micros
from inventory_core.document import Document
from inventory_core.quantity import write_quantity
from inventory_core.tracing import steps
from inventory_core.tracing.steps import PLAIN, Step

_DEEPEST: Final = 50
_LOTS: Final = 500
_ONWARD: Final = 200
_CHAIN: Final = text("""
    WITH RECURSIVE up(id, depth) AS (
        SELECT source_id, 1 FROM documents WHERE id = :id AND source_id IS NOT NULL
        UNION
        SELECT d.source_id, u.depth + 1 FROM documents d JOIN up u ON d.id = u.id
        WHERE d.source_id IS NOT NULL AND u.depth < :deepest
    ), down(id, depth) AS (
        SELECT id, 1 FROM documents WHERE source_id = :id
        UNION
        SELECT d.id, w.depth + 1 FROM documents d JOIN down w ON d.source_id = w.id WHERE w.depth < :deepest
    )
    SELECT c.way, d.id, d.kind, d.number, d.state, COALESCE(p.name, '') AS partner, c.depth
    FROM (SELECT 'up' AS way, id, MIN(depth) AS depth FROM up GROUP BY id
          UNION ALL SELECT 'down', id, MIN(depth) FROM down GROUP BY id) c
    JOIN documents d ON d.id = c.id LEFT JOIN partners p ON p.id = d.partner_id
    WHERE c.id <> :id
    ORDER BY c.way, c.depth, d.id
""")
_CHANGES: Final = text("""
    SELECT j.at, j.kind, COALESCE(e.name, '') AS name, j.facts
    FROM journal j LEFT JOIN employees e ON e.id = j.employee_id
    WHERE j.document_id = :id AND j.kind IN ('document.state', 'purchase_order.placed', 'purchase_order.closed_short',
          'purchase_order.rest_expected', 'flow.stepped') ORDER BY j.id
""")
_ONWARD_BY: Final = text(f"""
    SELECT d.id, d.kind, d.number, d.state, COALESCE(p.name, '') AS partner, m.kind AS moved, MIN(m.id) AS first,
           i.code AS item, i.base_unit AS unit, i.precision, SUM(l.quantity) AS quantity
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN items i ON i.id = l.item_id
    LEFT JOIN documents d ON d.id = m.document_id LEFT JOIN partners p ON p.id = d.partner_id
    WHERE l.lot_id IN :lots AND l.quantity > 0 AND {PLAIN}
    GROUP BY d.id, d.kind, d.number, d.state, p.name, m.kind, i.code, i.base_unit, i.precision
    ORDER BY MIN(m.id) LIMIT :most
""").bindparams(bindparam("lots", expanding=True))  # noqa: S608 (all of it ours)


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper next to others; ``depth`` is how many steps away it is."""

    id: int
    kind: str
    number: str
    state: str
    partner: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a paper's state: to which, by whom (empty for a deadline), when, and why if somebody said."""

    at: dt.datetime
    kind: str
    name: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved the same lots besides: a paper, or (None) a movement without one; of which item, how much."""

    paper: Paper | None
    kind: str
    item_code: str
    amount: str
    first_movement: int


@dataclass(frozen=True, slots=True)
class PaperStory:
    """A paper's whole story. ``before`` and ``after`` are the nearest first, each once, however the papers refer.

    ``steps`` are what this paper and those after it moved, ``earlier`` of them left out; ``lots`` (id, number, item's
    code) are those that it moved itself, or else that they did. ``came_by`` and ``went_by`` are what moved these lots
    earlier and later, on no paper of the chain.
    """

    paper: Document
    before: Sequence[Paper]
    after: Sequence[Paper]
    changes: Sequence[Change]
    steps: Sequence[Step]
    earlier: int
    lots: Sequence[tuple[int, str, str]]
    came_by: Sequence[Moved]
    went_by: Sequence[Moved]


def story(db: Connection, document_id: int) -> PaperStory:
    """Return the whole story of a paper."""
    before, after = chain(db, document_id)
    posted, earlier = steps.of_papers(db, [document_id, *(each.id for each in after)])
    own = [each for each in posted if each.paper_id == document_id] or posted
    lots = _lots(own)
    others: list[Moved] = []
    if lots:
        known = {document_id, *(each.id for each in (*before, *after))}
        others = [each for each in _once(_moved(db, lots)) if each.paper is None or each.paper.id not in known]
    first = min((each.movement_id for each in own), default=0)
    return PaperStory(
        paper=documents.load(db, document_id),
        before=before,
        after=after,
        changes=changes(db, document_id),
        steps=posted,
        earlier=earlier,
        lots=lots,
        came_by=[each for each in others if each.first_movement < first],
        went_by=[each for each in others if each.first_movement > first],
    )


def lots_of(db: Connection, document_id: int) -> list[int]:
    """Return the lots that a paper moved itself, or else that those after it did."""
    own, _ = steps.of_papers(db, [document_id])
    if not own:
        own, _ = steps.of_papers(db, [each.id for each in chain(db, document_id)[1]])
    return [lot_id for lot_id, _, _ in _lots(own)]


def _lots(moved: Sequence[Step]) -> list[tuple[int, str, str]]:
    return list(dict.fromkeys((each.lot_id, each.lot, each.item_code) for each in moved if each.lot_id))


def chain(db: Connection, document_id: int) -> tuple[Sequence[Paper], Sequence[Paper]]:
    """Return the papers that this one serves, and those that serve it; each once, at any depth, the nearest first."""
    before: list[Paper] = []
    after: list[Paper] = []
    seen: set[int] = set()
    for row in db.execute(_CHAIN, {"id": document_id, "deepest": _DEEPEST}):
        if row.id not in seen:
            seen.add(row.id)
            (before if row.way == "up" else after).append(Paper(*row[1:7]))
    return before, after


def changes(db: Connection, document_id: int) -> Sequence[Change]:
    """Return how a paper's state went, oldest first."""
    found: list[Change] = []
    for row in db.execute(_CHANGES, {"id": document_id}):
        facts: Mapping[str, Any] = json.loads(row.facts) if isinstance(row.facts, str) else row.facts
        if row.kind == "flow.stepped" and "stopped" not in facts:
            continue
        state = str(facts.get("after") or facts.get("stopped") or "")
        found.append(Change(from_micros(row.at), row.kind, row.name, state, str(facts.get("reason") or "")))
    return found


def _once(found: Sequence[Moved]) -> list[Moved]:
    """Return the first movement of each paper and item: what it did afterwards is its own story."""
    first: dict[tuple[int | str, str], Moved] = {}
    for each in found:
        first.setdefault((each.paper.id if each.paper else each.kind, each.item_code), each)
    return list(first.values())


def _moved(db: Connection, lots: Sequence[tuple[int, str, str]]) -> list[Moved]:
    rows = db.execute(_ONWARD_BY, {"lots": [each[0] for each in lots[:_LOTS]], "most": _ONWARD})
    return [
        Moved(
            Paper(row.id, row[1], row.number, row.state, row.partner) if row.id is not None else None,
            row.moved,
            row.item,
            f"{write_quantity(int(row.quantity), row.precision)} {row.unit}",
            row.first,
        )
        for row in rows
    ]
