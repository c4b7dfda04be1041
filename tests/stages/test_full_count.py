"""A full stocktake: all bins on sheets, frozen or moving, empty bins and unknown finds, progress and accuracy."""

from decimal import Decimal

import pytest
from sqlalchemy import text

from app.doctor import examine
from bot import conversation
from bot.channel import Reply
from inventory_core.db.engine import reading, writing
from inventory_core.errors import BinFrozen
from inventory_core.insight import accuracy
from inventory_core.stages import sheets
from notifier import relay
from tests.inventory_core.stock import Stock
from tests.world import World
from workflows.cards import Card, Done, Refused
from workflows.intents import Sender


def says(world: World, code: str, words: str, *, about: str = "") -> Reply:
    sender = Sender("web", "", code)
    return conversation.answer(
        world.desk, sender, world.address(code), words, dedupe=f"words:{next(world.ids)}", about=about
    )


def begin(world: World, **answers: str) -> Done | Refused:
    form = says(world, "otto", "new stocktake").form
    assert form is not None
    done = world.send("otto", form.token, answers)
    relay.start_waiting(world.desk)
    return done


def told(card: Card) -> dict[str, str]:
    return {fact.label: fact.value for fact in card.facts}


@pytest.fixture
def stock(world: World) -> Stock:
    """A hundred nuts at 2 a piece in A-1, 50 bolts at 1 in A-2; A-3 and the dock are empty."""
    with writing(world.engine) as db:
        for order, code in enumerate(("A-2", "A-3"), 2):
            db.execute(
                text("""
                    INSERT INTO locations (kind, code, name, parent_id, walk_order)
                    SELECT 'bin', :code, :code, id, :order FROM locations WHERE code = 'A'
                """),
                {"code": code, "order": order},
            )
    made = Stock(world)
    made.post((made.lot("NUT"), 100, "SUPPLIER", "A-1", 200_0000))
    made.post((made.lot("BOLT"), 50, "SUPPLIER", "A-2", 50_0000))
    world.pass_time(minutes=5)
    return made


def test_one_tap_writes_the_sheets_of_a_zone_and_its_progress_is_told(stock: Stock) -> None:
    world = stock.world
    done = begin(world, area="a", mode="moving")
    assert isinstance(done, Done)
    (sheet,) = world.inbox("lin")
    assert [row.detail.split(" · ")[:2] for row in sheet.rows] == [["NUT", "A-1"], ["BOLT", "A-2"]]
    assert told(sheet)["Empty by the books"] == "A-3"
    assert not any("100" in fact.value for row in sheet.rows for fact in row.figures), "it is counted blind"
    (card,) = world.inbox("otto")
    assert (told(card)["Sheets done"], told(card)["Sheets open"]) == ("0", "1")
    refused = world.tap("otto", "Close it")
    assert isinstance(refused, Refused) and refused.words.startswith("1 sheet is still open.")
    world.pass_time(minutes=1)
    world.tap("lin", "Enter the count", {"counted.1": "100", "counted.2": "49", "all_empty": "yes"})
    assert stock.held("BOLT").total == 49
    ended = world.tap("otto", "Close it")
    assert isinstance(ended, Done) and ended.card is not None and ended.card.status == "Counted and closed"
    figures = told(ended.card)
    assert [figures[name] for name in ("Sheets done", "Sheets open", "Lines counted", "Exact", "Within 2 %")] == [
        "1", "0", "2", "50.0 %", "100.0 %",
    ]  # fmt: skip
    assert (figures["Net difference"], figures["Gains and losses"]) == ("-1.00", "1.00")
    assert examine(world.engine) == []


def test_the_whole_site_is_counted_without_a_zone_and_an_unknown_one_is_told(stock: Stock) -> None:
    refused = begin(stock.world, area="Z", mode="moving")
    assert isinstance(refused, Refused) and refused.words == "There is no site or zone Z."
    assert isinstance(begin(stock.world, area="", mode="moving"), Done)
    (sheet,) = stock.world.inbox("lin")
    assert told(sheet)["Empty by the books"] == "RECV, A-3"


