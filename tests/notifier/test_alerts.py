"""The low-stock alert: once when stock falls to its reorder point, once more only after it was well above it."""

import pytest
from sqlalchemy import text

from inventory_core import items, ledger, lots, places
from inventory_core.db.engine import reading, writing
from inventory_core.movement import Movement, Place, Transfer
from inventory_core.stages import production
from notifier import alerts
from notifier.alerts import Reading, decide
from tests.notifier.recorder import Recorder, chatting, recorded, settle
from tests.world import World
from workflows import people
from workflows.intents import Address


def receive(world: World, code: str, amount: int) -> None:
    with writing(world.engine) as db:
        item = items.by_code(db, code)
        lot = lots.create(db, item.id, received_on=world.desk.today())
        came = Transfer(
            item.id, lot, amount, Place(places.virtual(db, "supplier")), Place(places.id_of(db, "A-1")), value=1
        )
        ledger.post(
            db,
            Movement(
                "receipt",
                f"in:{next(world.ids)}",
                world.now,
                world.desk.today(),
                [came],
            ),
            now=world.now,
        )


def use(world: World, code: str, amount: int) -> None:
    with writing(world.engine) as db:
        item, by = items.by_code(db, code), world.person("lin").id
        production.issue(
            db,
            item,
            amount,
            employee_id=by,
            dedupe_key=f"out:{next(world.ids)}",
            today=world.desk.today(),
            now=world.now,
        )


@pytest.fixture
def recorder(world: World) -> Recorder:
    """Chen, the manager, reads on Telegram; of NUT 200 are there, and the reorder point is 100."""
    made = recorded(world, "telegram")
    chatting(world, "chen")
    world.given_item("NUT", reorder_point=100, safety_stock=60)
    receive(world, "NUT", 200)
    settle(world)
    return made


def alerts_of(recorder: Recorder) -> list[str]:
    return [
        card.title for chat, card, _ in recorder.sent if chat.chat == "chat-chen" and card.subject.startswith("alert:")
    ]


def test_falling_to_the_reorder_point_raises_one_alert_with_its_picture(world: World, recorder: Recorder) -> None:
    use(world, "NUT", 99)
    settle(world)
    assert alerts_of(recorder) == []
    use(world, "NUT", 1)
    settle(world)
    world.pass_time(seconds=2)
    settle(world)
    assert len(alerts_of(recorder)) == 1
    picture = next(each[2] for each in recorder.sent if each[1].subject.startswith("alert:"))
    assert picture is not None and "NUT" in picture.alt


def test_while_it_stays_low_nothing_more_is_said(world: World, recorder: Recorder) -> None:
    for amount in (110, 10, 30, 50):
        use(world, "NUT", amount)
        settle(world)
        world.pass_time(seconds=2)
        settle(world)
    assert len(alerts_of(recorder)) == 1


def test_it_is_resolved_in_place_a_tenth_above_and_raised_again_after(world: World, recorder: Recorder) -> None:
    use(world, "NUT", 105)
    world.pass_time(minutes=5)
    settle(world)
    receive(world, "NUT", 10)  # 105: still below 110
    settle(world)
    assert recorder.edited == []
    receive(world, "NUT", 5)
    settle(world)
    resolved = [card for _, card in recorder.edited]
    assert {(card.tone, bool(card.status)) for card in resolved} == {("good", True)}
    use(world, "NUT", 40)
    settle(world)
    world.pass_time(minutes=5)
    settle(world)
    assert len(alerts_of(recorder)) == 2


def test_what_an_open_order_brings_is_said(world: World, recorder: Recorder) -> None:
    world.given_order(("NUT", 500, "1"), number="77", due=world.desk.today().replace(day=25))
    use(world, "NUT", 150)
    world.pass_time(minutes=5)
    settle(world)
    card = next(each[1] for each in recorder.sent if each[1].subject.startswith("alert:"))
    assert "500 pc" in card.story[0] and "77" in card.story[0]


def test_a_channel_for_alerts_is_told_instead_of_each_manager(world: World, recorder: Recorder) -> None:
    with writing(world.engine) as db:
        people.open_channel(db, Address("telegram", "", "-100"), language="zh")
    use(world, "NUT", 150)
    world.pass_time(minutes=5)
    settle(world)
    told = {chat.chat: card.title for chat, card, _ in recorder.sent if card.subject.startswith("alert:")}
    assert set(told) == {"-100", "chen"}  # the channel, and the manager's page
    assert told["-100"] == "NUT 库存偏低：50 pc"


def test_what_is_low_when_a_company_is_loaded_is_no_news(world: World) -> None:
    recorder = recorded(world, "telegram")
    chatting(world, "chen")
    world.given_item("BOLT", reorder_point=10)
    with writing(world.engine) as db:
        alerts.set_baseline(db, now=world.now)
    receive(world, "BOLT", 5)
    use(world, "BOLT", 1)
    settle(world)
    assert alerts_of(recorder) == []
    receive(world, "BOLT", 50)
    settle(world)
    use(world, "BOLT", 50)
    settle(world)
    world.pass_time(minutes=5)
    settle(world)
    assert len(alerts_of(recorder)) == 1
    with reading(world.engine) as db:
        assert db.execute(text("SELECT raised FROM alert_states")).scalar_one() == 1


@pytest.mark.parametrize(
    ("state", "available", "reorder_point", "after"),
    [
        ("ok", 101, 100, "ok"),
        ("ok", 100, 100, "firing"),
        ("firing", 101, 100, "firing"),
        ("firing", 109, 100, "firing"),
        ("firing", 110, 100, "ok"),
        ("firing", 4, 3, "ok"),
        ("ok", 0, 0, "ok"),
        ("firing", 0, 0, "ok"),
    ],
)
def test_the_alert_is_decided_by_stock_and_state_alone(
    state: alerts.State, available: int, reorder_point: int, after: alerts.State
) -> None:
    assert decide(state, Reading(available, reorder_point)) == after
