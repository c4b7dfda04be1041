"""Whether a request comes from Slack: its signature over the raw body, before anything reads that body.

Source: Slack's "Verifying requests from Slack", version v0.
"""

import hashlib
import hmac
import re
from typing import Final

_OLDEST_S: Final = 300
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")


def is_from_slack(body: bytes, *, timestamp: str, signature: str, secret: str, now_s: float) -> bool:
    """Tell whether ``signature`` is that of the body and of a ``timestamp`` within five minutes of now, both ways."""
    if not _TIMESTAMP.fullmatch(timestamp) or abs(now_s - int(timestamp)) > _OLDEST_S:
        return False
    signed = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return hmac.compare_digest(f"v0={signed.hexdigest()}".encode(), signature.encode())
