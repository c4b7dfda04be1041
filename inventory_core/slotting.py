"""Slotting: which bins have room for a lot that has to be put away, the best first.

The order is: the item's fixed bin; where the lot lies; where the item lies; a free bin of a zone that takes the item's
category; where the item lay last; the nearest other free bin by walking order. A bin is free when nothing lies in it,
nothing of another item is on its way there, and it is no other item's fixed bin. A bin that is frozen by a count is
never proposed. What one bin has no room for goes to the next.

Writing a putaway is a part of the tap that posts a receipt: a lot costs one statement where its item has a home, and up
to three more where it has none. They stop at the first free bins by walking order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from inventory_core import documents
from inventory_core.db.quick import Statement, Value

_OF_SITE: Final = """
    c.kind = 'bin' AND c.id <> :dock AND (z.id = :site OR z.parent_id = :site)
    AND c.id NOT IN (SELECT location_id FROM bin_freezes)
"""
_ALLOWED: Final = """
    c.id NOT IN (SELECT location_id FROM bin_items WHERE is_fixed = 1 AND item_id <> :item)
    AND (c.parent_id NOT IN (SELECT zone_id FROM zone_categories)
         OR c.parent_id IN (SELECT zone_id FROM zone_categories WHERE category = :category))
"""
_IS_EMPTY: Final = "NOT EXISTS (SELECT 1 FROM balances b WHERE b.location_id = c.id AND b.quantity > 0)"
_HOMES: Final = Statement(f"""
    SELECT c.code, k.capacity, COALESCE(h.quantity, 0) AS held
    FROM locations c JOIN locations z ON z.id = c.parent_id
    LEFT JOIN bin_items k ON k.location_id = c.id AND k.item_id = :item
    LEFT JOIN (SELECT location_id, SUM(quantity) AS quantity, MAX(CASE WHEN lot_id = :lot THEN 1 ELSE 0 END) AS same
               FROM balances WHERE item_id = :item AND quantity > 0 GROUP BY location_id) h ON h.location_id = c.id
    WHERE c.id IN (SELECT location_id FROM bin_items WHERE item_id = :item AND is_fixed = 1
                   UNION SELECT location_id FROM balances
                   WHERE item_id = :item AND quantity > 0 AND status = 'available') AND {_OF_SITE}
    ORDER BY COALESCE(k.is_fixed, 0) DESC, COALESCE(h.same, 0) DESC, held DESC, c.walk_order, c.id
""")  # noqa: S608 (all of it ours)
_LAST_HOME: Final = Statement(f"""
    SELECT c.code, k.capacity,
           (SELECT COALESCE(SUM(b.quantity), 0) FROM balances b
            WHERE b.item_id = :item AND b.location_id = c.id) AS held
    FROM movement_lines l JOIN locations c ON c.id = l.location_id JOIN locations z ON z.id = c.parent_id
    LEFT JOIN bin_items k ON k.location_id = c.id AND k.item_id = :item
    WHERE l.item_id = :item AND l.quantity > 0 AND {_OF_SITE} AND {_ALLOWED} ORDER BY l.id DESC LIMIT 1
""")  # noqa: S608
_FREE: Final = f"""
    JOIN locations z ON z.id = c.parent_id
    LEFT JOIN bin_items k ON k.location_id = c.id AND k.item_id = :item
    WHERE {_IS_EMPTY} AND {_OF_SITE} AND {_ALLOWED}
"""
_BY_WALK: Final = "ORDER BY c.walk_order, c.id LIMIT :most"
# CROSS JOIN: SQLite looks at the zones first, of which there are few or none, and not at every bin.
_FREE_IN_ZONE: Final = Statement(f"""
    SELECT c.code, k.capacity, 0 AS held
    FROM zone_categories q CROSS JOIN locations c {_FREE}
      AND c.parent_id = q.zone_id AND q.category = :category {_BY_WALK}
