"""From the journal to deliveries: each entry once, to each that has to know, whatever dies in between."""

import datetime as dt
import threading

from sqlalchemy import text

from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import to_micros
from notifier.relay import Relay, expect_due_orders
from tests.notifier.recorder import NO_DIGEST, chatting, recorded, settle
from tests.world import World


def count(world: World, table: str, where: str = "1 = 1") -> int:
    with reading(world.engine) as db:
        return int(db.execute(text(f"SELECT COUNT(*) FROM {table} WHERE {where}")).scalar_one())


def test_the_person_who_is_asked_gets_one_card_on_each_chat_they_read(world: World) -> None:
    recorder = recorded(world, "telegram", "slack")
    for code in ("lin", "maria"):
        chatting(world, code)
    chatting(world, "lin", platform="slack", chat="slack-lin")
    world.given_receipt(("CHAIN", 5, "1"))
    settle(world)
    assert recorder.titles("slack-lin") == recorder.titles("chat-lin") == ["PO 4012 from Litware"]
    assert recorder.titles("chat-maria") == []
    settle(world)
    assert len(recorder.sent) == 2


def test_many_relays_at_once_double_nothing(world: World) -> None:
    chatting(world, "lin")
    for number in range(8):
        world.given_receipt(("CHAIN", 5, "1"), number=f"41{number}")
    queued: list[tuple[str, int]] = []
    lock = threading.Lock()

    def enqueue(queue: str, number: int) -> None:
        with lock:
            queued.append((queue, number))

    def work() -> None:
        relay = Relay(world.desk, enqueue, NO_DIGEST)
        while relay.turn():
            pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    entries = count(world, "journal")
    assert count(world, "outbox") == 0
    assert count(world, "journal_seals") == entries
    assert count(world, "messages") == 9  # a task each, and that the chat was linked
    assert count(world, "deliveries") == 9


def test_what_a_lost_queue_forgot_is_queued_again(world: World) -> None:
    chatting(world, "lin")
    world.given_receipt(("CHAIN", 5, "1"))
    queued: list[tuple[str, int]] = []
    relay = Relay(world.desk, lambda queue, number: queued.append((queue, number)), NO_DIGEST)
    relay.turn()
    assert len(queued) == 1
    relay.turn()
    assert len(queued) == 1
    world.pass_time(seconds=11)
    relay.turn()
    assert len(queued) == 2
    restarted = Relay(world.desk, lambda queue, number: queued.append((queue, number)), NO_DIGEST)
    restarted.turn()
    assert len(queued) == 3


def test_a_queue_that_is_away_holds_nothing_back_in_the_database(world: World) -> None:
    chatting(world, "lin")
    world.given_receipt(("CHAIN", 5, "1"))

    def away(_queue: str, _number: int) -> None:
        raise ConnectionError

    relay = Relay(world.desk, away, NO_DIGEST)
    for _ in range(3):
        try:
            relay.turn()
        except ConnectionError:
            continue
    assert count(world, "outbox") == 0
    assert count(world, "deliveries", "state = 'pending'") == 1
    recorder = recorded(world, "telegram")
    settle(world)
    assert recorder.titles("chat-lin") == ["PO 4012 from Litware"]


def test_the_buyer_is_told_the_end_of_it(world: World) -> None:
    recorder = recorded(world)
    world.given_receipt(("CHAIN", 5, "1"))
    world.tap("lin", "All arrived as ordered")
    world.tap("maria", "All good")
    world.tap("otto", "Reject", {"reason": "wrong price"})
    settle(world)
    shown = [card for chat, card, _ in recorder.sent if chat.chat == "chen"]
    assert [card.status for card in shown] == ["Rejected; the goods are blocked"]
    assert any("wrong price" in line for line in shown[0].story)


