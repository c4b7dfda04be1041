"""How far limits of a platform are used up, so that it is never called faster than it takes.

A limit is kept in one of two ways. A ``Rate`` is the moment at which the limit would be unused again (the generic cell
rate algorithm): one number, an even step in the long run, and a short burst. A ``Window`` is the moments of the last
calls: just so many in any stretch of time, however they lie in it.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

_KEPT_MAX: Final = 4_096


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls a minute in the long run, and ``burst`` of them at once."""

    a_minute: float
    burst: int

    @property
    def apart_s(self) -> float:
        return 60.0 / self.a_minute


@dataclass(frozen=True, slots=True)
class Window:
    """So many calls in any stretch of ``span_s`` seconds."""

    count: int
    span_s: float


@dataclass(frozen=True, slots=True)
class Use:
    """One limit that a call uses up, ``count`` of it at once; ``key`` is the same in every process.

    With a ``count`` of 0 a call only waits until the limit is open. Of a Window a call uses one.
    """

    key: str
    limit: Rate | Window
    count: int = 1


@dataclass(frozen=True, slots=True)
class Turn:
    """After how long a call may be made, and whether that turn is now taken."""

    wait_s: float
    is_taken: bool


class Keeper(Protocol):
    """Keeps how far each limit is used up. Never fails, and answers within a quarter of a second."""

    def take(self, uses: Sequence[Use], *, patience_s: float) -> Turn:
        """Use up all of the limits, unless that would have to wait longer than ``patience_s``.

        A patience below 0 only asks.
        """
        ...

    def close(self, use: Use, *, for_s: float) -> None:
        """Let nothing through one limit for so long; then a Rate has no burst at first."""
        ...

    def inherit(self, use: Use, from_key: str) -> None:
        """Let a limit be used up as far as another one that it takes the place of."""
        ...


class OwnKeeper:
    """Keeps the limits of this process. May be used from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._unused_at: dict[str, float] = {}
        self._calls: dict[str, tuple[float, ...]] = {}
        self._lock = threading.Lock()

    def take(self, uses: Sequence[Use], *, patience_s: float) -> Turn:
        with self._lock:
            now = self._clock()
            wait_s = max((self._free_at(each, now) - now for each in uses), default=0.0)
            wait_s = max(wait_s, 0.0)
            is_taken = wait_s <= patience_s
            if is_taken:
                for each in uses:
                    self._note(each, now + wait_s)
                self._forget(now)
            return Turn(wait_s, is_taken)

    def close(self, use: Use, *, for_s: float) -> None:
        with self._lock:
            until = self._clock() + for_s
            match use.limit:
                case Rate(burst=burst):
                    until += (burst - 1) * use.limit.apart_s
                    self._unused_at[use.key] = max(until, self._unused_at.get(use.key, until))
                case Window(count, span_s):
                    self._calls[use.key] = (until - span_s,) * count

    def inherit(self, use: Use, from_key: str) -> None:
        with self._lock:
            if from_key in self._unused_at:
                self._unused_at.setdefault(use.key, self._unused_at[from_key])
            if from_key in self._calls:
                self._calls.setdefault(use.key, self._calls[from_key])

    def _free_at(self, use: Use, now: float) -> float:
        """Return the moment from which the limit lets the call through; one that is past means at once."""
        match use.limit:
            case Rate(burst=burst):
                used_up = max(self._unused_at.get(use.key, now), now)
                return used_up + (min(use.count, burst) - burst) * use.limit.apart_s
            case Window(count, span_s):
                calls = self._calls.get(use.key, ())
                return max(calls[-count] + span_s, calls[-1]) if len(calls) >= count else max((now, *calls[-1:]))

    def _note(self, use: Use, at: float) -> None:
        if not use.count:
            return
        match use.limit:
            case Rate(burst=burst):
                step_s = min(use.count, burst) * use.limit.apart_s
                self._unused_at[use.key] = max(self._unused_at.get(use.key, at), at) + step_s
            case Window(count):
                self._calls[use.key] = (*self._calls.get(use.key, ()), at)[-count:]

    def _forget(self, now: float) -> None:
        if len(self._unused_at) > _KEPT_MAX:
            self._unused_at = {key: at for key, at in self._unused_at.items() if at > now}
        if len(self._calls) > _KEPT_MAX:
            longest_s = 3_600.0  # no limit of a platform looks back further
            self._calls = {key: calls for key, calls in self._calls.items() if calls[-1] > now - longest_s}
