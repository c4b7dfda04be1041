"""Keeps bot tokens out of the logs: the HTTP client writes whole addresses, and Telegram puts the token into them."""

import logging
import re

_TOKEN = re.compile(r"\d{3,}:[A-Za-z0-9_-]{20,}")
_LIBRARIES = ("httpx", "httpcore", "telegram")
_LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.proxy",
    "telegram.Bot",
    "telegram.ext.Application",
    "telegram.ext.ExtBot",
    "telegram.ext.Updater",
    "telegram.request.BaseRequest",
)


def masked(text: str) -> str:
    """Return the text with every bot token replaced."""
    return _TOKEN.sub("<token>", text)


class _Mask(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = masked(record.getMessage()), ()
        return True


_MASK = _Mask()


def mask_tokens_in_logs() -> None:
    """Mask tokens in what the HTTP client and the Telegram library log, and let them speak from WARNING up only.

    Below that they log every message's words. A level that somebody has set for them is left as it is.
    """
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_MASK)  # adding the same one again does nothing
    for name in _LIBRARIES:
        if logging.getLogger(name).level == logging.NOTSET:
            logging.getLogger(name).setLevel(logging.WARNING)
