"""The story of anything, asked for in chat: a bicycle's serial number, a bad lot, an order, an item, a partner."""

import pytest
from sqlalchemy import text

from app.doctor import examine
from bot import conversation
from bot.channel import Reply
from inventory_core.db.engine import reading, writing
from notifier import relay
from tests.inventory_core.stock import Stock
from tests.stages.long_story import found_bicycle_maker
from tests.stages.test_long_story import AtTheDoor
from tests.world import World
from workflows.cards import Card
from workflows.definition import Language
from workflows.intents import Sender


def ask(world: World, who: str, words: str, language: Language | None = None) -> Reply:
    sender, key = Sender("web", "", who), f"ask:{next(world.ids)}"
    return conversation.answer(world.desk, sender, world.address(who), words, dedupe=key, language=language)


def told(world: World, who: str, words: str, language: Language | None = None) -> Card:
    (card,) = ask(world, who, words, language).cards
    return card


def facts(card: Card) -> dict[str, str]:
    return {each.label: each.value for each in card.facts}


def stocked(world: World, code: str = "CHAIN", amount: int = 550, number: str = "4012") -> None:
    world.given_receipt((code, amount, "1"), number=number)
    world.tap("lin", "All arrived as ordered")
    world.tap("maria", "All good")
    world.tap("otto", "Confirm quantity")


def numbers(world: World, kind: str) -> list[str]:
    with reading(world.engine) as db:
        found = db.execute(text("SELECT number FROM documents WHERE kind = :kind ORDER BY id"), {"kind": kind})
        return list(found.scalars())


def lots_of(world: World, item: str) -> list[str]:
    with reading(world.engine) as db:
        return list(
            db.execute(
                text("SELECT t.number FROM lots t JOIN items i ON i.id = t.item_id WHERE i.code = :item ORDER BY t.id"),
                {"item": item},
            ).scalars()
        )


@pytest.fixture
def bicycles(world: World) -> World:
    """Three bicycles made of two bought lots; one at each of two customers, one in the house."""
    found_bicycle_maker(world)
    with writing(world.engine) as db:
        db.execute(text("INSERT INTO partners (kind, code, name) VALUES ('customer', 'RAD', 'Radhaus Köln')"))
    story = AtTheDoor(world)
    for item, quantity in (("WHEEL", "20"), ("FRAME", "10")):
        story.starts("lin", "requisition", item=item, quantity=quantity, needed_by="2026-11-30")
        story.taps("chen", "From the usual supplier")
        story.taps("chen", "Sent")
        story.taps("chen", "Confirmed as ordered")
    world.pass_time(days=7)
    relay.expect_due_orders(world.desk)
    for _ in range(2):
        story.taps("lin", "All arrived as ordered")
        story.taps("maria", "All good")
        story.taps("otto", "Confirm quantity")
        story.taps("lin", "Where proposed")
    story.starts("otto", "work_order", item="BIKE", quantity="3", due="2026-12-01")
    story.taps("lin", "All issued")
    story.taps("lin", "All made, nothing left")
    for customer in ("VELO", "RAD"):
        story.starts("otto", "shipment", customer=customer, ship_by="2026-12-02",
                     **{"goods.1.item": "BIKE", "goods.1.quantity": "1", "goods.1.price": "900"})  # fmt: skip
        story.taps("lin", "All picked")
        story.taps("lin", "Shipped", carrier="SF Express", tracking="SF1")
    return world


