"""What the lineage picture is drawn of: few boxes, however large the family."""

import pytest
from sqlalchemy import text

from charts import lineage_report
from charts.lineage import lineage
from charts.lineage_words import LineageWords
from charts.reports import LineageReport
from charts.style import HEIGHT_MAX
from charts.typeface import load_fonts
from inventory_core import documents, ledger, places
from inventory_core.db.engine import reading, writing
from inventory_core.movement import Movement, Place, Transfer
from inventory_core.tracing import names
from tests.charts.samples import image
from tests.inventory_core.stock import Stock
from tests.inventory_core.test_genealogy import make
from tests.world import World

Lot = tuple[int, int]


@pytest.fixture
def stock(shop: World) -> Stock:
    return Stock(shop)


def drawn_of(stock: Stock, number: str) -> LineageReport | None:
    with reading(stock.world.engine) as db:
        (found,) = names.find(db, number, is_whole=True)
        return lineage_report.gather(db, found, today=stock.world.desk.today(), site="Main")


def report(stock: Stock, number: str) -> LineageReport:
    found = drawn_of(stock, number)
    assert found is not None
    return found


def bought(stock: Stock, code: str, number: str, quantity: int) -> Lot:
    lot = stock.lot(code, number=number)
    with writing(stock.world.engine) as db:
        supplier = db.execute(text("SELECT id FROM partners WHERE code = 'LITWARE'")).scalar_one()
        db.execute(text("UPDATE lots SET supplier_id = :supplier WHERE id = :id"), {"supplier": supplier, "id": lot[1]})
    stock.post((lot, quantity, "SUPPLIER", "A-1", quantity))
    return lot


def sell(stock: Stock, lot: Lot, customer: str) -> None:
    """Send one piece to a customer, who is made if they are new."""
    world = stock.world
    with writing(world.engine) as db:
        key = {"code": customer.upper(), "name": customer}
        known = db.execute(text("SELECT id FROM partners WHERE code = :code"), key).scalar()
        partner = (
            known
            or db.execute(
                text("INSERT INTO partners (kind, code, name) VALUES ('customer', :code, :name) RETURNING id"), key
            ).scalar_one()
        )
        number = f"SO-{next(world.ids)}"
        site = places.id_of(db, "MAIN")
        paper = documents.create(
            db, "sales_order", number, site_id=site, lines=[], opened_on=world.desk.today(), partner_id=partner
        )
        here, there = Place(places.id_of(db, "A-1")), Place(places.virtual(db, "customer"))
        transfers = [Transfer(*lot, 1, here, there)]
        day = world.desk.today()
        ledger.post(db, Movement("shipment", number, world.now, day, transfers, document_id=paper), now=world.now)


def test_hundreds_of_products_and_customers_are_summed_up(stock: Stock) -> None:
    steel = bought(stock, "STEEL", "ST-1", 500)
    for number in range(40):
        bike = stock.lot("BIKE", number=f"B-{number:03d}")
        make(stock, [(steel, 2)], [(bike, 1)])
        if number < 30:
            sell(stock, bike, f"Customer {number:02d}")
    found = report(stock, "ST-1")
    assert found.columns == ("supplier", "subject", "product", "end")
    assert (found.products, len(found.customers)) == (40, 30)
    assert len(found.nodes) <= 25
    rest = {each.column: each.count for each in found.nodes if each.kind == "rest"}
    assert rest == {2: 36, 3: 27}
    (kept,) = (each for each in found.nodes if each.kind == "stock")  # never summed up: it can still be stopped
    assert (kept.detail, kept.note) == ("420 pc STEEL", "10 pc BIKE")
    keys = {each.key for each in found.nodes}
    assert all(start in keys and end in keys for start, end in found.links)
    assert image(lineage(found, "en")).size[1] <= HEIGHT_MAX
    words = LineageWords(found, "zh", load_fonts())
    assert "另27家客户" in [words.title_of(each) for each in found.nodes]


def test_of_many_levels_only_both_ends_and_what_was_asked_about_are_drawn(stock: Stock) -> None:
    lots = [bought(stock, "P0", "N-0", 10)]
    for level in range(1, 7):
        lots.append(stock.lot(f"P{level}", number=f"N-{level}"))
        make(stock, [(lots[-2], 1)], [(lots[-1], 1)])
    sell(stock, lots[-1], "Velo Shop")
    found = report(stock, "N-3")
    assert found.columns == ("supplier", "source", "subject", "product", "end")
    assert [each.detail for each in found.nodes if each.kind == "lot"] == ["N-0", "N-3", "N-6"]
    assert found.left_out == 4 and (found.sources, found.products) == (3, 3)
    numbers = {each.key: each.detail or each.title for each in found.nodes}
    assert {(numbers[start], numbers[end]) for start, end in found.links} == {
        ("Litware", "N-0"), ("N-0", "N-3"), ("N-3", "N-6"), ("N-6", "1 pc"),
    }  # fmt: skip


def test_lots_that_were_made_of_each_other_end_the_walk(stock: Stock) -> None:
    one, two = bought(stock, "TEA", "T-1", 10), stock.lot("TEA", number="T-2")
    make(stock, [(one, 5)], [(two, 5)], kind="split")
    make(stock, [(two, 5)], [(one, 5)], kind="merge")
    found = report(stock, "T-1")
    assert {each.detail for each in found.nodes if each.kind == "lot"} == {"T-1", "T-2"}
    assert lineage(found, "zh").png


def test_a_lot_that_came_from_nowhere_and_went_nowhere_needs_no_picture(stock: Stock) -> None:
    lot = stock.lot("STEEL", number="ST-9")
    stock.post((lot, 5, "ADJUSTMENT", "A-1", 5))
    assert drawn_of(stock, "ST-9") is None
    assert drawn_of(stock, "STEEL") is None  # an item has none
