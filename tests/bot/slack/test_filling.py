"""Forms filled in before Slack: page by page, kept while they are written, searched, looked up, put right."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import text

from inventory_core.db.engine import reading, writing
from tests.bot.cards import jpeg
from tests.bot.slack.peer import Slack, texts_of
from tests.bot.slack.running import Person, linked, told
from tests.tools import eventually
from tests.workflows.desk import Play
from tests.workflows.test_forms import ALL, GOOD, stored
from tests.workflows.test_signatures import SIGNED
from tests.world import World

DIFFERS = "Something differs…"


def opened(world: World, person: Person, card: str, label: str) -> dict[str, Any]:
    """Open the form behind a button of a card."""
    told(world)
    before = len(person.slack.calls_of("views.open"))
    person.taps(person.card(card), label)
    assert eventually(lambda: len(person.slack.calls_of("views.open")) > before, limit_s=10)
    return person.modal()


def asked(view: Mapping[str, Any]) -> list[str]:
    return [each["block_id"] for each in view["blocks"] if each["type"] == "input"]


def said(view: Mapping[str, Any]) -> str:
    return "\n".join(texts_of(view["blocks"]))


def first_values(view: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for each in (block for block in view["blocks"] if block["type"] == "input"):
        element = each["element"]
        chosen = element.get("initial_option", {}).get("value")
        found[each["block_id"]] = chosen or element.get("initial_value") or element.get("initial_date") or ""
    return found


def following(person: Person, view: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Send a page and return the one that Slack is told to show in its place."""
    answer = person.submits(view, answers).json()
    assert answer["response_action"] == "update", answer
    return {**view, **answer["view"]}


def decisions(world: World) -> list[tuple[str, Any]]:
    with reading(world.engine) as db:
        rows = db.execute(text("SELECT outcome, answers FROM decisions ORDER BY id")).all()
    return [(row[0], json.loads(row[1]) if isinstance(row[1], str) else row[1]) for row in rows]


def unsent_count(world: World) -> int:
    with reading(world.engine) as db:
        return int(db.execute(text("SELECT COUNT(*) FROM unsent_forms")).scalar_one())


@pytest.fixture
def lin(shop: World, slack: Slack, face: str) -> Person:
    return linked(shop, slack, face, "lin")


def test_fourteen_lines_are_asked_page_by_page_and_nothing_written_is_lost(shop: World, lin: Person) -> None:
    shop.given_receipt(*((f"K{number:02}", 20, "1") for number in range(1, 15)), number="F1")
    view = opened(shop, lin, "PO F1", DIFFERS)
    assert "lines 1 to" in said(view) and view["submit"]["text"] == "Next"
    seen: list[str] = []
    while asked(view):
        seen += asked(view)
        view = following(lin, view, {"received.3": "18", "received.14": "7"})
    assert len(seen) == len(set(seen)) and {f"received.{number}" for number in range(1, 15)} <= set(seen)
    assert view["submit"]["text"] == "Send" and "Received: *18 pc*" in said(view)
    assert decisions(shop) == []
    assert lin.submits(view, {}).text == ""
    ((outcome, answers),) = decisions(shop)
    received = {number: answers["lines"][str(number)]["received"] for number in range(1, 15)}
    assert outcome == "differs"
    assert received == {**dict.fromkeys(range(1, 15), 20), 3: 18, 14: 7}
    assert unsent_count(shop) == 0


def test_what_is_wrong_is_told_on_its_page_and_a_page_can_be_turned_back(shop: World, lin: Person) -> None:
    shop.given_receipt(*((f"K{number:02}", 20, "1") for number in range(1, 15)), number="F2")
    view = opened(shop, lin, "PO F2", DIFFERS)
    wrong = lin.submits(view, {"received.1": "90"}).json()
    assert wrong["response_action"] == "errors" and wrong["errors"].keys() == {"received.1"}
    second = following(lin, view, {"received.1": "19"})
    lin.presses(second, "‹ Back", **{asked(second)[0]: "11"})
    back = lin.updated("Step 1 of")
    assert first_values(back)["received.1"] == "19"
    again = following(lin, back, {})
    assert first_values(again)[asked(second)[0]] == "11"


def test_an_answer_is_changed_from_the_summary_and_leads_back_to_it(shop: World, lin: Person) -> None:
    shop.given_receipt(*((f"K{number:02}", 20, "1") for number in range(1, 9)), number="F3")
    view = opened(shop, lin, "PO F3", DIFFERS)
    while asked(view):
        view = following(lin, view, {})
    lin.presses(view, "Change")
    first = lin.updated("Step 1 of")
    summary = following(lin, first, {"received.1": "5"})
    assert not asked(summary) and "*5 pc*" in said(summary)
    assert lin.submits(summary, {}).text == ""
    assert decisions(shop)[0][1]["lines"]["1"]["received"] == 5


