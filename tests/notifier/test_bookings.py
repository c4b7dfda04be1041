"""A carrier is booked over a real connection once the shipment is committed, and reports until it is delivered."""

import datetime as dt
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.doctor import examine
from bot.web import carrier
from inventory_core.db.engine import reading
from inventory_core.signing import HEADER, is_signed, sign
from notifier.carriers import Webhook
from tests.inventory_core.stock import Stock
from tests.stages.test_shipping import number_of, order, stock  # noqa: F401 (a fixture)
from tests.world import World

SECRET = "a-secret-of-more-than-thirty-two-letters"


@dataclass
class Haulier:
    """A carrier's computer: it keeps what it was sent, and answers what it is told to, the last answer for ever."""

    url: str = ""
    answers: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)
    asked: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def haulier() -> Iterator[Haulier]:
    """A carrier on the loopback that books each shipment as HL-1 unless told otherwise."""
    made = Haulier(answers=[(200, {"tracking": "HL-1", "label_url": "https://haulier.example/HL-1.pdf"})])

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.asked.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            status, told = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    made.url = f"http://127.0.0.1:{server.server_port}/book"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def sent(stock: Stock, haulier: Haulier, *, by: str = "Haulier", tracking: str = "") -> World:  # noqa: F811
    """Ship eight pumps in two packages; the relay has told what there is to tell."""
    world = stock.world
    world.carriers = {"haulier": Webhook(haulier.url, SECRET, world.desk.clock)}
    order(world, ("PUMP", "8", "250"))
    world.tap("lin", "All picked")
    packages = {"packages.1.count": "2", "packages.1.weight": "12.5", "packages.1.what": "pumps"}
    world.tap("lin", "Shipped", {"carrier": by, "tracking": tracking, **packages})
    for _ in range(3):
        world.relay().turn()
    return world


def booking(world: World) -> tuple[str, str]:
    with reading(world.engine) as db:
        row = db.execute(text("SELECT state, reason FROM bookings")).first()
    return (row.state, row.reason) if row else ("", "")


def facts(world: World) -> dict[str, str]:
    (card,) = world.inbox("lin")
    return {fact.label: fact.value for fact in card.facts}


def test_a_shipment_is_booked_signed_and_its_card_shows_the_number_and_the_label(
    stock: Stock,  # noqa: F811
    haulier: Haulier,
) -> None:
    world = sent(stock, haulier)
    ((headers, body),) = haulier.asked
    assert is_signed(SECRET, body, headers[HEADER], now=world.now)
    told = json.loads(body)
    assert headers["Idempotency-Key"] == told["delivery"] == number_of(world, "delivery")
    assert (told["order"], told["customer"], told["customer_code"]) == (number_of(world), "Velo Shop", "VELO")
    assert told["packages"] == [{"count": 2, "weight": "12.5", "what": "pumps"}]
    assert [(each["lot"], each["quantity"]) for each in told["lines"]] == [("P-1", "6"), ("P-2", "2")]
    shown = facts(world)
    assert (shown["Tracking number"], shown["Label"]) == ("HL-1", "https://haulier.example/HL-1.pdf")
    assert shown["Packages"] == "2 × 12.5 kg pumps"
    assert booking(world) == ("booked", "")
    assert examine(world.engine) == []


@pytest.mark.parametrize(("by", "tracking"), [("Our van", ""), ("Haulier", "typed by hand")])
def test_another_carrier_and_a_typed_number_are_left_to_people(
    stock: Stock,  # noqa: F811
    haulier: Haulier,
    by: str,
    tracking: str,
) -> None:
    world = sent(stock, haulier, by=by, tracking=tracking)
    assert (haulier.asked, booking(world)) == ([], ("", ""))


