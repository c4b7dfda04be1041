"""Whatever statement of a decision fails, nothing of it is left behind, and the same tap counts afterwards."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from app.doctor import examine
from inventory_core.db import quick
from inventory_core.db.engine import reading, writing
from tests.world import World
from workflows import people
from workflows.cards import Done, Refused


class Stopped(Exception):
    """The fault that a test puts between two statements."""


class Faults:
    """Lets the statement of a number fail, counted over a thread's statements that write."""

    def __init__(self) -> None:
        self.seen, self.at = 0, 0

    def look(self, statement: str) -> None:
        if statement.lstrip()[:6].upper() not in ("INSERT", "UPDATE", "DELETE"):
            return
        self.seen += 1
        if self.seen == self.at:
            raise Stopped(statement)


@contextmanager
def failing(world: World, faults: Faults, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    run = quick.Statement._on_driver

    def watched(self, db, values, **more):  # type: ignore[no-untyped-def]
        faults.look(self._sqlite)
        return run(self, db, values, **more)

    def before(_db, _cursor, statement, *_rest) -> None:  # type: ignore[no-untyped-def]
        faults.look(statement)

    monkeypatch.setattr(quick.Statement, "_on_driver", watched)
    event.listen(world.engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        event.remove(world.engine, "before_cursor_execute", before)
        monkeypatch.setattr(quick.Statement, "_on_driver", run)


def everything(world: World) -> dict[str, list[tuple[object, ...]]]:
    tables = ("documents", "document_lines", "decisions", "tasks", "flow_instances", "movements", "movement_lines",
              "balances", "lots", "deadlines", "remarks", "counters")  # fmt: skip
    with reading(world.engine) as db:
        return {
            each: [tuple(row) for row in db.execute(text(f"SELECT * FROM {each} ORDER BY 1, 2"))] for each in tables
        }


def test_a_fault_at_any_statement_of_a_decision_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.given_receipt(("CHAIN", 5, "12.5"), ("BOLT", 7, "0.3"))
    world.tap("lin", "All arrived as ordered")
    world.tap("maria", "All good")
    token = world.button("otto", "Confirm quantity").token
    before = everything(world)
    faults, failed = Faults(), 0
    while True:
        faults.seen, faults.at = 0, failed + 1
        with failing(world, faults, monkeypatch):
            try:
                done = world.send("otto", token, dedupe="the-tap")
            except Stopped:
                failed += 1
                assert everything(world) == before
                continue
        break
    assert failed > 15, "the posting and the decision are many statements"
    assert isinstance(done, Done)
    assert world.on_hand("CHAIN").available == 5
    assert examine(world.engine) == []


def test_of_fifty_taps_by_two_approvers_for_and_against_one_decides(world: World) -> None:
    world.given_receipt(("CHAIN", 50, "2000"))
    for person, label in (("lin", "All arrived as ordered"), ("maria", "All good"), ("otto", "Confirm quantity")):
        world.tap(person, label)
    with writing(world.engine) as db:
        people.create(db, "nina", "Nina Roth", language="en", roles=["finance_director"])
    approve, reject = world.button("zhao", "Approve price").token, world.button("nina", "Reject").token
    results: list[Done | Refused] = []

    def tap(number: int) -> None:
        code, token, answers = (("zhao", approve, None), ("nina", reject, {"reason": "too dear"}))[number % 2]
        results.append(world.send(code, token, answers, dedupe=f"race:{number}"))

    threads = [threading.Thread(target=tap, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [each for each in results if isinstance(each, Refused)]
    assert (len(results), len(told)) == (50, 49)
    assert all(each.words.startswith("Already settled by") for each in told)
    held = world.on_hand("CHAIN")
    assert {held.available, held.blocked} == {0, 50}
    assert examine(world.engine) == []
