"""A form as a modal, and the answers that come back. No side effects.

Limits: 100 blocks a view, a title of 24 signs, 3,000 of private metadata, 100 options of 75 a select.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pydantic import BaseModel
from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    InputInteractiveElement,
    NumberInputElement,
    Option,
    PlainTextInputElement,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.blocks.block_elements import DatePickerElement, FileInputElement
from slack_sdk.models.views import View

from bot.plain import language_of
from bot.slack.words import bold, cut, escaped, mrkdwn, plain
from workflows.cards import Field, FieldGroup, Form
from workflows.definition import Language
from workflows.phrases import say

CALLBACK: Final = "form"
ANSWER: Final = "answer"

_BLOCKS_MAX: Final = 100
_TITLE_MAX: Final = 24
_LABEL_MAX: Final = 300
_HINT_MAX: Final = 300
_TEXT_MAX: Final = 1_000
_OPTION_MAX: Final = 75
_OPTIONS_MAX: Final = 100
_ANSWER_MAX: Final = 500
_PHOTOS_MAX: Final = 5
_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_PHOTO_KINDS: Final = ["jpg", "jpeg", "png", "webp"]


class Origin(BaseModel):
    """Where a modal was opened, kept in it: the button, its chat, and the message under which it stood.

    ``reply_to`` is Slack's address for changing a message that only this person sees, else empty.
    """

    token: str
    chat: str
    message: str = ""
    reply_to: str = ""


def form(asked: Form, origin: Origin) -> View:
    """Return the questions of a form; where they are too many for a modal, a sentence that says where they are."""
    language = language_of(asked.language)
    blocks = _blocks(asked, apart=True)
    if len(blocks) > _BLOCKS_MAX:
        blocks = _blocks(asked, apart=False)
    if len(blocks) > _BLOCKS_MAX:
        return notice(asked.title, say(language, "slack.form_too_long"), language)
    return View(
        type="modal",
        callback_id=CALLBACK,
        title=plain(asked.title, most=_TITLE_MAX),
        submit=plain(asked.submit, most=_TITLE_MAX),
        close=plain(say(language, "web.close"), most=_TITLE_MAX),
        private_metadata=origin.model_dump_json(exclude_defaults=True),
        blocks=blocks,
    )


def notice(title: str, sentence: str, language: Language) -> View:
    """Return a modal that only says something."""
    return View(
        type="modal",
        title=plain(title, most=_TITLE_MAX),
        close=plain(say(language, "web.close"), most=_TITLE_MAX),
        blocks=[SectionBlock(text=mrkdwn(escaped(sentence, most=_TEXT_MAX)))],
    )


def _blocks(asked: Form, *, apart: bool) -> list[Block]:
    intro = [SectionBlock(text=mrkdwn(escaped(asked.intro, most=_TEXT_MAX)))] if asked.intro else []
    return [*intro, *(each for group in asked.groups for each in _group(group, asked, apart=apart))]


def _group(group: FieldGroup, asked: Form, *, apart: bool) -> Iterator[Block]:
    """Yield the questions about one line, under its name, or with the name in each label to save a block."""
    if apart and (group.title or group.detail):
        named = filter(None, (bold(group.title, most=_TEXT_MAX), escaped(group.detail, most=_TEXT_MAX)))
        yield SectionBlock(text=mrkdwn("\n".join(named)))
    before = f"{group.title} · " if group.title and not apart else ""
    for field in group.fields:
        unit = f" ({field.unit})" if field.unit else ""
        yield InputBlock(
            block_id=field.name,
            label=plain(f"{before}{field.label}{unit}", most=_LABEL_MAX),
            element=_element(field, language_of(asked.language)),
            hint=plain(field.hint, most=_HINT_MAX) if field.hint else None,
            optional=not field.required or field.is_conditional,
        )


def _element(field: Field, language: Language) -> InputInteractiveElement:
    match field.kind:
        case "quantity" | "integer" | "decimal" | "money":
            known = _if_like(_NUMBER, field.default.replace(",", ""))
            least = "0" if field.kind == "quantity" else None
            is_decimal = field.kind != "integer"
            return NumberInputElement(
                action_id=ANSWER, is_decimal_allowed=is_decimal, initial_value=known, min_value=least
            )
        case "date":
            return DatePickerElement(action_id=ANSWER, initial_date=_if_like(_DAY, field.default))
        case "photo" | "file":
            kinds = _PHOTO_KINDS if field.kind == "photo" else [*_PHOTO_KINDS, "pdf"]
            return FileInputElement(action_id=ANSWER, filetypes=kinds, max_files=_PHOTOS_MAX)
        case "text":
            known = cut(field.default, most=_ANSWER_MAX) or None
            return PlainTextInputElement(action_id=ANSWER, multiline=True, max_length=_ANSWER_MAX, initial_value=known)
        case _ if field.options:
            options = [_option(each.label, each.value) for each in field.options[:_OPTIONS_MAX]]
            known_option = next((each for each in options if each.value == field.default), None)
            return StaticSelectElement(
                action_id=ANSWER,
                options=options,
                initial_option=known_option,
                placeholder=plain(say(language, "form.choose"), most=_OPTION_MAX),
            )
    known = cut(field.default, most=_ANSWER_MAX) or None
    return PlainTextInputElement(action_id=ANSWER, max_length=_ANSWER_MAX, initial_value=known)


def _if_like(pattern: re.Pattern[str], default: str) -> str | None:
    """Return what may stand in a field at first; Slack refuses a whole modal for a number or day that is none."""
    return default if pattern.fullmatch(default) else None


def _option(label: str, value: str) -> Option:
    return Option(text=plain(label, most=_OPTION_MAX), value=value)


class _Chosen(BaseModel):
    value: str


class File(BaseModel):
    """A file that came with an answer."""

    name: str = ""
    size: int = 0
    url_private_download: str = ""


class _Given(BaseModel):
    value: str | None = None
    selected_option: _Chosen | None = None
    selected_date: str | None = None
    files: list[File] = []


class Answers(BaseModel):
    """The state of a sent modal."""

    values: dict[str, dict[str, _Given]] = {}

    def _given(self) -> Iterator[tuple[str, _Given]]:
        return ((name, given) for name, elements in self.values.items() for given in elements.values())

    @property
    def words(self) -> dict[str, str]:
        """What was written or chosen, by the field's name."""
        found = {}
        for name, given in self._given():
            if not given.files:
                chosen = given.selected_option.value if given.selected_option else given.selected_date
                found[name] = chosen or given.value or ""
        return found

    @property
    def files(self) -> dict[str, Sequence[File]]:
        """The files, by the field's name."""
        return {name: given.files[:_PHOTOS_MAX] for name, given in self._given() if given.files}
