"""A document and its lines as values: the shape that all stages share. Reaches no database."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from inventory_core.quantity import MONEY_PLACES, as_decimal, write_quantity

Answer = int | str | bool | list[dict[str, int | str | bool]]
"""An answered field as it is stored: a table is a list of rows."""


@dataclass(frozen=True, slots=True)
class Line:
    """A document line. Quantities are smallest units of the item, ``price`` is 1/10,000 a base unit.

    ``tolerance`` is how much more than ordered may come over the whole line; ``aql`` is the item's acceptance quality
    limit, empty where nothing is sampled.

    ``fields`` holds what people answered: quantities as smallest units, choices and texts as text.
    """

    id: int
    position: int
    item_id: int
    item_code: str
    item_name: str
    unit: str
    precision: int
    ordered: int
    done: int
    rejected: int
    price: int
    source_line_id: int | None = None
    tolerance: int = 0
    lot_id: int = 0
    aql: str = ""
    fields: Mapping[str, Answer] = field(default_factory=dict)

    def quantity(self, name: str) -> int:
        """Return a figure of the line (ordered, done, rejected, open, allowed), or an answer, 0 until it is given."""
        match name:
            case "ordered":
                return self.ordered
            case "done":
                return self.done
            case "rejected":
                return self.rejected
            case "open":
                return max(self.ordered - self.done, 0)
            case "allowed":
                return max(self.ordered + self.tolerance - self.done, 0)
        value = self.fields.get(name, 0)
        assert isinstance(value, int), f"{name} is no quantity"
        return value

    def write(self, amount: int) -> str:
        """Return a quantity of this line's item as people write it, without the unit."""
        return write_quantity(amount, self.precision)

    def worth(self, amount: int) -> Decimal:
        """Return what so many smallest units cost at the line's price, in currency units."""
        return as_decimal(amount, self.precision) * as_decimal(self.price, MONEY_PLACES)


@dataclass(frozen=True, slots=True)
class Document:
    """A business paper: purchase order, receipt, and so on. ``source`` is the number of the paper that it serves."""

    id: int
    kind: str
    number: str
    state: str
    revision: int
    partner_id: int | None
    partner: str
    site_id: int
    source_id: int | None
    source: str
    opened_on: dt.date
    due_on: dt.date | None
    currency: str
    fields: Mapping[str, Answer]
    lines: tuple[Line, ...]
