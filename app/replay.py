"""Plays AdventureWorks' purchasing through the receipt flow, order by order, as its people would have tapped it.

The clock of the replay is that of the orders: each is opened, received and decided on the days that the tables name, so
that what comes out is a company with a past. What was told then is nobody's news now: the journal is sealed as told.
A replay that was broken off goes on where it was.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select, text

from app.adventureworks import PastOrder, company_rows, past_orders
from app.masters import Company, add_masters
from app.rows import CompanyError
from inventory_core import documents, journal, places
from inventory_core.db import stock
from inventory_core.db.engine import reading, writing
from inventory_core.db.papers import partners
from inventory_core.quantity import parse_money
from inventory_core.stages import receiving
from notifier import alerts
from workflows import act, cases, flows, inbox, moves, people
from workflows.cards import Refused
from workflows.cases import Task
from workflows.desk import Desk
from workflows.intents import Address, Intent, Sender
from workflows.people import Employee

_OPENS_AT: Final = dt.time(9)
_STEP: Final = dt.timedelta(minutes=40)
_TOLD_AT_ONCE: Final = 1_000
_TELL_EVERY: Final = 100
_WORTH_WAITING_FOR: Final = 10
"""The buyer waits for a rest of a tenth of an order line or more, and closes the order short for less."""
_CAUSES: Final = ("damaged", "out_of_tolerance", "wrong_item", "surface", "papers")

Progress = Callable[[int, int], None]
"""Is told how many order lines of how many are done."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was played, in this run and those before it; stock in pieces."""

    orders: int
    order_lines: int
    decisions: int
    finance_approvals: int
    orders_closed_short: int
    orders_kept_open: int
    available: int
    blocked: int


_CLOSE_LEFT: Final = text("""
    UPDATE documents SET state = 'closed' WHERE kind IN ('putaway', 'supplier_return') AND state = 'open'
""")
"""The tables don't tell who put goods away or sent them back: of what lies years back, nobody is asked today."""


@dataclass(slots=True)
class _Clock:
    now: dt.datetime = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

    def read(self) -> dt.datetime:
        return self.now


@dataclass(slots=True)
class _Stage:
    """The company on whose stage the orders are played; ``desk`` runs on ``clock``."""

    desk: Desk
    clock: _Clock
    items: Mapping[str, int]
    suppliers: Mapping[str, int]
    site_id: int
    played_by: Mapping[str, Employee] = field(default_factory=dict)

    def set_clock(self, day: dt.date) -> None:
        self.clock.now = dt.datetime.combine(day, _OPENS_AT, self.desk.zone).astimezone(dt.UTC)


def replay(desk: Desk, folder: Path, *, progress: Progress | None = None) -> Replayed:
    """Play every complete order of the tables in a folder, on a database that is empty or was begun so.

    Raises CompanyError.
    """
    orders = past_orders(folder)
    clock = _Clock(desk.clock())
    stage = _set(replace(desk, clock=clock.read), clock, folder)
    total = sum(len(order.lines) for order in orders)
    done = 0
    for number, order in enumerate(orders, 1):
        _play(stage, order)
        done += len(order.lines)
        if number % _TELL_EVERY == 0:
            _close_left(desk)
            _tell(desk)
        if progress:
            progress(done, total)
    _close_left(desk)
    with writing(desk.engine) as db:
        alerts.set_baseline(db, now=desk.clock())
    _tell(desk)
    with reading(desk.engine) as db:
        return _sum_up(db, len(orders), total)


def _set(desk: Desk, clock: _Clock, folder: Path) -> _Stage:
    rows = company_rows(folder)
    with writing(desk.engine) as db:
        if not people.everyone(db):
            flows.publish_library(db, now=desk.clock())
            add_masters(Company(db, desk, rows))
        items = {row.code: int(row.id) for row in db.execute(select(stock.items.c.code, stock.items.c.id))}
        suppliers = {row.code: int(row.id) for row in db.execute(select(partners.c.code, partners.c.id))}
        if items.keys() != {row.cells["code"] for row in rows["items"]}:
            raise CompanyError("This database holds another company; name another folder with STOREKEEPER_DATA.")
        by_role = {role: person for person in people.everyone(db) for role in person.roles}
        return _Stage(desk, clock, items, suppliers, places.id_of(db, "MAIN"), by_role)


def _play(stage: _Stage, order: PastOrder) -> None:
    """Open an order, expect it on its day, and decide until nobody is asked any more."""
    case_id = _case_of(stage, order)
    stage.set_clock(order.due_on)
    if case_id is None:
        with writing(stage.desk.engine) as db:
            receipt_id = receiving.expect(db, _open(db, stage, order), today=order.due_on)
            case_id = moves.start(db, stage.desk, documents.load(db, receipt_id))
    while task := _waiting(stage, case_id):
        stage.clock.now += _STEP
        _decide(stage, task, order)


