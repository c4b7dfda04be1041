"""An answer that only its asker saw, shown to the channel at their wish; and what a link to our pages unfolds to."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from slack_sdk.models.blocks import Block

from bot.channel import DeliveryError, Reply
from bot.slack import render
from bot.slack.posting import Posting
from bot.slack.render import Message
from bot.slack.send import SlackChannel
from inventory_core.db.engine import reading
from inventory_core.tracing import names
from workflows import cases, inbox, papers, people, stories
from workflows.cards import Button, Card
from workflows.definition import Language
from workflows.desk import Desk
from workflows.inbox import Reader
from workflows.intents import Address, Sender
from workflows.people import Employee
from workflows.phrases import say
from workflows.stories import told

SHARE: Final = "share:"
"""What the token of a button begins with that shows an answer to the channel; that of the question follows."""

_DIRECT: Final = "D"
_OUTSIDE: Final = frozenset({"not_in_channel", "chat_not_found"})
_PAGE: Final = re.compile(r"/p/[^/]+/(?P<kind>task|trace)/(?P<key>[\w.]{1,40})")
_UNFOLDED_MAX: Final = 5
_NOWHERE: Final = Address("slack", "", "")


def offered(messages: Sequence[Message], reply: Reply, chat: Address, language: Language) -> Sequence[Message]:
    """Return an answer with the button that shows it to the channel, where it is one that can be looked at again."""
    if not reply.look or not messages or chat.chat.startswith(_DIRECT):
        return messages
    offer = render.buttons([Button(say(language, "slack.share"), SHARE + reply.look)])
    return (*messages[:-1], replace(messages[-1], blocks=(*messages[-1].blocks, *offer)))


def share(
    channel: SlackChannel,
    posting: Posting,
    chat: Address,
    answer: Reply,
    *,
    by: str,
    language: Language,
    reply_to: str,
) -> None:
    """Show an answer to a channel, with who shared it; where the bot is not in the channel, say how it comes in."""
    first = render.words(say(language, "slack.shared", name=by))
    shown = [message for each in answer.cards for message in render.card(replace(each, link="", buttons=()))]
    try:
        posting.post(chat, [first, *shown])
    except DeliveryError as error:
        if error.code not in _OUTSIDE or not reply_to:
            raise
        channel.respond(reply_to, render.words(say(language, "slack.not_in_channel")), replaces=False)
        return
    if answer.picture is not None:
        channel.upload(chat, answer.picture)


def unfolded(desk: Desk, sender: Sender, links: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what links to our pages unfold to, as far as who posted them may see it: the head of it, nothing to tap.

    Everybody in the channel reads it, so figures and prices stay on the page.
    """
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
    if employee is None or not desk.base_url:
        return {}
    found = {}
    for link in links[:_UNFOLDED_MAX]:
        page = _PAGE.fullmatch(link.removeprefix(desk.base_url).partition("?")[0])
        if link.startswith(f"{desk.base_url}/") and page is not None:
            card = (
                _story(desk, employee, page["key"]) if page["kind"] == "trace" else _case(desk, employee, page["key"])
            )
            if card is not None:
                found[link] = {"blocks": [each.to_dict() for each in _head(card)]}
    return found


def _story(desk: Desk, employee: Employee, key: str) -> Card | None:
    with reading(desk.engine) as db:
        found = names.by_key(db, key)
        return told.card(stories.tell(db, desk, found, employee.language, employee), link="") if found else None


def _case(desk: Desk, employee: Employee, key: str) -> Card | None:
    if not (key.isascii() and key.isdigit() and len(key) < 16):
        return None
    with reading(desk.engine) as db:
        task = cases.task(db, int(key))
        if task is None:
            return None
        may_see = employee.roles & papers.SEE_ALL or cases.concerns(db, task.instance_id, employee.id, now=desk.clock())
    return inbox.case_card(desk, task.instance_id, Reader(employee.language, _NOWHERE)) if may_see else None


def _head(card: Card) -> Sequence[Block]:
    summary = card.status or card.summary
    return render.brief(Card(card.subject, card.title, summary, card.language))[1:]
