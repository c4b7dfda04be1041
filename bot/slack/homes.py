"""Home tabs: what each person's shows, what they choose there, and that an open one shows what is true now."""

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog
from pydantic import ValidationError
from slack_sdk.models.views import View
from sqlalchemy import Connection, text

from bot import aside_words
from bot.channel import DeliveryError
from bot.outgoing import Outgoing
from bot.slack import home
from bot.slack.home import ALL, ASKED, STANDIN, Home, Look, Part
from bot.slack.parse import Choice, team_of
from bot.slack.send import SlackChannel
from inventory_core.db.engine import reading, writing
from inventory_core.db.metadata import from_micros, to_micros
from workflows import board, inbox, people
from workflows.board import Waiting
from workflows.cards import Card
from workflows.desk import Desk
from workflows.inbox import Reader
from workflows.intents import Address, Sender
from workflows.people import Employee
from workflows.phrases import say

log = structlog.get_logger()

_PAGE: Final = 8
_ASKED_BESIDE: Final = 5
_ASKED_PAGE: Final = 40
_OPEN_FOR_S: Final = 12 * 3600.0
"""Slack does not tell that somebody has left their home tab: so long after it was opened, it is given up."""
_LOOK_EVERY_S: Final = 1.0
_APART_S: Final = 1.5
"""So long one person's home tab is left alone after it was shown."""
_MOST_AT_ONCE: Final = 20
"""So many home tabs are shown anew in a second: Slack takes about a hundred a minute of a workspace."""

_OPENED: Final = text("""
    INSERT INTO homes (platform, workspace, "user", look, opened_at) VALUES ('slack', :workspace, :user, :look, :now)
    ON CONFLICT (platform, workspace, "user") DO UPDATE SET look = excluded.look, opened_at = excluded.opened_at
""")
_OPEN: Final = text("""
    SELECT workspace, "user", look, opened_at FROM homes WHERE platform = 'slack' AND opened_at > :since
""")
_LAST: Final = text("SELECT COALESCE(MAX(id), 0) FROM journal")


@dataclass(slots=True)
class _Open:
    """A home tab that may be open: what is looked at, and what stood in it when it was shown last.

    Moments are those of ``time.monotonic``: how long ago counts, whatever the clock on the wall does.
    """

    look: Look
    until: float
    mark: str = ""
    shown_at: float | None = None


