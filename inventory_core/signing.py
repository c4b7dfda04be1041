"""Signs what goes to a partner over the network, and checks what comes: HMAC-SHA256 over the moment and the body.

The header reads ``t=1764000000,v1=HEX``; HEX is the HMAC of ``t``, a dot and the body. Source: RFC 2104.
"""

import datetime as dt
import hashlib
import hmac
import re
from typing import Final

HEADER: Final = "X-Storekeeper-Signature"
_FRESH: Final = dt.timedelta(minutes=5)
_SHAPE: Final = re.compile(r"t=(?P<at>\d{1,12}),v1=(?P<hex>[0-9a-f]{64})")


def sign(secret: str, body: bytes, *, now: dt.datetime) -> str:
    """Return the header's value for a body that is sent now."""
    at = int(now.timestamp())
    return f"t={at},v1={_digest(secret, at, body)}"


def is_signed(secret: str, body: bytes, signature: str, *, now: dt.datetime) -> bool:
    """Tell whether a body carries the secret's signature, made within five minutes of now."""
    found = _SHAPE.fullmatch(signature)
    if found is None or abs(now.timestamp() - int(found["at"])) > _FRESH.total_seconds():
        return False
    return hmac.compare_digest(_digest(secret, int(found["at"]), body), found["hex"])


def _digest(secret: str, at: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
