"""Units besides the one that stock is counted in: exact ratios of whole numbers, and no remainder made or lost.

The ledger counts an item in smallest units of its base unit. A box of nine is the ratio 9/1; a pound that weighs
0.453592292 kg is 453592292/1000000000. What does not come out even is refused, unless the unit says that it is rounded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import Connection, text

from inventory_core.errors import InexactQuantity, NegativeQuantity, UnknownUnit
from inventory_core.items import Item
from inventory_core.quantity import parse_decimal, write_quantity

_SAID = re.compile(r"\s*(?P<number>[-+−－]?[\d０-９][\d０-９.,．，]*)\s*(?P<unit>\S*)\s*")


@dataclass(frozen=True, slots=True)
class Unit:
    """One of it is ``ratio`` base units. ``is_rounded``: what does not come out even is rounded half to even."""

    name: str
    ratio: Fraction
    is_rounded: bool = False


def of_item(db: Connection, item: Item) -> Mapping[str, Unit]:
    """Return an item's units by their names in small letters, the base unit among them."""
    rows = db.execute(
        text("SELECT unit, numerator, denominator, is_rounded FROM item_units WHERE item_id = :id ORDER BY unit"),
        {"id": item.id},
    )
    found = {row[0].lower(): Unit(row[0], Fraction(row[1], row[2]), bool(row[3])) for row in rows}
    return {item.unit.lower(): Unit(item.unit, Fraction(1)), **found}


def to_smallest(number: str, unit: Unit, *, precision: int) -> int:
    """Return so many of a unit in smallest units of the base unit.

    Raises NotANumber, NegativeQuantity, and InexactQuantity when it does not come out even and is not to be rounded.
    """
    said = parse_decimal(number)
    if said < 0:
        raise NegativeQuantity(text=number)
    scale: int = 10**precision
    exact = Fraction(said) * unit.ratio * scale
    if exact.denominator != 1 and not unit.is_rounded:
        raise InexactQuantity(text=f"{number} {unit.name}", unit=unit.name, precision=precision)
    return round(exact)  # of a Fraction: half to even


def parse(db: Connection, item: Item, said: str) -> int:
    """Return a quantity such as "12", "2 box" or "2箱" in smallest units. Raises UnknownUnit, too."""
    found = _SAID.fullmatch(said)
    if found is None:
        return to_smallest(said, Unit(item.unit, Fraction(1)), precision=item.precision)
    units = of_item(db, item)
    name = found["unit"].lower() or item.unit.lower()
    if name not in units:
        raise UnknownUnit(unit=found["unit"], item=item.code, units=", ".join(each.name for each in units.values()))
    return to_smallest(found["number"], units[name], precision=item.precision)


def write(amount: int, item: Item, unit: Unit) -> str:
    """Return a quantity in whole ones of a unit and what is left of it in the base unit: "3 box + 5 pc"."""
    whole, rest = divmod(Fraction(amount, 10**item.precision), unit.ratio)
    left = int(rest * 10**item.precision)
    parts = [f"{whole:,} {unit.name}"] if whole else []
    if left or not parts:
        parts.append(f"{write_quantity(left, item.precision)} {item.unit}")
    return " + ".join(parts)
