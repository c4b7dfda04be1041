"""Four years of a real manufacturer's purchasing, sent through the receipt flow by the people whom it asks."""

import csv
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from app.doctor import examine
from app.replay import Replayed, replay
from app.rows import CompanyError
from inventory_core.db.engine import open_engine, reading
from inventory_core.db.migrate import upgrade
from tests.world import World
from workflows.desk import Desk

TABLES = Path(os.environ.get("STOREKEEPER_TABLES", Path(__file__).parents[3] / "shared" / "data" / "adventureworks"))
THRESHOLD = 50_000

PRODUCT = "{id}\tPart {id}\tP-{id}\t0\t0\t\t10\t5\t.0000\t.0000\t\t\t\t\t1"
VENDOR = "7\tLITWARE\tLitware\t1\t1\t1"
SMALL = {
    "Product": [PRODUCT.format(id=1), PRODUCT.format(id=2)],
    "Vendor": [VENDOR],
    "ProductVendor": ["1\t7\t8"],
    "PurchaseOrderHeader": [
        "11\t1\t4\t9\t7\t1\t2024-03-01 00:00:00.000",
        "12\t1\t4\t9\t7\t1\t2024-03-02 00:00:00.000",
        "13\t1\t4\t9\t7\t1\t2024-03-03 00:00:00.000",
        "14\t1\t2\t9\t7\t1\t2024-03-03 00:00:00.000",
    ],
    "PurchaseOrderDetail": [
        "11\t1\t2024-03-10 00:00:00.000\t10\t1\t2.5000\t25.0000\t10.00\t.00",
        "11\t2\t2024-03-11 00:00:00.000\t100\t2\t1.0000\t100.0000\t99.00\t3.00",
        "12\t3\t2024-03-12 00:00:00.000\t60\t1\t1000.0000\t60000.0000\t51.00\t.00",
        "13\t4\t2024-03-12 00:00:00.000\t4\t2\t1.0000\t4.0000\t.00\t.00",
        "14\t5\t2024-03-12 00:00:00.000\t4\t2\t1.0000\t4.0000\t.00\t.00",
    ],
}


@pytest.fixture
def bare(tmp_path: Path, shop: World) -> Desk:
    """A desk on an empty database."""
    engine = open_engine(f"sqlite:///{tmp_path / 'bare.db'}")
    upgrade(engine)
    return Desk(engine, shop.desk.zone, "", tmp_path / "files", shop.desk.clock)


def written(folder: Path, tables: dict[str, list[str]]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


SMALL_PLAYED = Replayed(
    orders=3,
    order_lines=4,
    # three people each for the first two orders, the price of the second, both rests; nothing came of the third
    decisions=3 + 3 + 1 + 2 + 2,
    finance_approvals=1,
    orders_closed_short=1,
    orders_kept_open=2,
    available=10 + 96 + 51,
    blocked=3,
)


def test_each_complete_order_comes_out_as_its_table_says(bare: Desk, tmp_path: Path) -> None:
    assert replay(bare, written(tmp_path / "tables", SMALL)) == SMALL_PLAYED
    assert not examine(bare.engine)


def test_what_happened_stands_at_its_own_day(bare: Desk, tmp_path: Path) -> None:
    replay(bare, written(tmp_path / "tables", SMALL))
    with reading(bare.engine) as db:
        lots = db.execute(text("SELECT number FROM lots WHERE id > 0 ORDER BY id")).scalars().all()
    assert lots == ["L240311-0001", "L240311-0002", "L240312-0001"]


def test_a_replay_that_broke_off_goes_on_and_doubles_nothing(bare: Desk, tmp_path: Path) -> None:
    folder = written(tmp_path / "tables", SMALL)

    def break_off(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replay(bare, folder, progress=break_off)
    assert replay(bare, folder) == SMALL_PLAYED
    assert replay(bare, folder) == SMALL_PLAYED
    assert not examine(bare.engine)


def test_another_company_is_not_mixed_with_it(shop: World, tmp_path: Path) -> None:
    with pytest.raises(CompanyError, match="holds another company"):
        replay(shop.desk, written(tmp_path / "tables", SMALL))


def test_a_missing_or_cut_table_is_named(bare: Desk, tmp_path: Path) -> None:
    folder = written(tmp_path / "tables", SMALL | {"Vendor": ["7\tLITWARE"]})
    with pytest.raises(CompanyError, match=r"Vendor\.csv line 1: it has 2 cells"):
        replay(bare, folder)
    (folder / "Vendor.csv").unlink()
    with pytest.raises(CompanyError, match=r"Vendor\.csv is not in"):
        replay(bare, folder)


@pytest.mark.slow
def test_every_complete_order_of_adventureworks_comes_out_to_the_last_piece(bare: Desk) -> None:
    if not TABLES.is_dir():
        pytest.skip("the large tables are not here: name their folder with STOREKEEPER_TABLES")
    played = replay(bare, TABLES)
    assert (played.orders, played.order_lines) == (3_689, 8_169)
    assert (played.available, played.blocked) == (2_035_606, 24_445)
    accepted, rejected, dear = _expected()
    assert played.finance_approvals == len(dear) == 243
    with reading(bare.engine) as db:
        held = db.execute(
            text("""
                SELECT i.code, b.status, SUM(b.quantity) FROM balances b JOIN items i ON i.id = b.item_id
                GROUP BY i.code, b.status HAVING SUM(b.quantity) > 0
            """)
        ).all()
        asked = db.execute(
            text("""
                SELECT o.number FROM tasks t JOIN flow_instances f ON f.id = t.instance_id
                JOIN documents r ON r.id = f.document_id JOIN documents o ON o.id = r.source_id
                WHERE t.step = 'approve_price'
            """)
        ).scalars()
        assert set(asked) == dear
    assert {code: count for code, status, count in held if status == "available"} == accepted
    assert {code: count for code, status, count in held if status == "blocked"} == rejected
    assert not examine(bare.engine)


def _expected() -> tuple[Counter[str], Counter[str], set[str]]:
    """Return pieces stocked and rejected an item, and the orders worth over 50,000, by the tables alone."""
    codes = {row[0]: row[2] for row in _rows("Product")}
    complete = {row[0] for row in _rows("PurchaseOrderHeader") if row[2] == "4"}
    stocked: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    value: dict[str, Decimal] = {}
    for row in _rows("PurchaseOrderDetail"):
        if row[0] in complete:
            stocked[codes[row[4]]] += int(Decimal(row[9]))
            rejected[codes[row[4]]] += int(Decimal(row[8]))
            value[row[0]] = value.get(row[0], Decimal(0)) + Decimal(row[9]) * Decimal(row[5])
    return +stocked, +rejected, {number for number, each in value.items() if each > THRESHOLD}


def _rows(table: str) -> list[list[str]]:
    with (TABLES / f"{table}.csv").open(newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
