"""The story of an item: how much came and from whom, how much went and to whom, and its lots."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from inventory_core.tracing import goods
from inventory_core.tracing.goods import ItemStory, LotLine, Side
from workflows.cards import Fact
from workflows.definition import Language
from workflows.desk import Desk
from workflows.phrases import say
from workflows.stories import wording
from workflows.stories.told import Chapter, Line, Name, Story, Words

DAYS: Final = 90


def tell(db: Connection, desk: Desk, item_id: int, language: Language) -> Story:
    """Return what happened to an item in the last 90 days, and the lots of it that are in the house or moved."""
    found = goods.story(db, item_id, since=desk.today() - dt.timedelta(days=DAYS))
    item = found.item
    return Story(
        key=f"item.{item.id}",
        subject=f"trace:item.{item.id}",
        title=say(language, "stock.title", item=item.code, name=item.name),
        summary=(Name(say(language, "trace.lately", n=DAYS)),),
        language=language,
        facts=((say(language, "trace.now"), (Name(_held(found, language)),)),),
        chapters=(
            Chapter(say(language, "trace.came"), "names", _sides(language, found, is_in=True)),
            Chapter(say(language, "trace.went"), "names", _sides(language, found, is_in=False)),
            Chapter(say(language, "trace.lots"), "rows", _lots(language, desk, found, found.lots)),
        ),
    )


def _held(found: ItemStory, language: Language) -> str:
    held, item = found.held, found.item
    parts = [f"{item.write(held.available)} {item.unit} {say(language, 'status.available')}"]
    for status, amount in (("inspection", held.inspection), ("blocked", held.blocked)):
        parts += [f"{item.write(amount)} {item.unit} {say(language, f'status.{status}')}"] if amount else []
    return ", ".join(parts)


def _sides(language: Language, found: ItemStory, *, is_in: bool) -> tuple[Line, ...]:
    lines = []
    for each in found.sides:
        amount = each.came if is_in else each.went
        if amount:
            lines.append(Line((*_who(language, each), Name(f" {found.item.write(amount)} {found.item.unit}"))))
    return tuple(lines)


def _who(language: Language, side: Side) -> Words:
    if side.partner_id is not None:
        return (Name(side.partner, f"partner.{side.partner_id}"),)
    return (Name(say(language, f"place.{side.place}")),)


def _lots(language: Language, desk: Desk, found: ItemStory, lots: Sequence[LotLine]) -> tuple[Line, ...]:
    item = found.item
    lines = []
    for each in lots:
        details: list[Words] = []
        if each.supplier_id is not None:
            details.append((Name(each.supplier, f"partner.{each.supplier_id}"),))
        if each.received_on:
            details.append((Name(wording.day(desk, language, each.received_on)),))
        if each.expires_on:
            until = wording.day(desk, language, each.expires_on)
            details.append((Name(say(language, "trace.until", day=until)),))
        figures = tuple(
            Fact(say(language, f"trace.{name}"), f"{item.write(amount)} {item.unit}", is_apart=True)
            for name, amount in (("came", each.came), ("went", each.went), ("left", each.left))
            if amount or name == "left"
        )
        lines.append(Line((Name(each.number, f"lot.{each.lot_id}"),), wording.joined(details), figures))
    return tuple(lines)
