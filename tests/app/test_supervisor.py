"""One command starts everything, keeps it running and stops it again. The parts here are tiny stand-ins."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.parts import FolderInUseError, announce_ready, claimed, expect, is_alive, parts_ready
from tests.tools import eventually

ROOT = Path(__file__).parents[2]

STEADY = "announce(); time.sleep(60)"
FIRST_DIES = "announce(); time.sleep(60) if count() > 1 else sys.exit(3)"
FIRST_COMPLAINS = "announce(); time.sleep(60) if count() > 1 else sys.exit('no such table: items')"
DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN); announce(); time.sleep(60)"
SHOUTING = "print('half a line', end=''); print(' and its end xoxb-2847561093-56192837465'); announce(); time.sleep(60)"
FLOODING = "announce(); print('x' * 3_000_000); (data / 'flooded').touch(); time.sleep(60)"

_PRELUDE = """
import os, signal, sys, time
from pathlib import Path
from app.parts import announce_ready
data, name = Path(sys.argv[1]), sys.argv[2]
def announce():
    announce_ready(data, name)
def count():
    with (data / f"{name}.starts").open("a") as starts:
        starts.write("started\\n")
    return len((data / f"{name}.starts").read_text().splitlines())
"""

_SUPERVISOR = """
import json, sys
from pathlib import Path
from app.parts import claimed
from app.settings import Settings
from app.supervisor import Part, run
data, parts = Path(sys.argv[1]), json.loads(sys.argv[2])
settings = Settings(data=data)
with claimed(data, address="http://127.0.0.1:8000"):
    run(
        settings,
        [Part(name, tuple(command)) for name, command in parts.items()],
        say=lambda words: (data / "said").open("a").write(words + "\\n"),
        on_ready=lambda: (data / "ready").touch(),
    )
"""


class Installation:
    """A supervisor in a process of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.process: subprocess.Popen[bytes] | None = None

    def up(self, *, commands: Mapping[str, str] | None = None, **parts: str) -> None:
        """Start parts, each given by its source text, or by a program's path in ``commands``."""
        lines = {
            name.replace("_", "-"): [sys.executable, "-c", _PRELUDE + source, str(self.data), name.replace("_", "-")]
            for name, source in parts.items()
        }
        for name, program in (commands or {}).items():
            lines[name] = [program, str(self.data), name]
        self.process = subprocess.Popen([sys.executable, "-c", _SUPERVISOR, str(self.data), json.dumps(lines)])

    def becomes_ready(self) -> bool:
        return eventually((self.data / "ready").exists)

    def pid_of(self, part: str) -> int | None:
        try:
            return int((self.data / "run" / f"{part}.ready").read_text())
        except FileNotFoundError:
            return None

    def log_of(self, part: str) -> str:
        return (self.data / "logs" / f"{part}.log").read_text()

    def said(self) -> str:
        return (self.data / "said").read_text() if (self.data / "said").exists() else ""

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    here = Installation(tmp_path)
    yield here
    if here.process is not None:
        here.process.kill()
        here.process.wait()


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return not is_alive(pid)


def test_it_is_ready_once_every_part_is(installation):
    installation.up(web=STEADY, relay="time.sleep(60)")
    assert eventually(lambda: installation.pid_of("web") is not None)
    assert parts_ready(installation.data) == {"web": True, "relay": False}
    assert not (installation.data / "ready").exists()
    announce_ready(installation.data, "relay")
    assert installation.becomes_ready()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_every_part_and_it_ends_well(installation, number):
    installation.up(web=STEADY, relay=STEADY)
    assert installation.becomes_ready()
    pids = [installation.pid_of("web"), installation.pid_of("relay")]
    assert installation.stop(number) == 0
    assert all(map(is_gone, pids))
    assert parts_ready(installation.data) == {}


def test_a_part_that_does_not_listen_is_killed(installation):
    installation.up(web=DEAF)
    assert installation.becomes_ready()
    pid = installation.pid_of("web")
    assert installation.stop() == 0
    assert is_gone(pid)


