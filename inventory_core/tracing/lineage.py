"""Where lots came from and what became of them: back to the suppliers, on to the customers, and what is still here.

The family of one lot, or of all that a paper moved, once each and at any depth.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, TextClause, bindparam, text

from inventory_core.quantity import write_quantity

_AT_ONCE: Final = 500
_WALK: Final = """
    WITH RECURSIVE walked(parent_id, child_id, movement_id, quantity) AS (
        SELECT parent_id, child_id, movement_id, quantity FROM lot_links WHERE {near} IN :lots
        UNION
        SELECT l.parent_id, l.child_id, l.movement_id, l.quantity
        FROM lot_links l JOIN walked w ON l.{near} = w.{far}
    )
    SELECT parent_id, child_id, SUM(quantity) AS quantity FROM walked GROUP BY parent_id, child_id
    ORDER BY MIN(movement_id), parent_id, child_id
"""


def _of_lots(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("lots", expanding=True))


_CHILDREN: Final = _of_lots("SELECT parent_id, child_id FROM lot_links WHERE parent_id IN :lots")
_UP: Final = _of_lots(_WALK.format(near="child_id", far="parent_id"))
_DOWN: Final = _of_lots(_WALK.format(near="parent_id", far="child_id"))
_LOTS: Final = _of_lots("""
    SELECT t.id, t.number, t.item_id, i.code AS item_code, i.name AS item_name, i.base_unit AS unit, i.precision,
           CASE i.tracking WHEN 'serial' THEN 1 ELSE 0 END AS is_serial, t.supplier_id,
           COALESCE(p.name, '') AS supplier, COALESCE(SUM(b.quantity), 0) AS kept
    FROM lots t JOIN items i ON i.id = t.item_id LEFT JOIN partners p ON p.id = t.supplier_id
    LEFT JOIN balances b ON b.item_id = t.item_id AND b.lot_id = t.id AND b.quantity > 0
    WHERE t.id IN :lots
    GROUP BY t.id, t.number, t.item_id, i.code, i.name, i.base_unit, i.precision, i.tracking, t.supplier_id, p.name
""")
_OUT: Final = _of_lots("""
    SELECT l.lot_id, c.kind AS place, p.id AS partner_id, COALESCE(p.name, '') AS partner, d.id AS paper_id,
           COALESCE(d.number, '') AS paper, SUM(l.quantity) AS quantity
    FROM movement_lines l JOIN locations c ON c.id = l.location_id JOIN movements m ON m.id = l.movement_id
    LEFT JOIN documents d ON d.id = m.document_id LEFT JOIN partners p ON p.id = d.partner_id
    WHERE l.lot_id IN :lots AND c.kind IN ('customer', 'scrap', 'production')
    GROUP BY l.lot_id, c.kind, p.id, p.name, d.id, d.number HAVING SUM(l.quantity) <> 0
    ORDER BY l.lot_id, MIN(l.id)
""")
# The first line of a lot is the far side of what brought it into the house.
_ORIGIN: Final = _of_lots("""
    SELECT l.lot_id, c.kind AS place, d.id AS paper_id, COALESCE(d.number, '') AS paper, COALESCE(d.kind, '') AS kind
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN locations c ON c.id = l.location_id
    LEFT JOIN documents d ON d.id = m.document_id
    WHERE l.id IN (SELECT MIN(id) FROM movement_lines WHERE lot_id IN :lots GROUP BY lot_id)
