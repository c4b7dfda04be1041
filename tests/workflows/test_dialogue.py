"""A form asked question by question, alive after any restart."""

from inventory_core.db.engine import open_engine
from tests.bot.cards import jpeg
from tests.workflows.desk import Play
from tests.world import World
from workflows import act, dialogue
from workflows.cards import Done
from workflows.dialogue import Closed, Next, Ready
from workflows.intents import Photo, Sender
from workflows.questions import Check, Question

LIN = Sender("web", "", "lin")
ONE_ITEM = """
    fields: {what: {kind: item}}
    steps: {write: {asks: storekeeper, outcomes: {send: {form: [what], then: done}}}}
"""


def begin(world: World, person: str, label: str) -> Next:
    return dialogue.begin(world.desk, world.open_form(person, label), Sender("web", "", person), world.address(person))


def reply(world: World, words: str, person: str = "lin") -> Next | None:
    return dialogue.reply(world.desk, Sender("web", "", person), world.address(person), words)


def test_each_line_is_asked_in_turn_and_the_end_is_an_act(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "1"), ("FRAME", 4, "1"))
    first = begin(shop, "lin", "Something differs")
    assert isinstance(first, Question)
    assert (first.title, first.quick_answers, first.number, first.of) == (
        "CHAIN · Item CHAIN · Ordered 550 pc", ("550", "Rest as proposed"), 1, 5,
    )  # fmt: skip
    for words in ("547", "3", "4", "Skip"):
        following = reply(shop, words)
        assert isinstance(following, Question)
    assert following.kind == "photo"
    check = reply(shop, "Skip")
    assert isinstance(check, Check)
    assert [(each.number, each.title, each.value) for each in check.answers] == [
        (1, "CHAIN · Item CHAIN", "547 pc"), (2, "CHAIN · Item CHAIN", "3 pc"), (3, "FRAME · Item FRAME", "4 pc"),
    ]  # fmt: skip
    ready = reply(shop, "Send")
    assert isinstance(ready, Ready)
    assert ready.intent.answers == {"received.1": "547", "damaged.1": "3", "received.2": "4", "damaged.2": ""}


def test_an_answer_is_changed_by_its_number_before_it_is_sent(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "1"), ("FRAME", 4, "1"))
    begin(shop, "lin", "Something differs")
    for words in ("547", "3", "4", "1", "Skip"):
        check = reply(shop, words)
    for words in ("9", "0", "1.5", "hello"):
        check = reply(shop, words)
        assert isinstance(check, Check) and check.complaint.startswith("Press “Send”")
    changed = reply(shop, "3")
    assert isinstance(changed, Question) and changed.title.startswith("FRAME")
    check = reply(shop, "3")
    assert isinstance(check, Check) and [each.value for each in check.answers] == ["547 pc", "3 pc", "3 pc", "1 pc"]
    back = reply(shop, "返回")
    assert isinstance(back, Question) and back.kind == "photo"
    assert isinstance(reply(shop, "skip"), Check)
    assert isinstance(reply(shop, "ok"), Ready)


def test_the_lines_that_are_as_proposed_take_one_key(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "1"), ("FRAME", 4, "1"), ("SEAT", 7, "1"))
    first = begin(shop, "lin", "Something differs")
    assert isinstance(first, Question) and first.quick_answers == ("550", "Rest as proposed")
    reply(shop, "540")
    reply(shop, "0")
    photo = reply(shop, "Rest as proposed")
    assert isinstance(photo, Question) and photo.kind == "photo"
    check = reply(shop, "Skip")
    assert isinstance(check, Check)
    assert [each.value for each in check.answers if each.label == "Received"] == ["540 pc", "4 pc", "7 pc"]
    ready = reply(shop, "Send")
    assert isinstance(ready, Ready)
    done = act.act(shop.desk, ready.intent)
    assert isinstance(done, Done), done


def test_photos_are_taken_one_after_the_other_and_each_once(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "1"))
    begin(shop, "lin", "Something differs")
    for words in ("540", "0"):
        reply(shop, words)
    for number in (0, 1, 1, 2):
        photo = Photo("a.jpg", jpeg(size=(40 + number, 30)))
        check = dialogue.reply(shop.desk, LIN, shop.address("lin"), "", photo=photo)
        assert isinstance(check, Check)
    assert [each.value for each in check.answers][-1] == "3 photos"
    for number in range(3, 10):
        dialogue.reply(shop.desk, LIN, shop.address("lin"), "", photo=Photo("a", jpeg(size=(40 + number, 30))))
    full = dialogue.reply(shop.desk, LIN, shop.address("lin"), "", photo=Photo("a", jpeg(size=(90, 30))))
    assert isinstance(full, Check) and full.complaint == "At most 10 photos; this one is not kept."
    ready = reply(shop, "Send")
    assert isinstance(ready, Ready) and len(ready.intent.photos["photo"]) == 10


def test_what_was_answered_lately_is_a_tap_away_and_so_is_what_was_nearly_named(shop: World) -> None:
    for number in range(101):  # more than can be chosen from
        shop.given_item(f"NUT-{number}")
    codes = ("NUT-7", "NUT-9", "NUT-7", "NUT-3")
    for code in codes:
        Play.of(shop, ONE_ITEM)
        asked = begin(shop, "lin", "send")
        ready = reply(shop, code)
        assert isinstance(ready, Ready)
        assert isinstance(act.act(shop.desk, ready.intent), Done)
    assert isinstance(asked, Question) and asked.quick_answers == ("NUT-7", "NUT-9")
    Play.of(shop, ONE_ITEM)
    asked = begin(shop, "lin", "send")
    assert isinstance(asked, Question) and asked.quick_answers == ("NUT-3", "NUT-7", "NUT-9")
    wrong = reply(shop, "nut 41")
    assert isinstance(wrong, Question) and wrong.complaint and "NUT-41" in wrong.quick_answers