@pytest.fixture
def play(shop: World) -> Play:
    for code in ("NUT", "BOLT"):
        shop.given_item(code)
    return Play.of(shop, ALL)


def test_a_form_of_every_kind_is_filled_in_and_kept_typed(shop: World, lin: Person, play: Play) -> None:
    view = opened(shop, lin, "Request", "send…")
    answers = GOOD | {"parts.2.part": "BOLT", "item": "NUT", "bin": "A-1", "who": "maria", "from": "LITWARE"}
    answers |= {"pieces": "12", "price": "1250.5"}
    pages = 0
    while asked(view):
        pages += 1
        if "parts.1.n" in asked(view) and "parts.2.n" not in asked(view):
            lin.presses(view, "Add to parts", **answers)
            view = lin.updated("parts · line 2")
        view = following(lin, view, answers)
    assert pages > 1
    assert "Litware" in said(view) and "Maria Santos" in said(view) and "Item NUT" in said(view)
    assert lin.submits(view, {}).text == ""
    assert stored(shop) == {
        "what": "a drill", "pieces": 12, "weight": "1.250", "price": "1250.5", "due": "2026-12-01", "urgent": False,
        "colour": "red", "item": "NUT", "bin": "A-1", "who": "maria", "from": "LITWARE", "tag": "4006381333931",
        "name": "Lin Wei", "parts": [{"part": "NUT", "n": 3}, {"part": "BOLT", "n": 4}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "has_photo", "kept"), [("lin wei", False, "Lin Wei"), ("", True, "✓"), ("Otto", True, "✓")]
)
def test_a_signature_is_typed_or_comes_as_a_photo(
    shop: World, slack: Slack, lin: Person, typed: str, has_photo: bool, kept: str
) -> None:
    Play.of(shop, SIGNED)
    view = opened(shop, lin, "Request RQ-261118-0001", "send…")
    assert asked(view) == ["note", "sign", "sign~by_hand"]
    assert "or a photo of it" in json.dumps(view)
    refused = lin.submits(view, {}).json()
    assert "Please fill this in." in json.dumps(refused)
    photo = {"sign~by_hand": photo_in(slack)} if has_photo else {}
    assert lin.submits(view, {"sign": typed, **photo}).text == ""
    assert eventually(lambda: len(decisions(shop)) == 1)
    ((_, answers),) = decisions(shop)
    assert answers["sign"] == kept


def photo_in(slack: Slack) -> dict[str, Any]:
    slack.files["signed.jpg"] = jpeg()
    return {"files": [{"name": "signed.jpg", "size": 700, "url_private_download": f"{slack.origin}/f/signed.jpg"}]}


def test_what_becomes_wrong_meanwhile_leads_back_to_its_page(shop: World, lin: Person, play: Play) -> None:
    view = opened(shop, lin, "Request", "send…")
    answers = GOOD | {"item": "NUT", "bin": "A-1", "who": "maria", "from": "LITWARE", "due": "2026-11-19"}
    answers |= {"pieces": "12", "price": "1250.5"}
    while asked(view):
        view = following(lin, view, answers)
    shop.pass_time(days=3)
    back = following(lin, view, {})
    assert "due" in asked(back)
    assert ":warning: *At least 2026-11-21*" in said(back)
    assert first_values(back)["due"] == "2026-11-19"
    summary = following(lin, back, {"due": "2026-12-01"})
    assert lin.submits(summary, {}).text == ""
    assert stored(shop)["due"] == "2026-12-01"


CONDITIONAL = """
fields:
  urgent: {kind: yes_no, default: "False"}
  why: {kind: text, visible_when: urgent}
  note: {kind: text, required: false}
steps: {write: {asks: storekeeper, outcomes: {send: {form: [urgent, why, note], then: done}}}}
"""


def test_a_question_comes_and_goes_with_the_answer_that_calls_for_it(shop: World, lin: Person) -> None:
    Play.of(shop, CONDITIONAL)
    view = opened(shop, lin, "Request", "send…")
    assert asked(view) == ["urgent", "note"]
    lin.writes(view, "urgent", "yes", note="soon")
    more = lin.updated("why")
    assert asked(more) == ["urgent", "why", "note"]
    assert first_values(more) == {"urgent": "yes", "why": "", "note": "soon"}
    lin.writes(more, "urgent", "no", note="soon")
    assert eventually(lambda: asked(lin.updated()) == ["urgent", "note"])
    # Sent before the question came: it is asked for, and what was written stays.
    unanswered = following(lin, view, {"urgent": "yes", "note": "soon"})
    assert asked(unanswered) == ["urgent", "why", "note"] and "Please fill this in." in said(unanswered)
    assert lin.submits(unanswered, {"why": "the line stands"}).text == ""
    assert stored(shop) == {"urgent": True, "why": "the line stands", "note": "soon"}


