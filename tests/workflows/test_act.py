"""One decision: who may make it, once, and what a late, doubled or foreign tap is told."""

import json
import sqlite3
import threading
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from inventory_core.db.engine import reading, writing
from tests.world import World
from workflows import act, inbox, people
from workflows.cards import Done, Refused
from workflows.intents import Address, Intent, Photo, Sender


def test_the_same_tap_sent_three_times_counts_once_and_is_answered_each_time(world: World) -> None:
    world.given_receipt(("CHAIN", 5, "1"))
    token = world.button("lin", "All arrived as ordered").token
    answers = [world.send("lin", token, dedupe="tap-1") for _ in range(3)]
    assert all(isinstance(each, Done) for each in answers)
    assert [each.is_repeat for each in answers if isinstance(each, Done)] == [False, True, True]
    assert _count(world, "decisions") == 1


def test_another_tap_on_a_settled_task_is_told_by_whom_and_when(world: World) -> None:
    world.given_receipt(("CHAIN", 5, "1"))
    button = world.button("lin", "All arrived as ordered")
    world.send("lin", button.token)
    refused = world.send("lin", button.token)
    assert isinstance(refused, Refused)
    assert refused.words == "Already settled by Lin Wei at 09:00: All arrived as ordered."
    assert refused.card is not None and not refused.card.buttons


def test_whoever_lacks_the_role_is_refused_and_it_is_noted(world: World) -> None:
    world.given_receipt(("CHAIN", 5, "1"))
    token = world.button("lin", "All arrived as ordered").token
    with writing(world.engine) as db:
        db.execute(text("DELETE FROM employee_roles WHERE role = 'storekeeper'"))
    refused = world.send("lin", token)
    assert isinstance(refused, Refused) and refused.words.startswith("This is for: storekeeper")
    assert _count(world, "decisions") == 0
    assert world.journal_kinds()[-1] == "act.refused"


def test_nobody_inspects_what_they_received_whatever_account_they_use(world: World) -> None:
    world.given_receipt(("CHAIN", 5, "1"))
    with writing(world.engine) as db:
        db.execute(
            text(
                "INSERT INTO employee_roles (employee_id, role)"
                " SELECT id, 'inspector' FROM employees WHERE code = 'lin'"
            )
        )
        lin = people.by_code(db, "lin")
        assert lin is not None
        sender, chat = Sender("telegram", "", "77"), Address("telegram", "", "77")
        people.link(db, sender, chat, people.new_link_code(db, lin, now=world.now), now=world.now)
    maria = world.button("lin", "All arrived as ordered")
    world.send("lin", maria.token)
    assert not world.inbox("lin")
    task = world.inbox("maria")[0].subject
    card = inbox.task_card(world.desk, int(task.removeprefix("task:")), inbox.Reader("en", chat))
    assert card is not None
    refused = act.act(world.desk, Intent(sender, chat, card.buttons[0].token, "second-account"))
    assert isinstance(refused, Refused)
    assert refused.words == "You already acted on this paper (Receive). Somebody else has to decide here."
    with reading(world.engine) as db:
        facts = db.execute(text("SELECT facts FROM journal ORDER BY id DESC LIMIT 1")).scalar_one()
    noted = json.loads(facts) if isinstance(facts, str) else facts
    assert noted["violation"] is True


def test_a_token_is_worth_nothing_in_another_chat_or_with_a_flipped_sign(world: World) -> None:
    world.given_receipt(("CHAIN", 5, "1"))
    token = world.button("lin", "All arrived as ordered").token
    stolen = world.send("maria", token)
    flipped = world.send("lin", ("A" if token[0] != "A" else "B") + token[1:])
    assert all(isinstance(each, Refused) for each in (stolen, flipped))
    assert stolen.words == flipped.words == "This card has expired. Your open tasks are in the inbox."
    assert world.inbox("lin")


def test_a_card_of_an_older_revision_is_refused(world: World) -> None:
    world.given_receipt(("CHAIN", 5, "1"))
    token = world.button("lin", "All arrived as ordered").token
    with writing(world.engine) as db:
        db.execute(text("UPDATE documents SET revision = revision + 1 WHERE kind = 'receipt'"))
    refused = world.send("lin", token)
    assert isinstance(refused, Refused) and refused.words.startswith("This changed since")
    assert (
        world.send("lin", world.button("lin", "All arrived as ordered").token).words == "Done: All arrived as ordered."
    )


