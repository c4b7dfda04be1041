"""Beginning something from elsewhere: a flow of the company's, its first form filled from words that are at hand."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from bot import aside_words
from bot.aside_words import Said
from bot.channel import Reply
from inventory_core import items
from inventory_core.db.engine import reading
from inventory_core.tracing import names
from workflows import inbox, people
from workflows.cards import Field, Form
from workflows.definition import Language
from workflows.desk import Desk
from workflows.intents import Address, Sender
from workflows.phrases import say

_CODE: Final = re.compile(r"[^\s,;:!?，。；：！？、()（）]+")
_NUMBER: Final = re.compile(r"(?<![\w.-])\d+(?:[.,]\d+)*(?![\w-])")
_CODES_MAX: Final = 60
_TEXT_MAX: Final = 500


def begin(
    desk: Desk,
    sender: Sender,
    chat: Address,
    *,
    dedupe: str,
    flow: str = "",
    about: str = "",
    words: str = "",
    language: Language = "en",
) -> Reply:
    """Start a flow by its name, or the one about a kind of paper, and return its first form with what words tell.

    ``dedupe`` names the request: however often it comes, one case is started.
    """
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
        if employee is None:
            return Reply(say(language, "refusal.unlinked"))
        known = next((each for each in aside_words.startable(db, employee) if each.flow == flow), None)
    said = Said(desk, employee, inbox.reader_of(employee, chat), "", "", dedupe)
    if flow and known is None:
        return said.say("aside.no_flow", flow=flow)
    reply = aside_words.start(said, known) if known else aside_words.start_about(said, about)
    if reply.form is None or not words.strip():
        return reply
    with reading(desk.engine) as db:
        return replace(reply, form=filled(db, reply.form, words))


def filled(db: Connection, form: Form, words: str) -> Form:
    """Return a form with what some words tell of its questions: an item, a sales order, a single number, the text."""
    codes = list(dict.fromkeys(_CODE.findall(words)))[:_CODES_MAX]
    known = dict(_told(db, form, codes, words))
    groups = tuple(
        replace(group, fields=tuple(replace(each, default=known.get(each.name, each.default)) for each in group.fields))
        for group in form.groups
    )
    return replace(form, groups=groups)


def _told(db: Connection, form: Form, codes: list[str], words: str) -> Iterator[tuple[str, str]]:
    item = next((each.code for code in codes for each in items.find(db, code) if each.code.lower() == code.lower()), "")
    order = next((each for each in codes if names.find(db, each, kinds=["paper"], of_what="sales_order")), "")
    rest = _NUMBER.findall(words.replace(item, " ") if item else words)
    free = [each for each in form.fields if _is_free(each)]
    for each in form.fields:
        if each.default:
            continue
        if each.kind == "item" and item:
            yield each.name, item
        elif each.kind in ("quantity", "decimal", "integer") and len(rest) == 1:
            yield each.name, rest[0]
        elif each.kind == "text" and each.required and order:
            yield each.name, order
        elif free and each is free[-1] and words.strip() != item:
            yield each.name, words.strip()[:_TEXT_MAX]


def _is_free(field: Field) -> bool:
    """Tell whether a question is for free words: those that nobody has to answer."""
    return field.kind == "text" and not field.required
