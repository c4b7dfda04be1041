"""The story of an item: what came and from whom, what went and to whom, and its lots."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

from inventory_core import items
from inventory_core.items import Item, OnHand
from inventory_core.tracing.steps import PLAIN

_LOTS: Final = 200
_SIDES: Final = text(f"""
    SELECT c.kind AS place, p.id AS partner_id, COALESCE(p.name, '') AS partner,
           SUM(CASE WHEN l.quantity < 0 THEN -l.quantity ELSE 0 END) AS came,
           SUM(CASE WHEN l.quantity > 0 THEN l.quantity ELSE 0 END) AS went, MAX(l.day) AS last
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN locations c ON c.id = l.location_id
    JOIN lots t ON t.id = l.lot_id LEFT JOIN documents d ON d.id = m.document_id
    LEFT JOIN partners p ON p.id = CASE WHEN c.kind = 'customer' THEN d.partner_id
        WHEN c.kind = 'supplier' THEN COALESCE(t.supplier_id, CASE WHEN d.kind <> 'rma' THEN d.partner_id END) END
    WHERE l.item_id = :item AND l.day >= :since AND c.kind NOT IN ('bin', 'transit') AND {PLAIN}
    GROUP BY c.kind, p.id, p.name ORDER BY c.kind DESC, MAX(l.day) DESC, p.name
""")  # noqa: S608 (all of it ours)
_SIDES_SINCE: Final = _SIDES.bindparams(bindparam("since", type_=Date())).columns(last=Date())
_LOTS_OF: Final = (
    text("""
    SELECT t.id, t.number, p.id AS supplier_id, COALESCE(p.name, '') AS supplier, t.received_on, t.expires_on,
           COALESCE((SELECT SUM(b.quantity) FROM balances b WHERE b.item_id = :item AND b.lot_id = t.id), 0) AS kept
    FROM lots t LEFT JOIN partners p ON p.id = t.supplier_id
    WHERE t.id > 0 AND t.id IN (
        SELECT lot_id FROM balances WHERE item_id = :item AND quantity > 0
        UNION SELECT lot_id FROM movement_lines WHERE item_id = :item AND day >= :since)
    ORDER BY CASE WHEN COALESCE((SELECT SUM(b.quantity) FROM balances b
                                 WHERE b.item_id = :item AND b.lot_id = t.id), 0) > 0 THEN 0 ELSE 1 END, t.id DESC
    LIMIT :most
""")
    .bindparams(bindparam("since", type_=Date()))
    .columns(received_on=Date(), expires_on=Date())
)
_PASSED: Final = text(f"""
    SELECT l.lot_id, SUM(CASE WHEN l.quantity < 0 THEN -l.quantity ELSE 0 END) AS came,
           SUM(CASE WHEN l.quantity > 0 THEN l.quantity ELSE 0 END) AS went
    FROM movement_lines l JOIN movements m ON m.id = l.movement_id JOIN locations c ON c.id = l.location_id
    WHERE l.lot_id IN :lots AND c.kind NOT IN ('bin', 'transit') AND {PLAIN} GROUP BY l.lot_id
""").bindparams(bindparam("lots", expanding=True))  # noqa: S608 (all of it ours)


@dataclass(frozen=True, slots=True)
class Side:
    """How much came from and went to a kind of place outside the shelves, and a partner there; last on which day."""

    place: str
    partner_id: int | None
    partner: str
    came: int
    went: int
    last: dt.date


@dataclass(frozen=True, slots=True)
class LotLine:
    """A lot of an item: how much of it came and went over its whole life, and how much is left."""

    lot_id: int
    number: str
    supplier_id: int | None
    supplier: str
    received_on: dt.date | None
    expires_on: dt.date | None
    left: int
    came: int
    went: int


@dataclass(frozen=True, slots=True)
class ItemStory:
    """An item's story since a day; what was taken back by a reversal is not in it. Quantities are smallest units.

    ``lots`` are those in the house, the newest first, and then those that only moved since.
    """

    item: Item
    held: OnHand
    since: dt.date
    sides: Sequence[Side]
    lots: Sequence[LotLine]


def story(db: Connection, item_id: int, *, since: dt.date) -> ItemStory:
    """Return what happened to an item since a day."""
    key = {"item": item_id, "since": since}
    sides = [
        Side(row.place, row.partner_id, row.partner, int(row.came), int(row.went), row.last)
        for row in db.execute(_SIDES_SINCE, key)
    ]
    rows = db.execute(_LOTS_OF, {**key, "most": _LOTS}).all()
    asked = {"lots": [each.id for each in rows] or [0]}
    passed = {row.lot_id: (int(row.came), int(row.went)) for row in db.execute(_PASSED, asked)}
    lots = []
    for row in rows:
        came, went = passed.get(row.id, (0, 0))
        line = row.id, row.number, row.supplier_id, row.supplier, row.received_on, row.expires_on
        lots.append(LotLine(*line, left=int(row.kept), came=came, went=went))
    return ItemStory(items.by_id(db, item_id), items.on_hand(db, item_id), since, sides, lots)