class Homes:
    """The home tabs of all workspaces. Nothing of it is waited for by a request of Slack's."""

    def __init__(self, desk: Desk, channel: SlackChannel, outgoing: Outgoing) -> None:
        self._desk = desk
        self._channel = channel
        self._outgoing = outgoing
        self._open: dict[Sender, _Open] = {}
        self._is_behind = False

    async def opened(self, event: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        """Show a person's home tab, as they left it."""
        if event.get("tab", "home") == "home" and event.get("user"):
            sender = Sender("slack", team_of(body), str(event["user"]))
            self._turn(sender, _look((event.get("view") or {}).get("private_metadata", "")))

    async def chosen(self, ack: Callable[..., Any], body: Mapping[str, Any]) -> None:
        """Turn a page, or narrow what is shown."""
        tap = Choice.model_validate(body)
        self._turn(tap.sender, _after(_look(tap.view.private_metadata), tap.action_id, tap.value))
        await ack()

    def show(self, sender: Sender) -> None:
        """Show a home tab anew soon, with the look that it has."""
        self._outgoing.post(str(sender.user), partial(asyncio.to_thread, self._show, sender), tries=1)

    def show_all(self) -> None:
        """Show every open home tab anew soon: while nothing reached Slack, or us, it may have gone astray."""
        for each in list(self._open.values()):
            each.mark = ""
        self._is_behind = True

    async def keep(self) -> None:
        """Show those anew of which something has changed, until cancelled."""
        known: tuple[int, dt.date] | None = None
        while True:
            try:
                if known is None:
                    await asyncio.to_thread(self._remember)
                now = await asyncio.to_thread(self._state)
                if now != known or self._is_behind:
                    self._is_behind = False
                    late, is_all = await asyncio.to_thread(self._changed)
                    for each in late:
                        self.show(each)
                    known = now if is_all else (-1, now[1])
            except Exception:  # outermost: the database may be away for a moment
                log.exception("slack_homes_wait")
            await asyncio.sleep(_LOOK_EVERY_S)

    def _turn(self, sender: Sender, look: Look) -> None:
        self._open[sender] = _Open(look, time.monotonic() + _OPEN_FOR_S)
        self._outgoing.post(str(sender.user), partial(asyncio.to_thread, self._note_and_show, sender, look))

    def _note_and_show(self, sender: Sender, look: Look) -> None:
        key = {"workspace": sender.workspace, "user": sender.user, "now": to_micros(self._desk.clock())}
        with writing(self._desk.engine) as db:
            db.execute(_OPENED, {**key, "look": look.model_dump_json(exclude_defaults=True)})
        self._show(sender)

    def _show(self, sender: Sender) -> None:
        found = self._open.setdefault(sender, _Open(Look(), time.monotonic() + _OPEN_FOR_S))
        view, mark = page_of(self._desk, sender, found.look)
        found.mark, found.shown_at = mark, time.monotonic()
        try:
            self._channel.publish(sender, view)
        except DeliveryError as error:
            found.mark = ""
            if error.permanent:
                self._open.pop(sender, None)
            else:
                self._is_behind = True
            raise

    def _state(self) -> tuple[int, dt.date]:
        with reading(self._desk.engine) as db:
            return int(db.execute(_LAST).scalar_one()), self._desk.today()

    def _remember(self) -> None:
        """Take up the home tabs that were open when the product was stopped."""
        now = self._desk.clock()
        with reading(self._desk.engine) as db:
            rows = db.execute(_OPEN, {"since": to_micros(now - dt.timedelta(seconds=_OPEN_FOR_S))}).all()
        for workspace, user, look, opened_at in rows:
            until = time.monotonic() + _OPEN_FOR_S - (now - from_micros(opened_at)).total_seconds()
            self._open.setdefault(Sender("slack", workspace, user), _Open(_look(look), until))

    def _changed(self) -> tuple[Sequence[Sender], bool]:
        """Return whose home tab no longer shows what is true, and whether that are all; forget the long gone."""
        now, found, is_all = time.monotonic(), list[Sender](), True
        with reading(self._desk.engine) as db:
            for sender, each in list(self._open.items()):
                if each.until < now:
                    self._open.pop(sender, None)
                elif (each.shown_at is not None and now - each.shown_at < _APART_S) or len(found) == _MOST_AT_ONCE:
                    is_all = False
                elif _mark(db, self._desk, sender) != each.mark:
                    found.append(sender)
        return found, is_all


def page_of(desk: Desk, sender: Sender, look: Look) -> tuple[View, str]:
    """Return a page of a person's home tab, and the mark of what stands in it."""
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
        mark = _mark(db, desk, sender)
        if employee is None:
            return home.notice(say("en", "refusal.unlinked")), mark
        tasks, asked = board.waiting(db, desk, employee), board.asked_for(db, desk, employee)
        starts = {each.flow: each.title.fill(employee.language, {}) for each in aside_words.startable(db, employee)}
    # Its buttons are good on it alone: as a chat, a home tab is named by its person.
    reader = inbox.reader_of(employee, Address("slack", sender.workspace, sender.user))
    shown = [each for each in tasks if _is_shown(each, look, employee)]
    is_asked = look.shows == ASKED
    size, count = (_ASKED_PAGE, len(asked)) if is_asked else (_PAGE, len(shown))
    pages = max(1, -(-count // size))
    look = look.model_copy(update={"page": min(look.page, pages - 1)})
    here = slice(look.page * size, (look.page + 1) * size)
    beside = asked[:_ASKED_BESIDE] if look == Look() else ()
    language = employee.language
    made = Home(
        language=language,
        words=say(language, "inbox.count", n=len(tasks)) if tasks else say(language, "inbox.empty"),
        look=look,
        pages=pages,
        parts=() if is_asked else _parts(desk, shown[here], reader),
        asked=[inbox.case_card(desk, each, reader) for each in (asked[here] if is_asked else beside)],
        filters=_filters(tasks, asked, employee),
        starts=starts,
    )
    return home.home(made), mark


def _mark(db: Connection, desk: Desk, sender: Sender) -> str:
    employee = people.who(db, sender)
    return board.mark(db, desk, employee) if employee is not None else "nobody"


def _is_shown(each: Waiting, look: Look, employee: Employee) -> bool:
    is_meant = look.shows == ALL or look.shows == each.flow.flow or (look.shows == STANDIN and bool(each.for_name))
    return is_meant and (not look.words or each.holds(look.words, employee.language))


def _parts(desk: Desk, tasks: Sequence[Waiting], reader: Reader) -> Sequence[Part]:
    """Return the tasks of a page by what is late, what is not, and for whom somebody answers."""
    parts: dict[str, list[Card]] = {}
    today = desk.today()
    for each in sorted(tasks, key=lambda each: bool(each.for_name)):  # the order within a part stays
        key = "home.late" if each.is_late(today) else "home.now"
        title = say(reader.language, "home.for", name=each.for_name) if each.for_name else say(reader.language, key)
        card = inbox.task_card(desk, each.task.id, reader)
        if card is not None:
            parts.setdefault(title, []).append(card)
    return [Part(title if len(parts) > 1 else "", cards) for title, cards in parts.items()]


def _filters(tasks: Sequence[Waiting], asked: Sequence[int], employee: Employee) -> Mapping[str, str]:
    """Return what the page can be narrowed to, each with its number."""
    language = employee.language
    found = {ALL: say(language, "home.all", n=len(tasks))}
    for each in tasks:
        name = each.flow.flow
        same = sum(other.flow.flow == name for other in tasks)
        found[name] = say(language, "home.some", what=each.flow.title.fill(language, {}), n=same)
    if others := sum(bool(each.for_name) for each in tasks):
        found[STANDIN] = say(language, "home.standin", n=others)
    if asked:
        found[ASKED] = say(language, "home.some", what=say(language, "home.asked"), n=len(asked))
    return found


def _look(stored: str) -> Look:
    try:
        return Look.model_validate_json(stored or "{}")
    except ValidationError:
        return Look()


def _after(look: Look, action: str, value: str) -> Look:
    """Return what is looked at after a choice."""
    match action.removeprefix("home.").partition(".")[0]:
        case "filter":
            return Look(shows=value, words=look.words)
        case "search":
            return Look(shows=look.shows, words=value.strip()[: home.WORDS_MAX])
        case "clear":
            return Look(shows=look.shows)
        case "turn" if value.isascii() and value.isdigit():
            return look.model_copy(update={"page": min(int(value), 999)})
    return look
