"""Whether a message whose answer was lost stands in its chat all the same: Slack is asked before it is sent again.

Each message carries its key as metadata, which no reader sees. Reading needs ``im:history``, ``channels:history`` or
``groups:history``, all in our manifest; in a group of direct messages (``mpim``), where the app has no such right, and
in a workspace that was installed with fewer rights, a message is sent again with a line that says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import uuid4

from slack_sdk.models.blocks import ContextBlock
from slack_sdk.models.metadata import Metadata

from bot.channel import DeliveryError
from bot.slack.api import Api
from bot.slack.render import Message
from bot.slack.words import escaped, mrkdwn
from workflows.definition import Language
from workflows.intents import Address
from workflows.phrases import say

_EVENT: Final = "storekeeper_message"
_PAGE: Final = 200
_PAGES_MAX: Final = 5
"""A thousand messages back: what was tried ten minutes ago is found in a busy channel, too."""
_LINE_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class Once:
    """What is to be posted once. ``key`` is its own at every try; ``is_again``: an earlier try may have arrived."""

    key: str = field(default_factory=lambda: uuid4().hex)
    is_again: bool = False
    language: Language = "en"


def metadata(once: Once, *, part: int, parts: int) -> Metadata:
    """Return what one of a card's messages carries, so that it is found again."""
    return Metadata(_EVENT, {"key": once.key, "part": part, "parts": parts})


def answer_key(message: str) -> str:
    """Return the key of what answers a message: who looks for unanswered ones knows it by that."""
    return f"answer.{message}"


def key_of(message: Mapping[str, Any]) -> str:
    """Return the key that a message of ours carries, or nothing."""
    told = message.get("metadata") or {}
    return str((told.get("event_payload") or {}).get("key", "")) if told.get("event_type") == _EVENT else ""


def look(api: Api, chat: Address, once: Once, *, thread: str) -> Mapping[int, str] | None:
    """Return which parts stand in the chat or the thread, each with its id; None where the app may not read.

    Raises DeliveryError, with ``may_have_arrived``, when Slack can't be asked just now.
    """
    try:
        return _parts(api, chat, once.key, thread)
    except DeliveryError as error:
        if error.permanent or error.code == "bad_token":
            return None
        raise DeliveryError(
            error.code, permanent=False, retry_after_s=error.retry_after_s, may_have_arrived=True
        ) from None


def marked(messages: Sequence[Message], language: Language) -> Sequence[Message]:
    """Return messages that say that they may be there twice."""
    line = ContextBlock(elements=[mrkdwn(escaped(say(language, "slack.sent_again"), most=_LINE_MAX))])
    return (replace(messages[0], blocks=(line, *messages[0].blocks)), *messages[1:]) if messages else messages


def _parts(api: Api, chat: Address, key: str, thread: str) -> Mapping[int, str]:
    found: dict[int, str] = {}
    cursor = ""
    for _ in range(_PAGES_MAX):
        page = _page(api, chat, thread, cursor)
        for each in page["messages"]:
            if key_of(each) == key:
                payload = each["metadata"]["event_payload"]
                found[int(payload["part"])] = str(each["ts"])
                if len(found) == int(payload["parts"]):
                    return found
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    return found


def _page(api: Api, chat: Address, thread: str, cursor: str) -> Any:
    asked: dict[str, Any] = {
        "channel": chat.chat,
        "limit": _PAGE,
        "cursor": cursor or None,
        "include_all_metadata": True,
    }
    if thread:
        return api.call(
            chat.workspace,
            lambda client: client.conversations_replies(ts=thread, **asked),
            method="conversations.replies",
        )
    return api.call(
        chat.workspace, lambda client: client.conversations_history(**asked), method="conversations.history"
    )