def test_of_many_taps_at_once_exactly_one_counts(world: World) -> None:
    world.given_receipt(("CHAIN", 5, "1"))
    world.tap("lin", "All arrived as ordered")
    world.tap("maria", "All good")
    with writing(world.engine) as db:
        second = people.create(db, "nina", "Nina Roth", language="en", roles=["supervisor"])
    assert second
    tokens = [
        ("otto", world.button("otto", "Confirm quantity").token),
        ("nina", world.button("nina", "Confirm quantity").token),
    ]
    results: list[Done | Refused] = []

    def tap(number: int) -> None:
        code, token = tokens[number % 2]
        results.append(world.send(code, token, dedupe=f"race:{number}"))

    threads = [threading.Thread(target=tap, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(each, Done) for each in results) == 1
    assert len(results) == 50
    assert world.on_hand("CHAIN").available == 5


def test_an_unlinked_account_learns_how_to_link(world: World) -> None:
    refused = act.act(world.desk, Intent(Sender("slack", "T1", "U9"), Address("slack", "T1", "D9"), "x", "y"))
    assert isinstance(refused, Refused) and "not linked" in refused.words


def test_a_photo_is_kept_re_encoded_and_a_bogus_one_is_refused(shop: World) -> None:
    import io

    from PIL import Image

    shop.given_receipt(("CHAIN", 5, "1"))
    bogus = {"photo": (Photo("x.png", b"GIF89a<script>"),)}
    answers = {"received.1": "4"}
    refused = shop.tap("lin", "Something differs", answers, photos=bogus)
    assert isinstance(refused, Refused) and "photo" in refused.errors
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "PNG")
    done = shop.tap("lin", "Something differs", answers, photos={"photo": (Photo("a.png", picture.getvalue()),)})
    assert isinstance(done, Done) and done.card is not None
    assert done.card.story[0].endswith("1 photo")
    assert [each.suffix for each in shop.desk.files.iterdir()] == [".jpg"]


def test_words_come_in_the_readers_language(shop: World) -> None:
    shop.given_receipt(("CHAIN", 5, "1"))
    with writing(shop.engine) as db:
        db.execute(text("UPDATE employees SET language = 'zh' WHERE code = 'lin'"))
    card = shop.inbox("lin")[0]
    assert (card.title, card.question) == ("采购单 4012 · Litware", "到货情况如何？")
    assert shop.send("lin", card.buttons[0].token).words == "已完成：全部按单到货。"


def _count(world: World, table: str) -> int:
    with reading(world.engine) as db:
        return int(db.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one())


def test_a_card_that_was_not_shown_for_thirty_days_is_shown_anew_before_a_tap_on_it_counts(world: World) -> None:
    world.given_receipt(("CHAIN", 5, "1"))
    button, form = world.button("lin", "All arrived as ordered"), world.button("lin", "Something differs")
    world.pass_time(days=30, seconds=1)
    sender, chat = Sender("web", "", "lin"), world.address("lin")
    for each in (form, button):
        refused = act.tap(world.desk, Intent(sender, chat, each.token, f"old-{each.token}"))
        assert isinstance(refused, Refused) and refused.words.startswith("This card is more than 30 days old.")
        assert refused.card is not None and refused.card.buttons
        with writing(world.engine) as db:
            db.execute(text("UPDATE card_tokens SET made_at = 0"))
    assert _count(world, "decisions") == 0
    assert world.button("lin", "All arrived as ordered").token == button.token
    assert isinstance(world.send("lin", button.token), Done)


def test_a_card_that_is_shown_again_and_again_does_not_grow_old(world: World) -> None:
    world.given_receipt(("CHAIN", 5, "1"))
    for _ in range(3):
        button = world.button("lin", "All arrived as ordered")
        world.pass_time(days=20)
    assert isinstance(world.send("lin", button.token), Done)


def _taps(world: World, *labels: str) -> list[Intent]:
    buttons = [each for card in world.inbox("lin") for each in card.buttons if each.label in labels]
    return [Intent(Sender("web", "", "lin"), world.address("lin"), each.token, each.token) for each in buttons]


def test_taps_settled_together_count_as_each_would_by_itself(shop: World) -> None:
    for number in ("4012", "4013"):
        shop.given_receipt(("CHAIN", 5, "1"), number=number)
    good, asking = _taps(shop, "All arrived as ordered"), _taps(shop, "Something differs")
    expired = Intent(Sender("web", "", "lin"), shop.address("lin"), "gone", "gone")
    found = act.settle_at_once(shop.desk, [good[0], asking[0], expired, good[1], good[0]])
    assert [each and each.is_repeat for each in found] == (
        [False, None, None, False, True] if shop.engine.dialect.name == "sqlite" else [None] * 5
    )
    assert _count(shop, "decisions") == sum(each is not None for each in found[:4])
    for each in good:
        assert isinstance(act.settle(shop.desk, each), act.Settled)
    assert _count(shop, "decisions") == 2


def test_a_document_of_many_lines_is_settled_by_itself(world: World) -> None:
    world.given_receipt(*((f"PART-{number}", 5, "1") for number in range(21)))
    taps = _taps(world, "All arrived as ordered")
    assert act.settle_at_once(world.desk, taps) == [None]
    assert isinstance(act.settle(world.desk, taps[0]), act.Settled)


def test_one_that_fails_leaves_the_others_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in ("4012", "4013"):
        world.given_receipt(("CHAIN", 5, "1"), number=number)
    first, second = _taps(world, "All arrived as ordered")
    carry_out = act.carry_out

    def failing(*given: Any) -> None:
        carry_out(*given)
        if given[-1].dedupe == first.dedupe:
            raise DBAPIError("", None, sqlite3.DatabaseError("broken"))

    monkeypatch.setattr(act, "carry_out", failing)
    found = act.settle_at_once(world.desk, [first, second])
    if world.engine.dialect.name == "sqlite":
        assert found[0] is None and found[1] is not None
        assert _count(world, "decisions") == 1
