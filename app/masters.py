"""Writes the master data of a company that is being loaded: people, places, items, and suppliers with their offers."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import Connection, Table, insert

from app.rows import CompanyError, Measure, Row
from inventory_core import barcodes
from inventory_core.db import stock
from inventory_core.db.papers import partners, supplier_items
from inventory_core.sampling import AQLS, as_named
from inventory_core.suppliers import STANDINGS
from workflows import people
from workflows.definition import Language
from workflows.desk import LANGUAGES, Desk

_PARENTS: Final[Mapping[str, tuple[str, ...]]] = {"zone": ("site",), "bin": ("zone", "site")}
_VIRTUAL: Final = ("supplier", "customer", "production", "scrap", "adjustment")
_KINDS: Final = ("site", *_PARENTS, *_VIRTUAL, "transit")
_CODE: Final = r"[A-Za-z0-9._/-]{1,32}"
_ROLES: Final = r"[a-z_]{1,40}(;[a-z_]{1,40})*"


_OVER: Final = "over_receipt_percent"
"""A column that the items may do without: how much more than ordered may come, in percent of the order line."""

_AQL: Final = "aql"
"""A column that the items may do without: the acceptance quality limit in percent, by which deliveries are sampled."""

_BACKFLUSH: Final = "backflush"
"""A column that the items may do without: whether it is taken by the bill when output is reported, and never picked."""

_BARCODES: Final = "barcodes"
"""A column that the items may do without: the codes that are printed on the goods, with ; between them."""


class StockedItem(NamedTuple):
    id: int
    measure: Measure


@dataclass(slots=True)
class Company:
    """What is being loaded, and what each code stands for so far."""

    db: Connection
    desk: Desk
    rows: Mapping[str, Sequence[Row]]
    items: dict[str, StockedItem] = field(default_factory=dict)
    suppliers: dict[str, int] = field(default_factory=dict)
    bins: dict[str, int] = field(default_factory=dict)
    zones: dict[str, int] = field(default_factory=dict)
    site_id: int = 0
    storekeeper_id: int | None = None


def add_masters(company: Company) -> None:
    """Write the people, places, items and suppliers of the company's rows. Raises CompanyError."""
    _add_people(company)
    _add_places(company)
    _add_items(company)
    _add_units(company)
    _add_slots(company)
    _add_suppliers(company)
    _add_customers(company)


def unique(rows: Sequence[Row], column: str, *, other: str = "", also: str = "") -> Iterator[Row]:
    """Yield the rows, and refuse one whose code, or pair of codes, came before; ``also`` is a column that may lack."""
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = row.cells[column].lower(), row.cells[other].lower() if other else "", row.cells.get(also, "")
        if (first := seen.setdefault(key, row.number)) != row.number:
            named = " ".join(filter(None, (row.cells[column], row.cells[other] if other else "")))
            raise row.wrong(f"“{named}” is in row {first} already.")
        yield row


