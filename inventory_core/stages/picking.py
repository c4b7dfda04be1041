"""What shipping and production share: promises for a paper's lines, and where their goods are picked."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from inventory_core import fefo, items, ledger, reservations
from inventory_core.document import Line
from inventory_core.errors import TooMuch
from inventory_core.items import Item
from inventory_core.movement import Place, Transfer
from inventory_core.quantity import shares
from inventory_core.stages.case import Order, reach

_PROMISES = text("SELECT id FROM reservations WHERE document_line_id = :line AND state = 'open'")
_KEPT = text("""
    SELECT COALESCE(SUM(quantity), 0) FROM reservations WHERE document_line_id = :line AND state = 'open'
""")
_PINNED = text("""
    SELECT r.id, r.location_id, c.code, r.lot_id, t.number, r.quantity, c.walk_order FROM reservations r
    JOIN locations c ON c.id = r.location_id JOIN lots t ON t.id = r.lot_id
    WHERE r.document_line_id = :line AND r.state = 'open' ORDER BY r.id
""")
_NOTHING_DONE = text("UPDATE document_lines SET done = 0 WHERE document_id = :id")
_NAMED_PLACES = 3


@dataclass(frozen=True, slots=True)
class Spot:
    """So much of a lot in a bin, to be picked there; ``reservation_id`` is 0 while it is not kept there yet."""

    location_id: int
    bin: str
    lot_id: int
    lot: str
    quantity: int
    walk_order: int = 0
    reservation_id: int = 0


def promise(db: Connection, order: Order, lines: Sequence[Line]) -> None:
    """Keep what is open of each line for its paper. Raises NotEnoughStock."""
    for line in lines:
        if line.quantity("open"):
            _keep(db, order, line, line.quantity("open"), key=f"{order.key}:{line.position}")


def promise_what_is_free(db: Connection, order: Order, lines: Sequence[Line]) -> None:
    """Keep what is open of each line and not kept yet, as far as it is free: a person decides about the rest."""
    for line in lines:
        free = reservations.free(db, line.item_id, order.today)
        rest = min(line.quantity("open") - kept(db, line.id), free)
        if rest > 0:
            _keep(db, order, line, rest, key=f"{order.key}:rest:{line.position}")


def _keep(db: Connection, order: Order, line: Line, quantity: int, *, key: str) -> None:
    item = items.by_id(db, line.item_id)
    reservations.promise(db, item, quantity, key=key, day=order.today, now=order.now, document_line_id=line.id)


def release(db: Connection, lines: Sequence[Line], *, state: str) -> None:
    """End the promises of lines: ``used`` just before they are posted, ``released`` when they are given up."""
    for line in lines:
        for each in db.execute(_PROMISES, {"line": line.id}).scalars().all():
            reservations.release(db, each, state=state)


def kept(db: Connection, line_id: int) -> int:
    """Return how much is kept for a line, promised or of certain lots, in smallest units."""
    return int(db.execute(_KEPT, {"line": line_id}).scalar_one())


def pinned(db: Connection, line_id: int) -> Sequence[Spot]:
    """Return the lots and bins of which something is kept for a line."""
    return [
        Spot(row.location_id, row.code, row.lot_id, row.number, int(row.quantity), row.walk_order, row.id)
        for row in db.execute(_PINNED, {"line": line_id})
    ]


def pin(db: Connection, order: Order, line: Line, amount: int) -> Sequence[Spot]:
    """Keep an amount of a line in the lots and bins where it is to be picked, what expires first, and return them.

    What was kept for the line before is let go of. Raises NotEnoughStock.
    """
    release(db, [line], state="released")
    item = items.by_id(db, line.item_id)
    for number, (bin_id, lot_id, part) in enumerate(list(picks(db, item, amount, order)), 1):
        keep_there(db, order, line, (lot_id, bin_id), part, key=f"{order.key}:pin:{line.position}:{number}")
    return pinned(db, line.id)


def keep_there(db: Connection, order: Order, line: Line, place: tuple[int, int], quantity: int, *, key: str) -> None:
    """Keep a quantity of a lot in a bin (``place`` is lot and bin) for a line. Raises NotEnoughStock."""
    item, (lot_id, location_id) = items.by_id(db, line.item_id), place
    reservations.reserve(
        db, item, quantity, lot_id=lot_id, location_id=location_id, key=key, day=order.today, now=order.now,
        document_line_id=line.id,
    )  # fmt: skip


def picks(
    db: Connection, item: Item, amount: int, order: Order, *, gone: Counter[fefo.Spot] | None = None
) -> Iterator[tuple[int, int, int]]:
    """Yield (bin, lot, quantity) of what is picked for an amount, what expires first. Raises NotEnoughStock.

    ``gone`` is what other lines of the paper take of an item, bin and lot: it is left to them, and added to.
    """
    for lying, part in fefo.whole(item, items.lying(db, item.id), amount, today=order.today, taken=gone):
        yield lying.location_id, lying.lot_id, part


def taken(db: Connection, order: Order, lines: Sequence[Line], figure: str, target: Place) -> list[Transfer]:
    """Return the transfers of what people answered as this figure of each line, out of its bins."""
    transfers: list[Transfer] = []
    gone: Counter[fefo.Spot] = Counter()
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


def places_of(db: Connection, line: Line, amount: int, today: dt.date) -> Sequence[Spot]:
    """Return where an amount of a line is to be picked: where it is kept already, or what expires first."""
    if found := pinned(db, line.id):
        return found
    return [
        Spot(each.location_id, each.location, each.lot_id, each.lot, part)
        for each, part in fefo.walk(items.lying(db, line.item_id), amount, today=today)
    ]


def placed(line: Line, spots: Sequence[Spot]) -> dict[str, str]:
    """Return a line's fields ``bin``, what a person reads, and ``codes``, what a scanner may read there, one a row."""
    codes = dict.fromkeys(code for each in spots for code in (each.lot, each.bin) if code)
    named = ", ".join(f"{each.bin} {line.write(each.quantity)}" for each in spots[:_NAMED_PLACES])
    return {"bin": named, "codes": "\n".join((line.item_code, *codes))}
