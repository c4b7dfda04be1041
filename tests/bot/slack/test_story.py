"""A receipt told on Slack, from the card to posted stock; and what is said to a tap that can't count."""

import json

from sqlalchemy import text

from inventory_core.db.engine import reading, writing
from tests.bot.slack.peer import Slack
from tests.bot.slack.running import Person, labels, linked, told
from tests.tools import eventually
from tests.world import World


def test_the_whole_story_of_a_receipt(shop: World, slack: Slack, face: str) -> None:
    lin, maria, otto, zhao = (linked(shop, slack, face, name) for name in ("lin", "maria", "otto", "zhao"))
    shop.given_receipt(("CHAIN", 550, "100"), number="S1")
    told(shop)
    card = lin.card("PO S1 from Litware")
    assert labels(card) == ["All arrived as ordered", "Something differs…", "Something else came…"]
    assert lin.taps(card, "All arrived as ordered").status_code == 200
    assert eventually(lambda: labels(lin.card("PO S1")) == [])
    assert "Waiting for: quality inspector" in json.dumps(lin.card("PO S1"))
    for person, label, following in (
        (maria, "All good", "warehouse supervisor"),
        (otto, "Confirm quantity", "finance director"),
        (zhao, "Approve price", "Posted to stock"),
    ):
        told(shop)
        assert person.taps(person.card("PO S1 from Litware"), label).status_code == 200
        told(shop)
        assert following in json.dumps(lin.card("PO S1"))
    assert shop.on_hand("CHAIN").available == 550
    assert all(labels(each.card("PO S1")) == [] for each in (lin, maria, otto, zhao))


def test_a_form_is_a_modal_whose_errors_stand_at_their_field(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 550, "1"), ("BOLT", 20, "1"), number="S2")
    told(shop)
    card = lin.card("PO S2")
    lin.taps(card, "Something differs…")
    view = lin.modal()
    wrong = lin.submits(view, {"received.1": "600"})
    assert wrong.json()["response_action"] == "errors"
    assert set(wrong.json()["errors"]) == {"received.1"}
    right = lin.submits(view, {"received.1": "548", "damaged.1": "3"})
    assert right.status_code == 200 and right.text == ""
    assert eventually(lambda: labels(lin.card("PO S2")) == [])
    again = lin.submits(view, {"received.1": "548", "damaged.1": "3"})
    assert again.status_code == 200 and again.text == ""
    assert _decisions(shop) == ["differs"]


def test_a_photo_comes_along_with_its_form(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="S3")
    told(shop)
    lin.taps(lin.card("PO S3"), "Something differs…")
    slack.files["damage.jpg"] = _jpeg()
    photo = {"files": [{"name": "damage.jpg", "size": 700, "url_private_download": f"{slack.origin}/f/damage.jpg"}]}
    lost = {"files": [{"name": "x.jpg", "size": 700, "url_private_download": f"{slack.origin}/f/gone.jpg"}]}
    elsewhere = {
        "files": [{"name": "x.jpg", "size": 7, "url_private_download": "https://files.slack.com.evil.example/"}]
    }
    for bad in (lost, elsewhere):
        refused = lin.submits(lin.modal(), {"received.1": "4", "photo": bad}).json()
        assert refused["errors"].keys() == {"photo"}
    assert _decisions(shop) == []
    assert lin.submits(lin.modal(), {"received.1": "4", "photo": photo}).text == ""
    told(shop)
    assert "1 photo" in json.dumps(lin.card("PO S3"))


