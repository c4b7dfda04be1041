"""Who goes first where a platform takes only so much: a person's own dialogue, then alerts, tasks and digests."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final


class Rank(IntEnum):
    """The smaller goes first."""

    PEOPLE = 0
    """What somebody waits for who has just written or tapped."""
    ALERT = 1
    TASK = 2
    DIGEST = 3


OF_KIND: Final[Mapping[str, Rank]] = {"alert": Rank.ALERT, "digest": Rank.DIGEST}
"""By the kind of a message's subject; any other is about a task."""


def of_subject(subject: str) -> Rank:
    """Return the rank of a message that nobody asked for, such as ``alert:3.1``."""
    return OF_KIND.get(subject.partition(":")[0], Rank.TASK)
