"""Loads a company from a folder of CSV files into an empty database: all of it, or nothing.

``examples/adventureworks/README.md`` says what the files hold. Items, locations and people must be there; a company may
have none of the others. Where a file of use is there, the stock of four weeks ago is posted, and then each day's use.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple

from sqlalchemy import select

from app.bill_rows import add_bills
from app.masters import Company, add_masters, unique
from app.rows import CompanyError, Row, read
from app.term_rows import add_terms
from inventory_core import documents, items, journal, ledger, lots, places
from inventory_core.db import stock
from inventory_core.db.engine import writing
from inventory_core.movement import Movement, Place, Transfer
from inventory_core.quantity import worth
from inventory_core.stages import purchasing
from notifier import alerts, digests
from notifier.relay import expect_due_orders
from workflows import flows, people
from workflows.desk import Desk

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKS: Final = 4
_OPENED_DAYS_AGO: Final = 7 * _WEEKS + 1
_OPENED_AT: Final = dt.time(8)
_USED_AT: Final = dt.time(15)
_TOLD_AT_ONCE: Final = 1_000
_CURRENCY: Final = "USD"

Progress = Callable[[float], None]
"""Is told which share, from 0 to 1, is done."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much was loaded; ``receipts`` are the orders that are due and so wait for the storekeeper."""

    items: int
    suppliers: int
    places: int
    people: int
    lots: int
    orders: int
    order_lines: int
    receipts: int


class _Lot(NamedTuple):
    """So much of an item in a bin, as the opening movement puts it there."""

    id: int
    item_id: int
    bin_id: int
    quantity: int
    value: int


def load_company(desk: Desk, folder: Path, *, progress: Progress | None = None) -> Loaded:
    """Load a company in one transaction, then ask about the orders that are due and make today's digest.

    Raises CompanyError, and leaves the database as it was.
    """
    tell = progress or (lambda _share: None)
    rows = read(folder)
    tell(0.05)
    with writing(desk.engine) as db:
        if db.execute(select(stock.items.c.id).limit(1)).first() or people.everyone(db):
            raise CompanyError("This database holds a company already; name another folder with STOREKEEPER_DATA.")
        company = Company(db, desk, rows)
        flows.publish_library(db, now=desk.clock())
        add_masters(company)
        add_bills(company)
        add_terms(company)
        tell(0.15)
        lots_made = _add_stock(company, lambda share: tell(0.15 + 0.65 * share))
        _add_orders(company)
        alerts.set_baseline(db, now=desk.clock())
        while entries := journal.untold(db, limit=_TOLD_AT_ONCE):  # a company's past is nobody's news
            journal.mark_told(db, entries)
        tell(0.9)
    receipts = expect_due_orders(desk)
    digests.make(desk)
    tell(1.0)
    return Loaded(
        items=len(company.items),
        suppliers=len(company.suppliers),
        places=len(rows["locations"]),
        people=len(rows["people"]),
        lots=lots_made,
        orders=len(rows["purchase_orders"]),
        order_lines=len(rows["purchase_order_lines"]),
        receipts=receipts,
    )


def _add_stock(company: Company, tell: Progress) -> int:
    """Post the stock of four weeks ago and each day's use since, and return how many lots there are."""
    used = _use(company)
    total: dict[int, int] = defaultdict(int)
    for quantities in used.values():
        for item_id, quantity in quantities.items():
            total[item_id] += quantity
    made = _open(company, total)
    for number, days_ago in enumerate(sorted(used, reverse=True), 1):
        tell(number / len(used))
        transfers = _taken(used[days_ago], made, places.virtual(company.db, "production"))
        _post(company, "issue", f"use:{days_ago}", days_ago, transfers)
    return len(made)


def _use(company: Company) -> Mapping[int, Mapping[int, int]]:
    """Return what was used of each item, by how many days ago: 1 to 28."""
    used: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    today = company.desk.today().weekday()
    stocked = {row.cells["item"] for row in company.rows["stock"]}
    for row in company.rows["use"]:
        item = row.one_of("item", company.items, "items.csv")
        if row.cells["item"] not in stocked:
            raise row.wrong(f"item “{row.cells['item']}” was used, but stock.csv does not say where it lies.")
        weekday = _WEEKDAYS.index(row.choice("weekday", _WEEKDAYS))
        days_ago = 7 * (row.whole("weeks_ago", least=1, most=_WEEKS) - 1) + ((today - weekday) % 7 or 7)
        used[days_ago][item.id] += row.quantity("quantity", item.measure, least=1)
    return used


