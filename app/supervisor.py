"""Keeps the parts of one installation running: starts them together, restarts one that dies, stops them all cleanly.

One thread: everything that happens (a line from a part, a part's end, a signal) wakes one ``select``. The parts end
with this process however it ends (``app.child``).
"""

import contextlib
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Final

from app import parts as presence
from app.child import Child, Part, how_it_ended
from app.parts import parts_ready
from app.settings import Settings

__all__ = ["Part", "parts_ready", "run"]

_PROBE_S: Final = 0.02
_STOP_S: Final = 5.0
_LAST_WORDS_MAX: Final = 160
_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(
    settings: Settings,
    parts: Sequence[Part],
    *,
    say: Callable[[str], None] = print,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Keep the parts running until SIGINT, SIGTERM or SIGHUP, then stop them all.

    ``say`` is given one sentence for a person when a part had to be restarted; ``on_ready`` is called once, when every
    part is ready for the first time. The caller holds the folder (``app.parts.claimed``).
    """
    presence.expect(settings.data, (each.name for each in parts))
    (settings.data / "logs").mkdir(mode=0o700, exist_ok=True)
    supervisor = _Supervisor([Child(each, settings.data, settings.secrets) for each in parts], say)
    with supervisor.listening():
        try:
            supervisor.watch(on_ready)
        finally:
            supervisor.stop()
            presence.expect_nothing(settings.data)


class _Supervisor:
    def __init__(self, children: Sequence[Child], say: Callable[[str], None]) -> None:
        self._children = children
        self._say = say
        self._is_stopping = False
        self._selector = selectors.DefaultSelector()

    def watch(self, on_ready: Callable[[], None]) -> None:
        """Start and restart the parts until asked to stop."""
        tell_ready: Callable[[], None] | None = on_ready
        while not self._is_stopping:
            self._start_due()
            self._wait(self._pause_s())
            awaited = [each for each in self._children if not each.check_ready()]
            if tell_ready and not awaited:
                tell_ready()
                tell_ready = None

    def stop(self) -> None:
        """End every part: first by request, after five seconds by force; the base parts after the others."""
        self._is_stopping = True
        for is_base in (False, True):
            group = [each for each in self._children if each.part.is_base is is_base]
            end = time.monotonic() + _STOP_S
            for each in group:
                each.send(signal.SIGTERM)
            while any(each.process for each in group) and time.monotonic() < end:
                self._wait(0.1)
            for each in group:
                each.send(signal.SIGKILL)
            while any(each.process for each in group):
                self._wait(0.1)
        for each in self._children:
            each.close()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take signals, and let each of them wake the select."""
        inbox, outbox = socket.socketpair()
        for each in (inbox, outbox):
            each.setblocking(False)
        before = {each: signal.signal(each, self._ask_to_stop) for each in _STOP_SIGNALS}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        wakeup = signal.set_wakeup_fd(outbox.fileno(), warn_on_full_buffer=False)
        self._selector.register(inbox, selectors.EVENT_READ, inbox)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._selector.close()
            inbox.close()
            outbox.close()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopping = True

    def _start_due(self) -> None:
        for child in self._children:
            if child.due_at is not None and child.due_at <= time.monotonic():
                self._start(child)

    def _start(self, child: Child) -> None:
        try:
            child.start()
        except OSError as error:
            self._say(f"{child.part.name} can't be started: {error.strerror or error}; tried again soon")
        else:
            self._selector.register(child.output, selectors.EVENT_READ, child)

    def _pause_s(self) -> float | None:
        """Return how long nothing needs to be done, or None for as long as nothing happens."""
        now = time.monotonic()
        pauses = [max(0.0, each.due_at - now) for each in self._children if each.due_at is not None]
        if any(each.process and not each.is_ready for each in self._children):
            pauses.append(_PROBE_S)
        return min(pauses, default=None)

    def _wait(self, limit_s: float | None) -> None:
        for key, _ in self._selector.select(limit_s):
            if isinstance(key.data, socket.socket):
                with contextlib.suppress(BlockingIOError):
                    key.data.recv(4096)
            elif key.data.read() == 0:
                self._selector.unregister(key.fd)
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._note_end(child)

    def _note_end(self, child: Child) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(child.output)
        code = child.note_end()
        if code != 0 and not self._is_stopping:
            last = f" ({child.last_words[:_LAST_WORDS_MAX]})" if code > 0 and child.last_words else ""
            self._say(f"{child.part.name} {how_it_ended(code)}{last} and is started again; see {child.log_path}")
