"""Reads the rows of a company's CSV files, and refuses a cell by its file, row and column."""

import csv
import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from inventory_core.errors import RuleBroken
from inventory_core.quantity import parse_money, parse_quantity
from workflows.phrases import say_error

COLUMNS: Final[Mapping[str, str]] = {
    "items": "code name category unit precision make_or_buy safety_stock reorder_point lead_time_days",
    "units": "item unit numerator denominator rounded",
    "suppliers": "code name active",
    "supplier_items": "supplier item price lead_time_days moq",
    "locations": "code parent kind name walk_order",
    "bin_items": "bin item fixed capacity",
    "zone_categories": "zone category",
    "people": "code name language roles",
    "stock": "item location quantity unit_cost",
    "use": "item weeks_ago weekday quantity",
    "purchase_orders": "number supplier ordered_in_days due_in_days",
    "purchase_order_lines": "number line item quantity price",
    "customers": "code name active",
    "bills": "item component quantity makes scrap_percent",
    "supplier_prices": "supplier item from_quantity price",
    "budgets": "category monthly",
    "checks": "item name unit at_least at_most",
    "bill_alternatives": "item component alternative quantity replaces",
    "bill_outputs": "item by_product quantity makes cost_percent",
}
"""What is read of each file; other columns are left alone."""
_NEEDED: Final = ("items", "locations", "people")
_FARTHEST_DAYS: Final = 3_650
_MOST: Final = 10**14
"""The largest quantity in smallest units, and the largest amount in 1/10,000, that a cell may hold."""

T = TypeVar("T")


class CompanyError(Exception):
    """The folder can't be loaded; the message is a sentence that names the file and the row."""


class Measure(NamedTuple):
    """What an item is counted in: its unit, and to how many places."""

    unit: str
    precision: int


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

    def optional_choice(self, column: str, options: Sequence[str], default: str) -> str:
        """Return a choice of a column that the file may do without, or whose cell is empty."""
        return self.choice(column, options) if self.cells.get(column) else default

    def optional_day(self, column: str) -> dt.date | None:
        """Return a day such as 2026-12-01 of a column that the file may do without."""
        if not (words := self.cells.get(column, "")):
            return None
        try:
            return dt.date.fromisoformat(words)
        except ValueError:
            raise self.wrong(f"{column} is “{words}”; it must be a day such as 2026-12-01.") from None

    def whole(self, column: str, *, least: int = 0, most: int = _FARTHEST_DAYS) -> int:
        words = self.cells[column]
        if not re.fullmatch(r"-?[0-9]{1,9}", words) or not least <= int(words) <= most:
            raise self.wrong(f"{column} is “{words}”; it must be a whole number from {least:,} to {most:,}.")
        return int(words)

    def quantity(self, column: str, item: Measure, *, least: int = 0) -> int:
        """Return a quantity in smallest units."""
        try:
            amount = parse_quantity(self.cells[column], precision=item.precision, unit=item.unit)
        except RuleBroken as error:
            raise self.wrong(f"{column}: {say_error('en', error)}") from None
        if not least <= amount <= _MOST:
            raise self.wrong(
                f"{column} is “{self.cells[column]}”, which is too {'small' if amount < least else 'large'}."
            )
        return amount

    def money(self, column: str) -> int:
        """Return an amount in 1/10,000."""
        try:
            amount = parse_money(self.cells[column])
        except RuleBroken as error:
            raise self.wrong(f"{column}: {say_error('en', error)}") from None
        if not 0 <= amount <= _MOST:
            raise self.wrong(
                f"{column} is “{self.cells[column]}”, which is {'below zero' if amount < 0 else 'too large'}."
            )
        return amount

    def limit(self, column: str) -> Decimal | None:
        """Return a number of at most twelve digits and eight places, or None for an empty cell."""
        words = self.cells[column]
        if not words:
            return None
        if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,8})?", words):
            raise self.wrong(f"{column} is “{words}”; it must be a number such as 12.65, or empty.")
        return Decimal(words)

    def one_of(self, column: str, known: Mapping[str, T], where: str) -> T:
        """Return what a code stands for, of those that another file names."""
        if (code := self.text(column)) not in known:
            raise self.wrong(f"{column} “{code}” is not in {where}.")
        return known[code]


def read(folder: Path) -> Mapping[str, Sequence[Row]]:
    """Return the rows of each file, none for a file that a company may do without. Raises CompanyError."""
    return {name: _read(folder / f"{name}.csv", columns.split()) for name, columns in COLUMNS.items()}


def _read(path: Path, columns: Sequence[str]) -> Sequence[Row]:
    if not path.is_file():
        if path.stem in _NEEDED:
            raise CompanyError(f"{path.name} is not in {path.parent}; a company needs {', '.join(_NEEDED)}.")
        return ()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _rows(path.name, csv.reader(file, strict=True), columns)
    except UnicodeDecodeError:
        raise CompanyError(f"{path.name} is not UTF-8 text; save it as “CSV UTF-8”.") from None
    except csv.Error as error:
        raise CompanyError(f"{path.name} is no CSV file: {error}.") from None


def _rows(file: str, lines: Iterator[list[str]], columns: Sequence[str]) -> Sequence[Row]:
    headings = [each.strip() for each in next(lines, [])]
    if missing := [each for each in columns if each not in headings]:
        raise CompanyError(f"{file} has no column {', '.join(missing)}; its first row must name {', '.join(columns)}.")
    rows = []
    for number, cells in enumerate(lines, 2):
        if not any(map(str.strip, cells)):
            continue
        if len(cells) != len(headings):
            raise CompanyError(
                f"{file} row {number}: it has {len(cells)} cells, but there are {len(headings)} columns."
            )
        rows.append(Row(file, number, dict(zip(headings, map(str.strip, cells), strict=True))))
    return rows