def test_a_carrier_that_is_down_is_asked_again_and_books_once(stock: Stock, haulier: Haulier) -> None:  # noqa: F811
    haulier.answers.insert(0, (503, {}))
    world = sent(stock, haulier)
    assert booking(world) == ("pending", "carrier_http_503")
    world.pass_time(seconds=5)
    world.relay().turn()
    world.relay().turn()
    assert (booking(world), len(haulier.asked)) == (("booked", ""), 2)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((422, {}), "carrier_http_422"),
        ((200, {"tracking": ""}), "carrier_answer_unreadable"),
        ((302, {}), "carrier_http_302"),
    ],
)
def test_a_carrier_that_refuses_is_not_asked_again_and_the_card_says_so(
    stock: Stock,  # noqa: F811
    haulier: Haulier,
    answer: tuple[int, Mapping[str, str]],
    reason: str,
) -> None:
    haulier.answers[:] = [answer]
    world = sent(stock, haulier)
    world.pass_time(hours=1)
    world.relay().turn()
    assert (booking(world), len(haulier.asked)) == (("dead", reason), 1)
    assert facts(world)["On its way"] == "not booked: call the carrier"
    assert examine(world.engine) == []


def test_a_carrier_that_never_answers_is_given_up_after_a_day_of_tries(stock: Stock, haulier: Haulier) -> None:  # noqa: F811
    haulier.answers[:] = [(500, {})]
    world = sent(stock, haulier)
    for _ in range(15):
        world.pass_time(hours=2)
        world.relay().turn()
    assert (booking(world), len(haulier.asked)) == (("dead", "gave up: carrier_http_500"), 12)


def report(
    world: World, *, secret: str = SECRET, at: dt.datetime | None = None, happened: str = "", **told: str
) -> int:
    app = FastAPI()
    app.include_router(carrier.router(world.desk, secret=SECRET))
    content = {"id": "e1", "delivery": number_of(world, "delivery"), "at": happened or world.now.isoformat(), **told}
    body = json.dumps(content).encode()
    signature = sign(secret, body, now=at or world.now)
    return TestClient(app).post(carrier.PATH, content=body, headers={HEADER: signature}).status_code


def test_the_carriers_reports_move_the_card_and_delivered_settles_it(stock: Stock, haulier: Haulier) -> None:  # noqa: F811
    world = sent(stock, haulier)
    assert report(world, status="picked_up") == 204
    assert facts(world)["On its way"] == "picked up"
    world.pass_time(hours=1)
    assert report(world, id="e2", status="delivered", taken_by="Ms Velo") == 204
    assert world.inbox("lin") == ()
    with reading(world.engine) as db:
        row = db.execute(text("SELECT state, fields FROM documents WHERE kind = 'delivery'")).one()
    fields = json.loads(row.fields) if isinstance(row.fields, str) else row.fields
    assert (row.state, fields["taken_by"]) == ("delivered", "Ms Velo")
    assert examine(world.engine) == []


def test_a_report_that_comes_again_or_too_late_changes_nothing(stock: Stock, haulier: Haulier) -> None:  # noqa: F811
    world = sent(stock, haulier)
    early = world.now.isoformat()
    world.pass_time(hours=1)
    assert report(world, id="e2", status="exception") == 204
    before = len(world.journal_kinds())
    assert report(world, id="e2", status="picked_up") == 204, "the same report"
    assert report(world, id="e1", status="picked_up", happened=early) == 204, "it was under way for long"
    assert (facts(world)["On its way"], len(world.journal_kinds())) == ("trouble on the way", before)
    world.tap("lin", "Delivered", {"taken_by": "the porter"})
    assert report(world, id="e3", status="exception") == 204
    assert examine(world.engine) == []


def test_a_report_with_a_wrong_or_old_signature_or_of_nothing_known_is_refused(stock: Stock, haulier: Haulier) -> None:  # noqa: F811
    world = sent(stock, haulier)
    assert report(world, status="delivered", secret="somebody-else-altogether-or-so-it-seems") == 401
    assert report(world, status="delivered", at=world.now - dt.timedelta(minutes=6)) == 401
    assert report(world, status="flying") == 400
    assert report(world, status="delivered", delivery="DN-0") == 404
    assert len(world.inbox("lin")) == 1
