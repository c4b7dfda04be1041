"""``storekeeper up --sample`` as a person runs it, for tests that start, kill and stop it."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from tests.tools import eventually

ROOT = Path(__file__).parents[2]
PARTS = {"queue", "web", "relay", "worker-notify", "worker-charts"}


class Product:
    """``storekeeper up --sample`` on a folder of its own."""

    def __init__(self, data: Path, **variables: str) -> None:
        self.data = data
        self._variables = variables
        self.told = data.parent / "told"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def _own(self) -> dict[str, str]:
        return {"STOREKEEPER_DATA": str(self.data), "STOREKEEPER_PORT": str(self.port), **self._variables}

    def start(self) -> None:
        with self.told.open("wb") as told:
            self.process = self.command("up", "--sample", stdout=told)
        assert eventually(lambda: self.is_healthy() or self.process.poll() is not None, limit_s=120)

    def command(self, *words: str, stdout=subprocess.PIPE, **variables: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "app.cli", *words],
            cwd=ROOT,
            env=os.environ | self._own | variables,
            stdout=stdout,
            stderr=subprocess.STDOUT,
        )

    def answer_of(self, *words: str) -> str:
        """Return what a command that succeeds says."""
        process = self.command(*words)
        told, _ = process.communicate(timeout=60)
        assert process.returncode == 0, told.decode()
        return told.decode()

    def refusal_of(self, *words: str, **variables: str) -> str:
        process = self.command(*words, **variables)
        told, _ = process.communicate(timeout=60)
        assert process.returncode != 0
        return told.decode()

    def is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def pid_of(self, part: str) -> int | None:
        try:
            return int((self.data / "run" / f"{part}.ready").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def all_pids(self) -> set[int]:
        assert self.process is not None
        return {self.process.pid, *filter(None, map(self.pid_of, PARTS))}

    def queue_servers(self) -> set[int]:
        """Return the processes whose working folder is the queue's."""
        found = set()
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if (entry / "cwd").resolve().is_relative_to(self.data / "queue"):
                    found.add(int(entry.name))
            except OSError:
                continue
        return found

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait()


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
