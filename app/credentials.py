"""Tells a real secret from a missing, short or sample one, so that a start with a bad one is refused."""

import re
from collections.abc import Callable
from typing import Final

_SAMPLES: Final = re.compile(
    r"change.?me|change.?this|replace|your|example|sample|placeholder|dummy|insert|paste|todo|xxx|\.\.\.|[<>{}\s]",
    re.IGNORECASE,
)

_FROM_MANUALS: Final = frozenset(
    {
        "8f742231b10e8888abcd99yyyzzz85a5",  # Slack, verifying requests
        "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11",  # Telegram, Bot API
        "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",  # Telegram, Bot API
        "4839574812:AAFD39kkdpWt3ywyRZergyOLMaJhac60qc",  # Telegram, from BotFather to Hello World
    }
)

_MIN_DISTINCT: Final = 8
"""A random secret of 24 characters has fewer different ones once in far more than a million."""


def problem_with(value: str, *, starts: tuple[str, ...] = (), shape: str = "", length_min: int) -> str:
    """Return why a secret can't be a real one, to follow the words "it ", or nothing. Never holds the value."""
    checks: tuple[tuple[Callable[[], bool], str], ...] = (
        (lambda: value in _FROM_MANUALS or bool(_SAMPLES.search(value)), "is a sample value, not your own"),
        (lambda: bool(starts) and not value.startswith(starts), f"does not begin with {' or '.join(starts)}"),
        (lambda: len(value) < length_min, f"is too short: at least {length_min} characters are needed"),
        (lambda: bool(shape) and not re.fullmatch(shape, value), "does not have the shape of such a secret"),
        (lambda: len(set(value)) < _MIN_DISTINCT, "repeats too few characters to be a secret"),
    )
    return next((words for is_wrong, words in checks if is_wrong()), "")


_TOKENS: Final = re.compile(
    r"(?:xox[a-z](?:\.xox[a-z])?-|xapp-|xoxe-)[A-Za-z0-9-]{6,}"  # Slack bot, user, refresh and app tokens
    r"|(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}"  # Telegram bot tokens, in an address too
    r"|https://hooks\.slack\.com/\S+"  # Slack response addresses are secrets
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"  # name:password in an address
)


def masked(text: str, known: frozenset[str] = frozenset()) -> str:
    """Return a text without chat tokens, passwords in addresses and any of the known secrets."""
    for secret in known:
        text = text.replace(secret, "[secret]")
    return _TOKENS.sub("[secret]", text)
