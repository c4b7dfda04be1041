"""Cut the sample company out of AdventureWorks, Microsoft's bicycle manufacturer, in our own vocabulary.

Source: the tab-separated tables of microsoft/sql-server-samples, samples/databases/adventure-works/oltp-install-script,
commit 481085dc95720244a359f1311afd6003e0bcc09c. Licence: MIT, copied beside the cut files.

    python tools/cut_adventureworks.py SOURCE examples/adventureworks

``examples/adventureworks/README.md`` says what each file holds and what was derived or invented. The cut is the same
whenever it is made: what is invented comes from one seed.
"""

import argparse
import csv
import datetime as dt
import random
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from pathlib import Path

Row = Mapping[str, str]
Cells = Sequence[str | int]

COLUMNS = {
    "Product": "id name code make finished color safety reorder cost list size size_unit weight_unit weight days line "
    "class style subcategory model",
    "ProductInventory": "item area shelf bin quantity",
    "ProductSubcategory": "id category name",
    "Location": "id name",
    "Vendor": "id code name credit preferred active",
    "ProductVendor": "item supplier lead price last_cost last_date moq",
    "PurchaseOrderHeader": "id revision status employee supplier ship_method ordered",
    "PurchaseOrderDetail": "order id due ordered item price",
    "BillOfMaterials": "id item component begins ends unit level quantity",
}
AREAS = {
    "Tool Crib": "TC",
    "Sheet Metal Racks": "SM",
    "Paint Shop": "PS",
    "Paint Storage": "PT",
    "Metal Storage": "ME",
    "Miscellaneous Storage": "MI",
    "Finished Goods Storage": "FG",
    "Frame Forming": "FF",
    "Frame Welding": "FW",
    "Debur and Polish": "DP",
    "Paint": "PA",
    "Specialized Paint": "SP",
    "Subassembly": "SU",
    "Final Assembly": "FA",
}
VIRTUAL = {
    "SUPPLIER": ("supplier", "Suppliers"),
    "CUSTOMER": ("customer", "Customers"),
    "PRODUCTION": ("production", "Production"),
    "SCRAP": ("scrap", "Scrap"),
    "ADJUSTMENT": ("adjustment", "Stock adjustments"),
}
PEOPLE = (
    ("lin", "Lin Wei", "en", "storekeeper"),
    ("maria", "Maria Santos", "en", "inspector"),
    ("otto", "Otto Berg", "en", "supervisor"),
    ("zhao", "Zhao Min", "en", "finance_director"),
    ("chen", "Chen Jing", "en", "manager;buyer;administrator"),
)

CUSTOMERS = (
    ("VELO", "Velo Shop", "yes"),
    ("RADHAUS", "Radhaus Mitte", "yes"),
    ("SHZX", "上海自行车行", "yes"),
)
AQLS = {"Pedals": "1.5", "Chains": "2.5"}

NEARLY_LOW = ("FC-3982", "RM-R800", "HN-1420", "LI-1000", "PA-187B")
"""Items that lie a few percent above their reorder point, so that one issue makes the alert fire: not on order."""
DUE_TODAY = ("4012", "3845", "3800", "3808", "3799", "3842")
OVERDUE = {"3816": 2, "3813": 1}
WANTED = ("4001", "4002", "4003", "4004", "4005", "4006", "4007", "4008", "4009", "4010", "4011", "3830")
OTHER_ORDERS = 34
DAYS_AHEAD = 30

SEED = 20261118
USED_ITEMS = 120
WEEKS = 4
WEEKDAYS = {"mon": 105, "tue": 110, "wed": 105, "thu": 100, "fri": 85, "sat": 20, "sun": 5}
"""How much of an ordinary day's use falls on each, in percent."""


def read(source: Path, table: str) -> list[Row]:
    """Return a table's rows, keyed by the names that ``COLUMNS`` gives to its leading columns."""
    with (source / f"{table}.csv").open(encoding="ascii", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [dict(zip(COLUMNS[table].split(), row, strict=False)) for row in rows]


def money(text: str | Decimal) -> str:
    """Return an amount with two places, or as many as it needs."""
    whole, _, places = f"{Decimal(text):.4f}".partition(".")
    return f"{whole}.{places[:2]}{places[2:].rstrip('0')}"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text[:10])


def bin_code(row: Row, area: str) -> str:
    """Return a code such as SU-A-5, or FG-FLOOR in an area without shelves."""
    return f"{area}-FLOOR" if row["shelf"] == "N/A" else f"{area}-{row['shelf']}-{row['bin']}"


