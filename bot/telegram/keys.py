"""The buttons under a message, as plain data in the Bot API's own shape."""

import ipaddress
import unicodedata
from collections.abc import Callable, Iterable
from typing import NotRequired, TypedDict, TypeVar
from urllib.parse import urlsplit

from bot.plain import one_line
from bot.telegram.lines import shortened
from workflows.cards import Button, Card
from workflows.definition import Language
from workflows.phrases import say

_STYLES = {"good": "success", "bad": "danger"}
_ROW_CELLS = 32
_ROW_KEYS_MAX = 3
_LABEL_UNITS_MAX = 64

Named = TypeVar("Named")


class App(TypedDict):
    """A page that Telegram opens as a Mini App; its address is https."""

    url: str


class Key(TypedDict):
    """An inline button: ``callback_data``, ``url`` or ``web_app`` says what it does; ``style`` is its colour."""

    text: str
    callback_data: NotRequired[str]
    url: NotRequired[str]
    web_app: NotRequired[App]
    style: NotRequired[str]


Keyboard = tuple[tuple[Key, ...], ...]


def inline_keyboard(card: Card, *, language: Language, is_private: bool, between: Keyboard = ()) -> Keyboard:
    """Return the card's outcomes, side by side where their words leave room, and under them its page on the web.

    The page opens in Telegram where the card has a long form, and the chat is a private one: elsewhere no button may.
    ``between`` stands under the outcomes: it shows more of the card.
    """
    rows = [tuple(_key(each) for each in row) for row in in_rows(card.buttons, label=_label)]
    rows += between
    if is_private and card.form_link:
        rows.append((opening(card.form_link, language),))
    elif opens_on_a_phone(card.link):
        rows.append(({"text": say(language, "card.open_page"), "url": card.link},))
    return tuple(rows)


def opening(link: str, language: Language) -> Key:
    """Return the button that opens a form as a page within Telegram."""
    return {"text": say(language, "telegram.open_form"), "web_app": {"url": link}}


def _key(button: Button) -> Key:
    label = _label(button)
    key: Key = {"text": label, "callback_data": button.token}
    if style := _STYLES.get(button.tone):
        key["style"] = style
    return key


def _label(button: Button) -> str:
    label = shortened(one_line(button.label), units_max=_LABEL_UNITS_MAX)
    return f"{label}…" if button.opens_form and not label.endswith("…") else label


def in_rows(keys: Iterable[Named], *, label: Callable[[Named], str]) -> list[list[Named]]:
    """Return the keys in rows of at most three whose labels fit the width of a phone."""
    rows: list[list[Named]] = []
    for key in keys:
        candidate = [*(rows[-1] if rows else []), key]
        widest = max(_cells(label(each)) for each in candidate)
        if rows and len(candidate) <= _ROW_KEYS_MAX and widest * len(candidate) <= _ROW_CELLS:
            rows[-1] = candidate
        else:
            rows.append([key])
    return rows


def _cells(label: str) -> int:
    """Return the width of a label: two cells for a Chinese character, one for a Latin one."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in label)


def opens_on_a_phone(link: str) -> bool:
    """Tell whether a link can be a button: Telegram takes http and https, and no host without a dot."""
    parts = urlsplit(link)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or "." not in host or host.endswith(".localhost"):
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True
