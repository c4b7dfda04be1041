"""Moving within the house: from bin to bin in one form, lots split and merged with their family on record."""

import datetime as dt

import pytest
from sqlalchemy import text

from app.doctor import examine
from bot import conversation
from bot.channel import Reply
from inventory_core import labels, lots
from inventory_core.db.engine import reading, writing
from tests.inventory_core.stock import Stock
from tests.world import World
from workflows.cards import Done, Refused
from workflows.intents import Sender


def says(world: World, code: str, words: str) -> Reply:
    sender = Sender("web", "", code)
    return conversation.answer(world.desk, sender, world.address(code), words, dedupe=f"words:{next(world.ids)}")


def fills(world: World, code: str, flow: str, **answers: str) -> Done | Refused:
    """Start a flow by its name and send its form."""
    form = says(world, code, f"new {flow}").form
    assert form is not None
    return world.send(code, form.token, {name.replace("__", "."): value for name, value in answers.items()})


def held(world: World) -> dict[tuple[str, str, str], int]:
    """Return what lies where, by lot number, bin and status."""
    with reading(world.engine) as db:
        rows = db.execute(
            text("""
                SELECT t.number, c.code, b.status, b.quantity FROM balances b JOIN lots t ON t.id = b.lot_id
                JOIN locations c ON c.id = b.location_id WHERE b.quantity > 0
            """)
        )
        return {(row[0], row[1], row[2]): int(row[3]) for row in rows}


@pytest.fixture
def stock(world: World) -> Stock:
    """A hundred nuts of lot N-1 at 2 a piece in A-1, which goes bad on 1 February; 40 of N-2, on 1 March; a bin A-2."""
    with writing(world.engine) as db:
        db.execute(
            text("""
                INSERT INTO locations (kind, code, name, parent_id, walk_order)
                SELECT 'bin', 'A-2', 'A-2', id, 1 FROM locations WHERE code = 'A'
            """)
        )
    made = Stock(world)
    first = made.lot("NUT", number="N-1", expires_on=dt.date(2027, 2, 1))
    second = made.lot("NUT", number="N-2", expires_on=dt.date(2027, 3, 1))
    made.post((first, 100, "SUPPLIER", "A-1", 200_0000), (second, 40, "SUPPLIER", "A-1", 120_0000))
    return made


def test_so_much_of_a_lot_moves_to_another_bin(stock: Stock) -> None:
    done = fills(stock.world, "maria", "move", goods="n-1", from_bin="A-1", to_bin="a-2", quantity="30")
    assert isinstance(done, Done) and done.card is not None
    assert (done.card.title, done.card.status) == ("Move n-1", "Moved")
    assert [row.detail for row in done.card.rows] == ["NUT · A-1 → A-2 · N-1"]
    assert held(stock.world) == {
        ("N-1", "A-1", "available"): 70, ("N-1", "A-2", "available"): 30, ("N-2", "A-1", "available"): 40,
    }  # fmt: skip
    assert examine(stock.world.engine) == []


def test_an_item_without_a_quantity_moves_with_all_its_lots_and_stays_what_it_is(stock: Stock) -> None:
    stock.post((stock.lot("NUT", number="N-3"), 5, "SUPPLIER", "A-1/blocked"))
    code = labels.payload(labels.Label("NUT", "", "145"))
    assert isinstance(fills(stock.world, "lin", "移库", goods=code, from_bin="A-1", to_bin="A-2"), Done)
    assert held(stock.world) == {
        ("N-1", "A-2", "available"): 100, ("N-2", "A-2", "available"): 40, ("N-3", "A-2", "blocked"): 5,
    }  # fmt: skip


def test_of_an_item_what_expires_first_moves_first(stock: Stock) -> None:
    fills(stock.world, "lin", "move", goods="NUT", from_bin="A-1", to_bin="A-2", quantity="110")
    assert held(stock.world)[("N-2", "A-1", "available")] == 30


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"goods": "BOLT"}, "By the books there is no BOLT in A-1."),
        ({"to_bin": "A-1"}, "It lies in A-1 already. Name another bin."),
        ({"quantity": "101"}, "Only 100 pc of NUT are free; 101 were asked for: 1 short."),
        ({"quantity": "0"}, "Enter how many pc: more than zero."),
        ({"quantity": "1.5"}, "1.5 has too many decimal places: pc is counted in 0."),
    ],
)
def test_what_can_not_be_moved_is_told_and_nothing_moves(stock: Stock, answers: dict[str, str], sentence: str) -> None:
    usual = {"goods": "N-1", "from_bin": "A-1", "to_bin": "A-2", "quantity": "1"}
    refused = fills(stock.world, "lin", "move", **{**usual, **answers})
    assert isinstance(refused, Refused) and refused.words == sentence
    assert ("N-1", "A-2", "available") not in held(stock.world)


def test_a_lot_number_of_two_items_is_asked_back(stock: Stock) -> None:
    stock.post((stock.lot("BOLT", number="N-1"), 5, "SUPPLIER", "A-1"))
    refused = fills(stock.world, "lin", "move", goods="N-1", from_bin="A-1", to_bin="A-2")
    assert isinstance(refused, Refused) and refused.words == "N-1 is of several items: NUT, BOLT. Name one of them."


