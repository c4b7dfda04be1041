"""Words about a task that do not answer it: take it, give it, ask about it, withdraw it; and who stands in for whom."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from bot.channel import Reply
from inventory_core.db.engine import reading, writing
from inventory_core.errors import RuleBroken
from inventory_core.quantity import parse_money, write_money
from workflows import asides, cases, flows, inbox, moves, phrases, standins
from workflows.cases import Task
from workflows.definition import Flow
from workflows.desk import Desk
from workflows.forms import read_date
from workflows.inbox import Reader
from workflows.people import Employee
from workflows.phrases import say, say_error

_NUMBER: Final = re.compile(r"[A-Za-z]{2,4}-[\w-]*\d[\w-]*")
_UP_TO: Final = re.compile(r"(?:up to|at most|不超过|至多)\s*(?P<amount>[\d,.]+)", re.IGNORECASE)
_ONLY: Final = re.compile(r"(?:only|仅限?)\s+(?P<flow>[a-z_]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """Some words after a command, who said them, and the subject of the card that they reply to (or empty)."""

    desk: Desk
    employee: Employee
    reader: Reader
    about: str
    words: str
    dedupe: str

    def say(self, key: str, **blanks: str | int) -> Reply:
        return Reply(say(self.reader.language, key, **blanks))

    def card(self, words: Reply, task_id: int) -> Reply:
        """Return the words with the task's card as it is now."""
        found = inbox.task_card(self.desk, task_id, self.reader)
        return Reply(words.words, (found,) if found else ())


class _NotMeant(RuleBroken):
    """It is not clear which task is meant."""

    key = "help.which_task"


def answer(said: Said, command: str) -> Reply | None:
    """Return the answer to such words, or None when the command is another."""
    act = COMMANDS.get(command)
    if act is None:
        return None
    try:
        return act(said)
    except RuleBroken as error:
        return Reply(say_error(said.reader.language, error))


def answered_question(said: Said) -> Reply | None:
    """Take words that reply to a colleague's question as its answer; None when they do not."""
    kind, _, number = said.about.partition(":")
    if kind != "remark" or not number.isdigit():
        return None
    with writing(said.desk.engine) as db:
        instance_id = db.execute(text("SELECT instance_id FROM remarks WHERE id = :id"), {"id": int(number)}).scalar()
        is_answer = asides.answer(db, said.desk, said.employee, said.words, instance_id=instance_id)
    return said.say("done.answered") if is_answer else None


def _meant(db: Connection, said: Said) -> tuple[Task, str]:
    """Return the task that words are about, and the words without its number.

    It is the card's, that of the paper whose number comes first, or the only one that waits. Raises what says no.
    """
    kind, _, rest = said.about.partition(":")
    number = rest.partition(".")[0]
    if kind in ("task", "late") and number.isdigit() and (found := cases.task(db, int(number))):
        return found, said.words
    if kind == "case" and number.isdigit():
        return _of_case(db, int(number)), said.words
    first = said.words.partition(" ")[0].rstrip(",:，：")
    if _NUMBER.fullmatch(first) and (instance_id := _case_of(db, first)) is not None:
        return _of_case(db, instance_id), said.words[len(first) :].lstrip(" ,:，：")
    waiting = cases.open_tasks(db, said.employee.id, now=said.desk.clock(), limit=2)
    if len(waiting) == 1:
        return waiting[0], said.words
    raise _NotMeant


def _case_of(db: Connection, number: str) -> int | None:
    found = db.execute(
        text("""
            SELECT i.id FROM flow_instances i JOIN documents d ON d.id = i.document_id
            WHERE lower(d.number) = lower(:number) ORDER BY i.id DESC LIMIT 1
        """),
        {"number": number},
    ).scalar()
    return int(found) if found is not None else None


def _of_case(db: Connection, instance_id: int) -> Task:
    waiting = cases.current_tasks(db, instance_id)
    return waiting[0] if waiting else cases.last_task(db, instance_id)


