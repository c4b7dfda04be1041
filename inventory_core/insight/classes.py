"""ABC classes: which items make most of the value that is used."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Date

_SHARES: Final = (("A", Decimal("0.8")), ("B", Decimal("0.95")))
_USE_DAYS: Final = 365
_USED = text("""
    SELECT l.item_id, -SUM(l.value) AS worth FROM movement_lines l JOIN movements m ON m.id = l.movement_id
    JOIN locations c ON c.id = l.location_id
    WHERE m.kind IN ('issue', 'shipment') AND c.kind = 'bin' AND l.day >= :since GROUP BY l.item_id
""").bindparams(bindparam("since", type_=Date()))


def abc(db: Connection, today: dt.date) -> Mapping[int, str]:
    """Return the class of each item that was used in the last year: A, B or C by the value of its use.

    As ASCM defines them: the items that make the first 80 % of the value used are A, those to 95 % B. What was not used
    has no class, and counts as C.
    """
    since = today - dt.timedelta(days=_USE_DAYS)
    used = sorted(((int(row.worth), row.item_id) for row in db.execute(_USED, {"since": since})), reverse=True)
    total, so_far, found = Decimal(sum(worth for worth, _ in used)), Decimal(0), {}
    for worth, item_id in used:
        found[item_id] = next((name for name, share in _SHARES if total and so_far / total < share), "C")
        so_far += worth
    return found
