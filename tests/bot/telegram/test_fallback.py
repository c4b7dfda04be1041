"""What happens to a person's tasks when Telegram no longer reaches them, or their group becomes another one."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.telegram.send import TelegramChannel
from inventory_core.db.engine import reading, writing
from notifier.delivery import Tools, deliver
from tests.bot.telegram.running import chat_of
from tests.notifier.recorder import Recorder, chatting, settle
from tests.telegram_server import AnswerLost, Broken, CallLost, Chat, Garbage, Person, Refused, TelegramServer
from tests.world import World
from workflows import people
from workflows.intents import Address, Sender

GONE = [
    Refused(403, "Forbidden: bot was blocked by the user"),
    Refused(403, "Forbidden: user is deactivated"),
    Refused(403, "Forbidden: bot can't initiate conversation with a user"),
    Refused(400, "Bad Request: chat not found"),
    Refused(400, "Bad Request: PEER_ID_INVALID"),
    Refused(400, "Bad Request: user is deactivated"),
]
NO_GROUP = [
    Refused(403, "Forbidden: bot was kicked from the supergroup chat"),
    Refused(403, "Forbidden: the group chat was deleted"),
    Refused(400, "Bad Request: have no rights to send a message"),
    Refused(400, "Bad Request: not enough rights to send text messages to the chat"),
    Refused(400, "Bad Request: CHAT_WRITE_FORBIDDEN"),
    Refused(400, "Bad Request: TOPIC_CLOSED"),
]


@pytest.fixture
def slack(shop: World, channel: TelegramChannel) -> Recorder:
    """Slack and the web, which note what they are told, beside the strict Telegram."""
    made = Recorder()
    shop.channels.update({"telegram": channel, "slack": made, "web": made})
    return made


def reads_on_telegram(shop: World, telegram: TelegramServer, employee: str) -> Person:
    person = telegram.person(employee)
    with writing(shop.engine) as db:
        code = people.new_link_code(db, shop.person(employee), now=shop.now)
        people.link(db, Sender("telegram", "", str(person.id)), chat_of(person), code, now=shop.now)
    settle(shop)
    return person


def outcomes(shop: World) -> list[tuple[str, int, str]]:
    """Return how each delivery to Telegram ended: its state, its failures, and why."""
    with reading(shop.engine) as db:
        rows = db.execute(
            text("""
                SELECT d.state, d.attempts, d.reason FROM deliveries d JOIN messages m ON m.id = d.message_id
                JOIN chats c ON c.id = m.chat_id WHERE c.platform = 'telegram' ORDER BY d.id
            """)
        )
        return [(row.state, row.attempts, row.reason) for row in rows]


@pytest.mark.parametrize("gone", GONE, ids=lambda each: each.description)
def test_who_is_not_reached_any_more_has_the_task_on_slack_and_hears_why(
    shop: World, telegram: TelegramServer, slack: Recorder, gone: Refused
) -> None:
    reads_on_telegram(shop, telegram, "lin")
    chatting(shop, "lin", platform="slack", chat="slack-lin")
    settle(shop)  # that the other account was tied
    before = len(telegram.calls("sendMessage"))
    telegram.faults.on("sendMessage", gone)
    shop.given_receipt(("CHAIN", 5, "1"))
    settle(shop)
    assert sorted(slack.titles("slack-lin")) == ["PO 4012 from Litware", "Telegram no longer reaches Lin Wei"]
    shop.given_receipt(("CHAIN", 5, "1"), number="4013")
    settle(shop)
    assert "PO 4013 from Litware" in slack.titles("slack-lin")
    assert len(telegram.calls("sendMessage")) == before + 1


def test_who_has_the_web_alone_left_finds_the_task_and_the_reason_there(
    shop: World, telegram: TelegramServer, slack: Recorder
) -> None:
    reads_on_telegram(shop, telegram, "lin")
    telegram.faults.on("sendMessage", GONE[0])
    shop.given_receipt(("CHAIN", 5, "1"))
    settle(shop)
    assert [each.title for each in shop.inbox("lin")] == ["PO 4012 from Litware"]
    assert slack.titles("lin") == ["Telegram no longer reaches Lin Wei"]


def test_the_administrator_hears_of_who_can_not_be_reached(
    shop: World, telegram: TelegramServer, slack: Recorder
) -> None:
    with writing(shop.engine) as db:
        people.create(db, "ada", "Ada Admin", language="en", roles=["administrator"])
    chatting(shop, "ada", platform="slack", chat="slack-ada")
    reads_on_telegram(shop, telegram, "lin")
    with writing(shop.engine) as db:
        db.execute(text("UPDATE chats SET is_open = (1 = 0) WHERE platform = 'web' AND chat = 'lin'"))
    telegram.faults.on("sendMessage", GONE[1])
    shop.given_receipt(("CHAIN", 5, "1"))
    settle(shop)
    assert slack.titles("slack-ada") == ["Telegram no longer reaches Lin Wei"]


@pytest.mark.parametrize("gone", NO_GROUP, ids=lambda each: each.description)
def test_a_group_that_takes_nothing_more_is_told_to_the_managers(
    shop: World, telegram: TelegramServer, slack: Recorder, gone: Refused
) -> None:
    dock = alerted_group(shop, telegram)
    chatting(shop, "chen", platform="slack", chat="slack-chen")
    telegram.faults.on("sendMessage", gone)
    let_alerts_wait(shop, 1)
    settle(shop)
    assert [each for each in slack.titles("slack-chen") if str(dock.id) in each]
    with reading(shop.engine) as db:
        assert not db.execute(text("SELECT is_open FROM chats WHERE purpose = 'alerts'")).scalar_one()


def alerted_group(shop: World, telegram: TelegramServer) -> Chat:
    dock = telegram.group("Dock")
    with writing(shop.engine) as db:
        people.open_channel(db, Address("telegram", "", str(dock.id)), language="en")
    return dock


def let_alerts_wait(shop: World, count: int) -> list[int]:
    """Let so many alerts be told in the group, and return their deliveries."""
    for number in range(count):
        shop.given_receipt(("CHAIN", 5, "1"), number=f"90{number}")
    settle(replace(shop, channels={}))
    with writing(shop.engine) as db:
        tasks = db.execute(text("SELECT id FROM tasks WHERE state = 'open' ORDER BY id")).scalars().all()
        group = db.execute(text("SELECT id FROM chats WHERE purpose = 'alerts'")).scalar_one()
        found = []
        for task in tasks[:count]:
            message = db.execute(
                text("INSERT INTO messages (chat_id, subject, made_at) VALUES (:chat, :subject, 0) RETURNING id"),
                {"chat": group, "subject": f"task:{task}"},
            ).scalar_one()
            delivery = db.execute(
                text("""
                    INSERT INTO deliveries (entry_id, message_id, due_at, made_at)
                    VALUES ((SELECT MAX(id) FROM journal), :message, 0, 0) RETURNING id
                """),
                {"message": message},
            ).scalar_one()
            found.append(int(delivery))
    return found


def test_a_group_that_becomes_a_supergroup_gets_what_waits_for_it_once_each_and_it_is_noted(
    shop: World, telegram: TelegramServer, slack: Recorder
) -> None:
    dock = alerted_group(shop, telegram)
    first, second, *_ = let_alerts_wait(shop, 4)
    after = telegram.upgrade(dock)
    tools = Tools(shop.desk, shop.channels)
    workers = [threading.Thread(target=deliver, args=(tools, each)) for each in (first, second)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    shop.pass_time(seconds=1)
    settle(shop)
    assert sorted(each.text.partition("\n")[0] for each in after.shown) == [f"PO 90{n} from Litware" for n in range(4)]
    assert shop.journal_kinds().count("chat.moved") == 1
    assert {(state, attempts) for state, attempts, _ in outcomes(shop)} == {("delivered", 1)}


def test_a_card_of_a_group_that_moved_is_shown_anew_when_it_changes(
    shop: World, telegram: TelegramServer, slack: Recorder
) -> None:
    dock = alerted_group(shop, telegram)
    let_alerts_wait(shop, 1)
    settle(shop)
    assert len(dock.shown) == 1
    after = telegram.upgrade(dock)
    shop.tap("lin", "All arrived as ordered")
    settle(shop)
    shop.pass_time(seconds=1)
    settle(shop)
    (card,) = after.shown
    assert "Waiting for" in card.text and card.labels == ()


def test_a_group_that_is_known_under_its_new_id_already_is_told_there_alone(
    shop: World, telegram: TelegramServer, slack: Recorder
) -> None:
    dock = alerted_group(shop, telegram)
    let_alerts_wait(shop, 1)
    after = telegram.upgrade(dock)
    with writing(shop.engine) as db:
        people.open_channel(db, Address("telegram", "", str(after.id)), language="en")
    settle(shop)
    shop.pass_time(seconds=1)
    settle(shop)
    with reading(shop.engine) as db:
        rows = db.execute(text("SELECT chat, is_open FROM chats WHERE purpose = 'alerts'")).all()
    assert dict(map(tuple, rows)) == {str(dock.id): 0, str(after.id): 1}


Fault = Broken | AnswerLost | CallLost | Garbage


@pytest.mark.parametrize("fault", [Broken(), Broken(500, "Internal Server Error"), AnswerLost(), CallLost(), Garbage()])
def test_a_card_whose_answer_was_lost_says_that_it_may_be_there_twice(
    shop: World, telegram: TelegramServer, slack: Recorder, fault: Fault
) -> None:
    lin = reads_on_telegram(shop, telegram, "lin")
    telegram.faults.on("sendMessage", fault)
    shop.given_receipt(("CHAIN", 5, "1"))
    settle(shop)
    shop.pass_time(seconds=5)
    settle(shop)
    assert "it may be here twice" in lin.chat.last.text
    assert [each.code for each in telegram.calls("sendMessage")][-1] == 200
    assert len(telegram.calls("sendMessage")) == 2
    shop.tap("lin", "All arrived as ordered")
    settle(shop)
    assert "twice" not in lin.chat.last.text and lin.chat.last.labels == ()


def test_what_never_left_is_sent_without_a_word_about_it(
    shop: World, telegram: TelegramServer, slack: Recorder, channel: TelegramChannel
) -> None:
    lin = reads_on_telegram(shop, telegram, "lin")
    nobody = TelegramChannel(telegram.token, base_url="http://127.0.0.1:9/bot", timeout_s=1)
    shop.channels["telegram"] = nobody
    shop.given_receipt(("CHAIN", 5, "1"))
    settle(shop)
    nobody.close()
    shop.channels["telegram"] = channel
    shop.pass_time(seconds=5)
    settle(shop)
    assert "twice" not in lin.chat.last.text
    assert len(lin.chat.shown) == 1


def test_an_edit_whose_answer_was_lost_is_made_once(shop: World, telegram: TelegramServer, slack: Recorder) -> None:
    lin = reads_on_telegram(shop, telegram, "lin")
    shop.given_receipt(("CHAIN", 5, "1"))
    settle(shop)
    telegram.faults.on("editMessageText", AnswerLost())
    shop.tap("lin", "All arrived as ordered")
    settle(shop)
    shop.pass_time(seconds=5)
    settle(shop)
    assert [each.code for each in telegram.calls("editMessageText")] == [0, 400]
    assert len(lin.chat.last.versions) == 2
    assert {state for state, _, _ in outcomes(shop)} == {"delivered"}


def test_a_refresh_with_nothing_new_is_delivered_and_never_tried_again(
    shop: World, telegram: TelegramServer, slack: Recorder
) -> None:
    reads_on_telegram(shop, telegram, "lin")
    shop.given_receipt(("CHAIN", 5, "1"))
    settle(shop)
    with writing(shop.engine) as db:
        db.execute(text("UPDATE deliveries SET state = 'pending', attempts = 0 WHERE state = 'delivered'"))
    for _ in range(3):
        settle(shop)
        shop.pass_time(minutes=5)
    assert [each.code for each in telegram.calls("editMessageText")] == [400]
    assert {each[:2] for each in outcomes(shop)} == {("delivered", 1)}
