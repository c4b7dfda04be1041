"""Bills of materials as values: what goes into an item and what comes out beside it, over all levels.

Ratios are whole numbers of smallest units, so that nothing is lost: so many of a component for so many (``per``) of
what is made. Reaches no database.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

ALL_PERCENT: Final = 100


def _up(number: Fraction) -> int:
    return -(-number.numerator // number.denominator)


@dataclass(frozen=True, slots=True)
class Alternative:
    """An item that may replace a component: so many of its smallest units for so many (``per``) of the component's."""

    item_id: int
    quantity: int
    per: int

    def instead_of(self, amount: int) -> int:
        """Return how much of it replaces so much of the component, in whole smallest units."""
        return _up(Fraction(amount * self.quantity, self.per))

    def covers(self, amount: int) -> int:
        """Return how much of the component so much of it replaces."""
        return amount * self.per // self.quantity


@dataclass(frozen=True, slots=True)
class Component:
    """So many smallest units of an item for so many (``per``) smallest units of what is made.

    What is backflushed is not picked but taken by the bill when output is reported. The alternatives stand in the order
    in which they are proposed.
    """

    item_id: int
    quantity: int
    per: int
    scrap_percent: int = 0
    is_backflushed: bool = False
    alternatives: tuple[Alternative, ...] = ()

    @property
    def item_ids(self) -> tuple[int, ...]:
        """The item, and those that may replace it."""
        return (self.item_id, *(each.item_id for each in self.alternatives))

    @property
    def ratio(self) -> Fraction:
        """What one smallest unit of what is made needs, scrap counted in."""
        return Fraction(self.quantity * (ALL_PERCENT + self.scrap_percent), self.per * ALL_PERCENT)

    def needed(self, amount: int) -> int:
        """Return what is needed to make an amount, in whole smallest units, scrap counted in."""
        return _up(amount * self.ratio)


@dataclass(frozen=True, slots=True)
class ByProduct:
    """What comes out beside the product, and the share of the cost that it carries, in percent."""

    item_id: int
    quantity: int
    per: int
    cost_percent: int = 0

    def expected(self, amount: int) -> int:
        """Return what comes out when an amount is made, in whole smallest units."""
        return amount * self.quantity // self.per


@dataclass(frozen=True, slots=True)
class Bill:
    """One version of an item's bill of materials, good from a day on; without one, from ever."""

    item_id: int
    components: tuple[Component, ...]
    by_products: tuple[ByProduct, ...] = ()
    valid_from: dt.date | None = None

    @property
    def cost_percent(self) -> int:
        """What of the cost the product itself carries, in percent."""
        return ALL_PERCENT - sum(each.cost_percent for each in self.by_products)


Bills = Mapping[int, Bill]
"""The bill of each item that is made."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What of an item is needed, in smallest units: in all (``gross``), and beyond what is free (``net``)."""

    item_id: int
    level: int
    gross: int
    net: int


def ring(bills: Bills) -> tuple[int, ...]:
    """Return the items of a ring, the first one again at its end; empty where no item goes into itself.

    What may replace a component counts as one.
    """
    parts = {item_id: {each for part in bill.components for each in part.item_ids} for item_id, bill in bills.items()}
    # Whatever is made of nothing that is left is taken away, level by level: what stays leads round and round.
    while sound := [item_id for item_id, below in parts.items() if not below & parts.keys()]:
        for item_id in sound:
            del parts[item_id]
    path = [min(parts)] if parts else []
    while path:
        below = min(parts[path[-1]] & parts.keys())
        if below in path:
            return (*path[path.index(below) :], below)
        path.append(below)
    return ()


def low_level_codes(bills: Bills) -> dict[int, int]:
    """Return the lowest level at which each item is used: 0 for what goes into nothing. The bills have no ring."""
    used_in: dict[int, int] = {}
    for bill in bills.values():
        used_in.setdefault(bill.item_id, 0)
        for part in {each.item_id for each in bill.components}:
            used_in[part] = used_in.get(part, 0) + 1
    codes = {item_id: 0 for item_id, uses in used_in.items() if not uses}
    ready = list(codes)
    while ready:
        item_id = ready.pop()
        for part in {each.item_id for each in bills[item_id].components} if item_id in bills else ():
            codes[part] = max(codes.get(part, 0), codes[item_id] + 1)
            used_in[part] -= 1
            if not used_in[part]:
                ready.append(part)
    assert len(codes) == len(used_in), "bills without a ring"
    return codes


def explode(bills: Bills, item_id: int, amount: int, *, free: Mapping[int, int] | None = None) -> list[Requirement]:
    """Return what making an amount needs over all levels, each item once, in the order of the low-level codes.

    ``free`` is what there is of items: only what is needed beyond it is made in its turn.
    """
    codes = low_level_codes(bills)
    there = free or {}
    gross = {item_id: amount}
    found: list[Requirement] = []
    for each in sorted(codes, key=lambda one: (codes[one], one)):
        wanted = gross.get(each, 0)
        if not wanted:
            continue
        net = wanted if each == item_id else max(wanted - max(there.get(each, 0), 0), 0)
        if each != item_id:
            found.append(Requirement(each, codes[each], wanted, net))
        for part in bills[each].components if net and each in bills else ():
            gross[part.item_id] = gross.get(part.item_id, 0) + part.needed(net)
    return found


def roll_up(bills: Bills, costs: Mapping[int, int], precisions: Mapping[int, int]) -> dict[int, int]:
    """Return the standard cost of each item that is made, in 1/10,000 a base unit, from the bottom up.

    ``costs`` are those of the bought items, 0 where unknown; ``precisions`` the places of all. What the by-products
    carry is off it. Each item is rounded once, by ``round_cost``.
    """
    codes = low_level_codes(bills)
    rolled: dict[int, int] = {}
    for item_id in sorted(bills, key=lambda one: -codes[one]):
        bill = bills[item_id]
        total = sum(
            (
                part.ratio * rolled.get(part.item_id, costs.get(part.item_id, 0)) / 10 ** precisions[part.item_id]
                for part in bill.components
            ),
            Fraction(0),
        )
        rolled[item_id] = round_cost(total * 10 ** precisions[item_id] * bill.cost_percent / ALL_PERCENT)
    return rolled


def round_cost(cost: Fraction) -> int:
    """Return a cost in whole 1/10,000, half to even."""
    return round(cost)
