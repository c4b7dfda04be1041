"""Inline mode: what somebody types after the bot's name in any chat, and the results that it offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.telegram_server.markup import formatted, units
from tests.telegram_server.refusals import bad_request

if TYPE_CHECKING:
    from tests.telegram_server.state import State

JsonObject = dict[str, Any]

RESULTS_MAX = 50
TEXT_UNITS_MAX = 4096


@dataclass(frozen=True, slots=True)
class Offer:
    """One result: what the list shows, and the words that are sent into the chat when it is chosen."""

    id: str
    title: str
    description: str
    text: str


@dataclass(slots=True)
class Inquiry:
    """A question in the input line of any chat. ``offers`` is None while nothing has come back."""

    id: str
    words: str
    offers: tuple[Offer, ...] | None = None
    button: JsonObject | None = None
    is_personal: bool = False


def answer_inline_query(state: State, values: JsonObject) -> bool:
    """Keep the results of a question, with the refusals that Telegram has for them."""
    asked = state.inquiries.get(values["inline_query_id"])
    if asked is None or asked.offers is not None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    results = values["results"]
    if len(results) > RESULTS_MAX:
        raise bad_request("RESULTS_TOO_MUCH")
    if len({each["id"] for each in results}) != len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    if len(values.get("next_offset", "").encode()) > 64:
        raise bad_request("NEXT_OFFSET_INVALID")
    button = values.get("button")
    if button is not None and not (button.get("start_parameter") or button.get("web_app")):
        raise bad_request("BUTTON_INVALID")
    asked.offers = tuple(_offer(each) for each in results)
    asked.button, asked.is_personal = button, values.get("is_personal", False)
    state.changed.notify_all()
    return True


def _offer(result: JsonObject) -> Offer:
    if not 1 <= len(result["id"].encode()) <= 64:
        raise bad_request("RESULT_ID_INVALID")
    if not result["title"].strip():
        raise bad_request("RESULT_TITLE_EMPTY")
    content = result["input_message_content"]
    words = formatted(content["message_text"], parse_mode=content.get("parse_mode"), entities=content.get("entities"))
    if not words.text or units(words.text) > TEXT_UNITS_MAX:
        raise bad_request("MESSAGE_EMPTY" if not words.text else "MESSAGE_TOO_LONG")
    return Offer(result["id"], result["title"], result.get("description", ""), words.text)
