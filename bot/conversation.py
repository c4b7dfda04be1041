"""Words to answers: the commands and the worded replies that each face passes on, the same everywhere."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import text

from bot import aside_words, beginning, looking, printing, spoken_bins
from bot.channel import Reply
from bot.hearing import hear, is_yes
from bot.looking import Asker
from inventory_core import documents, items, labels, units
from inventory_core.db.engine import reading, writing
from inventory_core.document import Line
from inventory_core.errors import NothingToCount, RuleBroken
from inventory_core.items import Item
from inventory_core.stages import production, receiving, sheets
from inventory_core.tracing import names
from workflows import act, cases, inbox, lookup, moves, people, rules, scanning
from workflows.book import CompanyBook
from workflows.cards import Card, Form, Refused
from workflows.definition import Language
from workflows.desk import Desk
from workflows.inbox import Asked, Reader
from workflows.intents import Address, Intent, Sender
from workflows.people import Employee
from workflows.phrases import say, say_error
from workflows.scanning import Walk

_NAME_BYTES = 3
_REVERSER = "supervisor"
_ORDERED_BY = "requisition"
"""The kind of paper by which goods are asked for."""
_COUNTERS = frozenset({"storekeeper", "supervisor", "inspector"})
_ISSUERS = frozenset({"storekeeper", "supervisor"})


@dataclass(frozen=True, slots=True)
class _Talk:
    """One message: who says it where, in which language the answer goes, and what it is about."""

    desk: Desk
    sender: Sender
    employee: Employee
    reader: Reader
    dedupe: str
    about: str

    @property
    def language(self) -> Language:
        return self.reader.language

    @property
    def asker(self) -> Asker:
        return Asker(self.desk, self.employee, self.reader)

    def said(self, words: str) -> aside_words.Said:
        return aside_words.Said(self.desk, self.employee, self.reader, self.about, words, f"words:{self.dedupe}")

    def say(self, key: str, **blanks: str | int) -> Reply:
        return Reply(say(self.language, key, **blanks))


def answer(
    desk: Desk,
    sender: Sender,
    chat: Address,
    words: str,
    *,
    dedupe: str,
    about: str = "",
    language: Language | None = None,
) -> Reply:
    """Return the answer to a message. ``about`` is the subject of the card that it replies to, such as ``task:5``.

    ``dedupe`` names the message: what it changes is changed once, however often it comes.
    """
    words = labels.typed(words)
    name, _, rest = words.strip().lstrip("/").partition(" ")
    named = name.partition("@")[0].lower()
    command = COMMANDS.get(named)
    if command is _link:
        return _tie(desk, sender, chat, rest.strip(), language or "en")
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
    if employee is None:
        return Reply(say(language or "en", "refusal.unlinked"))
    talk = _Talk(desk, sender, employee, inbox.reader_of(employee, chat, language), dedupe, about)
    if command is not None:
        return command(talk, rest.strip())
    said = talk.said(rest.strip())
    aside = aside_words.answer(said, named) or aside_words.answered_question(replace(said, words=words.strip()))
    return aside or _worded(talk, words)


def _help(talk: _Talk, _rest: str) -> Reply:
    return talk.say("help.text")


def _inbox(talk: _Talk, _rest: str) -> Reply:
    cards = inbox.open_cards(talk.desk, talk.employee, talk.reader)
    if not cards:
        return talk.say("inbox.empty")
    return Reply(say(talk.language, "inbox.count", n=len(cards)), cards)


def _look(look: Callable[[Asker, str], Reply]) -> Callable[["_Talk", str], Reply]:
    return lambda talk, rest: look(talk.asker, rest)


_stock, _trace = _look(looking.stock), _look(looking.trace)


def followed(
    desk: Desk, sender: Sender, chat: Address, token: str, *, dedupe: str, language: Language | None = None
) -> Reply | None:
    """Return what a button leads to: an answer, or the form that asks for more of an item; None for an outcome's token.

    ``dedupe`` names the tap, as in ``answer``.
    """
    is_order = token.startswith(lookup.ORDER)
    if not is_order and not looking.is_look(token):
        return None
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
        item = looking.item_of(db, token.removeprefix(lookup.ORDER)) if is_order else None
    if employee is None:
        return Reply(say(language or "en", "refusal.unlinked"))
    if item is not None:
        key = f"order:{dedupe}"
        return beginning.begin(desk, sender, chat, about=_ORDERED_BY, words=item.code, dedupe=key)
    return looking.at(Asker(desk, employee, inbox.reader_of(employee, chat, language)), token)


def _quality(talk: _Talk, rest: str) -> Reply:
    return looking.report(talk.asker, f"quality {rest}")


def _expected(talk: _Talk, _rest: str) -> Reply:
    return looking.report(talk.asker, "expected")


def _receive(talk: _Talk, rest: str) -> Reply:
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


def _start_about(about: str) -> Callable[["_Talk", str], Reply]:
    """Return the command that starts the company's flow about a kind of paper; with its number, tells of that paper."""

    def start(talk: _Talk, rest: str) -> Reply:
        if rest:
            with reading(talk.desk.engine) as db:
                is_paper = bool(names.find(db, rest, kinds=["paper"], is_whole=True))
            if is_paper:
                return looking.trace(talk.asker, rest)
        return aside_words.start_about(talk.said(rest), about)

    return start


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
    started = aside_words.answer(talk.said("move"), "new")
    assert started is not None, "new is a word of asides"
    answers = spoken_bins.move_answers(rest)
    if started.form is None or not answers or not answers.keys() <= {each.name for each in started.form.fields}:
        return started
    return _act(talk, started.form.token, answers, started.form)


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
    "count": _count, "盘点": _count,
    "move": _move, "移库": _move,
    "reverse": _reverse, "冲销": _reverse,
    "print": _print, "打印": _print,
    "link": _link, "绑定": _link,
}  # fmt: skip


