"""The journal: written with the change, told once, and sealed so that nobody can rewrite it unseen."""

import pytest
from sqlalchemy import text

from app.doctor import examine
from inventory_core import journal
from inventory_core.db.engine import reading, writing
from tests.inventory_core.stock import Stock
from tests.world import World


def write(world: World, number: int) -> None:
    with writing(world.engine) as db:
        for each in range(number):
            journal.write(db, "test.happened", now=world.now, subject=f"test:{each}", facts={"n": each, "名": "链条"})


def tell(world: World, limit: int) -> list[int]:
    with writing(world.engine) as db:
        entries = journal.untold(db, limit=limit)
        journal.mark_told(db, entries)
    return [each.id for each in entries]


def test_entries_are_told_in_order_and_once(world: World) -> None:
    write(world, 5)
    told = [*tell(world, 2), *tell(world, 2), *tell(world, 2), *tell(world, 2)]
    assert told == sorted(set(told)) and len(told) == 5


def test_a_change_that_is_rolled_back_leaves_no_entry(world: World) -> None:
    class Off(Exception):
        """The change is broken off."""

    with pytest.raises(Off), writing(world.engine) as db:
        journal.write(db, "test.happened", now=world.now)
        raise Off
    assert tell(world, 10) == []


def test_what_comes_back_is_what_was_written(world: World) -> None:
    write(world, 1)
    with reading(world.engine) as db:
        entry = journal.untold(db, limit=1)[0]
    assert (entry.at, entry.kind, entry.subject, dict(entry.facts)) == (
        world.now, "test.happened", "test:0", {"n": 0, "名": "链条"},
    )  # fmt: skip


def test_the_chain_holds_over_many_tellings(world: World) -> None:
    write(world, 7)
    for _ in range(4):
        tell(world, 2)
    assert examine(world.engine) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE journal SET facts = '{\"n\":99}' WHERE id = (SELECT MIN(id) + 1 FROM journal)",
        "UPDATE journal SET at = at + 1 WHERE id = (SELECT MIN(id) + 1 FROM journal)",
        "DELETE FROM journal_seals WHERE seq = 2",
        "UPDATE journal_seals SET hash = 'x' WHERE seq = 3",
    ],
)
def test_a_rewritten_past_is_found(shop: World, damage: str) -> None:
    write(shop, 5)
    tell(shop, 100)
    with writing(shop.engine) as db:
        for trigger in db.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
            db.exec_driver_sql(f"DROP TRIGGER {trigger}")
        db.exec_driver_sql(damage)
    assert "The journal's hash chain is whole" in [each.rule for each in examine(shop.engine)]


def test_each_movement_is_in_the_journal(stock: Stock) -> None:
    nut = stock.lot("NUT")
    movement = stock.post((nut, 5, "SUPPLIER", "A-1"))
    with reading(stock.world.engine) as db:
        entry = journal.untold(db, limit=10)[-1]
    assert (entry.kind, entry.subject) == ("stock.moved", f"movement:{movement}")
    assert entry.facts == {"kind": "test", "items": [nut[0]]}
