"""Writes the terms of a company that is being loaded: prices by quantity, budgets, and what is measured of items."""

from collections import defaultdict

from sqlalchemy import insert

from app.masters import Company, unique
from inventory_core.db import stock
from inventory_core.db.papers import category_budgets, supplier_prices


def add_terms(company: Company) -> None:
    """Write prices by quantity, monthly budgets, and characteristics with their limits. Raises CompanyError."""
    _add_prices(company)
    _add_budgets(company)
    _add_checks(company)


def _add_prices(company: Company) -> None:
    """Write what suppliers ask from a quantity on, of what they offer."""
    offered = {(row.cells["supplier"], row.cells["item"]) for row in company.rows["supplier_items"]}
    values, seen = [], set()
    for row in company.rows.get("supplier_prices", ()):
        item = row.one_of("item", company.items, "items.csv")
        supplier_id = row.one_of("supplier", company.suppliers, "suppliers.csv")
        if (row.cells["supplier"], row.cells["item"]) not in offered:
            raise row.wrong(f"“{row.cells['supplier']}” does not offer “{row.cells['item']}” in supplier_items.csv.")
        from_quantity = row.quantity("from_quantity", item.measure, least=1)
        if (supplier_id, item.id, from_quantity) in seen:
            raise row.wrong(f"there is a price from {row.cells['from_quantity']} on already.")
        seen.add((supplier_id, item.id, from_quantity))
        price = row.money("price")
        values.append({"supplier_id": supplier_id, "item_id": item.id, "from_quantity": from_quantity, "price": price})
    if values:
        company.db.execute(insert(supplier_prices), values)


def _add_budgets(company: Company) -> None:
    """Write what may be ordered of a category in a month."""
    known = dict.fromkeys((row.cells["category"] for row in company.rows["items"]), True)
    values = []
    for row in unique(company.rows.get("budgets", ()), "category"):
        row.one_of("category", known, "items.csv")
        values.append({"category": row.text("category", longest=120), "monthly": row.money("monthly")})
    if values:
        company.db.execute(insert(category_budgets), values)


def _add_checks(company: Company) -> None:
    """Write what is measured of an item, in the order of the rows, with its limits."""
    values = []
    last: dict[int, int] = defaultdict(int)
    for row in unique(company.rows.get("checks", ()), "item", other="name"):
        item = row.one_of("item", company.items, "items.csv")
        last[item.id] += 1
        low, high = row.limit("at_least"), row.limit("at_most")
        if low is None and high is None:
            raise row.wrong("at_least or at_most must hold a limit.")
        if low is not None and high is not None and low > high:
            raise row.wrong(f"at_least {low} is above at_most {high}.")
        values.append(
            {
                "item_id": item.id,
                "position": last[item.id],
                "name": row.text("name", longest=60),
                "unit": row.text("unit", longest=16, may_be_empty=True),
                "at_least": "" if low is None else f"{low:f}",
                "at_most": "" if high is None else f"{high:f}",
            }
        )
    if values:
        company.db.execute(insert(stock.item_checks), values)