def _take(said: Said) -> Reply:
    with writing(said.desk.engine) as db:
        task, _ = _meant(db, said)
        asides.take(db, said.desk, task.id, said.employee)
    return said.card(said.say("done.taken"), task.id)


def _put_back(said: Said) -> Reply:
    with writing(said.desk.engine) as db:
        task, _ = _meant(db, said)
        asides.put_back(db, said.desk, task.id, said.employee)
    return said.say("done.put_back", role=phrases.role(said.reader.language, task.role))


def _give(said: Said) -> Reply:
    if not said.words:
        return said.say("help.usage_give")
    with writing(said.desk.engine) as db:
        task, rest = _meant(db, said)
        to, _ = asides.somebody(db, rest)
        asides.give(db, said.desk, task.id, said.employee, to)
    return said.say("done.given", name=to.name)


def _comment(said: Said) -> Reply:
    with writing(said.desk.engine) as db:
        task, words = _meant(db, said) if said.words else (None, "")
        if task is None or not words:
            return said.say("help.usage_comment")
        asides.comment(db, said.desk, task.id, said.employee, words, dedupe=said.dedupe)
    return said.card(said.say("done.commented"), task.id)


def _ask(said: Said) -> Reply:
    if not said.words:
        return said.say("help.usage_ask")
    with writing(said.desk.engine) as db:
        task, rest = _meant(db, said)
        whom, words = asides.somebody(db, rest)
        if not words:
            return said.say("help.usage_ask")
        asides.ask(db, said.desk, task.id, said.employee, whom, words, dedupe=said.dedupe)
    return said.say("done.asked", name=whom.name)


def _reply(said: Said) -> Reply:
    if not said.words:
        return said.say("help.usage_answer")
    with writing(said.desk.engine) as db:
        is_answer = asides.answer(db, said.desk, said.employee, said.words)
    return said.say("done.answered" if is_answer else "aside.no_question")


def _withdraw(said: Said) -> Reply:
    return _stop(said, asides.withdraw, "help.usage_withdraw", "done.withdrawn")


def _cancel(said: Said) -> Reply:
    return _stop(said, asides.cancel, "help.usage_cancel", "done.cancelled")


def _stop(said: Said, stop: Callable[[Connection, Desk, int, Employee, str], None], usage: str, done: str) -> Reply:
    if not said.words:
        return said.say(usage)
    with writing(said.desk.engine) as db:
        task, reason = _meant(db, said)
        if not reason:
            return said.say(usage)
        stop(db, said.desk, task.instance_id, said.employee, reason)
        number = db.execute(text("SELECT number FROM documents WHERE id = :id"), {"id": task.document_id}).scalar_one()
    return said.say(done, document=number)


def _away(said: Said) -> Reply:
    """Hear "2026-12-01 2026-12-10 zhao", with "up to 5000" or "only goods_receipt" after it."""
    language, today = said.reader.language, said.desk.today()
    words = said.words.split(maxsplit=2)
    days = [read_date(each, today=today, language=language) for each in words[:2]]
    if len(words) < 3 or days[0] is None or days[1] is None or days[1] < days[0]:
        return said.say("help.usage_away")
    amount, only = _UP_TO.search(words[2]), _ONLY.search(words[2])
    with writing(said.desk.engine) as db:
        to, _ = asides.somebody(db, words[2])
        if to.id == said.employee.id:
            return said.say("help.usage_away")
        flow = only["flow"] if only else ""
        if flow and flows.latest_version(db, flow) is None:
            return said.say("aside.no_flow", flow=flow)
        at_most = parse_money(amount["amount"].rstrip(".,")) if amount else None
        standins.appoint(
            db,
            from_id=said.employee.id,
            to_id=to.id,
            from_at=dt.datetime.combine(days[0], dt.time(), said.desk.zone),
            until_at=dt.datetime.combine(days[1] + dt.timedelta(days=1), dt.time(), said.desk.zone),
            now=said.desk.clock(),
            flow=flow,
            at_most=at_most,
        )
    limit = say(language, "done.away_up_to", amount=write_money(at_most)) if at_most is not None else ""
    first, last = (phrases.day(language, each) for each in (days[0], days[1]))
    return said.say("done.away", name=to.name, first=first, last=last, limit=limit)


