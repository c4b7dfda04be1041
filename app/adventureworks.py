"""Reads AdventureWorks' own tables: master data as a company's rows, and the complete purchase orders of four years.

The tables are those of microsoft/sql-server-samples, tab-separated and without headings; the columns are named here by
their place. Everything is counted in pieces.
"""

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from app.rows import CompanyError, Row

_COLUMNS: Final[Mapping[str, str]] = {
    "Product": "id name code make finished color safety_stock reorder_point cost list_price size size_unit"
    " weight_unit weight days_to_make",
    "Vendor": "id code name credit preferred active",
    "ProductVendor": "item supplier lead_time_days",
    "PurchaseOrderHeader": "id revision status employee supplier ship_method ordered",
    "PurchaseOrderDetail": "order id due ordered item price total received rejected",
}
"""The columns of each table from the left; what stands further right is not read."""
_COMPLETE: Final = "4"
_PLACES: Final = {
    "MAIN": ("", "site"),
    "RECEIVING": ("MAIN", "zone"),
    "RECV": ("RECEIVING", "bin"),
    **{kind.upper(): ("", kind) for kind in ("supplier", "customer", "production", "scrap", "adjustment")},
}
_PEOPLE: Final = {
    "lin": ("Lin Wei", "storekeeper"),
    "maria": ("Maria Santos", "inspector"),
    "otto": ("Otto Berg", "supervisor"),
    "zhao": ("Zhao Min", "finance_director"),
    "chen": ("Chen Jing", "manager;buyer;administrator"),
}


@dataclass(frozen=True, slots=True)
class PastLine:
    """A line of a past order: pieces ordered, received, and rejected of these; ``price`` as the file writes it."""

    item: str
    ordered: int
    price: str
    received: int
    rejected: int


@dataclass(frozen=True, slots=True)
class PastOrder:
    """A complete purchase order as it went; ``due_on`` is its last line's."""

    number: str
    supplier: str
    ordered_on: dt.date
    due_on: dt.date
    lines: tuple[PastLine, ...]


def company_rows(folder: Path) -> Mapping[str, Sequence[Row]]:
    """Return the rows of a company with AdventureWorks' items and suppliers, one bin, and people of ours."""
    lead_times: dict[str, list[int]] = defaultdict(list)
    for offer in _table(folder, "ProductVendor"):
        lead_times[offer["item"]].append(int(offer["lead_time_days"]))
    items = [
        {
            "code": product["code"],
            "name": product["name"],
            "category": "",
            "unit": "pc",
            "precision": "0",
            "make_or_buy": "make" if product["make"] == "1" else "buy",
            "safety_stock": product["safety_stock"],
            "reorder_point": product["reorder_point"],
            "lead_time_days": str(max(lead_times[product["id"]], default=int(product["days_to_make"]))),
        }
        for product in _table(folder, "Product")
    ]
    suppliers = [
        {"code": vendor["code"], "name": vendor["name"], "active": "yes" if vendor["active"] == "1" else "no"}
        for vendor in _table(folder, "Vendor")
    ]
    places = [
        {"code": code, "parent": parent, "kind": kind, "name": code.capitalize(), "walk_order": "0"}
        for code, (parent, kind) in _PLACES.items()
    ]
    people = [{"code": code, "name": name, "language": "en", "roles": roles} for code, (name, roles) in _PEOPLE.items()]
    return {
        "items": _rows("Product.csv", items),
        "suppliers": _rows("Vendor.csv", suppliers),
        "supplier_items": (),
        "locations": _rows("locations", places),
        "people": _rows("people", people),
    }


def past_orders(folder: Path) -> Sequence[PastOrder]:
    """Return the complete orders, in the order in which they were due."""
    item_codes = {product["id"]: product["code"] for product in _table(folder, "Product")}
    supplier_codes = {vendor["id"]: vendor["code"] for vendor in _table(folder, "Vendor")}
    lines: dict[str, list[PastLine]] = defaultdict(list)
    due: dict[str, dt.date] = {}
    for each in _table(folder, "PurchaseOrderDetail"):
        number = each["order"]
        lines[number].append(
            PastLine(
                item_codes[each["item"]],
                int(each["ordered"]),
                each["price"],
                int(Decimal(each["received"])),
                int(Decimal(each["rejected"])),
            )
        )
        due[number] = max(_date(each["due"]), due.get(number, dt.date.min))
    orders = [
        PastOrder(
            head["id"],
            supplier_codes[head["supplier"]],
            _date(head["ordered"]),
            due[head["id"]],
            tuple(lines[head["id"]]),
        )
        for head in _table(folder, "PurchaseOrderHeader")
        if head["status"] == _COMPLETE
    ]
    return sorted(orders, key=lambda each: (each.due_on, int(each.number)))


def _table(folder: Path, name: str) -> Iterator[Mapping[str, str]]:
    path = folder / f"{name}.csv"
    if not path.is_file():
        raise CompanyError(f"{path.name} is not in {folder}; the folder must hold AdventureWorks' own tables.")
    with path.open(encoding="utf-8", newline="") as file:
        columns = _COLUMNS[name].split()
        for number, cells in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
            if len(cells) < len(columns):
                raise CompanyError(f"{path.name} line {number}: it has {len(cells)} cells, not {len(columns)} or more.")
            yield dict(zip(columns, cells, strict=False))


def _rows(file: str, cells: Sequence[Mapping[str, str]]) -> Sequence[Row]:
    return [Row(file, number, each) for number, each in enumerate(cells, 1)]


def _date(words: str) -> dt.date:
    return dt.date.fromisoformat(words[:10])
