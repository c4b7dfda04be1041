"""What a stage's actions are given."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from inventory_core.document import Document


@dataclass(frozen=True, slots=True)
class Order:
    """An action to carry out in the transaction of the last answer. ``key`` is the same whenever it is tried again."""

    document: Document
    employee_id: int
    now: dt.datetime
    today: dt.date
    key: str


Action = Callable[[Connection, Order], None]
