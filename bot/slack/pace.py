"""How fast Slack is called: never faster than it takes, and not at all where it asked to wait.

Source: Slack's "Rate limits" and its reference of each method.
"""

import time
from collections.abc import Callable, Mapping
from typing import Final

from bot.channel import DeliveryError
from bot.pace import Keeper, OwnKeeper, Rate, Use

PATIENCE_S: Final = 0.25
"""So long a thread waits for its turn. What has to wait longer is put off by whoever sends it, so that neither a worker
nor one of the few threads that taps need stands still for one busy channel."""

_POST: Final = "chat.postMessage"
_UPDATE: Final = "chat.update"
_POST_BURST: Final = 10
"""A card is six messages at most, so one fits, and an answer beside it."""

_TIER_2: Final = Rate(20, 10)
_TIER_3: Final = Rate(50, 25)
_TIER_4: Final = Rate(100, 50)
_IN_ALL: Final = Rate(300, 100)
_IN_A_CHAT: Final = Rate(60, _POST_BURST)
_OF_A_MESSAGE: Final = Rate(60, 1)

RATES: Final[Mapping[str, Rate]] = {
    _POST: _IN_ALL,
    _UPDATE: _TIER_3,
    "chat.postEphemeral": _TIER_4,
    "chat.delete": _TIER_3,
    "chat.unfurl": _TIER_3,
    "conversations.open": _TIER_3,
    "conversations.history": _TIER_3,
    "conversations.replies": _TIER_3,
    "conversations.list": _TIER_2,
    "files.upload": _TIER_4,
    "reactions.add": _TIER_3,
    "views.publish": _TIER_4,
}
"""A method that is not named here is not paced: what answers a person within three seconds goes at once."""


class Pace:
    """Gives each call its turn. ``keeper`` is shared by the processes of an installation where they have a queue."""

    def __init__(
        self,
        keeper: Keeper | None = None,
        *,
        patience_s: float = PATIENCE_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._keeper = keeper or OwnKeeper()
        self._patience_s = patience_s
        self._sleep = sleep

    def wait(self, workspace: str, method: str, *, chat: str = "", message: str = "", count: int = 1) -> None:
        """Wait for the turn of ``count`` calls. Raises DeliveryError, with when to try again, if that takes long."""
        uses = _uses(workspace, method, chat, message, count)
        if not uses:
            return
        turn = self._keeper.take(uses, patience_s=self._patience_s)
        if not turn.is_taken:
            raise DeliveryError("slow_down", permanent=False, retry_after_s=turn.wait_s)
        if turn.wait_s:
            self._sleep(turn.wait_s)

    def close(self, workspace: str, method: str, *, chat: str = "", for_s: float) -> None:
        """Keep to Slack's own wish: posting waits in that chat alone, another method in the whole workspace."""
        uses = _uses(workspace, method, chat, "", 1)
        if uses:
            self._keeper.close(uses[-1], for_s=for_s)


def _uses(workspace: str, method: str, chat: str, message: str, count: int) -> list[Use]:
    """Return the limits of a call, the narrowest last; those of one message come first, for they are ours alone."""
    rate = RATES.get(method)
    if rate is None or not count:
        return []
    uses = [Use(f"{workspace}:{method}", rate, count)]
    if method == _POST and chat:
        uses.append(Use(f"{workspace}:{method}:{chat}", _IN_A_CHAT, count))
    if method == _UPDATE and message:
        uses.insert(0, Use(f"{workspace}:{method}:{chat}:{message}", _OF_A_MESSAGE))
    return uses
