"""What a lot was made of and what it became: through production, repacking, splitting and merging."""

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.doctor import examine
from inventory_core import genealogy
from inventory_core.db.engine import reading, writing
from inventory_core.genealogy import Family, Part
from inventory_core.quantity import shares
from tests.inventory_core.stock import Stock


def make(
    stock: Stock,
    inputs: list[tuple[tuple[int, int], int]],
    outputs: list[tuple[tuple[int, int], int]],
    *,
    key: str = "",
    kind: str = "production",
) -> tuple[int, int]:
    world = stock.world
    with writing(world.engine) as db:
        shelf = stock.place(db, "A-1")
        return genealogy.transform(
            db,
            kind,
            inputs=[Part(*lot, quantity, shelf) for lot, quantity in inputs],
            outputs=[Part(*lot, quantity, shelf) for lot, quantity in outputs],
            dedupe_key=key or f"make:{next(world.ids)}",
            day=world.desk.today(),
            now=world.now,
        )


def family(stock: Stock, lot: tuple[int, int]) -> Family:
    with reading(stock.world.engine) as db:
        return genealogy.family(db, lot[1])


def test_a_product_is_traced_up_to_its_parts_and_down_to_its_customer(stock: Stock) -> None:
    steel, bolt = stock.lot("STEEL", number="ST-1"), stock.lot("BOLT", number="BO-1")
    wheel, bike = stock.lot("WHEEL", number="WH-1"), stock.lot("BIKE", number="BI-1")
    stock.post((steel, 100, "SUPPLIER", "A-1", 1_000), (bolt, 10, "SUPPLIER", "A-1", 101))
    make(stock, [(steel, 60), (bolt, 6)], [(wheel, 2)])
    make(stock, [(wheel, 2), (bolt, 4)], [(bike, 1)])
    stock.post((bike, 1, "A-1", "CUSTOMER"))
    up = {(each.number, each.quantity) for each in family(stock, bike).upstream}
    assert up == {("WH-1", 2), ("BO-1", 4), ("ST-1", 60), ("BO-1", 6)}
    down = family(stock, steel)
    assert [each.number for each in down.downstream] == ["WH-1", "BI-1"]
    assert [(each.number, each.quantity) for each in down.shipped] == [("BI-1", 1)]
    assert (stock.value("STEEL"), stock.value("BOLT"), stock.value("BIKE")) == (400, 0, 0)
    assert examine(stock.world.engine) == []


def test_the_value_of_what_went_in_is_that_of_what_came_out(stock: Stock) -> None:
    whole = stock.lot("CABLE", number="C-0")
    parts = [(stock.lot("CABLE", number=f"C-{number}"), 1) for number in (1, 2, 3)]
    stock.post((whole, 3, "SUPPLIER", "A-1", 1_000))
    make(stock, [(whole, 3)], parts, kind="split")
    assert (stock.held("CABLE").total, stock.value("CABLE")) == (3, 1_000)
    merged = stock.lot("CABLE", number="C-9")
    make(stock, parts, [(merged, 3)], kind="merge")
    assert stock.value("CABLE") == 1_000
    assert {each.number for each in family(stock, merged).upstream} == {"C-0", "C-1", "C-2", "C-3"}


def test_the_same_key_makes_once(stock: Stock) -> None:
    cable, cut = stock.lot("CABLE"), stock.lot("CABLE")
    stock.post((cable, 10, "SUPPLIER", "A-1", 1_000))
    assert make(stock, [(cable, 4)], [(cut, 4)], key="cut") == make(stock, [(cable, 4)], [(cut, 4)], key="cut")
    assert (stock.held("CABLE").total, stock.count("lot_links")) == (10, 1)


def test_lots_that_went_in_a_ring_are_walked_once(stock: Stock) -> None:
    first, second = stock.lot("OIL", number="O-1"), stock.lot("OIL", number="O-2")
    stock.post((first, 10, "SUPPLIER", "A-1", 100))
    make(stock, [(first, 10)], [(second, 10)])
    make(stock, [(second, 10)], [(first, 10)])
    assert sorted(each.number for each in family(stock, first).upstream) == ["O-1", "O-2"]


def test_ten_thousand_links_are_one_call(stock: Stock) -> None:
    """A thousand lots, each made of the ten before it."""
    item_id, root = stock.lot("X")
    with writing(stock.world.engine) as db:
        made = [
            int(
                db.execute(
                    text("INSERT INTO lots (item_id, number) VALUES (:item, :number) RETURNING id"),
                    {"item": item_id, "number": f"N{number}"},
                ).scalar_one()
            )
            for number in range(1_001)
        ]
    movement = stock.post(((item_id, root), 1, "SUPPLIER", "A-1"))
    links = [
        {"p": made[parent], "c": made[child], "m": movement}
        for child in range(1, 1_001)
        for parent in range(max(0, child - 10), child)
    ]
    with writing(stock.world.engine) as db:
        db.execute(
            text("INSERT INTO lot_links (parent_id, child_id, movement_id, quantity) VALUES (:p, :c, :m, 1)"), links
        )
    found = family(stock, (item_id, made[-1]))
    assert len(found.upstream) == len(links)


@given(st.integers(0, 10**12), st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_a_whole_is_parted_without_a_rest(whole: int, weights: list[int]) -> None:
    parts = shares(whole, weights)
    assert sum(parts) == whole
    exact = [whole * weight / sum(weights) for weight in weights]
    assert all(abs(part - share) <= 1 + share * 1e-9 for part, share in zip(parts, exact, strict=True))
