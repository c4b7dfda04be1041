"""What comes of a return: its goods go each their way, the customer is credited or sent another, repairs have parts."""

from collections.abc import Mapping

import pytest
from sqlalchemy import text

from app.doctor import examine
from inventory_core.db.engine import reading, writing
from inventory_core.errors import PartlyReturned
from notifier import relay
from tests.inventory_core.stock import Stock
from tests.stages.test_shipping import number_of, order, ship, stock, take_back  # noqa: F401 (a fixture)
from tests.world import World
from workflows import asides, signals
from workflows.cards import Card, Done, Refused


def came_back(stock: Stock, amount: int = 3, *, decided: Mapping[str, str] | None = None) -> World:  # noqa: F811
    """Sell eight pumps at 100, let some come back, and decide about them if that is said."""
    world = stock.world
    order(world, ("PUMP", "8", "100"))
    ship(world)
    take_back(world, number_of(world))
    world.tap("lin", "Enter what came", {"received.1": str(amount)})
    if decided:
        assert isinstance(world.tap("maria", "Decide", {"cause.1": "faulty", **decided}), Done)
    return world


def facts(card: Card) -> dict[str, str]:
    return {fact.label: fact.value for fact in card.facts}


def state(world: World, number: str) -> str:
    with reading(world.engine) as db:
        return str(db.execute(text("SELECT state FROM documents WHERE number = :n"), {"n": number}).scalar_one())


def test_the_parts_of_a_line_go_different_ways(stock: Stock) -> None:  # noqa: F811
    world = came_back(stock, decided={"disposition.1": "split", "to_restock.1": "2", "to_scrap.1": "1"})
    held = stock.held("PUMP")
    assert (held.available, held.blocked, held.inspection, held.total) == (4, 0, 0, 4)
    assert stock.value("PUMP") == 4 * 108_0000
    assert examine(world.engine) == []


def test_parts_that_do_not_come_to_what_came_back_are_refused(stock: Stock) -> None:  # noqa: F811
    world = came_back(stock)
    answers = {"cause.1": "faulty", "disposition.1": "split", "to_restock.1": "2", "to_scrap.1": "2"}
    refused = world.tap("maria", "Decide", answers)
    assert isinstance(refused, Refused) and refused.words == "PUMP: 3 pc came back, but the parts come to 4."
    assert stock.held("PUMP").inspection == 3
    world.tap("maria", "Decide", {"cause.1": "faulty", "disposition.1": "restock"})
    assert stock.held("PUMP").available == 5, "the parts of the first try do not count"
    assert examine(world.engine) == []


def test_a_small_credit_is_noted_and_said_at_the_end(stock: Stock) -> None:  # noqa: F811
    world = came_back(stock, decided={"disposition.1": "restock"})
    (card,) = world.inbox("otto")
    assert (card.question, facts(card)["Worth"]) == ("What does the customer get?", "300.00 USD")
    assert isinstance(world.tap("otto", "Decide", {"remedy": "credit", "credit": "301"}), Refused), "it is worth 300"
    done = world.tap("otto", "Decide", {"remedy": "credit", "credit": "250"})
    assert isinstance(done, Done) and done.card is not None
    assert (done.card.status, facts(done.card)["Credit"]) == ("Credited", "250.00")
    assert state(world, number_of(world, "rma")) == "credited"
    assert "return.credited" in world.journal_kinds()
    assert examine(world.engine) == []


