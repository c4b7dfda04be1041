"""A company from a folder of CSV files: the one that comes with the product, and what is said of a wrong row."""

import csv
import datetime as dt
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from app.doctor import examine
from app.rows import CompanyError
from app.sample import Loaded, load_company
from app.up import SAMPLE
from inventory_core import barcodes, bills, items, partners, suppliers
from inventory_core.bill import Alternative, Bill, ByProduct, Component
from inventory_core.db.engine import open_engine, reading
from inventory_core.db.migrate import upgrade
from inventory_core.insight import history
from inventory_core.stages import inspection
from tests.world import World
from workflows import inbox, people
from workflows.desk import Desk
from workflows.intents import Address

FILES = {
    "items": "code,name,category,unit,precision,make_or_buy,safety_stock,reorder_point,lead_time_days\n"
    "NUT,Nut,,kg,3,buy,2,1.5,7\n",
    "locations": "code,parent,kind,name,walk_order\n"
    "HALL,,site,Hall,1\nA,HALL,zone,A,2\nA-1,A,bin,,3\nA-2,A,bin,,4\n"
    + "".join(f"{kind.upper()},,{kind},,0\n" for kind in ("supplier", "customer", "production", "scrap", "adjustment")),
    "people": "code,name,language,roles\nwang,王芳,zh,storekeeper;buyer\n",
    "stock": "item,location,quantity,unit_cost\nNUT,A-1,12.5,0.333\nNUT,A-2,1,0.333\n",
    "use": "item,weeks_ago,weekday,quantity\nNUT,1,mon,0.25\nNUT,4,sun,2\n",
    "suppliers": "code,name,active\nACME,Acme,yes\n",
    "purchase_orders": "number,supplier,ordered_in_days,due_in_days\n77,ACME,-3,0\n",
    "purchase_order_lines": "number,line,item,quantity,price\n77,1,NUT,5,0.30\n",
}


@pytest.fixture
def desk(tmp_path: Path, shop: World) -> Desk:
    engine = open_engine(f"sqlite:///{tmp_path / 'loaded.db'}")
    upgrade(engine)
    return Desk(engine, shop.desk.zone, "", tmp_path / "files", shop.desk.clock)


def folder(path: Path, **files: str | None) -> Path:
    """Write the small company's files, some of them otherwise or not at all."""
    path.mkdir(exist_ok=True)
    for name, content in (FILES | files).items():
        if content is not None:
            (path / f"{name}.csv").write_text(content, encoding="utf-8")
    return path


def test_the_sample_company_is_whole(desk: Desk) -> None:
    shares: list[float] = []
    loaded = load_company(desk, SAMPLE, progress=shares.append)
    assert loaded == Loaded(504, 104, 775, 5, 1_065, 54, 142, receipts=8)
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert not examine(desk.engine)
    with reading(desk.engine) as db:
        assert db.execute(text("SELECT SUM(quantity) FROM balances")).scalar_one() == 335_974


def test_each_bin_holds_what_the_file_says(desk: Desk) -> None:
    load_company(desk, SAMPLE)
    with (SAMPLE / "stock.csv").open(newline="") as file:
        expected = {(row["item"], row["location"]): int(row["quantity"]) for row in csv.DictReader(file)}
    with reading(desk.engine) as db:
        rows = db.execute(
            text("""
                SELECT i.code, c.code, SUM(b.quantity) FROM balances b JOIN items i ON i.id = b.item_id
                JOIN locations c ON c.id = b.location_id GROUP BY i.code, c.code HAVING SUM(b.quantity) > 0
            """)
        )
        assert {(row[0], row[1]): row[2] for row in rows} == expected


