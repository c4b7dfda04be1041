"""Replies in the threads of cards, in a direct chat and in a channel, and photos dropped there: as Slack sends them."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from inventory_core import labels
from inventory_core.db.engine import reading, writing
from tests.bot.pictures import photo, photo_of
from tests.bot.slack.peer import Slack
from tests.bot.slack.running import Person, buttons, linked, told
from tests.bot.slack.running import labels as labels_of
from tests.tools import eventually
from tests.world import World

WET, DRY = photo(), photo(noise=90)


def rows(world: World, query: str) -> list[Any]:
    with reading(world.engine) as db:
        return list(db.execute(text(query)).scalars())


def dropped(slack: Slack, *files: bytes, name: str = "wet.jpg", **changed: Any) -> dict[str, Any]:
    """Put files on Slack's file server, and return what an event says of them."""
    described = []
    for each in files:
        key = f"F{len(slack.files)}.jpg"
        slack.files[key] = each
        url = f"{slack.origin}/files-pri/{key}"
        described.append({"id": key, "name": name, "size": len(each), "url_private_download": url, **changed})
    return {"subtype": "file_share", "files": described}


def asked(world: World, slack: Slack, face: str, number: str, count: int = 20) -> tuple[Person, str]:
    """Let Lin be asked about a receipt; return her and the card's ts."""
    lin = linked(world, slack, face, "lin")
    world.given_receipt(("CHAIN", count, "1"), number=number)
    told(world)
    return lin, str(lin.card(f"PO {number}")["ts"])


def in_channel(world: World, slack: Slack, lin: Person, case: int) -> tuple[str, str]:
    """Let a case be told in a channel; return the channel and the card's ts."""
    channel = slack.channel("general")
    posted = slack.client.chat_postMessage(channel=channel, text="a case of ours")
    with writing(world.engine) as db:
        db.execute(
            text("INSERT INTO chats (platform, workspace, chat, purpose) VALUES ('slack', :team, :chat, 'alerts')"),
            {"team": slack.team, "chat": channel},
        )
        db.execute(
            text("""
                INSERT INTO messages (chat_id, subject, ref, made_at)
                SELECT id, :subject, :ref, 0 FROM chats WHERE chat = :chat
            """),
            {"subject": f"case:{case}", "ref": posted["ts"], "chat": channel},
        )
    return channel, str(posted["ts"])


def test_a_comment_in_a_cards_thread_is_marked_and_stands_on_everybodys_card(
    shop: World, slack: Slack, face: str
) -> None:
    lin, card = asked(shop, slack, face, "C1")
    own = slack.client.chat_postMessage(channel=lin.chat, thread_ts=card, text="the pallet is wet & <b>")["ts"]
    assert lin.says("the pallet is wet &amp; &lt;b&gt;", thread=card, ts=own).status_code == 200
    mark = slack.wait_for_call("reactions.add")
    assert (mark.given["timestamp"], mark.given["name"]) == (own, "white_check_mark")
    told(shop)
    assert len(slack.calls_of("chat.postMessage")) == 1, "the card alone: a mark needs no words"
    assert "the pallet is wet &amp; &lt;b&gt;" in slack.wait_for_call("chat.update", "the pallet is wet").said
    assert rows(shop, "SELECT words FROM remarks") == ["the pallet is wet & <b>"]


def test_where_the_app_may_not_react_a_comment_is_acknowledged_by_a_line(shop: World, slack: Slack, face: str) -> None:
    lin, card = asked(shop, slack, face, "C2")
    slack.fail("reactions.add", 200, {"ok": False, "error": "missing_scope"})
    lin.says("the pallet is wet", thread=card)
    assert slack.wait_for_call("chat.postMessage", "Noted.").given["thread_ts"] == card


def test_a_message_that_slack_sends_again_has_one_effect_and_one_answer(shop: World, slack: Slack, face: str) -> None:
    lin, card = asked(shop, slack, face, "C3")
    for number in range(3):
        retry = {"X-Slack-Retry-Num": str(number)} if number else {}
        event = {"type": "message", "user": lin.id, "text": "wet pallet", "channel": lin.chat, "channel_type": "im"}
        body = {"team_id": slack.team, "event": {**event, "ts": "17.5", "thread_ts": card}, "type": "event_callback"}
        assert (
            lin.posts(json.dumps({**body, "event_id": "Ev1", "api_app_id": "A"}).encode(), **retry).status_code == 200
        )
    lin.says("stock NOTHING")
    slack.wait_for_call("chat.postMessage", "NOTHING")
    assert len(slack.calls_of("reactions.add")) == 1
    assert rows(shop, "SELECT words FROM remarks") == ["wet pallet"]


