"""Moving within the house: goods from bin to bin, and lots that are split or merged, with their family on record.

A move's goods are an item's code or a lot's number, typed or scanned from its label. A lot that is made of others keeps
their earliest date and, where they share one, their supplier. What was moved becomes the paper's lines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import documents, genealogy, items, labels, ledger, lots, places
from inventory_core.documents import NewLine
from inventory_core.errors import (
    NotEnoughStock,
    NothingThere,
    NotOneItem,
    OneLotOnly,
    SameBin,
    SerialsStayWhole,
    ZeroQuantity,
)
from inventory_core.genealogy import Part
from inventory_core.items import Item
from inventory_core.kinds import tracking_of
from inventory_core.movement import Place, Status, Transfer
from inventory_core.stages.case import Action, Argument, Order, post_goods, reach

MOVE: Final = "move"
SPLIT: Final = "split"
MERGE: Final = "merge"
_HERE: Final = text("""
    SELECT b.item_id, b.lot_id, t.number, b.status, b.quantity - b.reserved AS free
    FROM balances b JOIN items i ON i.id = b.item_id JOIN lots t ON t.id = b.lot_id
    WHERE b.location_id = :bin AND b.quantity > 0
      AND (lower(i.code) = :words OR (b.lot_id <> 0 AND lower(t.number) = :words))
    ORDER BY CASE b.status WHEN 'available' THEN 0 ELSE 1 END,
             CASE WHEN t.expires_on IS NULL THEN 1 ELSE 0 END, t.expires_on, b.lot_id, b.status
