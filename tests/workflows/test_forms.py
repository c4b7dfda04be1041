"""Every kind of field, as people write it: what is taken, what is refused with a sentence, and what is asked at all."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import text

from inventory_core.db.engine import reading, writing
from tests.workflows.desk import Play
from tests.world import World
from workflows import inbox
from workflows.cards import Done, Refused
from workflows.intents import Address

ALL = """
fields:
  what: {kind: text}
  pieces: {kind: integer, at_least: "1", at_most: "100", unit: pc}
  weight: {kind: decimal, places: 3, unit: kg}
  price: {kind: money}
  due: {kind: date, at_least: today}
  urgent: {kind: yes_no, default: "False"}
  colour: {kind: choice, options: {red: {en: Red, zh: 红}, blue: {en: Blue, zh: 蓝}}}
  why: {kind: text, visible_when: urgent and pieces > 10}
  item: {kind: item}
  bin: {kind: location}
  lot: {kind: lot, required: false}
  who: {kind: person}
  from: {kind: partner}
  tag: {kind: scan}
  name: {kind: signature}
  parts: {kind: table, rows: 3, columns: {part: {kind: item, label: {en: Part, zh: 零件}}, n: {kind: integer, label: {en: N, zh: 数}}}}
steps:
  write:
    asks: storekeeper
    outcomes:
      send: {form: [what, pieces, weight, price, due, urgent, colour, why, item, bin, lot, who, from, tag, name, parts], then: check}
  check: {asks: supervisor, outcomes: {fine: done}}
"""  # noqa: E501
GOOD = {
    "what": "a drill", "pieces": "１２", "weight": "1.250", "price": "1,250.5", "due": "2026-12-01", "urgent": "no",
    "colour": "red", "item": "nut", "bin": "a-1", "who": "Maria Santos", "from": "litware", "tag": "4006381333931",
    "name": "lin  wei", "parts.1.part": "NUT", "parts.1.n": "3", "parts.2.part": "Item BOLT", "parts.2.n": "4",
}  # fmt: skip


@pytest.fixture
def play(shop: World) -> Play:
    for code in ("NUT", "BOLT"):
        shop.given_item(code)
    return Play.of(shop, ALL)


def stored(world: World) -> dict[str, object]:
    import json

    with reading(world.engine) as db:
        fields = db.execute(text("SELECT fields FROM documents WHERE kind = 'request'")).scalar_one()
    return json.loads(fields) if isinstance(fields, str) else fields


def test_what_people_write_is_kept_typed(play: Play) -> None:
    assert isinstance(play.answer("lin", "send", GOOD), Done)
    assert stored(play.world) == {
        "what": "a drill", "pieces": 12, "weight": "1.250", "price": "1250.5", "due": "2026-12-01", "urgent": False,
        "colour": "red", "item": "NUT", "bin": "A-1", "who": "maria", "from": "LITWARE", "tag": "4006381333931",
        "name": "Lin Wei", "parts": [{"part": "NUT", "n": 3}, {"part": "BOLT", "n": 4}],
    }  # fmt: skip
    (card,) = play.world.inbox("otto")
    told = {fact.label: fact.value for fact in card.facts}
    assert told["pieces"] == "12 pc" and told["weight"] == "1.250 kg" and told["price"] == "1,250.50"
    assert told["due"] == "1 Dec" and told["urgent"] == "No" and told["colour"] == "Red"
    assert told["who"] == "Maria Santos" and told["from"] == "Litware" and told["item"] == "NUT · Item NUT"
    assert told["parts"] == "NUT · Item NUT 3; BOLT · Item BOLT 4"


@pytest.mark.parametrize(
    ("name", "words", "sentence"),
    [
        ("what", " ", "Please fill this in."),
        ("pieces", "1.5", "Please write a whole number."),
        ("pieces", "many", "“many” is not a number. Write for example 12."),
        ("pieces", "0", "At least 1 pc"),
        ("pieces", "101", "At most 100 pc"),
        ("weight", "1.2505", "At most 3 decimal places."),
        ("price", "0.00001", "At most 4 decimal places."),
        ("due", "soon", "This is no date. Write for example 2026-12-01."),
        ("due", "2026-02-30", "This is no date. Write for example 2026-12-01."),
        ("due", "2026-11-17", "At least 2026-11-18"),
        ("urgent", "perhaps", "Please answer yes or no."),
        ("colour", "green", "Please choose one of the list."),
        ("item", "NOTHING", "There is no item “NOTHING”. Write its code."),
        ("bin", "MAIN", "There is no bin “MAIN”. Write its code."),
        ("lot", "L1", "There is no lot “L1”. The number stands on the label."),
        ("who", "Nobody", "There is nobody called “Nobody”."),
        ("from", "Acme", "There is no partner “Acme”. Write the code or the whole name."),
        ("name", "Otto Berg", "Sign by hand, or type your name: Lin Wei"),
        ("parts.1.part", "", "Please fill this in."),
        ("parts.2.n", "x", "“x” is not a number. Write for example 12."),
    ],
)
def test_what_does_not_fit_is_told_on_its_field_and_nothing_is_kept(
    play: Play, name: str, words: str, sentence: str
) -> None:
    refused = play.answer("lin", "send", GOOD | {name: words})
    assert isinstance(refused, Refused)
    assert dict(refused.errors) == {name: sentence}
    assert stored(play.world) == {}


def test_a_question_is_asked_only_when_the_answers_call_for_it(play: Play) -> None:
    refused = play.answer("lin", "send", GOOD | {"urgent": "yes"})
    assert isinstance(refused, Refused) and dict(refused.errors) == {"why": "Please fill this in."}
    assert isinstance(play.answer("lin", "send", GOOD | {"urgent": "yes", "pieces": "10"}), Done)
    assert "why" not in stored(play.world)


def test_dates_are_written_as_people_write_them(shop: World) -> None:
    from workflows.forms import read_date

    today = dt.date(2026, 11, 25)
    for words, day in (
        ("today", today), ("明天", dt.date(2026, 11, 26)), ("12-01", dt.date(2026, 12, 1)),
        ("2027/1/5", dt.date(2027, 1, 5)),
        ("12月1日", dt.date(2026, 12, 1)), ("2026年12月1日", dt.date(2026, 12, 1)), ("13-01", None), ("1.5.26.1", None),
    ):  # fmt: skip
        assert read_date(words, today=today, language="zh") == day, words


def test_a_required_photo_is_asked_for_and_a_paper_is_taken_as_a_file(shop: World) -> None:
    from workflows.intents import Photo

    play = Play.of(
        shop,
        """
        fields: {proof: {kind: file}}
        steps: {write: {asks: storekeeper, outcomes: {send: {form: [proof], then: done}}}}
        """,
    )
    refused = play.answer("lin", "send", {})
    assert isinstance(refused, Refused) and refused.errors == {"proof": "Please add a file."}
    token = shop.button("lin", "send").token
    bogus = {"proof": (Photo("x.exe", b"MZ..."),)}
    assert isinstance(shop.send("lin", token, {}, photos=bogus), Refused)
    paper = {"proof": (Photo("note.pdf", b"%PDF-1.4 ..."),)}
    assert isinstance(shop.send("lin", token, {}, photos=paper), Done)
    assert [each.suffix for each in shop.desk.files.iterdir()] == [".pdf"]


def test_somebody_who_left_is_not_asked(shop: World) -> None:
    flow = """
        steps:
          write: {asks: {person: maria}, outcomes: {send: done}}
        """
    with writing(shop.engine) as db:
        db.execute(text("UPDATE employees SET is_active = 0 WHERE code = 'maria'"))
    assert Play.of(shop, flow).waits() == {"write": ["administrator"]}


def test_the_requesters_manager_and_the_owner_of_the_category_are_asked(shop: World) -> None:
    shop.given_item("NUT")
    flow = """
        fields: {item: {kind: item}}
        steps:
          write: {asks: {who: requester, otherwise: storekeeper}, outcomes: {send: {form: [item], then: boss}}}
          boss: {asks: {who: requester.manager, otherwise: manager}, outcomes: {fine: owner}}
          owner: {asks: {who: category.owner, otherwise: buyer}, outcomes: {fine: done}}
        """
    with writing(shop.engine) as db:
        db.execute(text("UPDATE employees SET manager_id = :boss WHERE code = 'lin'"), {"boss": shop.person("otto").id})
        db.execute(text("UPDATE items SET category = 'nuts'"))
        db.execute(text("INSERT INTO category_owners VALUES ('nuts', :owner)"), {"owner": shop.person("zhao").id})
    play = Play.of(shop, flow)
    play.answer("lin", "send", {"item": "NUT"})
    assert play.waits() == {"boss": ["otto"]}
    play.answer("otto", "fine")
    assert play.waits() == {"owner": ["zhao"]}
    other = Play.of(shop, flow, by="maria")
    other.answer("maria", "send", {"item": "NUT"})
    assert other.waits() == {"boss": ["manager"]}


def test_what_the_form_itself_cannot_call_for_is_not_on_it_and_a_form_without_a_question_needs_none(
    shop: World,
) -> None:
    play = Play.of(
        shop,
        """