def test_figures_far_from_what_is_expected_are_confirmed_by_a_tap_once(shop: World, slack: Slack, face: str) -> None:
    lin, card = asked(shop, slack, face, "C4")
    lin.says("2", thread=card)
    question = slack.wait_for_call("chat.postMessage", "20 pc were expected.")
    assert question.given["thread_ts"] == card and shop.inbox("maria") == ()
    message = {"ts": question.answer["ts"], "blocks": question.blocks}
    assert labels_of(message) == ["Yes, record it", "No"]
    for _ in range(2):
        assert lin.taps(message, "Yes, record it").status_code == 200
    assert slack.wait_for_call("chat.update", "Done: Something differs.").given["ts"] == question.answer["ts"]
    assert rows(shop, "SELECT outcome FROM decisions") == ["differs"]


def test_in_a_channel_figures_in_the_thread_count_and_only_their_writer_is_answered(
    shop: World, slack: Slack, face: str
) -> None:
    lin = linked(shop, slack, face, "lin")
    channel, card = in_channel(shop, slack, lin, shop.given_receipt(("CHAIN", 20, "1"), number="C5"))
    lin.says("19 ok 1 damaged", thread=card, channel=channel, channel_type="channel")
    said = slack.wait_for_call("chat.postEphemeral", "Done: Something differs.")
    assert (said.given["channel"], said.given["user"], said.given["thread_ts"]) == (channel, lin.id, card)
    assert slack.calls_of("chat.postMessage") == []
    assert rows(shop, "SELECT outcome FROM decisions") == ["differs"]


def test_a_doubt_in_a_channel_is_asked_of_its_writer_alone_and_a_yes_settles_it(
    shop: World, slack: Slack, face: str
) -> None:
    lin, otto = linked(shop, slack, face, "lin"), linked(shop, slack, face, "otto")
    channel, card = in_channel(shop, slack, lin, shop.given_receipt(("CHAIN", 20, "1"), number="C6"))
    here: dict[str, Any] = {"thread": card, "channel": channel, "channel_type": "group"}
    lin.says("maybe 20", **here)
    question = slack.wait_for_call("chat.postEphemeral", "Noted as a comment.")
    otto.says("20", **here)
    slack.wait_for_call("chat.postEphemeral", "Nobody waits for figures from you here")
    assert rows(shop, "SELECT outcome FROM decisions") == []
    url = f"{slack.origin}/respond/sure"
    yes = buttons({"blocks": question.blocks})[0]
    assert lin.sends(lin.payload(yes, chat=channel, message="17.1", url=url)).status_code == 200
    assert slack.wait_for_call("respond", "Done: Something differs.").given["replace_original"] is True
    assert rows(shop, "SELECT outcome FROM decisions") == ["differs"]
    assert rows(shop, "SELECT words FROM remarks") == ["maybe 20"]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"thread": "1699999999.000001"},
        {"text": "stock CHAIN"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"bot_id": "B1"},
        {"text": "", "blocks": [{"type": "image"}]},
    ],
)
def test_other_chatter_in_a_channel_is_neither_answered_nor_kept(
    shop: World, slack: Slack, face: str, changed: dict[str, Any]
) -> None:
    lin = linked(shop, slack, face, "lin")
    channel, card = in_channel(shop, slack, lin, shop.given_receipt(("CHAIN", 20, "1"), number="C7"))
    here = {"channel": channel, "channel_type": "channel"}
    thread = card if changed.keys() & {"subtype", "bot_id", "blocks"} else ""
    assert lin.says("20 and so on", **{"thread": thread, **here, **changed}).status_code == 200
    lin.says("stock NOTHING")
    slack.wait_for_call("chat.postMessage", "NOTHING")
    assert [each.method for each in slack.calls if each.method != "chat.postMessage"] == []
    assert rows(shop, "SELECT words FROM remarks") == [] and rows(shop, "SELECT outcome FROM decisions") == []


