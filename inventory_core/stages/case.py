"""What a stage's actions are given, and what they say of themselves."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import Connection

from inventory_core import documents, journal, ledger
from inventory_core.document import Answer, Document
from inventory_core.errors import ArgumentMissing
from inventory_core.fact import ValueKind
from inventory_core.movement import Movement, Transfer

Argued = Decimal | bool | str | dt.date | None


def any_day(day: dt.date, days: int) -> dt.date:
    """Return the day so many days ahead, for a company that works every day."""
    return day + dt.timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Order:
    """An action to carry out in the transaction of the last answer. ``key`` is the same whenever it is tried again.

    ``employee_id`` is None when a deadline decided. ``using`` holds the arguments as the flow's rules gave them.
    ``working_day`` gives the day that lies so many of the company's working days after another.
    """

    document: Document
    employee_id: int | None
    now: dt.datetime
    today: dt.date
    key: str
    using: Mapping[str, Argued] = field(default_factory=dict)
    working_day: Callable[[dt.date, int], dt.date] = any_day

    def number(self, name: str) -> Decimal:
        """Return a number that the action needs. Raises ArgumentMissing."""
        value = self.using.get(name)
        if not isinstance(value, Decimal):
            raise ArgumentMissing(name=name)
        return value

    def day(self, name: str) -> dt.date:
        """Return a day that the action needs. Raises ArgumentMissing."""
        value = self.using.get(name)
        if not isinstance(value, dt.date):
            raise ArgumentMissing(name=name)
        return value

    def words(self, name: str) -> str:
        """Return a text that the action needs. Raises ArgumentMissing."""
        value = self.using.get(name)
        if not isinstance(value, str) or not value:
            raise ArgumentMissing(name=name)
        return value


@dataclass(frozen=True, slots=True)
class Signal:
    """What answers an open question besides a person: goods that came, a wave that was picked, a carrier's report.

    ``lines`` maps a line's position to its answers, in smallest units. ``employee_id`` is whose work it was, None for
    nobody's. It counts while the document's case asks at ``step``; anything else that it says is over.
    """

    document_id: int
    step: str
    outcome: str
    fields: Mapping[str, Answer] = field(default_factory=dict)
    lines: Mapping[int, Mapping[str, Answer]] = field(default_factory=dict)
    employee_id: int | None = None


@dataclass(frozen=True, slots=True)
class Argument:
    """A typed argument of an action; one that is not needed has a default of the action's own."""

    kind: ValueKind
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class Action:
    """A stage function that flows name. ``about`` is the kind of document that it works on, empty for any."""

    run: Callable[[Connection, Order], None]
    takes: Mapping[str, Argument] = field(default_factory=dict)
    about: str = ""


def post_goods(
    db: Connection, order: Order, kind: str, transfers: Sequence[Transfer], *, part: str = "", reason: str = ""
) -> int:
    """Post the goods that an action moves, and return the movement; an action that posts twice names each ``part``."""
    movement = Movement(
        kind=kind,
        dedupe_key=f"{order.key}:{part}" if part else order.key,
        occurred_at=order.now,
        day=order.today,
        transfers=transfers,
        document_id=order.document.id,
        employee_id=order.employee_id,
        reason=reason,
    )
    return ledger.post(db, movement, now=order.now)


def reach(db: Connection, order: Order, state: str) -> None:
    """Bring the action's document to a state, and note it."""
    documents.set_state(db, order.document.id, state)
    journal.write(
        db,
        "document.state",
        now=order.now,
        employee_id=order.employee_id,
        document_id=order.document.id,
        facts={"before": order.document.state, "after": state},
    )
