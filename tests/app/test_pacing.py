"""The pace that several processes share on the queue's server, and what holds while that server is away."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from app.pacing import SharedKeeper
from app.valkey import embedded_server
from bot.pace import Rate, Use, Window
from tests.tools import eventually

BURST = Use("T1:chat.postMessage:C1", Rate(1, 20))

FEW = Use("telegram:1:all", Window(20, 30.0))

_PROCESS = """
import sys
from app.pacing import SharedKeeper
from bot.pace import Rate, Use, Window
keeper, use = SharedKeeper(sys.argv[1]), Use("T1:chat.postMessage:C1", Rate(1, 20))
sys.stdin.readline()
print(sum(keeper.take([use], patience_s=0).is_taken for _ in range(20)))
"""


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    server = embedded_server(tmp_path)
    server.prepare()
    process = subprocess.Popen(server.command, stdout=subprocess.DEVNULL)
    assert eventually(server.is_ready)
    yield server.url, process
    process.kill()
    process.wait()


@pytest.mark.parametrize("kind", ["rate", "window"])
def test_processes_share_one_burst(queue: tuple[str, subprocess.Popen[bytes]], kind: str) -> None:
    url, _ = queue
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _PROCESS, url, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    taken = [int(each.communicate("\n", timeout=60)[0]) for each in processes]
    assert sum(taken) == 20


def test_slacks_wish_to_one_process_is_kept_by_the_others(queue: tuple[str, subprocess.Popen[bytes]]) -> None:
    url, _ = queue
    SharedKeeper(url).close(BURST, for_s=30)
    turn = SharedKeeper(url).take([BURST], patience_s=1)
    assert not turn.is_taken and 25 < turn.wait_s <= 30
    other = Use("T1:chat.postMessage:C2", Rate(60, 10))
    assert SharedKeeper(url).take([other], patience_s=1).is_taken
    assert not SharedKeeper(url).take([other, BURST], patience_s=1).is_taken


def test_a_window_is_shut_reopened_and_handed_on_for_all_processes(queue: tuple[str, subprocess.Popen[bytes]]) -> None:
    url, _ = queue
    for _ in range(20):
        assert SharedKeeper(url).take([FEW], patience_s=0).is_taken
    turn = SharedKeeper(url).take([FEW], patience_s=1)
    assert not turn.is_taken and 25 < turn.wait_s <= 30
    heir = Use("telegram:1:other", FEW.limit)
    SharedKeeper(url).inherit(heir, FEW.key)
    assert 25 < SharedKeeper(url).take([heir], patience_s=1).wait_s <= 30
    SharedKeeper(url).close(FEW, for_s=50)
    assert 45 < SharedKeeper(url).take([FEW], patience_s=-1).wait_s <= 50


def test_who_books_ahead_is_not_overtaken(queue: tuple[str, subprocess.Popen[bytes]]) -> None:
    url, _ = queue
    step = Use("telegram:1:step", Rate(6, 1))
    assert SharedKeeper(url).take([step], patience_s=0).is_taken
    assert 9 < SharedKeeper(url).take([step], patience_s=10).wait_s <= 10
    assert 19 < SharedKeeper(url).take([step], patience_s=0).wait_s <= 20


def test_asking_takes_nothing(queue: tuple[str, subprocess.Popen[bytes]]) -> None:
    url, _ = queue
    gate = Use("telegram:1:open", Rate(60_000, 1), 0)
    for _ in range(50):
        assert SharedKeeper(url).take([FEW, BURST], patience_s=-1).wait_s == 0
        assert SharedKeeper(url).take([gate], patience_s=0).is_taken
    assert SharedKeeper(url).take([FEW, BURST], patience_s=0).is_taken


def test_nothing_of_a_pace_stays_on_the_server(queue: tuple[str, subprocess.Popen[bytes]]) -> None:
    url, _ = queue
    SharedKeeper(url).take([Use("T1:chat.update:C1:1.1", Rate(6_000, 1)), Use("all", Window(2, 0.02))], patience_s=1)
    assert eventually(lambda: Redis.from_url(url).dbsize() == 0)


def test_without_the_server_a_process_keeps_its_own_pace_and_never_fails(
    queue: tuple[str, subprocess.Popen[bytes]],
) -> None:
    url, process = queue
    keeper = SharedKeeper(url)
    for _ in range(15):
        assert keeper.take([BURST], patience_s=0).is_taken
    process.kill()
    process.wait()
    assert sum(keeper.take([BURST], patience_s=0).is_taken for _ in range(20)) == 5
    keeper.close(BURST, for_s=40)
    assert keeper.take([BURST], patience_s=0).wait_s > 30


def test_a_server_that_was_never_there_holds_up_nothing() -> None:
    keeper = SharedKeeper("redis://127.0.0.1:1/0")
    assert sum(keeper.take([BURST], patience_s=0).is_taken for _ in range(30)) == 20
