"""Stock that is kept for somebody: never given twice, and taken by nobody else."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest

from app.doctor import examine
from inventory_core import items, ledger, places, reservations
from inventory_core.db.engine import reading, writing
from inventory_core.errors import DedupeConflict, ExpiredLot, NotEnoughStock
from inventory_core.movement import Movement, Place, Transfer
from tests.inventory_core.stock import Stock


class Desk:
    """Keeps and lets go in short words."""

    def __init__(self, stock: Stock, code: str, quantity: int) -> None:
        self.stock, self.world = stock, stock.world
        self.lot = stock.lot(code, number="L1")
        stock.post((self.lot, quantity, "SUPPLIER", "A-1"))
        self.code = code

    def promise(self, quantity: int, key: str) -> int:
        with writing(self.world.engine) as db:
            item, day = items.by_code(db, self.code), self.world.desk.today()
            return reservations.promise(db, item, quantity, key=key, day=day, now=self.world.now)

    def reserve(self, quantity: int, key: str) -> int:
        with writing(self.world.engine) as db:
            return reservations.reserve(
                db,
                items.by_code(db, self.code),
                quantity,
                lot_id=self.lot[1],
                location_id=places.id_of(db, "A-1"),
                key=key,
                day=self.world.desk.today(),
                now=self.world.now,
            )

    def release(self, reservation_id: int) -> None:
        with writing(self.world.engine) as db:
            reservations.release(db, reservation_id)

    @property
    def free(self) -> int:
        return self.stock.held(self.code).free


@pytest.fixture
def desk(stock: Stock) -> Desk:
    return Desk(stock, "NUT", 5)


def test_what_is_reserved_is_taken_by_nobody_else(desk: Desk) -> None:
    kept = desk.reserve(3, "a")
    assert desk.free == 2
    with pytest.raises(NotEnoughStock) as refused:
        desk.stock.post((desk.lot, 3, "A-1", "PRODUCTION"))
    assert refused.value.params["free"] == "2"
    desk.release(kept)
    desk.release(kept)
    assert desk.free == 5
    assert examine(desk.world.engine) == []


def test_its_owner_takes_it_in_one_transaction(desk: Desk) -> None:
    kept = desk.reserve(5, "a")
    world = desk.world
    with writing(world.engine) as db:
        reservations.release(db, kept, state="used")
        transfer = Transfer(*desk.lot, 5, Place(places.id_of(db, "A-1")), Place(places.virtual(db, "customer")))
        ledger.post(db, Movement("shipment", "ship:1", world.now, world.desk.today(), [transfer]), now=world.now)
    held = desk.stock.held("NUT")
    assert (held.total, held.reserved) == (0, 0)
    assert examine(world.engine) == []


def test_a_promise_is_of_the_item_wherever_it_lies(desk: Desk) -> None:
    desk.promise(4, "order:1")
    with pytest.raises(NotEnoughStock) as refused:
        desk.promise(2, "order:2")
    assert refused.value.params == {"item": "NUT", "place": "", "wanted": "2", "free": "1", "short": "1", "unit": "pc"}
    with pytest.raises(NotEnoughStock):
        desk.reserve(2, "order:2")
    assert desk.promise(1, "order:2")
    assert desk.free == 0


def test_a_promise_becomes_a_reservation_of_a_lot_in_a_bin(desk: Desk) -> None:
    promised, world = desk.promise(4, "order:1"), desk.world
    for _ in range(2):
        with writing(world.engine) as db:
            pinned = reservations.pin(
                db,
                promised,
                lot_id=desk.lot[1],
                location_id=places.id_of(db, "A-1"),
                key="pick:1",
                day=world.desk.today(),
                now=world.now,
            )
    with reading(world.engine) as db:
        assert not reservations.load(db, promised).is_open
        assert reservations.load(db, pinned).quantity == 4
    held = desk.stock.held("NUT")
    assert (held.reserved, held.promised, held.free) == (4, 0, 1)
    assert examine(world.engine) == []


def test_blocked_stock_is_not_free(desk: Desk) -> None:
    desk.stock.post((desk.lot, 3, "A-1", "A-1/blocked"))
    with pytest.raises(NotEnoughStock):
        desk.promise(3, "order:1")
    assert desk.free == 2


def test_the_same_key_keeps_once_and_another_content_is_refused(desk: Desk) -> None:
    assert desk.reserve(3, "a") == desk.reserve(3, "a")
    assert desk.promise(1, "b") == desk.promise(1, "b")
    assert desk.free == 1
    with pytest.raises(DedupeConflict):
        desk.reserve(4, "a")


@pytest.mark.parametrize("way", ["promise", "reserve", "both"])
def test_of_fifty_who_want_all_of_it_at_once_one_gets_it(desk: Desk, way: str) -> None:
    granted: list[int] = []
    told: list[str] = []

    def ask(number: int) -> None:
        keep: Callable[[int, str], int] = desk.promise
        if way == "reserve" or (way == "both" and number % 2):
            keep = desk.reserve
        try:
            granted.append(keep(5, f"order:{number}"))
        except NotEnoughStock as refused:
            told.append(str(refused.params["free"]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(granted), told) == (1, ["0"] * 49)
    assert examine(desk.world.engine) == []


def test_one_paper_with_the_same_lot_on_two_lines_is_refused_whole(desk: Desk) -> None:
    with pytest.raises(NotEnoughStock) as refused:
        desk.stock.post((desk.lot, 3, "A-1", "PRODUCTION"), (desk.lot, 4, "A-1", "PRODUCTION"))
    assert (refused.value.params["wanted"], refused.value.params["free"]) == ("7", "5")
    assert desk.stock.held("NUT").total == 5


def test_what_is_past_its_date_is_kept_for_nobody(stock: Stock) -> None:
    desk = Desk.__new__(Desk)
    desk.stock, desk.world, desk.code = stock, stock.world, "GLUE"
    today = stock.world.desk.today()
    desk.lot = stock.lot("GLUE", expires_on=today)
    fresh = stock.lot("GLUE", expires_on=today + dt.timedelta(days=60))
    stock.post((desk.lot, 10, "SUPPLIER", "A-1"), (fresh, 5, "SUPPLIER", "A-1"))
    promised = desk.promise(9, "early")
    stock.world.pass_time(days=1)
    with pytest.raises(ExpiredLot):
        desk.reserve(1, "named")
    with pytest.raises(NotEnoughStock) as refused:
        desk.promise(6, "any")
    assert refused.value.params["free"] == "0"  # five are fresh, and nine are promised already
    with pytest.raises(ExpiredLot), writing(stock.world.engine) as db:
        reservations.pin(
            db,
            promised,
            lot_id=desk.lot[1],
            location_id=places.id_of(db, "A-1"),
            key="pick",
            day=stock.world.desk.today(),
            now=stock.world.now,
        )
    with writing(stock.world.engine) as db:
        reservations.release(db, promised)
    assert desk.promise(5, "fresh")
    with pytest.raises(NotEnoughStock):
        desk.promise(1, "more")


def test_a_serial_number_is_reserved_once(stock: Stock) -> None:
    pump = Desk.__new__(Desk)
    pump.stock, pump.world, pump.code = stock, stock.world, "PUMP"
    pump.lot = stock.lot("PUMP", tracking="serial", number="SN-1")
    stock.post((pump.lot, 1, "SUPPLIER", "A-1"))
    pump.reserve(1, "a")
    with pytest.raises(NotEnoughStock):
        pump.reserve(1, "b")
    assert examine(stock.world.engine) == []
