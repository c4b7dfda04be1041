"""What the notifier's workers send to Slack, and what a failure there means for a delivery."""

import pytest

from bot.channel import DeliveryError
from bot.slack.send import SlackChannel
from tests.bot.cards import a_card, a_picture, settled
from tests.bot.slack.peer import Slack, nowhere
from tests.bot.slack.running import labels
from workflows.cards import Row
from workflows.intents import Address


@pytest.fixture
def chat(slack: Slack) -> Address:
    return Address("slack", slack.team, slack.direct("chen"))


def test_a_card_is_edited_where_it_stands(slack: Slack, channel: SlackChannel, chat: Address) -> None:
    ref = channel.send(chat, a_card())
    assert ref.chat == chat
    channel.edit(ref, settled())
    newest = slack.messages(chat.chat)[-1]
    assert (newest["ts"], labels(newest)) == (ref.id, [])
    channel.edit(ref, settled())  # nothing new is no failure


def test_a_long_card_stands_in_several_messages_and_shrinks_to_what_is_left(
    slack: Slack, channel: SlackChannel, chat: Address
) -> None:
    rows = tuple(Row("x" * 500, f"K-{number}") for number in range(60))
    before = len(slack.messages(chat.chat))
    ref = channel.send(chat, a_card(rows=rows))
    parts = ref.id.split(",")
    assert len(parts) > 1 and len(ref.id) <= 120
    assert len(slack.messages(chat.chat)) == before + len(parts)
    channel.edit(ref, settled(rows=rows[:2]))
    assert len(slack.messages(chat.chat)) == before + 1
    channel.edit(ref, settled(rows=rows[:2]))
    channel.edit(ref, settled(rows=rows[:2], title="Again"))


def test_of_a_card_that_fails_midway_nothing_stays(slack: Slack, channel: SlackChannel, chat: Address) -> None:
    before = [each["ts"] for each in slack.messages(chat.chat)]
    rows = tuple(Row("x" * 500, f"K-{number}") for number in range(60))
    slack.fail("chat.postMessage", 503, b"<html>away</html>", after=1)
    with pytest.raises(DeliveryError) as failed:
        channel.send(chat, a_card(rows=rows))
    assert not failed.value.permanent
    assert [each["ts"] for each in slack.messages(chat.chat)] == before


def test_a_picture_comes_into_the_cards_thread_with_its_words(
    slack: Slack, channel: SlackChannel, chat: Address
) -> None:
    picture = a_picture()
    ref = channel.send(chat, a_card(), picture)
    wanted = slack.calls_of("files.getUploadURLExternal")[-1].given
    assert (wanted["alt_txt"], wanted["filename"]) == (picture.alt, "digest.png")
    done = slack.calls_of("files.completeUploadExternal")[-1].given
    assert (done["channel_id"], done["thread_ts"]) == (chat.chat, ref.id)
    assert slack.calls_of("files.info") == []


def test_a_lost_picture_does_not_lose_the_card(slack: Slack, channel: SlackChannel, chat: Address) -> None:
    slack.fail("files.getUploadURLExternal", 200, {"ok": False, "error": "internal_error"})
    ref = channel.send(chat, a_card(), a_picture())
    assert slack.messages(chat.chat)[-1]["ts"] == ref.id


@pytest.mark.parametrize(
    ("status", "answer", "code", "permanent"),
    [
        (200, {"ok": False, "error": "channel_not_found"}, "chat_not_found", True),
        (200, {"ok": False, "error": "is_archived"}, "chat_closed", True),
        (200, {"ok": False, "error": "user_disabled"}, "blocked", True),
        (200, {"ok": False, "error": "restricted_action"}, "no_rights", True),
        (200, {"ok": False, "error": "token_revoked"}, "bad_token", False),
        (200, {"ok": False, "error": "internal_error"}, "bad_answer", False),
        (200, {"ok": False}, "bad_answer", False),
        (200, b"<html>ok</html>", "bad_answer", False),
        (500, b"", "bad_answer", False),
        (503, b"<html>away</html>", "bad_answer", False),
    ],
)
def test_a_failure_says_whether_to_try_again(
    slack: Slack, channel: SlackChannel, chat: Address, status: int, answer: object, code: str, permanent: bool
) -> None:
    slack.fail("chat.postMessage", status, answer)
    with pytest.raises(DeliveryError) as failed:
        channel.send(chat, a_card())
    assert (failed.value.code, failed.value.permanent) == (code, permanent)
    assert "xoxb" not in str(failed.value) and failed.value.__cause__ is None


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long", "msg_too_long"])
def test_a_card_whose_blocks_slack_refuses_comes_as_plain_text(
    slack: Slack, channel: SlackChannel, chat: Address, error: str
) -> None:
    slack.fail("chat.postMessage", 200, {"ok": False, "error": error})
    ref = channel.send(chat, a_card(rows=(Row("<!channel> M8 bolt", "K-1"),)))
    newest = slack.messages(chat.chat)[-1]
    assert newest["ts"] == ref.id and not newest.get("blocks")
    assert "&lt;!channel&gt; M8 bolt" in newest["text"] and "K-1" in newest["text"]
    slack.fail("chat.update", 200, {"ok": False, "error": error})
    channel.edit(ref, settled())
    assert "Received by Lin at 10:12" in slack.messages(chat.chat)[-1]["text"]


def test_a_card_that_slack_refuses_as_plain_text_too_is_given_up(
    slack: Slack, channel: SlackChannel, chat: Address
) -> None:
    for _ in range(2):
        slack.fail("chat.postMessage", 200, {"ok": False, "error": "invalid_arguments"})
    with pytest.raises(DeliveryError) as failed:
        channel.send(chat, a_card())
    assert (failed.value.code, failed.value.permanent) == ("refused", True)
    assert len(slack.calls_of("chat.postMessage")) == 2


def test_a_flood_names_its_wait(slack: Slack, channel: SlackChannel, chat: Address) -> None:
    slack.fail("chat.postMessage", 429, {"ok": False, "error": "ratelimited"}, Retry_After="17")
    with pytest.raises(DeliveryError) as failed:
        channel.send(chat, a_card())
    assert (failed.value.permanent, failed.value.retry_after_s) == (False, 17)


def test_a_slack_that_is_away_is_tried_again(chat: Address) -> None:
    with pytest.raises(DeliveryError) as failed:
        SlackChannel(nowhere()).send(chat, a_card())
    assert (failed.value.code, failed.value.permanent) == ("unreachable", False)


def test_a_message_that_was_deleted_is_given_up(slack: Slack, channel: SlackChannel, chat: Address) -> None:
    ref = channel.send(chat, a_card())
    slack.client.chat_delete(channel=chat.chat, ts=ref.id)
    with pytest.raises(DeliveryError) as failed:
        channel.edit(ref, settled())
    assert (failed.value.code, failed.value.permanent) == ("message_gone", True)


def test_an_answer_goes_to_slacks_own_addresses_alone(channel: SlackChannel) -> None:
    from bot.slack.render import words

    for url in ("http://127.0.0.1:1/x", "https://hooks.slack.com.evil.example/x", "file:///etc/passwd", "", "//x"):
        with pytest.raises(DeliveryError) as refused:
            channel.respond(url, words("x"), replaces=False)
        assert refused.value.code == "bad_address"
