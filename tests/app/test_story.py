"""A receipt from the first tap to posted stock, while processes die: nothing is lost, nothing happens twice."""

import contextlib
import os
import re
import signal
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from app.doctor import examine
from inventory_core.db.engine import open_engine, reading
from tests.app.product import PARTS, Product
from tests.tools import eventually

TAPS = (
    ("lin", "All arrived as ordered"),
    ("maria", "All good"),
    ("otto", "Confirm quantity"),
    ("zhao", "Approve price"),
)
ORDER = "PO 4012"  # 997,680 in value: the finance director is asked, too


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Product]:
    product = Product(tmp_path / "data")
    product.start()
    yield product
    assert product.process is not None
    product.process.kill()
    product.process.wait()


class Browser:
    """One person's browser; it stays signed in while the product dies and comes back."""

    def __init__(self, product: Product, code: str, link: str) -> None:
        self.code = code
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{product.port}", timeout=30, follow_redirects=True)
        assert self.client.get(link, headers={"Accept": "text/html"}).status_code == 200

    def button(self, label: str) -> dict[str, str] | None:
        """Return what the order's button of this label sends, or None while there is none."""
        page = self.client.get(f"/p/{self.code}/").text
        for article in page.split("<article")[1:]:
            if ORDER in article and (at := article.find(f"<span>{label}")) >= 0:
                before = article[:at]
                return dict(re.findall(r'name="(token|act|place)" value="([^"]+)"', before[before.rindex("<form") :]))
        return None

    def tap(self, sent: dict[str, str]) -> str:
        answer = self.client.post(f"/p/{self.code}/tap", data=sent, headers={"Origin": str(self.client.base_url)})
        return answer.text

    def sees(self, words: str) -> bool:
        return words in self.client.get(f"/p/{self.code}/").text


def browsers(product: Product) -> dict[str, Browser]:
    assert eventually(lambda: "Ctrl+C" in product.told.read_text())
    links = re.findall(r"^ +(\S+) .* (http\S+/signin/\S+)$", product.told.read_text(), re.MULTILINE)
    return {name.lower(): Browser(product, name.lower(), link) for name, link in links}


def kill(product: Product, part: str) -> None:
    """Kill a part with -9, or all of them with their supervisor and then start the product again."""
    assert product.process is not None
    if part == "everything":
        for pid in product.all_pids():
            os.kill(pid, signal.SIGKILL)
        product.process.wait()
        product.start()
        return
    pid = product.pid_of(part)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: product.pid_of(part) not in (None, pid))
    assert eventually(product.is_healthy)


OFTEN = ("everything", "web", "worker-notify")
"""What is killed in every run; in the nightly one each of the other parts is, too, by itself."""


@pytest.mark.parametrize(
    "part", [*OFTEN, *(pytest.param(each, marks=pytest.mark.nightly) for each in sorted(PARTS.difference(OFTEN)))]
)
def test_the_story_is_told_to_its_end_whatever_dies_after_each_tap(running: Product, part: str) -> None:
    seats = browsers(running)
    for code, label in TAPS:
        assert eventually(lambda: seats[code].button(label) is not None), label  # noqa: B023
        sent = seats[code].button(label)
        assert sent is not None
        assert f"Done: {label}." in seats[code].tap(sent)
        kill(running, part)
        assert f"Already recorded: {label}." in seats[code].tap(sent)
    assert_posted_once_and_told(running, seats)


def test_a_tap_that_the_web_process_died_under_counts_once_when_it_is_sent_again(running: Product) -> None:
    seats = browsers(running)
    for (code, label), delay_s in zip(TAPS, (0.0, 0.002, 0.005, 0.02), strict=True):
        assert eventually(lambda: seats[code].button(label) is not None), label  # noqa: B023
        sent = seats[code].button(label)
        assert sent is not None
        killer = threading.Timer(delay_s, kill, (running, "web"))
        killer.start()
        with contextlib.suppress(httpx.TransportError):
            seats[code].tap(sent)
        killer.join()
        assert re.search(rf"(Done|Already recorded): {label}\.", seats[code].tap(sent))
    assert_posted_once_and_told(running, seats)


def assert_posted_once_and_told(running: Product, seats: Mapping[str, Browser]) -> None:
    assert eventually(lambda: seats["chen"].sees("Posted to stock"))
    engine = open_engine(f"sqlite:///{running.data / 'storekeeper.db'}")

    def told() -> bool:
        with reading(engine) as db:
            waiting = db.execute(text("SELECT COUNT(*) FROM deliveries WHERE state = 'pending'")).scalar_one()
            return not waiting and db.execute(text("SELECT COUNT(*) FROM outbox")).scalar_one() == 0

    assert eventually(told, limit_s=120)  # a worker killed at its work leaves a lease of a minute on the message
    with reading(engine) as db:
        posted = db.execute(
            text("""
                SELECT COUNT(DISTINCT m.id), SUM(l.quantity)
                FROM movements m JOIN movement_lines l ON l.movement_id = m.id
                JOIN locations c ON c.id = l.location_id WHERE m.kind = 'receipt' AND c.kind = 'bin'
            """)
        ).one()
        ordered = db.execute(
            text("""
                SELECT SUM(l.ordered) FROM document_lines l JOIN documents d ON d.id = l.document_id
                WHERE d.kind = 'purchase_order' AND d.number = '4012'
            """)
        ).scalar_one()
        dead = db.execute(text("SELECT COUNT(*) FROM deliveries WHERE state = 'dead'")).scalar_one()
    assert tuple(posted) == (1, ordered)
    assert dead == 0
    assert not examine(engine)
