"""A small company to tell stories in: people with names, an order, and the taps that they make."""

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, text

from bot.channel import Channel
from inventory_core import documents, items, journal, places
from inventory_core.db.engine import reading, writing
from inventory_core.quantity import parse_money
from inventory_core.stages import purchasing, receiving
from notifier import bookings, delivery, pictures
from notifier.carriers import Carrier
from notifier.delivery import Tools
from notifier.relay import Relay
from workflows import act, flows, inbox, moves, people
from workflows.cards import Button, Card, Done, Form, Refused
from workflows.desk import Desk
from workflows.intents import Address, Intent, Photo, Sender
from workflows.people import Employee

START = dt.datetime(2026, 11, 18, 1, 0, tzinfo=dt.UTC)  # 09:00 in Shanghai

PEOPLE = {
    "lin": ("Lin Wei", "storekeeper"),
    "maria": ("Maria Santos", "inspector"),
    "otto": ("Otto Berg", "supervisor"),
    "zhao": ("Zhao Min", "finance_director"),
    "chen": ("Chen Jing", "manager", "buyer"),
}


@dataclass
class World:
    """The company. Its clock stands still until it is moved."""

    desk: Desk
    now: dt.datetime
    ids: Iterator[int] = field(default_factory=itertools.count)
    channels: dict[str, Channel] = field(default_factory=dict)
    carriers: dict[str, Carrier] = field(default_factory=dict)

    @classmethod
    def of(cls, engine: Engine, files: Path) -> "World":
        """Return the company that a database holds, at the beginning of its story."""
        world = cls(Desk(engine, ZoneInfo("Asia/Shanghai"), "", files, lambda: world.now), START)
        return world

    @property
    def engine(self) -> Engine:
        return self.desk.engine

    def given_item(
        self,
        code: str,
        *,
        reorder_point: int = 0,
        safety_stock: int = 0,
        precision: int = 0,
        tracking: str = "lot",
        aql: str = "",
    ) -> int:
        with writing(self.engine) as db:
            return int(
                db.execute(
                    text("""
                        INSERT INTO items
                            (code, name, base_unit, precision, tracking, reorder_point, safety_stock, lead_time_days,
                             aql)
                        VALUES (:code, :name, 'pc', :precision, :tracking, :reorder, :safety, 8, :aql) RETURNING id
                    """),
                    {
                        "code": code,
                        "name": f"Item {code}",
                        "precision": precision,
                        "tracking": tracking,
                        "reorder": reorder_point,
                        "safety": safety_stock,
                        "aql": aql,
                    },
                ).scalar_one()
            )

    def given_order(self, *lines: tuple[str, int, str], number: str = "4012", due: dt.date | None = None) -> int:
        """Write a purchase order from Litware; a line is (item code, quantity, price). Items are made as needed."""
        with reading(self.engine) as db:
            known = set(db.execute(text("SELECT code FROM items")).scalars())
        for code, _, _ in lines:
            if code not in known:
                self.given_item(code)
        with writing(self.engine) as db:
            return documents.create(
                db,
                "purchase_order",
                number,
                site_id=places.id_of(db, "MAIN"),
                partner_id=db.execute(text("SELECT id FROM partners WHERE code = 'LITWARE'")).scalar_one(),
                opened_on=self.desk.today(),
                due_on=due or self.desk.today(),
                lines=[
                    purchasing.order_line(items.by_code(db, code), quantity, price=parse_money(price))
                    for code, quantity, price in lines
                ],
            )

    def given_receipt(self, *lines: tuple[str, int, str], number: str = "4012") -> int:
        """Start the receipt flow of a due order and return the case."""
        order_id = self.given_order(*lines, number=number)
        return self.expect(order_id)

    def expect(self, order_id: int) -> int:
        with writing(self.engine) as db:
            receipt_id = receiving.expect(db, order_id, today=self.desk.today())
            return moves.start(db, self.desk, documents.load(db, receipt_id))

    def person(self, code: str) -> Employee:
        with reading(self.engine) as db:
            found = people.by_code(db, code)
        assert found is not None
        return found

    def address(self, code: str) -> Address:
        return Address("web", "", code)

    def inbox(self, code: str) -> tuple[Card, ...]:
        person = self.person(code)
        return inbox.open_cards(self.desk, person, inbox.reader_of(person, self.address(code)))

    def button(self, code: str, label: str, *, card: int = 0) -> Button:
        cards = self.inbox(code)
        assert cards, f"{code} has nothing to do"
        return next(each for each in cards[card].buttons if each.label == label)

    def tap(
        self,
        code: str,
        label: str,
        answers: Mapping[str, str] | None = None,
        *,
        photos: Mapping[str, tuple[Photo, ...]] | None = None,
    ) -> Done | Refused:
        """Let a person tap the button of this label on their first card, with a form's answers if it has one."""
        return self.send(code, self.button(code, label).token, answers, photos=photos)

    def send(
        self,
        code: str,
        token: str,
        answers: Mapping[str, str] | None = None,
        *,
        dedupe: str = "",
        photos: Mapping[str, tuple[Photo, ...]] | None = None,
    ) -> Done | Refused:
        return act.act(
            self.desk,
            Intent(
                Sender("web", "", code),
                self.address(code),
                token,
                dedupe or f"test:{next(self.ids)}",
                answers,
                photos or {},
            ),
        )

    def open_form(self, code: str, label: str) -> Form:
        token = self.button(code, label).token
        opened = act.tap(self.desk, Intent(Sender("web", "", code), self.address(code), token, "open"))
        assert isinstance(opened, Form)
        return opened

    def on_hand(self, code: str) -> items.OnHand:
        with reading(self.engine) as db:
            return items.on_hand(db, items.by_code(db, code).id)

    @property
    def tools(self) -> Tools:
        return Tools(self.desk, self.channels)

    def relay(self) -> Relay:
        """A relay that does its jobs at once, instead of queueing them."""
        tools = self.tools

        def at_once(queue: str, number: int) -> None:
            if queue == "charts":
                pictures.draw(self.desk, number)
            elif queue == "carriers":
                bookings.book(self.desk, self.carriers, number)
            else:
                delivery.deliver(tools, number)

        return Relay(self.desk, at_once, dt.time(8), tuple(self.carriers))

    def journal_kinds(self) -> list[str]:
        with reading(self.engine) as db:
            return list(db.execute(text("SELECT kind FROM journal ORDER BY id")).scalars())

    def pass_time(self, **units: float) -> None:
        self.now += dt.timedelta(**units)


def found_company(engine: Engine, files: Path) -> World:
    """Set up a company of five people with one site, on an empty database with its tables made."""
    world = World.of(engine, files)
    with writing(engine) as db:
        site = _location(db, "site", "MAIN", None)
        zone = _location(db, "zone", "RECEIVING", site)
        _location(db, "bin", "RECV", zone)
        _location(db, "bin", "A-1", _location(db, "zone", "A", site))
        for kind in ("supplier", "customer", "production", "scrap", "adjustment"):
            _location(db, kind, kind.upper(), None)
        db.execute(text("INSERT INTO partners (kind, code, name) VALUES ('supplier', 'LITWARE', 'Litware')"))
        for code, (name, *roles) in PEOPLE.items():
            people.create(db, code, name, language="en", roles=roles)
        flows.publish_library(db, now=START)
        journal.mark_told(db, journal.untold(db, limit=100))
    return world


def _location(db: Connection, kind: str, code: str, parent: int | None) -> int:
    return int(
        db.execute(
            text("""
                INSERT INTO locations (kind, code, name, parent_id) VALUES (:kind, :code, :code, :parent) RETURNING id
            """),
            {"kind": kind, "code": code, "parent": parent},
        ).scalar_one()
    )
