"""Papers by their numbers: what is printed of real documents, in which words one asks, and who gets it."""

import datetime as dt
import io
import subprocess
import sys

import pypdf
import pytest
from sqlalchemy import text

from bot import conversation, printing
from bot.channel import Reply
from charts.papers import offers
from charts.papers.paper import Printed
from inventory_core import documents, items, places, reservations
from inventory_core.db.engine import reading, writing
from inventory_core.documents import NewLine
from notifier import relay
from tests.inventory_core.stock import Stock
from tests.stages.test_shipping import number_of, order, ship
from tests.world import World
from workflows.intents import Sender


@pytest.fixture
def stock(world: World) -> Stock:
    """Pumps of two lots in two bins, the younger one nearer and good for less long; bolts; and a customer."""
    made = Stock(world)
    with writing(world.engine) as db:
        zone = db.execute(text("SELECT id FROM locations WHERE code = 'A'")).scalar_one()
        db.execute(
            text("""
                INSERT INTO locations (kind, code, name, parent_id, walk_order) VALUES ('bin', 'A-0', 'A-0', :zone, -1)
            """),
            {"zone": zone},
        )
        db.execute(text("INSERT INTO partners (kind, code, name) VALUES ('customer', 'VELO', '上海骑行俱乐部')"))
    made.post((made.lot("PUMP", number="P-1"), 6, "SUPPLIER", "A-1", 600_0000))
    made.post((made.lot("PUMP", number="P-2"), 4, "SUPPLIER", "A-0", 480_0000))
    made.post((made.lot("BOLT"), 50, "SUPPLIER", "A-1", 50_0000))
    return made


def say(world: World, person: str, words: str, *, about: str = "") -> Reply:
    sender = Sender("web", "", person)
    return conversation.answer(
        world.desk, sender, world.address(person), words, dedupe=f"m{next(world.ids)}", about=about
    )


def file_of(reply: Reply) -> Printed:
    assert reply.paper is not None, reply.words
    return reply.paper


def read(reply: Reply) -> str:
    made = file_of(reply)
    assert made.media_type == "application/pdf"
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made.content)).pages)


def write(world: World, kind: str, number: str, *lines: NewLine, partner: str = "LITWARE", **fields: object) -> int:
    """Write a document of a kind directly, with answered fields."""
    with writing(world.engine) as db:
        made = documents.create(
            db, kind, number, site_id=places.id_of(db, "MAIN"), lines=lines, opened_on=world.desk.today(),
            due_on=world.desk.today() + dt.timedelta(days=9),
            partner_id=db.execute(text("SELECT id FROM partners WHERE code = :code"), {"code": partner}).scalar_one(),
        )  # fmt: skip
        db.execute(
            text("UPDATE documents SET fields = :fields WHERE id = :id"),
            {"id": made, "fields": documents.to_json(fields)},
        )
    return made


# Purchase orders


def test_a_buyer_gets_an_order_as_pdf_by_its_number(world: World) -> None:
    world.given_order(("CHAIN", 550, "9.37"), ("FRAME", 8, "120.5"))
    reply = say(world, "chen", "print PO 4012")
    said = read(reply)
    for words in ("Purchase order", "4012", "Litware", "CHAIN", "550", "9.37", "5,153.50", "964.00", "6,117.50 USD"):
        assert words in said
    assert (file_of(reply).name, reply.words) == ("purchase-order-4012.pdf", "Purchase order 4012")


@pytest.mark.parametrize(
    ("words", "name", "holds"),
    [
        ("打印 4012", "purchase-order-4012.pdf", "Purchase order"),
        ("/print 4012 中文", "purchase-order-4012.pdf", "采购订单"),
        ("print 4012 both", "purchase-order-4012.pdf", "Purchase order 采购订单"),
        ("打印 采购订单 4012 双语", "purchase-order-4012.pdf", "Supplier 供应商"),
    ],
)
def test_the_words_say_in_which_language(world: World, words: str, name: str, holds: str) -> None:
    world.given_order(("CHAIN", 550, "9.37"))
    reply = say(world, "chen", words)
    assert file_of(reply).name == name and holds in read(reply)


def test_the_same_lines_come_as_csv(world: World) -> None:
    world.given_order(("CHAIN", 550, "9.37"))
    made = file_of(say(world, "chen", "print 4012 csv"))
    assert made.name == "purchase-order-4012.csv"
    heading, line = made.content.decode("utf-8-sig").splitlines()
    assert heading.startswith("Number,No.,Item") and line == "4012,1,CHAIN,Item CHAIN,550,pc,9.3700,5153.5000,USD"


def test_a_change_of_an_order_is_named_as_its_flow_counts_it(world: World) -> None:
    world.given_item("CHAIN")
    with reading(world.engine) as db:
        item = items.by_code(db, "CHAIN").id
    write(world, "purchase_order", "PO-7", NewLine(item, 5, 1_0000), revision=2, note="cheap, but watch them")
    said = read(say(world, "chen", "print PO-7"))
    assert "Revision 2" in said and "watch" not in said


