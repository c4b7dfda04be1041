"""Answers to questions about stock, as cards: how much and where, and the story of a lot."""

from collections.abc import Sequence

from sqlalchemy import Connection

from inventory_core import genealogy, items, lots
from inventory_core.genealogy import Relative
from inventory_core.items import Item
from inventory_core.lots import Trace
from workflows import phrases
from workflows.cards import Card, Fact, Row
from workflows.definition import Language
from workflows.desk import Desk
from workflows.phrases import say

_MOST_PLACES = 12
_NAMED = 6
"""How many related lots a card names; the others are counted."""


def stock_card(db: Connection, desk: Desk, item: Item, language: Language) -> Card:
    """Return how much of an item there is, where it lies, and what is on its way."""
    held, lying, owed = items.on_hand(db, item.id), items.lying(db, item.id), items.on_order(db, item.id)
    facts = [_amount(item, language, "available", held.available)]
    facts += [
        _amount(item, language, name, amount)
        for name, amount in (("inspection", held.inspection), ("blocked", held.blocked), ("reserved", held.reserved))
        if amount
    ]
    facts += [_amount(item, language, "reorder_point", item.reorder_point)] if item.reorder_point else []
    facts += [_amount(item, language, "safety_stock", item.safety_stock)] if item.safety_stock else []
    if owed:
        quantity, due, number = sum(each[0] for each in owed), owed[0][1], owed[0][2]
        when = phrases.due(language, due, today=desk.today())
        amount = item.write(quantity)
        value = say(language, "stock.on_order_value", amount=amount, unit=item.unit, day=when, order=number)
        facts.append(Fact(say(language, "stock.on_order"), value))
    rows = [
        Row(
            say(language, "stock.lies", bin=each.location, lot=each.lot),
            "" if each.status == "available" else say(language, f"status.{each.status}"),
            (Fact("", f"{item.write(each.quantity)} {item.unit}"),),
        )
        for each in lying[:_MOST_PLACES]
    ]
    if len(lying) > _MOST_PLACES:
        rows.append(Row(say(language, "card.more_lines", n=len(lying) - _MOST_PLACES)))
    return Card(
        subject=f"stock:{item.code}",
        title=say(language, "stock.title", item=item.code, name=item.name),
        summary=say(language, "stock.summary", available=item.write(held.available), unit=item.unit),
        language=language,
        facts=tuple(facts),
        rows=tuple(rows),
        tone="bad" if held.available <= item.reorder_point and item.reorder_point else "plain",
    )


def _amount(item: Item, language: Language, name: str, amount: int) -> Fact:
    return Fact(say(language, f"stock.{name}"), f"{item.write(amount)} {item.unit}")


def choices_card(found: Sequence[Item], language: Language) -> Card:
    """Return the items that a search could mean."""
    return Card(
        subject="stock:several",
        title=say(language, "stock.several"),
        summary=", ".join(each.code for each in found),
        language=language,
        rows=tuple(Row(each.code, each.name) for each in found),
    )


def trace_card(db: Connection, desk: Desk, trace: Trace, language: Language) -> Card:
    """Return a lot's whole story: where it came from, each movement, and where it lies now."""
    item = items.by_id(db, trace.item_id)
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
    facts = [Fact(say(language, "trace.from"), trace.supplier)] if trace.supplier else []
    facts.append(Fact(say(language, "trace.now"), "; ".join(now) or say(language, "trace.nowhere")))
    family = genealogy.family(db, trace.lot_id)
    facts += _relatives(language, "trace.made_from", family.upstream)
    facts += _relatives(language, "trace.went_into", family.downstream)
    if family.shipped:
        sent = dict.fromkeys(
            f"{each.customer or say(language, 'trace.customer')} ({each.number})" for each in family.shipped
        )
        facts.append(Fact(say(language, "trace.shipped"), _listed(language, list(sent))))
    return Card(
        subject=f"lot:{trace.number}",
        title=say(language, "trace.title", lot=trace.number),
        summary=say(language, "trace.summary", item=item.code, name=item.name),
        language=language,
        facts=tuple(facts),
        story=tuple(_step(desk, item, each, language) for each in trace.steps),
    )


def _step(desk: Desk, item: Item, step: lots.Step, language: Language) -> str:
    catalogue = phrases.catalogue(language)
    return say(
        language,
        "trace.step",
        time=desk.local_time(step.at),
        kind=catalogue.get(f"movement.{step.kind}", step.kind),
        amount=item.write(step.quantity),
        unit=item.unit,
        source=step.source,
        target=step.target,
        status="" if step.status == "available" else f" ({say(language, f'status.{step.status}')})",
        paper=f" · {step.document}" if step.document else "",
        name=f" · {step.employee}" if step.employee else "",
    ) + _pair(step, language)


def _pair(step: lots.Step, language: Language) -> str:
    """Return how a movement and its reversal point to each other."""
    if step.is_reversal:
        return " · " + say(language, "trace.reversal", reason=step.reason)
    return " · " + say(language, "trace.reversed") if step.is_reversed else ""


def _relatives(language: Language, key: str, found: Sequence[Relative]) -> list[Fact]:
    """Return one fact that names the lots once each, the nearest first."""
    names = list(dict.fromkeys(f"{each.item_code} {each.number}" for each in found))
    return [Fact(say(language, key), _listed(language, names))] if names else []


def _listed(language: Language, names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join([*names[:_NAMED], *([say(language, "trace.more", n=more)] if more > 0 else [])])
