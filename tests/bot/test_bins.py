"""Labels of bins: printed on every face, and what opening one shows and lets one do."""

import io
from dataclasses import replace

import pypdf
import pytest
from PIL import Image
from sqlalchemy import text

from bot import conversation, seeing
from bot.channel import Reply
from charts.papers import labels as stickers
from charts.papers.paper import BinLabel
from inventory_core import labels
from inventory_core.db.engine import reading, writing
from notifier import relay
from tests.bot.web.pages import signed_in
from tests.charts.paper_samples import DAY
from tests.inventory_core.stock import Stock
from tests.stages.test_shipping import number_of
from tests.world import World
from workflows import dialogue
from workflows.intents import Sender


@pytest.fixture
def stock(shop: World) -> Stock:
    made = Stock(shop)
    made.post((made.lot("NUT", number="N-1"), 5, "SUPPLIER", "A-1"))
    return made


def say(world: World, person: str, words: str, *, about: str = "", dedupe: str = "") -> Reply:
    sender = Sender("web", "", person)
    return conversation.answer(
        world.desk, sender, world.address(person), words, dedupe=dedupe or f"m{next(world.ids)}", about=about
    )


def tap(world: World, person: str, reply: Reply, label: str, *, dedupe: str = "t") -> Reply:
    token = next(each.token for each in reply.cards[0].buttons if each.label == label)
    told = conversation.followed(world.desk, Sender("web", "", person), world.address(person), token, dedupe=dedupe)
    assert told is not None
    return told


def cases(world: World, about: str) -> int:
    with reading(world.engine) as db:
        return int(db.execute(text("SELECT COUNT(*) FROM documents WHERE kind = :kind"), {"kind": about}).scalar_one())


def read(reply: Reply) -> list[str]:
    assert reply.paper is not None, reply.words
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(reply.paper.content)).pages]


@pytest.mark.parametrize("words", ["print A-1", "打印 a-1", "print label A-1", "print bin A-1 62x29", "print 库位 A-1"])
def test_a_bins_label_is_printed_by_its_code(stock: Stock, words: str) -> None:
    reply = say(stock.world, "maria", words)
    (page,) = read(reply)
    assert "A-1" in page and reply.paper is not None and reply.paper.name == "bins-a-1.pdf"
    assert reply.words in ("Bin labels A-1", "库位标签 A-1")


def test_an_area_is_printed_bin_by_bin_in_walking_order(stock: Stock) -> None:
    with writing(stock.world.engine) as db:
        zone = db.execute(text("SELECT id FROM locations WHERE code = 'A'")).scalar_one()
        for walk, code in ((7, "A-3"), (6, "A-2")):
            db.execute(
                text("INSERT INTO locations (kind, code, name, parent_id, walk_order) VALUES ('bin', :c, :c, :z, :w)"),
                {"c": code, "z": zone, "w": walk},
            )
    pages = read(say(stock.world, "lin", "print A"))
    found = [next(code for code in ("A-1", "A-2", "A-3") if code in page) for page in pages]
    assert sorted(found) == ["A-1", "A-2", "A-3"] and found.index("A-2") < found.index("A-3")
    assert say(stock.world, "lin", "print Z-9").words == "There is nothing to print under Z-9."


def test_the_web_hands_out_the_same_file(stock: Stock) -> None:
    client = signed_in(stock.world, "lin")
    reply = say(stock.world, "lin", "print A-1")
    answer = client.get(f"/p/lin{reply.link}")
    assert answer.status_code == 200 and reply.paper is not None and answer.content == reply.paper.content
    assert client.get("/p/lin/bins/pdf?place=Z-9").status_code == 404


def test_the_code_of_a_bin_is_none_of_goods_and_the_other_way_round() -> None:
    code = labels.bin_payload("华东 A*1")
    assert labels.read_bin(code) == "华东 A*1" and labels.read(code) is None and len(code.split()) == 1
    assert labels.read_bin(labels.payload(labels.Label("A-1", "", "5"))) == ""
    link = labels.link(labels.bin_payload("A-1"), "store_bot")
    assert labels.read_bin(link) == "A-1" and labels.typed(f"where {link}") == "where A-1"
    assert labels.started(link.rpartition("=")[2]) == "SB*A-1"
    assert [labels.read_bin(each) for each in ("SB*", "SB", "SB*%FF", "SB*A*B", "sb*A")] == [""] * 5