""")  # noqa: S608
_FREE_ANYWHERE: Final = Statement(f"SELECT c.code, k.capacity, 0 AS held FROM locations c {_FREE} {_BY_WALK}")  # noqa: S608
_ON_THE_WAY: Final = Statement("""
    SELECT l.item_id, l.ordered - l.done, l.fields FROM document_lines l JOIN documents d ON d.id = l.document_id
    WHERE d.kind = 'putaway' AND d.state = 'open' AND l.ordered > l.done
""")
_HAS_BIN: Final = Statement("""
    SELECT 1 FROM locations c JOIN locations z ON z.id = c.parent_id
    WHERE c.kind = 'bin' AND c.id <> :dock AND (z.id = :site OR z.parent_id = :site) LIMIT 1
""")
_FREE_MOST: Final = 10
"""How many free bins are looked at beyond those that are on their way to be filled."""


class Share(NamedTuple):
    """So many smallest units to a bin; an empty ``bin`` is what no bin has room for."""

    bin: str
    quantity: int


class _Bin(NamedTuple):
    code: str
    capacity: int | None
    held: int


@dataclass(slots=True)
class Slots:
    """The bins of a site but its dock, less what is on its way to them by open putaways and was shared out just now."""

    db: Connection
    site_id: int
    dock_id: int
    coming: dict[str, dict[int, int]] = field(default_factory=dict)
    knows_putaways: bool = False
    free: dict[tuple[Statement, int], list[Any]] = field(default_factory=dict)

    def are_none(self) -> bool:
        """Tell whether the site has no bin but the dock."""
        return _HAS_BIN.scalar(self.db, {"site": self.site_id, "dock": self.dock_id}) is None

    def share(self, item_id: int, lot_id: int, category: str, quantity: int) -> list[Share]:
        """Share a lot among bins, the best first, and keep their room for it."""
        shares: list[Share] = []
        tried: set[str] = set()
        for each in self._candidates(item_id, lot_id, category):
            if each.code in tried:
                continue
            tried.add(each.code)
            room = self._room(each, item_id)
            part = quantity if room is None else min(max(room, 0), quantity)
            if part:
                shares.append(Share(each.code, part))
                self._take(each.code, item_id, part)
                quantity -= part
            if not quantity:
                return shares
        return [*shares, Share("", quantity)]

    def _on_the_way(self, code: str) -> Mapping[int, int]:
        """Return what is on its way to a bin, by item; the open putaways are read when they first matter."""
        if not self.knows_putaways:
            self.knows_putaways = True
            for item_id, quantity, words in _ON_THE_WAY.rows(self.db, {}):
                if bin_ := documents.from_json(words).get("bin"):
                    self._take(str(bin_), item_id, int(quantity))
        return self.coming.get(code, {})

    def _take(self, code: str, item_id: int, quantity: int) -> None:
        coming = self.coming.setdefault(code, {})
        coming[item_id] = coming.get(item_id, 0) + quantity

    def _room(self, each: _Bin, item_id: int) -> int | None:
        """Return how much more of an item fits; None for any amount."""
        if each.capacity is None:
            return None
        return each.capacity - each.held - self._on_the_way(each.code).get(item_id, 0)

    def _candidates(self, item_id: int, lot_id: int, category: str) -> Iterator[_Bin]:
        key: dict[str, Value] = {"item": item_id, "site": self.site_id, "dock": self.dock_id}
        yield from (_Bin(*row) for row in _HOMES.rows(self.db, {**key, "lot": lot_id}))
        key |= {"category": category}
        yield from self._free(_FREE_IN_ZONE, key)
        if (last := _LAST_HOME.first(self.db, key)) is not None:
            yield _Bin(*last)
        yield from self._free(_FREE_ANYWHERE, key)

    def _free(self, statement: Statement, key: dict[str, Value]) -> Iterator[_Bin]:
        """Yield the bins in which nothing lies, and to which nothing of another item is on its way."""
        known = statement, int(str(key["item"]))
        if known not in self.free:
            self._on_the_way("")
            self.free[known] = statement.rows(self.db, {**key, "most": len(self.coming) + _FREE_MOST})
        return (each for row in self.free[known] if self._on_the_way((each := _Bin(*row)).code).keys() <= {key["item"]})
