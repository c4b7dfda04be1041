"""Words to answers: the commands and the worded replies that each face passes on, the same everywhere."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlalchemy import Connection, text

from bot import aside_words, doubts, drawing, printing, scans, settling, spoken_bins, threads
from bot.channel import Reply
from bot.hearing import is_yes
from bot.talk import Talk as _Talk
from inventory_core import barcodes, documents, items, labels, units
from inventory_core.db.engine import reading, writing
from inventory_core.errors import NothingToCount, RuleBroken
from inventory_core.items import Item
from inventory_core.stages import production, receiving, sheets
from inventory_core.tracing import names
from inventory_core.tracing.names import Found
from workflows import arrivals, cases, inbox, lookup, moves, papers, people, quality, stories
from workflows.definition import Language
from workflows.desk import Desk
from workflows.intents import Address, Photo, Sender
from workflows.phrases import say, say_error
from workflows.stories import told

_NAME_BYTES = 3
_ASKING = "?？ "
_REVERSER = "supervisor"
_COUNTERS = frozenset({"storekeeper", "supervisor", "inspector"})
_ISSUERS = frozenset({"storekeeper", "supervisor"})


def answer(
    desk: Desk,
    sender: Sender,
    chat: Address,
    words: str,
    *,
    dedupe: str,
    about: str = "",
    language: Language | None = None,
    is_shared: bool = False,
    photos: tuple[Photo, ...] = (),
) -> Reply:
    """Return the answer to a message. ``about`` is the subject of the card that it replies to, such as ``task:5``.

    ``dedupe`` names the message: what it changes is changed once, however often it comes. ``is_shared``: others read
    the same chat. ``photos`` came with the words, and were looked at: ``bot.pictured`` takes messages that hold any.
    """
    words = labels.typed(words)
    name, _, rest = words.strip().lstrip("/").partition(" ")
    named = name.partition("@")[0].lower()
    command = COMMANDS.get(named)
    if command is _link:
        if is_shared:
            return Reply(say(language or "en", "link.private"))
        return _tie(desk, sender, chat, rest.strip(), language or "en")
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
    if employee is None:
        return Reply(say(language or "en", "refusal.unlinked"))
    reader = inbox.reader_of(employee, chat, language)
    talk = _Talk(desk, sender, employee, reader, dedupe, about, is_shared, photos)
    if command is not None:
        return command(talk, rest.strip().rstrip(_ASKING))
    if printed := _printed(desk, words):
        words = printed
    said = aside_words.Said(desk, employee, talk.reader, about, rest.strip(), f"words:{dedupe}")
    aside = aside_words.answer(said, named) or aside_words.answered_question(replace(said, words=words.strip()))
    return aside or _worded(talk, words)


def _printed(desk: Desk, words: str) -> str:
    """Return the item whose maker prints these words on it as its code, or nothing."""
    with reading(desk.engine) as db:
        return barcodes.item_of(db, words.strip()) if len(words.split()) == 1 else ""


def _help(talk: _Talk, _rest: str) -> Reply:
    return talk.say("help.text")


def _inbox(talk: _Talk, _rest: str) -> Reply:
    cards = inbox.open_cards(talk.desk, talk.employee, talk.reader)
    if not cards:
        return talk.say("inbox.empty")
    return Reply(say(talk.language, "inbox.count", n=len(cards)), cards)


def _stock(talk: _Talk, rest: str) -> Reply:
    if not rest:
        return talk.say("help.usage_stock")
    with reading(talk.desk.engine) as db:
        found = items.find(db, rest)
        if len(found) == 1:
            card = lookup.stock_card(db, talk.desk, found[0], talk.language)
            return Reply(cards=(card,), picture=drawing.stock_picture(db, talk.desk, found[0], talk.language))
    if not found:
        return talk.say("error.unknown_item", code=rest)
    return Reply(cards=(lookup.choices_card(found, talk.language),))


def _trace(talk: _Talk, rest: str) -> Reply:
    """Tell the story of what the words mean; where they can mean several things, ask which."""
    if not rest:
        return talk.say("help.usage_trace")
    with reading(talk.desk.engine) as db:
        found = stories.find(db, rest)
        if len(found) == 1:
            return _told(talk, db, found[0])
    if not found:
        return talk.say("trace.unknown", words=rest[:60])
    return Reply(cards=(stories.choices_card(found, rest[:60], talk.language),))


def _told(talk: _Talk, db: Connection, found: Found) -> Reply:
    story = stories.tell(db, talk.desk, found, talk.language, talk.employee)
    link = talk.desk.trace_link(story.key, talk.reader.code)
    picture = drawing.lineage_picture(db, talk.desk, found, talk.language)
    return Reply(cards=(told.card(story, link=link),), picture=picture)


def followed(
    desk: Desk, sender: Sender, chat: Address, token: str, *, language: Language | None = None
) -> Reply | None:
    """Return what a button asks for that is no outcome, such as a story; None when its token is that of an outcome."""
    if not token.startswith((stories.TOKEN, doubts.SURE, doubts.NOT_SO)):
        return None
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
        if employee is None:
            return Reply(say(language or "en", "refusal.unlinked"))
        talk = _Talk(desk, sender, employee, inbox.reader_of(employee, chat, language), "", "")
        if not token.startswith(stories.TOKEN):
            return settling.decided(talk, token)
        found = names.by_key(db, token.removeprefix(stories.TOKEN))
        return _told(talk, db, found) if found else talk.say("trace.unknown", words="")


def _quality(talk: _Talk, rest: str) -> Reply:
    """Tell what was rejected and returned, and why; what it is worth is told to those who see all papers."""
    with_value = bool(talk.employee.roles & papers.SEE_ALL)
    with reading(talk.desk.engine) as db:
        return Reply(cards=(quality.card(db, talk.desk, talk.language, words=rest, with_value=with_value),))


def _expected(talk: _Talk, _rest: str) -> Reply:
    with reading(talk.desk.engine) as db:
        return Reply(cards=(arrivals.card(db, talk.desk, talk.language),))


def _issue(talk: _Talk, rest: str) -> Reply:
    """Take material out to production; the words are the confirmation, so they must be plain."""
    said = re.fullmatch(r"(?P<item>\S.*?)[\s,，x×]+(?P<amount>[\d０-９][^\s]*(?:\s+[^\d\s]+)?|\S+)", rest)
    if said is None:
        return talk.say("help.usage_issue")
    if not talk.employee.roles & _ISSUERS:
        return talk.say("refusal.no_right", role=say(talk.language, "role.storekeeper"))
    try:
        with writing(talk.desk.engine) as db:
            item = items.by_code(db, said["item"])
            amount = units.parse(db, item, said["amount"])
            if not amount:
                return talk.say("help.usage_issue")
            key = f"issue:{talk.dedupe}"
            taken = production.issue(
                db,
                item,
                amount,
                employee_id=talk.employee.id,
                dedupe_key=key,
                today=talk.desk.today(),
                now=talk.desk.clock(),
            )
            card = lookup.stock_card(db, talk.desk, item, talk.language)
    except RuleBroken as error:
        return Reply(say_error(talk.language, error))
    return Reply(_issued(talk, item, amount, taken), (card,))


def _reverse(talk: _Talk, rest: str) -> Reply:
    """Take a posted receipt back; the words are the confirmation, so the paper and the reason must be there."""
    number, _, reason = rest.partition(" ")
    if not number or not reason.strip():
        return talk.say("help.usage_reverse")
    if _REVERSER not in talk.employee.roles:
        return talk.say("refusal.no_right", role=say(talk.language, f"role.{_REVERSER}"))
    try:
        with writing(talk.desk.engine) as db:
            receipt_id = documents.find(db, "receipt", number)
            if receipt_id is None:
                return talk.say("help.no_receipt", number=number)
            receiving.undo(
                db,
                receipt_id,
                reason=reason.strip()[:500],
                employee_id=talk.employee.id,
                today=talk.desk.today(),
                now=talk.desk.clock(),
            )
    except RuleBroken as error:
        return Reply(say_error(talk.language, error))
    return talk.say("done.reversed", document=number.upper())


def _print(talk: _Talk, rest: str) -> Reply:
    return printing.answer(talk.desk, talk.employee, talk.reader, talk.about, rest)


def _issued(talk: _Talk, item: Item, amount: int, taken: list[tuple[str, str, int]]) -> str:
    first = say(talk.language, "done.issued", amount=item.write(amount), unit=item.unit, item=item.code)
    places = [
        say(talk.language, "done.issued_from", amount=item.write(part), unit=item.unit, bin=place, lot=lot)
        for place, lot, part in taken
    ]
    return "\n".join((first, *places))


def _count(talk: _Talk, rest: str) -> Reply:
    """Let a bin or an item be counted: the card comes to who counts, and at once to who asked if they do."""
    if not rest:
        return talk.say("help.usage_count")
    if not talk.employee.roles & _COUNTERS:
        return talk.say("refusal.no_right", role=say(talk.language, "role.storekeeper"))
    try:
        with writing(talk.desk.engine) as db:
            found = items.find(db, rest)
            is_item = len(found) == 1 and found[0].code.lower() == rest.lower()
            spots = sheets.of_item(db, found[0].id) if is_item else sheets.in_bin(db, rest)
            if not spots:
                raise NothingToCount(place=rest)
            site = db.execute(text("SELECT id FROM locations WHERE kind = 'site' ORDER BY id LIMIT 1")).scalar_one()
            sheet = sheets.sheet(db, spots[: sheets.SHEET_MAX], site_id=site, today=talk.desk.today())
            case_id = moves.start(db, talk.desk, documents.load(db, sheet))
            (task,) = cases.current_tasks(db, case_id)
    except RuleBroken as error:
        return Reply(say_error(talk.language, error))
    return _card_of(talk, task.id)


def _move(talk: _Talk, rest: str) -> Reply:
    """Move goods by one message, "NUT A-1 B-2 30" without its first word; other words open the form of the flow."""
    said = aside_words.Said(talk.desk, talk.employee, talk.reader, talk.about, "move", f"words:{talk.dedupe}")
    started = aside_words.answer(said, "new")
    assert started is not None, "new is a word of asides"
    answers = spoken_bins.move_answers(rest)
    if started.form is None or not answers or not answers.keys() <= {each.name for each in started.form.fields}:
        return started
    return settling.acted(talk, started.form.token, answers, started.form)


def _card_of(talk: _Talk, task_id: int) -> Reply:
    card = inbox.task_card(talk.desk, task_id, talk.reader)
    return Reply(cards=(card,) if card else ())


def _link(_talk: _Talk, _rest: str) -> Reply:
    raise AssertionError("linking needs no employee yet")


def _tie(desk: Desk, sender: Sender, chat: Address, code: str, language: Language) -> Reply:
    if not code:
        return Reply(say(language, "help.usage_link"))
    with writing(desk.engine) as db:
        tied = people.link(db, sender, chat, code, now=desk.clock())
    if isinstance(tied, str):
        return Reply(say(language, tied))
    return Reply(say(tied.language, "done.linked", name=tied.name))


COMMANDS: Mapping[str, Callable[[_Talk, str], Reply]] = {
    "help": _help, "帮助": _help, "start": _help, "?": _help,
    "inbox": _inbox, "待办": _inbox, "tasks": _inbox,
    "stock": _stock, "库存": _stock, "where": _stock, "在哪": _stock,
    "trace": _trace, "追溯": _trace,
    "quality": _quality, "质量": _quality,
    "expected": _expected, "待收": _expected, "到货": _expected,
    "issue": _issue, "领料": _issue,
    "count": _count, "盘点": _count,
    "move": _move, "移库": _move,
    "reverse": _reverse, "冲销": _reverse,
    "print": _print, "打印": _print,
    "link": _link, "绑定": _link,
}  # fmt: skip


def _worded(talk: _Talk, words: str) -> Reply:
    """Take the words as the answer to a card, or as the name of something; in a card's thread else as a comment.

    A code or lot alone is never a count.
    """
    if not words.strip():
        return _help(talk, "")
    if (scanned := scans.scanned(talk, words.strip())) is not None:
        return scanned
    if not talk.about and (found := named(talk, words)):
        return found
    answered = settling.answered(talk, words)
    if isinstance(answered, Reply):
        return answered
    if talk.about:
        return named(talk, words.rstrip(_ASKING)) or threads.remarked(talk, words)
    if _may_be_a_name(words):
        for look in (_stock, _trace):
            if (sought := look(talk, words.strip())).cards:
                return sought
    return talk.say(answered)


def named(talk: _Talk, words: str) -> Reply | None:
    """Return what there is to say of the item of this code, or the lot or paper of this number."""
    sought = words.strip()
    with reading(talk.desk.engine) as db:
        is_item = any(each.code.lower() == sought.lower() for each in items.find(db, sought))
        found = (
            ()
            if is_item
            else names.find(db, sought, kinds=["lot"] if sought.isdigit() else ["lot", "paper"], is_whole=True)
        )
    if is_item:
        return _stock(talk, sought)
    return _trace(talk, sought) if found else None


def _may_be_a_name(words: str) -> bool:
    """Tell whether words that answer nothing may be a part of an item's name: three letters, or one Chinese sign."""
    return len(words.strip().encode()) >= _NAME_BYTES and not is_yes(words) and not any(map(str.isdigit, words))
