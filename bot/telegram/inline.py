"""Looking an item up from any chat: "@bot hex bolt" in the input line lists items, a tap sends one's stock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from telegram import InlineQueryResultArticle, InlineQueryResultsButton, InputTextMessageContent, LinkPreviewOptions
from telegram.constants import ParseMode

from bot.plain import one_line, visible
from bot.telegram import render
from bot.telegram.lines import shortened
from inventory_core import items, similar
from inventory_core.db.engine import reading
from workflows import lookup, people
from workflows.cards import Card
from workflows.definition import Language
from workflows.desk import Desk
from workflows.intents import Sender
from workflows.phrases import say

CACHED_S: Final = 5
"""So long Telegram may show the same results again; they are one person's own."""

_TITLE_UNITS_MAX: Final = 96
_BUTTON_UNITS_MAX: Final = 60
LINK: Final = "link"
"""What the deep link carries that leads somebody to the bot who is not linked yet."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What the list shows: items, and above them a button where there is something to say."""

    results: Sequence[InlineQueryResultArticle] = ()
    button: InlineQueryResultsButton | None = None


def offered(desk: Desk, sender: Sender, words: str, language: Language) -> Offered:
    """Return the items that the words may mean, each with its stock; nothing of the stock for who is not linked."""
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
        if employee is None:
            return Offered(button=_button(say(language, "telegram.inline_link")))
        own = employee.language
        if not words.strip():
            return Offered(button=_button(say(own, "telegram.inline_type")))
        found = items.find(db, words) or similar.find(db, words)
        cards = [lookup.stock_card(db, desk, each, own) for each in found]
    if not cards:
        return Offered(button=_button(say(own, "telegram.inline_none", words=words.strip()[:20])))
    return Offered([_article(f"item{item.id}", card) for item, card in zip(found, cards, strict=True)])


def _article(result_id: str, card: Card) -> InlineQueryResultArticle:
    shown = render.card(replace(card, buttons=()))
    return InlineQueryResultArticle(
        id=result_id,
        title=shortened(one_line(card.title), units_max=_TITLE_UNITS_MAX),
        description=one_line(card.summary),
        input_message_content=InputTextMessageContent(
            shown.html, parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)
        ),
    )


def _button(words: str) -> InlineQueryResultsButton:
    return InlineQueryResultsButton(shortened(visible(words), units_max=_BUTTON_UNITS_MAX), start_parameter=LINK)
