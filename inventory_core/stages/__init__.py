"""The stages of the material's way, one module each: the facts and actions that flows name."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection

from inventory_core.document import Document
from inventory_core.fact import Fact
from inventory_core.stages import (
    deliveries,
    full_count,
    inspection,
    manufacture,
    moving,
    order_change,
    procuring,
    production,
    promises,
    purchasing,
    putaway,
    receiving,
    remedies,
    returns,
    sheets,
    shipping,
    sourcing,
    stocktake,
    supplier_returns,
    waves,
)
from inventory_core.stages.case import Action, Signal

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
    waves,
    deliveries,
    returns,
    remedies,
    stocktake,
    full_count,
)
ACTIONS: Mapping[str, Action] = {name: action for stage in _STAGES for name, action in stage.ACTIONS.items()}
LookUp = Callable[[Connection, Document, dt.date], Document]


def _any_day(look_up: Callable[[Connection, Document], Document]) -> LookUp:
    return lambda db, document, _today: look_up(db, document)


LOOK_UPS: Mapping[str, LookUp] = {
    sourcing.KIND: sourcing.look_up,
    purchasing.KIND: _any_day(purchasing.look_up),
    order_change.KIND: _any_day(order_change.look_up),
    receiving.KIND: _any_day(receiving.look_up),
    manufacture.KIND: manufacture.look_up,
    shipping.KIND: promises.look_up,
    waves.KIND: _any_day(waves.look_up),
    returns.KIND: _any_day(returns.look_up),
    sheets.KIND: _any_day(stocktake.look_up),
    full_count.KIND: _any_day(full_count.look_up),
}
"""What a kind of document is brought up to date with before each decision about it; the day is the local one."""
CHECKS: Mapping[str, Callable[[Connection, Document, Document], None]] = {
    sourcing.KIND: sourcing.check,
    receiving.KIND: receiving.check,
    order_change.KIND: order_change.check,
}
"""What a stage refuses of an answer, by a RuleBroken, before it counts: the paper as it was, and as it is answered."""
SIGNALS: Sequence[Callable[[Connection, dt.date], Sequence[Signal]]] = (
    shipping.goods_are_here,
    shipping.replacements,
    waves.picked,
    deliveries.called_back,
)
"""What answers open questions besides people, asked again and again by the relay."""
WRITTEN = procuring.WRITTEN
"""The kinds of papers that people start, and stages write too for a paper of their own."""
WRITTEN_BY_STAGES = (sheets.KIND, putaway.KIND, supplier_returns.KIND, deliveries.KIND, shipping.KIND)
"""Papers that stages write by themselves, whose flow starts by itself."""


def looked_up(db: Connection, document: Document, *, today: dt.date) -> Document:
    """Return a document with the figures that its stage keeps up to date, as they are now."""
    look_up = LOOK_UPS.get(document.kind)
    return look_up(db, document, today) if look_up else document


def checked(db: Connection, before: Document, answered: Document, *, today: dt.date) -> Document:
    """Return an answered document, looked up again. Raises what its stage refuses."""
    if check := CHECKS.get(answered.kind):
        check(db, before, answered)
    return looked_up(db, answered, today=today)