def test_only_what_is_due_waits_and_only_the_digest_is_news(desk: Desk) -> None:
    load_company(desk, SAMPLE)
    with reading(desk.engine) as db:
        lin = people.by_code(db, "lin")
        news = db.execute(text("SELECT j.kind FROM outbox o JOIN journal j ON j.id = o.entry_id")).scalars().all()
    assert lin is not None
    waiting = inbox.open_cards(desk, lin, inbox.reader_of(lin, Address("web", "", "lin")))
    assert len(waiting) == 8
    assert waiting[0].title == "PO 3816 from International"
    assert sorted(set(news)) == ["digest.made", "flow.stepped"]


def test_use_lies_on_its_own_weekday(desk: Desk, tmp_path: Path) -> None:
    load_company(desk, folder(tmp_path / "small"))
    today = desk.today()
    with reading(desk.engine) as db:
        nut = items.by_code(db, "NUT")
        closing = dict(history.histories(db, [nut.id], today=today, zone=desk.zone, days=40)[nut.id].closing)
    monday = today - dt.timedelta(days=today.weekday() or 7)
    sunday = max(day for day in closing if day.weekday() == 6) - dt.timedelta(days=21)
    assert closing[today] == 13_500
    assert closing[monday] == 13_500 and closing[monday - dt.timedelta(days=1)] == 13_750
    assert closing[sunday] == 13_750 and closing[sunday - dt.timedelta(days=1)] == 15_750


def test_stock_is_worth_its_cost(desk: Desk, tmp_path: Path) -> None:
    load_company(desk, folder(tmp_path / "small", use=None))
    with reading(desk.engine) as db:
        assert db.execute(text("SELECT SUM(value) FROM item_values")).scalar_one() == 41_625 + 3_330


def test_a_company_of_items_places_and_people_is_enough(desk: Desk, tmp_path: Path) -> None:
    few = folder(
        tmp_path / "few", stock=None, use=None, suppliers=None, purchase_orders=None, purchase_order_lines=None
    )
    assert load_company(desk, few) == Loaded(1, 0, 9, 1, 0, 0, 0, receipts=0)
    assert not examine(desk.engine)


TERMS = {
    "items": FILES["items"].replace("Nut,,", "Nut,Small parts,"),
    "suppliers": "code,name,active,standing,blind\nACME,Acme,yes,trial,yes\n",
    "supplier_items": "supplier,item,price,lead_time_days,moq\nACME,NUT,0.40,5,1\n",
    "supplier_prices": "supplier,item,from_quantity,price\nACME,NUT,10,0.35\nACME,NUT,100,0.30\n",
    "budgets": "category,monthly\nSmall parts,500\n",
    "checks": "item,name,unit,at_least,at_most\nNUT,Thread,mm,5.95,6.05\nNUT,Hardness,HV,,320\n",
}


def test_what_is_agreed_with_suppliers_and_measured_of_items_is_loaded(desk: Desk, tmp_path: Path) -> None:
    load_company(desk, folder(tmp_path / "terms", **TERMS))
    with reading(desk.engine) as db:
        nut = items.by_code(db, "NUT").id
        asked = [suppliers.offers(db, nut, quantity)[0].price for quantity in (9_999, 10_000, 100_000)]
        assert asked == [4_000, 3_500, 3_000]
        assert suppliers.standing(db, "ACME") == "trial" and partners.counts_blind(db, partners.id_of(db, "ACME"))
        measured = [str(each) for each in inspection.characteristics(db, nut)]
        assert measured == ["Thread 5.95–6.05 mm", "Hardness ≤ 320 HV"]
        assert suppliers.budget_left(db, "Small parts", desk.today()) == 500_0000 - 1_5000  # order 77
        assert suppliers.budget_left(db, "Large parts", desk.today()) is None


def test_the_codes_that_are_printed_on_goods_are_loaded_with_their_item(desk: Desk, tmp_path: Path) -> None:
    head, nut, *others = FILES["items"].splitlines()
    coded = [f"{head},barcodes", f"{nut},4006381333931; 036000291452;NUT-M6", *(f"{each}," for each in others)]
    load_company(desk, folder(tmp_path / "coded", items="\n".join(coded) + "\n"))
    with reading(desk.engine) as db:
        for printed in ("4006381333931", "0036000291452", "(01)04006381333931(10)X", "NUT-M6"):
            assert barcodes.item_of(db, printed) == "NUT"
        assert barcodes.item_of(db, "4006381333932") == ""
        assert barcodes.of_item(db, items.by_code(db, "NUT").id) == ["036000291452", "4006381333931", "NUT-M6"]