def _back(said: Said) -> Reply:
    with writing(said.desk.engine) as db:
        ended = standins.end_all(db, said.employee.id, now=said.desk.clock())
    return said.say("done.back" if ended else "done.was_here")


def _new(said: Said) -> Reply:
    """Start a flow by its name or title; without one, or when several match, say which there are."""
    language = said.reader.language
    with reading(said.desk.engine) as db:
        mine = startable(db, said.employee)
    sought = said.words.lower()
    found = [each for each in mine if sought and sought in _names(each)] or [
        each for each in mine if sought and any(sought in name for name in _names(each))
    ]
    if len(found) != 1:
        if not mine:
            return said.say("aside.nothing_to_start")
        listed = "\n".join(f"{each.flow} – {each.title.fill(language, {})}" for each in found or mine)
        return said.say("help.usage_new", flows=listed)
    return start(said, found[0])


def start_about(said: Said, about: str) -> Reply:
    """Start the flow about a kind of paper that somebody may start; where there are several, say which."""
    with reading(said.desk.engine) as db:
        found = [each for each in startable(db, said.employee) if each.about == about]
    if not found:
        return said.say("aside.may_not_start", paper=say(said.reader.language, f"card.{about}"))
    if len(found) > 1:
        listed = "\n".join(f"{each.flow} – {each.title.fill(said.reader.language, {})}" for each in found)
        return said.say("help.usage_new", flows=listed)
    return start(said, found[0])


def startable(db: Connection, employee: Employee) -> list[Flow]:
    """Return the flows that somebody may start."""
    return [flow for _, flow in flows.all_latest(db).values() if employee.roles & set(flow.started_by)]


def start(said: Said, flow: Flow) -> Reply:
    """Start a flow for somebody, and open the form of its first step, or show that step's card."""
    with writing(said.desk.engine) as db:
        site = int(db.execute(text("SELECT id FROM locations WHERE kind = 'site' ORDER BY id LIMIT 1")).scalar_one())
        case_id = moves.start_by(
            db, said.desk, flow.flow, requester_id=said.employee.id, site_id=site, dedupe=said.dedupe
        )
        mine = [
            each
            for each in cases.open_tasks(db, said.employee.id, now=said.desk.clock())
            if each.instance_id == case_id
        ]
    if not mine:
        return Reply(cards=(inbox.case_card(said.desk, case_id, said.reader),))
    card = inbox.task_card(said.desk, mine[0].id, said.reader)
    assert card is not None, "a task without a card"
    asking = [each for each in card.buttons if each.opens_form]
    opened = inbox.asked(said.desk, asking[0].token, said.reader) if len(card.buttons) == len(asking) == 1 else None
    return Reply(cards=() if opened else (card,), form=opened.form if opened else None)


def _names(flow: Flow) -> tuple[str, ...]:
    return flow.flow, flow.title.en.lower(), flow.title.zh.lower()


COMMANDS: Final[Mapping[str, Callable[[Said], Reply]]] = {
    "new": _new, "发起": _new, "新建": _new,
    "take": _take, "领取": _take,
    "putback": _put_back, "放回": _put_back,
    "give": _give, "转交": _give,
    "comment": _comment, "评论": _comment, "备注": _comment,
    "ask": _ask, "询问": _ask,
    "answer": _reply, "答复": _reply,
    "withdraw": _withdraw, "撤回": _withdraw,
    "cancel": _cancel, "作废": _cancel,
    "away": _away, "代理": _away,
    "back": _back, "返岗": _back,
}  # fmt: skip