""")


@dataclass(frozen=True, slots=True)
class _Here:
    """So much of a lot that lies in a bin and is not kept for anybody, in smallest units."""

    lot_id: int
    lot: str
    status: Status
    free: int


def move(db: Connection, order: Order) -> None:
    """Move goods from a bin to another one, as what they are: blocked goods stay blocked.

    Takes ``goods``, ``source``, ``target`` and ``quantity``; without one, all that lies there goes. Raises SameBin,
    NothingThere, NotOneItem, ZeroQuantity and NotEnoughStock.
    """
    source, target = order.words("source"), order.words("target")
    if source == target:
        raise SameBin(place=source)
    item, here = _lying(db, order.words("goods"), source)
    wanted = _amount(order, item) if order.using.get("quantity") is not None else sum(each.free for each in here)
    parts = _taken(item, here, wanted, source)
    from_id, to_id = places.id_of(db, source), places.id_of(db, target)
    transfers = [
        Transfer(item.id, each.lot_id, part, Place(from_id, each.status), Place(to_id, each.status))
        for each, part in parts
    ]
    post_goods(db, order, "transfer", transfers)
    way = f"{source} → {target}"
    lines = [NewLine(item.id, part, lot_id=each.lot_id, fields={"bin": way, "lot": each.lot}) for each, part in parts]
    documents.add_lines(db, order.document.id, lines)
    reach(db, order, "posted")


def split(db: Connection, order: Order) -> None:
    """Make a new lot of so much of a lot in a bin. Takes ``lot``, ``bin`` and ``quantity``.

    Raises NothingThere, SerialsStayWhole, ZeroQuantity and NotEnoughStock.
    """
    bin_ = order.words("bin")
    item, here = _lying(db, order.words("lot"), bin_)
    first = here[0]
    ((_, amount),) = _taken(item, [first], _amount(order, item), bin_)
    _regroup(db, order, SPLIT, item, bin_, [(first, amount)])


def merge(db: Connection, order: Order) -> None:
    """Make one new lot of all that is available of several lots of an item in a bin.

    Takes ``bin`` and the rows of the field ``lots``: lot. Raises OneLotOnly, NothingThere, NotOneItem, SerialsStayWhole
    and NotEnoughStock.
    """
    bin_, rows = order.words("bin"), order.document.fields.get("lots")
    numbers = list(dict.fromkeys(str(row["lot"]) for row in rows)) if isinstance(rows, list) else []
    if len(numbers) < 2:
        raise OneLotOnly
    found = [_lying(db, number, bin_) for number in numbers]
    item = found[0][0]
    for number, (other, _) in zip(numbers, found, strict=True):
        if other.id != item.id:
            raise NotOneItem(goods=number, items=f"{item.code}, {other.code}")
    parts = [part for _, here in found for part in _taken(item, here[:1], here[0].free, bin_)]
    if any(each.status != parts[0][0].status for each, _ in parts):
        raise NothingThere(goods=next(each.lot for each, _ in parts if each.status != "available"), place=bin_)
    _regroup(db, order, MERGE, item, bin_, parts)


def _lying(db: Connection, goods: str, bin_: str) -> tuple[Item, Sequence[_Here]]:
    """Return the item that is meant and what of it lies in a bin: available first, then what expires first."""
    words = labels.typed(goods).strip()
    rows = db.execute(_HERE, {"bin": places.id_of(db, bin_), "words": words.lower()}).all()
    if not rows:
        raise NothingThere(goods=words, place=bin_)
    ids = list(dict.fromkeys(row.item_id for row in rows))
    if len(ids) > 1:
        raise NotOneItem(goods=words, items=", ".join(items.by_id(db, each).code for each in ids))
    return items.by_id(db, ids[0]), [_Here(row.lot_id, row.number, row.status, int(row.free)) for row in rows]


def _amount(order: Order, item: Item) -> int:
    amount = item.units(order.number("quantity"))
    if amount <= 0:
        raise ZeroQuantity(unit=item.unit)
    return amount


def _taken(item: Item, here: Sequence[_Here], wanted: int, bin_: str) -> list[tuple[_Here, int]]:
    """Return how much is taken of each lot. Raises NotEnoughStock when that is less than is wanted, or nothing."""
    parts, rest = [], wanted
    for each in here:
        if part := min(rest, each.free):
            parts.append((each, part))
            rest -= part
    if rest or not parts:
        free = item.write(wanted - rest)
        raise NotEnoughStock(
            item=item.code, place=bin_, wanted=item.write(wanted), free=free, short=item.write(rest), unit=item.unit
        )
    return parts


def _regroup(
    db: Connection, order: Order, kind: str, item: Item, bin_: str, parts: Sequence[tuple[_Here, int]]
) -> None:
    if tracking_of(db, [item.id])[item.id] == "serial":
        raise SerialsStayWhole(item=item.code)
    if ledger.posted(db, f"{order.key}:out") is not None:
        return
    bin_id = places.id_of(db, bin_)
    new_id, number = lots.of_others(db, [each.lot_id for each, _ in parts], today=order.today)
    total, status = sum(part for _, part in parts), parts[0][0].status
    genealogy.transform(
        db,
        kind,
        inputs=[Part(item.id, each.lot_id, part, Place(bin_id, each.status)) for each, part in parts],
        outputs=[Part(item.id, new_id, total, Place(bin_id, status))],
        dedupe_key=order.key,
        day=order.today,
        now=order.now,
        document_id=order.document.id,
        employee_id=order.employee_id,
    )
    label = labels.Label(item.code, number, item.write(total), item.name, item.unit, bin_)
    documents.add_lines(
        db, order.document.id, [NewLine(item.id, total, lot_id=new_id, fields={"bin": bin_, "lot": number})]
    )
    documents.note_fields(db, order.document.id, {"label": " · ".join(label.lines)})
    reach(db, order, "posted")


ACTIONS: Mapping[str, Action] = {
    "moving.move": Action(
        move,
        {
            "goods": Argument("text"),
            "source": Argument("text"),
            "target": Argument("text"),
            "quantity": Argument("number", is_needed=False),
        },
        MOVE,
    ),
    "moving.split": Action(
        split, {"lot": Argument("text"), "bin": Argument("text"), "quantity": Argument("number")}, SPLIT
    ),
    "moving.merge": Action(merge, {"bin": Argument("text")}, MERGE),
}