def _case_of(stage: _Stage, order: PastOrder) -> int | None:
    with reading(stage.desk.engine) as db:
        found = db.execute(
            text("""
                SELECT i.id FROM flow_instances i JOIN documents r ON r.id = i.document_id
                JOIN documents o ON o.id = r.source_id WHERE o.kind = 'purchase_order' AND o.number = :number
            """),
            {"number": order.number},
        ).scalar()
    return None if found is None else int(found)


def _open(db: Connection, stage: _Stage, order: PastOrder) -> int:
    return documents.create(
        db,
        "purchase_order",
        order.number,
        site_id=stage.site_id,
        partner_id=stage.suppliers[order.supplier],
        opened_on=order.ordered_on,
        due_on=order.due_on,
        lines=[
            documents.NewLine(stage.items[line.item], line.ordered, parse_money(line.price)) for line in order.lines
        ],
    )


def _waiting(stage: _Stage, case_id: int) -> Task | None:
    with reading(stage.desk.engine) as db:
        return next(iter(cases.current_tasks(db, case_id)), None)


def _decide(stage: _Stage, task: Task, order: PastOrder) -> None:
    """Let the person whom the task asks tap the button, and fill in the form, that the tables tell of."""
    person = stage.played_by[task.role]
    address = Address("web", "", person.code)
    outcome, answers = _answer(task.step, order)
    with reading(stage.desk.engine) as db:
        label = cases.flow_of(db, task).steps[task.step].outcomes[outcome].label.fill(person.language, {})
    card = inbox.task_card(stage.desk, task.id, inbox.reader_of(person, address))
    assert card is not None, "a task that waits has a card"
    token = next(each.token for each in card.buttons if each.label == label)
    done = act.act(
        stage.desk, Intent(Sender("web", "", person.code), address, token, f"replay:{task.id}", answers or None)
    )
    if isinstance(done, Refused):
        raise CompanyError(f"Order {order.number} was refused: {done.words} {' '.join(done.errors.values())}")


def _answer(step: str, order: PastOrder) -> tuple[str, Mapping[str, str]]:
    """Return the outcome of a step, and the form's answers, that lead to what the tables say. Pure."""
    numbered = list(enumerate(order.lines, 1))
    match step:
        case "receive":
            if all(line.received == line.ordered for line in order.lines):
                return "as_ordered", {}
            received = {f"received.{number}": str(line.received) for number, line in numbered}
            return "differs", received | {f"damaged.{number}": "0" for number, _ in numbered}
        case "inspect":
            if not any(line.rejected for line in order.lines):
                return "pass", {}
            accepted = {f"accepted.{number}": str(line.received - line.rejected) for number, line in numbered}
            causes = {
                f"cause.{number}": _CAUSES[(int(order.number) + number) % len(_CAUSES)]
                for number, line in numbered
                if line.rejected
            }
            return "partial", accepted | causes
        case "confirm_quantity":
            return "confirm", {}
        case "approve_price":
            return "approve", {}
        case "chase":
            return "next_week", {}
        case "settle_rest":
            waits = any((line.ordered - line.received) * _WORTH_WAITING_FOR >= line.ordered for line in order.lines)
            return ("keep_open" if waits else "close_short"), {}
    raise CompanyError(f"The receipt flow has a step that the replay does not know: {step}.")


def _close_left(desk: Desk) -> None:
    with writing(desk.engine) as db:
        db.execute(_CLOSE_LEFT)


def _tell(desk: Desk) -> None:
    while True:
        with writing(desk.engine) as db:
            entries: Sequence[journal.Entry] = journal.untold(db, limit=_TOLD_AT_ONCE)
            journal.mark_told(db, entries)
        if not entries:
            return


def _sum_up(db: Connection, orders: int, order_lines: int) -> Replayed:
    steps = Counter(
        {step: int(count) for step, count in db.execute(text("SELECT step, COUNT(*) FROM tasks GROUP BY step"))}
    )
    states = {
        state: int(count)
        for state, count in db.execute(
            text("SELECT state, COUNT(*) FROM documents WHERE kind = 'purchase_order' GROUP BY state")
        )
    }
    held = {
        status: int(count)
        for status, count in db.execute(text("SELECT status, SUM(quantity) FROM balances GROUP BY status"))
    }
    return Replayed(
        orders=orders,
        order_lines=order_lines,
        decisions=steps.total(),
        finance_approvals=steps["approve_price"],
        orders_closed_short=states.get("short", 0),
        orders_kept_open=states.get("open", 0),
        available=held.get("available", 0),
        blocked=held.get("blocked", 0),
    )