class Company:
    """The source, read once, and the files that are made of it."""

    def __init__(self, source: Path) -> None:
        self.products = read(source, "Product")
        self.vendors = read(source, "Vendor")
        self.offers = read(source, "ProductVendor")
        self.inventory = read(source, "ProductInventory")
        self.areas = {row["id"]: row["name"] for row in read(source, "Location")}
        self.categories = {row["id"]: row["name"] for row in read(source, "ProductSubcategory")}
        self.orders = {row["id"]: row for row in read(source, "PurchaseOrderHeader")}
        self.lines: dict[str, list[Row]] = defaultdict(list)
        for line in read(source, "PurchaseOrderDetail"):
            self.lines[line["order"]].append(line)
        self.code = {row["id"]: row["code"] for row in self.products}
        self.vendor_code = {row["id"]: row["code"] for row in self.vendors}
        self.offers_of: dict[str, list[Row]] = defaultdict(list)
        for offer in self.offers:
            self.offers_of[offer["item"]].append(offer)
        self.stocked = {row["item"] for row in self.inventory}
        self.parts = read(source, "BillOfMaterials")

    def items(self) -> Iterable[Cells]:
        for row in self.products:
            is_stocked = row["id"] in self.stocked
            yield (
                row["code"],
                row["name"],
                self.categories.get(row["subcategory"], ""),
                "pc",
                0,
                "make" if row["make"] == "1" else "buy",
                row["safety"] if is_stocked else 0,
                row["reorder"] if is_stocked else 0,
                self.lead_time_days(row),
                money(row["cost"]),
                AQLS.get(self.categories.get(row["subcategory"], ""), ""),
            )

    def lead_time_days(self, row: Row) -> int:
        """Return the suppliers' mean lead time, half a day rounded up, or what it takes to make the item."""
        leads = [int(offer["lead"]) for offer in self.offers_of[row["id"]]]
        return (2 * sum(leads) + len(leads)) // (2 * len(leads)) if leads else int(row["days"])

    def suppliers(self) -> Iterable[Cells]:
        return ((row["code"], row["name"], "yes" if row["active"] == "1" else "no") for row in self.vendors)

    def bills(self) -> Iterable[Cells]:
        """Yield the parts of the bills that are in force, whole pieces only, in the order of the table."""
        for row in self.parts:
            quantity = Decimal(row["quantity"])
            is_whole = quantity == quantity.to_integral_value()
            if row["item"] in self.code and row["component"] in self.code and not row["ends"] and is_whole:
                yield self.code[row["item"]], self.code[row["component"]], int(quantity), 1, 0

    def supplier_items(self) -> Iterable[Cells]:
        for row in self.offers:
            yield (
                self.vendor_code[row["supplier"]],
                self.code[row["item"]],
                money(row["price"]),
                row["lead"],
                row["moq"],
            )

    def locations(self) -> Iterable[Cells]:
        """Yield places as they are walked: receiving first, then the areas by number, shelf and bin."""
        places: list[tuple[str, str, str, str]] = [
            ("MAIN", "", "site", "Bothell plant"),
            ("RECEIVING", "MAIN", "zone", "Receiving"),
            ("RECV", "RECEIVING", "bin", "Receiving dock"),
        ]
        for number, name in self.areas.items():
            area = AREAS[name]
            places.append((area, "MAIN", "zone", name))
            shelves = {(row["shelf"], int(row["bin"])): row for row in self.inventory if row["area"] == number}
            for shelf, position in sorted(shelves):
                where = "floor" if shelf == "N/A" else f"shelf {shelf}, bin {position}"
                places.append((bin_code(shelves[shelf, position], area), area, "bin", f"{name}, {where}"))
        places += [(code, "", kind, name) for code, (kind, name) in VIRTUAL.items()]
        for order, place in enumerate(places, 1):
            yield *place, order

    def stock(self) -> Iterable[Cells]:
        cost = {row["id"]: row["cost"] for row in self.products}
        for row in self.inventory:
            if row["quantity"] != "0":
                place = bin_code(row, AREAS[self.areas[row["area"]]])
                yield self.code[row["item"]], place, row["quantity"], money(self.unit_cost(row["item"], cost))

    def unit_cost(self, item: str, cost: Mapping[str, str]) -> str:
        """Return the standard cost; where that is zero the latest receipt's cost, or the supplier's price."""
        if Decimal(cost[item]) or not self.offers_of[item]:
            return cost[item]
        latest = max(self.offers_of[item], key=itemgetter("last_date", "supplier"))
        return latest["last_cost"] or latest["price"]

    def due_days(self) -> Mapping[str, int]:
        """Return the chosen orders, each with the days until it is due; longer lead times come later."""
        ahead = sorted(self.coming_orders(), key=lambda number: (self.order_lead(number), int(number)))
        spread = {number: 1 + place * DAYS_AHEAD // len(ahead) for place, number in enumerate(ahead)}
        chosen = dict.fromkeys(DUE_TODAY, 0) | {number: -days for number, days in OVERDUE.items()} | spread
        return dict(sorted(chosen.items(), key=lambda each: int(each[0])))

    def coming_orders(self) -> Sequence[str]:
        """Return the wanted orders, and others of suppliers that have none yet, the newest first."""
        active = {row["id"] for row in self.vendors if row["active"] == "1"}
        served = {self.orders[number]["supplier"] for number in (*DUE_TODAY, *OVERDUE, *WANTED)}
        others: list[str] = []
        for number, order in sorted(self.orders.items(), key=lambda each: -int(each[0])):
            is_free = order["supplier"] in active - served and order["status"] == "1"
            on_order = {self.code[line["item"]] for line in self.lines[number]}
            if is_free and not on_order & set(NEARLY_LOW):
                others.append(number)
                served.add(order["supplier"])
        return (*WANTED, *others[:OTHER_ORDERS])

    def order_lead(self, number: str) -> int:
        supplier, items = self.orders[number]["supplier"], {line["item"] for line in self.lines[number]}
        return max(int(each["lead"]) for each in self.offers if each["supplier"] == supplier and each["item"] in items)

    def purchase_orders(self) -> Iterable[Cells]:
        for number, due in self.due_days().items():
            supplier = self.vendor_code[self.orders[number]["supplier"]]
            latest = -1 - int(number) % 7  # a supplier who promised more than the usual lead time
            yield number, supplier, min(due - self.order_lead(number), latest), due

    def purchase_order_lines(self) -> Iterable[Cells]:
        for number in self.due_days():
            for position, line in enumerate(self.lines[number], 1):
                yield number, position, self.code[line["item"]], line["ordered"], money(line["price"])

    def use(self) -> Iterable[Cells]:
        """Yield what four weeks of production took: invented, around the use that the reorder point provides for."""
        dice = random.Random(SEED)  # noqa: S311 (an invention, and the same one each time)
        on_hand: dict[str, int] = defaultdict(int)
        for row in self.inventory:
            on_hand[row["item"]] += int(row["quantity"])
        makes = [row for row in self.products if self.offers_of[row["id"]] and int(row["reorder"]) > 3]
        open_to_use = sorted(row["code"] for row in makes if on_hand[row["id"]])
        told_of = (*DUE_TODAY, *OVERDUE, *WANTED)
        ordered = {str(line[2]) for line in self.purchase_order_lines() if line[0] in told_of}
        chosen = [code for code in open_to_use if code in NEARLY_LOW or code in ordered]
        chosen += dice.sample([code for code in open_to_use if code not in chosen], USED_ITEMS - len(chosen))
        for row in sorted(makes, key=itemgetter("code")):
            if row["code"] in chosen:
                share = 60 if row["code"] in NEARLY_LOW else dice.randint(30, 70)
                yield from self.used(row, share, dice)

    def used(self, row: Row, share: int, dice: random.Random) -> Iterable[Cells]:
        """Yield an item's use by week and weekday; ``share`` is in percent of reorder point over lead time."""
        for week in range(WEEKS, 0, -1):
            for name, percent in WEEKDAYS.items():
                parts = int(row["reorder"]) * share * percent * dice.randint(60, 140)
                quantity = (2 * parts + self.lead_time_days(row) * 10**6) // (2 * self.lead_time_days(row) * 10**6)
                if quantity:
                    yield row["code"], week, name, quantity


HEADINGS = {
    "items": "code,name,category,unit,precision,make_or_buy,safety_stock,reorder_point,lead_time_days,"
    "standard_cost,aql",
    "suppliers": "code,name,active",
    "supplier_items": "supplier,item,price,lead_time_days,moq",
    "locations": "code,parent,kind,name,walk_order",
    "stock": "item,location,quantity,unit_cost",
    "purchase_orders": "number,supplier,ordered_in_days,due_in_days",
    "purchase_order_lines": "number,line,item,quantity,price",
    "use": "item,weeks_ago,weekday,quantity",
    "people": "code,name,language,roles",
    "customers": "code,name,active",
    "bills": "item,component,quantity,makes,scrap_percent",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Cut the sample company out of AdventureWorks.")
    parser.add_argument("source", type=Path, help="the folder of the tab-separated tables")
    parser.add_argument("target", type=Path, help="the folder to write to, examples/adventureworks")
    arguments = parser.parse_args()
    company = Company(arguments.source)
    arguments.target.mkdir(parents=True, exist_ok=True)
    for name, heading in HEADINGS.items():
        invented = {"people": PEOPLE, "customers": CUSTOMERS}
        rows = invented[name] if name in invented else list(getattr(company, name)())
        with (arguments.target / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(heading.split(","))
            writer.writerows(rows)
        print(f"{name}.csv: {len(rows)} rows")
    shutil.copyfile(arguments.source / "LICENSE.txt", arguments.target / "LICENSE.txt")


if __name__ == "__main__":
    main()
