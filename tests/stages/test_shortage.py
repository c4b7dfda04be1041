"""A work order that lacks something: what is missing is told, and each way to get it is a tap."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text

from app.doctor import examine
from inventory_core.bill import Alternative
from inventory_core.db.engine import writing
from tests.stages.workshop import Workshop
from tests.world import World
from workflows import asides, deadlines
from workflows.cards import Done, Refused
from workflows.desk import Desk
from workflows.people import Employee

GivesUp = Callable[[Connection, Desk, int, Employee, str], None]


@pytest.fixture
def shop(world: World) -> Workshop:
    """A bike is two wheels and a frame; a wheel is made of one rim, and three alloy wheels do for two of ours."""
    shop = Workshop(world)
    for code in ("WHEEL", "FRAME", "RIM", "ALLOY", "BIKE"):
        world.given_item(code)
    shop.bill("WHEEL", shop.part("RIM"))
    alloy = Alternative(shop.id_of("ALLOY"), 3, 2)
    shop.bill("BIKE", shop.part("WHEEL", 2, alternatives=(alloy,)), shop.part("FRAME"))
    shop.has("FRAME", 10, 100)
    shop.has("WHEEL", 3, 10)
    return shop


def test_what_is_missing_is_listed_and_what_is_there_is_kept(shop: Workshop) -> None:
    assert isinstance(shop.plan("4"), Done)
    card = shop.card("otto", "Material short")
    assert shop.rows("otto", "Material short") == {"WHEEL": ["Missing 5 pc"]}
    assert {fact.label: fact.value for fact in card.facts}["Bought parts missing for that"] == "RIM 5 pc"
    assert [button.label for button in card.buttons] == ["Make the missing parts", "Wait for it"]
    assert (shop.stock.held("WHEEL").promised, shop.stock.held("FRAME").promised) == (3, 4)
    assert not shop.world.inbox("lin")
    assert examine(shop.world.engine) == []


def test_an_alternative_takes_the_place_of_what_is_missing_at_its_ratio(shop: Workshop) -> None:
    shop.has("ALLOY", 20, 4)
    shop.plan("4")
    assert shop.rows("otto", "Material short") == {"WHEEL": ["Missing 5 pc", "Instead ALLOY 8 pc"]}
    shop.tap("otto", "Use alternatives")
    assert shop.rows("lin", "Issue material") == {
        "WHEEL": ["To issue 3 pc"], "FRAME": ["To issue 4 pc"], "ALLOY": ["To issue 8 pc"],
    }  # fmt: skip
    assert shop.stock.held("ALLOY").promised == 8
    shop.tap("lin", "All issued")
    shop.tap("lin", "All made, nothing left")
    assert shop.stock.value("BIKE") == (3 * 10 + 8 * 4 + 4 * 100) * 10_000
    assert shop.stock.held("ALLOY").total == 12
    assert examine(shop.world.engine) == []


def test_alternatives_that_are_not_enough_leave_the_rest_to_be_got_otherwise(shop: Workshop) -> None:
    shop.has("ALLOY", 5, 4)
    shop.plan("4")
    shop.tap("otto", "Use alternatives")
    assert shop.rows("otto", "Material short") == {"WHEEL": ["Missing 2 pc"]}
    assert shop.buttons("otto", "Material short") == ["Make the missing parts", "Wait for it"]
    assert shop.stock.held("ALLOY").promised == 5
    assert examine(shop.world.engine) == []


def test_a_component_that_is_replaced_as_a_whole_is_not_picked(shop: Workshop) -> None:
    shop.has("ALLOY", 20, 4)
    shop.stock.post(*[((shop.id_of("WHEEL"), lot), 3, "A-1", "ADJUSTMENT") for lot in shop.lots("WHEEL")])
    shop.plan("2")
    shop.tap("otto", "Use alternatives")
    assert shop.rows("lin", "Issue material") == {"FRAME": ["To issue 2 pc"], "ALLOY": ["To issue 6 pc"]}
    form = shop.world.open_form("lin", "Something differs")
    assert [each.name for each in form.fields] == ["issued.2", "issued.3", "reason"]
    assert examine(shop.world.engine) == []


def test_missing_parts_are_made_first_and_then_kept_for_the_order_that_lacked_them(shop: Workshop) -> None:
    shop.has("RIM", 50, 2)
    shop.plan("4")
    shop.tap("otto", "Make the missing parts")
    first, second = shop.papers("work_order")
    assert (second.source, second.fields["item"], second.fields["quantity"]) == (first.number, "WHEEL", "5")
    assert shop.rows("otto", "Waits for material") == {"WHEEL": ["Missing 5 pc", "On its way 5 pc"]}
    assert shop.rows("lin", "Issue material") == {"RIM": ["To issue 5 pc"]}, "its own first tap was the planner's"
    shop.tap("lin", "All issued")
    shop.tap("lin", "All made, nothing left")
    assert (shop.stock.held("WHEEL").total, shop.stock.held("WHEEL").promised) == (8, 8)
    shop.tap("otto", "Look now")
    assert shop.rows("lin", "Issue material") == {"WHEEL": ["To issue 8 pc"], "FRAME": ["To issue 4 pc"]}
    shop.tap("lin", "All issued")
    shop.tap("lin", "All made, nothing left")
    assert shop.stock.value("BIKE") == (3 * 10 + 5 * 2 + 400) * 10_000
    assert examine(shop.world.engine) == []


def test_a_part_that_is_to_be_made_and_lacks_something_itself_asks_the_same_planner(shop: Workshop) -> None:
    shop.has("RIM", 2)
    shop.plan("4", by="chen")
    shop.tap("chen", "Make the missing parts")
    assert shop.rows("chen", "Make 5 WHEEL") == {"RIM": ["Missing 3 pc"]}
    assert shop.buttons("chen", "Make 5 WHEEL") == ["Buy the missing parts", "Wait for it"]
    shop.tap("chen", "Buy the missing parts")
    assert [each.fields["item"] for each in shop.papers("requisition")] == ["RIM"]
    assert examine(shop.world.engine) == []


def test_missing_parts_that_are_bought_are_requisitioned_one_by_one(shop: Workshop) -> None:
    for code in ("BELL", "LAMP", "CART"):
        shop.world.given_item(code)
    shop.bill("CART", shop.part("BELL"), shop.part("LAMP", 2), shop.part("BELL", 2))
    shop.plan("3", "CART", by="chen")
    assert shop.rows("chen", "Material short") == {"BELL": ["Missing 6 pc"], "LAMP": ["Missing 6 pc"]}
    shop.tap("chen", "Buy the missing parts")
    (order,) = shop.papers("work_order")
    asked = [(each.fields["item"], each.fields["quantity"], each.fields["why"]) for each in shop.papers("requisition")]
    assert asked == [("BELL", "9", order.number), ("LAMP", "6", order.number)]
    assert "Requisition" in shop.card("chen", "Source").title, "the need is stated, the buyer sources it"
    assert shop.rows("chen", "Waits for material")["LAMP"] == ["Missing 6 pc", "On its way 6 pc"]
    assert examine(shop.world.engine) == []


def test_what_was_asked_for_is_not_asked_for_twice_and_again_once_it_was_refused(shop: Workshop) -> None:
    for code in ("BELL", "CART"):
        shop.world.given_item(code)
    shop.bill("CART", shop.part("BELL"))
    shop.plan("3", "CART", by="chen")
    shop.tap("chen", "Buy the missing parts")
    shop.tap("chen", "Look now")
    assert shop.buttons("chen", "Waits for material") == ["Look now"]
    shop.tap("chen", "Reject", {"reason": "we have some at the other site"})
    shop.tap("chen", "Look now")
    assert shop.buttons("chen", "Material short") == ["Buy the missing parts", "Wait for it"]
    assert examine(shop.world.engine) == []


def test_who_waits_is_asked_again_next_day_or_it_goes_on_by_itself(shop: Workshop) -> None:
    world = shop.world
    shop.plan("4")
    shop.tap("otto", "Wait for it")
    assert shop.buttons("otto", "Waits for material") == ["Look now"]
    world.pass_time(days=1)
    deadlines.tick(world.desk)
    assert shop.buttons("otto", "Material short") == ["Make the missing parts", "Wait for it"]
    shop.tap("otto", "Wait for it")
    shop.has("WHEEL", 5, 10)
    world.pass_time(days=1)
    deadlines.tick(world.desk)
    assert shop.rows("lin", "Issue material")["WHEEL"] == ["To issue 8 pc"]
    assert examine(world.engine) == []


def test_once_all_is_there_the_card_offers_to_go_on(shop: Workshop) -> None:
    shop.plan("4")
    shop.has("WHEEL", 5, 10)
    assert shop.buttons("otto", "Material short") == ["All there, go on"]
    shop.tap("otto", "All there, go on")
    assert shop.rows("lin", "Issue material")["WHEEL"] == ["To issue 8 pc"]


def test_a_button_of_a_card_that_is_no_longer_true_is_refused(shop: Workshop) -> None:
    shop.has("ALLOY", 20, 4)
    shop.plan("4")
    token = shop.world.button("otto", "Use alternatives").token
    shop.stock.post(*[((shop.id_of("ALLOY"), lot), 20, "A-1", "ADJUSTMENT") for lot in shop.lots("ALLOY")])
    refused = shop.world.send("otto", token)
    assert isinstance(refused, Refused) and refused.words.startswith("This button no longer fits")
    assert examine(shop.world.engine) == []


def test_what_is_past_its_date_is_missing(shop: Workshop) -> None:
    world = shop.world
    shop.has("WHEEL", 5, 10, expires_on=world.desk.today())
    shop.plan("4")
    assert shop.rows("lin", "Issue material")["WHEEL"] == ["To issue 8 pc"]
    world.pass_time(days=2)
    shop.plan("1")
    assert shop.rows("otto", "Material short")["WHEEL"] == ["Missing 2 pc"]


@pytest.mark.parametrize("end", [asides.cancel, asides.withdraw])
def test_an_order_that_waits_is_given_up_and_lets_go_of_what_was_kept(shop: Workshop, end: GivesUp) -> None:
    world = shop.world
    shop.plan("4")
    with writing(world.engine) as db:
        case = db.execute(text("SELECT MAX(id) FROM flow_instances")).scalar_one()
        end(db, world.desk, case, world.person("otto"), "not wanted any more")
    assert (shop.stock.held("WHEEL").promised, shop.stock.held("FRAME").promised) == (0, 0)
    assert examine(world.engine) == []