fields:
  urgent: {kind: yes_no}
  why: {kind: text, visible_when: urgent}
steps:
  write: {asks: storekeeper, outcomes: {send: {form: [urgent], then: check}}}
  check: {asks: supervisor, outcomes: {fine: {form: [why], then: done}}}
""",
    )
    assert isinstance(play.answer("lin", "send", {"urgent": "no"}), Done)
    (card,) = play.world.inbox("otto")
    assert [each.opens_form for each in card.buttons] == [False]
    assert isinstance(play.answer("otto", "fine"), Done)


@pytest.mark.parametrize(
    ("fields", "is_long"),
    [
        ("a: {kind: text}, b: {kind: money}, c: {kind: date}, d: {kind: photo}, e: {kind: item}", False),
        ("a: {kind: text}, b: {kind: text}, c: {kind: text}, d: {kind: text}, e: {kind: text}, f: {kind: text}", True),
        ("a: {kind: scan}", True),
        ("a: {kind: signature}", True),
        ("a: {kind: table, columns: {x: {kind: text, label: {en: X, zh: X}}}}", True),
    ],
)
def test_a_form_is_long_with_six_questions_or_one_that_a_page_answers_better(
    shop: World, fields: str, is_long: bool
) -> None:
    names = ", ".join(each for each in "abcdef" if f"{each}: {{" in fields)
    shop.desk = replace(shop.desk, base_url="https://store.example")
    steps = f"steps: {{write: {{asks: storekeeper, outcomes: {{send: {{form: [{names}], then: done}}}}}}}}"
    Play.of(shop, f"fields: {{{fields}}}\n{steps}")
    reader = inbox.reader_of(shop.person("lin"), Address("telegram", "", "1001"))
    (card,) = inbox.open_cards(shop.desk, shop.person("lin"), reader)
    assert (card.form_link == "https://store.example/telegram?task=1&form=send") is is_long
    assert shop.inbox("lin")[0].form_link == ""  # in a browser one is there already
