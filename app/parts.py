"""Says which parts of a running installation are ready, and that one folder serves one installation at a time.

Everything is told by small files in ``DATA/run``: ``up.lock`` is held for as long as ``up`` runs, ``expected.json``
names the parts that it started, and ``PART.ready`` holds the process number of a part that is ready to serve.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_PRIVATE: Final = 0o700


class FolderInUseError(Exception):
    """Another ``up`` runs on the same folder; the message is a sentence for the person who started this one."""


def run_folder(data: Path) -> Path:
    """Return ``DATA/run``, made private to the user if it was not there."""
    folder = data / "run"
    data.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    folder.mkdir(mode=_PRIVATE, exist_ok=True)
    return folder


@contextlib.contextmanager
def claimed(data: Path, *, address: str) -> Iterator[None]:
    """Hold the data folder for this process alone; the kernel lets go of it however the process ends.

    ``address`` is told to whoever tries to start a second one. Raises FolderInUseError.
    """
    descriptor = os.open(run_folder(data) / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with open(descriptor, "r+", encoding="utf-8") as lock:  # noqa: PTH123 (opened by number, to keep the content)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = lock.read().strip() or "starting just now"
            raise FolderInUseError(
                f"Storekeeper already runs on the folder {data} ({holder}). "
                "Stop it first, or give this one its own folder with STOREKEEPER_DATA."
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, {address}")
        lock.flush()
        yield


def expect(data: Path, parts: Iterable[str]) -> None:
    """Note which parts this process starts, and forget the readiness that an earlier run left behind."""
    folder = run_folder(data)
    for stale in folder.glob("*.ready"):
        stale.unlink(missing_ok=True)
    _write(folder / "expected.json", json.dumps({"supervisor": os.getpid(), "parts": sorted(parts)}))


def expect_nothing(data: Path) -> None:
    """Note that the parts were stopped on purpose."""
    (run_folder(data) / "expected.json").unlink(missing_ok=True)


def announce_ready(data: Path, part: str, *, pid: int | None = None) -> None:
    """Note that a part, by default this process, is ready to serve."""
    _write(run_folder(data) / f"{part}.ready", str(pid or os.getpid()))


def withdraw(data: Path, part: str) -> None:
    """Note that a part is not ready any more."""
    (run_folder(data) / f"{part}.ready").unlink(missing_ok=True)


def parts_ready(data: Path) -> dict[str, bool]:
    """Return, for each part that a living ``up`` started, whether it is ready. Empty where the parts run apart."""
    folder = data / "run"
    try:
        expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not is_alive(expected["supervisor"]):
        return {}
    return {part: _is_ready(folder / f"{part}.ready") for part in expected["parts"]}


def is_alive(pid: int) -> bool:
    """Return whether a process of that number exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_ready(note: Path) -> bool:
    try:
        return is_alive(int(note.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