def test_a_due_order_is_expected_once_and_not_while_its_rest_is_undecided(world: World) -> None:
    world.given_order(("CHAIN", 10, "1"))
    assert expect_due_orders(world.desk) == 1
    assert expect_due_orders(world.desk) == 0
    world.tap("lin", "Something differs", {"received.1": "7"})
    world.tap("maria", "All good")
    world.tap("otto", "Confirm quantity")
    assert world.inbox("chen")
    assert expect_due_orders(world.desk) == 0
    world.tap("chen", "Expect the rest in a week")
    assert expect_due_orders(world.desk) == 0
    world.pass_time(days=7)
    assert expect_due_orders(world.desk) == 1
    assert world.inbox("lin")[0].rows[0].figures[0].value == "3 pc"


def test_an_order_of_the_future_is_not_expected(world: World) -> None:
    world.given_order(("CHAIN", 10, "1"), due=world.desk.today().replace(day=28))
    assert expect_due_orders(world.desk) == 0


def test_relays_that_expect_at_once_start_one_receipt_each(world: World) -> None:
    for number in range(5):
        world.given_order(("CHAIN", 10, "1"), number=f"42{number}")
    threads = [threading.Thread(target=expect_due_orders, args=(world.desk,)) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert count(world, "documents", "kind = 'receipt'") == 5


def test_a_chat_that_is_closed_is_not_written_to(world: World) -> None:
    recorder = recorded(world, "telegram", "slack")
    chatting(world, "lin")
    chatting(world, "lin", platform="slack", chat="slack-lin")
    with writing(world.engine) as db:
        db.execute(text("UPDATE chats SET is_open = 0 WHERE platform = 'telegram'"))
    world.given_receipt(("CHAIN", 5, "1"))
    settle(world)
    assert recorder.titles("chat-lin") == []
    assert recorder.titles("slack-lin") == ["PO 4012 from Litware"]


def test_of_a_chat_the_most_urgent_is_queued_alone_and_urgent_chats_come_first(world: World) -> None:
    recorded(world, "telegram")
    for code in ("lin", "chen"):
        chatting(world, code)
    with writing(world.engine) as db:
        entry = db.execute(text("SELECT MAX(id) FROM journal")).scalar_one()
        for chat, subject in (
            ("lin", "digest:x"),
            ("lin", "task:1"),
            ("lin", "task:2"),
            ("chen", "task:1"),
            ("chen", "alert:1.1"),
        ):
            message = db.execute(
                text("""
                    INSERT INTO messages (chat_id, subject, made_at)
                    SELECT id, :subject, 0 FROM chats WHERE chat = :chat RETURNING id
                """),
                {"chat": f"chat-{chat}", "subject": subject},
            ).scalar_one()
            db.execute(
                text("INSERT INTO deliveries (entry_id, message_id, due_at, made_at) VALUES (:entry, :message, 0, 0)"),
                {"entry": entry, "message": message},
            )
    queued: list[tuple[str, int]] = []
    relay = Relay(world.desk, lambda queue, number: queued.append((queue, number)), NO_DIGEST)
    relay.turn()
    assert [(queue, subject_of(world, number)) for queue, number in queued] == [
        ("urgent", ("chat-chen", "alert:1.1")),
        ("notify", ("chat-lin", "task:1")),
    ]
    world.pass_time(seconds=1)
    with writing(world.engine) as db:
        for _, number in queued:
            db.execute(text("UPDATE deliveries SET state = 'delivered' WHERE id = :id"), {"id": number})
        rests = {"until": to_micros(world.now + dt.timedelta(seconds=3))}
        db.execute(text("UPDATE chats SET turn_at = :until WHERE chat = 'chat-lin'"), rests)
    queued.clear()
    relay.turn()
    assert [subject_of(world, number) for _, number in queued] == [("chat-chen", "task:1")]
    world.pass_time(seconds=3)
    queued.clear()
    relay.turn()
    assert [(queue, subject_of(world, number)) for queue, number in queued] == [("notify", ("chat-lin", "task:2"))]


def subject_of(world: World, delivery: int) -> tuple[str, str]:
    with reading(world.engine) as db:
        row = db.execute(
            text("""
                SELECT c.chat, m.subject FROM deliveries d JOIN messages m ON m.id = d.message_id
                JOIN chats c ON c.id = m.chat_id WHERE d.id = :id
            """),
            {"id": delivery},
        ).one()
    return row.chat, row.subject
