"""The stages of the material's way, one module each: the facts and actions that flows name."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from inventory_core.document import Document
from inventory_core.fact import Fact
from inventory_core.stages import production, purchasing, receiving, stocktake
from inventory_core.stages.case import Action

FACTS: Mapping[str, Fact] = {**receiving.FACTS, **stocktake.FACTS}
ACTIONS: Mapping[str, Action] = {**receiving.ACTIONS, **purchasing.ACTIONS, **production.ACTIONS, **stocktake.ACTIONS}
LOOK_UPS: Mapping[str, Callable[[Connection, Document], Document]] = {stocktake.KIND: stocktake.look_up}
"""What a kind of document is brought up to date with before each decision about it."""


def looked_up(db: Connection, document: Document) -> Document:
    """Return a document with the figures that its stage keeps up to date, as they are now."""
    look_up = LOOK_UPS.get(document.kind)
    return look_up(db, document) if look_up else document