def test_a_bicycle_is_traced_back_to_its_suppliers_lots_and_on_to_its_customer(bicycles: World) -> None:
    first = lots_of(bicycles, "BIKE")[0]
    reply = ask(bicycles, "lin", f"trace {first.lower()}")
    (card,) = reply.cards
    known = facts(card)
    (wheel,), (frame,) = lots_of(bicycles, "WHEEL"), lots_of(bicycles, "FRAME")
    assert (card.title, card.summary) == (f"Serial number {first}", "BIKE · Item BIKE")
    assert known["Made from"] == f"WHEEL {wheel}, FRAME {frame}"
    assert known["At customers"] == f"Velo Shop 1 pc BIKE ({numbers(bicycles, 'sales_order')[0]})"
    assert known["Now"] == "nothing left in stock"
    assert reply.picture is not None and reply.picture.alt.startswith(f"Serial number {first}: made of 2 lots")
    assert "Suppliers: Litware." in reply.picture.alt and "Customers: Velo Shop." in reply.picture.alt
    chinese = told(bicycles, "maria", f"追溯 {first}", "zh")
    assert (chinese.title, facts(chinese)["来源批次"]) == (f"序列号 {first}", known["Made from"])
    assert examine(bicycles.engine) == []


def test_one_bad_lot_is_traced_on_to_every_customer_and_to_what_is_still_here(bicycles: World) -> None:
    (wheel,) = lots_of(bicycles, "WHEEL")
    known = facts(told(bicycles, "maria", f"trace {wheel}"))
    sold = numbers(bicycles, "sales_order")
    assert known["Went into"] == ", ".join(f"BIKE {each}" for each in lots_of(bicycles, "BIKE"))
    assert known["At customers"] == f"Velo Shop 1 pc BIKE ({sold[0]}), Radhaus Köln 1 pc BIKE ({sold[1]})"
    assert known["Now"] == "14 pc in A-1 (available)"
    assert known["Supplier"] == "Litware"


def test_what_a_customer_sent_back_is_at_no_customer_any_more(bicycles: World) -> None:
    story, sold = AtTheDoor(bicycles), numbers(bicycles, "sales_order")
    story.starts("otto", "return", order=sold[0], why="a spoke is loose")
    story.taps("lin", "Enter what came", received_1="1")
    (wheel,) = lots_of(bicycles, "WHEEL")
    assert facts(told(bicycles, "maria", f"trace {wheel}"))["At customers"] == f"Radhaus Köln 1 pc BIKE ({sold[1]})"


def test_an_order_is_told_through_its_receipt_its_putaway_and_where_its_goods_went(bicycles: World) -> None:
    order, receipt, away = (numbers(bicycles, each)[0] for each in ("purchase_order", "receipt", "putaway"))
    card = told(bicycles, "chen", f"trace {order}")
    known = facts(card)
    assert (card.title, card.summary) == (f"Purchase order {order}", "complete")
    assert known["Papers before it"] == f"Requisition {numbers(bicycles, 'requisition')[0]}"
    assert known["Papers after it"] == f"Receipt {receipt} (posted), Putaway {away} (posted)"
    assert known["Its goods went on by"] == f"{numbers(bicycles, 'work_order')[0]} (issued 6 pc WHEEL)"
    (wheel,) = lots_of(bicycles, "WHEEL")
    assert [each.partition(" ")[2] for each in card.story[-2:]] == [
        f"received: 20 pc WHEEL {wheel}, SUPPLIER → RECV · {receipt} · Otto Berg",
        f"moved: 20 pc WHEEL {wheel}, RECV → A-1 · {away} · Lin Wei",
    ]
    assert [(each.label, each.value) for each in card.rows[0].figures] == [("Planned", "20 pc"), ("Done", "20 pc")]
    story = told(bicycles, "chen", f"追溯 {receipt}", "zh").story
    assert any("Maria Santos" in each for each in story) and "收货：20 pc" in story[-2]
    made = facts(told(bicycles, "chen", f"trace {numbers(bicycles, 'work_order')[0]}"))
    assert made["Its goods came by"].startswith(f"{receipt} (received 20 pc WHEEL)")
    assert made["Its goods went on by"] == ", ".join(
        f"{each} (shipped 1 pc BIKE)" for each in numbers(bicycles, "sales_order")
    )


