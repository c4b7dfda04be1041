"""The parts run apart as docker-compose.yml says: the file is valid, safe, and its commands start the real parts."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import psycopg
import pytest
import yaml

from app.parts import is_alive
from app.valkey import embedded_server
from tests.tools import eventually, need_postgres

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}


def test_the_file_follows_the_compose_specification():
    schema = json.loads((Path(__file__).parent / "compose_spec" / "compose_spec.json").read_text())
    jsonschema.Draft201909Validator(schema).validate(COMPOSE)


def test_every_part_of_the_product_has_its_service():
    assert set(OURS) == {"migrate", "web", "relay", "worker-notify", "worker-charts"}


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_a_command_that_exists(name):
    program, *words = OURS[name]["command"]
    assert program == "storekeeper"
    told = subprocess.run([sys.executable, "-m", "app.cli", *words, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_without_privileges_on_a_read_only_image(name):
    assert OURS[name]["cap_drop"] == ["ALL"]
    assert OURS[name]["read_only"] is True
    assert "user: root" not in (ROOT / "docker-compose.yml").read_text()
    assert "USER storekeeper" in (ROOT / "Dockerfile").read_text()


def test_nothing_is_reachable_from_outside_the_machine_and_no_password_is_written_down():
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in published)
    for name in ("POSTGRES_PASSWORD", "QUEUE_PASSWORD"):
        assert f"{name}=\n" in (ROOT / ".env.example").read_text()


def test_the_image_installs_from_the_locked_hashes():
    assert "--require-hashes -r requirements.lock" in (ROOT / "Dockerfile").read_text()


class Apart:
    """The services' own commands as processes of this machine, on a PostgreSQL and a queue of the test's own."""

    def __init__(self, folder: Path, postgres: str) -> None:
        self.folder = folder
        self.database = f"apart_{os.getpid()}"
        self.admin = postgres.replace("+psycopg", "")
        with psycopg.connect(self.admin, autocommit=True) as db:
            db.execute(f"CREATE DATABASE {self.database}")
        server = embedded_server(folder / "queue")
        server.prepare()
        self.processes = [subprocess.Popen(server.command, stdout=subprocess.DEVNULL)]
        assert eventually(server.is_ready)
        self.port = _free_port()
        self.environment = os.environ | {
            "STOREKEEPER_DATA": str(folder / "data"),
            "STOREKEEPER_PORT": str(self.port),
            "STOREKEEPER_DATABASE_URL": f"{self.admin.rpartition('/')[0]}/{self.database}",
            "REDIS_URL": server.url,
        }

    def start(self, name: str) -> subprocess.Popen[bytes]:
        _, *words = OURS[name]["command"]
        process = subprocess.Popen([sys.executable, "-m", "app.cli", *words], cwd=ROOT, env=self.environment)
        self.processes.append(process)
        return process

    def is_healthy(self, name: str) -> bool:
        if name == "web":
            return self.answers()
        note = self.folder / "data" / "run" / f"{name}.ready"
        return note.exists() and is_alive(int(note.read_text()))

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        with psycopg.connect(self.admin, autocommit=True) as db:
            db.execute(f"DROP DATABASE {self.database} WITH (FORCE)")


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Apart]:
    parts = Apart(tmp_path, need_postgres())
    yield parts
    parts.close()


def test_the_services_commands_start_the_parts_on_postgresql(apart):
    assert apart.start("migrate").wait() == 0
    started = {name: apart.start(name) for name in OURS if name != "migrate"}
    for name, process in started.items():
        assert eventually(lambda: apart.is_healthy(name) or process.poll() is not None)  # noqa: B023
        assert process.poll() is None, name
    for process in started.values():
        process.terminate()
        assert process.wait() == 0


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