@pytest.mark.parametrize(
    ("name", "before", "after", "sentence"),
    [
        ("suppliers", "trial", "new", "suppliers.csv row 2: standing is “new”; it must be one of approved, trial"),
        ("supplier_prices", "ACME,NUT,10,", "ACME,NUT,100,", "supplier_prices.csv row 3: there is a price from 100 on"),
        ("budgets", "Small", "Tiny", "budgets.csv row 2: category “Tiny parts” is not in items.csv."),
        ("checks", "5.95,6.05", "6.05,5.95", "checks.csv row 2: at_least 6.05 is above at_most 5.95."),
        ("checks", "5.95,6.05", ",", "checks.csv row 2: at_least or at_most must hold a limit."),
        ("checks", "5.95", "about 6", "checks.csv row 2: at_least is “about 6”; it must be a number such as 12.65"),
    ],
)
def test_wrong_terms_are_named(desk: Desk, tmp_path: Path, name: str, before: str, after: str, sentence: str) -> None:
    with pytest.raises(CompanyError) as refused:
        load_company(desk, folder(tmp_path / "wrong", **TERMS | {name: TERMS[name].replace(before, after)}))
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"people": None}, "people.csv is not in "),
        ({"items": "code,name\n"}, "items.csv has no column category, unit"),
        ({"stock": FILES["stock"] + "BOLT,A-1,1,1\n"}, "stock.csv row 4: item “BOLT” is not in items.csv."),
        ({"stock": FILES["stock"] + "NUT,A,1,1\n"}, "stock.csv row 4: location “A” is not in locations.csv as a bin."),
        ({"stock": FILES["stock"] + "NUT,A-1,1,1\n"}, "stock.csv row 4: “NUT A-1” is in row 2 already."),
        ({"stock": FILES["stock"].replace("12.5", "12.5555")}, "stock.csv row 2: quantity: "),
        ({"stock": FILES["stock"].replace("12.5", "-3")}, "stock.csv row 2: quantity: "),
        ({"stock": FILES["stock"] + "NUT,A-1\n"}, "stock.csv row 4: it has 2 cells, but there are 4 columns."),
        ({"items": FILES["items"].replace("1.5", "much")}, "items.csv row 2: reorder_point: “much” is not a number"),
        (
            {"people": FILES["people"].replace("zh", "fr")},
            "people.csv row 2: language is “fr”; it must be one of en, zh",
        ),
        (
            {"items": FILES["items"].replace("_days\n", "_days,aql\n").replace("1.5,7", "1.5,7,3")},
            "items.csv row 2: aql is “3”; it must be one of 0.010, 0.015",
        ),
        (
            {"items": FILES["items"].replace("_days\n", "_days,barcodes\n").replace("1.5,7", "1.5,7,4006381333932")},
            "items.csv row 2: barcodes holds “4006381333932”, which is no code",
        ),
        ({"use": FILES["use"].replace("mon", "Monday")}, "use.csv row 2: weekday is “Monday”; it must be one of mon"),
        ({"locations": FILES["locations"].replace("A-2,A,", "A-2,Z,")}, "locations.csv row 5: parent “Z” is not in"),
        ({"locations": FILES["locations"].replace("SCRAP,,scrap,,0\n", "")}, "locations.csv has no place of the kind"),
        ({"purchase_order_lines": "number,line,item,quantity,price\n"}, "row 2: order “77” has no line in"),
        ({"purchase_orders": FILES["purchase_orders"].replace("ACME", "Acme?")}, "supplier “Acme?” is not in"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_kept(
    desk: Desk, tmp_path: Path, files: dict[str, str | None], sentence: str
) -> None:
    with pytest.raises(CompanyError) as refused:
        load_company(desk, folder(tmp_path / "wrong", **files))
    assert sentence in str(refused.value)
    with reading(desk.engine) as db:
        for table in ("items", "employees", "documents", "movements", "flow_versions"):
            assert db.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one() == 0, table


def test_a_file_in_another_encoding_is_named(desk: Desk, tmp_path: Path) -> None:
    small = folder(tmp_path / "gbk")
    (small / "people.csv").write_bytes(FILES["people"].encode("gbk"))
    with pytest.raises(CompanyError, match=r"people\.csv is not UTF-8 text"):
        load_company(desk, small)


def test_a_company_is_loaded_once(desk: Desk, tmp_path: Path) -> None:
    load_company(desk, folder(tmp_path / "small"))
    with pytest.raises(CompanyError, match="holds a company already"):
        load_company(desk, folder(tmp_path / "small"))


def test_a_spreadsheets_mark_at_the_start_does_no_harm(desk: Desk, tmp_path: Path) -> None:
    copy = tmp_path / "marked"
    shutil.copytree(folder(tmp_path / "small"), copy)
    (copy / "items.csv").write_text(FILES["items"], encoding="utf-8-sig")
    assert load_company(desk, copy).items == 1


def test_a_period_of_it_is_closed_by_a_command(tmp_path: Path) -> None:
    def storekeeper(*words: str) -> tuple[int, str]:
        environment = os.environ | {"STOREKEEPER_DATA": str(tmp_path / "data")}
        ran = subprocess.run(
            [sys.executable, "-m", "app.cli", *words],
            cwd=Path(__file__).parents[2],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return ran.returncode, ran.stdout + ran.stderr

    assert storekeeper("load", str(folder(tmp_path / "small")))[0] == 0
    today = dt.datetime.now(dt.UTC).date()
    day = today - dt.timedelta(days=10)
    assert storekeeper("close-period", str(day), "--by", "wang") == (0, f"Closed up to and with {day}.\n")
    status, told = storekeeper("close-period", str(today), "--by", "wang")
    assert status == 2 and "is not over yet" in told
    status, told = storekeeper("close-period", str(day), "--by", "wang")
    assert status == 2 and "is in a closed period" in told
    assert storekeeper("doctor")[0] == 0


def test_the_sample_company_makes_bicycles_of_bills_and_has_customers(desk: Desk) -> None:
    load_company(desk, SAMPLE)
    with reading(desk.engine) as db:
        bike = items.by_code(db, "BK-R93R-62")
        bill = bills.in_force(db, bike.id, desk.today())
        assert bill is not None and len(bill.components) > 5
        customers = db.execute(text("SELECT COUNT(*) FROM partners WHERE kind = 'customer'")).scalar_one()
    assert customers == 3


BILL = "item,component,quantity,makes,scrap_percent"
ITEMS = FILES["items"] + "BOLT,Bolt,,pc,0,buy,0,0,7\nROD,Rod,,pc,0,buy,0,0,7\n"


def test_a_bill_is_loaded_with_its_versions_alternatives_by_products_and_what_is_backflushed(
    desk: Desk, tmp_path: Path
) -> None:
    kept = "code,name,category,unit,precision,make_or_buy,safety_stock,reorder_point,lead_time_days,backflush\n"
    load_company(
        desk,
        folder(
            tmp_path / "made",
            items=kept + "NUT,Nut,,kg,3,make,2,1.5,7,\nBOLT,Bolt,,pc,0,buy,0,0,7,yes\nROD,Rod,,pc,0,buy,0,0,7,no\n",
            bills=f"{BILL},valid_from,backflush\nNUT,BOLT,2,1,0,,\nNUT,ROD,1,0.5,5,2030-01-01,yes\n",
            bill_alternatives="item,component,alternative,quantity,replaces\nNUT,ROD,BOLT,3,2\n",
            bill_outputs="item,by_product,quantity,makes,cost_percent\nNUT,BOLT,1,4,5\n",
        ),
    )
    with reading(desk.engine) as db:
        nut, bolt, rod = (items.by_code(db, each).id for each in ("NUT", "BOLT", "ROD"))
        today, later = (bills.in_force(db, nut, day) for day in (desk.today(), dt.date(2030, 1, 1)))
    dust = (ByProduct(bolt, 1, 4_000, 5),)
    assert today == Bill(nut, (Component(bolt, 2, 1_000, 0, True),), dust)
    other = (Alternative(bolt, 3, 2),)
    assert later == Bill(nut, (Component(rod, 1, 500, 5, True, other),), dust, dt.date(2030, 1, 1))


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"bills": f"{BILL}\nNUT,NUT,1,1,0\n"}, "can't be a part of itself"),
        ({"bills": f"{BILL}\nNUT,BOLT,1,1,0\n"}, "is not in items.csv"),
        (
            {"bills": f"{BILL},valid_from\nNUT,BOLT,1,1,0,tomorrow\n", "items": ITEMS},
            "must be a day such as 2026-12-01",
        ),
        (
            {"bills": f"{BILL}\nNUT,BOLT,1,1,0\nBOLT,ROD,1,1,0\nROD,NUT,1,1,0\n", "items": ITEMS},
            "make an item a part of itself: NUT → BOLT → ROD → NUT",
        ),
        (
            {
                "bills": f"{BILL}\nNUT,BOLT,1,1,0\n",
                "items": ITEMS,
                "bill_alternatives": "item,component,alternative,quantity,replaces\nNUT,ROD,BOLT,1,1\n",
            },
            "is no component of “NUT”",
        ),
        (
            {
                "bills": f"{BILL}\nNUT,BOLT,1,1,0\n",
                "items": ITEMS,
                "bill_outputs": "item,by_product,quantity,makes,cost_percent\nNUT,BOLT,1,1,60\nNUT,ROD,1,1,60\n",
            },
            "carry more than 100 % of the cost",
        ),
        ({"customers": "code,name,active\nACME,Acme,yes\n"}, "is a supplier already"),
    ],
)
def test_a_wrong_bill_or_customer_is_named(desk: Desk, tmp_path: Path, files: dict[str, str], says: str) -> None:
    with pytest.raises(CompanyError, match=says):
        load_company(desk, folder(tmp_path / "wrong", **files))


