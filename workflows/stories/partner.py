"""The story of a supplier or a customer: orders, what came or went, how well, and its lots."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from inventory_core.tracing import trade
from inventory_core.tracing.trade import OrderLine, PartnerStory, Traded
from workflows.cards import Fact
from workflows.definition import Language
from workflows.desk import Desk
from workflows.phrases import say
from workflows.stories import wording
from workflows.stories.told import Chapter, Line, Name, Story, Words

DAYS: Final = 365


def tell(db: Connection, desk: Desk, partner_id: int, language: Language) -> Story:
    """Return what a partner ordered or delivered in the last year, and the lots of it that are about."""
    today = desk.today()
    found = trade.story(db, partner_id, since=today - dt.timedelta(days=DAYS), today=today)
    lots = tuple(
        Line((Name(f"{each.item_code} "), Name(each.number, f"lot.{each.lot_id}"), Name(f" {each.amount}")))
        for each in found.lots
    )
    is_supplier = found.kind == "supplier"
    return Story(
        key=f"partner.{found.id}",
        subject=f"trace:partner.{found.id}",
        title=f"{found.name} · {found.code}" if found.name != found.code else found.name,
        summary=(Name(f"{say(language, f'partner.{found.kind}')} · {say(language, 'trace.lately', n=DAYS)}"),),
        language=language,
        facts=tuple(_facts(language, found)),
        chapters=(
            _orders(language, desk, "trace.open_orders", [each for each in found.orders if each.is_open]),
            _orders(language, desk, "trace.done_orders", [each for each in found.orders if not each.is_open]),
            Chapter(say(language, "trace.goods"), "rows", _goods(language, found)),
            Chapter(say(language, "trace.in_house" if is_supplier else "trace.with_them"), "names", lots),
        ),
    )


def _facts(language: Language, found: PartnerStory) -> list[tuple[str, Words]]:
    facts: list[tuple[str, Words]] = []
    if found.due:
        percent = (200 * found.on_time + found.due) // (2 * found.due)
        words = say(language, "trace.on_time_of", done=found.on_time, n=found.due, percent=percent)
        key = "trace.on_time" if found.kind == "supplier" else "trace.sent_on_time"
        facts.append((say(language, key), (Name(words),)))
    if not found.orders and not found.items:
        facts.append((say(language, "trace.orders"), (Name(say(language, "trace.none_lately")),)))
    return facts


def _orders(language: Language, desk: Desk, key: str, orders: Sequence[OrderLine]) -> Chapter:
    lines = []
    for each in orders:
        when = wording.day(desk, language, each.due_on or each.opened_on)
        note = when if each.is_open else wording.state_label(language, each.state)
        kind = f"{wording.kind_label(language, each.kind)} " if each.kind == "rma" else ""
        lines.append(Line((Name(kind), Name(each.number, f"paper.{each.id}"), Name(f" ({note})")), (Name(when),)))
    return Chapter(say(language, key), "names", tuple(lines))


def _goods(language: Language, found: PartnerStory) -> tuple[Line, ...]:
    did = "received" if found.kind == "supplier" else "sent"
    return tuple(
        Line((Name(each.code, f"item.{each.item_id}"), Name(f" · {each.name}")), (), _figures(language, did, each))
        for each in found.items
    )


def _figures(language: Language, did: str, each: Traded) -> tuple[Fact, ...]:
    figures = [Fact(say(language, f"trace.{did}"), each.write(each.quantity), is_apart=True)]
    for name, amount in (("refused", each.refused), ("returned", each.returned)):
        figures += [Fact(say(language, f"trace.{name}"), each.write(amount), is_apart=True)] if amount else []
    return tuple(figures)
