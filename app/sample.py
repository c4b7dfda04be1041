"""Loads a company from a folder of CSV files into an empty database: all of it, or nothing.

``examples/adventureworks/README.md`` says what the files hold. ``items.csv``, ``locations.csv`` and ``people.csv``
must be there; a company may have none of the others.
"""

import csv
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from sqlalchemy import Connection, Table, func, insert, select

from inventory_core import documents, journal, ledger, places
from inventory_core.db.engine import writing
from inventory_core.db.papers import counters, partners, supplier_items
from inventory_core.db.people import employees
from inventory_core.db.stock import items, locations, lots
from inventory_core.errors import RuleBroken
from inventory_core.ledger import Movement, Place, Transfer
from inventory_core.quantity import parse_money, parse_quantity
from notifier import alerts, digests
from notifier.relay import expect_due_orders
from workflows import flows, people
from workflows.definition import Language
from workflows.desk import LANGUAGES, Desk
from workflows.phrases import say_error

COLUMNS: Final[Mapping[str, str]] = {
    "items": "code name category unit precision make_or_buy safety_stock reorder_point lead_time_days",
    "suppliers": "code name active",
    "supplier_items": "supplier item price lead_time_days moq",
    "locations": "code parent kind name walk_order",
    "people": "code name language roles",
    "stock": "item location quantity unit_cost",
    "use": "item weeks_ago weekday quantity",
    "purchase_orders": "number supplier ordered_in_days due_in_days",
    "purchase_order_lines": "number line item quantity price",
}
"""What the loader reads of each file; other columns are left alone."""
_NEEDED: Final = ("items", "locations", "people")
_PARENTS: Final[Mapping[str, tuple[str, ...]]] = {"zone": ("site",), "bin": ("zone", "site")}
_VIRTUAL: Final = ("supplier", "customer", "production", "scrap", "adjustment")
_KINDS: Final = ("site", *_PARENTS, *_VIRTUAL, "transit")
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKS: Final = 4
_OPENED_DAYS_AGO: Final = 7 * _WEEKS + 1
_FARTHEST_DAYS: Final = 3_650
_MOST: Final = 10**14
"""The largest quantity in smallest units, and the largest amount in 1/10,000, that a row may hold."""
_TOLD_AT_ONCE: Final = 1_000
_CODE: Final = r"[A-Za-z0-9._-]{1,32}"
_ROLES: Final = r"[a-z_]{1,40}(;[a-z_]{1,40})*"

Progress = Callable[[float], None]
T = TypeVar("T")


class CompanyError(Exception):
    """The folder can't be loaded; the message is a sentence that names the file and the row."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much was loaded; ``receipts`` are the orders that are due and so wait for the storekeeper."""

    items: int = 0
    suppliers: int = 0
    places: int = 0
    people: int = 0
    lots: int = 0
    days_of_use: int = 0
    orders: int = 0
    order_lines: int = 0
    receipts: int = 0


class _Item(NamedTuple):
    id: int
    unit: str
    precision: int


class _Lot(NamedTuple):
    """So much of an item in a bin, as the opening movement puts it there; ``used`` of it goes in the weeks since."""

    item: _Item
    bin_id: int
    today: int
    unit_cost: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file. ``number`` is the one that a spreadsheet shows: the headings are row 1."""

    file: str
    number: int
    cells: Mapping[str, str]

    def wrong(self, sentence: str) -> CompanyError:
        return CompanyError(f"{self.file} row {self.number}: {sentence}")

    def text(self, column: str, *, longest: int = 255, may_be_empty: bool = False) -> str:
        words = self.cells[column]
        if not words and not may_be_empty:
            raise self.wrong(f"{column} is empty.")
        if len(words) > longest:
            raise self.wrong(f"{column} has {len(words)} characters, but only {longest} fit.")
        return words

    def matching(self, column: str, pattern: str, form: str) -> str:
        if not re.fullmatch(pattern, words := self.text(column)):
            raise self.wrong(f"{column} is “{words}”; it must be {form}.")
        return words

    def choice(self, column: str, options: Sequence[str]) -> str:
        if (word := self.cells[column]) not in options:
            raise self.wrong(f"{column} is “{word}”; it must be one of {', '.join(options)}.")
        return word

    def whole(self, column: str, *, least: int = 0, most: int = _FARTHEST_DAYS) -> int:
        words = self.cells[column]
        if not re.fullmatch(r"-?[0-9]{1,9}", words) or not least <= int(words) <= most:
            raise self.wrong(f"{column} is “{words}”; it must be a whole number from {least:,} to {most:,}.")
        return int(words)

    def quantity(self, column: str, item: _Item, *, least: int = 0) -> int:
        """Return a quantity in smallest units."""
        try:
            amount = parse_quantity(self.cells[column], precision=item.precision, unit=item.unit)
        except RuleBroken as error:
            raise self.wrong(f"{column}: {say_error('en', error)}") from None
        if not least <= amount <= _MOST:
            raise self.wrong(f"{column} is “{self.cells[column]}”, which is too {'small' if amount < least else 'large'}.")
        return amount

    def money(self, column: str) -> int:
        """Return an amount in 1/10,000."""
        try:
            amount = parse_money(self.cells[column])
        except RuleBroken as error:
            raise self.wrong(f"{column}: {say_error('en', error)}") from None
        if not 0 <= amount <= _MOST:
            raise self.wrong(f"{column} is “{self.cells[column]}”, which is {'below zero' if amount < 0 else 'too large'}.")
        return amount

    def one_of(self, column: str, known: Mapping[str, T], where: str) -> T:
        """Return what a code stands for, of those that another file names."""
        if (code := self.text(column)) not in known:
            raise self.wrong(f"{column} “{code}” is not in {where}.")
        return known[code]
