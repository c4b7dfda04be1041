"""Output of a work order, reported at once or in parts: the product, its scrap, its by-products, their cost and family.

A report uses what was issued first, by the bill's quantity for what was made; the last report uses all that is left.
The product gets what that is worth, less what the by-products carry. Scrapped pieces cost as much as good ones, and
their share goes to the scrap location.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import Connection

from inventory_core import documents, genealogy, items, kinds, lots, places
from inventory_core.bill import ALL_PERCENT
from inventory_core.consumption import Held, split, used_by_bill
from inventory_core.document import Answer, Document, Line
from inventory_core.errors import BackflushShort, NotEnoughStock, NothingMade
from inventory_core.movement import Place, Transfer
from inventory_core.quantity import MONEY_PLACES, as_decimal, shares, worth
from inventory_core.stages import picking, shortage, usage
from inventory_core.stages.case import Order, post_goods, reach
from inventory_core.stages.usage import Report


@dataclass(frozen=True, slots=True)
class _Output:
    """What came out of one kind: its lots with their quantities, where they go, and what all of them are worth."""

    item_id: int
    lots: Sequence[tuple[int, int]]
    value: int


def finish(db: Connection, order: Order) -> None:
    """Take what was made into stock with its cost and its family, and bring back what was not used.

    Takes ``item``, ``made`` and ``scrapped``, and the order's ``quantity``: until that is reached, more is reported.
    Raises NothingMade, TooMuch for more brought back than is out, and BackflushShort.
    """
    document = documents.load(db, order.document.id)
    report = _report(db, order, document)
    dock = Place(places.receiving_bin(db, document.site_id))
    _bring_back(db, order, document.lines, "returned", report, dock)
    taken = _backflush(db, order, document, report)
    lines = documents.load(db, document.id).lines
    used = usage.of(db, document.id, lines, report, taken=taken)
    if not used.held:
        raise NothingMade(document=document.number)
    gained = {line.id: _gained(line, report) for line in lines if line.fields.get("way") == "byproduct"}
    product, by_products, cost = _parted(db, order, lines, report, gained, used.value)
    _post(db, order, report, [product, *by_products], used.held, dock, scrap_value=cost - product.value)
    for line in lines:
        if line.id in gained:
            done = line.done + gained[line.id]
            documents.set_line(db, replace(line, done=done, fields={**line.fields, "gained": done}))
    _note(db, order, document, report, cost)
    if document.source_id is not None:
        _keep_for(db, order, document.source_id)


def _report(db: Connection, order: Order, document: Document) -> Report:
    item = items.by_code(db, order.words("item"))
    made = item.units(order.number("made"))
    scrapped = item.units(order.number("scrapped")) if isinstance(order.using.get("scrapped"), Decimal) else 0
    before = item.units(shortage.reported(document))
    if not made + scrapped:
        raise NothingMade(document=document.number)
    planned = before + made + scrapped
    if isinstance(order.using.get("quantity"), Decimal):
        planned = item.units(order.number("quantity"))
    return Report(item, made, scrapped, before, planned, before + made + scrapped >= planned)


def _bring_back(db: Connection, order: Order, lines: Sequence[Line], figure: str, report: Report, dock: Place) -> None:
    """Bring back what people answered as this figure of each line: the lots that went last, and none twice."""
    source = Place(places.virtual(db, "production"))
    went_in = usage.went_in(db, order.document.id)
    used = usage.by_item(went_in, lines, reported=report.before, planned=report.planned)
    out: dict[int, list[Held]] = {}
    for item_id, amount in used.items():
        out[item_id] = split([each for each in went_in if each.item_id == item_id], amount)[1][::-1]
    transfers: list[Transfer] = []
    for line in lines:
        amount = line.quantity(figure) if shortage.is_material(line) else 0
        there = out.get(line.item_id, [])
        transfers += picking.back(
            line, amount, [(each.lot_id, each.quantity, each.value) for each in there], source, dock
        )
        out[line.item_id] = split(there, amount)[1]
        if total := line.quantity("back") + amount:  # the card tells all that came back, not the last of it
            rest = {name: value for name, value in line.fields.items() if name != figure}
            fields = {**rest, "returned": total, "back": total}
            documents.set_line(db, replace(line, done=line.done - amount, fields=fields))
    if transfers:
        post_goods(db, order, "issue", transfers, part="back")


def _backflush(db: Connection, order: Order, document: Document, report: Report) -> Mapping[int, int]:
    """Take what is backflushed out of the bins, by the bill's quantity for what was made so far; return it by item."""
    lines = [each for each in documents.load(db, document.id).lines if each.fields.get("way") == "backflush"]
    amounts = {
        line.id: max(used_by_bill(line.ordered, reported=report.after, planned=report.planned) - line.done, 0)
        for line in lines
    }
    if not any(amounts.values()):
        return {}
    picking.release(db, lines, state="used")
    asking = [replace(line, fields={"taken": amounts[line.id]}) for line in lines]
    try:
        transfers = picking.taken(db, order, asking, "taken", Place(places.virtual(db, "production")))
    except NotEnoughStock as short:
        named = {name: short.params[name] for name in ("item", "wanted", "free", "unit")}
        raise BackflushShort(**named) from short
    post_goods(db, order, "issue", transfers, part="backflush")
    taken: dict[int, int] = {}
    for line in lines:
        taken[line.item_id] = taken.get(line.item_id, 0) + amounts[line.id]
        done = line.done + amounts[line.id]
        documents.set_line(db, replace(line, done=done, fields={**line.fields, "issued": done}))
    shortage.keep(db, order, document.id)
    return taken