def test_who_has_no_part_in_a_channels_case_gets_a_sentence(shop: World, slack: Slack, face: str) -> None:
    lin, eve = linked(shop, slack, face, "lin"), Person(slack, face, "eve")
    channel, card = in_channel(shop, slack, lin, shop.given_receipt(("CHAIN", 20, "1"), number="C8"))
    here: dict[str, Any] = {"thread": card, "channel": channel, "channel_type": "channel"}
    eve.says("hello", **here)
    slack.wait_for_call("chat.postEphemeral", "not linked")
    eve.says("", **here, **dropped(slack, WET))
    assert eventually(lambda: len(slack.calls_of("chat.postEphemeral")) == 2)
    assert rows(shop, "SELECT words FROM remarks") == [] and rows(shop, "SELECT id FROM attachments") == []


def test_photos_in_a_thread_are_kept_once_and_told_on_every_card(shop: World, slack: Slack, face: str) -> None:
    lin, card = asked(shop, slack, face, "P1")
    files = dropped(slack, WET, DRY)
    for _ in range(2):
        assert lin.says("", thread=card, ts="17.7", **files).status_code == 200
    slack.wait_for_call("reactions.add")
    told(shop)
    assert "Lin Wei: added 2 photos" in json.dumps(lin.card("PO P1"))
    assert len(rows(shop, "SELECT id FROM attachments")) == 2
    assert len(slack.calls_of("reactions.add")) == 1


def test_a_photo_with_words_keeps_both(shop: World, slack: Slack, face: str) -> None:
    lin, card = asked(shop, slack, face, "P2")
    lin.says("18 ok 2 damaged", thread=card, **dropped(slack, WET))
    slack.wait_for_call("chat.postMessage", "Done: Something differs.")
    assert len(rows(shop, "SELECT id FROM attachments")) == 1
    lin.says("the corner is bent", thread=card, **dropped(slack, DRY))
    slack.wait_for_call("reactions.add")
    assert rows(shop, "SELECT words FROM remarks") == ["the corner is bent"]
    assert len(rows(shop, "SELECT id FROM attachments")) == 2


@pytest.mark.parametrize(
    "file",
    [
        {"url_private_download": "http://169.254.169.254/wet.jpg"},
        {"url_private_download": "https://files.slack.com.evil.example/wet.jpg"},
        {"url_private_download": ""},
        {"size": 11 * 1024 * 1024},
    ],
)
def test_a_file_that_can_not_be_fetched_is_told_with_the_kinds_that_are_taken(
    shop: World, slack: Slack, face: str, file: dict[str, Any]
) -> None:
    lin, card = asked(shop, slack, face, "P3")
    lin.says("", thread=card, **dropped(slack, WET, **file))
    said = slack.wait_for_call("chat.postMessage", "Not taken: wet.jpg.")
    assert "JPEG, PNG, WebP or PDF of at most 10 MB" in said.said
    assert rows(shop, "SELECT id FROM attachments") == []


def test_a_photo_of_a_label_in_the_direct_chat_is_answered_like_its_code(shop: World, slack: Slack, face: str) -> None:
    lin = linked(shop, slack, face, "lin")
    shop.given_item("BK-100")
    lin.says("", **dropped(slack, photo_of([labels.payload(labels.Label("BK-100", "", "5"))])))
    slack.wait_for_call("chat.postMessage", "BK-100")
    lin.says("", **dropped(slack, WET))
    slack.wait_for_call("chat.postMessage", "No code was found in the photo.")
    assert rows(shop, "SELECT id FROM attachments") == []


def test_an_answer_in_a_thread_whose_first_message_was_deleted_stands_beside_it(
    shop: World, slack: Slack, face: str
) -> None:
    lin, card = asked(shop, slack, face, "D1")
    slack.client.chat_delete(channel=lin.chat, ts=card)
    slack.fail("chat.postMessage", 200, {"ok": False, "error": "thread_not_found"})
    lin.says("18 ok 2 damaged", thread=card)
    assert eventually(lambda: any("Done" in each.said and each.answer for each in slack.calls_of("chat.postMessage")))
    assert rows(shop, "SELECT outcome FROM decisions") == ["differs"]


def test_a_huge_text_is_refused_in_a_sentence(shop: World, slack: Slack, face: str) -> None:
    lin, card = asked(shop, slack, face, "H1")
    lin.says("wet " * 9_000, thread=card)
    slack.wait_for_call("chat.postMessage", "A comment holds at most 500 signs, and this has 35999.")
    assert rows(shop, "SELECT words FROM remarks") == []
