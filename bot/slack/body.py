"""The body of a request of Slack's, parsed once: an event as JSON, an interaction as JSON in a field, or a command."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from starlette.responses import Response

_FIELDS_MAX: Final = 100
_OBJECTS: Final = ("event", "view", "channel", "team", "enterprise", "user", "container", "message")
"""What Bolt looks into, in what is no command, without asking what it is."""
_IDS: Final = ("team_id", "enterprise_id")


def read(content: bytes) -> dict[str, Any] | None:
    """Return what was sent, or None if it is of no shape that Slack sends."""
    try:
        words = content.decode()
        if words[:1] in ("{", "["):
            body = json.loads(words)
        else:
            body = dict(
                parse_qsl(words, keep_blank_values=True, strict_parsing=bool(words), max_num_fields=_FIELDS_MAX)
            )
            if "payload" in body:
                body = json.loads(body["payload"])
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and _is_shaped(body) else None


def _is_shaped(body: Mapping[str, Any]) -> bool:
    """Tell whether what Bolt looks into is what it takes it for; whether it is all there, our own models say."""
    if "command" in body or "ssl_check" in body:
        return True
    is_shaped = all(isinstance(body.get(name), dict | None) for name in _OBJECTS)
    is_shaped = is_shaped and all(isinstance(body.get(name), str | None) for name in _IDS)
    match body.get("type"):
        case "event_callback":
            is_shaped = is_shaped and _are_named([body.get("event") or {}], "type")
        case "block_actions":
            actions = body.get("actions")
            is_shaped = is_shaped and _are_objects(actions) and bool(actions) and _are_named(actions, "action_id")
        case "view_submission" | "view_closed":
            is_shaped = is_shaped and _are_named([body.get("view") or {}], "type")
    return is_shaped and _are_objects(body.get("authorizations") or [])


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _are_named(objects: Any, name: str) -> bool:
    return all(isinstance(each.get(name), str) for each in objects)


def request_of(body: dict[str, Any], headers: Mapping[str, str]) -> AsyncBoltRequest:
    """Return a request for Bolt, which in this mode takes a body that is parsed already."""
    return AsyncBoltRequest(body=body, headers=dict(headers), mode="socket_mode")


def response_of(answer: BoltResponse) -> Response:
    """Return Bolt's answer; none of ours sets a cookie."""
    return Response(answer.body, answer.status, answer.first_headers())
