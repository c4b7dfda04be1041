"""Writes the bills of materials of a company that is being loaded, with their alternatives and by-products."""

import datetime as dt
from collections import defaultdict
from typing import Final

from app.masters import Company, unique
from app.rows import CompanyError
from inventory_core import bills
from inventory_core.bill import Alternative, Bill, ByProduct, Component
from inventory_core.errors import RuleBroken
from workflows.phrases import say_error

_VALID_FROM: Final = "valid_from"
"""A column that the bills may do without: the day from which a version counts; rows of one day are one version."""
_BACKFLUSH: Final = "backflush"
"""A column that the bills may do without: whether the component is taken when output is reported, and never picked."""

_Version = tuple[str, dt.date | None]


def add_bills(company: Company) -> None:
    """Write so much of a component for so many (``makes``) of an item, version by version. Raises CompanyError."""
    outputs = _outputs(company)
    alternatives = _alternatives(company)
    versions: dict[_Version, list[Component]] = defaultdict(list)
    for row in unique(company.rows.get("bills", ()), "item", other="component", also=_VALID_FROM):
        made = row.one_of("item", company.items, "items.csv")
        part = row.one_of("component", company.items, "items.csv")
        if part.id == made.id:
            raise row.wrong(f"“{row.cells['item']}” can't be a part of itself.")
        key = row.text("item"), row.optional_day(_VALID_FROM)
        versions[key].append(
            Component(
                part.id,
                row.quantity("quantity", part.measure, least=1),
                row.quantity("makes", made.measure, least=1),
                row.whole("scrap_percent", most=100),
                row.optional_choice(_BACKFLUSH, ("yes", "no"), "no") == "yes",
                tuple(alternatives.get((made.id, part.id), ())),
            )
        )
    try:
        bills.define_all(
            company.db,
            [
                Bill(company.items[code].id, tuple(parts), tuple(outputs.get(code, ())), day)
                for (code, day), parts in versions.items()
            ],
        )
    except RuleBroken as error:
        raise CompanyError(f"bills.csv: {say_error('en', error)}") from None


def _alternatives(company: Company) -> dict[tuple[int, int], list[Alternative]]:
    """Return what may replace a component (``quantity`` of it for ``replaces`` of the component), first come first."""
    known = {(row.cells["item"], row.cells["component"]) for row in company.rows.get("bills", ())}
    found: dict[tuple[int, int], list[Alternative]] = defaultdict(list)
    for row in company.rows.get("bill_alternatives", ()):
        if (row.cells["item"], row.cells["component"]) not in known:
            raise row.wrong(f"“{row.cells['component']}” is no component of “{row.cells['item']}” in bills.csv.")
        made = row.one_of("item", company.items, "items.csv")
        part = row.one_of("component", company.items, "items.csv")
        other = row.one_of("alternative", company.items, "items.csv")
        if other.id in (made.id, part.id):
            raise row.wrong(f"“{row.cells['alternative']}” can't replace itself, nor be a part of itself.")
        quantity = row.quantity("quantity", other.measure, least=1)
        found[made.id, part.id].append(Alternative(other.id, quantity, row.quantity("replaces", part.measure, least=1)))
    return found


def _outputs(company: Company) -> dict[str, list[ByProduct]]:
    """Return what comes out beside each item, and the share of the cost that it carries."""
    known = {row.cells["item"] for row in company.rows.get("bills", ())}
    found: dict[str, list[ByProduct]] = defaultdict(list)
    for row in unique(company.rows.get("bill_outputs", ()), "item", other="by_product"):
        if row.cells["item"] not in known:
            raise row.wrong(f"“{row.cells['item']}” has no bill in bills.csv.")
        made = row.one_of("item", company.items, "items.csv")
        out = row.one_of("by_product", company.items, "items.csv")
        if out.id == made.id:
            raise row.wrong(f"“{row.cells['item']}” can't be its own by-product.")
        found[row.text("item")].append(
            ByProduct(
                out.id,
                row.quantity("quantity", out.measure, least=1),
                row.quantity("makes", made.measure, least=1),
                row.whole("cost_percent", most=100),
            )
        )
    return found