def test_a_receipt_that_was_taken_back_shows_both_movements_as_a_pair(world: World) -> None:
    stocked(world)
    assert ask(world, "otto", "reverse GR-4012 counted wrongly").words
    card = told(world, "lin", "trace gr-4012")
    assert card.summary == "reversed"
    posted, back = (each for each in card.story if "RECV" in each)
    assert posted.endswith("reversed below") and back.endswith("reversal: counted wrongly")
    assert any("reversed · counted wrongly" in each for each in card.story)
    lot = told(world, "lin", f"trace {lots_of(world, 'CHAIN')[0]}")
    assert lot.story[0].endswith("reversed below") and facts(lot)["Now"] == "nothing left in stock"
    came = facts(told(world, "lin", "trace item CHAIN"))
    assert "Came" not in came and "Went" not in came  # what was taken back did not happen to the item
    assert examine(world.engine) == []


def test_an_item_tells_from_whom_it_came_where_it_went_and_which_lots_there_are(bicycles: World) -> None:
    card = told(bicycles, "lin", "trace wheel")
    known = facts(card)
    assert card.title == "WHEEL · Item WHEEL"
    assert (known["Now"], known["Came"], known["Went"]) == ("14 pc available", "Litware 20 pc", "production 6 pc")
    (lot,) = card.rows
    assert (lot.title, lot.detail) == (lots_of(bicycles, "WHEEL")[0], "Litware · 25 Nov")
    assert [each.value for each in lot.figures] == ["20 pc", "6 pc", "14 pc"]
    bike = facts(told(bicycles, "lin", "追溯 物料 BIKE", "zh"))
    assert (bike["入"], bike["出"]) == ("生产 3 pc", "Radhaus Köln 1 pc, Velo Shop 1 pc")


def test_a_supplier_is_told_by_code_or_name_with_orders_goods_and_punctuality(world: World) -> None:
    world.given_receipt(("CHAIN", 553, "1"))
    ask(world, "lin", "550 ok, 3 damaged")
    ask(world, "maria", "550 ok, 3 damaged")
    world.tap("otto", "Confirm quantity")
    world.given_order(("CHAIN", 40, "1"), number="4013", due=world.desk.today().replace(day=30))
    world.pass_time(days=1)
    for words in ("trace litware", "trace LITWARE", "追溯 供应商 Litware", "trace supplier litw"):
        card = told(world, "chen", words)
        assert card.title == "Litware · LITWARE"
    known = facts(card)
    assert known["Complete on time"] == "1 of 1 order (100 %)"
    assert (known["Open orders"], known["Done orders"]) == ("4013 (30 Nov)", "4012 (complete)")
    (row,) = card.rows
    assert [(each.label, each.value) for each in row.figures] == [("Received", "553 pc"), ("Refused", "3 pc")]
    assert known["Its lots in the house"] == f"CHAIN {lots_of(world, 'CHAIN')[0]} 553 pc"


def test_a_customer_is_told_with_the_lots_that_they_have(bicycles: World) -> None:
    bicycles.pass_time(days=15)  # past the day by which it was to be shipped
    card = told(bicycles, "chen", "trace radhaus")
    assert facts(card)["Sent complete on time"] == "1 of 1 order (100 %)"
    assert facts(card)["Lots that they have"] == f"BIKE {lots_of(bicycles, 'BIKE')[1]} 1 pc"
    assert [each.value for each in card.rows[0].figures] == ["1 pc"]


def test_words_that_mean_several_things_are_asked_back_by_taps_or_a_word_before_them(world: World) -> None:
    stock = Stock(world)
    stock.lot("CHAIN", number="B-7")
    stock.lot("FRAME", number="B-7")
    world.given_item("4012")
    world.given_order(("CHAIN", 5, "1"))
    card = told(world, "lin", "trace b-7")
    assert card.title == "“b-7” can mean several things. Which one?"
    assert [each.label for each in card.buttons] == ["Lot B-7 · CHAIN", "Lot B-7 · FRAME"]
    assert card.summary == "Or write, for example: trace lot B-7 CHAIN"
    assert told(world, "lin", "trace lot b-7 frame").summary == "FRAME · Item FRAME"
    frame = conversation.followed(
        world.desk, Sender("web", "", "lin"), world.address("lin"), card.buttons[1].token, dedupe="t1"
    )
    assert frame is not None and frame.cards[0].summary == "FRAME · Item FRAME"
    both = told(world, "lin", "追溯 4012", "zh")
    assert [each.label for each in both.buttons] == ["物料 4012 · Item 4012", "采购订单 4012 · Litware"]
    assert told(world, "lin", "追溯 采购订单4012", "zh").title == "采购订单 4012"
    assert told(world, "lin", "trace purchase order 4012").title == "Purchase order 4012"
    assert told(world, "lin", "trace item 4012").title == "4012 · Item 4012"