def _open(company: Company, used: dict[int, int]) -> list[_Lot]:
    """Post the opening stock, a lot an item and bin. What was used since lay in the item's first bin."""
    opened_on = company.desk.today() - dt.timedelta(days=_OPENED_DAYS_AGO)
    made = []
    waiting = dict(used)
    for row in unique(company.rows["stock"], "item", other="location"):
        item = row.one_of("item", company.items, "items.csv")
        bin_id = row.one_of("location", company.bins, "locations.csv as a bin")
        cost = row.money("unit_cost")
        quantity = row.quantity("quantity", item.measure) + waiting.pop(item.id, 0)
        if quantity:
            lot_id = lots.create(company.db, item.id, received_on=opened_on)
            value = worth(quantity, cost, precision=item.measure.precision)
            made.append(_Lot(lot_id, item.id, bin_id, quantity, value))
    source = Place(places.virtual(company.db, "adjustment"))
    transfers = [
        Transfer(each.item_id, each.id, each.quantity, source, Place(each.bin_id), value=each.value) for each in made
    ]
    _post(company, "opening", "opening", _OPENED_DAYS_AGO, transfers)
    return made


def _taken(quantities: Mapping[int, int], made: Sequence[_Lot], production_id: int) -> Sequence[Transfer]:
    """Return a day's use out of each item's first lot, in which the opening put all that is used."""
    first: dict[int, _Lot] = {}
    for lot in made:
        first.setdefault(lot.item_id, lot)
    target = Place(production_id)
    return [
        Transfer(item_id, first[item_id].id, quantity, Place(first[item_id].bin_id), target)
        for item_id, quantity in quantities.items()
    ]


def _post(
    company: Company,
    kind: Literal["opening", "issue"],
    key: str,
    days_ago: int,
    transfers: Sequence[Transfer],
) -> None:
    if not transfers:
        return
    at, employee_id = (_USED_AT, company.storekeeper_id) if kind == "issue" else (_OPENED_AT, None)
    day = company.desk.today() - dt.timedelta(days=days_ago)
    moment = dt.datetime.combine(day, at, company.desk.zone).astimezone(dt.UTC)
    movement = Movement(kind, f"load:{key}", moment, day, transfers, employee_id=employee_id)
    ledger.post(company.db, movement, now=company.desk.clock())


def _add_orders(company: Company) -> None:
    lines: dict[str, list[Row]] = defaultdict(list)
    orders = {row.cells["number"] for row in company.rows["purchase_orders"]}
    for row in unique(company.rows["purchase_order_lines"], "number", other="line"):
        if row.text("number") not in orders:
            raise row.wrong(f"order “{row.cells['number']}” is not in purchase_orders.csv.")
        lines[row.cells["number"]].append(row)
    today = company.desk.today()
    for row in unique(company.rows["purchase_orders"], "number"):
        number = row.text("number", longest=36)
        if not lines[number]:
            raise row.wrong(f"order “{number}” has no line in purchase_order_lines.csv.")
        documents.create(
            company.db,
            "purchase_order",
            number,
            site_id=company.site_id,
            partner_id=row.one_of("supplier", company.suppliers, "suppliers.csv"),
            opened_on=today + dt.timedelta(days=row.whole("ordered_in_days", least=-3_650)),
            due_on=today + dt.timedelta(days=row.whole("due_in_days", least=-3_650)),
            currency=_CURRENCY,
            lines=[_order_line(company, each) for each in sorted(lines[number], key=lambda each: each.whole("line"))],
        )


def _order_line(company: Company, row: Row) -> documents.NewLine:
    stocked = row.one_of("item", company.items, "items.csv")
    quantity, price = row.quantity("quantity", stocked.measure, least=1), row.money("price")
    return purchasing.order_line(items.by_id(company.db, stocked.id), quantity, price=price)