def _insert(company: Company, table: Table, rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Insert rows that have a code, and return the id of each code."""
    if not rows:
        return {}
    made = company.db.execute(insert(table).returning(table.c.code, table.c.id), rows)
    return {code: int(id_) for code, id_ in made}


def _add_people(company: Company) -> None:
    for row in unique(company.rows["people"], "code"):
        roles = row.matching("roles", _ROLES, "roles such as storekeeper;buyer").split(";")
        code = row.matching("code", _CODE, "up to 32 letters, digits, dots and dashes")
        name = row.text("name", longest=120)
        language = cast(Language, row.choice("language", LANGUAGES))
        employee_id = people.create(company.db, code, name, language=language, roles=sorted(set(roles)))
        if "storekeeper" in roles and company.storekeeper_id is None:
            company.storekeeper_id = employee_id


def _add_places(company: Company) -> None:
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for row in unique(company.rows["locations"], "code"):
        by_kind[row.choice("kind", _KINDS)].append(row)
    for kind in ("site", "bin", *_VIRTUAL):
        if not by_kind[kind]:
            raise CompanyError(f"locations.csv has no place of the kind {kind}; a company needs one.")
    known: dict[str, dict[str, int]] = {}
    for kind in _KINDS:
        known[kind] = _insert(company, stock.locations, [_place(row, kind, known) for row in by_kind[kind]])
    company.bins, company.zones = known["bin"], known["zone"]
    company.site_id = known["site"][by_kind["site"][0].cells["code"]]


def _place(row: Row, kind: str, known: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    parent_id = None
    if kind in _PARENTS:
        parents = {code: id_ for each in _PARENTS[kind] for code, id_ in known[each].items()}
        parent_id = row.one_of("parent", parents, f"locations.csv as a {' or '.join(_PARENTS[kind])}")
    elif row.cells["parent"]:
        raise row.wrong(f"a {kind} stands by itself; leave parent empty.")
    return {
        "code": row.matching("code", _CODE, "up to 32 letters, digits, dots, slashes and dashes"),
        "kind": kind,
        "name": row.text("name", longest=120, may_be_empty=True),
        "walk_order": row.whole("walk_order", most=999_999_999),
        "parent_id": parent_id,
    }


def _add_items(company: Company) -> None:
    measures: dict[str, Measure] = {}
    values = []
    for row in unique(company.rows["items"], "code"):
        code = row.text("code", longest=64)
        measure = Measure(row.text("unit", longest=16), row.whole("precision", most=6))
        measures[code] = measure
        values.append(
            {
                "code": code,
                "name": row.text("name"),
                "category": row.text("category", longest=120, may_be_empty=True),
                "base_unit": measure.unit,
                "precision": measure.precision,
                "make_or_buy": row.choice("make_or_buy", ("make", "buy")),
                "safety_stock": row.quantity("safety_stock", measure),
                "reorder_point": row.quantity("reorder_point", measure),
                "lead_time_days": row.whole("lead_time_days"),
                "over_receipt_percent": row.whole(_OVER, most=100) if row.cells.get(_OVER) else 0,
                "aql": _aql(row),
                "is_backflushed": int(row.optional_choice(_BACKFLUSH, ("yes", "no"), "no") == "yes"),
            }
        )
    ids = _insert(company, stock.items, values)
    company.items = {code: StockedItem(ids[code], measure) for code, measure in measures.items()}
    _add_barcodes(company)


def _add_barcodes(company: Company) -> None:
    seen: dict[str, int] = {}
    values = []
    for row in company.rows["items"]:
        for code in filter(None, map(str.strip, row.cells.get(_BARCODES, "").split(";"))):
            if not barcodes.is_sound(code):
                raise row.wrong(f"{_BARCODES} holds “{code}”, which is no code; check its digits, or leave it out.")
            if (first := seen.setdefault(barcodes.normal(code), row.number)) != row.number:
                raise row.wrong(f"the barcode “{code}” is in row {first} already; a code is of one item.")
            values.append({"code": barcodes.normal(code), "item_id": company.items[row.cells["code"]].id})
    if unlike := list({each["code"]: each for each in values}.values()):
        company.db.execute(insert(stock.item_barcodes), unlike)


def _aql(row: Row) -> str:
    if not (words := row.cells.get(_AQL, "")):
        return ""
    if (aql := as_named(words)) is None:
        raise row.wrong(f"{_AQL} is “{words}”; it must be one of {', '.join(AQLS)}.")
    return aql


def _add_units(company: Company) -> None:
    values = []
    for row in unique(company.rows.get("units", ()), "item", other="unit"):
        item = row.one_of("item", company.items, "items.csv")
        values.append(
            {
                "item_id": item.id,
                "unit": row.text("unit", longest=16),
                "numerator": row.whole("numerator", least=1, most=999_999_999),
                "denominator": row.whole("denominator", least=1, most=999_999_999),
                "is_rounded": int(row.choice("rounded", ("yes", "no")) == "yes"),
            }
        )
    if values:
        company.db.execute(insert(stock.item_units), values)


def _add_slots(company: Company) -> None:
    """Write what bins and zones take: an item's fixed bins, how much of it fits, and the categories of a zone."""
    slots = []
    for row in unique(company.rows.get("bin_items", ()), "bin", other="item"):
        item = row.one_of("item", company.items, "items.csv")
        slots.append(
            {
                "location_id": row.one_of("bin", company.bins, "locations.csv as a bin"),
                "item_id": item.id,
                "is_fixed": int(row.choice("fixed", ("yes", "no")) == "yes"),
                "capacity": row.quantity("capacity", item.measure, least=1) if row.cells["capacity"] else None,
            }
        )
    if slots:
        company.db.execute(insert(stock.bin_items), slots)
    categories = {row.cells["category"] for row in company.rows["items"]} - {""}
    zones = []
    for row in unique(company.rows.get("zone_categories", ()), "zone", other="category"):
        zone_id = row.one_of("zone", company.zones, "locations.csv as a zone")
        category = row.one_of("category", {each: each for each in categories}, "items.csv")
        zones.append({"zone_id": zone_id, "category": category})
    if zones:
        company.db.execute(insert(stock.zone_categories), zones)


def _add_customers(company: Company) -> None:
    values = [
        {
            "kind": "customer",
            "code": row.text("code", longest=64),
            "name": row.text("name"),
            "is_active": int(row.choice("active", ("yes", "no")) == "yes"),
        }
        for row in unique(company.rows.get("customers", ()), "code")
    ]
    for value in values:
        if value["code"] in company.suppliers:
            raise CompanyError(
                f"customers.csv: “{value['code']}” is a supplier already; give the customer another code."
            )
    _insert(company, partners, values)


def _add_suppliers(company: Company) -> None:
    values = [
        {
            "kind": "supplier",
            "code": row.text("code", longest=64),
            "name": row.text("name"),
            "is_active": int(row.choice("active", ("yes", "no")) == "yes"),
            "standing": row.choice("standing", STANDINGS) if row.cells.get("standing") else "approved",
            "counts_blind": int(bool(row.cells.get("blind")) and row.choice("blind", ("yes", "no")) == "yes"),
        }
        for row in unique(company.rows["suppliers"], "code")
    ]
    company.suppliers = _insert(company, partners, values)
    offers = []
    for row in unique(company.rows["supplier_items"], "supplier", other="item"):
        item = row.one_of("item", company.items, "items.csv")
        offers.append(
            {
                "supplier_id": row.one_of("supplier", company.suppliers, "suppliers.csv"),
                "item_id": item.id,
                "price": row.money("price"),
                "lead_time_days": row.whole("lead_time_days"),
                "moq": row.quantity("moq", item.measure, least=1),
            }
        )
    if offers:
        company.db.execute(insert(supplier_items), offers)
