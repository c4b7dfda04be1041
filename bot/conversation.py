"""Words to answers: the commands and the worded replies that each face passes on, the same everywhere."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot import aside_words, beginning, bins, doubts, looking, printing, scans, settling, spoken_bins, threads
from bot.channel import Reply
from bot.hearing import is_yes
from bot.looking import Asker
from bot.talk import Talk
from inventory_core import barcodes, documents, items, labels, units
from inventory_core.db.engine import reading, writing
from inventory_core.errors import RuleBroken
from inventory_core.items import Item
from inventory_core.stages import production, receiving
from inventory_core.tracing import names
from workflows import chats, inbox, lookup, people
from workflows.cards import Card
from workflows.definition import Language
from workflows.desk import Desk
from workflows.intents import Address, Photo, Sender
from workflows.phrases import say, say_error

_NAME_BYTES = 3
_PLATFORMS = ("slack", "telegram")
_ASKING = "?？ "
_REVERSER = "supervisor"
_ORDERED_BY = "requisition"
"""The kind of paper by which goods are asked for."""
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
        was_closed = employee is not None and chats.is_closed(db, chat)
    if employee is None:
        return Reply(say(language or "en", "refusal.unlinked"))
    if was_closed:  # whoever writes there can be written to
        with writing(desk.engine) as db:
            chats.reopen(db, chat, now=desk.clock())
    reader = inbox.reader_of(employee, chat, language)
    talk = Talk(desk, sender, employee, reader, dedupe, about, is_shared, photos)
    if command is not None:
        return command(talk, rest.strip().rstrip(_ASKING))
    if printed := _printed(desk, words):
        words = printed
    said = _said(talk, rest.strip())
    aside = aside_words.answer(said, named) or aside_words.answered_question(replace(said, words=words.strip()))
    return aside or _worded(talk, words)


def _printed(desk: Desk, words: str) -> str:
    """Return the item whose maker prints these words on it as its code, or nothing."""
    with reading(desk.engine) as db:
        return barcodes.item_of(db, words.strip()) if len(words.split()) == 1 else ""


def _help(talk: Talk, _rest: str) -> Reply:
    return talk.say("help.text")


def _inbox(talk: Talk, _rest: str) -> Reply:
    cards = inbox.open_cards(talk.desk, talk.employee, talk.reader)
    if not cards:
        return talk.say("inbox.empty")
    return Reply(say(talk.language, "inbox.count", n=len(cards)), cards)


def _look(look: Callable[[Asker, str], Reply]) -> Callable[[Talk, str], Reply]:
    return lambda talk, rest: look(_asker(talk), rest)


def _asker(talk: Talk) -> Asker:
    return Asker(talk.desk, talk.employee, talk.reader)


def _said(talk: Talk, words: str) -> aside_words.Said:
    return aside_words.Said(talk.desk, talk.employee, talk.reader, talk.about, words, f"words:{talk.dedupe}")


_stock, _trace = _look(looking.stock), _look(looking.trace)


def leads_on(token: str) -> bool:
    """Tell whether a button's token is no outcome's: it leads to an answer, a form, or to figures being taken."""
    is_act = token.startswith((lookup.ORDER, doubts.SURE, doubts.NOT_SO)) or bins.is_act(token)
    return is_act or looking.is_look(token)


def followed(
    desk: Desk, sender: Sender, chat: Address, token: str, *, dedupe: str, language: Language | None = None
) -> Reply | None:
    """Return what a button leads to that is no outcome's; None for the token of an outcome.

    An answer, the form that asks for more of an item, or that figures were meant so. ``dedupe`` names the tap, as in
    ``answer``.
    """
    if not leads_on(token):
        return None
    is_order, is_doubt = token.startswith(lookup.ORDER), token.startswith((doubts.SURE, doubts.NOT_SO))
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
        item = looking.item_of(db, token.removeprefix(lookup.ORDER)) if is_order else None
    if employee is None:
        return Reply(say(language or "en", "refusal.unlinked"))
    if item is not None:
        key = f"order:{dedupe}"
        return beginning.begin(desk, sender, chat, about=_ORDERED_BY, words=item.code, dedupe=key)
    talk = Talk(desk, sender, employee, inbox.reader_of(employee, chat, language), dedupe, "")
    if bins.is_act(token):
        return bins.at(talk, token)
    return settling.decided(talk, token) if is_doubt else looking.at(_asker(talk), token)


def _quality(talk: Talk, rest: str) -> Reply:
    return looking.report(_asker(talk), f"quality {rest}")


def _expected(talk: Talk, _rest: str) -> Reply:
    return looking.report(_asker(talk), "expected")


def _receive(talk: Talk, rest: str) -> Reply:
    """Show the receipts that wait for somebody, narrowed by words of their cards; or else what is expected."""
    waiting = inbox.open_cards(talk.desk, talk.employee, talk.reader, about="receipt")
    sought = rest.lower()
    meant = [each for each in waiting if sought in _text_of(each)] if sought else waiting
    if meant:
        return Reply(say(talk.language, "inbox.receipts", n=len(meant)), tuple(meant))
    told = say(talk.language, "inbox.no_such_receipt", words=rest[:60]) if sought else ""
    return replace(_expected(talk, ""), words=told or say(talk.language, "inbox.no_receipts"))


def _text_of(card: Card) -> str:
    rows = (f"{each.title} {each.detail}" for each in card.rows)
    facts = (each.value for each in card.facts)
    return " ".join((card.title, card.summary, *facts, *rows)).lower()


def _start_about(about: str) -> Callable[[Talk, str], Reply]:
    """Return the command that starts the company's flow about a kind of paper; with its number, tells of that paper."""

    def start(talk: Talk, rest: str) -> Reply:
        if rest:
            with reading(talk.desk.engine) as db:
                is_paper = bool(names.find(db, rest, kinds=["paper"], is_whole=True))
            if is_paper:
                return looking.trace(_asker(talk), rest)
        return aside_words.start_about(_said(talk, rest), about)

    return start