def test_a_killed_part_is_started_again_and_the_person_told(installation):
    installation.up(web=STEADY, worker_notify=STEADY)
    assert installation.becomes_ready()
    web, first = installation.pid_of("web"), installation.pid_of("worker-notify")
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: installation.pid_of("worker-notify") not in (None, first))
    assert installation.pid_of("web") == web
    assert "worker-notify was killed (SIGKILL) and is started again" in installation.said()


def test_a_part_that_ends_with_an_error_is_started_again(installation):
    installation.up(relay=FIRST_DIES)
    assert installation.becomes_ready()
    assert eventually(lambda: "relay stopped with exit code 3 and is started again" in installation.said())
    assert eventually(lambda: installation.pid_of("relay") is not None)


def test_the_person_is_told_the_last_words_of_a_part_that_failed(installation):
    installation.up(relay=FIRST_COMPLAINS)
    assert installation.becomes_ready()
    assert eventually(lambda: "exit code 1 (no such table: items) and is started again" in installation.said())


def test_a_part_that_the_machine_cannot_start_just_now_is_tried_again(installation):
    installation.up(web=STEADY, relay=STEADY, commands={"relay": str(installation.data / "program")})
    assert eventually(lambda: "relay can't be started: No such file or directory" in installation.said())
    program = installation.data / "program.new"
    program.write_text(f"#!{sys.executable}\nimport sys; sys.path.append({str(ROOT)!r})\n{_PRELUDE}{STEADY}\n")
    program.chmod(0o700)
    program.rename(installation.data / "program")
    assert installation.becomes_ready()


def test_a_part_that_ends_well_is_started_again_without_a_word(installation):
    installation.up(relay=FIRST_DIES.replace("exit(3)", "exit(0)"))
    starts = installation.data / "relay.starts"
    assert eventually(lambda: starts.exists() and starts.read_text() == "started\nstarted\n")
    assert installation.said() == ""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a part notices within a second")
def test_no_part_outlives_a_killed_supervisor(installation):
    installation.up(web=STEADY, relay=DEAF)
    assert installation.becomes_ready()
    pids = [installation.pid_of("web"), installation.pid_of("relay")]
    installation.stop(signal.SIGKILL)
    assert eventually(lambda: all(map(is_gone, pids)))
    assert parts_ready(installation.data) == {}


def test_after_a_kill_it_starts_again_on_the_same_folder(installation):
    installation.up(web=STEADY)
    assert installation.becomes_ready()
    first = installation.pid_of("web")
    installation.stop(signal.SIGKILL)
    (installation.data / "ready").unlink()
    installation.up(web=STEADY)
    assert installation.becomes_ready()
    assert installation.pid_of("web") != first


def test_a_second_one_on_the_same_folder_is_refused_in_a_sentence(installation):
    installation.up(web=STEADY)
    assert installation.becomes_ready()
    with (
        pytest.raises(FolderInUseError, match=f"process {installation.process.pid}, http://127.0.0.1:8000"),
        claimed(installation.data, address="http://127.0.0.1:8001"),
    ):
        pass
    installation.stop()
    with claimed(installation.data, address="http://127.0.0.1:8001"):
        pass


def test_what_a_part_writes_is_logged_line_by_line_without_secrets(installation):
    installation.up(web=SHOUTING)
    assert installation.becomes_ready()
    installation.stop()
    assert installation.log_of("web") == "half a line and its end [secret]\n"


def test_a_part_that_writes_a_lot_is_not_held_up(installation):
    installation.up(web=FLOODING)
    assert eventually((installation.data / "flooded").exists)


def test_parts_that_run_apart_expect_nothing_of_each_other(tmp_path):
    assert parts_ready(tmp_path) == {}
    announce_ready(tmp_path, "web")
    assert parts_ready(tmp_path) == {}


def test_readiness_of_an_earlier_run_does_not_count(tmp_path):
    announce_ready(tmp_path, "web")
    expect(tmp_path, ["web"])
    assert parts_ready(tmp_path) == {"web": False}
