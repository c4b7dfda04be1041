"""What Slack refuses in a message or a view, and the emulator takes.

Source: Slack's reference of Block Kit; counts are UTF-16 units, as Slack's own are.
"""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

_OPTIONS = {"radio_buttons": 10, "checkboxes": 10, "overflow": 5}
_TEXT = {"header": 150, "section": 3_000}
_TOTAL_MAX = 13_200
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")


def complaint_about(method: str, given: Mapping[str, Any]) -> str:
    """Return what Slack would say against a call, or nothing."""
    blocks, view = _json(given.get("blocks", [])), _json(given.get("view", {}))
    return next(_complaints(method, given, blocks, view), "")


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _complaints(method: str, given: Mapping[str, Any], blocks: list[Any], view: dict[str, Any]) -> Iterator[str]:
    if _units(str(given.get("text", ""))) > 4_000:
        yield "text is over 4,000"
    if method.startswith("chat.") and method not in ("chat.delete", "chat.unfurl") and not given.get("text"):
        yield "no text for the notification"
    if len(blocks) > 50:
        yield f"{len(blocks)} blocks"
    if sum(_units(each["text"]) for block in blocks for each in _texts(block)) > _TOTAL_MAX:
        yield "block text is over 13,200"
    if view:
        yield from _of_view(view)
        blocks = view["blocks"]
        if len(blocks) > 100:
            yield f"{len(blocks)} blocks in a view"
    for block in blocks:
        yield from _of_block(block)
    yield from _of_models(blocks, view)
    for url, each in _json(given.get("unfurls", {})).items():
        if (found := complaint_about("unfurl", each)) or len(url) > 3_000:
            yield f"unfurl: {found}"


def _of_models(blocks: list[Any], view: dict[str, Any]) -> Iterator[str]:
    """Ask slack_sdk's own models, too."""
    try:
        for each in Block.parse_all(deepcopy(blocks)):
            each.to_dict()
        if view:
            View(**deepcopy(view)).to_dict()
    except SlackObjectFormationError as error:
        yield str(error)


def _of_view(view: dict[str, Any]) -> Iterator[str]:
    for name in ("title", "submit", "close"):
        if name in view and not 1 <= _units(view[name]["text"]) <= 24:
            yield f"{name} of {_units(view[name]['text'])}"
    if _units(view.get("private_metadata", "")) > 3_000:
        yield "private_metadata is over 3,000"
    names = [block["block_id"] for block in view["blocks"] if "block_id" in block]
    if len(names) != len(set(names)):
        yield "two blocks have one block_id"


def _texts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text"):
            yield value
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _of_block(block: dict[str, Any]) -> Iterator[str]:
    kind = block["type"]
    for each in _texts(block):
        if not each["text"]:
            yield f"an empty text in a {kind}"
        if each["type"] == "mrkdwn" and _ENTITY.search(each["text"]):
            yield "a bare & in mrkdwn"
    if kind in _TEXT and "text" in block and _units(block["text"]["text"]) > _TEXT[kind]:
        yield f"text of a {kind} is over {_TEXT[kind]}"
    if kind == "header" and block["text"]["type"] != "plain_text":
        yield "a header is plain text"
    if kind == "section" and not (block.get("text") or block.get("fields")):
        yield "a section without words"
    if len(block.get("fields", [])) > 10 or any(_units(each["text"]) > 2_000 for each in block.get("fields", [])):
        yield "fields of a section"
    if kind == "context" and not 1 <= len(block["elements"]) <= 10:
        yield "elements of a context"
    if kind == "section" and "accessory" in block:
        yield from _of_buttons([block["accessory"]])
    if kind == "actions":
        yield from _of_buttons(block["elements"])
    if kind == "input":
        yield from _of_input(block)
    if _units(block.get("block_id", "")) > 255:
        yield "block_id is over 255"
    for each in _elements(block):
        if _units(each.get("action_id", "")) > 255:
            yield "action_id is over 255"
        if "options" in each:
            yield from _of_select(each)
        if _units(each.get("placeholder", {"text": ""})["text"]) > 150:
            yield "placeholder of an element"


def _elements(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what can be used in a block."""
    if block["type"] == "actions":
        yield from block["elements"]
    for name in ("element", "accessory"):
        if name in block:
            yield block[name]


def _of_buttons(elements: list[dict[str, Any]]) -> Iterator[str]:
    if not 1 <= len(elements) <= 25:
        yield f"{len(elements)} buttons in a row"
    names = [each["action_id"] for each in elements]
    if len(names) != len(set(names)):
        yield "two buttons have one action_id"
    for each in (element for element in elements if element["type"] == "button"):
        if each["text"]["type"] != "plain_text" or _units(each["text"]["text"]) > 75:
            yield "text of a button"
        if _units(each.get("value", "")) > 2_000 or each.get("style", "primary") not in ("primary", "danger"):
            yield "value or style of a button"


def _of_options(options: list[dict[str, Any]]) -> Iterator[str]:
    if any(not 1 <= _units(each["text"]["text"]) <= 75 or not 1 <= _units(each["value"]) <= 150 for each in options):
        yield "an option of a select"


def _of_input(block: dict[str, Any]) -> Iterator[str]:
    if _units(block["label"]["text"]) > 2_000 or _units(block.get("hint", {"text": ""})["text"]) > 2_000:
        yield "label or hint of an input"
    element = block["element"]
    if element["type"] in ("static_select", "radio_buttons"):
        yield from _of_select(element)
    if element["type"] == "external_select":
        yield from _of_options([element["initial_option"]] if "initial_option" in element else [])
    if element["type"] == "number_input":
        yield from _of_number(element)
    if element["type"] == "plain_text_input" and _units(element.get("initial_value", "")) > element.get(
        "max_length", 3_000
    ):
        yield "a first value that is longer than the text may be"
    if element["type"] == "file_input" and block.get("dispatch_action"):
        yield "a file_input that dispatches"


def _of_number(element: dict[str, Any]) -> Iterator[str]:
    known, least, most = (element.get(each) for each in ("initial_value", "min_value", "max_value"))
    if known is not None:
        if not element["is_decimal_allowed"] and "." in known:
            yield "a first value that is no whole number"
        if not Decimal(least or known) <= Decimal(known) <= Decimal(most or known):
            yield "a first value out of its bounds"
    if least is not None and most is not None and Decimal(least) > Decimal(most):
        yield "bounds that hold nothing"


def _of_select(element: dict[str, Any]) -> Iterator[str]:
    options = element.get("options", [])
    if not 1 <= len(options) <= _OPTIONS.get(element["type"], 100):
        yield f"{len(options)} options of a select"
    yield from _of_options(options)
    if _units(element.get("placeholder", {"text": ""})["text"]) > 150:
        yield "placeholder of a select"
    if "initial_option" in element and element["initial_option"] not in options:
        yield "an initial option that is none of the options"
