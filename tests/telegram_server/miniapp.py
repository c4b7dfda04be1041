"""What Telegram tells a Mini App of who opened it, signed as the Bot API describes."""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlencode


def signed(fields: Mapping[str, str], token: str) -> str:
    """Return the fields as ``tgWebAppData`` carries them, with the hash that only Telegram and the bot can make."""
    lines = [f"{name}={value}" for name, value in sorted(fields.items())]
    key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    return urlencode({**fields, "hash": hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).hexdigest()})