def _worded(talk: _Talk, words: str) -> Reply:
    """Take the words as the answer to a card, or as the name of something. A code or lot alone is never a count."""
    if not words.strip():
        return _help(talk, "")
    if (scanned := _scanned(talk, words.strip())) is not None:
        return scanned
    if not talk.about and (named := _named(talk, words)):
        return named
    answered = _answered(talk, words)
    if isinstance(answered, Reply):
        return answered
    if _may_be_a_name(words):
        for look in (_stock, _trace):
            if (sought := look(talk, words.strip())).cards:
                return sought
    return talk.say(answered)


def _scanned(talk: _Talk, code: str) -> Reply | None:
    """Take a code as a scan for the card replied to, or for the only pick that it stands on; None for neither."""
    open_ = scanning.walks(talk.desk, talk.employee)
    if talk.about:
        open_ = [each for each in open_ if talk.about == f"task:{each.task.id}"]
    meant = [each for each in open_ if each.knows(code)]
    if len(meant) == 1:
        return _scan(talk, meant[0], code)
    is_code = re.fullmatch(r"(?=.*[A-Za-z])(?=.*[\d-])\S+", code) is not None
    if not (talk.about and open_ and is_code) or hear(code, open_[0].document.lines):
        return None
    return _told_next(talk, "scan.unknown", open_[0].left, code=code)


def _scan(talk: _Talk, walk: Walk, code: str) -> Reply:
    done = scanning.scan(talk.desk, walk, code, talk.employee)
    if done.line is None:
        key = "scan.several" if done.meant else "scan.again"
        return _told_next(talk, key, done.left, code=code, n=done.meant)
    if done.left:
        return _told_next(talk, "scan.confirmed", done.left, item=done.line.item_code, code=code, n=len(done.left))
    card = inbox.task_card(talk.desk, walk.task.id, talk.reader)
    label = walk.outcome.label.fill(talk.language, {})
    token = next((each.token for each in card.buttons if each.label == label), "") if card else ""
    return _act(talk, token, {})


