"""The low-stock alert: raised once when an item's available stock falls to its reorder point, cleared above it.

It clears a tenth above the reorder point, so that stock which hovers there does not raise it again and again.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, text

from charts import stock_report
from inventory_core import items, journal, places
from inventory_core.db.engine import reading
from inventory_core.db.metadata import to_micros
from inventory_core.items import Item
from notifier import drawings, pictures
from workflows import lookup, phrases
from workflows.cards import Card, Fact
from workflows.desk import LANGUAGES, Desk
from workflows.inbox import Reader
from workflows.phrases import say

RULE = "low_stock"
READ_BY = "manager"
State = Literal["ok", "firing"]


@dataclass(frozen=True, slots=True)
class Reading:
    """An item's figures at the moment of looking, in smallest units."""

    available: int
    reorder_point: int


def decide(state: State, seen: Reading) -> State:
    """Return whether the alert fires now. Pure; an item without a reorder point never fires."""
    if not seen.reorder_point:
        return "ok"
    if seen.available <= seen.reorder_point:
        return "firing"
    clears_at = seen.reorder_point + max(1, seen.reorder_point // 10)
    return "ok" if seen.available >= clears_at else state


def look(db: Connection, desk: Desk, item_ids: Sequence[int]) -> None:
    """Look at the items whose stock moved; a change of state is noted once and told by its journal entry."""
    for item_id in item_ids:
        item = items.by_id(db, item_id)
        row = db.execute(
            text("SELECT id, state, raised FROM alert_states WHERE rule = :rule AND item_id = :item"),
            {"rule": RULE, "item": item_id},
        ).first()
        before: State = row.state if row else "ok"
        after = decide(before, Reading(items.on_hand(db, item_id).available, item.reorder_point))
        if after != before:
            _change(db, desk, item, after)


def _change(db: Connection, desk: Desk, item: Item, after: State) -> None:
    now = desk.clock()
    row = db.execute(
        text("""
            INSERT INTO alert_states (rule, item_id, state, raised, changed_at)
            VALUES (:rule, :item, :state, 1, :now)
            ON CONFLICT (rule, item_id) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at,
                raised = alert_states.raised + CASE excluded.state WHEN 'firing' THEN 1 ELSE 0 END
            RETURNING id, raised
        """),
        {"rule": RULE, "item": item.id, "state": after, "now": to_micros(now)},
    ).one()
    subject = f"alert:{row.id}.{row.raised}"
    if after == "firing":
        site = places.first_site(db)
        report = stock_report.gather(db, item, today=desk.today(), zone=desk.zone, site=site)
        for language in LANGUAGES:
            pictures.want(db, subject, language, drawings.stock_values(report), now=now)
    journal.write(db, f"alert.{after}", now=now, subject=subject, facts={"item": item.id})


def set_baseline(db: Connection, *, now: dt.datetime) -> None:
    """Note the items that are low already as known, without a message: the first digest lists them."""
    db.execute(
        text("""
            INSERT INTO alert_states (rule, item_id, state, raised, changed_at)
            SELECT :rule, i.id, 'firing', 0, :now FROM items i
            WHERE i.reorder_point > 0 AND i.reorder_point >= (
                SELECT COALESCE(SUM(b.quantity), 0) FROM balances b WHERE b.item_id = i.id AND b.status = 'available')
            ON CONFLICT (rule, item_id) DO NOTHING
        """),
        {"rule": RULE, "now": to_micros(now)},
    )


def card(desk: Desk, name: str, reader: Reader) -> Card | None:
    """Return the card of an alert: what fell, what is on its way, and that it is resolved once it is."""
    state_id, _, raised = name.partition(".")
    with reading(desk.engine) as db:
        row = db.execute(
            text("SELECT item_id, state, raised FROM alert_states WHERE id = :id"), {"id": int(state_id)}
        ).first()
        if row is None:
            return None
        item = items.by_id(db, row.item_id)
        held, owed = items.on_hand(db, item.id), items.on_order(db, item.id)
    language = reader.language
    available, reorder = item.write(held.available), item.write(item.reorder_point)
    is_over = row.state == "ok" or row.raised != int(raised or 0)
    if owed:
        due = phrases.due(language, owed[0][1], today=desk.today())
        coming = say(
            language, "alert.ordered", amount=item.write(owed[0][0]), unit=item.unit, day=due, order=owed[0][2]
        )
    else:
        coming = say(language, "alert.not_ordered")
    role = phrases.role(language, READ_BY)
    return Card(
        subject=f"alert:{name}",
        title=say(language, "alert.title", item=item.code, available=available, unit=item.unit),
        summary=say(language, "alert.summary", name=item.name, reorder=reorder, unit=item.unit),
        language=language,
        facts=(
            Fact(say(language, "stock.available"), f"{available} {item.unit}"),
            Fact(say(language, "stock.reorder_point"), f"{reorder} {item.unit}"),
            Fact(say(language, "stock.safety_stock"), f"{item.write(item.safety_stock)} {item.unit}"),
        ),
        buttons=() if is_over else lookup.next_steps(item, language),
        story=(coming, say(language, "alert.why", available=available, reorder=reorder, role=role)),
        status=say(language, "alert.resolved", available=available, unit=item.unit) if is_over else "",
        tone="good" if is_over else "bad",
    )
