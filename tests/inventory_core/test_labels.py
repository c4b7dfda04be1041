"""What a stock label says, and the code on it that is read back wherever a lot's number is."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import conversation
from inventory_core import labels
from inventory_core.labels import Label, Scanned
from tests.inventory_core.stock import Stock
from tests.world import World
from workflows.intents import Sender

WORDS = st.text(min_size=1, max_size=64).filter(lambda each: each.isprintable())


def test_a_label_says_lot_item_quantity_and_bin() -> None:
    label = Label("BK-100", "L261118-0001", "12.5", "Road frame", "kg", "A-1")
    assert label.lines == ("L261118-0001", "BK-100 Road frame", "12.5 kg", "A-1")
    assert labels.payload(label) == "SK*BK-100*L261118-0001*12.5"


@given(item=WORDS, lot=st.text(max_size=64).filter(lambda each: each.isprintable()), quantity=WORDS)
def test_what_is_written_is_read_back_and_is_one_word(item: str, lot: str, quantity: str) -> None:
    code = labels.payload(Label(item, lot, quantity))
    assert labels.read(code) == Scanned(item, lot, quantity)
    assert code.split() == [code]


@given(item=WORDS, lot=st.text(max_size=64).filter(lambda each: each.isprintable()), quantity=WORDS)
def test_a_link_to_the_bot_is_read_like_the_code_that_it_carries(item: str, lot: str, quantity: str) -> None:
    code = labels.payload(Label(item, lot, quantity))
    link = labels.link(code, "mill_store_bot")
    assert labels.read(link) == Scanned(item, lot, quantity)
    assert labels.typed(f"trace {link}") == f"trace {lot or item}"
    if link != code:
        parameter = link.removeprefix("https://t.me/mill_store_bot?start=")
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", parameter)
        assert labels.started(parameter) == code
    else:
        assert len(code) > 45
    assert labels.link(code, "") == code


@pytest.mark.parametrize("parameter", ["", "ABCD2345", "link", "s_", "s_!!!", "s_QQ", "s_" + "A" * 60])
def test_no_other_parameter_is_taken_for_a_label(parameter: str) -> None:
    assert labels.started(parameter) == ""


def test_usual_codes_keep_to_a_qr_codes_alphanumeric_mode() -> None:
    code = labels.payload(Label("BK-100", "L261118-0001", "12.5"))
    assert set(code) <= set(string.ascii_uppercase + string.digits + " $%*+-./:")


@pytest.mark.parametrize("words", ["", "SK", "SK*A*B", "SK***1", "XX*A*B*1", "SK*%FF*B*1", "L261118-0001"])
def test_anything_else_is_no_label(words: str) -> None:
    assert labels.read(words) is None
    assert labels.typed(words) == words


def test_a_scanned_label_is_the_lots_number_in_any_chat(world: World) -> None:
    stock = Stock(world)
    stock.post((stock.lot("NUT", number="N-1"), 5, "SUPPLIER", "A-1"))
    code = labels.payload(Label("NUT", "N-1", "5"))
    for words in (code, f"trace {code}"):
        sender = Sender("web", "", "lin")
        reply = conversation.answer(world.desk, sender, world.address("lin"), words, dedupe=words)
        assert reply.cards[0].title == "Lot N-1"