def _issue(talk: Talk, rest: str) -> Reply:
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


def _reverse(talk: Talk, rest: str) -> Reply:
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


def _print(talk: Talk, rest: str) -> Reply:
    return printing.answer(talk.desk, talk.employee, talk.reader, talk.about, rest)


def _issued(talk: Talk, item: Item, amount: int, taken: list[tuple[str, str, int]]) -> str:
    first = say(talk.language, "done.issued", amount=item.write(amount), unit=item.unit, item=item.code)
    places = [
        say(talk.language, "done.issued_from", amount=item.write(part), unit=item.unit, bin=place, lot=lot)
        for place, lot, part in taken
    ]
    return "\n".join((first, *places))


def _move(talk: Talk, rest: str) -> Reply:
    """Move goods by one message, "NUT A-1 B-2 30" without its first word; other words open the form of the flow."""
    started = aside_words.answer(_said(talk, "move"), "new")
    assert started is not None, "new is a word of asides"
    answers = spoken_bins.move_answers(rest)
    if started.form is None or not answers or not answers.keys() <= {each.name for each in started.form.fields}:
        return started
    return settling.acted(talk, started.form.token, answers, started.form)


def _link(_talk: Talk, _rest: str) -> Reply:
    raise AssertionError("linking needs no employee yet")


def _tie(desk: Desk, sender: Sender, chat: Address, code: str, language: Language) -> Reply:
    if not code:
        return Reply(say(language, "help.usage_link"))
    with writing(desk.engine) as db:
        tied = people.link(db, sender, chat, code, now=desk.clock())
    if isinstance(tied, str):
        return Reply(say(language, tied))
    return Reply(say(tied.language, "done.linked", name=tied.name))


def _unlink(talk: Talk, rest: str) -> Reply:
    """Untie somebody's own accounts of a platform: from any other place of theirs, when one was tied by another."""
    platform = next((each for each in _PLATFORMS if each == rest.lower()), None)
    if platform is None:
        return talk.say("help.usage_unlink")
    with writing(talk.desk.engine) as db:
        untied = people.unlink(db, talk.employee, platform, now=talk.desk.clock())
    return talk.say("done.unlinked" if untied else "done.was_unlinked", platform=platform.capitalize())


COMMANDS: Mapping[str, Callable[[Talk, str], Reply]] = {
    "help": _help, "帮助": _help, "start": _help, "?": _help,
    "inbox": _inbox, "待办": _inbox, "tasks": _inbox,
    "stock": _stock, "库存": _stock,
    "where": _look(looking.where), "在哪": _look(looking.where),
    "trace": _trace, "追溯": _trace,
    "quality": _quality, "质量": _quality,
    "expected": _expected, "待收": _expected, "到货": _expected,
    "report": _look(looking.report), "报表": _look(looking.report),
    "receive": _receive, "收货": _receive,
    "return": _start_about("rma"), "退货": _start_about("rma"),
    "order": _start_about(_ORDERED_BY), "请购": _start_about(_ORDERED_BY),
    "issue": _issue, "领料": _issue,
    "count": bins.count, "盘点": bins.count,
    "move": _move, "移库": _move,
    "reverse": _reverse, "冲销": _reverse,
    "print": _print, "打印": _print,
    "link": _link, "绑定": _link,
    "unlink": _unlink, "解绑": _unlink,
}  # fmt: skip


def _worded(talk: Talk, words: str) -> Reply:
    """Take the words as the answer to a card, or as the name of something; in a card's thread else as a comment.

    A code or lot alone is never a count.
    """
    if not words.strip():
        return _help(talk, "")
    if (scanned := scans.scanned(talk, words.strip())) is not None:
        return scanned
    if not talk.about and (found := _thing(talk, words)):
        return found
    answered = settling.answered(talk, words)
    if isinstance(answered, Reply):
        return answered
    if talk.about:
        return named(talk, words.rstrip(_ASKING)) or threads.remarked(talk, words)
    if bin_ := _bin(talk, words):
        return bin_
    if _may_be_a_name(words):
        for look in (_stock, _trace):
            if (sought := look(talk, words.strip())).cards:
                return sought
    return talk.say(answered)


def named(talk: Talk, words: str) -> Reply | None:
    """Return what there is to say of the item of this code, the lot or paper of this number, or the bin."""
    return _thing(talk, words) or _bin(talk, words)


def _bin(talk: Talk, words: str) -> Reply | None:
    with reading(talk.desk.engine) as db:
        bin_ = lookup.bin_of(db, words)
    return looking.where(_asker(talk), bin_.code) if bin_ else None


def _thing(talk: Talk, words: str) -> Reply | None:
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
