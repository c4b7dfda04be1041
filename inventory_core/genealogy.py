"""Genealogy: what a lot was made of and what it became, by production, repacking, splitting and merging.

A transformation takes lots in and gives lots out; each pair of them is a link with the quantity that went that way. A
trace walks the links, any depth, once each, so that it ends even where lots went in a ring.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, TextClause, bindparam, text

from inventory_core import ledger, places
from inventory_core.movement import Movement, Place, Transfer
from inventory_core.quantity import shares

_LINK = text("""
    INSERT INTO lot_links (parent_id, child_id, movement_id, quantity)
    VALUES (:parent, :child, :movement, :quantity)
""")
_WALK = """
    WITH RECURSIVE walked(parent_id, child_id, movement_id, quantity) AS (
        SELECT parent_id, child_id, movement_id, quantity FROM lot_links WHERE {near} = :lot
        UNION
        SELECT l.parent_id, l.child_id, l.movement_id, l.quantity
        FROM lot_links l JOIN walked w ON l.{near} = w.{far}
    )
    SELECT w.{far} AS lot, w.{near} AS beside, w.quantity, w.movement_id, t.number, i.code, i.name, i.base_unit,
           i.precision, p.name AS supplier
    FROM walked w JOIN lots t ON t.id = w.{far} JOIN items i ON i.id = t.item_id
    LEFT JOIN partners p ON p.id = t.supplier_id
    ORDER BY w.movement_id, w.{far}
"""
_UPSTREAM = text(_WALK.format(near="child_id", far="parent_id"))
_DOWNSTREAM = text(_WALK.format(near="parent_id", far="child_id"))
_SHIPPED = text("""
    SELECT l.lot_id, t.number, COALESCE(p.name, '') AS customer, COALESCE(d.number, '') AS paper,
           SUM(l.quantity) AS sent
    FROM movement_lines l JOIN locations c ON c.id = l.location_id JOIN movements m ON m.id = l.movement_id
    JOIN lots t ON t.id = l.lot_id LEFT JOIN documents d ON d.id = m.document_id
    LEFT JOIN partners p ON p.id = d.partner_id
    WHERE l.lot_id IN :lots AND c.kind = 'customer'
    GROUP BY l.lot_id, t.number, p.name, d.number HAVING SUM(l.quantity) <> 0 ORDER BY l.lot_id, d.number
""").bindparams(bindparam("lots", expanding=True))
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a lot in a place, in smallest units."""

    item_id: int
    lot_id: int
    quantity: int
    place: Place


@dataclass(frozen=True, slots=True)
class Relative:
    """A lot on the way up or down, next to ``beside_id``; ``quantity`` is how much of the upper one went that way."""

    lot_id: int
    beside_id: int
    quantity: int
    movement_id: int
    number: str
    item_code: str
    item_name: str
    unit: str
    precision: int
    supplier: str


@dataclass(frozen=True, slots=True)
class Shipped:
    """So much of a lot that a customer has, by which paper."""

    lot_id: int
    number: str
    customer: str
    document: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Family:
    """A lot's relatives: up to the suppliers, down to the customers."""

    upstream: Sequence[Relative]
    downstream: Sequence[Relative]
    shipped: Sequence[Shipped]


def transform(
    db: Connection,
    kind: str,
    *,
    inputs: Sequence[Part],
    outputs: Sequence[Part],
    dedupe_key: str,
    day: dt.date,
    now: dt.datetime,
    document_id: int | None = None,
    employee_id: int | None = None,
) -> tuple[int, int]:
    """Take the inputs into production, give the outputs out of it at their value, link them, and return both movements.

    The value of the inputs is shared among the outputs by quantity, and no cent is lost. The same key does it once.
    """
    assert inputs and outputs, "something is made of something"
    middle = Place(places.virtual(db, "production"))

    def post(side: str, transfers: Sequence[Transfer]) -> int:
        key = f"{dedupe_key}:{side}"
        movement = Movement(kind, key, now, day, transfers, document_id=document_id, employee_id=employee_id)
        return ledger.post(db, movement, now=now)

    taken = post("in", [Transfer(each.item_id, each.lot_id, each.quantity, each.place, middle) for each in inputs])
    if (earlier := ledger.posted(db, f"{dedupe_key}:out")) is not None:
        return taken, earlier
    value = db.execute(
        text("SELECT -SUM(value) FROM movement_lines WHERE movement_id = :id AND quantity < 0"), {"id": taken}
    ).scalar_one()
    values = shares(int(value), [each.quantity for each in outputs])
    given = post(
        "out",
        [
            Transfer(each.item_id, each.lot_id, each.quantity, middle, each.place, value=share)
            for each, share in zip(outputs, values, strict=True)
        ],
    )
    link(db, inputs, outputs, given)
    return taken, given


def link(db: Connection, inputs: Sequence[Part], outputs: Sequence[Part], movement_id: int) -> None:
    """Note that the outputs of a movement were made of the inputs, each input shared among them by quantity."""
    quantities: dict[tuple[int, int], int] = {}
    for parent in inputs:
        went = shares(parent.quantity, [each.quantity for each in outputs])
        for child, quantity in zip(outputs, went, strict=True):
            pair = parent.lot_id, child.lot_id
            if parent.lot_id and child.lot_id and parent.lot_id != child.lot_id:
                quantities[pair] = quantities.get(pair, 0) + quantity
    if quantities:
        db.execute(
            _LINK,
            [
                {"parent": parent, "child": child, "movement": movement_id, "quantity": quantity}
                for (parent, child), quantity in quantities.items()
            ],
        )


def family(db: Connection, lot_id: int) -> Family:
    """Return where a lot came from, what became of it, and which customers have it."""
    up, down = _walk(db, _UPSTREAM, lot_id), _walk(db, _DOWNSTREAM, lot_id)
    wanted = sorted({lot_id, *(each.lot_id for each in down)})
    shipped = [
        Shipped(row[0], row[1], row[2], row[3], int(row[4]))
        for start in range(0, len(wanted), _AT_ONCE)
        for row in db.execute(_SHIPPED, {"lots": wanted[start : start + _AT_ONCE]})
    ]
    return Family(up, down, shipped)


def _walk(db: Connection, statement: TextClause, lot_id: int) -> Sequence[Relative]:
    return [
        Relative(
            lot_id=row.lot,
            beside_id=row.beside,
            quantity=row.quantity,
            movement_id=row.movement_id,
            number=row.number,
            item_code=row.code,
            item_name=row.name,
            unit=row.base_unit,
            precision=row.precision,
            supplier=row.supplier or "",
        )
        for row in db.execute(statement, {"lot": lot_id})
    ]