def test_a_wrong_answer_is_asked_again_with_the_reason(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "1"))
    begin(shop, "lin", "Something differs")
    again = reply(shop, "many")
    assert isinstance(again, Question) and again.number == 1
    assert again.complaint == "“many” is not a number. Write for example 12."
    too_much = reply(shop, "551")
    assert isinstance(too_much, Question) and too_much.complaint.startswith("CHAIN: at most 550 pc")


def test_back_takes_the_last_answer_back(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "1"))
    begin(shop, "lin", "Something differs")
    reply(shop, "500")
    back = reply(shop, "Back")
    assert isinstance(back, Question) and back.number == 1
    for words in ("547", "0", "Skip"):
        reply(shop, words)
    ready = reply(shop, "Send")
    assert isinstance(ready, Ready) and ready.intent.answers is not None
    assert ready.intent.answers["received.1"] == "547"


def test_cancel_records_nothing(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "1"))
    begin(shop, "lin", "Something differs")
    closed = reply(shop, "Cancel")
    assert isinstance(closed, Closed) and closed.words.startswith("Cancelled")
    assert reply(shop, "5") is None
    assert shop.inbox("lin")


def test_the_cause_is_asked_only_where_something_is_rejected(shop: World) -> None:
    shop.given_receipt(("CHAIN", 10, "1"), ("FRAME", 4, "1"))
    shop.tap("lin", "All arrived as ordered")
    begin(shop, "maria", "Reject some")
    cause = reply(shop, "8", "maria")
    assert isinstance(cause, Question) and cause.kind == "choice" and "Damaged" in cause.quick_answers
    frame = reply(shop, "Damaged", "maria")
    assert isinstance(frame, Question) and frame.title.startswith("FRAME")
    photo = reply(shop, "4", "maria")
    assert isinstance(photo, Question) and photo.kind == "photo"


def test_a_restart_in_the_middle_goes_on_at_the_same_question(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "1"))
    begin(shop, "lin", "Something differs")
    reply(shop, "547")
    url = shop.engine.url.render_as_string()
    shop.engine.dispose()
    again = World(type(shop.desk)(open_engine(url), shop.desk.zone, "", shop.desk.files, lambda: shop.now), shop.now)
    damaged = reply(again, "two")
    assert isinstance(damaged, Question) and damaged.number == 2 and damaged.complaint
    assert isinstance(reply(again, "2"), Question)


def test_a_dialogue_that_waited_too_long_is_closed_with_a_word(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "1"))
    begin(shop, "lin", "Something differs")
    shop.pass_time(hours=9)
    closed = reply(shop, "547")
    assert isinstance(closed, Closed) and "waited too long" in closed.words
    assert shop.inbox("lin")


def test_questions_whose_form_was_sent_from_a_page_meanwhile_are_closed_with_a_word(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "1"))
    begin(shop, "lin", "Something differs")
    shop.tap("lin", "All arrived as ordered")
    closed = reply(shop, "547")
    assert isinstance(closed, Closed) and "answered elsewhere" in closed.words
    assert reply(shop, "547") is None


def test_a_form_that_is_asked_again_keeps_the_photos_it_was_given(shop: World) -> None:
    shop.given_receipt(("CHAIN", 550, "1"))
    begin(shop, "lin", "Something differs")
    for words in ("540", "0"):
        reply(shop, words)
    given = dialogue.reply(shop.desk, LIN, shop.address("lin"), "", photo=Photo("a.jpg", jpeg()))
    assert isinstance(given, Check)
    assert isinstance(reply(shop, "Send"), Ready)
    begin(shop, "lin", "Something differs")  # the act was refused, say, and is asked again
    for words in ("541", "0"):
        reply(shop, words)
    ready = reply(shop, "Send")
    assert isinstance(ready, Ready)
    assert [len(each) for each in ready.intent.photos.values()] == [1]


def test_every_kind_of_field_is_asked_and_a_table_ends_with_a_skipped_line(shop: World) -> None:
    from tests.workflows.test_forms import ALL, GOOD

    for code in ("NUT", "BOLT"):
        shop.given_item(code)
    play = Play.of(shop, ALL)
    form = shop.open_form("lin", "send")
    sender, chat = Sender("web", "", "lin"), shop.address("lin")
    asked = dialogue.begin(shop.desk, form, sender, chat)
    names = []
    answers = {**GOOD, "urgent": "Yes", "why": "broken", "lot": "Skip", "colour": "Red", "parts.3.part": "Done"}
    while isinstance(asked, Question):
        name = form.fields[asked.number - 1].name
        names.append(name)
        asked = dialogue.reply(shop.desk, sender, chat, answers.get(name, "Skip"))
    assert isinstance(asked, Check)
    asked = reply(shop, "提交")
    assert isinstance(asked, Ready)
    assert "why" in names and names[-5:] == ["parts.1.part", "parts.1.n", "parts.2.part", "parts.2.n", "parts.3.part"]
    done = act.act(shop.desk, asked.intent)
    assert isinstance(done, Done), done
    assert play.reached == "(check)"
