"""A form as a modal, page by page, and what else a modal says. No side effects.

Limits: 100 blocks a view, a title of 24 signs, 3,000 of private metadata.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from pydantic import BaseModel
from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ContextBlock, DividerBlock, SectionBlock
from slack_sdk.models.views import View

from bot.plain import language_of
from bot.slack import elements
from bot.slack.pages import Book, Filled, Page, book, parts, row_of, rows_of, tables
from bot.slack.words import bold, escaped, mrkdwn, plain
from workflows.cards import Field, FieldGroup, Form
from workflows.definition import Language
from workflows.phrases import say

CALLBACK: Final = "form"
ACTS: Final = "form."
"""What the action id of each button in a form begins with."""
BACK, PAGE, ADD, DROP, AFRESH, DETAILS = (f"{ACTS}{each}" for each in ("back", "page", "add", "drop", "new", "see"))
SUMMARY: Final = -1
"""The page on which all answers are read once more before they are sent."""

TITLE_MAX: Final = 24
_TEXT_MAX: Final = 1_000
_BUTTON_MAX: Final = 75
_PARTS_MAX: Final = 80
_SUMMARY_MAX: Final = 40_000
_PART_MAX: Final = 2_800
_VALUE_MAX: Final = 120


class Origin(BaseModel):
    """Where a modal was opened, kept in it: the button, its chat, and the message under which it stood.

    ``reply_to`` is Slack's address for changing a message that only this person sees, else empty. Of a form's modal
    also where in it somebody is: the page, how often its answers were changed for them (``serial``), how many rows of
    each table they asked for, and whether they came from the summary and go back there.
    """

    token: str
    chat: str
    message: str = ""
    reply_to: str = ""
    page: int = 0
    serial: int = 0
    rows: dict[str, int] = {}
    returns: bool = False


def form(asked: Form, origin: Origin, filled: Filled | None = None) -> View:
    """Return a page of a form, or the summary of its answers."""
    filled = filled or Filled()
    language = language_of(asked.language)
    whole = book(asked, filled, origin.rows)
    is_summary = origin.page == SUMMARY and not whole.is_one_page
    number = len(whole.pages) if is_summary else min(max(origin.page, 0), len(whole.pages) - 1)
    origin = origin.model_copy(update={"page": SUMMARY if is_summary else number})
    blocks = _summary(whole, filled, language) if is_summary else _page(asked, whole, number, origin, filled)
    is_last = is_summary or whole.is_one_page
    return View(
        type="modal",
        callback_id=CALLBACK,
        title=plain(asked.title, most=TITLE_MAX),
        submit=plain(asked.submit if is_last else say(language, "slack.next"), most=TITLE_MAX),
        close=plain(say(language, "web.close"), most=TITLE_MAX),
        private_metadata=origin.model_dump_json(exclude_defaults=True),
        notify_on_close=True,
        blocks=[*blocks, *_foot(number, filled, language)],
    )


def notice(title: str, sentence: str, language: Language) -> View:
    """Return a modal that only says something."""
    return View(
        type="modal",
        title=plain(title, most=TITLE_MAX),
        close=plain(say(language, "web.close"), most=TITLE_MAX),
        blocks=[SectionBlock(text=mrkdwn(escaped(sentence, most=_TEXT_MAX)))],
    )


def _page(asked: Form, whole: Book, number: int, origin: Origin, filled: Filled) -> Iterator[Block]:
    language, page = language_of(asked.language), whole.pages[number]
    if filled.begun:
        yield SectionBlock(
            text=mrkdwn(escaped(say(language, "slack.begun", when=filled.begun), most=_TEXT_MAX)),
            accessory=_button(say(language, "slack.afresh"), AFRESH),
        )
    if asked.intro and number == 0:
        yield SectionBlock(text=mrkdwn(escaped(asked.intro, most=_TEXT_MAX)))
    if not whole.is_one_page:
        yield ContextBlock(elements=[plain(_where(whole, page, number, language), most=_TEXT_MAX)])
    if not page.groups:
        yield SectionBlock(text=mrkdwn(escaped(say(language, "slack.nothing_asked"), most=_TEXT_MAX)))
    rows = rows_of(asked, filled.answers, origin.rows)
    for place, group in enumerate(page.groups):
        if place:
            yield DividerBlock()
        yield from _group(group, filled, rows, origin.serial, language)
    most = tables(asked)
    for table in _ended(page, rows):
        if filled.visible is not None and rows[table] < most[table]:
            label = say(language, "slack.add_row", label=_named(asked, table))
            yield ActionsBlock(elements=[_button(label, f"{ADD}.{table}", value=table)])


def _where(whole: Book, page: Page, number: int, language: Language) -> str:
    step = say(language, "slack.step", n=number + 1, of=len(whole.pages))
    if not page.first or whole.lines == 1:
        return step
    key = "slack.line_of" if page.first == page.last else "slack.lines_of"
    return f"{step} · {say(language, key, first=page.first, last=page.last, of=whole.lines)}"


def _ended(page: Page, rows: dict[str, int]) -> Sequence[str]:
    """Return the tables whose last row stands on a page."""
    found = (row_of(group.fields[-1].name) for group in page.groups)
    return [row[0] for row in found if row and row[1] == rows[row[0]]]


def _named(asked: Form, table: str) -> str:
    """Return what a table is called: its rows' title without their number."""
    rows = (group for group in asked.groups if (row := row_of(group.fields[0].name)) and row[0] == table)
    return next(rows).title.rpartition("·")[0].strip()


