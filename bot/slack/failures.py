"""What a failure of Slack means for a delivery."""

from typing import Final

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.channel import DeliveryError

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
    "invalid_blocks": "refused",
    "invalid_blocks_format": "refused",
    "invalid_arguments": "refused",
    "msg_too_long": "refused",
    "msg_blocks_too_long": "refused",
    "too_many_attachments": "refused",
    "no_text": "refused",
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
        case TimeoutError():
            return DeliveryError("timed_out", permanent=False)
        case OSError():
            return DeliveryError("unreachable", permanent=False)
        case SlackClientError() | ValueError():
            return DeliveryError("bad_answer", permanent=False)
    return None


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
        return DeliveryError("slow_down", permanent=False, retry_after_s=_seconds(headers))
    if word in _FINAL:
        return DeliveryError(_FINAL[word], permanent=True)
    if word in _BY_THE_OPERATOR:
        return DeliveryError("bad_token", permanent=False)
    return DeliveryError("bad_answer", permanent=False)


def _seconds(headers: object) -> float:
    """Return the wait that Slack names; a header may come as a list of its values."""
    named = {str(name).lower(): value for name, value in dict(headers).items()} if isinstance(headers, dict) else {}
    value = named.get("retry-after", _WAIT_S)
    try:
        return max(float(value[0] if isinstance(value, list) else value), 1.0)
    except (ValueError, IndexError, TypeError):
        return _WAIT_S
