"""The doctor finds nothing in a healthy company, and names each kind of damage."""

import pytest
from sqlalchemy import text

from app.doctor import examine
from inventory_core.db.engine import writing
from notifier.relay import Relay
from tests.world import World


def play(world: World) -> None:
    world.given_receipt(("CHAIN", 553, "1.5"), ("FRAME", 3, "2"))
    world.tap("lin", "Something differs", {"received.1": "553", "damaged.1": "3", "received.2": "3"})
    world.tap("maria", "Reject some", {"accepted.1": "550", "cause.1": "damaged", "accepted.2": "3"})
    world.tap("otto", "Confirm quantity")
    world.relay().turn()


def test_a_healthy_company_has_no_findings(world: World) -> None:
    play(world)
    assert examine(world.engine) == []


@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        ("Each balance equals", "UPDATE balances SET quantity = quantity + 1"),
        ("Each item's quantity and value", "UPDATE item_values SET value = value + 1"),
        ("A task is settled", "UPDATE tasks SET state = 'open' WHERE id = 1"),
        ("An order line has received", "UPDATE document_lines SET done = done + 1 WHERE source_line_id IS NULL"),
        ("A posted receipt moved", "UPDATE document_lines SET done = done + 1 WHERE source_line_id IS NOT NULL"),
        ("Each movement has its journal entry", "UPDATE journal SET subject = '' WHERE kind = 'stock.moved'"),
        ("The journal's hash chain", "UPDATE journal SET facts = '{}' WHERE id = 1"),
        ("The quantities of each movement", "UPDATE movement_lines SET quantity = quantity + 1 WHERE id = 1"),
        ("Each journal entry is told", "DELETE FROM journal_seals WHERE seq = 1"),
    ],
)
def test_damage_is_named(shop: World, rule: str, damage: str) -> None:
    play(shop)
    with writing(shop.engine) as db:
        for trigger in db.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
            db.exec_driver_sql(f"DROP TRIGGER {trigger}")
        db.exec_driver_sql(damage)
    assert any(each.rule.startswith(rule) for each in examine(shop.engine))


def test_a_relay_tells_each_entry_once(shop: World) -> None:
    play(shop)
    relay: Relay = shop.relay()
    relay.turn()
    with writing(shop.engine) as db:
        assert db.execute(text("SELECT COUNT(*) FROM outbox")).scalar_one() == 0
