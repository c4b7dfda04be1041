"""What shipping and production share: promises for a paper's lines, and where their goods are picked."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection, text

from inventory_core import items, reservations
from inventory_core.document import Document, Line
from inventory_core.errors import NotEnoughStock
from inventory_core.items import Item
from inventory_core.stages.case import Order

_PROMISES = text("SELECT id FROM reservations WHERE document_line_id = :line AND state = 'open'")
_NAMED_PLACES = 3


def promise(db: Connection, order: Order, lines: Sequence[Line]) -> None:
    """Keep what is open of each line for its paper. Raises NotEnoughStock."""
    for line in lines:
        if line.quantity("open"):
            _keep(db, order, line, line.quantity("open"), key=f"{order.key}:{line.position}")


def promise_what_is_free(db: Connection, order: Order, lines: Sequence[Line]) -> None:
    """Keep what is open of each line as far as it is free: a person decides about the rest."""
    for line in lines:
        rest = min(line.quantity("open"), max(items.on_hand(db, line.item_id).free, 0))
        if rest:
            try:
                _keep(db, order, line, rest, key=f"{order.key}:rest:{line.position}")
            except NotEnoughStock:
                continue  # what is free is past its date


def _keep(db: Connection, order: Order, line: Line, quantity: int, *, key: str) -> None:
    item = items.by_id(db, line.item_id)
    reservations.promise(db, item, quantity, key=key, day=order.today, now=order.now, document_line_id=line.id)


def release(db: Connection, lines: Sequence[Line], *, state: str) -> None:
    """End the promises of lines: ``used`` just before they are posted, ``released`` when they are given up."""
    for line in lines:
        for each in db.execute(_PROMISES, {"line": line.id}).scalars().all():
            reservations.release(db, each, state=state)


def picks(db: Connection, item: Item, amount: int, order: Order) -> Iterator[tuple[int, int, int]]:
    """Yield (bin, lot, quantity) of what is picked for an amount, what expires first. Raises NotEnoughStock."""
    wanted = amount
    for lying in items.lying(db, item.id):
        part = min(wanted, lying.quantity - lying.reserved)
        if part > 0 and lying.is_usable(order.today):
            yield lying.location_id, lying.lot_id, part
            wanted -= part
    if wanted:
        free, short = item.write(amount - wanted), item.write(wanted)
        raise NotEnoughStock(
            item=item.code, place="", wanted=item.write(amount), free=free, short=short, unit=item.unit
        )


def with_places(db: Connection, document: Document) -> Document:
    """Return a document with where each line is to be picked, in walking order."""
    lines = []
    for line in document.lines:
        item, spots, wanted = items.by_id(db, line.item_id), [], line.quantity("open")
        for lying in items.lying(db, line.item_id):
            if wanted > 0 and lying.status == "available":
                part = min(wanted, lying.quantity)
                spots.append(f"{lying.location} {item.write(part)}")
                wanted -= part
        lines.append(replace(line, fields={**line.fields, "bin": ", ".join(spots[:_NAMED_PLACES])}))
    return replace(document, lines=tuple(lines))
