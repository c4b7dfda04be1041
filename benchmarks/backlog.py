"""A thousand messages that wait, sent by the relay and the lanes of one worker to a strict Telegram.

It stands in a process of its own, counts by its own clock, and takes a tenth of a second to answer, as the real one.
The floor is what its limits allow: of 30 messages a second over all, the narrowest of the three that are reached. The
rate is that of the time in which it is the narrowest: once fewer than 30 private chats wait, one a second in each of
them is, and what the last of them take is the second figure, beside the least that a thousand messages can take.
"""

import datetime as dt
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import count
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import Any, Final

from benchmarks.aside import aside
from benchmarks.company import company
from benchmarks.rounds import Measured
from bot.telegram.pace import Pace
from bot.telegram.send import TelegramChannel, bot_id_of
from notifier.delivery import deliver
from notifier.lanes import Lanes
from notifier.relay import QUEUES, Relay
from tests.bot.telegram.backlog import GROUPS, MESSAGES, PRIVATE, Backlog
from tests.notifier.recorder import NO_DIGEST
from tests.telegram_server import Limits, Slow, TelegramServer
from workflows.desk import Desk

_A_SECOND: Final = 30
_ANSWER_S: Final = 0.1
_DRIFT_S: Final = 0.1
_IDLE_S: Final = 0.05
_FIRST_PERSON, _FIRST_GROUP = 1001, -4001


@dataclass
class _Told:
    """One figure of the backlog."""

    name: str
    run: "_Run"

    def measure(self, rounds: int = 1) -> Measured:
        """Return what came of sending the backlog once; it takes as long as Telegram's limits make it."""
        found = self.run.found
        if self.name.endswith("refused"):
            return Measured(self.name, float(found.refused), float(self.run.messages), "429s")
        if self.name.endswith("whole"):
            return Measured(self.name, found.whole_s, self.run.messages / _A_SECOND, "s")
        return Measured(self.name, found.rate, float(_A_SECOND), "messages/s")


@dataclass(frozen=True, slots=True)
class _Found:
    """Messages a second while the limit over all was the narrowest, the time of all, and the calls refused."""

    rate: float
    whole_s: float
    refused: int


@dataclass
class _Run:
    messages: int

    @cached_property
    def found(self) -> _Found:
        """What sending them showed, which is done once."""
        with company() as world, _far() as far:
            world.now = dt.datetime.now(dt.UTC)
            world.desk = replace(world.desk, clock=lambda: dt.datetime.now(dt.UTC))
            backlog = Backlog(world, far)
            backlog.add_chats()
            channel = TelegramChannel(far.token, base_url=far.base_url, pace=Pace(bot_id_of(far.token)))
            world.channels["telegram"] = channel
            backlog.fill(self.messages)
            begun = time.perf_counter()
            sent, took_s = _send(world.desk, backlog)
            whole_s = time.perf_counter() - begun
            channel.close()
            return _Found(sent / took_s, whole_s, far.refused())


@contextmanager
def pairs(*, scale: int = 1) -> Iterator[list[_Told]]:
    """Give the measurements; ``scale`` divides how many messages wait."""
    run = _Run(max(MESSAGES // scale, PRIVATE + GROUPS))
    yield [_Told(f"send.telegram.backlog{figure}", run) for figure in ("", ".whole", ".refused")]


def _send(desk: Desk, backlog: Backlog) -> tuple[int, float]:
    """Do what the relay and one worker do until nothing waits.

    Returns how many were sent, and in how many seconds, until fewer private chats waited than a second has messages.
    """
    jobs: queue.PriorityQueue[tuple[int, int, int]] = queue.PriorityQueue()
    ranks, order, lanes, is_over = list(QUEUES.values()), count(), Lanes(), threading.Event()
    tools = backlog.world.tools

    def enqueue(name: str, number: int) -> None:
        jobs.put((ranks.index(name), next(order), number))

    def work() -> None:
        while not is_over.is_set():
            try:
                _, _, number = jobs.get(timeout=_IDLE_S)
            except queue.Empty:
                continue
            lanes.run(partial(deliver, tools, number))

    worker = threading.Thread(target=work)
    worker.start()
    relay = Relay(desk, enqueue, NO_DIGEST)
    begun, in_crowd = time.perf_counter(), (0, 0.0)
    at_first, _ = backlog.waiting()
    left = at_first
    while left:
        if not relay.turn():
            time.sleep(_IDLE_S)
        left, people = backlog.waiting()
        if people >= _A_SECOND or not in_crowd[0]:
            in_crowd = (at_first - left, time.perf_counter() - begun)
    is_over.set()
    worker.join()
    return in_crowd


class _Far:
    """A strict Telegram in another process, as a backlog needs to know it."""

    def __init__(self, line: Connection) -> None:
        self._line = line
        port, self.token = line.recv()
        self.base_url = f"http://127.0.0.1:{port}/bot"
        self._people, self._groups = count(_FIRST_PERSON), count(_FIRST_GROUP, -1)

    def person(self, _name: str) -> Any:
        return SimpleNamespace(id=next(self._people))

    def group(self, _title: str) -> Any:
        return SimpleNamespace(id=next(self._groups))

    def refused(self) -> int:
        self._line.send("refused")
        return int(self._line.recv())


@contextmanager
def _far() -> Iterator[_Far]:
    with aside(_serve) as line:
        yield _Far(line)


def _serve(line: Connection) -> None:
    limits = Limits(drift_s=_DRIFT_S)
    with TelegramServer(limits=limits) as server:
        for number in range(PRIVATE):
            server.person(f"p{number}")
        for number in range(GROUPS):
            server.group(f"Dock {number}")
        server.faults.on("*", Slow(_ANSWER_S), times=1_000_000)
        line.send((server.port, server.token))
        while line.recv():
            line.send(limits.refused)
