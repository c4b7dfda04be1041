"""What may go wrong between a bot and Telegram, planned per method and count."""

from dataclasses import dataclass, field
from threading import Lock


@dataclass(frozen=True, slots=True)
class Flood:
    """429: slow down. The wait stands in the body and in the Retry-After header."""

    retry_after_s: int = 1


@dataclass(frozen=True, slots=True)
class Broken:
    """A 5xx with Telegram's JSON body."""

    code: int = 502
    description: str = "Bad Gateway"


@dataclass(frozen=True, slots=True)
class Refused:
    """Any refusal, word for word."""

    code: int
    description: str


@dataclass(frozen=True, slots=True)
class AnswerLost:
    """The call is carried out but its answer never comes: the line is cut, or with ``is_silent`` stays mute."""

    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class CallLost:
    """The line is cut before the call is carried out."""


@dataclass(frozen=True, slots=True)
class Slow:
    """The call is carried out and answered after a while."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Garbage:
    """A page of HTML where JSON should be; the call is not carried out."""

    code: int = 200
    body: str = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


Fault = Flood | Broken | Refused | AnswerLost | CallLost | Slow | Garbage


@dataclass(slots=True)
class _Planned:
    method: str
    fault: Fault
    skip: int
    times: int


@dataclass(slots=True)
class FaultPlan:
    """The faults to come; each call takes the first that is meant for it."""

    _planned: list[_Planned] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def on(self, method: str, fault: Fault, *, times: int = 1, after: int = 0) -> None:
        """Let the next ``times`` calls of ``method`` (``*``: any) fail so, once ``after`` of them have passed."""
        with self._lock:
            self._planned.append(_Planned(method, fault, after, times))

    def clear(self) -> None:
        """Forget what is still to come."""
        with self._lock:
            self._planned.clear()

    def take(self, method: str) -> Fault | None:
        """Return the fault of this call, and count it."""
        with self._lock:
            for planned in self._planned:
                if planned.method not in (method, "*") or not planned.times:
                    continue
                if planned.skip:
                    planned.skip -= 1
                    continue
                planned.times -= 1
                return planned.fault
        return None
