"""A workshop to tell stories of production in: items, bills, stock, and orders that people start."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from bot import conversation
from inventory_core import bills, documents, items
from inventory_core.bill import Bill, ByProduct, Component
from inventory_core.db.engine import reading, writing
from inventory_core.document import Document
from notifier import relay
from tests.inventory_core.stock import Stock
from tests.world import World
from workflows.cards import Card, Done, Refused
from workflows.intents import Sender


@dataclass(frozen=True)
class Workshop:
    """What a company makes. Bills are written by item codes, values in currency units."""

    world: World

    @property
    def stock(self) -> Stock:
        return Stock(self.world)

    def id_of(self, code: str) -> int:
        with reading(self.world.engine) as db:
            return items.by_code(db, code).id

    def has(self, code: str, amount: int, each: int = 1, *, lot: str = "", **more: Any) -> None:
        """Put so much of an item into A-1, at so much a piece."""
        made = self.stock.lot(code, number=lot, **more)
        self.stock.post((made, amount, "SUPPLIER", "A-1", amount * each * 10_000))

    def bill(self, code: str, *parts: Component, outputs: tuple[ByProduct, ...] = ()) -> None:
        with writing(self.world.engine) as db:
            bills.define(db, Bill(self.id_of(code), parts, outputs))

    def part(self, code: str, quantity: int = 1, **more: Any) -> Component:
        return Component(self.id_of(code), quantity, 1, **more)

    def plan(self, quantity: str, item: str = "BIKE", *, by: str = "otto") -> Done | Refused:
        world = self.world
        opened = conversation.answer(
            world.desk, Sender("web", "", by), world.address(by), "new work_order", dedupe=f"m:{next(world.ids)}"
        ).form
        assert opened is not None
        return world.send(by, opened.token, {"item": item, "quantity": quantity, "due": "2026-12-20"})

    def tap(self, who: str, label: str, answers: dict[str, str] | None = None) -> Done | Refused:
        """Let a person tap the first button of this label in their inbox, and let what stages wrote begin."""
        world = self.world
        card = next(at for at, each in enumerate(world.inbox(who)) if any(b.label == label for b in each.buttons))
        done = world.send(who, world.button(who, label, card=card).token, answers)
        relay.start_waiting(world.desk)
        return done

    def card(self, who: str, words: str) -> Card:
        """Return the card of a person whose title or summary has these words."""
        return next(each for each in self.world.inbox(who) if words in f"{each.title} {each.summary}")

    def buttons(self, who: str, words: str) -> list[str]:
        return [button.label for button in self.card(who, words).buttons]

    def rows(self, who: str, words: str) -> dict[str, list[str]]:
        """Return what a card tells of each line, by the line's item."""
        return {
            row.detail.split(" · ")[0]: [f"{fact.label} {fact.value}" for fact in row.figures]
            for row in self.card(who, words).rows
        }

    def papers(self, kind: str) -> list[Document]:
        with reading(self.world.engine) as db:
            found = db.execute(text("SELECT id FROM documents WHERE kind = :kind ORDER BY id"), {"kind": kind})
            return [documents.load(db, each) for each in found.scalars().all()]

    def lots(self, code: str) -> list[int]:
        with reading(self.world.engine) as db:
            rows = db.execute(text("SELECT id FROM lots WHERE item_id = :item ORDER BY id"), {"item": self.id_of(code)})
            return [int(each) for each in rows.scalars().all()]

    def lies_at(self, kind: str) -> int:
        """Return what lies in the places of a kind by the ledger, in 1/10,000."""
        with reading(self.world.engine) as db:
            return int(
                db.execute(
                    text("""
                        SELECT COALESCE(SUM(l.value), 0) FROM movement_lines l
                        JOIN locations c ON c.id = l.location_id WHERE c.kind = :kind
                    """),
                    {"kind": kind},
                ).scalar_one()
            )