def test_sheets_are_of_a_length_that_is_walked_and_keep_a_bin_together(stock: Stock) -> None:
    stock.post(*[(stock.lot("NUT"), 1, "SUPPLIER", "A-2") for _ in range(sheets.SHEET_MAX)])
    begin(stock.world, area="A", mode="moving")
    counted = [[row.detail.split(" · ")[1] for row in card.rows] for card in stock.world.inbox("lin")]
    assert counted == [["A-1"], ["A-2"] * 20, ["A-2"]]


def test_a_frozen_bin_takes_no_posting_but_the_counts(stock: Stock) -> None:
    world = stock.world
    begin(world, area="A", mode="freeze")
    sentence = "A-1 is being counted (CS-261118-0001): nothing moves there until the count is over. Take another bin."
    assert says(world, "otto", "issue NUT 1").words == sentence
    with pytest.raises(BinFrozen):
        stock.post((stock.lot("SEAL"), 1, "SUPPLIER", "A-3"))
    with pytest.raises(BinFrozen):
        stock.post((stock.lot("BIKE", tracking="serial"), 1, "SUPPLIER", "A-3"))
    stock.post((stock.lot("SEAL"), 1, "SUPPLIER", "RECV"))
    world.tap("lin", "Enter the count", {"counted.1": "99", "counted.2": "50", "all_empty": "yes"})
    assert stock.held("NUT").total == 99
    assert says(world, "otto", "issue NUT 1").words.startswith("1 pc of NUT") or stock.held("NUT").total == 98
    assert examine(world.engine) == []


def test_nothing_is_put_away_into_a_frozen_bin(stock: Stock) -> None:
    world = stock.world
    begin(world, area="A", mode="freeze")
    world.given_receipt(("NUT", 5, "2"))
    for person, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        at = next(i for i, card in enumerate(world.inbox(person)) if any(b.label == label for b in card.buttons))
        world.send(person, world.button(person, label, card=at).token)
    relay.start_waiting(world.desk)
    (card,) = (each for each in world.inbox("lin") if each.title.startswith("Put away"))
    assert card.rows[0].detail.endswith("No bin has room: choose one")


def test_what_moves_while_a_moving_count_goes_on_is_no_difference(stock: Stock) -> None:
    world = stock.world
    begin(world, area="A", mode="moving")
    says(world, "otto", "issue NUT 30")
    world.pass_time(minutes=1)
    world.tap("lin", "Enter the count", {"counted.1": "70", "counted.2": "50", "all_empty": "yes"})
    assert stock.held("NUT").total == 70
    assert examine(world.engine) == []


def test_something_found_where_the_books_hold_nothing_is_looked_at_again_and_posted(stock: Stock) -> None:
    world = stock.world
    begin(world, area="A", mode="freeze")
    world.pass_time(minutes=1)
    answers = {"counted.1": "100", "counted.2": "50", "all_empty": "no"}
    refused = world.tap("lin", "Enter the count", answers)
    assert isinstance(refused, Refused) and refused.words == "Tap “Found more” and enter what lies there: A-3."
    found = {"found.1.bin": "A-3", "found.1.item": "NUT", "found.1.lot": "N-9", "found.1.quantity": "7"}
    assert isinstance(world.tap("lin", "Found more", {**answers, **found}), Done)
    assert stock.held("NUT").total == 100, "somebody else looks first"
    (again,) = world.inbox("maria")
    assert [row.detail for row in again.rows][-1] == "NUT · A-3 · N-9"
    world.tap("maria", "Enter the count", {"recounted.1": "100", "recounted.2": "50", "recounted.3": "6"})
    assert (stock.held("NUT").total, stock.held("BOLT").total) == (106, 50)
    assert says(world, "lin", "trace N-9").cards[0].title == "Lot N-9"
    assert examine(world.engine) == []


