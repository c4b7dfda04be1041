"""What of the goods in production a report of output uses: what was issued first is used first. Reaches no database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from inventory_core.quantity import shares


@dataclass(frozen=True, slots=True)
class Held:
    """So much of a lot in production, and what it is worth there."""

    item_id: int
    lot_id: int
    quantity: int
    value: int


def split(held: Sequence[Held], amount: int) -> tuple[list[Held], list[Held]]:
    """Return the first so much of what is held, and the rest; no cent is lost between them."""
    first: list[Held] = []
    rest: list[Held] = []
    for each in held:
        part = min(amount, each.quantity)
        amount -= part
        if part == each.quantity:
            first.append(each)
        elif part == 0:
            rest.append(each)
        else:
            worth = shares(each.value, [part, each.quantity - part])
            first.append(replace(each, quantity=part, value=worth[0]))
            rest.append(replace(each, quantity=each.quantity - part, value=worth[1]))
    return first, rest


def worth_of(held: Sequence[Held], amount: Fraction) -> int:
    """Return what the first so much of what is held is worth, of a broken unit its part, rounded down."""
    whole = int(amount)
    first, rest = split(held, whole)
    broken = sum(each.value for each in split(rest, 1)[0])
    return sum(each.value for each in first) + int(broken * (amount - whole))


def used_by_bill(ordered: int, *, reported: int, planned: int) -> int:
    """Return what of a component so much output uses, in whole smallest units, when ``ordered`` is for all of it."""
    return -(-ordered * reported // planned) if planned else ordered
