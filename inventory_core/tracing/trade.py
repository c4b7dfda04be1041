"""The story of a partner: orders, what came or went, what of it was refused or sent back, and how punctually."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Row, bindparam, text
from sqlalchemy.types import Date

from inventory_core import documents
from inventory_core.quantity import write_quantity
from inventory_core.suppliers import PROMISED
from inventory_core.tracing.steps import PLAIN

_ORDERS: Final = 200
_LOTS: Final = 200
_CALLED_OFF: Final = ("cancelled", "withdrawn", "dropped", "reversed")
_PARTNER: Final = text("SELECT id, kind, code, name FROM partners WHERE id = :id")
_ORDERS_OF: Final = (
    text("""
    SELECT d.id, d.kind, d.number, d.state, d.opened_on, d.due_on FROM documents d
    WHERE d.partner_id = :partner AND d.kind IN ('purchase_order', 'sales_order', 'rma')
      AND (d.opened_on >= :since OR d.state = 'open') ORDER BY d.id DESC LIMIT :most
""")
    .bindparams(bindparam("since", type_=Date()))
    .columns(opened_on=Date(), due_on=Date())
)
# An order is on time when all of it moved by its date: the last movement that was not taken back says when.
_RECEIVED_ON: Final = text(f"""
    SELECT d.state, d.due_on, d.fields, (
        SELECT MAX(m.day) FROM documents r JOIN movements m ON m.document_id = r.id
        WHERE r.source_id = d.id AND r.kind = 'receipt' AND m.kind = 'receipt' AND {PLAIN}) AS last
    FROM documents d WHERE d.partner_id = :partner AND d.kind = 'purchase_order' AND d.opened_on >= :since
""")  # noqa: S608 (all of it ours)
_SENT_ON: Final = text(f"""
    SELECT d.state, d.due_on, d.fields,
           (SELECT MAX(m.day) FROM movements m WHERE m.document_id = d.id AND m.kind = 'shipment' AND {PLAIN}) AS last
    FROM documents d WHERE d.partner_id = :partner AND d.kind = 'sales_order' AND d.opened_on >= :since
""")  # noqa: S608 (all of it ours)
_DATES: Final = {"due_on": Date(), "last": Date()}
_SINCE: Final[BindParameter[dt.date]] = bindparam("since", type_=Date())
_PUNCTUAL: Final = {
    "supplier": (_RECEIVED_ON.bindparams(_SINCE).columns(**_DATES), "complete"),
    "customer": (_SENT_ON.bindparams(_SINCE).columns(**_DATES), "posted"),
}
_PAPERED: Final = """
    SELECT i.id, i.code, i.name, i.base_unit AS unit, i.precision, SUM({done}) AS done, SUM({back}) AS back
    FROM documents d JOIN document_lines l ON l.document_id = d.id JOIN items i ON i.id = l.item_id
    WHERE d.partner_id = :partner AND d.kind IN {kinds} AND d.opened_on >= :since AND d.state <> 'reversed'
    GROUP BY i.id, i.code, i.name, i.base_unit, i.precision HAVING SUM(l.done) > 0 ORDER BY i.code
"""
_CAME: Final = text(_PAPERED.format(done="l.done", back="l.rejected", kinds="('receipt')")).bindparams(
    bindparam("since", type_=Date())
)
_WENT: Final = text(
    _PAPERED.format(
        done="CASE d.kind WHEN 'sales_order' THEN l.done ELSE 0 END",
        back="CASE d.kind WHEN 'rma' THEN l.done ELSE 0 END",
        kinds="('sales_order', 'rma')",
    )
).bindparams(bindparam("since", type_=Date()))
_SENT_BACK: Final = text(f"""
    SELECT l.item_id, SUM(l.quantity) AS quantity
    FROM lots t JOIN movement_lines l ON l.lot_id = t.id JOIN movements m ON m.id = l.movement_id
    JOIN locations c ON c.id = l.location_id
    WHERE t.supplier_id = :partner AND c.kind = 'supplier' AND l.quantity > 0 AND l.day >= :since AND {PLAIN}
    GROUP BY l.item_id
""").bindparams(bindparam("since", type_=Date()))  # noqa: S608 (all of it ours)
_IN_HOUSE: Final = text("""
    SELECT t.id, t.number, i.code, i.base_unit AS unit, i.precision, SUM(b.quantity) AS quantity
    FROM lots t JOIN balances b ON b.item_id = t.item_id AND b.lot_id = t.id JOIN items i ON i.id = t.item_id
    WHERE t.supplier_id = :partner AND b.quantity > 0
    GROUP BY t.id, t.number, i.code, i.base_unit, i.precision ORDER BY t.id DESC LIMIT :most