def test_a_dear_find_is_approved_by_its_value(stock: Stock) -> None:
    world = stock.world
    (card,) = says(world, "lin", "count A-1").cards
    more = next(button for button in card.buttons if button.label == "Found more")
    found = {"found.1.bin": "A-3", "found.1.item": "NUT", "found.1.quantity": "300"}
    world.send("lin", more.token, {"counted.1": "100", **found})
    world.tap("maria", "Enter the count", {"recounted.1": "100", "recounted.2": "300"})
    (asked,) = world.inbox("otto")
    assert [fact.value for fact in asked.facts][-1] == "600.00 USD"
    world.tap("otto", "Post it")
    assert stock.held("NUT").total == 400
    assert examine(world.engine) == []


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ({"bin": "A-1", "item": "NUT", "quantity": "7"}, "NUT in A-1 is on the sheet already. Enter it on its line."),
        (
            {"bin": "A-3", "item": "BIKE", "quantity": "1"},
            "BIKE has serial numbers. Enter the number and one piece a row.",
        ),
        ({"bin": "A-3", "item": "NUT", "quantity": "1.5"}, "1.5 has too many decimal places: pc is counted in 0."),
    ],
)
def test_a_find_that_can_not_be_is_told(stock: Stock, found: dict[str, str], sentence: str) -> None:
    world = stock.world
    world.given_item("BIKE", tracking="serial")
    (card,) = says(world, "lin", "count A-1").cards
    lot = card.rows[0].detail.rsplit(" ", 1)[1]
    more = next(button for button in card.buttons if button.label == "Found more")
    rows = {f"found.1.{name}": value for name, value in found.items()} | (
        {"found.1.lot": lot} if found["bin"] == "A-1" else {}
    )
    refused = world.send("lin", more.token, {"counted.1": "100", **rows})
    assert isinstance(refused, Refused) and refused.words == sentence
    assert stock.count("stock_counts") == 0


def test_a_stopped_stocktake_lets_goods_move_and_takes_its_sheets_back(stock: Stock) -> None:
    world = stock.world
    begin(world, area="A", mode="freeze")
    ended = world.tap("otto", "Stop it", {"reason": "fire drill"})
    assert isinstance(ended, Done)
    stock.post((stock.lot("NUT"), 5, "SUPPLIER", "A-1"))
    assert relay.stop_sheets(world.desk) == 1
    assert world.inbox("lin") == ()
    assert relay.stop_sheets(world.desk) == 0
    assert examine(world.engine) == []


def test_a_withdrawn_stocktake_lets_goods_move_too(stock: Stock) -> None:
    world = stock.world
    begin(world, area="A", mode="freeze")
    says(world, "otto", "withdraw ST-261118-0001 tomorrow instead")
    relay.stop_sheets(world.desk)
    stock.post((stock.lot("NUT"), 5, "SUPPLIER", "A-1"))
    assert world.inbox("lin") == ()
    assert examine(world.engine) == []


def test_accuracy_is_told_by_count_class_and_period(stock: Stock) -> None:
    """Of A: 100 counted as 99 (1 % off, -2.00); of B: 50 as 50; of C: 10 at 3 counted as 12 (20 % off, +6.00)."""
    world = stock.world
    stock.post((stock.lot("WASHER"), 10, "SUPPLIER", "A-3", 30_0000))
    nuts, bolts = stock.lot("NUT"), stock.lot("BOLT")
    stock.post((nuts, 400, "SUPPLIER", "RECV", 800_0000), (bolts, 200, "SUPPLIER", "RECV", 200_0000))
    stock.post((nuts, 400, "RECV", "PRODUCTION"), (bolts, 200, "RECV", "PRODUCTION"), kind="issue")
    world.pass_time(minutes=1)
    for words, answers in (("count NUT", "99"), ("count BOLT", "50"), ("count WASHER", "12")):
        (card,) = says(world, "lin", words).cards
        world.send("lin", card.buttons[0].token, {"counted.1": answers})
    world.tap("maria", "Enter the count", {"recounted.1": "12"})
    today = world.desk.today()
    with reading(world.engine) as db:
        whole = accuracy.of_period(db, today, today)
        classes = accuracy.by_class(db, today, today)
        paper = db.execute(text("SELECT MAX(id) FROM documents WHERE kind = 'count'")).scalar_one()
        last = accuracy.of_count(db, paper)
    assert whole == accuracy.Accuracy(lines=3, exact=1, within=2, net=4_0000, gross=8_0000)
    assert (whole.percent(whole.exact), whole.percent(whole.within)) == (Decimal("33.3"), Decimal("66.7"))
    assert classes == {
        "A": accuracy.Accuracy(lines=1, exact=0, within=1, net=-2_0000, gross=2_0000),
        "B": accuracy.Accuracy(lines=1, exact=1, within=1),
        "C": accuracy.Accuracy(lines=1, exact=0, within=0, net=6_0000, gross=6_0000),
    }  # fmt: skip
    assert last == classes["C"]
    assert accuracy.Accuracy().percent(0) == 100
