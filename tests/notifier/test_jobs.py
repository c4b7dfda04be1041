"""The queue's jobs, run by a real worker on a real queue: a message out, a fault tried again."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import text

from app.valkey import embedded_server
from inventory_core.db.engine import reading, writing
from notifier.jobs import enqueuer
from tests.notifier.recorder import NO_DIGEST
from tests.tools import eventually
from tests.world import World
from workflows import people
from workflows.intents import Address, Sender

_WORKER = """
import sys, datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo
from app.workers import run_worker
from bot.channel import MessageRef
from inventory_core.db.engine import open_engine
from notifier.delivery import Tools
from notifier.jobs import equip
from workflows.desk import Desk

folder, redis = Path(sys.argv[1]), sys.argv[2]

class Paper:
    def send(self, chat, card, picture=None, *, key="", is_again=False):
        fault = folder / "fault"
        if fault.exists():
            fault.unlink()
            raise RuntimeError("a bug, say")
        with (folder / "sent").open("a") as paper:
            paper.write(card.title + "\\n")
        return MessageRef(chat, "m1")
    def edit(self, message, card):
        pass

desk = Desk(open_engine(f"sqlite:///{folder / 'storekeeper.db'}"), ZoneInfo("Asia/Shanghai"), "", folder / "files",
            lambda: dt.datetime.fromtimestamp(float((folder / "clock").read_text()), dt.UTC))
equip(Tools(desk, {"telegram": Paper()}))
sys.exit(run_worker("notify", redis_url=redis, on_ready=(folder / "ready").touch))
"""


@pytest.fixture
def queue_url(tmp_path: Path) -> Iterator[str]:
    server = embedded_server(tmp_path)
    server.prepare()
    process = subprocess.Popen(server.command, stdout=subprocess.DEVNULL)
    assert eventually(server.is_ready)
    yield server.url
    process.kill()
    process.wait()


@pytest.fixture
def worker(shop: World, tmp_path: Path, queue_url: str) -> Iterator[subprocess.Popen[bytes]]:
    set_clock(shop, tmp_path)
    process = subprocess.Popen([sys.executable, "-c", _WORKER, str(tmp_path), queue_url])
    assert eventually((tmp_path / "ready").exists)
    yield process
    process.kill()
    process.wait()


def set_clock(shop: World, folder: Path) -> None:
    """Show the worker the time; in one step, since it may be looking."""
    (folder / "clock.new").write_text(str(shop.now.timestamp()))
    (folder / "clock.new").replace(folder / "clock")


def asked(shop: World, queue_url: str) -> Redis:
    """Let Lin, who reads on Telegram, be asked about a receipt, by way of the queue."""
    with writing(shop.engine) as db:
        code = people.new_link_code(db, shop.person("lin"), now=shop.now)
        people.link(db, Sender("telegram", "", "1"), Address("telegram", "", "1"), code, now=shop.now)
    shop.given_receipt(("CHAIN", 5, "1"))
    return queued(shop, queue_url)


def queued(shop: World, queue_url: str) -> Redis:
    """Let a relay queue what is due."""
    redis = Redis.from_url(queue_url)
    replace(shop.relay(), enqueue=enqueuer(redis), digest_at=NO_DIGEST).turn()
    return redis


def _is_written(path: Path) -> bool:
    """Tell whether the worker has closed the file: it is there, and empty, a moment before its words are."""
    return path.exists() and path.stat().st_size > 0


def test_a_job_brings_its_message_out(
    shop: World, tmp_path: Path, queue_url: str, worker: subprocess.Popen[bytes]
) -> None:
    asked(shop, queue_url)
    assert eventually(lambda: _is_written(tmp_path / "sent"))
    assert (tmp_path / "sent").read_text() == "PO 4012 from Litware\n"


def test_a_job_that_broke_off_runs_again_and_sends_once(
    shop: World, tmp_path: Path, queue_url: str, worker: subprocess.Popen[bytes]
) -> None:
    (tmp_path / "fault").touch()
    redis = asked(shop, queue_url)
    assert eventually(lambda: not (tmp_path / "fault").exists())
    assert eventually(lambda: _is_put_off(shop))
    assert not (tmp_path / "sent").exists()
    shop.pass_time(seconds=5)
    set_clock(shop, tmp_path)
    queued(shop, queue_url)
    assert eventually(lambda: _is_written(tmp_path / "sent"))
    assert (tmp_path / "sent").read_text() == "PO 4012 from Litware\n"
    queue = Queue("notify", connection=redis, serializer=JSONSerializer)
    assert len(FailedJobRegistry(queue=queue)) == 0


def _is_put_off(shop: World) -> bool:
    with reading(shop.engine) as db:
        of_tasks = (
            "SELECT d.reason FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE m.subject LIKE 'task:%'"
        )
        return set(db.execute(text(of_tasks)).scalars()) == {"fault"}