def test_the_same_tap_delivered_three_times_counts_once(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="S4")
    told(shop)
    tap = lin.tap(lin.card("PO S4"), "All arrived as ordered")
    answers = [
        lin.sends(tap),
        lin.sends(tap, **{"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}),
        lin.sends(tap, **{"X-Slack-Retry-Num": "2", "X-Slack-Retry-Reason": "http_timeout"}),
    ]
    assert [each.status_code for each in answers] == [200, 200, 200]
    assert _decisions(shop) == ["as_ordered"]
    assert shop.journal_kinds().count("flow.stepped") == 2
    assert slack.calls_of("chat.postEphemeral") == []


def test_a_last_tap_delivered_three_times_posts_once(shop: World, slack: Slack, face: str) -> None:
    otto = linked(shop, slack, face, "otto")
    shop.given_receipt(("CHAIN", 5, "1"), number="S5")
    shop.tap("lin", "All arrived as ordered")
    shop.tap("maria", "All good")
    told(shop)
    tap = otto.tap(otto.card("PO S5"), "Confirm quantity")
    assert [otto.sends(tap).status_code for _ in range(3)] == [200, 200, 200]
    assert shop.on_hand("CHAIN").available == 5
    assert shop.journal_kinds().count("stock.moved") == 1


def test_two_taps_in_a_row_count_once_and_the_second_learns_why(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="S6")
    told(shop)
    card = lin.card("PO S6")
    first, second = lin.tap(card, "All arrived as ordered"), lin.tap(card, "Something differs…")
    assert lin.sends(first).status_code == lin.sends(second).status_code == 200
    whisper = slack.wait_for_call("chat.postEphemeral")
    assert "Already settled by Lin Wei" in whisper.said
    assert (whisper.given["user"], whisper.given["channel"]) == (lin.id, lin.chat)
    assert _decisions(shop) == ["as_ordered"]


def test_a_card_settled_elsewhere_loses_its_buttons_and_a_late_tap_changes_nothing(
    shop: World, slack: Slack, face: str
) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="S7")
    told(shop)
    card = lin.card("PO S7")
    shop.tap("lin", "All arrived as ordered")  # on the web
    told(shop)
    assert labels(lin.card("PO S7")) == []
    lin.taps(card, "Something differs…")
    assert "Already settled by Lin Wei" in slack.wait_for_call("chat.postEphemeral").said
    assert _decisions(shop) == ["as_ordered"]


def test_whoever_lacks_the_role_is_refused_in_private(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="S8")
    told(shop)
    card = lin.card("PO S8")
    with writing(shop.engine) as db:
        db.execute(text("DELETE FROM employee_roles WHERE role = 'storekeeper'"))
    assert lin.taps(card, "All arrived as ordered").status_code == 200
    assert "This is for: storekeeper." in slack.wait_for_call("chat.postEphemeral").said
    assert _decisions(shop) == []


def test_an_account_that_is_not_linked_learns_how(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    eve = Person(slack, face, "eve")
    shop.given_receipt(("CHAIN", 5, "1"), number="S9")
    told(shop)
    tap = eve.tap(lin.card("PO S9"), "All arrived as ordered", chat=eve.chat)
    assert eve.sends(tap).status_code == 200
    assert "link" in slack.wait_for_call("chat.postEphemeral").said
    assert _decisions(shop) == []


def test_a_page_button_without_a_token_does_nothing(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    button = {"type": "button", "action_id": "page", "text": {"type": "plain_text", "text": "Open"}}
    assert lin.sends(lin.payload(button, chat=lin.chat, message="1.2")).status_code == 200
    assert not [each for each in slack.calls if each.method.startswith(("chat.", "views."))]


def test_a_modal_that_slack_no_longer_opens_is_told(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_receipt(("CHAIN", 5, "1"), number="S10")
    told(shop)
    slack.fail("views.open", 200, {"ok": False, "error": "expired_trigger_id"})
    lin.taps(lin.card("PO S10"), "Something differs…")
    assert "tap the button again" in slack.wait_for_call("chat.postEphemeral").said


def test_the_chart_of_an_alert_comes_into_its_thread(shop: World, slack: Slack, face: str) -> None:
    chen = linked(shop, slack, face, "chen")
    shop.given_item("NUT", reorder_point=10)
    shop.given_receipt(("NUT", 12, "1"), number="S11")
    for name, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        shop.tap(name, label)
    told(shop)
    with writing(shop.engine) as db:
        from inventory_core import items
        from inventory_core.stages import production

        production.issue(
            db,
            items.by_code(db, "NUT"),
            5,
            employee_id=shop.person("lin").id,
            dedupe_key="use",
            today=shop.desk.today(),
            now=shop.now,
        )
    told(shop)
    shop.pass_time(seconds=5)
    told(shop)
    alert = chen.card("NUT")
    upload = slack.calls_of("files.completeUploadExternal")[-1]
    assert upload.given["thread_ts"] == alert["ts"] and upload.given["channel_id"] == chen.chat
    assert "NUT" in slack.calls_of("files.getUploadURLExternal")[-1].given["alt_txt"]
    assert labels(alert) == ["Order more…"]


def _decisions(world: World) -> list[str]:
    with reading(world.engine) as db:
        return list(db.execute(text("SELECT outcome FROM decisions ORDER BY id")).scalars())


def _jpeg() -> bytes:
    import io

    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(made, "JPEG")
    return made.getvalue()
