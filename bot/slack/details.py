"""What a form is about, laid over it as a second modal: the paper with all its rows, and the stock of its items."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ContextBlock
from slack_sdk.models.views import View

from bot.slack import render
from bot.slack.modal import TITLE_MAX
from bot.slack.unfinished import Standing, items_in
from bot.slack.words import plain
from inventory_core import items
from inventory_core.db.engine import reading
from workflows import inbox, lookup, tokens
from workflows.cards import Card
from workflows.desk import Desk
from workflows.phrases import say

TURN: Final = "see."
"""What the action id of a button begins with that turns a page of the details."""
_ROWS_MAX: Final = 20
_ITEMS_MAX: Final = 5
_BUTTON_MAX: Final = 75


def view(desk: Desk, found: Standing, page: int) -> View:
    """Return a page of what a form is about. Blocks."""
    language = found.reader.language
    messages = [each for card in _cards(desk, found) for part in _parts(card) for each in render.card(part)]
    number = min(page, len(messages) - 1)
    blocks: list[Block] = list(messages[number].blocks)
    if len(messages) > 1:
        turns = [("‹", number - 1)] * (number > 0) + [("›", number + 1)] * (number + 1 < len(messages))
        where = say(language, "slack.page", n=number + 1, of=len(messages))
        blocks.append(ContextBlock(elements=[plain(where, most=_BUTTON_MAX)]))
        blocks.append(ActionsBlock(elements=[_turn(label, to) for label, to in turns]))
    return View(
        type="modal",
        callback_id="details",
        title=plain(say(language, "slack.details"), most=TITLE_MAX),
        close=plain(say(language, "form.back"), most=TITLE_MAX),
        private_metadata=found.origin.model_dump_json(exclude_defaults=True),
        blocks=blocks,
    )


def _cards(desk: Desk, found: Standing) -> list[Card]:
    with reading(desk.engine) as db:
        held = tokens.held(db, found.origin.token)
        known = [each for code in items_in(found)[:_ITEMS_MAX] for each in items.find(db, code) if each.code == code]
        stock = [lookup.stock_card(db, desk, each, found.reader.language) for each in known]
    about = inbox.task_card(desk, held.task_id, found.reader) if held else None
    cards = [about, *stock] if found.asked.document.lines else [*stock, about]
    return [replace(each, buttons=(), question="") for each in cards if each is not None]


def _parts(card: Card) -> Iterator[Card]:
    """Yield a card a few rows at a time: its facts with the first of them, what happened so far with the last."""
    starts = range(0, len(card.rows) or 1, _ROWS_MAX)
    for start in starts:
        is_first, is_last = start == 0, start == starts[-1]
        yield replace(
            card,
            rows=card.rows[start : start + _ROWS_MAX],
            facts=card.facts if is_first else (),
            summary=card.summary if is_first else card.title,
            story=card.story if is_last else (),
            link=card.link if is_last else "",
        )


def _turn(label: str, to: int) -> ButtonElement:
    return ButtonElement(text=plain(label, most=_BUTTON_MAX), action_id=f"{TURN}{to}", value=str(to))
