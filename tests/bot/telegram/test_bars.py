"""What must not come of a tap, a code, a name or a picture, seen from Telegram."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import text
from telegram import Bot, File

from bot.telegram.photos import PhotoLost, fetch
from inventory_core.db.engine import reading, writing
from notifier import subjects
from tests.bot.telegram.running import asked_of, chat_of, code_for, decisions, linked, told
from tests.bot.test_seeing import huge
from tests.telegram_server import Tap, TelegramServer
from tests.world import World
from workflows.inbox import Reader


def refusals(world: World) -> int:
    with reading(world.engine) as db:
        return int(db.execute(text("SELECT COUNT(*) FROM journal WHERE kind = 'act.refused'")).scalar_one())


def refused(telegram: TelegramServer, tap: Tap, words: str) -> None:
    """See that a tap was refused for the tapping finger alone."""
    assert words in telegram.answer_to(tap)
    assert tap.answer is not None and tap.answer.is_alert


def test_a_right_that_was_taken_away_a_moment_ago_is_gone_at_the_tap(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    lin = linked(shop, telegram, "lin")
    card = asked_of(shop, lin)
    with writing(shop.engine) as db:
        db.execute(text("DELETE FROM employee_roles WHERE role = 'storekeeper'"))
    for label in ("All arrived as ordered", "Something differs…"):
        refused(telegram, lin.taps(card, label, version=0), "storekeeper")
    assert decisions(shop) == [] and refusals(shop) == 2
    assert len(card.versions[0].labels) == 3 and "Waiting for" not in card.text


def test_an_account_that_was_untied_decides_nothing(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    card = asked_of(shop, lin)
    lin.says("unlink telegram")
    lin.sees("Your Telegram accounts are untied.")
    refused(telegram, lin.taps(card, "All arrived as ordered"), "not linked")
    assert decisions(shop) == [] and refusals(shop) == 1


@pytest.mark.parametrize("days", [0, 30])
def test_a_card_of_a_paper_that_was_changed_since_decides_nothing(
    shop: World, telegram: TelegramServer, face: str, days: int
) -> None:
    lin = linked(shop, telegram, "lin")
    card = asked_of(shop, lin)
    shop.pass_time(days=days)
    with writing(shop.engine) as db:
        db.execute(text("UPDATE documents SET revision = revision + 1 WHERE kind = 'receipt'"))
    refused(telegram, lin.taps(card, "All arrived as ordered"), "changed")
    assert decisions(shop) == [] and refusals(shop) == 1
    telegram.wait_for(lambda: card.was_edited, otherwise=lambda: lin.chat.transcript())
    assert telegram.answer_to(lin.taps(card, "All arrived as ordered")) == "Done: All arrived as ordered."


def test_of_many_taps_at_once_by_two_people_one_counts(shop: World, telegram: TelegramServer, face: str) -> None:
    with writing(shop.engine) as db:
        db.execute(
            text("INSERT INTO employee_roles (employee_id, role) VALUES (:id, 'storekeeper')"),
            {"id": shop.person("otto").id},
        )
    lin, otto = linked(shop, telegram, "lin"), linked(shop, telegram, "otto")
    cards = {lin: asked_of(shop, lin)}
    cards[otto] = otto.sees("PO 4012")
    telegram.deliver_each(copies=1, at_once=16)
    telegram.hold()
    taps = [person.taps(cards[person], "All arrived as ordered") for _ in range(12) for person in (lin, otto)]
    telegram.release(shuffle=7)
    answers = [telegram.answer_to(each, within_s=30) for each in taps]
    assert decisions(shop) == ["as_ordered"]
    assert answers.count("Done: All arrived as ordered.") == 1
    assert all(each.startswith(("Done", "Already")) for each in answers)


@pytest.mark.parametrize("name", ["a\u200bb", "a\u202eb", "a\u2066b", "a\ufeffb"])
def test_what_hides_in_a_name_is_made_visible_in_the_chat(
    shop: World, telegram: TelegramServer, face: str, name: str
) -> None:
    lin = linked(shop, telegram, "lin")
    card = asked_of(shop, lin, (name, 5, "1"))
    assert f"a[U+{ord(name[1]):04X}]b" in card.text and name[1] not in card.text


def test_guessed_codes_lock_the_account_and_whose_code_it_could_be_is_told(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    code = code_for(shop, "lin")
    eve = telegram.person("eve", language="en")
    for _ in range(5):
        last = eve.says("/start AAAAAAAA")
        eve.sees("This code is wrong or over.", after=last)
    eve.says(f"/link {code}")
    eve.sees("Too many wrong codes.")
    told(shop)
    with reading(shop.engine) as db:
        subject = db.execute(text("SELECT subject FROM messages WHERE subject LIKE 'account:%'")).scalar_one()
    card = subjects.card_of(shop.desk, subject, Reader("zh", chat_of(eve), "lin"))
    assert card is not None and card.title == "有人在Telegram尝试绑定码"


def test_a_code_of_a_colleague_ties_nothing_and_is_used_up(shop: World, telegram: TelegramServer, face: str) -> None:
    lin = linked(shop, telegram, "lin")
    code = code_for(shop, "maria")
    for words in ("This account belongs to somebody else already.", "This code is wrong or over."):
        last = lin.says(f"/link {code}")
        lin.sees(words, after=last)
    assert lin.user["username"] == "lin"


def test_a_picture_that_would_fill_the_memory_is_refused_and_asked_for_again(
    shop: World, telegram: TelegramServer, face: str
) -> None:
    lin = linked(shop, telegram, "lin")
    lin.taps(asked_of(shop, lin), "Something differs…")
    for question, answer in (("1 of 3", "547"), ("2 of 3", "0")):
        lin.sees(question)
        lin.says(answer)
    third = lin.sees("3 of 3")
    for content in (huge(60_000), huge(6_000)):
        lin.sends_photo(content)
        third = lin.sees("not a photo that can be read", after=third)
        assert "3 of 3" in third.text
    with reading(shop.engine) as db:
        assert db.execute(text("SELECT COUNT(*) FROM attachments")).scalar_one() == 0


@contextmanager
def server(answer_to: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), answer_to)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()


def test_a_redirect_away_from_the_server_of_files_is_not_followed() -> None:
    asked: list[str] = []

    class Inner(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            return

    with server(Inner) as inner:

        class Redirecting(Inner):
            def do_GET(self) -> None:
                self.send_response(302)
                self.send_header("Location", f"{inner}/secret")
                self.end_headers()

        with server(Redirecting) as outer:

            class Known(Bot):
                async def get_file(self, *_args: object, **_more: object) -> File:
                    return File("f1", "u1", 10, f"{outer}/file/bot4242:a-token/photos/1.jpg")

            bot = Known("4242:a-token", base_url=f"{outer}/bot", base_file_url=f"{outer}/file/bot")
            with pytest.raises(PhotoLost):
                asyncio.run(fetch(bot, "f1"))
    assert asked == []
