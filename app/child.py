"""One part of an installation as a process: started, listened to, and noted as ready or gone."""

import contextlib
import ctypes
import logging
import logging.handlers
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from app import parts as presence
from app.credentials import masked

PARENT: Final = "STOREKEEPER_SUPERVISOR"
"""The environment variable that tells a part the process number of its supervisor."""

_BACKOFF_MIN_S: Final = 0.2
_BACKOFF_MAX_S: Final = 5.0
_HEALTHY_S: Final = 10.0
_CHUNK_BYTES: Final = 65_536
_LOG_BYTES: Final = 5_000_000
_LOG_FILES: Final = 3
_PR_SET_PDEATHSIG: Final = 1
_prctl: Any = getattr(ctypes.CDLL(None), "prctl", None)


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class Part:
    """A process to keep running.

    ``prepare`` runs before each start. A part with a ``probe`` is ready once that says so; one without announces itself
    (``app.parts.announce_ready``). ``is_base`` parts are stopped after the others. ``sockets`` are handed over as open
    file numbers.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = _nothing
    probe: Callable[[], bool] | None = None
    is_base: bool = False
    sockets: tuple[socket.socket, ...] = ()


class Child:
    """A part, its present process and its log."""

    def __init__(self, part: Part, data: Path, known: frozenset[str]) -> None:
        self.part = part
        self.log_path = data / "logs" / f"{part.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.is_ready = False
        self.due_at: float | None = 0.0
        self._started_at = 0.0
        self._backoff_s = _BACKOFF_MIN_S
        self._data = data
        self._known = known
        self._half_line = b""
        self.last_words = ""
        logging.raiseExceptions = False  # a line that a full disk can't take is let go, without a trace on the terminal
        self._log = logging.handlers.RotatingFileHandler(
            self.log_path, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8"
        )

    def start(self) -> None:
        """Start the part anew; what it writes can then be read from ``output``.

        Raises OSError when the machine can't, with a full disk for one; the next try is then due later.
        """
        self._put_off()
        presence.withdraw(self._data, self.part.name)
        self.part.prepare()
        self.last_words = ""
        self.process = subprocess.Popen(
            self.part.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self.part.env, PARENT: str(os.getpid())},
            pass_fds=[each.fileno() for each in self.part.sockets],
            start_new_session=True,  # Ctrl+C reaches the supervisor alone, which then stops the parts in order
            preexec_fn=_end_with_parent(signal.SIGTERM if self.part.is_base else signal.SIGKILL),
        )
        os.set_blocking(self.output, False)
        self._started_at = time.monotonic()
        self.due_at = None

    @property
    def output(self) -> int:
        """The open file number from which the part's words are read."""
        assert self.process is not None and self.process.stdout is not None
        return self.process.stdout.fileno()

    def read(self) -> int | None:
        """Move some of what the part wrote to its log.

        Returns the number of bytes moved, 0 once it can write no more, or None when there is nothing just now.
        """
        try:
            chunk = os.read(self.output, _CHUNK_BYTES)
        except BlockingIOError:
            return None
        *lines, self._half_line = (self._half_line + chunk).split(b"\n")
        if len(self._half_line) > _CHUNK_BYTES or not chunk:
            lines, self._half_line = [*lines, self._half_line], b""
        for line in filter(None, lines):
            self.last_words = masked(line.decode("utf-8", "replace").rstrip(), self._known)
            self._log.handle(logging.LogRecord(self.part.name, logging.INFO, "", 0, self.last_words, None, None))
        return len(chunk)

    def check_ready(self) -> bool:
        """Return whether the part is ready, announcing one that can't announce itself."""
        if not self.is_ready and self.process is not None:
            if self.part.probe is not None and self.part.probe():
                with contextlib.suppress(OSError):  # a full disk: once more, next time
                    presence.announce_ready(self._data, self.part.name, pid=self.process.pid)
            self.is_ready = presence.parts_ready(self._data)[self.part.name]
        return self.is_ready

    def note_end(self) -> int:
        """Take leave of a process that ended, and decide when to start the next; return the exit code.

        The pause doubles from 0.2 s to 5 s while the part keeps dying young, and is short again after a healthy life.
        """
        assert self.process is not None and self.process.stdout is not None
        while self.read():
            continue
        self.process.stdout.close()
        code = self.process.returncode
        self.process = None
        self.is_ready = False
        presence.withdraw(self._data, self.part.name)
        if time.monotonic() - self._started_at > _HEALTHY_S:
            self._backoff_s = _BACKOFF_MIN_S
        self._put_off()
        return code

    def _put_off(self) -> None:
        self.due_at = time.monotonic() + self._backoff_s
        self._backoff_s = min(2 * self._backoff_s, _BACKOFF_MAX_S)

    def send(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def close(self) -> None:
        self._log.close()


def how_it_ended(code: int) -> str:
    """Return an exit code in words, such as "was killed (SIGKILL)"."""
    return f"was killed ({signal.Signals(-code).name})" if code < 0 else f"stopped with exit code {code}"


def _end_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return what a new process does, before its program starts, so as not to outlive this one."""
    parent = os.getpid()
    return lambda: end_with_parent(number, parent)


def end_with_parent(number: signal.Signals, parent: int) -> None:
    """Let the kernel send this process a signal when its parent ends, however that ends. Does nothing but on Linux."""
    if sys.platform != "linux":
        return
    _prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:  # it ended before it could be watched
        os._exit(1)


def end_with_supervisor() -> None:
    """End this process when its supervisor is gone, where the kernel does not see to it (other than Linux)."""
    parent = int(os.environ.get(PARENT, "0"))
    if sys.platform == "linux" or not parent:
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="supervisor-watch").start()