def _group(group: FieldGroup, filled: Filled, rows: dict[str, int], serial: int, language: Language) -> Iterator[Block]:
    """Yield the questions about one line under its name, above each what was wrong with its answer."""
    if group.title or group.detail:
        named = filter(None, (bold(group.title, most=_TEXT_MAX), escaped(group.detail, most=_TEXT_MAX)))
        row = row_of(group.fields[0].name)
        can_go = row and rows.get(row[0], 1) > 1 and filled.visible is not None
        drop = _button(say(language, "slack.drop_row"), DROP, value=f"{row[0]}.{row[1]}") if row and can_go else None
        yield SectionBlock(text=mrkdwn("\n".join(named)), accessory=drop)
    for each in group.fields:
        if error := filled.errors.get(each.name):
            yield ContextBlock(elements=[mrkdwn(f":warning: {bold(error, most=_TEXT_MAX)}")])
        count = filled.files.get(each.name, 0)
        if count:
            kept = escaped(say(language, "slack.files_kept", n=count), most=_TEXT_MAX)
            yield ContextBlock(elements=[mrkdwn(f"{bold(each.label, most=_TEXT_MAX)} {kept}")])
        yield elements.question(each, language, called=filled.called, serial=serial, has_files=bool(count))
        if each.kind == "signature":
            yield elements.by_hand(each, language, serial=serial)


def _summary(whole: Book, filled: Filled, language: Language) -> Iterator[Block]:
    yield SectionBlock(text=mrkdwn(escaped(say(language, "slack.summary"), most=_TEXT_MAX)))
    found = parts(whole.pages, _PARTS_MAX)
    most = min(_PART_MAX, _SUMMARY_MAX // len(found))
    titles = {each.name: group.title for page in whole.pages for group in page.groups for each in group.fields}
    for number, fields in found:
        yield SectionBlock(
            text=mrkdwn(_answers(fields, titles, filled, language, most)),
            accessory=_button(say(language, "slack.change"), f"{PAGE}.{number}", value=str(number)),
        )


def _answers(fields: Sequence[Field], titles: dict[str, str], filled: Filled, language: Language, most: int) -> str:
    """Return some answers, those about one line together under its name; as many as there is room for."""
    lines = list[str]()
    for title, about in groupby(fields, key=lambda each: titles[each.name]):
        answers = [_answer(each, filled, language) for each in about]
        if title:
            lines += [bold(title, most=_VALUE_MAX), " · ".join(answers)]
        else:
            lines += [*([""] if lines else []), *answers]
    kept = list[str]()
    for line in lines:
        if sum(len(each) + 1 for each in kept) + len(line) > most - 2:
            return "\n".join([*kept, "…"])
        kept.append(line)
    return "\n".join(kept)


def _answer(field: Field, filled: Filled, language: Language) -> str:
    count = filled.files.get(field.name, 0)
    value = elements.label_of(field, field.default, filled.called)
    said = say(language, "slack.files_kept", n=count) if count else " ".join(filter(None, (value, _unit(field))))
    return f"{escaped(field.label, most=_VALUE_MAX)}: {bold(said, most=_VALUE_MAX) or '–'}"


def _unit(field: Field) -> str:
    return field.unit if field.default else ""


def _foot(number: int, filled: Filled, language: Language) -> list[Block]:
    offered = [_button(f"‹ {say(language, 'form.back')}", BACK)] if number else []
    if filled.has_details:
        offered.append(_button(say(language, "slack.details"), DETAILS))
    return [ActionsBlock(elements=offered)] if offered else []


def _button(label: str, action_id: str, *, value: str = "") -> ButtonElement:
    return ButtonElement(text=plain(label, most=_BUTTON_MAX), action_id=action_id, value=value or "1")
