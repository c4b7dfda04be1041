"""What can be done at a bin, from its label or its card: count it, put goods there, take some out."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, text

from bot import aside_words
from bot.aside_words import Said
from bot.channel import Reply
from bot.talk import Talk
from inventory_core import documents, items
from inventory_core.db.engine import reading, writing
from inventory_core.document import Document
from inventory_core.errors import NothingToCount, RuleBroken
from inventory_core.stages import looked_up, sheets
from workflows import cases, inbox, lookup, moves
from workflows.cards import Card, Form
from workflows.lookup import Bin
from workflows.phrases import say, say_error

_COUNTERS: Final = frozenset({"storekeeper", "supervisor", "inspector"})
_PICKED: Final = frozenset({"sales_order", "wave", "delivery", "work_order"})
"""The kinds of papers by which goods are taken from bins."""

_CASE: Final = text("SELECT id, state FROM flow_instances WHERE dedupe_key = :key")
_GOODS: Final = text("""
    SELECT CASE WHEN b.lot_id = 0 THEN i.code ELSE t.number END FROM balances b JOIN items i ON i.id = b.item_id
    JOIN lots t ON t.id = b.lot_id WHERE b.location_id = :bin AND b.quantity > 0 LIMIT 2
""")


def is_act(token: str) -> bool:
    """Tell whether a button's token does something at a bin."""
    return token.startswith((lookup.COUNT, lookup.PUT, lookup.TAKE))


def at(talk: Talk, token: str) -> Reply:
    """Do what a button of a bin's card says."""
    verb, _, number = token.partition(":")
    with reading(talk.desk.engine) as db:
        known = number.isascii() and number.isdigit() and len(number) < 16
        bin_ = lookup.bin_by_id(db, int(number)) if known else None
    if bin_ is None:
        return talk.say("refusal.expired_card")
    match f"{verb}:":
        case lookup.COUNT:
            return count(talk, bin_.code)
        case lookup.PUT:
            return _waiting(talk, bin_, {"putaway"}, "bin.put_tasks") or _move(talk, {"to_bin": bin_.code})
        case _:
            return _waiting(talk, bin_, _PICKED, "bin.take_tasks") or _move(talk, _from(talk, bin_))


def count(talk: Talk, place: str) -> Reply:
    """Let a bin or an item be counted: the card comes to who counts, and at once to who asked if they do."""
    if not place:
        return talk.say("help.usage_count")
    if not talk.employee.roles & _COUNTERS:
        return talk.say("refusal.no_right", role=say(talk.language, "role.storekeeper"))
    try:
        with writing(talk.desk.engine) as db:
            case_id = _counted(db, talk, place)
            (task, *_) = cases.current_tasks(db, case_id) or [cases.last_task(db, case_id)]
    except RuleBroken as error:
        return Reply(say_error(talk.language, error))
    card = inbox.task_card(talk.desk, task.id, talk.reader)
    return Reply(cards=(card,) if card else ())


def _counted(db: Connection, talk: Talk, place: str) -> int:
    """Return the case in which a place is counted: once for the same message, however often that comes."""
    key = f"count:{talk.dedupe}"
    if (begun := db.execute(_CASE, {"key": key}).first()) is not None:
        return int(begun.id)
    found = items.find(db, place)
    is_item = len(found) == 1 and found[0].code.lower() == place.lower()
    spots = sheets.of_item(db, found[0].id) if is_item else sheets.in_bin(db, place)
    if not spots:
        raise NothingToCount(place=place)
    site = db.execute(text("SELECT id FROM locations WHERE kind = 'site' ORDER BY id LIMIT 1")).scalar_one()
    sheet = sheets.sheet(db, spots[: sheets.SHEET_MAX], site_id=site, today=talk.desk.today())
    return moves.start(db, talk.desk, documents.load(db, sheet), dedupe=key)


def _waiting(talk: Talk, bin_: Bin, kinds: set[str] | frozenset[str], key: str) -> Reply | None:
    """Return this person's open tasks about goods that go to a bin or lie there; None where there are none."""
    found = tuple(_cards_at(talk, bin_, kinds))
    return Reply(say(talk.language, key, bin=bin_.code), found) if found else None


def _cards_at(talk: Talk, bin_: Bin, kinds: set[str] | frozenset[str]) -> Iterator[Card]:
    with reading(talk.desk.engine) as db:
        tasks = cases.open_tasks(db, talk.employee.id, now=talk.desk.clock())
        about = [
            (each.id, looked_up(db, document, today=talk.desk.today()))
            for each in tasks
            if (document := cases.document_of(db, each)[1]).kind in kinds
        ]
    for task_id, document in about:
        if _names(document, bin_) and (card := inbox.task_card(talk.desk, task_id, talk.reader)):
            yield card


def _names(document: Document, bin_: Bin) -> bool:
    is_free = not document.fields.get("held_by")
    return is_free and any(str(line.fields.get("bin", "")) == bin_.code for line in document.lines)


def _from(talk: Talk, bin_: Bin) -> Mapping[str, str]:
    """Return what is known of goods that are taken from a bin: which they are, where one kind alone lies there."""
    with reading(talk.desk.engine) as db:
        lying = list(db.execute(_GOODS, {"bin": bin_.id}).scalars())
    return {"from_bin": bin_.code, **({"goods": str(lying[0])} if len(lying) == 1 else {})}


def _move(talk: Talk, known: Mapping[str, str]) -> Reply:
    """Open the form of the company's move with what is known already; once one is done, the button begins another."""
    key = f"bin:{talk.dedupe}"
    with reading(talk.desk.engine) as db:
        while (begun := db.execute(_CASE, {"key": key}).first()) is not None and begun.state != "open":
            key += "+"
    started = aside_words.start_about(Said(talk.desk, talk.employee, talk.reader, "", "", key), "move")
    return replace(started, form=_filled(started.form, known)) if started.form else started


def _filled(form: Form, known: Mapping[str, str]) -> Form:
    groups = tuple(
        replace(group, fields=tuple(replace(each, default=known.get(each.name, each.default)) for each in group.fields))
        for group in form.groups
    )
    return replace(form, groups=groups)
