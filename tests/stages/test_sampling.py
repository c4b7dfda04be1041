"""Inspection by sample: the card says how many pieces to look at, and a lot that fails is taken only by concession."""

import itertools

from bot.web.render import stands_out
from tests.world import World
from workflows.cards import Done, Refused


def _delivered(world: World, number: str = "4012", *, lot: int = 150, price: str = "2.5") -> None:
    world.given_receipt(("CHAIN", lot, price), number=number)
    world.tap("lin", "All arrived as ordered")


def _refused_lot(world: World, number: str) -> None:
    _delivered(world, number)
    world.tap("maria", "Reject some", {"faulty.1": "2", "accepted.1": "148", "cause.1": "surface"})
    world.tap("otto", "Refuse the lot", {"reason": "surface"})


def _figures(world: World) -> dict[str, str]:
    return {each.label: each.value for each in world.inbox("maria")[0].rows[0].figures}


def test_the_card_says_how_many_are_looked_at_and_how_many_may_be_faulty(world: World) -> None:
    world.given_item("CHAIN", aql="2.5")
    _delivered(world)
    assert _figures(world) == {"Received": "150 pc", "Sample": "20 pc", "May be faulty": "1 pc"}
    world.tap("maria", "All good")
    world.tap("otto", "Confirm quantity")
    assert world.on_hand("CHAIN").available == 150


def test_an_item_without_an_aql_is_inspected_as_ever(world: World) -> None:
    _delivered(world)
    assert _figures(world) == {"Received": "150 pc"}
    asked = [each.name for each in world.open_form("maria", "Reject some").fields]
    assert asked == ["accepted.1", "cause.1", "photo"]


def test_a_sample_that_passes_with_a_faulty_piece_goes_its_usual_way(world: World) -> None:
    world.given_item("CHAIN", aql="2.5")
    _delivered(world)
    world.tap("maria", "Reject some", {"faulty.1": "1", "accepted.1": "149", "cause.1": "surface"})
    world.tap("otto", "Confirm quantity")
    assert (world.on_hand("CHAIN").available, world.on_hand("CHAIN").blocked) == (149, 1)


def test_a_failed_sample_is_taken_under_concession_with_a_reason(world: World) -> None:
    world.given_item("CHAIN", aql="2.5")
    _delivered(world, price="400")
    world.tap("maria", "Reject some", {"faulty.1": "2", "accepted.1": "148", "cause.1": "surface"})
    card = world.inbox("otto")[0]
    assert [each.label for each in card.buttons] == ["Take under concession", "Refuse the lot"]
    assert isinstance(world.tap("otto", "Take under concession", {"reason": ""}), Refused)
    world.tap("otto", "Take under concession", {"reason": "scratches only"})
    done = world.tap("zhao", "Approve price")
    assert isinstance(done, Done) and done.card is not None
    assert any("scratches only" in line for line in done.card.story)
    assert (world.on_hand("CHAIN").available, world.on_hand("CHAIN").blocked) == (148, 2)


def test_a_lot_that_is_refused_lies_blocked_and_two_of_them_tighten_the_inspection(world: World) -> None:
    world.given_item("CHAIN", aql="2.5")
    for number in ("5001", "5002"):
        _refused_lot(world, number)
    assert (world.on_hand("CHAIN").available, world.on_hand("CHAIN").blocked) == (0, 300)
    _delivered(world, "5003")
    assert _figures(world) == {"Received": "150 pc", "Sample": "32 pc", "May be faulty": "1 pc"}
    assert world.inbox("maria")[0].rows[0].detail == "CHAIN · Tightened inspection"


def test_five_good_lots_ease_it_again_and_five_bad_ones_have_every_piece_looked_at(world: World) -> None:
    world.given_item("CHAIN", aql="2.5")
    numbers = (str(each) for each in itertools.count(5001))
    for _ in range(7):
        _refused_lot(world, next(numbers))
    _delivered(world, next(numbers))
    assert _figures(world) == {"Received": "150 pc", "Sample": "150 pc", "May be faulty": "0 pc"}
    assert world.inbox("maria")[0].rows[0].detail == "CHAIN · Look at every piece"
    world.tap("maria", "All good")
    world.tap("otto", "Confirm quantity")
    for _ in range(5):
        _delivered(world, next(numbers))
        assert _figures(world)["Sample"] == "32 pc"
        world.tap("maria", "All good")
        world.tap("otto", "Confirm quantity")
    _delivered(world, next(numbers))
    assert _figures(world)["Sample"] == "20 pc"


def test_more_faulty_than_were_looked_at_is_refused_on_its_field(world: World) -> None:
    world.given_item("CHAIN", aql="2.5")
    _delivered(world)
    refused = world.tap("maria", "Reject some", {"faulty.1": "21", "accepted.1": "129", "cause.1": "surface"})
    assert isinstance(refused, Refused) and set(refused.errors) == {"faulty.1"}


def test_the_form_asks_for_faulty_pieces_of_the_sampled_lines_alone(world: World) -> None:
    world.given_item("CHAIN", aql="2.5")
    world.given_receipt(("CHAIN", 150, "1"), ("FRAME", 5, "1"))
    world.tap("lin", "All arrived as ordered")
    asked = world.open_form("maria", "Reject some")
    assert [each.name for each in asked.fields] == [
        "faulty.1", "accepted.1", "cause.1", "accepted.2", "cause.2", "photo",
    ]  # fmt: skip
    assert asked.fields[0].hint == "at most 20 pc"


def test_the_size_of_a_sample_is_not_marked_as_a_difference(world: World) -> None:
    world.given_item("CHAIN", aql="2.5")
    _delivered(world)
    figures = world.inbox("maria")[0].rows[0].figures
    assert [stands_out(figures, at) for at in range(len(figures))] == [False, False, False]