def test_what_bins_and_zones_take_comes_from_their_files(desk: Desk, tmp_path: Path) -> None:
    items_ = FILES["items"].replace("NUT,Nut,,", "NUT,Nut,fasteners,")
    slots = "bin,item,fixed,capacity\nA-1,NUT,yes,12.5\nA-2,NUT,no,\n"
    zones = "zone,category\nA,fasteners\n"
    load_company(desk, folder(tmp_path / "slots", items=items_, bin_items=slots, zone_categories=zones))
    with reading(desk.engine) as db:
        rows = db.execute(text("SELECT is_fixed, capacity FROM bin_items ORDER BY location_id")).all()
        assert [tuple(row) for row in rows] == [(1, 12_500), (0, None)]
        assert db.execute(text("SELECT category FROM zone_categories")).scalars().all() == ["fasteners"]


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("bin_items", "bin,item,fixed,capacity\nA,NUT,yes,1\n", "bin_items.csv row 2: bin “A” is not in locations.csv"),
        ("bin_items", "bin,item,fixed,capacity\nA-1,NUT,yes,0\n", "bin_items.csv row 2: capacity is “0”"),
        ("zone_categories", "zone,category\nA,tools\n", "zone_categories.csv row 2: category “tools” is not in items"),
    ],
)
def test_a_wrong_row_about_bins_and_zones_is_named(
    desk: Desk, tmp_path: Path, file: str, content: str, sentence: str
) -> None:
    with pytest.raises(CompanyError, match=sentence):
        load_company(desk, folder(tmp_path / "slots", **{file: content}))