def _gained(line: Line, report: Report) -> int:
    """Return what came out of a by-product: what people said, or else what the bill expects of what was made so far."""
    said = line.fields.get("gained")
    if isinstance(said, int) and not isinstance(said, bool):
        return said
    return max(line.ordered * report.after // report.planned - line.done, 0)


def _parted(
    db: Connection, order: Order, lines: Sequence[Line], report: Report, gained: Mapping[int, int], value: int
) -> tuple[_Output, list[_Output], int]:
    """Return the good product, the by-products, and what good and scrapped pieces together are worth."""

    def received(item_id: int, quantity: int) -> Sequence[tuple[int, int]]:
        tracking = kinds.tracking_of(db, [item_id])[item_id]
        return lots.receive(db, item_id, quantity, tracking=tracking, received_on=order.today) if quantity else ()

    by_products = [
        _Output(
            line.item_id,
            received(line.item_id, gained[line.id]),
            value * line.quantity("cost_percent") // ALL_PERCENT,
        )
        for line in lines
        if gained.get(line.id)
    ]
    cost = value - sum(each.value for each in by_products)
    good = shares(cost, [report.made, report.scrapped])[0]
    return _Output(report.item.id, received(report.item.id, report.made), good), by_products, cost


def _post(
    db: Connection,
    order: Order,
    report: Report,
    outputs: Sequence[_Output],
    used: Sequence[Held],
    dock: Place,
    *,
    scrap_value: int,
) -> None:
    middle, scrap = Place(places.virtual(db, "production")), Place(places.virtual(db, "scrap"))
    transfers = [
        Transfer(each.item_id, lot, part, middle, dock, value)
        for each in outputs
        if each.lots
        for (lot, part), value in zip(each.lots, shares(each.value, [part for _, part in each.lots]), strict=True)
    ]
    if report.scrapped:
        transfers.append(Transfer(report.item.id, lots.NONE, report.scrapped, middle, scrap, scrap_value))
    reason = str(order.document.fields.get("scrap_reason") or "") if report.scrapped else ""
    movement_id = post_goods(db, order, "production", transfers, part="out", reason=reason)
    _link(db, outputs, report, used, movement_id, middle=middle, dock=dock, scrap_value=scrap_value)


def _link(
    db: Connection,
    outputs: Sequence[_Output],
    report: Report,
    used: Sequence[Held],
    movement_id: int,
    *,
    middle: Place,
    dock: Place,
    scrap_value: int,
) -> None:
    """Note what each output was made of: product and by-products share the inputs by what they are worth."""
    weights = [each.value for each in outputs]
    weights[0] += scrap_value
    if not any(weights):
        weights[0] = 1
    went = [shares(each.quantity, weights) for each in used]
    for at, each in enumerate(outputs):
        parts = [genealogy.Part(each.item_id, lot, part, dock) for lot, part in each.lots]
        if at == 0 and report.scrapped:
            parts.append(genealogy.Part(each.item_id, lots.NONE, report.scrapped, dock))
        inputs = [
            genealogy.Part(held.item_id, held.lot_id, shared[at], middle)
            for held, shared in zip(used, went, strict=True)
        ]
        if parts:
            genealogy.link(db, inputs, parts, movement_id)


def _note(db: Connection, order: Order, document: Document, report: Report, cost: int) -> None:
    """Note what was made so far and what it cost, and end the order with its last report."""
    fields = dict(documents.load(db, document.id).fields)
    for name in ("made", "scrapped"):
        fields.pop(name, None)  # the next report is asked anew
    for name, amount in (("total_made", report.made), ("total_scrapped", report.scrapped)):
        if amount:
            fields[name] = f"{Decimal(str(fields.get(name) or 0)) + as_decimal(amount, report.item.precision):f}"
    fields["cost"] = int(str(fields.get("cost", 0))) + cost
    if report.is_last:
        end(db, order, fields, state="posted")
    else:
        documents.set_fields(db, document.id, fields)


def end(db: Connection, order: Order, fields: dict[str, Answer], *, state: str) -> None:
    """End an order: nothing is kept for it any more, and its card says what it was to cost and did."""
    document = documents.load(db, order.document.id)
    picking.release(db, document.lines, state="released")
    for line in document.lines:
        documents.set_line(db, shortage.bare(line))
    fields.pop("below", None)
    item = items.by_code(db, str(fields["item"])) if fields.get("item") else None
    if item is not None and isinstance(unit_cost := fields.get("unit_cost"), int):
        made = item.units(Decimal(str(fields.get("total_made", 0))))
        planned, actual = worth(made, unit_cost, precision=item.precision), int(str(fields.get("cost", 0)))
        for name, amount in (("planned", planned), ("actual", actual), ("difference", actual - planned)):
            fields[f"{name}_cost"] = f"{as_decimal(amount, MONEY_PLACES):f}"
    documents.set_fields(db, document.id, fields)
    reach(db, order, state)


def _keep_for(db: Connection, order: Order, source_id: int) -> None:
    """Keep what was made for the order that it was made for."""
    served = documents.load(db, source_id)
    if served.kind == shortage.KIND and served.state == "open":
        shortage.keep(db, order, served.id)


def close(db: Connection, order: Order) -> None:
    """End an order before its quantity is reached. What is not brought back, and went into nothing, is scrap.

    Raises TooMuch for more brought back than is out.
    """
    document = documents.load(db, order.document.id)
    made = shortage.product_of(db, document)
    assert made is not None, "a planned order"
    item, planned = made
    before = item.units(shortage.reported(document))
    report = Report(item, 0, 0, before, planned, True)
    dock = Place(places.receiving_bin(db, document.site_id))
    _bring_back(db, order, document.lines, "rest_back", report, dock)
    lost = usage.of(db, document.id, documents.load(db, document.id).lines, report)
    if whole := [each for each in lost.held if each.quantity]:
        middle, scrap = Place(places.virtual(db, "production")), Place(places.virtual(db, "scrap"))
        values = shares(lost.value, [max(each.value, 1) for each in whole])
        transfers = [
            Transfer(each.item_id, each.lot_id, each.quantity, middle, scrap, value)
            for each, value in zip(whole, values, strict=True)
        ]
        post_goods(db, order, "scrap", transfers, part="lost", reason=str(document.fields.get("reason") or ""))
    fields = dict(document.fields)
    fields["cost"] = int(str(fields.get("cost", 0))) + lost.value
    end(db, order, fields, state="short")