def test_a_part_of_a_lot_becomes_a_lot_of_its_own_with_its_date_label_and_family(stock: Stock) -> None:
    done = fills(stock.world, "lin", "split", lot="N-1", bin="A-1", quantity="30")
    assert isinstance(done, Done) and done.card is not None
    told = {fact.label: fact.value for fact in done.card.facts}
    assert told["New label"] == "L261118-0001 · NUT Item NUT · 30 pc · A-1"
    assert (held(stock.world)["N-1", "A-1", "available"], held(stock.world)["L261118-0001", "A-1", "available"]) == (
        70,
        30,
    )
    assert (stock.held("NUT").total, stock.value("NUT")) == (140, 320_0000)
    with reading(stock.world.engine) as db:
        dates = db.execute(text("SELECT expires_on FROM lots WHERE number IN ('N-1', 'L261118-0001')")).scalars().all()
        trace = lots.trace(db, "L261118-0001")
    assert str(dates[0]) == str(dates[1]) and trace is not None
    (card,) = says(stock.world, "lin", "trace L261118-0001").cards
    assert "NUT N-1" in {fact.label: fact.value for fact in card.facts}["Made from"]
    assert examine(stock.world.engine) == []


def test_lots_of_an_item_in_a_bin_become_one_with_the_earliest_date(stock: Stock) -> None:
    done = fills(stock.world, "lin", "merge", bin="A-1", lots__1__lot="N-2", lots__2__lot="N-1")
    assert isinstance(done, Done)
    assert held(stock.world) == {("L261118-0001", "A-1", "available"): 140}
    assert stock.value("NUT") == 320_0000
    with reading(stock.world.engine) as db:
        day = db.execute(text("SELECT expires_on FROM lots WHERE number = 'L261118-0001'")).scalar_one()
    assert str(day) == "2027-02-01"
    assert examine(stock.world.engine) == []


def test_serial_numbers_stay_whole(stock: Stock) -> None:
    stock.post((stock.lot("BIKE", tracking="serial", number="S-1"), 1, "SUPPLIER", "A-1"))
    stock.post((stock.lot("BIKE", tracking="serial", number="S-2"), 1, "SUPPLIER", "A-1"))
    sentence = "BIKE has serial numbers: a piece can not be split or merged."
    refused = fills(stock.world, "lin", "split", lot="S-1", bin="A-1", quantity="1")
    assert isinstance(refused, Refused) and refused.words == sentence
    refused = fills(stock.world, "lin", "merge", bin="A-1", lots__1__lot="S-1", lots__2__lot="S-2")
    assert isinstance(refused, Refused) and refused.words == sentence


def test_lots_of_two_items_and_a_single_lot_are_not_merged(stock: Stock) -> None:
    stock.post((stock.lot("BOLT", number="B-1"), 5, "SUPPLIER", "A-1"))
    refused = fills(stock.world, "lin", "merge", bin="A-1", lots__1__lot="N-1", lots__2__lot="B-1")
    assert isinstance(refused, Refused) and refused.words == "B-1 is of several items: NUT, BOLT. Name one of them."
    refused = fills(stock.world, "lin", "merge", bin="A-1", lots__1__lot="N-1", lots__2__lot="n-1")
    assert isinstance(refused, Refused) and refused.words == "Name at least two lots to merge."
    refused = fills(stock.world, "lin", "merge", bin="A-2", lots__1__lot="N-1", lots__2__lot="N-2")
    assert isinstance(refused, Refused) and refused.words == "By the books there is no N-1 in A-2."
    assert held(stock.world)["N-1", "A-1", "available"] == 100


def test_one_message_moves_goods_and_moves_them_once(stock: Stock) -> None:
    world = stock.world
    for _ in range(2):
        sender = Sender("web", "", "lin")
        told = conversation.answer(world.desk, sender, world.address("lin"), "move N-1 A-1 a-2 30", dedupe="m1")
        assert told.cards[0].status == "Moved"
    assert held(world)["N-1", "A-2", "available"] == 30
    assert says(world, "lin", "移库 N-2 A-1 A-2").cards[0].status == "Moved"
    assert held(world)["N-2", "A-2", "available"] == 40
    assert examine(world.engine) == []


def test_a_message_that_does_not_say_it_all_or_names_no_bin_opens_the_form(stock: Stock) -> None:
    asked = says(stock.world, "lin", "move N-1 A-1")
    assert asked.form is not None and [each.default for each in asked.form.fields] == ["", "", "", ""]
    wrong = says(stock.world, "lin", "move N-1 A-1 Z-9")
    assert wrong.words == "To: There is no bin “Z-9”. Write its code."
    assert wrong.form is not None and [each.default for each in wrong.form.fields] == ["N-1", "A-1", "Z-9", ""]
    assert ("N-1", "A-2", "available") not in held(stock.world)
    assert says(stock.world, "zhao", "move N-1 A-1 A-2").words == "There is nothing for you to start."
