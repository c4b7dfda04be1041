"""A little stock to post against: places by code, items with a lot each, and what the ledger holds of them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from inventory_core import items, ledger, lots, places
from inventory_core.db.engine import reading, writing
from inventory_core.movement import Movement, Place, Transfer
from tests.world import World


@dataclass(frozen=True)
class Stock:
    """Posts in short words: a place is written ``A-1`` or ``A-1/blocked``."""

    world: World

    def lot(
        self, code: str, *, tracking: str = "lot", expires_on: dt.date | None = None, number: str = ""
    ) -> tuple[int, int]:
        """Return the ids of an item, made if it is new, and of a new lot of it."""
        with reading(self.world.engine) as db:
            known = db.execute(text("SELECT id FROM items WHERE code = :code"), {"code": code}).scalar()
        item_id = known or self.world.given_item(code, tracking=tracking)
        today = self.world.desk.today()
        with writing(self.world.engine) as db:
            return item_id, lots.create(db, item_id, received_on=today, supplier_lot=number, expires_on=expires_on)

    def place(self, db: Connection, words: str) -> Place:
        code, _, status = words.partition("/")
        return Place(places.id_of(db, code), status or "available")  # type: ignore[arg-type]

    def post(
        self,
        *moves: tuple[tuple[int, int], int, str, str] | tuple[tuple[int, int], int, str, str, int],
        key: str = "",
        kind: str = "test",
        day: dt.date | None = None,
    ) -> int:
        """Post one movement; a move is (item and lot, quantity, source, target, value if it is known)."""
        with writing(self.world.engine) as db:
            transfers = [
                Transfer(*lot, quantity, self.place(db, source), self.place(db, target), *value)
                for lot, quantity, source, target, *value in moves
            ]
            key = key or f"test:{next(self.world.ids)}"
            movement = Movement(kind, key, self.world.now, day or self.world.desk.today(), transfers)
            return ledger.post(db, movement, now=self.world.now)

    def reverse(self, movement_id: int, *, key: str = "") -> int:
        with writing(self.world.engine) as db:
            return ledger.reverse(
                db,
                movement_id,
                reason="mistake",
                dedupe_key=key or f"undo:{next(self.world.ids)}",
                employee_id=None,
                day=self.world.desk.today(),
                now=self.world.now,
            )

    def held(self, code: str) -> items.OnHand:
        return self.world.on_hand(code)

    def value(self, code: str) -> int:
        with reading(self.world.engine) as db:
            found = db.execute(
                text("SELECT value FROM item_values v JOIN items i ON i.id = v.item_id WHERE i.code = :code"),
                {"code": code},
            ).scalar()
        return int(found or 0)

    def count(self, table: str) -> int:
        with reading(self.world.engine) as db:
            return int(db.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one())

    def lines(self) -> Iterable[tuple[int, int]]:
        """Yield the quantity and value of each line."""
        with reading(self.world.engine) as db:
            rows = db.execute(text("SELECT quantity, value FROM movement_lines ORDER BY id")).all()
        return [(int(row[0]), int(row[1])) for row in rows]
