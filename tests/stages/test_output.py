"""What comes out of a work order: at once or in parts, good or scrapped, with by-products, its cost and its family."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.doctor import examine
from inventory_core import genealogy
from inventory_core.bill import ByProduct, Component
from inventory_core.consumption import Held, split, used_by_bill
from inventory_core.db.engine import reading, writing
from tests.stages.workshop import Workshop
from tests.world import World
from workflows import asides, inbox
from workflows.cards import Card, Done, Refused
from workflows.definition import Language


@pytest.fixture
def shop(world: World) -> Workshop:
    """A cabinet is four boards of two lots and eight screws, which are backflushed; half a bag of dust comes out."""
    shop = Workshop(world)
    for code in ("BOARD", "DUST", "CABINET"):
        world.given_item(code)
    world.given_item("SCREW", tracking="lot")
    board, screw = shop.part("BOARD", 4), shop.part("SCREW", 8, is_backflushed=True)
    shop.bill("CABINET", board, screw, outputs=(ByProduct(shop.id_of("DUST"), 1, 2, 10),))
    shop.has("BOARD", 12, 10, lot="B-1")
    shop.has("BOARD", 28, 10, lot="B-2")
    shop.has("SCREW", 100, lot="S-1")
    return shop


def parents(shop: Workshop, lot_id: int) -> dict[str, int]:
    with reading(shop.world.engine) as db:
        return {each.number: each.quantity for each in genealogy.family(db, lot_id).upstream}


def last_card(shop: Workshop, language: Language) -> Card:
    with reading(shop.world.engine) as db:
        task = db.execute(text("SELECT MAX(id) FROM tasks")).scalar_one()
    card = inbox.task_card(shop.world.desk, task, inbox.Reader(language, shop.world.address("otto")))
    assert card is not None
    return card


def told(shop: Workshop) -> dict[str, str]:
    """Return what the card of the last case says of the whole order."""
    return {fact.label: fact.value for fact in last_card(shop, "en").facts}


def test_screws_are_not_picked_but_taken_by_the_bill_when_output_is_reported(shop: Workshop) -> None:
    shop.plan("2", "CABINET")
    assert shop.stock.held("SCREW").promised == 16
    assert shop.rows("lin", "Issue material") == {"BOARD": ["To issue 8 pc"]}
    assert [each.name for each in shop.world.open_form("lin", "Something differs").fields] == ["issued.1", "reason"]
    shop.tap("lin", "All issued")
    assert shop.stock.held("SCREW").total == 100
    shop.tap("lin", "All made, nothing left")
    assert (shop.stock.held("SCREW").total, shop.stock.held("SCREW").promised) == (84, 0)
    assert last_card(shop, "en").rows[1].figures[1].value == "16 pc", "issued, though nobody picked it"
    (cabinet,), (dust,) = shop.lots("CABINET"), shop.lots("DUST")
    assert parents(shop, cabinet).keys() == parents(shop, dust).keys() == {"B-1", "S-1"}
    assert examine(shop.world.engine) == []


def test_an_order_of_which_nothing_is_picked_is_made_at_once(shop: Workshop) -> None:
    shop.world.given_item("KIT")
    shop.bill("KIT", shop.part("SCREW", 10, is_backflushed=True))
    shop.plan("3", "KIT")
    assert shop.buttons("lin", "Make 3 KIT")[0] == "All made, nothing left"
    shop.tap("lin", "All made, nothing left")
    assert (shop.stock.held("SCREW").total, shop.stock.value("KIT")) == (70, 30_0000)
    assert examine(shop.world.engine) == []


def test_by_products_come_into_stock_at_their_share_of_the_cost(shop: Workshop) -> None:
    shop.plan("2", "CABINET")
    shop.tap("lin", "All issued")
    shop.tap("lin", "Report output", {"made": "2", "gained.3": "3"})
    assert shop.stock.held("DUST").available == 3
    assert (shop.stock.value("DUST"), shop.stock.value("CABINET")) == (9_6000, 86_4000)
    assert shop.lies_at("production") == 0
    (cabinet,), (dust,) = shop.lots("CABINET"), shop.lots("DUST")
    assert parents(shop, cabinet)["B-1"] + parents(shop, dust)["B-1"] == 8
    assert examine(shop.world.engine) == []


def test_output_is_reported_in_parts_until_the_quantity_is_reached(shop: Workshop) -> None:
    shop.plan("4", "CABINET")
    shop.tap("lin", "All issued")
    form = shop.world.open_form("lin", "Report output")
    assert [each.name for each in form.fields] == ["gained.3", "made", "scrapped", "scrap_reason", "photo"]
    assert {each.name: each.default for each in form.fields}["made"] == "4"
    shop.tap("lin", "Report output", {"made": "3", "gained.3": "1"})
    card = shop.card("lin", "Make")
    assert {fact.label: fact.value for fact in card.facts}["Still to make"] == "1"
    assert shop.rows("lin", "Make")["BOARD"] == ["In production 4 pc"]
    assert shop.stock.held("CABINET").available == 3
    assert shop.stock.held("SCREW").total == 76
    assert shop.stock.value("CABINET") == (12 * 10 + 24) * 9_000
    form = shop.world.open_form("lin", "Report output")
    assert {each.name: each.default for each in form.fields}["made"] == "1"
    shop.tap("lin", "All made, nothing left")
    assert shop.stock.held("CABINET").available == 4
    assert shop.stock.value("CABINET") + shop.stock.value("DUST") == (16 * 10 + 32) * 10_000
    assert shop.stock.held("DUST").available == 2
    first, second = shop.lots("CABINET")
    assert parents(shop, first).keys() == {"B-1", "S-1"} and parents(shop, second).keys() == {"B-2", "S-1"}
    assert not shop.world.inbox("lin")
    assert examine(shop.world.engine) == []


def test_parts_of_the_output_cost_what_the_lots_in_them_cost(shop: Workshop) -> None:
    world = shop.world
    for code in ("OAK", "TABLE"):
        world.given_item(code)
    with writing(world.engine) as db:
        db.execute(text("UPDATE items SET costing = 'fifo' WHERE code = 'OAK'"))
    shop.bill("TABLE", shop.part("OAK", 4))
    shop.has("OAK", 6, 10)
    shop.has("OAK", 6, 50)
    shop.plan("3", "TABLE")
    shop.tap("lin", "All issued")
    values = []
    for _ in range(3):
        shop.tap("lin", "Report output", {"made": "1"})
        values.append(shop.stock.value("TABLE"))
    assert values == [40_0000, 160_0000, 360_0000]
    assert shop.lies_at("production") == 0
    assert examine(world.engine) == []


def test_a_can_that_is_broken_for_several_reports_is_in_all_of_them(shop: Workshop) -> None:
    world = shop.world
    for code in ("PAINT", "SIGN"):
        world.given_item(code)
    shop.bill("SIGN", Component(shop.id_of("PAINT"), 1, 4))
    shop.has("PAINT", 5, 8, lot="P-1")
    shop.plan("4", "SIGN")
    shop.tap("lin", "All issued")
    values = []
    for _ in range(4):
        shop.tap("lin", "Report output", {"made": "1"})
        values.append(shop.stock.value("SIGN"))
    assert values == [2_0000, 4_0000, 6_0000, 8_0000]
    assert all(parents(shop, each).keys() == {"P-1"} for each in shop.lots("SIGN"))
    assert examine(world.engine) == []


def test_parts_of_a_product_at_standard_cost_differ_by_no_more_than_the_order_did(shop: Workshop) -> None:
    with writing(shop.world.engine) as db:
        db.execute(text("UPDATE items SET costing = 'standard', standard_cost = 400000 WHERE code = 'CABINET'"))
    shop.plan("4", "CABINET")
    shop.tap("lin", "All issued")
    for made in ("3", "1"):
        shop.tap("lin", "Report output", {"made": made, "gained.3": "0"})
    with reading(shop.world.engine) as db:
        differed = db.execute(text("SELECT SUM(to_variance) FROM value_lines")).scalar_one()
    assert differed == 4 * 40_0000 - (16 * 10 + 32) * 10_000
    assert examine(shop.world.engine) == []


def test_scrapped_pieces_cost_and_give_no_stock(shop: Workshop) -> None:
    shop.plan("4", "CABINET")
    shop.tap("lin", "All issued")
    missing = shop.tap("lin", "Report output", {"made": "3", "scrapped": "1"})
    assert isinstance(missing, Refused) and "scrap_reason" in missing.errors
    shop.tap("lin", "Report output", {"made": "3", "scrapped": "1", "scrap_reason": "machine", "gained.3": "0"})
    assert shop.stock.held("CABINET").total == 3
    assert shop.stock.value("CABINET") == 144_0000
    assert shop.lies_at("scrap") == 48_0000 and shop.lies_at("production") == 0
    with reading(shop.world.engine) as db:
        assert db.execute(text("SELECT reason FROM movements WHERE kind = 'production'")).scalar() == "machine"
    assert (told(shop)["Made in all"], told(shop)["Scrapped in all"]) == ("3", "1")
    assert parents(shop, shop.lots("CABINET")[0])["B-1"] == 9, "the rest of it went into the scrapped one"
    assert examine(shop.world.engine) == []


def test_an_order_of_which_all_is_scrapped_ends_with_its_cost_in_scrap(shop: Workshop) -> None:
    shop.plan("1", "CABINET")
    shop.tap("lin", "All issued")
    shop.tap("lin", "Report output", {"made": "0", "scrapped": "1", "scrap_reason": "setup", "gained.3": "0"})
    assert shop.stock.held("CABINET").total == 0
    assert shop.lies_at("scrap") == 48_0000
    assert examine(shop.world.engine) == []


def test_the_card_at_the_end_says_what_it_was_to_cost_and_what_it_did(shop: Workshop) -> None:
    with writing(shop.world.engine) as db:
        db.execute(text("UPDATE items SET standard_cost = 120000 WHERE code = 'BOARD'"))
    shop.plan("2", "CABINET")
    shop.tap("lin", "Something differs", {"issued.1": "9", "reason": "one broke"})
    shop.tap("otto", "Approve")
    shop.tap("lin", "Report output", {"made": "2", "gained.3": "0"})
    facts = told(shop)
    assert facts["Standard cost"] == "100.80", "90 % of four boards at 12 and eight screws at 1, twice"
    assert (facts["Actual cost"], facts["Variance"]) == ("106.00", "5.20")
    assert "In production" not in facts
    assert examine(shop.world.engine) == []


def test_more_material_is_issued_while_it_is_being_made(shop: Workshop) -> None:
    shop.plan("2", "CABINET")
    shop.tap("lin", "All issued")
    shop.tap("lin", "Issue more material")
    assert shop.rows("lin", "Issue material") == {"BOARD": ["In production 8 pc"]}
    shop.tap("lin", "Something differs", {"issued.1": "2", "reason": "two broke"})
    shop.tap("otto", "Approve")
    shop.tap("lin", "All made, nothing left")
    assert shop.stock.held("BOARD").total == 30
    assert shop.stock.value("CABINET") + shop.stock.value("DUST") == (10 * 10 + 16) * 10_000
    assert examine(shop.world.engine) == []


def test_what_was_not_found_stays_kept_until_it_is_issued(shop: Workshop) -> None:
    shop.plan("2", "CABINET")
    shop.tap("lin", "Something differs", {"issued.1": "5", "reason": "the rest is behind the crane"})
    assert shop.stock.held("BOARD").promised == 3
    shop.tap("lin", "Issue more material")
    assert shop.rows("lin", "Issue material")["BOARD"] == ["To issue 3 pc", "In production 5 pc"]
    shop.tap("lin", "All issued")
    assert (shop.stock.held("BOARD").total, shop.stock.held("BOARD").promised) == (32, 0)
    shop.tap("lin", "All made, nothing left")
    assert examine(shop.world.engine) == []


def test_an_order_is_closed_short_and_its_rest_comes_back(shop: Workshop) -> None:
    shop.plan("4", "CABINET")
    shop.tap("lin", "All issued")
    shop.tap("lin", "Report output", {"made": "1", "gained.3": "0"})
    form = {each.name: each.default for each in shop.world.open_form("lin", "Close it short").fields}
    assert form["rest_back.1"] == "12"
    too_much = shop.tap("lin", "Close it short", {"rest_back.1": "13", "reason": "the customer has enough"})
    assert isinstance(too_much, Refused)
    shop.tap("lin", "Close it short", {"rest_back.1": "11", "reason": "the customer has enough"})
    assert shop.stock.held("BOARD").total == 35
    assert (shop.stock.held("BOARD").promised, shop.stock.held("SCREW").promised) == (0, 0)
    assert shop.lies_at("production") == 0
    assert shop.lies_at("scrap") == 10_0000, "the board that is neither back nor in a cabinet"
    assert told(shop)["Actual cost"] == "58.00"
    board = [f"{each.label} {each.value}" for each in last_card(shop, "en").rows[0].figures]
    assert board == ["Ordered 16 pc", "Issued 16 pc", "Brought back 11 pc"]
    assert examine(shop.world.engine) == []


def test_what_was_used_by_the_bill_does_not_come_back(shop: Workshop) -> None:
    shop.plan("4", "CABINET")
    shop.tap("lin", "All issued")
    shop.tap("lin", "Report output", {"made": "3", "gained.3": "0"})
    refused = shop.tap("lin", "Report, material is left", {"made": "1", "returned.1": "5"})
    assert isinstance(refused, Refused) and "at most 4 pc" in refused.errors["returned.1"]
    assert isinstance(shop.tap("lin", "Report, material is left", {"made": "1", "returned.1": "2"}), Done)
    assert shop.stock.held("BOARD").total == 26
    assert {each.label: each.value for each in last_card(shop, "en").rows[0].figures}["Brought back"] == "2 pc"
    assert shop.lies_at("production") == 0
    assert examine(shop.world.engine) == []


def test_screws_that_are_not_there_are_named_and_nothing_is_reported(shop: Workshop) -> None:
    shop.plan("4", "CABINET")
    shop.tap("lin", "All issued")
    with writing(shop.world.engine) as db:
        db.execute(text("UPDATE item_promises SET quantity = 0"))
        db.execute(text("UPDATE reservations SET state = 'released'"))
    shop.stock.post(((shop.id_of("SCREW"), shop.lots("SCREW")[0]), 90, "A-1", "ADJUSTMENT"))
    refused = shop.tap("lin", "Report output", {"made": "4"})
    assert isinstance(refused, Refused)
    assert refused.words == (
        "SCREW is taken when output is reported: 32 pc by the bill, but only 10 are there. Count it, then report again."
    )
    assert shop.stock.held("CABINET").total == 0
    assert examine(shop.world.engine) == []


def test_an_order_that_is_cancelled_after_a_part_was_made_gives_all_back(shop: Workshop) -> None:
    world = shop.world
    shop.plan("4", "CABINET")
    shop.tap("lin", "All issued")
    shop.tap("lin", "Report output", {"made": "1", "scrapped": "1", "scrap_reason": "other", "gained.3": "1"})
    with writing(world.engine) as db:
        case = db.execute(text("SELECT MAX(id) FROM flow_instances")).scalar_one()
        asides.cancel(db, world.desk, case, world.person("otto"), "wrong drawing")
    assert [shop.stock.held(each).total for each in ("BOARD", "SCREW", "CABINET", "DUST")] == [40, 100, 0, 0]
    assert shop.lies_at("scrap") == shop.lies_at("production") == 0
    assert "Made in all" not in told(shop)
    assert examine(world.engine) == []


def test_more_than_planned_is_made_of_what_was_issued(shop: Workshop) -> None:
    shop.plan("2", "CABINET")
    shop.tap("lin", "All issued")
    shop.tap("lin", "Report output", {"made": "3"})
    assert shop.stock.held("CABINET").available == 3
    assert shop.stock.held("SCREW").total == 76
    assert examine(shop.world.engine) == []


amounts = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 10**6)), min_size=1, max_size=6)


@given(amounts, st.lists(st.integers(0, 40), max_size=6))
def test_parts_of_what_is_held_are_all_of_it_and_no_cent_is_lost(held: list[tuple[int, int]], takes: list[int]) -> None:
    rest = [Held(1, at, quantity, value) for at, (quantity, value) in enumerate(held)]
    taken: list[Held] = []
    for amount in takes:
        first, rest = split(rest, amount)
        taken += first
    assert sum(each.value for each in (*taken, *rest)) == sum(value for _, value in held)
    assert sum(each.quantity for each in (*taken, *rest)) == sum(quantity for quantity, _ in held)
    assert all(each.value >= 0 for each in (*taken, *rest))


@given(st.integers(0, 1000), st.integers(1, 100))
def test_the_whole_output_uses_the_whole_line_and_a_part_never_more(ordered: int, planned: int) -> None:
    used = [used_by_bill(ordered, reported=each, planned=planned) for each in range(planned + 1)]
    assert used[0] == 0 and used[-1] == ordered and used == sorted(used)
