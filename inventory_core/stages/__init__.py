"""The stages of the material's way, one module each: the facts and actions that flows name."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection

from inventory_core import picking
from inventory_core.document import Document
from inventory_core.fact import Fact
from inventory_core.stages import (
    deliveries,
    manufacture,
    production,
    promises,
    purchasing,
    putaway,
    receiving,
    remedies,
    returns,
    shipping,
    stocktake,
    waves,
)
from inventory_core.stages.case import Action, Signal

FACTS: Mapping[str, Fact] = {
    **receiving.FACTS,
    **shipping.FACTS,
    **returns.FACTS,
    **stocktake.FACTS,
    **manufacture.FACTS,
}
ACTIONS: Mapping[str, Action] = {
    name: action
    for stage in (
        receiving,
        putaway,
        purchasing,
        production,
        manufacture,
        shipping,
        waves,
        deliveries,
        returns,
        remedies,
        stocktake,
    )
    for name, action in stage.ACTIONS.items()
}
LookUp = Callable[[Connection, Document, dt.date], Document]


def _any_day(look_up: Callable[[Connection, Document], Document]) -> LookUp:
    return lambda db, document, _today: look_up(db, document)


LOOK_UPS: Mapping[str, LookUp] = {
    receiving.KIND: _any_day(receiving.look_up),
    stocktake.KIND: _any_day(stocktake.look_up),
    shipping.KIND: promises.look_up,
    returns.KIND: _any_day(returns.look_up),
    waves.KIND: waves.look_up,
    manufacture.KIND: picking.with_places,
    purchasing.REQUISITION: _any_day(purchasing.look_up),
}
"""What a kind of document is brought up to date with before each decision about it; the day is the local one."""

SIGNALS: Sequence[Callable[[Connection, dt.date], Sequence[Signal]]] = (
    shipping.goods_are_here,
    shipping.replacements,
    waves.picked,
    deliveries.called_back,
)
"""What answers open questions besides people, asked again and again by the relay."""

WRITTEN_BY_STAGES = (stocktake.KIND, putaway.KIND, deliveries.KIND, shipping.KIND)
"""Papers that stages write by themselves, whose flow starts by itself."""


def looked_up(db: Connection, document: Document, *, today: dt.date) -> Document:
    """Return a document with the figures that its stage keeps up to date, as they are now."""
    look_up = LOOK_UPS.get(document.kind)
    return look_up(db, document, today) if look_up else document
