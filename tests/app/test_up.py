"""The whole product by its one command: started, killed at any point, started again, stopped."""

import os
import re
import signal
import socket
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.parts import parts_ready
from tests.app.product import PARTS, Product, is_gone
from tests.tools import eventually


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    product = Product(tmp_path / "data")
    yield product
    if product.process is not None:
        product.process.kill()
        product.process.wait()


@pytest.fixture
def running(product: Product) -> Product:
    product.start()
    assert product.process is not None and product.process.poll() is None, product.told.read_text()
    return product


def test_it_starts_says_where_it_is_and_its_links_open(running):
    assert parts_ready(running.data) == dict.fromkeys(PARTS, True)
    assert eventually(lambda: "Ctrl+C" in running.told.read_text())
    links = re.findall(rf"http://127\.0\.0\.1:{running.port}/\S+", running.told.read_text())
    assert len(links) == 6  # the demo, and one seat for each of five people
    for link in links:
        with urllib.request.urlopen(link, timeout=30) as page:  # noqa: S310 (a link of ours)
            assert page.status == 200


def test_it_stops_when_asked_and_leaves_nothing_running(running):
    pids = running.all_pids()
    assert running.stop() == 0
    assert all(map(is_gone, pids))
    assert running.queue_servers() == set()


def test_what_it_keeps_is_for_its_own_user_alone(running):
    kept = [path for path in running.data.rglob("*") if not path.is_symlink()]
    assert kept
    assert not [path for path in kept if stat.S_IMODE(path.stat().st_mode) & 0o077]


@pytest.mark.parametrize("part", sorted(PARTS))
def test_any_killed_part_comes_back(running, part):
    first = running.pid_of(part)
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: running.pid_of(part) not in (None, first))
    assert eventually(running.is_healthy)


@pytest.mark.parametrize("rounds", [3, pytest.param(50, marks=[pytest.mark.nightly, pytest.mark.timeout(1800)])])
def test_after_everything_was_killed_it_is_ready_again_with_one_queue_server(running, rounds):
    for _ in range(rounds):
        for pid in running.all_pids():
            os.kill(pid, signal.SIGKILL)
        running.process.wait()
        running.start()
        assert running.process.poll() is None
        assert running.queue_servers() == {running.pid_of("queue")}


def test_only_the_supervisor_killed_its_orphans_do_not_disturb_the_next(running):
    before = running.all_pids()
    running.process.kill()
    running.process.wait()
    running.start()
    assert running.process.poll() is None
    assert all(map(is_gone, before))
    assert running.queue_servers() == {running.pid_of("queue")}


def test_a_second_one_on_the_folder_is_refused_in_one_sentence(running):
    told = running.refusal_of("up")
    assert "already runs on the folder" in told
    assert str(running.process.pid) in told
    assert "Traceback" not in told


def test_a_taken_port_is_refused_in_one_sentence(product):
    with socket.create_server(("127.0.0.1", product.port)):
        told = product.refusal_of("up")
    assert f"Port {product.port} on 127.0.0.1 is in use" in told
    assert "Traceback" not in told


def test_a_sample_secret_refuses_the_start_and_is_not_told(product):
    told = product.refusal_of("up", SLACK_SIGNING_SECRET="changeme")
    assert told.strip().endswith("SLACK_SIGNING_SECRET is a sample value, not your own.")
    assert "changeme" not in told


def test_an_unknown_employee_is_refused_with_the_known_ones(running):
    told = running.refusal_of("signin", "nobody")
    assert "Nobody here has the code nobody." in told
    assert "Traceback" not in told


def test_an_empty_folder_without_the_sample_starts_and_says_what_to_load(product):
    with product.told.open("wb") as told:
        product.process = product.command("up", stdout=told)
    assert eventually(lambda: "storekeeper load FOLDER" in product.told.read_text(), limit_s=120)
    assert product.is_healthy()