def test_a_printed_label_is_read_by_a_camera() -> None:
    payload = labels.link(labels.bin_payload("A-1-03"), "store_bot")
    dark = stickers.squares(payload)
    picture = Image.new("L", (len(dark) + 8, len(dark) + 8), 255)
    for y, row in enumerate(dark):
        for x, cell in enumerate(row):
            picture.putpixel((x + 4, y + 4), 0 if cell else 255)
    kept = io.BytesIO()
    picture.resize((400, 400), Image.Resampling.NEAREST).save(kept, "PNG")
    assert list(seeing.codes(kept.getvalue())) == [payload]


def test_a_bin_shows_what_lies_there_and_what_can_be_done(stock: Stock) -> None:
    for words in ("where A-1", "A-1", labels.bin_payload("A-1")):
        card = say(stock.world, "lin", words).cards[0]
        assert card.title == "Bin A-1" and card.rows[0].title == "NUT"
        assert [each.label for each in card.buttons] == ["Count", "Put away here", "Take from here"]
    with writing(stock.world.engine) as db:
        db.execute(text("INSERT INTO locations (kind, code, name) VALUES ('bin', 'B-9', 'B-9')"))
    assert [each.label for each in say(stock.world, "lin", "where B-9").cards[0].buttons] == ["Put away here"]


def test_a_bin_is_counted_from_its_card_once_and_by_who_counts(stock: Stock) -> None:
    world = stock.world
    card = say(world, "lin", "where A-1")
    for _ in range(2):
        assert tap(world, "lin", card, "Count").cards[0].title.startswith("Count CS-")
    assert cases(world, "count") == 1
    assert tap(world, "chen", card, "Count", dedupe="u").cards == ()
    assert cases(world, "count") == 1


def test_a_count_that_is_asked_for_twice_by_the_same_message_is_one(stock: Stock) -> None:
    for _ in range(2):
        say(stock.world, "lin", "count A-1", dedupe="same")
    assert cases(stock.world, "count") == 1


def test_goods_are_taken_from_a_bin_by_what_is_known_of_them(stock: Stock) -> None:
    world = stock.world
    taken = tap(world, "lin", say(world, "lin", "where A-1"), "Take from here")
    assert taken.form is not None
    assert {each.name: each.default for each in taken.form.fields} == {
        "goods": "N-1", "from_bin": "A-1", "to_bin": "", "quantity": "",
    }  # fmt: skip
    asked = dialogue.begin(world.desk, taken.form, Sender("web", "", "lin"), world.address("lin"))
    assert isinstance(asked, dialogue.Question) and asked.number == 3
    again = tap(world, "lin", say(world, "lin", "where A-1"), "Take from here")
    assert again.form is not None and again.form.token == taken.form.token
    world.send("lin", taken.form.token, {"goods": "N-1", "from_bin": "A-1", "to_bin": "RECV", "quantity": "2"})
    another = tap(world, "lin", say(world, "lin", "where A-1"), "Take from here")
    assert another.form is not None and another.form.token != taken.form.token


def test_what_is_proposed_for_a_bin_is_put_away_from_its_card(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "1"))
    for person, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        shop.tap(person, label)
    relay.start_waiting(shop.desk)
    put = tap(shop, "lin", say(shop, "lin", "where A-1"), "Put away here")
    assert number_of(shop, "putaway") and "is proposed for something" in put.words
    assert [each.label for each in put.cards[0].buttons][:2] == ["Where proposed", "Another bin"]
    moved = tap(shop, "lin", say(shop, "lin", "where RECV"), "Put away here")
    assert moved.form is not None and moved.form.fields[2].default == "RECV"


def test_the_same_bins_are_the_same_file() -> None:
    bins = (BinLabel("A-1-03", "Small parts", "Aisle A", labels.bin_payload("A-1-03")),)
    made = [stickers.draw_bins(bins, "100x50", "en", title="x", dated=DAY) for _ in range(2)]
    assert made[0] == made[1] and made[0] != stickers.draw_bins(
        (replace(bins[0], code="A-1-04"),), "100x50", "en", title="x", dated=DAY
    )
