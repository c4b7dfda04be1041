"""What a failure of the Bot API means for a delivery."""

import datetime as dt
from typing import Final

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channel import DeliveryError

_BAD_REQUESTS = (
    ("chat not found", "chat_not_found"),
    ("message to edit not found", "message_gone"),
    ("message can't be edited", "message_gone"),
    ("message_id_invalid", "message_gone"),
    ("message thread not found", "topic_gone"),
    ("topic_closed", "topic_gone"),
    ("not enough rights", "no_rights"),
    ("have no rights to send", "no_rights"),
    ("chat_write_forbidden", "no_rights"),
    ("need administrator rights", "no_rights"),
    ("peer_id_invalid", "chat_not_found"),
    ("user is deactivated", "blocked"),
    ("can't parse entities", "bad_markup"),
)

_BEFORE_SENDING: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def delivery_error(error: TelegramError) -> DeliveryError:
    """Return the same failure in the notifier's terms: is it final, and when or where to try again."""
    match error:
        case ChatMigrated():
            return DeliveryError("chat_moved", permanent=False, moved_to=str(error.new_chat_id))
        case RetryAfter():
            wait = error.retry_after
            seconds = wait.total_seconds() if isinstance(wait, dt.timedelta) else float(wait)
            return DeliveryError("slow_down", permanent=False, retry_after_s=seconds)
        case Forbidden():
            return DeliveryError("blocked", permanent=True)
        case BadRequest():
            return DeliveryError(_code(error), permanent=True)
        case TimedOut():
            return DeliveryError("timed_out", permanent=False, may_have_arrived=not _never_left(error))
        case InvalidToken():  # an operator's mistake: what waits is sent once the token is put right
            return DeliveryError("bad_token", permanent=False)
        case Conflict():
            return DeliveryError("conflict", permanent=False)
        case NetworkError():
            return DeliveryError("unreachable", permanent=False, may_have_arrived=not _never_left(error))
        case _:
            return DeliveryError("bad_answer", permanent=False, may_have_arrived=True)


def _never_left(error: TelegramError) -> bool:
    """Tell whether a call failed before Telegram could have got it."""
    return isinstance(error.__cause__, _BEFORE_SENDING)


def _code(error: BadRequest) -> str:
    said = error.message.lower()
    return next((code for words, code in _BAD_REQUESTS if words in said), "refused")


def is_not_modified(error: TelegramError) -> bool:
    """Tell whether an edit was refused because the message shows just that already."""
    return isinstance(error, BadRequest) and "message is not modified" in error.message.lower()


def is_bad_markup(error: TelegramError) -> bool:
    """Tell whether the platform could not read our HTML."""
    return isinstance(error, BadRequest) and "can't parse entities" in error.message.lower()


_BAD_PHOTO = ("photo_invalid_dimensions", "image_process_failed", "too big for a photo", "file must be non-empty")


def is_bad_photo(error: TelegramError) -> bool:
    """Tell whether the picture itself was refused, so that the words can still go."""
    return isinstance(error, BadRequest) and any(each in error.message.lower() for each in _BAD_PHOTO)