""")
_AT_CUSTOMER: Final = text("""
    SELECT t.id, t.number, i.code, i.base_unit AS unit, i.precision, SUM(l.quantity) AS quantity
    FROM documents d JOIN movements m ON m.document_id = d.id JOIN movement_lines l ON l.movement_id = m.id
    JOIN locations c ON c.id = l.location_id JOIN lots t ON t.id = l.lot_id JOIN items i ON i.id = l.item_id
    WHERE d.partner_id = :partner AND c.kind = 'customer' AND t.id > 0
    GROUP BY t.id, t.number, i.code, i.base_unit, i.precision HAVING SUM(l.quantity) > 0 ORDER BY t.id DESC LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order, or a return, of a partner."""

    id: int
    kind: str
    number: str
    state: str
    opened_on: dt.date
    due_on: dt.date | None

    @property
    def is_open(self) -> bool:
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class Traded:
    """An item that came from or went to a partner, in smallest units.

    ``refused`` is what an inspection refused, ``returned`` what went back.
    """

    item_id: int
    code: str
    name: str
    unit: str
    precision: int
    quantity: int
    refused: int
    returned: int

    def write(self, amount: int) -> str:
        return f"{write_quantity(amount, self.precision)} {self.unit}"


@dataclass(frozen=True, slots=True)
class PartnerLot:
    """A lot of a supplier in the house, or at a customer; with the quantity as people write it."""

    lot_id: int
    number: str
    item_code: str
    amount: str


@dataclass(frozen=True, slots=True)
class PartnerStory:
    """A partner's story since a day. ``on_time`` of the ``due`` orders whose date is over were complete by it."""

    id: int
    kind: str
    code: str
    name: str
    since: dt.date
    orders: Sequence[OrderLine]
    items: Sequence[Traded]
    lots: Sequence[PartnerLot]
    on_time: int
    due: int


def story(db: Connection, partner_id: int, *, since: dt.date, today: dt.date) -> PartnerStory:
    """Return what came from a supplier, or went to a customer, since a day."""
    partner = db.execute(_PARTNER, {"id": partner_id}).one()
    key = {"partner": partner_id, "since": since}
    orders = [OrderLine(*row) for row in db.execute(_ORDERS_OF, {**key, "most": _ORDERS})]
    is_supplier = partner.kind == "supplier"
    on_time, due = _punctual(db, partner.kind, key, today)
    return PartnerStory(
        id=partner.id,
        kind=partner.kind,
        code=partner.code,
        name=partner.name,
        since=since,
        orders=orders,
        items=_bought(db, key) if is_supplier else [_traded(row) for row in db.execute(_WENT, key)],
        lots=_lots(db, partner_id, is_supplier=is_supplier),
        on_time=on_time,
        due=due,
    )


def _punctual(db: Connection, kind: str, key: dict[str, object], today: dt.date) -> tuple[int, int]:
    """Return how many orders were complete by their date, and of how many; those called off do not count."""
    statement, complete = _PUNCTUAL[kind]
    on_time = over = 0
    for row in db.execute(statement, key):
        fields = documents.from_json(row.fields)
        promised = _day(fields.get(PROMISED)) or row.due_on or _day(fields.get("ship_by"))
        if promised is None or promised >= today or row.state in _CALLED_OFF:
            continue
        over += 1
        on_time += row.state == complete and row.last is not None and row.last <= promised
    return on_time, over


def _day(words: object) -> dt.date | None:
    """Return the day of a date field as it is stored, or None."""
    try:
        return dt.date.fromisoformat(str(words)) if words else None
    except ValueError:
        return None


def _bought(db: Connection, key: dict[str, object]) -> list[Traded]:
    back = {row.item_id: int(row.quantity) for row in db.execute(_SENT_BACK, key)}
    return [
        Traded(row.id, row.code, row.name, row.unit, row.precision, int(row.done), int(row.back), back.get(row.id, 0))
        for row in db.execute(_CAME, key)
    ]


def _traded(row: Row[Any]) -> Traded:
    return Traded(row.id, row.code, row.name, row.unit, row.precision, int(row.done), 0, int(row.back))


def _lots(db: Connection, partner_id: int, *, is_supplier: bool) -> list[PartnerLot]:
    found = db.execute(_IN_HOUSE if is_supplier else _AT_CUSTOMER, {"partner": partner_id, "most": _LOTS})
    return [
        PartnerLot(row.id, row.number, row.code, f"{write_quantity(int(row.quantity), row.precision)} {row.unit}")
        for row in found
    ]
