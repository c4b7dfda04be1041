"""What shipping and production share: promises for a paper's lines, and where their goods are picked."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection, text

from inventory_core import items, ledger, reservations
from inventory_core.document import Document, Line
from inventory_core.errors import NotEnoughStock, TooMuch
from inventory_core.items import Item
from inventory_core.movement import Place, Transfer
from inventory_core.quantity import shares
from inventory_core.stages.case import Order, reach

_PROMISES = text("SELECT id FROM reservations WHERE document_line_id = :line AND state = 'open'")
_NOTHING_DONE = text("UPDATE document_lines SET done = 0 WHERE document_id = :id")
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


def picks(
    db: Connection, item: Item, amount: int, order: Order, *, gone: dict[tuple[int, int, int], int] | None = None
) -> Iterator[tuple[int, int, int]]:
    """Yield (bin, lot, quantity) of what is picked for an amount, what expires first. Raises NotEnoughStock.

    ``gone`` is what other lines of the paper take of an item, bin and lot: it is left to them, and added to.
    """
    wanted, gone = amount, {} if gone is None else gone
    for lying in items.lying(db, item.id):
        key = item.id, lying.location_id, lying.lot_id
        part = min(wanted, lying.quantity - lying.reserved - gone.get(key, 0))
        if part > 0 and lying.is_usable(order.today):
            gone[key] = gone.get(key, 0) + part
            yield lying.location_id, lying.lot_id, part
            wanted -= part
    if wanted:
        free, short = item.write(amount - wanted), item.write(wanted)
        raise NotEnoughStock(
            item=item.code, place="", wanted=item.write(amount), free=free, short=short, unit=item.unit
        )


def taken(db: Connection, order: Order, lines: Sequence[Line], figure: str, target: Place) -> list[Transfer]:
    """Return the transfers of what people answered as this figure of each line, out of its bins."""
    transfers: list[Transfer] = []
    gone: dict[tuple[int, int, int], int] = {}
    for line in lines:
        for bin_id, lot, part in picks(db, items.by_id(db, line.item_id), line.quantity(figure), order, gone=gone):
            transfers.append(Transfer(line.item_id, lot, part, Place(bin_id), target))
    return transfers


def back(
    line: Line, amount: int, out: Sequence[tuple[int, int, int]], source: Place, target: Place
) -> Iterator[Transfer]:
    """Yield the transfers that bring an amount of a line back, at the cost it left with.

    ``out`` are the lots that are out: lot, quantity, value. Raises TooMuch for more than they are.
    """
    wanted = amount
    for lot_id, quantity, value in out:
        part = min(wanted, quantity)
        if part:
            worth = shares(value, [part, quantity - part])[0] if quantity > part else value
            yield Transfer(line.item_id, lot_id, part, source, target, worth)
            wanted -= part
    if wanted:
        raise TooMuch(item=line.item_code, most=line.write(amount - wanted), unit=line.unit)


def cancel(db: Connection, order: Order) -> None:
    """Cancel a paper: its promises end, and what it took out of stock and is still out comes back as it left."""
    release(db, order.document.lines, state="released")
    ledger.reverse_document(
        db, order.document.id, reason="cancelled", employee_id=order.employee_id, day=order.today, now=order.now
    )
    db.execute(_NOTHING_DONE, {"id": order.document.id})
    reach(db, order, "cancelled")


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
