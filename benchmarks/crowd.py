"""Many people at once: so many kept connections, each sending one request after the other.

The requests are made beforehand and sent as bytes, so that the one who asks costs little beside the one who answers.
"""

import asyncio
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Final
from urllib.parse import urlsplit

from benchmarks.rounds import Measured

ROUNDS: Final = 3
REST_S: Final = 1.5
_OK: Final = b"HTTP/1.1 200"

Request = tuple[str, bytes, Mapping[str, str]]
"""A path, a body and the headers."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one round showed: answers a second, and the times to an answer in milliseconds."""

    throughput: float
    p50: float
    p99: float


Prepare = Callable[[int, int], Sequence[Request]]
"""Returns a round's requests: the number of the round, and how many."""


@dataclass
class Crowd:
    """So many connections to ours and to the floor, in turn; ``seen`` holds the rounds, once they were run."""

    connections: int
    count: int
    ours: tuple[str, Prepare]
    floor: tuple[str, Prepare]
    seen: dict[str, list[Seen]] = field(default_factory=dict)

    def run(self, rounds: int) -> dict[str, list[Seen]]:
        """Return the rounds of both sides, after one that only warms up; those that were run are not run again."""
        if not self.seen:
            self.seen = {"ours": [], "floor": []}
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as asker:
                self._run(asker, rounds)
        return self.seen

    def _run(self, asker: Executor, rounds: int) -> None:
        for number in range(rounds + 1):
            sides = [("ours", self.ours), ("floor", self.floor)]
            for side, (address, prepare) in sides if number % 2 else sides[::-1]:
                requests = prepare(number, self.count)
                found = asker.submit(asked, address, requests, self.connections).result()
                time.sleep(REST_S)  # what is done after an answer is not to lie in the other side's figures
                if number:
                    self.seen[side].append(found)


@dataclass(frozen=True, slots=True)
class OfCrowd:
    """One figure of a crowd: ``throughput``, ``p50`` or ``p99``."""

    name: str
    unit: str
    figure: str
    crowd: Crowd

    def measure(self, rounds: int = ROUNDS) -> Measured:
        """Return the medians over the rounds."""
        seen = self.crowd.run(rounds)
        ours, floor = (statistics.median(getattr(each, self.figure) for each in seen[side]) for side in seen)
        return Measured(self.name, ours, floor, self.unit)


def asked(address: str, requests: Sequence[Request], connections: int) -> Seen:
    """Return what one round shows; in a process of its own, for the asker is not to wait for the interpreter's lock."""
    return asyncio.run(_ask(address, requests, connections))


async def _ask(address: str, requests: Sequence[Request], connections: int) -> Seen:
    place = urlsplit(address)
    assert place.hostname is not None and place.port is not None
    waiting = [_bytes(place.netloc, each) for each in requests][::-1]
    took_s: list[float] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        while waiting:
            request = waiting.pop()
            begun = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            took_s.append(time.perf_counter() - begun)
            assert head.startswith(_OK), head
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(min(connections, len(requests)))))
    lasted_s = time.perf_counter() - begun
    took_s.sort()
    return Seen(len(took_s) / lasted_s, _quantile(took_s, 0.5) * 1_000, _quantile(took_s, 0.99) * 1_000)


def _bytes(host: str, request: Request) -> bytes:
    path, body, headers = request
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _length(head: bytes) -> int:
    named = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    return next((int(value) for name, _, value in named if name == b"content-length"), 0)


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