@pytest.mark.parametrize("words", ["nope", "zz%", "lot", "L999999-0001", "‮", "' OR 1=1", "x" * 300])
def test_what_nothing_is_called_is_one_clear_sentence(shop: World, words: str) -> None:
    reply = ask(shop, "lin", f"trace {words}")
    assert reply.cards == () and reply.words.startswith("There is no lot, item, paper or partner “")


def test_a_token_that_names_nothing_is_refused_and_an_outcomes_is_left_alone(shop: World) -> None:
    def follow(token: str, who: str = "lin") -> Reply | None:
        return conversation.followed(shop.desk, Sender("web", "", who), shop.address(who), token, dedupe="t1")

    for token in ("trace:lot.99", "trace:lot.x", "trace:paper.", "trace:people.1", "trace:lot.0"):
        reply = follow(token)
        assert reply is not None and reply.cards == () and reply.words
    assert follow("AbC123") is None
    stranger = follow("trace:partner.1", "nobody")
    assert stranger is not None and stranger.cards == ()


def test_half_a_number_and_signs_of_full_width_find_it_too(shop: World) -> None:
    stocked(shop)
    stocked(shop, number="4013")
    assert told(shop, "lin", "追溯 ｇｒ－４０１２").title == "Receipt GR-4012"
    lots = told(shop, "lin", "trace L261118")
    assert [each.label for each in lots.buttons] == [f"Lot {each} · CHAIN" for each in lots_of(shop, "CHAIN")]
    assert told(shop, "lin", "gr-4013").title == "Receipt GR-4013"  # alone, without the word before it
    assert ask(shop, "lin", "L261118").cards == ()  # but half of it alone may be an answer to something else


def test_a_request_of_somebody_else_shows_only_what_it_moved(bicycles: World) -> None:
    request = numbers(bicycles, "requisition")[0]
    for who in ("lin", "chen"):  # who asked for it, and who sees all papers
        card = told(bicycles, who, f"trace {request}")
        assert card.summary == "ordered" and any("From the usual supplier" in each for each in card.story)
    card = told(bicycles, "maria", f"trace {request}")
    assert card.summary == "" and not any("Order it" in each or "Send" in each for each in card.story)
    assert card.story[-1] == f"{request} is somebody else's request: only what it moved is shown."
    assert any("received: 20 pc" in each for each in card.story)
    assert told(bicycles, "maria", f"追溯 {request}", "zh").story[-1] == f"{request}是别人的申请，只显示货物的收发。"
    receipt = told(bicycles, "maria", f"trace {numbers(bicycles, 'receipt')[0]}")
    assert any("All arrived as ordered" in each for each in receipt.story)  # nobody's request


def test_a_long_story_is_cut_for_a_phone_and_says_how_much_more_there_is(shop: World) -> None:
    stock = Stock(shop)
    lot = stock.lot("CHAIN", number="C-1")
    stock.post((lot, 100, "SUPPLIER", "A-1", 100))
    for number in range(30):
        stock.post((lot, 1, "A-1", "CUSTOMER"))
        stock.lot("CHAIN", number=f"N-{number}")
        stock.post((stock.lot("CHAIN", number=f"M-{number}"), 1, "SUPPLIER", "A-1", 1))
    card = told(shop, "lin", "trace C-1")
    assert card.story[0] == "… 19 steps before" and len(card.story) == 13
    item = told(shop, "lin", "trace CHAIN")
    assert len(item.rows) == 9 and item.rows[-1].title == "and 23 more"