def test_a_supplier_reads_nothing_of_who_wanted_it_and_why(world: World) -> None:
    world.given_item("CHAIN", reorder_point=70, safety_stock=30)
    with reading(world.engine) as db:
        item = items.by_code(db, "CHAIN").id
    request = write(world, "requisition", "RQ-1", why="the old ones broke", supplier="LITWARE", price="9")
    order_id = write(world, "purchase_order", "PO-8", NewLine(item, 5, 1_0000, tolerance=1), approved_by="Zhao Min")
    with writing(world.engine) as db:
        documents.set_source(db, order_id, request)
    said = read(say(world, "chen", "print PO-8"))
    for inner in ("RQ-1", "broke", "Zhao", "Chen", "70", "30", "open"):
        assert inner not in said


def test_who_has_no_part_in_an_order_does_not_get_it(world: World) -> None:
    world.given_order(("CHAIN", 550, "9.37"))
    for person in ("lin", "maria"):
        reply = say(world, person, "print 4012")
        assert reply.paper is None and reply.words.startswith("You have no part in this paper")
    assert say(world, "otto", "print 4012").paper


def test_an_unknown_number_and_a_bare_command_are_answered_in_words(world: World) -> None:
    assert say(world, "chen", "print PO-999").words == "There is nothing to print under PO-999."
    assert say(world, "chen", "print").words.startswith("Write the number after it")


def test_a_withdrawn_paper_says_that_it_no_longer_holds(world: World) -> None:
    made = world.given_order(("CHAIN", 550, "9.37"))
    with writing(world.engine) as db:
        documents.set_state(db, made, "cancelled")
    assert "Cancelled" in read(say(world, "chen", "print 4012"))


# Questions for a price


def test_a_requisition_is_printed_as_a_question_for_a_price(world: World) -> None:
    world.given_item("PUMP", precision=1)
    opened = say(world, "lin", "new requisition").form
    assert opened is not None
    world.send("lin", opened.token, {"item": "pump", "quantity": "12.5", "needed_by": "2026-12-20", "why": "secret"})
    number = number_of(world, "requisition")
    said = read(say(world, "chen", f"print {number}"))
    assert all(words in said for words in ("Request for quotation", "PUMP", "12.5", "20 Dec 2026", "Your unit price"))
    assert "secret" not in said
    assert say(world, "lin", f"print {number}").paper  # she asked for it
    assert say(world, "maria", f"print {number}").paper is None


def test_a_question_of_several_lines_says_until_when_to_answer(world: World) -> None:
    ids = [world.given_item(code) for code in ("PUMP", "BOLT")]
    write(
        world, "request_for_quotation", "RFQ-1", *(NewLine(each, 10, 5_0000) for each in ids), answer_by="2026-11-25"
    )  # fmt: skip
    said = read(say(world, "chen", "print RFQ-1"))
    assert "25 Nov 2026" in said and "BOLT" in said and "5.00" not in said


# Goods on their way out


def test_a_pick_list_leads_in_walking_order_to_what_is_used_first(stock: Stock) -> None:
    world = stock.world
    order(world, ("PUMP", "8", "250"), ("BOLT", "20", "2"))
    said = read(say(world, "lin", f"print {number_of(world)}"))
    assert "Pick list" in said and "上海骑行俱乐部" in said
    lines = [line for line in said.splitlines() if line.startswith("A-")]
    assert [line.split()[:2] for line in lines] == [["A-0", "PUMP"], ["A-1", "PUMP"], ["A-1", "BOLT"]]
    assert "250" not in said


def test_a_pick_list_says_what_lies_nowhere(stock: Stock) -> None:
    world = stock.world
    with reading(world.engine) as db:
        pump = items.by_code(db, "PUMP").id
    write(world, "delivery", "DN-1", NewLine(pump, 7), NewLine(pump, 7), partner="VELO")
    said = read(say(world, "otto", "print DN-1"))
    assert "— PUMP Item PUMP 4 pc" in said and "not on the shelves" in said


def test_a_pick_list_leads_to_what_is_kept_for_the_order_and_to_its_own_lot(stock: Stock) -> None:
    world = stock.world
    with reading(world.engine) as db:
        pump = items.by_code(db, "PUMP")
        lot = db.execute(text("SELECT id FROM lots WHERE number = 'P-2'")).scalar_one()
    made = write(world, "delivery", "DN-1", NewLine(pump.id, 4, lot_id=lot), partner="VELO")
    with writing(world.engine) as db:
        line = documents.load(db, made).lines[0].id
        reservations.reserve(
            db, pump, 4, lot_id=lot, location_id=places.id_of(db, "A-0"), key="kept", day=world.desk.today(),
            now=world.now, document_line_id=line,
        )  # fmt: skip
    assert "A-0 PUMP Item PUMP P-2 4 pc" in read(say(world, "otto", "print pick DN-1"))
    write(world, "delivery", "DN-2", NewLine(pump.id, 4, lot_id=lot), partner="VELO")
    assert "— PUMP Item PUMP 4 pc" in read(say(world, "otto", "print pick DN-2"))