def _told_next(talk: _Talk, key: str, left: Sequence[Line], **blanks: str | int) -> Reply:
    """Return a sentence about a scan, with the next line to scan below it."""
    words = say(talk.language, key, **blanks)
    if not left:
        return Reply(words)
    line = left[0]
    amount = next(iter(line.quantity(n) for n in ("to_pick", "ordered") if n == "ordered" or n in line.fields))
    place = " · ".join(str(line.fields[name]) for name in ("bin", "lot") if line.fields.get(name))
    after = say(talk.language, "scan.next", item=line.item_code, place=place, amount=line.write(amount), unit=line.unit)
    return Reply(f"{words}\n{after}")


def _named(talk: _Talk, words: str) -> Reply | None:
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


def _answered(talk: _Talk, words: str) -> Reply | str:
    """Take the words as the answer to the card replied to, or else to the only one that waits.

    Returns the key of what is said when they are not understood.
    """
    card = _meant(talk)
    if card is None:
        return "help.which_task" if any(map(str.isdigit, words)) else "help.unclear"
    if not card.buttons:
        return Reply(card.status, (card,))
    if is_yes(words):
        simple = [each for each in card.buttons if each.tone == "good" and not each.opens_form]
        return _act(talk, simple[0].token, {}) if len(simple) == 1 else "help.unclear"
    for button in card.buttons:
        asked = inbox.asked(talk.desk, button.token, talk.reader) if button.opens_form else None
        if asked is None or not asked.outcome.hears:
            continue
        try:
            heard = _bins_named(talk, asked, words) if asked.outcome.hears_code else _answers(asked, words)
        except RuleBroken as error:
            return Reply(say_error(talk.language, error))
        if heard is not None:
            return _act(talk, button.token, heard, asked.form)
        if any(map(str.isdigit, words)):
            return Reply(say(talk.language, "help.unclear"), form=asked.form)
    return "help.unclear"


def _meant(talk: _Talk) -> Card | None:
    kind, _, name = talk.about.partition(":")
    number = name.partition(".")[0]
    if kind in ("task", "late") and number.isdigit():
        return inbox.task_card(talk.desk, int(number), talk.reader)
    waiting = inbox.open_cards(talk.desk, talk.employee, talk.reader)
    return waiting[0] if len(waiting) == 1 else None


def _answers(asked: Asked, words: str) -> dict[str, str] | None:
    """Return the form's answers as the outcome hears them; lines that nobody spoke of keep their defaults."""
    heard = hear(words, asked.document.lines)
    if heard is None:
        return None
    answers = {field.name: field.default for field in asked.form.fields if field.default}
    for position, said in heard.items():
        for name, rule in asked.outcome.heard_rules.items():
            answers[f"{name}.{position}"] = f"{rules.number(rule, said.values):f}"
    for field in asked.form.fields:
        for option in field.options:
            place = field.name.rpartition(".")[2]
            if option.label.lower() in words.lower() and place.isdigit() and int(place) in heard:
                answers[field.name] = option.value
    return answers


def _bins_named(talk: _Talk, asked: Asked, words: str) -> dict[str, str] | None:
    with reading(talk.desk.engine) as db:
        book = CompanyBook(db, talk.reader.name)
        return spoken_bins.answers(asked, words, lambda word: book.find("location", word))


def _act(talk: _Talk, token: str, answers: dict[str, str], form: Form | None = None) -> Reply:
    intent = Intent(talk.sender, talk.reader.address, token, f"words:{talk.dedupe}", answers)
    result = act.act(talk.desk, intent, language=talk.language)
    if isinstance(result, Refused) and result.errors and form is not None:
        name, sentence = next(iter(result.errors.items()))
        label = next((each.label for each in form.fields if each.name == name and "." not in name), "")
        return Reply(f"{label}: {sentence}" if label else sentence, form=_prefilled(form, answers))
    return Reply(result.words, (result.card,) if result.card else ())


def _prefilled(form: Form, answers: Mapping[str, str]) -> Form:
    groups = tuple(
        replace(
            group, fields=tuple(replace(each, default=answers.get(each.name, each.default)) for each in group.fields)
        )
        for group in form.groups
    )
    return replace(form, groups=groups)
