"""The stages of the material's way, one module each: the facts and actions that flows name."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from inventory_core import picking
from inventory_core.document import Document
from inventory_core.fact import Fact
from inventory_core.stages import (
    full_count,
    inspection,
    manufacture,
    moving,
    order_change,
    production,
    purchasing,
    putaway,
    receiving,
    returns,
    sheets,
    shipping,
    shortage,
    sourcing,
    stocktake,
    supplier_returns,
)
from inventory_core.stages.case import Action

FACTS: Mapping[str, Fact] = {
    **receiving.FACTS,
    **inspection.FACTS,
    **putaway.FACTS,
    **supplier_returns.FACTS,
    **shipping.FACTS,
    **returns.FACTS,
    **stocktake.FACTS,
    **full_count.FACTS,
    **manufacture.FACTS,
    **purchasing.FACTS,
    **order_change.FACTS,
}
_STAGES = (
    sourcing,
    purchasing,
    order_change,
    receiving,
    putaway,
    supplier_returns,
    moving,
    production,
    manufacture,
    shipping,
    returns,
    stocktake,
    full_count,
)
ACTIONS: Mapping[str, Action] = {name: action for stage in _STAGES for name, action in stage.ACTIONS.items()}
LOOK_UPS: Mapping[str, Callable[[Connection, Document], Document]] = {
    receiving.KIND: receiving.look_up,
    putaway.KIND: putaway.look_up,
    sheets.KIND: stocktake.look_up,
    full_count.KIND: full_count.look_up,
    shipping.KIND: picking.with_places,
    manufacture.KIND: manufacture.look_up,
    sourcing.KIND: sourcing.look_up,
    purchasing.KIND: purchasing.look_up,
    order_change.KIND: order_change.look_up,
}
"""What a kind of document is brought up to date with before each decision about it."""
CHECKS: Mapping[str, Callable[[Connection, Document, Document], None]] = {
    sourcing.KIND: sourcing.check,
    receiving.KIND: receiving.check,
    order_change.KIND: order_change.check,
}
"""What a stage refuses of an answer, by a RuleBroken, before it counts: the paper as it was, and as it is answered."""
WRITTEN = shortage.WRITTEN
"""The kinds of papers that people start, and stages write too for a paper of their own."""


def looked_up(db: Connection, document: Document) -> Document:
    """Return a document with the figures that its stage keeps up to date, as they are now."""
    look_up = LOOK_UPS.get(document.kind)
    return look_up(db, document) if look_up else document


def checked(db: Connection, before: Document, answered: Document) -> Document:
    """Return an answered document, looked up again. Raises what its stage refuses."""
    if check := CHECKS.get(answered.kind):
        check(db, before, answered)
    return looked_up(db, answered)
