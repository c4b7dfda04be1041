"""What never changes about places and items, read once a process: what a place is, and how an item is tracked."""

import weakref
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, Engine, text

REAL_KINDS = ("bin", "transit")
"""Places that hold goods; the others are the far side of what comes and goes."""

_places: weakref.WeakKeyDictionary[Engine, dict[int, str]] = weakref.WeakKeyDictionary()
_tracking: weakref.WeakKeyDictionary[Engine, dict[int, str]] = weakref.WeakKeyDictionary()


def of_places(db: Connection, location_ids: Iterable[int]) -> Mapping[int, str]:
    """Return the kinds of locations, these among them."""
    return _known(db, _places.setdefault(db.engine, {}), "SELECT kind FROM locations WHERE id = :id", location_ids)


def tracking_of(db: Connection, item_ids: Iterable[int]) -> Mapping[int, str]:
    """Return how items are tracked, these among them: none, lot or serial."""
    return _known(db, _tracking.setdefault(db.engine, {}), "SELECT tracking FROM items WHERE id = :id", item_ids)


def _known(db: Connection, cache: dict[int, str], statement: str, ids: Iterable[int]) -> Mapping[int, str]:
    for each in ids:
        if each not in cache:
            cache[each] = str(db.execute(text(statement), {"id": each}).scalar_one())
    return cache
