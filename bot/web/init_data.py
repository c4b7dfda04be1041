"""Checks what Telegram says of who opened the Mini App. Pure: words and a clock in, an account out.

Source: Telegram Bot API, "Validating data received via the Mini App". The hash is HMAC-SHA256 of all fields but itself,
``name=value`` in the order of their names and a line each; its key is HMAC-SHA256 of the bot's token under the word
``WebAppData``. The field ``signature``, which is for those who have no token, counts as any other.
"""

import datetime as dt
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

LONGEST: Final = 4096
"""So many bytes it has at most; Telegram's own take about 700."""

FRESH: Final = dt.timedelta(minutes=5)
"""So long after Telegram signed it, which is when the window opened, it lets somebody in."""

SKEW: Final = dt.timedelta(seconds=30)
"""So far Telegram's clock may be ahead of ours."""

_FIELDS_MAX: Final = 32
_NAME: Final = re.compile(r"[a-z_]{1,32}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_MOMENT: Final = re.compile(r"[1-9][0-9]{0,10}")
_USER_ID_MAX: Final = 2**52
"""Telegram's ids have at most 52 significant bits."""


class NotTelegrams(Exception):
    """The words are not, or not any more, what Telegram gave to a window of this bot's Mini App."""


@dataclass(frozen=True, slots=True)
class Account:
    """A Telegram account. ``language`` is that of its app, such as ``zh-hans``, or empty."""

    id: int
    language: str


def account(words: str, token: str, *, now: dt.datetime) -> Account:
    """Return whose window it is, as Telegram signed it for the bot of this token. Raises NotTelegrams."""
    fields = _fields(words)
    given = fields.pop("hash", "")
    if not _HASH.fullmatch(given) or not hmac.compare_digest(_hash(fields, token), given):
        raise NotTelegrams
    signed_at = fields.get("auth_date", "")
    if not _MOMENT.fullmatch(signed_at):
        raise NotTelegrams
    age_s = now.timestamp() - int(signed_at)
    if not -SKEW.total_seconds() <= age_s <= FRESH.total_seconds():
        raise NotTelegrams
    return _user(fields.get("user", ""))


def _fields(words: str) -> dict[str, str]:
    """Return the fields, each of which may come once."""
    if not words.isascii() or len(words) > LONGEST:
        raise NotTelegrams
    try:
        pairs = parse_qsl(
            words, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_FIELDS_MAX
        )
    except ValueError:
        raise NotTelegrams from None
    fields = dict(pairs)
    if len(fields) < len(pairs) or not all(_NAME.fullmatch(name) for name in fields):
        raise NotTelegrams
    return fields


def _hash(fields: dict[str, str], token: str) -> str:
    told = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = hmac.digest(b"WebAppData", token.encode(), hashlib.sha256)
    return hmac.new(key, told.encode(), hashlib.sha256).hexdigest()


def _user(words: str) -> Account:
    try:
        user = json.loads(words)
    except ValueError:
        raise NotTelegrams from None
    user_id = user.get("id") if isinstance(user, dict) else None
    if not isinstance(user_id, int) or isinstance(user_id, bool) or not 0 < user_id < _USER_ID_MAX:
        raise NotTelegrams
    language = user.get("language_code", "")
    return Account(user_id, language if isinstance(language, str) else "")
