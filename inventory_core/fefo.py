"""First expired, first out: which lots an amount is taken from. Pure: where an item lies comes as ``items.lying``."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator

from inventory_core.errors import NotEnoughStock
from inventory_core.items import Item, Lying

Spot = tuple[int, int, int]
"""An item, a location and a lot, by their ids."""


def walk(
    lying: Iterable[Lying], wanted: int, *, today: dt.date, taken: Counter[Spot] | None = None
) -> Iterator[tuple[Lying, int]]:
    """Yield how much to take of each place, in their order, until the amount is there or nothing more is free.

    ``taken`` is what others take of a spot before they do, below zero what is kept there for whoever asks; what is
    yielded is added to it. Quantities are in smallest units.
    """
    taken = Counter() if taken is None else taken
    for each in lying:
        if not wanted:
            return
        spot = each.item_id, each.location_id, each.lot_id
        part = min(wanted, each.quantity - each.reserved - taken[spot])
        if part > 0 and each.is_usable(today):
            taken[spot] += part
            wanted -= part
            yield each, part


def whole(
    item: Item, lying: Iterable[Lying], wanted: int, *, today: dt.date, taken: Counter[Spot] | None = None
) -> Iterator[tuple[Lying, int]]:
    """Yield as ``walk`` does. Raises NotEnoughStock in the end when the amount was not there."""
    rest = wanted
    for each, part in walk(lying, wanted, today=today, taken=taken):
        rest -= part
        yield each, part
    if rest:
        raise NotEnoughStock(
            item=item.code,
            place="",
            wanted=item.write(wanted),
            free=item.write(wanted - rest),
            short=item.write(rest),
            unit=item.unit,
        )
