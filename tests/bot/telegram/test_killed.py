"""Somebody answers a long form while the process that listens is killed, again and again, whatever it is doing."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from app.doctor import examine
from bot.telegram.routes import PATH
from bot.telegram.send import TelegramChannel
from inventory_core.db.engine import reading
from tests.bot.telegram.running import HOST, decisions, linked, running, told
from tests.telegram_server import Message, Person, Slow, TelegramServer
from tests.telegram_server.state import BOT_ID
from tests.world import World

ROOT = Path(__file__).parents[3]
_STEP = re.compile(r"\b(\d+) of (\d+)\b")
_LONGEST_LIFE_S = 0.15
"""A process lives so long after what the person did: from not at all to well after the answer."""


class Life:
    """The process that listens, or the next one after it was killed."""

    def __init__(self, world: World, telegram: TelegramServer) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        telegram.resolve(HOST, to=f"http://127.0.0.1:{port}{PATH}".removesuffix(PATH))
        command = ("-m", "tests.bot.telegram.nursery", str(world.engine.url), str(world.desk.files), str(port))
        self._nursery = subprocess.Popen(
            [sys.executable, *command, telegram.base_url, telegram.token],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.kills = 0
        self._pid = 0
        self.begin()

    def begin(self) -> None:
        assert self._nursery.stdin is not None and self._nursery.stdout is not None
        self._nursery.stdin.write("\n")
        self._nursery.stdin.flush()
        self._pid = int(self._nursery.stdout.readline())

    def ends_after(self, seconds: float) -> threading.Thread:
        """Kill the process so much later, and let the next one begin."""

        def kill() -> None:
            time.sleep(seconds)
            os.kill(self._pid, signal.SIGKILL)
            self.kills += 1
            self.begin()

        thread = threading.Thread(target=kill)
        thread.start()
        return thread

    def close(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        self._nursery.wait(10)


def from_bot(person: Person) -> list[Message]:
    return [each for each in person.chat.shown if each.sender["id"] == BOT_ID]


def step_of(message: Message) -> int:
    """Return the number of the question that a message asks; past all of them for the check, 0 for anything else."""
    if "Please check" in message.text:
        return 10_000
    found = _STEP.search(message.text.partition("\n")[0])
    return int(found[1]) if found else 0


def wait_for_step(telegram: TelegramServer, person: Person, after: int) -> int:
    """Wait for a question further on than ``after``; one that is asked again is known already."""
    telegram.wait_for(
        lambda: any(step_of(each) > after for each in from_bot(person)),
        within_s=30,
        otherwise=lambda: f"no question after {after}:\n{person.chat.transcript()}",
    )
    return max(map(step_of, from_bot(person)))


@pytest.fixture
def life(shop: World, telegram: TelegramServer) -> Iterator[Life]:
    made = Life(shop, telegram)
    yield made
    made.close()


def play(world: World, telegram: TelegramServer, life: Life, *, lines: int, kills: int, seed: int) -> None:
    """Let Lin tell what arrived, line by line, with a kill after each thing that she does."""
    chance = random.Random(seed)
    world.channels["telegram"] = TelegramChannel(telegram.token, base_url=telegram.base_url, timeout_s=5)
    ordered = [(f"PART-{n:02}", 100 + n, "1") for n in range(lines)]
    given = [(100 + n - n % 3, 1 + n % 2) for n in range(lines)]
    lin = linked(world, telegram, "lin")
    world.given_receipt(*ordered)
    told(world)
    card = lin.sees("PO 4012 from Litware")
    said = 0

    def and_killed() -> None:
        nonlocal said
        said += 1
        if life.kills < kills:
            life.ends_after(chance.uniform(0, _LONGEST_LIFE_S)).join()

    lin.taps(card, "Something differs…")
    and_killed()
    step = wait_for_step(telegram, lin, 0)
    while step < 10_000:
        line, is_damaged = divmod(step - 1, 2)
        lin.says(str(given[line][is_damaged]) if line < lines else "Skip")
        and_killed()
        step = wait_for_step(telegram, lin, step)
    lin.says("Send")
    and_killed()
    lin.sees("Something differs.", after=next(each for each in from_bot(lin) if step_of(each) == 10_000), within_s=30)
    telegram.wait_until_confirmed(within_s=30)

    assert life.kills == kills
    assert said == 2 * lines + 3  # a tap, an answer a question, and the word that sends them: none in vain
    again = len([each for each in from_bot(lin) if step_of(each)]) - (2 * lines + 2)
    assert again <= kills  # a question may come twice where the kill fell between its sending and our noting it
    assert decisions(world) == ["differs"]
    (inspection,) = world.inbox("maria")
    assert [tuple(each.value for each in row.figures) for row in inspection.rows] == [
        (f"{received} pc", f"{damaged} pc") for received, damaged in given
    ]
    for person, label in (("maria", "All good"), ("otto", "Confirm quantity")):
        world.tap(person, label)
    with reading(world.engine) as db:
        posted = db.execute(text("SELECT COUNT(*) FROM movements WHERE kind = 'receipt'")).scalar_one()
        assert posted == 1
        assert db.execute(text("SELECT COUNT(*) FROM dialogues")).scalar_one() == 0
    assert examine(world.engine) == []


@pytest.mark.parametrize("seed", [1])
def test_a_form_is_answered_to_its_end_whenever_the_process_is_killed(
    shop: World, telegram: TelegramServer, life: Life, seed: int
) -> None:
    play(shop, telegram, life, lines=2, kills=7, seed=seed)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_fifty_kills_lose_no_question_and_no_answer(
    shop: World, telegram: TelegramServer, life: Life, seed: int
) -> None:
    play(shop, telegram, life, lines=24, kills=50, seed=seed)


def test_an_update_counts_as_taken_only_once_its_answer_was_sent(
    shop: World, telegram: TelegramServer, channel: TelegramChannel
) -> None:
    with running(shop.desk, telegram):
        lin = linked(shop, telegram, "lin")
        telegram.faults.on("sendMessage", Slow(0.4))
        lin.says("help")
        telegram.wait_for(lambda: len(telegram.state.updates.waiting) == 1)
        telegram.wait_until_confirmed()
        assert "inbox" in lin.chat.last.text