def test_what_was_begun_is_there_again_until_it_is_sent_or_started_afresh(shop: World, lin: Person) -> None:
    Play.of(shop, CONDITIONAL)
    view = opened(shop, lin, "Request", "send…")
    assert view["notify_on_close"] is True and "begun" not in said(view)
    lin.in_view("view_closed", view, is_cleared=False)
    assert unsent_count(shop) == 0
    lin.writes(view, "note", "half a sen")
    lin.in_view("view_closed", view, is_cleared=False)
    again = opened(shop, lin, "Request", "send…")
    assert "You had begun this (09:00)." in said(again)
    assert first_values(again)["note"] == "half a sen"
    lin.presses(again, "Start afresh")
    afresh = lin.updated()
    assert first_values(afresh)["note"] == "" and "begun" not in said(afresh)
    assert unsent_count(shop) == 0
    lin.writes(afresh, "note", "another")
    assert lin.submits(afresh, {"note": "another one"}).text == ""
    assert stored(shop)["note"] == "another one"
    assert unsent_count(shop) == 0


def test_what_stood_in_a_closed_form_is_kept_where_slack_tells_it(shop: World, lin: Person) -> None:
    Play.of(shop, CONDITIONAL)
    view = opened(shop, lin, "Request", "send…")
    state = {"values": {"note": {"answer": {"type": "plain_text_input", "value": "told at last"}}}}
    lin.in_view("view_closed", {**view, "state": state}, is_cleared=False)
    assert first_values(opened(shop, lin, "Request", "send…"))["note"] == "told at last"


def test_what_was_begun_is_forgotten_after_thirty_days_and_when_the_task_is_settled(shop: World, lin: Person) -> None:
    Play.of(shop, CONDITIONAL)
    view = opened(shop, lin, "Request", "send…")
    lin.writes(view, "note", "long ago")
    shop.pass_time(days=31)
    lin.taps(lin.card("Request"), "send…")  # so old a card is shown anew first
    lin.slack.wait_for_call("chat.postEphemeral", "more than 30 days old")
    assert first_values(opened(shop, lin, "Request", "send…"))["note"] == ""
    lin.writes(view, "note", "new")
    shop.tap("lin", "send", {"urgent": "no"})  # on the web
    shop.given_receipt(("CHAIN", 5, "1"), number="F8")
    lin.writes(opened(shop, lin, "PO F8", DIFFERS), "received.1", "4")
    assert unsent_count(shop) == 1


def test_rows_are_added_and_taken_out(shop: World, lin: Person) -> None:
    Play.of(
        shop,
        """
        fields:
          parts: {kind: table, rows: 3, columns: {part: {kind: text, label: {en: Part, zh: 零件}}, n: {kind: integer, label: {en: N, zh: 数}}}}
        steps: {write: {asks: storekeeper, outcomes: {send: {form: [parts], then: done}}}}
        """,  # noqa: E501
    )
    view = opened(shop, lin, "Request", "send…")
    assert asked(view) == ["parts.1.part", "parts.1.n"]
    lin.presses(view, "Add to parts", **{"parts.1.part": "frame", "parts.1.n": "1"})
    two = lin.updated("parts · line 2")
    lin.presses(two, "Add to parts", **{"parts.1.part": "frame", "parts.1.n": "1", "parts.2.part": "saddle"})
    three = lin.updated("parts · line 3")
    assert "Add to parts" not in json.dumps(three)
    filled = {"parts.1.part": "frame", "parts.1.n": "1", "parts.2.part": "saddle", "parts.3.part": "bell"}
    lin.presses(three, "Take out", **filled, **{"parts.3.n": "9"})  # the first
    left = lin.updated("Add to parts")
    assert first_values(left) == {"parts.1.part": "saddle", "parts.1.n": "", "parts.2.part": "bell", "parts.2.n": "9"}
    ids = {each["element"]["action_id"] for each in left["blocks"] if each["type"] == "input"}
    assert "answer" not in ids, "Slack would keep what stood there before"
    assert lin.submits(left, {"parts.1.n": "4"}).text == ""
    assert stored(shop)["parts"] == [{"part": "saddle", "n": 4}, {"part": "bell", "n": 9}]


def test_the_paper_of_a_form_is_looked_at_without_leaving_it(shop: World, lin: Person) -> None:
    shop.given_receipt(*((f"K{number:03}", 20, "1") for number in range(1, 42)), number="F9")
    view = opened(shop, lin, "PO F9", DIFFERS)
    lin.presses(view, "Details", **{"received.1": "3"})
    call = lin.slack.wait_for_call("views.push", "PO F9")
    shown = dict(call.answer["view"])
    assert "Page 1 of" in said(shown) and "K001" in said(shown)
    lin.presses(shown, "›")
    second = lin.updated("Page 2 of 3")
    assert "K021" in said(second) and "K020" not in said(second)
    assert first_values(opened(shop, lin, "PO F9", DIFFERS))["received.1"] == "3"