def test_a_large_credit_is_approved_by_the_finance_director_or_sent_back(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    order(world, ("PUMP", "8", "400"))
    ship(world)
    take_back(world, number_of(world))
    world.tap("lin", "Enter what came", {"received.1": "3"})
    world.tap("maria", "Decide", {"cause.1": "faulty", "disposition.1": "restock"})
    world.tap("otto", "Decide", {"remedy": "credit"})
    assert facts(world.inbox("zhao")[0])["Credit"] == "1,200.00"
    assert state(world, number_of(world, "rma")) == "posted"
    world.tap("zhao", "Send back", {"reason": "half of it"})
    world.tap("chen", "Decide", {"remedy": "credit", "credit": "600"})
    assert state(world, number_of(world, "rma")) == "credited"
    assert examine(world.engine) == []


def test_a_replacement_is_ordered_promised_and_picked_without_asking_again(stock: Stock) -> None:  # noqa: F811
    world = came_back(stock, 2, decided={"disposition.1": "scrap"})
    world.tap("otto", "Decide", {"remedy": "replace"})
    rma, replacement = number_of(world, "rma"), number_of(world)
    assert state(world, rma) == "replaced"
    relay.start_waiting(world.desk)
    assert signals.settle(world.desk) == 1
    card = next(card for card in world.inbox("lin") if replacement in card.title)
    assert (card.title, [fact.value for fact in card.rows[0].figures]) == (
        f"Order {replacement} for Velo Shop",
        ["2 pc"],
    )
    assert (stock.held("PUMP").promised, world.inbox("otto")) == (2, ())
    with reading(world.engine) as db:
        source = db.execute(
            text("SELECT s.number FROM documents d JOIN documents s ON s.id = d.source_id WHERE d.number = :n"),
            {"n": replacement},
        ).scalar_one()
    assert source == rma
    assert examine(world.engine) == []


def test_a_replacement_that_is_not_in_stock_gets_a_day_or_waits(stock: Stock) -> None:  # noqa: F811
    world = came_back(stock, 3, decided={"disposition.1": "scrap"})
    world.tap("otto", "Decide", {"remedy": "replace"})
    relay.start_waiting(world.desk)
    assert signals.settle(world.desk) == 1
    (card,) = world.inbox("otto")
    assert card.question.startswith("Not all of it is free, and nothing on order")
    assert examine(world.engine) == []


def test_a_repair_issues_its_parts_and_shows_what_they_cost(stock: Stock) -> None:  # noqa: F811
    world = came_back(stock, decided={"disposition.1": "repair"})
    answers = {"work": "new seals", "parts.1.item": "BOLT", "parts.1.quantity": "6"}
    done = world.tap("maria", "Repaired", answers)
    assert isinstance(done, Done) and done.card is not None
    shown = facts(done.card)
    assert (shown["What was done"], shown["Cost of the parts"]) == ("new seals", "6.00")
    assert (stock.held("BOLT").total, stock.held("PUMP").available) == (44, 5)
    assert stock.value("PUMP") == 5 * 108_0000
    world.tap("otto", "Decide", {"remedy": "nothing"})
    assert examine(world.engine) == []


def test_a_repair_takes_no_parts_that_are_promised_to_others(stock: Stock) -> None:  # noqa: F811
    world = came_back(stock, decided={"disposition.1": "repair"})
    order(world, ("BOLT", "48", "2"))
    answers = {"work": "new seals", "parts.1.item": "BOLT", "parts.1.quantity": "6"}
    refused = world.tap("maria", "Repaired", answers)
    assert isinstance(refused, Refused)
    assert refused.words == "Only 2 pc of BOLT are free; 6 were asked for: 4 short."
    assert stock.held("PUMP").blocked == 3
    assert examine(world.engine) == []


@pytest.mark.parametrize("is_in_two", [False, True])
def test_two_returns_of_one_order_never_take_the_same_piece(stock: Stock, is_in_two: bool) -> None:  # noqa: F811
    world = stock.world
    order(world, ("PUMP", "8", "100"))
    if is_in_two:
        world.tap("lin", "Something is missing", {"picked.1": "5"})
        world.tap("lin", "Shipped", {"carrier": "SF Express"})
        world.tap("otto", "Send it later")
    ship(world)
    number = number_of(world)
    take_back(world, number)
    take_back(world, number)
    assert [card.rows[0].figures[0].value for card in world.inbox("lin")] == ["8 pc", "8 pc"]
    second = world.inbox("lin")[1].buttons[0].token
    world.tap("lin", "Enter what came", {"received.1": "7"})
    assert [card.rows[0].figures[0].value for card in world.inbox("lin")] == ["1 pc"]
    refused = world.send("lin", second, {"received.1": "2"})
    assert isinstance(refused, Refused) and refused.errors == {"received.1": "at most 1 pc"}
    assert isinstance(world.send("lin", second, {"received.1": "1"}), Done)
    assert stock.held("PUMP").inspection == 8
    assert examine(world.engine) == []


def test_an_order_of_which_something_came_back_is_not_cancelled_any_more(stock: Stock) -> None:  # noqa: F811
    world = came_back(stock, decided={"disposition.1": "restock"})
    with writing(world.engine) as db, pytest.raises(PartlyReturned) as told:
        case = db.execute(text("SELECT MIN(id) FROM flow_instances")).scalar_one()
        asides.cancel(db, world.desk, case, world.person("otto"), "the customer called")
    assert told.value.params == {"document": number_of(world), "rma": number_of(world, "rma")}
    assert stock.held("PUMP").total == 5
    assert examine(world.engine) == []
