"""The stages of the material's way, one module each: the facts and actions that flows name."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from inventory_core import picking
from inventory_core.document import Document
from inventory_core.fact import Fact
from inventory_core.stages import (
    full_count,
    manufacture,
    moving,
    production,
    purchasing,
    putaway,
    receiving,
    returns,
    sheets,
    shipping,
    stocktake,
    supplier_returns,
)
from inventory_core.stages.case import Action

FACTS: Mapping[str, Fact] = {
    **receiving.FACTS,
    **putaway.FACTS,
    **supplier_returns.FACTS,
    **shipping.FACTS,
    **returns.FACTS,
    **stocktake.FACTS,
    **full_count.FACTS,
    **manufacture.FACTS,
}
ACTIONS: Mapping[str, Action] = {
    name: action
    for stage in (
        receiving,
        putaway,
        supplier_returns,
        moving,
        purchasing,
        production,
        manufacture,
        shipping,
        returns,
        stocktake,
        full_count,
    )
    for name, action in stage.ACTIONS.items()
}
LOOK_UPS: Mapping[str, Callable[[Connection, Document], Document]] = {
    receiving.KIND: receiving.look_up,
    sheets.KIND: stocktake.look_up,
    full_count.KIND: full_count.look_up,
    shipping.KIND: picking.with_places,
    manufacture.KIND: picking.with_places,
    purchasing.REQUISITION: purchasing.look_up,
}
"""What a kind of document is brought up to date with before each decision about it."""


def looked_up(db: Connection, document: Document) -> Document:
    """Return a document with the figures that its stage keeps up to date, as they are now."""
    look_up = LOOK_UPS.get(document.kind)
    return look_up(db, document) if look_up else document
