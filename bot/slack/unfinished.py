"""Forms between their opening and their sending: the questions as they stand, and what was written so far. Blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from slack_sdk.models.views import View

from bot.plain import language_of
from bot.slack import modal
from bot.slack.elements import SEARCHED, Called
from bot.slack.modal import Origin
from bot.slack.pages import Book, Filled, book
from inventory_core.db.engine import reading
from workflows import inbox, people, rights, suggestions, unsent
from workflows.book import CompanyBook
from workflows.cards import Form
from workflows.definition import FieldRule
from workflows.desk import Desk
from workflows.forms import Answers
from workflows.inbox import Asked, Reader
from workflows.intents import Address, Intent, Sender


@dataclass(frozen=True, slots=True)
class Standing:
    """An open form of somebody's: what it asks, what is kept of it, and where in it they are.

    ``begun`` says when they began it earlier; ``told`` are first values that were brought along when it was opened.
    """

    reader: Reader
    asked: Asked
    origin: Origin
    answers: Mapping[str, str]
    files: Mapping[str, Sequence[str]]
    begun: str = ""
    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def form(self) -> Form:
        return self.asked.form

    @property
    def is_summary(self) -> bool:
        return self.origin.page == modal.SUMMARY

    def page_in(self, whole: Book) -> int:
        """Return the number of the page that is before them; that of the summary is one more than the last."""
        return len(whole.pages) if self.is_summary else min(self.origin.page, len(whole.pages) - 1)

    def at(self, page: int, *, turned: bool = True, **changed: object) -> "Standing":
        """Return the same form at another page; ``turned``: what Slack shows there is what is kept, and not its own."""
        serial = self.origin.serial + turned
        return replace(self, origin=self.origin.model_copy(update={"page": page, "serial": serial, **changed}))


def standing(
    desk: Desk, sender: Sender, origin: Origin, words: Mapping[str, str] | None = None, *, form: Form | None = None
) -> Standing | None:
    """Return the form behind a button with what is kept of it, and ``words`` on top.

    None when it can't be answered now, or not by this person. ``form`` is the same form with first values of its own:
    they count above what was kept.
    """
    chat = Address("slack", sender.workspace, origin.chat)
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
        may = employee is not None and rights.may_open(db, desk, Intent(sender, chat, origin.token, ""), employee)
    if employee is None or not may:
        return None
    reader = inbox.reader_of(employee, chat, language_of(form.language) if form else None)
    asked = inbox.asked(desk, origin.token, reader)
    if asked is None:
        return None
    kept = unsent.load(desk, sender, origin.token)
    usual = {each.name: each.default for each in asked.form.fields}
    first = form.fields if form else ()
    told = {each.name: each.default for each in first if each.default != usual.get(each.name, each.default)}
    answers = {**(kept.answers if kept else {}), **told, **(words or {})}
    begun = desk.local_time(kept.begun_at) if kept else ""
    return Standing(reader, asked, origin, answers, kept.files if kept else {}, begun, told)


def filled(
    desk: Desk,
    found: Standing,
    *,
    begun: str = "",
    errors: Mapping[str, str] | None = None,
) -> Filled:
    """Return what is in a form: which of its questions are called for, and what its codes are called."""
    return Filled(
        answers=found.answers,
        files={name: len(each) for name, each in found.files.items() if each},
        visible=frozenset(checked(desk, found).visible),
        called=_called(desk, found),
        begun=begun,
        errors=errors or {},
        has_details=bool(found.asked.document.lines) or bool(items_in(found)),
    )


def checked(desk: Desk, found: Standing) -> Answers:
    return inbox.parse(desk, found.asked, raw(found), found.reader, given=tuple(found.files))


def raw(found: Standing) -> dict[str, str]:
    """Return every answer as it stands: what was written, or else what stood there at first."""
    return {each.name: each.default for each in found.form.fields} | dict(found.answers)


def items_in(found: Standing) -> Sequence[str]:
    """Return the codes of the items that stand in a form, unless somebody counts blind."""
    if suggestions.is_blind(found.asked):
        return ()
    values = raw(found)
    return list(
        dict.fromkeys(values[each.name] for each in found.form.fields if each.kind == "item" and values[each.name])
    )


def view(desk: Desk, found: Standing, *, begun: str = "", errors: Mapping[str, str] | None = None) -> View:
    """Return the page that somebody is at."""
    return modal.form(found.form, found.origin, filled(desk, found, begun=begun, errors=errors))


def pages(desk: Desk, found: Standing) -> Book:
    return book(found.form, filled(desk, found), found.origin.rows)


def _called(desk: Desk, found: Standing) -> Called:
    """Return what the codes in a form are called, by ``kind:code``."""
    coded = {each.name: each for each in found.form.fields if each.kind in SEARCHED}
    rules: dict[str, FieldRule] = {}
    for name in coded:
        if (rule := suggestions.rule_of(found.asked.flow, name)) is not None:
            rules[name] = rule
    with reading(desk.engine) as db:
        return CompanyBook(db, found.reader.name).names_in(rules, raw(found))
