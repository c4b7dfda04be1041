"""Taps that come together: each is answered, whether it was settled with the others or by itself."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.taps import Taps
from inventory_core.db.engine import at_once, open_engine, reading, writing
from inventory_core.db.migrate import upgrade
from tests.world import World, found_company
from workflows import act
from workflows.act import Settled
from workflows.cards import Form, Refused
from workflows.intents import Intent, Sender


def _intents(world: World, label: str) -> list[Intent]:
    buttons = [each for card in world.inbox("lin") for each in card.buttons if each.label == label]
    return [Intent(Sender("web", "", "lin"), world.address("lin"), each.token, each.token) for each in buttons]


def _settled(world: World, intents: list[Intent]) -> list[Form | Settled | Refused]:
    async def together() -> list[Form | Settled | Refused]:
        taps = Taps(world.desk)
        return await asyncio.gather(*(taps.settle(each) for each in intents))

    return asyncio.run(together())


def test_many_at_once_are_each_answered(world: World) -> None:
    for number in range(40):
        world.given_receipt(("CHAIN", 5, "1"), number=f"R-{number}")
    good, asking = _intents(world, "All arrived as ordered"), _intents(world, "Something differs")
    expired = Intent(Sender("web", "", "lin"), world.address("lin"), "gone", "gone")
    *settled, form, refused = _settled(world, [*good[1:], asking[0], expired])
    assert len(settled) == 39 and all(isinstance(each, Settled) for each in settled)
    assert isinstance(form, Form) and isinstance(refused, Refused)
    with reading(world.engine) as db:
        assert db.execute(text("SELECT COUNT(*) FROM decisions")).scalar_one() == 39


def test_a_fault_is_met_again_by_itself_and_not_swallowed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.given_receipt(("CHAIN", 5, "1"))
    taps = _intents(world, "All arrived as ordered")

    def failing(*_given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(act, "carry_out", failing)
    with pytest.raises(ZeroDivisionError):
        _settled(world, taps)


@pytest.fixture
def company(tmp_path: Path) -> World:
    engine = open_engine(f"sqlite:///{tmp_path / 'company.db'}")
    upgrade(engine)
    return found_company(engine, tmp_path / "files")


def test_another_process_that_writes_is_not_waited_for_in_the_loop(company: World, tmp_path: Path) -> None:
    company.given_receipt(("CHAIN", 5, "1"))
    taps = _intents(company, "All arrived as ordered")
    other = sqlite3.connect(tmp_path / "company.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert act.settle_at_once(company.desk, taps) == [None]
    other.execute("ROLLBACK")
    other.close()
    assert [type(each) for each in _settled(company, taps)] == [Settled]


def test_who_writes_in_another_thread_is_not_waited_for_either(company: World) -> None:
    with writing(company.engine), at_once(company.engine) as db:
        assert db is None
    with at_once(company.engine) as db:
        assert db is not None
        assert db.execute(text("PRAGMA busy_timeout")).scalar_one() > 0


def test_what_raises_at_once_changes_nothing_and_gives_the_turn_back(company: World) -> None:
    with pytest.raises(ZeroDivisionError), at_once(company.engine) as db:
        assert db is not None
        db.execute(text("DELETE FROM chats"))
        db.execute(text("UPDATE employees SET language = 'zh'"))
        raise ZeroDivisionError
    with writing(company.engine) as db:
        assert db.execute(text("SELECT COUNT(*) FROM employees WHERE language = 'zh'")).scalar_one() == 0
