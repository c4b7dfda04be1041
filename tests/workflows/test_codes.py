"""What a scanned code means to a question, read by a camera or typed by a hand scanner."""

import pytest
from sqlalchemy import text

from inventory_core import items, labels, lots
from inventory_core.db.engine import writing
from tests.bot.test_pictured import given_barcode
from tests.workflows.desk import Play
from tests.world import World
from workflows import codes, inbox
from workflows.cards import Done
from workflows.codes import Meant

FLOW = """
fields:
  what: {kind: text, required: false}
  item: {kind: item}
  bin: {kind: location, required: false}
  lot: {kind: lot, required: false}
  tag: {kind: scan, required: false}
  parts: {kind: table, rows: 2, columns: {part: {kind: item, label: {en: Part, zh: 零件}}}}
steps:
  write: {asks: storekeeper, outcomes: {send: {form: [what, item, bin, lot, tag, parts], then: done}}}
"""


@pytest.fixture
def lot(shop: World) -> str:
    """The number of a lot of nuts, in a company whose storekeeper is asked for all kinds of codes."""
    shop.given_item("NUT")
    given_barcode(shop, "NUT", "4006381333931")
    Play.of(shop, FLOW)
    with writing(shop.engine) as db:
        made = lots.create(db, items.by_code(db, "NUT").id, received_on=shop.desk.today())
        return str(db.execute(text("SELECT number FROM lots WHERE id = :id"), {"id": made}).scalar_one())


def meant(shop: World, name: str, code: str) -> Meant:
    reader = inbox.reader_of(shop.person("lin"), shop.address("lin"))
    asked = inbox.asked(shop.desk, shop.button("lin", "send").token, reader)
    assert asked is not None
    return codes.answer(shop.desk, asked, name, code, reader)


def test_a_label_tells_what_is_asked_for(shop: World, lot: str) -> None:
    code = labels.payload(labels.Label("NUT", lot, "5"))
    linked = labels.link(code, "store_bot")
    for each in (code, linked, f" {code} "):
        assert meant(shop, "item", each) == Meant("NUT")
        assert meant(shop, "parts.1.part", each) == Meant("NUT")
        assert meant(shop, "lot", each) == Meant(lot)
    assert meant(shop, "tag", linked) == Meant(lot)


def test_a_makers_code_tells_the_item(shop: World, lot: str) -> None:
    assert meant(shop, "item", "4006381333931") == Meant("NUT")
    assert meant(shop, "tag", "4006381333931") == Meant("4006381333931")  # as a hand scanner types it


def test_a_bin_is_told_by_its_code(shop: World, lot: str) -> None:
    label = labels.bin_payload("A-1")
    for each in ("a-1", label, labels.link(label, "store_bot")):
        assert meant(shop, "bin", each) == Meant("A-1")
    assert meant(shop, "tag", label) == Meant("A-1")
    assert meant(shop, "lot", label).words == f"There is no lot “{label}”. The number stands on the label."


@pytest.mark.parametrize(
    ("name", "code", "sentence"),
    [
        ("item", "4006381333948", "There is no item “4006381333948”. Write its code."),
        ("bin", "SK*NUT**5", "There is no bin “SK*NUT**5”. Write its code."),
        ("lot", "SK*NUT**5", "There is no lot “SK*NUT**5”. The number stands on the label."),
        (
            "what",
            "NUT",
            "The code says “NUT”, but nothing is known by that name. Look at the label, or write its item.",
        ),
        (
            "other",
            "NUT",
            "The code says “NUT”, but nothing is known by that name. Look at the label, or write its item.",
        ),
    ],
)
def test_what_means_nothing_there_is_told_in_a_sentence(
    shop: World, lot: str, name: str, code: str, sentence: str
) -> None:
    assert meant(shop, name, code) == Meant(words=sentence)


def test_a_hand_scanner_that_types_a_label_into_a_field_is_read_too(shop: World, lot: str) -> None:
    code = labels.payload(labels.Label("NUT", lot, "5"))
    token = shop.button("lin", "send").token
    assert isinstance(shop.send("lin", token, {"item": code, "lot": code, "parts.1.part": "4006381333931"}), Done)