def test_what_is_sent_is_noted_by_lot_with_its_carrier(stock: Stock) -> None:
    world = stock.world
    order(world, ("PUMP", "8", "250"), ("BOLT", "20", "2"))
    number = number_of(world)
    assert say(world, "lin", f"print note {number}").words == f"{number} has nothing to print yet."
    ship(world)
    said = read(say(world, "lin", f"print {number}"))
    for words in (
        "Delivery note",
        "上海骑行俱乐部",
        "P-1",
        "P-2",
        "SF Express",
        "SF100200300",
        "18 Nov 2026",
        "Signature",
    ):
        assert words in said
    assert "250" not in said and "500" not in said
    assert say(world, "lin", f"print pick {number}").paper is None


def test_a_delivery_that_is_a_paper_of_its_own_is_printed_from_its_lines_and_fields(stock: Stock) -> None:
    world = stock.world
    with reading(world.engine) as db:
        pump = items.by_code(db, "PUMP").id
        lot = db.execute(text("SELECT id FROM lots WHERE number = 'P-2'")).scalar_one()
    write(
        world, "delivery", "DN-2", NewLine(pump, 4, lot_id=lot), partner="VELO", carrier="DHL", tracking="JJD1",
        packages=[{"package": "1", "weight": "4.5"}, {"package": "2", "weight": "3"}],
    )  # fmt: skip
    said = read(say(world, "otto", "print note DN-2"))
    assert all(words in said for words in ("Delivery note", "P-2", "DHL", "JJD1", "1 · 4.5 kg", "2 · 3 kg"))
    write(
        world, "delivery", "DN-4", NewLine(pump, 4), partner="VELO",
        packages=[{"count": 2, "weight": "4.5", "what": "pumps"}, {"count": 1}],
    )  # fmt: skip
    assert all(words in read(say(world, "otto", "print note DN-4")) for words in ("Packages\n3", "2 × 4.5 kg"))
    write(world, "delivery", "DN-3", NewLine(pump, 1), partner="VELO", packages=3, weight="9")
    assert all(words in read(say(world, "otto", "print note DN-3")) for words in ("Packages\n3", "9 kg"))


# Labels


def received(world: World) -> None:
    world.given_receipt(("CHAIN", 550, "1"))
    for person, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        world.tap(person, label)


def test_what_came_in_has_a_label_a_lot_once_it_is_posted(world: World) -> None:
    world.given_receipt(("CHAIN", 550, "1"))
    assert say(world, "lin", "print GR-4012").words == "GR-4012 has nothing to print yet."
    for person, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        world.tap(person, label)
    reply = say(world, "lin", "print GR-4012 62x29")
    said = read(reply)
    assert all(words in said for words in ("CHAIN", "Item CHAIN", "550 pc", "L261118-0001", "RECV", "2026-11-18"))
    assert file_of(reply).name == "labels-gr-4012.pdf"
    assert say(world, "lin", "print GR-4012 csv").paper is None


def test_what_is_to_be_put_away_is_labelled_with_its_bin(world: World) -> None:
    received(world)
    relay.start_waiting(world.desk)
    said = read(say(world, "lin", f"print {number_of(world, 'putaway')}"))
    assert "A-1" in said and "L261118-0001" in said and "RECV" not in said


def test_anybody_gets_the_labels_of_a_lot_wherever_it_lies(stock: Stock) -> None:
    said = read(say(stock.world, "maria", "打印 p-2 中文"))
    assert all(words in said for words in ("PUMP", "批次 P-2", "4 pc", "A-0"))
    with reading(stock.world.engine) as db:
        lot = db.execute(text("SELECT item_id, id FROM lots WHERE number = 'P-2'")).one()
    stock.post(((lot.item_id, lot.id), 4, "A-0", "CUSTOMER"))
    assert say(stock.world, "maria", "print P-2").words == "P-2 has nothing to print yet."


# At hand


def test_a_reply_to_a_card_prints_its_paper(stock: Stock) -> None:
    world = stock.world
    order(world, ("PUMP", "8", "250"))
    pick = world.inbox("lin")[0].subject
    assert "Pick list" in read(say(world, "lin", "print", about=pick))
    world.given_receipt(("CHAIN", 550, "9.37"))
    (about,) = {each.subject for each in world.inbox("lin")} - {pick}
    assert "9.37" in read(say(world, "otto", "print", about=about))  # the order that the receipt serves
    assert say(world, "lin", "print", about=about).words == "GR-4012 has nothing to print yet."


def test_an_answer_names_the_place_of_the_file_on_the_web(world: World) -> None:
    made = world.given_order(("CHAIN", 5, "1"))
    link = say(world, "chen", "print 4012 both").link
    assert link == f"/paper/{made}/pdf?paper=purchase_order&language=both"


def test_each_kind_of_paper_may_be_asked_for_by_name() -> None:
    names = {name for each in offers.OF_KIND.values() for name in each}
    wished = {printing.wished(f"{word} X-1", "en").name for word in ("order", "rfq", "note", "pick", "labels")}
    assert wished == names


def test_the_libraries_that_draw_are_not_imported_before_something_is_printed() -> None:
    check = "import sys, bot.web.routes, bot.conversation; print({'fpdf', 'segno', 'fontTools'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
