"""Measures ours and the floor in turn, so that a noisy machine is noisy for both."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

ROUNDS: Final = 7

Unit = str
"""``movements/s`` and the like: more is better. ``ms`` and ``us``: less is better."""


Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Measured:
    """The median of ours and of the floor over the rounds."""

    name: str
    ours: float
    floor: float
    unit: Unit

    @property
    def ratio(self) -> float:
        return self.ours / self.floor

    def as_values(self) -> dict[str, str | float]:
        """Return what is written to ``build/bench.json``."""
        figures = {"ours": round(self.ours, 4), "floor": round(self.floor, 4)}
        return {"name": self.name, **figures, "unit": self.unit, "ratio": round(self.ratio, 4)}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two ways to do as much work: each call does ``count`` pieces of it; what precedes the clock is not in it.

    Work that times its own pieces, such as taps with a pause after each, returns its figure.
    """

    name: str
    count: int
    unit: Unit
    ours: Callable[[int], Work]
    floor: Callable[[int], Work]

    def measure(self, rounds: int = ROUNDS) -> Measured:
        """Return the medians of ``rounds`` rounds, after one that only warms up."""
        found: dict[str, list[float]] = {"ours": [], "floor": []}
        for number in range(rounds + 1):
            sides = [("ours", self.ours), ("floor", self.floor)]
            for side, prepare in sides if number % 2 else sides[::-1]:
                work = prepare(number)
                begun = time.perf_counter()
                told = work()
                took_s = time.perf_counter() - begun
                if number:
                    found[side].append(told if isinstance(told, float) else self._figure(took_s))
        return Measured(self.name, statistics.median(found["ours"]), statistics.median(found["floor"]), self.unit)

    def _figure(self, took_s: float) -> float:
        a_second = {"ms": 1_000, "us": 1_000_000}.get(self.unit)
        return took_s * a_second / self.count if a_second else self.count / took_s
