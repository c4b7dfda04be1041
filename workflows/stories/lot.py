"""The story of a lot or serial number."""

from collections.abc import Sequence

from sqlalchemy import Connection

from inventory_core import items, lots
from inventory_core.items import Item
from inventory_core.lots import Trace
from inventory_core.tracing import lineage
from inventory_core.tracing.lineage import AtCustomer, Lineage, LotNode
from workflows.definition import Language
from workflows.desk import Desk
from workflows.phrases import say
from workflows.stories import wording
from workflows.stories.told import Chapter, Line, Name, Story, Words


def tell(db: Connection, desk: Desk, lot_id: int, language: Language) -> Story:
    """Return where a lot came from, what became of it, which customers have it, where it lies, and each movement."""
    trace = lots.trace_of(db, lot_id)
    item = items.by_id(db, trace.item_id)
    family = lineage.lineage(db, [lot_id])
    return Story(
        key=f"lot.{lot_id}",
        subject=f"lot:{trace.number}",
        title=say(language, "trace.serial" if trace.is_serial else "trace.title", lot=trace.number),
        summary=(Name(item.code, f"item.{item.id}"), Name(f" · {item.name}")),
        language=language,
        facts=tuple(_facts(language, desk, trace, item, family.lots[lot_id])),
        chapters=(
            _relatives(language, "trace.made_from", family.upstream),
            _relatives(language, "trace.went_into", family.downstream),
            Chapter(say(language, "trace.shipped"), "names", customers(language, family)),
            Chapter(
                say(language, "trace.history"),
                "steps",
                tuple(wording.step_line(language, desk, each, of_lot=True) for each in trace.steps),
                trace.earlier,
            ),
        ),
    )


def _facts(language: Language, desk: Desk, trace: Trace, item: Item, node: LotNode) -> list[tuple[str, Words]]:
    facts: list[tuple[str, Words]] = []
    if trace.supplier_id is not None:
        facts.append((say(language, "trace.from"), (Name(trace.supplier, f"partner.{trace.supplier_id}"),)))
    now = [
        say(
            language,
            "trace.lies",
            amount=item.write(quantity),
            unit=item.unit,
            bin=place,
            status=say(language, f"status.{status}"),
        )
        for place, status, quantity in trace.lying
    ]
    facts.append((say(language, "trace.now"), (Name("; ".join(now) or say(language, "trace.nowhere")),)))
    if trace.received_on:
        came: Words = (Name(wording.day(desk, language, trace.received_on)),)
        if node.paper_id is not None:
            came = (*came, Name(" · "), Name(node.paper, f"paper.{node.paper_id}"))
        facts.append((say(language, "trace.came_in"), came))
    if trace.expires_on:
        facts.append((say(language, "trace.good_until"), (Name(wording.day(desk, language, trace.expires_on)),)))
    return facts


def _relatives(language: Language, key: str, found: Sequence[LotNode]) -> Chapter:
    lines = tuple(
        Line((Name(f"{each.item_code} "), Name(each.number, f"lot.{each.id}")), _supplier(each))
        for each in sorted(found, key=lambda each: abs(each.level))
    )
    return Chapter(say(language, key), "names", lines)


def _supplier(node: LotNode) -> Words:
    return (Name(node.supplier, f"partner.{node.supplier_id}"),) if node.supplier_id is not None else ()


def customers(language: Language, family: Lineage) -> tuple[Line, ...]:
    """Return who has any of a family: each customer once, how much of which item, and by which papers."""
    totals: dict[tuple[int | None, str, str], list[AtCustomer]] = {}
    for each in family.customers:
        key = each.partner_id, each.partner, family.lots[each.lot_id].item_code
        totals.setdefault(key, []).append(each)
    lines = []
    for (partner_id, partner, item_code), parts in totals.items():
        amount = family.lots[parts[0].lot_id].write(sum(each.quantity for each in parts))
        papers = dict.fromkeys(paper for each in parts for paper in each.papers)
        name = Name(partner or say(language, "trace.customer"), f"partner.{partner_id}" if partner_id else "")
        sent = wording.joined(((Name(number, f"paper.{id_}"),) for id_, number in papers), between=", ")
        pieces = [(Name(each_lot.number, f"lot.{each_lot.id}"),) for each_lot in _lots_of(family, parts)]
        words = (name, Name(f" {amount} {item_code}"), *((Name(" ("), *sent, Name(")")) if sent else ()))
        lines.append(Line(words, wording.joined(pieces, between=", ")))
    return tuple(lines)


def _lots_of(family: Lineage, parts: Sequence[AtCustomer]) -> list[LotNode]:
    return [family.lots[each.lot_id] for each in parts]