def test_a_form_of_a_task_that_was_settled_meanwhile_says_so_and_changes_nothing(shop: World, lin: Person) -> None:
    shop.given_receipt(*((f"K{number:02}", 20, "1") for number in range(1, 15)), number="F4")
    view = opened(shop, lin, "PO F4", DIFFERS)
    shop.tap("lin", "All arrived as ordered")
    late = following(lin, view, {})
    assert "Already settled by Lin Wei" in said(late)
    lin.writes(view, "received.1", "1")
    lin.presses(view, "Details")
    assert [each[0] for each in decisions(shop)] == ["as_ordered"]
    assert unsent_count(shop) == 0


class TestSearching:
    """What is offered to who types into a field."""

    @pytest.fixture
    def view(self, shop: World, lin: Person) -> dict[str, Any]:
        with writing(shop.engine) as db:
            for code, name in (
                ("HB-8", "Hex bolt M8x30"), ("HB-10", "Hex bolt M10x30"), ("LS-6", "内六角螺栓 M6"), ("W-1", "Washer"),
            ):  # fmt: skip
                db.execute(
                    text("INSERT INTO items (code, name, base_unit, lead_time_days) VALUES (:code, :name, 'pc', 1)"),
                    {"code": code, "name": name},
                )
            db.execute(
                text("""
                    INSERT INTO item_barcodes (code, item_id)
                    SELECT '04006381333931', id FROM items WHERE code = 'W-1'
                """)
            )
            db.execute(
                text("INSERT INTO items (code, name, base_unit, is_active) VALUES ('OLD', 'Hex bolt, old', 'pc', :no)"),
                {"no": False},
            )
        Play.of(
            shop,
            """
            fields:
              item: {kind: item}
              bin: {kind: location}
              lot: {kind: lot, required: false}
              who: {kind: person}
              from: {kind: partner, only: supplier}
            steps: {write: {asks: storekeeper, outcomes: {send: {form: [item, bin, lot, who, from], then: done}}}}
            """,
        )
        return opened(shop, lin, "Request", "send…")

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            ("hb-8", "HB-8"), ("hex m10", "HB-10"), ("hxe botl", "HB-8"), ("六角", "LS-6"), ("内六方螺栓", "LS-6"),
            ("4006381333931", "W-1"), ("ＨＢ－８", "HB-8"), ("waher", "W-1"),
        ],
    )  # fmt: skip
    def test_an_item_is_found_by_code_name_bar_code_and_nearly_so(
        self, lin: Person, view: dict[str, Any], words: str, code: str
    ) -> None:
        found = lin.searches(view, "item", words)
        assert found[0][0] == code, found
        assert "OLD" not in dict(found)

    def test_an_item_is_told_with_its_name_and_what_there_is(self, shop: World, lin: Person) -> None:
        shop.given_receipt(("CHAIN", 550, "1"), number="S1")
        for name, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
            shop.tap(name, label)
        Play.of(shop, CONDITIONAL.replace("note: {kind: text, required: false}", "note: {kind: item}"))
        view = opened(shop, lin, "Request", "send…")
        assert lin.searches(view, "note", "chain") == [("CHAIN", "CHAIN · Item CHAIN · 550 pc")]
        assert lin.searches(view, "note", "nothing like it") == []

    def test_bins_people_and_partners_are_found_and_only_those_that_the_field_holds(
        self, lin: Person, view: dict[str, Any]
    ) -> None:
        assert ("A-1", "A-1 · empty") in lin.searches(view, "bin", "a-")
        assert lin.searches(view, "who", "maira san")[0] == ("maria", "maria · Maria Santos")
        assert [code for code, _ in lin.searches(view, "from", "")] == ["LITWARE"]
        assert lin.searches(view, "lot", "L-1") == []

    def test_who_may_not_answer_the_form_is_offered_nothing(
        self, shop: World, slack: Slack, face: str, lin: Person, view: dict[str, Any]
    ) -> None:
        eve = Person(slack, face, "eve")
        maria = linked(shop, slack, face, "maria")
        assert eve.searches(view, "item", "hex") == maria.searches(view, "item", "hex") == []

    def test_a_code_beyond_the_first_hundred_is_found_by_typing_it(
        self, shop: World, lin: Person, view: dict[str, Any]
    ) -> None:
        with writing(shop.engine) as db:
            db.execute(
                text("INSERT INTO items (code, name, base_unit) VALUES (:code, 'Chain link', 'pc')"),
                [{"code": f"CL-{number:04}"} for number in range(500)],
            )
        assert len(lin.searches(view, "item", "chain link")) == 100
        assert lin.searches(view, "item", "CL-0444")[0][0] == "CL-0444"