""")


@dataclass(frozen=True, slots=True)
class LotNode:
    """One lot. ``level`` is 0 for what was asked about, below for what it is made of, above for what it became.

    ``paper`` brought it into the house. ``kept`` is in the house, ``scrapped`` gone, ``used`` went into production and
    into no lot that is known. Quantities are smallest units.
    """

    id: int
    number: str
    item_id: int
    item_code: str
    item_name: str
    unit: str
    precision: int
    is_serial: bool
    supplier_id: int | None
    supplier: str
    kept: int
    level: int
    paper_id: int | None
    paper: str
    scrapped: int
    used: int

    def write(self, amount: int) -> str:
        return f"{write_quantity(amount, self.precision)} {self.unit}"


@dataclass(frozen=True, slots=True)
class Link:
    """So much of a lot went into another."""

    parent_id: int
    child_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class AtCustomer:
    """So much of a lot that a customer has now, less what came back; ``papers`` are (id, number) of what sent it."""

    lot_id: int
    partner_id: int | None
    partner: str
    quantity: int
    papers: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Lineage:
    """A family of lots, the nearest first, with its links and the customers that have any of it."""

    lots: Mapping[int, LotNode]
    links: Sequence[Link]
    customers: Sequence[AtCustomer]

    @property
    def upstream(self) -> Sequence[LotNode]:
        return [each for each in self.lots.values() if each.level < 0]

    @property
    def downstream(self) -> Sequence[LotNode]:
        return [each for each in self.lots.values() if each.level > 0]


def lineage(db: Connection, lot_ids: Sequence[int]) -> Lineage:
    """Return the family of some lots."""
    subjects = [each for each in dict.fromkeys(lot_ids) if each]
    up, down = _walk(db, _UP, subjects), _walk(db, _DOWN, subjects)
    levels = dict.fromkeys(subjects, 0)
    _level(levels, subjects, up, forward=False)
    _level(levels, subjects, down, forward=True)
    links = list(dict.fromkeys((*up, *down)))
    out = _rows(db, _OUT, levels)
    sent_on: dict[int, int] = {}
    for link in links:
        sent_on[link.parent_id] = sent_on.get(link.parent_id, 0) + link.quantity
    return Lineage(_lots(db, levels, out, sent_on), links, _customers(out))


def youngest(db: Connection, lot_ids: Sequence[int]) -> Sequence[int]:
    """Return those lots of which none of the others was made: of a work order what it made, not what it took."""
    asked = set(lot_ids)
    parents = {row.parent_id for row in _rows(db, _CHILDREN, lot_ids) if row.child_id in asked}
    return [each for each in lot_ids if each not in parents] or list(lot_ids)


def _walk(db: Connection, statement: TextClause, lots: Sequence[int]) -> list[Link]:
    return [Link(row.parent_id, row.child_id, int(row.quantity)) for row in _rows(db, statement, lots)]


def _rows(db: Connection, statement: TextClause, lots: Iterable[int]) -> list[Row[Any]]:
    wanted = list(lots)
    return [
        row
        for start in range(0, len(wanted), _AT_ONCE)
        for row in db.execute(statement, {"lots": wanted[start : start + _AT_ONCE]})
    ]


def _level(levels: dict[int, int], subjects: Sequence[int], links: Sequence[Link], *, forward: bool) -> None:
    """Give each lot its distance from what was asked about; a lot in a ring keeps its first."""
    near: dict[int, list[int]] = {}
    for link in links:
        start, end = (link.parent_id, link.child_id) if forward else (link.child_id, link.parent_id)
        near.setdefault(start, []).append(end)
    edge = list(subjects)
    while edge:
        step = 1 if forward else -1
        found = [(end, levels[start] + step) for start in edge for end in near.get(start, ())]
        edge = []
        for end, level in found:
            if end not in levels:
                levels[end] = level
                edge.append(end)


def _lots(
    db: Connection, levels: Mapping[int, int], out: Sequence[Row[Any]], sent_on: Mapping[int, int]
) -> dict[int, LotNode]:
    gone: dict[tuple[int, str], int] = {}
    for row in out:
        gone[row.lot_id, row.place] = gone.get((row.lot_id, row.place), 0) + int(row.quantity)
    origin = {row.lot_id: row for row in _rows(db, _ORIGIN, levels)}
    found = {row.id: row for row in _rows(db, _LOTS, levels)}
    nodes = {}
    for lot_id, level in levels.items():
        row, came = found[lot_id], origin.get(lot_id)
        nodes[lot_id] = LotNode(
            id=row.id,
            number=row.number,
            item_id=row.item_id,
            item_code=row.item_code,
            item_name=row.item_name,
            unit=row.unit,
            precision=row.precision,
            is_serial=bool(row.is_serial),
            supplier_id=row.supplier_id,
            supplier=row.supplier,
            kept=int(row.kept),
            level=level,
            paper_id=came.paper_id if came else None,
            paper=came.paper if came else "",
            scrapped=max(gone.get((lot_id, "scrap"), 0), 0),
            used=max(gone.get((lot_id, "production"), 0) - sent_on.get(lot_id, 0), 0),
        )
    return nodes


def _customers(out: Sequence[Row[Any]]) -> list[AtCustomer]:
    net: dict[tuple[int, int | None, str], int] = {}
    papers: dict[tuple[int, int | None, str], dict[int, str]] = {}
    for row in out:
        if row.place != "customer":
            continue
        key = row.lot_id, row.partner_id, row.partner
        net[key] = net.get(key, 0) + int(row.quantity)
        if row.quantity > 0 and row.paper_id is not None:
            papers.setdefault(key, {})[row.paper_id] = row.paper
    return [
        AtCustomer(*key, quantity, tuple(papers.get(key, {}).items())) for key, quantity in net.items() if quantity > 0
    ]
