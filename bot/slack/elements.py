"""A question as the element of Block Kit that fits its kind. No side effects.

Slack refuses a whole modal for a first value that does not fit its element, so that one is set only where it does.
Limits: 100 options of 75 signs a select, 10 radio buttons, 150 signs of placeholder and of an option's value.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from slack_sdk.models.blocks import (
    InputBlock,
    InputInteractiveElement,
    NumberInputElement,
    Option,
    PlainTextInputElement,
    RadioButtonsElement,
    StaticSelectElement,
)
from slack_sdk.models.blocks.basic_components import DispatchActionConfig
from slack_sdk.models.blocks.block_elements import DatePickerElement, ExternalDataSelectElement, FileInputElement

from bot.slack.answers import BY_HAND, FILES_MAX
from bot.slack.words import cut, plain
from workflows.cards import Field
from workflows.definition import FieldKind, Language
from workflows.forms import CODED, FILES
from workflows.phrases import say

ANSWER: Final = "answer"
"""What the action id of each question begins with."""

SEARCHED: Final = CODED
"""The kinds that are found by typing a part of what they are called."""

OPTION_MAX: Final = 75
OPTIONS_MAX: Final = 100
_VALUE_MAX: Final = 150
_LABEL_MAX: Final = 300
_HINT_MAX: Final = 300
_PLACEHOLDER_MAX: Final = 150
_ANSWER_MAX: Final = 500
_RADIO_MAX: Final = 5
_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_PHOTO_KINDS: Final = ["jpg", "jpeg", "png", "webp"]
_AS_TYPED: Final = DispatchActionConfig(trigger_actions_on=["on_character_entered"])

Called = Mapping[str, str]
"""What codes are called, by ``kind:code``."""


def question(
    field: Field, language: Language, *, called: Called, serial: int = 0, before: str = "", has_files: bool = False
) -> InputBlock:
    """Return a field as an input.

    With another ``serial`` Slack does not keep what stood in the input before; ``before`` is said in front of the
    label. ``has_files``: some came already, so that no more have to.
    """
    unit = f" ({field.unit})" if field.unit else ""
    hint = "" if field.hint == say(language, "form.date_hint") else field.hint  # a calendar needs no example
    is_file = field.kind in FILES
    return InputBlock(
        block_id=field.name,
        label=plain(f"{before}{field.label}{unit}", most=_LABEL_MAX),
        element=_element(field, language, called, f"{ANSWER}.{serial}" if serial else ANSWER),
        hint=plain(hint, most=_HINT_MAX) if hint else None,
        optional=not field.required or has_files or field.kind == "signature",  # a photo does, too: we tell
        dispatch_action=None if is_file else True,  # what is written is kept while it is written
    )


def by_hand(field: Field, language: Language, *, serial: int = 0) -> InputBlock:
    """Return the place for a photo of a signature, beside that for the typed name."""
    return InputBlock(
        block_id=f"{field.name}{BY_HAND}",
        label=plain(say(language, "slack.sign_photo", label=field.label), most=_LABEL_MAX),
        element=FileInputElement(
            action_id=f"{ANSWER}.{serial}" if serial else ANSWER, filetypes=_PHOTO_KINDS, max_files=1
        ),
        optional=True,
    )


def option(label: str, value: str) -> Option:
    return Option(text=plain(label, most=OPTION_MAX), value=value)


def is_searched(field: Field) -> bool:
    """Tell whether a field's options are asked for while somebody types."""
    return field.kind in SEARCHED or (field.kind == "choice" and len(field.options) > OPTIONS_MAX)


def label_of(field: Field, value: str, called: Called) -> str:
    """Return an answer as it is shown: with what its code is called."""
    if field.kind in SEARCHED:
        known = called.get(f"{field.kind}:{value}") or _listed(field, value)
        return " · ".join(filter(None, (value, known if known != value else "")))
    return _listed(field, value) or value


def _listed(field: Field, value: str) -> str:
    return next((each.label for each in field.options if each.value == value), "")


def _element(field: Field, language: Language, called: Called, action_id: str) -> InputInteractiveElement:
    choose = plain(say(language, "form.choose"), most=_PLACEHOLDER_MAX)
    match field.kind:
        case "quantity" | "integer" | "decimal" | "money":
            return _number(field, action_id)
        case "date":
            known = field.default if _DAY.fullmatch(field.default) else None
            return DatePickerElement(action_id=action_id, initial_date=known, placeholder=choose)
        case "photo" | "file":
            kinds = _PHOTO_KINDS if field.kind == "photo" else [*_PHOTO_KINDS, "pdf"]
            return FileInputElement(action_id=action_id, filetypes=kinds, max_files=FILES_MAX)
        case _ if is_searched(field):
            known_value = field.default if 0 < len(field.default) <= _VALUE_MAX else ""
            return ExternalDataSelectElement(
                action_id=action_id,
                initial_option=option(label_of(field, known_value, called), known_value) if known_value else None,
                min_query_length=0,
                placeholder=plain(say(language, _SEARCH.get(field.kind, "form.choose")), most=_PLACEHOLDER_MAX),
            )
        case _ if field.options:
            return _choice(field, action_id, choose)
    return _text(field, action_id, language)


_SEARCH: Final[Mapping[FieldKind, str]] = {kind: f"form.find_{kind}" for kind in SEARCHED}


def _number(field: Field, action_id: str) -> NumberInputElement:
    is_whole = field.kind == "integer"
    known = _as_number(field.default, is_whole=is_whole)
    least = _as_number("0" if field.kind == "quantity" else field.least, is_whole=False)
    most = _as_number(field.most, is_whole=False)
    if not _is_between(least, known or least or "0", most):
        least = most = None  # a first value out of its bounds is refused by Slack, and told by us
    return NumberInputElement(
        action_id=action_id,
        is_decimal_allowed=not is_whole,
        initial_value=known,
        min_value=least,
        max_value=most,
        dispatch_action_config=_AS_TYPED,
    )


def _is_between(least: str | None, known: str, most: str | None) -> bool:
    return (least is None or Decimal(least) <= Decimal(known)) and (most is None or Decimal(known) <= Decimal(most))


def _as_number(words: str, *, is_whole: bool) -> str | None:
    """Return a number as Slack writes it, or None for what is none."""
    plain_digits = words.replace(",", "")
    is_number = _NUMBER.fullmatch(plain_digits) and not (is_whole and "." in plain_digits)
    return plain_digits if is_number else None


def _choice(field: Field, action_id: str, placeholder: object) -> InputInteractiveElement:
    options = [option(each.label, each.value) for each in field.options[:OPTIONS_MAX]]
    known = next((each for each in options if each.value == field.default), None)
    if len(options) <= _RADIO_MAX and field.required:  # a radio button, once chosen, can't be given up again
        return RadioButtonsElement(action_id=action_id, options=options, initial_option=known)
    return StaticSelectElement(action_id=action_id, options=options, initial_option=known, placeholder=placeholder)  # type: ignore[arg-type]


def _text(field: Field, action_id: str, language: Language) -> PlainTextInputElement:
    """Return an input for words; free text may have several lines, a code or a signature has one."""
    is_free = field.kind == "text"
    known = field.default[:_ANSWER_MAX] if is_free else cut(field.default, most=_ANSWER_MAX)
    scan = plain(say(language, "form.find_scan"), most=_PLACEHOLDER_MAX) if field.kind == "scan" else None
    return PlainTextInputElement(
        action_id=action_id,
        multiline=is_free,
        max_length=_ANSWER_MAX,
        initial_value=known or None,
        placeholder=scan,
        dispatch_action_config=_AS_TYPED,
    )
