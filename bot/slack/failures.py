"""What a failure of Slack means for a delivery."""

import re
from socket import gaierror
from typing import Final
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackClientError, SlackObjectFormationError

from bot.channel import DeliveryError

REFUSED: Final = "refused"
SLOW_DOWN: Final = "slow_down"
_FINAL: Final = {
    "channel_not_found": "chat_not_found",
    "not_in_channel": "not_in_channel",
    "is_archived": "chat_closed",
    "user_not_found": "blocked",
    "users_not_found": "blocked",
    "user_disabled": "blocked",
    "cannot_dm_bot": "blocked",
    "messages_tab_disabled": "blocked",
    "message_not_found": "message_gone",
    "cant_update_message": "message_gone",
    "thread_not_found": "thread_gone",
    "already_reacted": "marked",
    "edit_window_closed": "message_gone",
    "restricted_action": "no_rights",
    "ekm_access_denied": "no_rights",
    "invalid_blocks": REFUSED,
    "invalid_blocks_format": REFUSED,
    "invalid_arguments": REFUSED,
    "msg_too_long": REFUSED,
    "msg_blocks_too_long": REFUSED,
    "too_many_attachments": REFUSED,
    "no_text": REFUSED,
    "expired_trigger_id": "too_late",
    "trigger_expired": "too_late",
    "invalid_trigger_id": "too_late",
    "exchanged_trigger_id": "too_late",
}
_BY_THE_OPERATOR: Final = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope"}
)
"""Mistakes that a person puts right: what waits is sent then."""
TOKEN_REFUSED: Final = frozenset({"invalid_auth", "account_inactive", "token_revoked", "token_expired"})
"""Slack does not take the token itself, whatever it was to be used for."""
_TOO_MANY: Final = 429
_FAULT: Final = 500
_GONE: Final = frozenset({403, 404, 410})
"""An address for answers is good for half an hour and five answers."""
_NOT_SURE: Final = frozenset(
    {"", "internal_error", "fatal_error", "request_timeout", "service_unavailable", "team_added_to_org"}
)
"""Errors after which Slack itself can't say whether the call was done."""
_NAME: Final = re.compile(r"[a-z0-9_]*")
_WAIT_S: Final = 30.0


def delivery_error(error: Exception) -> DeliveryError | None:
    """Return the same failure in the notifier's terms, or None for what is no failure of Slack.

    Slack's own words may hold a token, so they don't travel along.
    """
    match error:
        case DeliveryError():
            return error
        case SlackApiError():
            return _refusal(error)
        case SlackObjectFormationError():  # slack_sdk refuses what Slack would
            return DeliveryError(REFUSED, permanent=True)
        case TimeoutError():
            return DeliveryError("timed_out", permanent=False, may_have_arrived=True)
        case URLError(reason=ConnectionRefusedError() | gaierror()):
            return DeliveryError("unreachable", permanent=False)
        case OSError():
            return DeliveryError("unreachable", permanent=False, may_have_arrived=True)
        case SlackClientError() | ValueError():
            return DeliveryError("bad_answer", permanent=False, may_have_arrived=True)
    return None


def answer_error(status: int, headers: object) -> DeliveryError:
    """Return what it means that an address for answers, which has no words of its own, did not take one."""
    if status == _TOO_MANY:
        return DeliveryError(SLOW_DOWN, permanent=False, retry_after_s=_seconds(headers))
    if status >= _FAULT:
        return DeliveryError("bad_answer", permanent=False)
    return DeliveryError("too_late" if status in _GONE else REFUSED, permanent=True)


def said(error: SlackApiError) -> str:
    """Return Slack's word for what went wrong, empty where it had none."""
    return str(error.response.get("error", "")) if hasattr(error.response, "get") else ""


def token_refusal(error: SlackApiError) -> str:
    """Return Slack's word for why it does not take a token, empty where it does."""
    return word if (word := said(error)) in TOKEN_REFUSED else ""


def _refusal(error: SlackApiError) -> DeliveryError:
    response = error.response
    status = getattr(response, "status_code", 200)
    headers = getattr(response, "headers", {}) or {}
    word = said(error)
    if status == _TOO_MANY or word in ("ratelimited", "rate_limited"):
        return DeliveryError(SLOW_DOWN, permanent=False, retry_after_s=_seconds(headers))
    if word in _FINAL:
        return DeliveryError(_FINAL[word], permanent=True)
    if word in _BY_THE_OPERATOR:
        return DeliveryError("bad_token", permanent=False)
    is_lost = status >= _FAULT or word in _NOT_SURE or not _NAME.fullmatch(word)
    return DeliveryError("bad_answer", permanent=False, may_have_arrived=is_lost)


def _seconds(headers: object) -> float:
    """Return the wait that Slack names; a header may come as a list of its values."""
    named = {str(name).lower(): value for name, value in dict(headers).items()} if isinstance(headers, dict) else {}
    value = named.get("retry-after", _WAIT_S)
    try:
        return max(float(value[0] if isinstance(value, list) else value), 1.0)
    except (ValueError, IndexError, TypeError):
        return _WAIT_S
