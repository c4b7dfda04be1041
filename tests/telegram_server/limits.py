"""How much Telegram takes: 30 messages in any second, one a second in a chat, 20 in any minute in a group.

Its Bots FAQ allows "short bursts" in a chat and names no number: four are taken here. An edit counts like a message.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.telegram_server.refusals import Refusal

JsonObject = dict[str, Any]

IN_A_SECOND: Final = 30
IN_A_MINUTE: Final = 20
BURST: Final = 4
_COUNTED: Final = ("send", "edit", "forward", "copy")


@dataclass(slots=True)
class Limits:
    """Refuses what is too much. ``clock`` gives seconds.

    ``drift_s``: by so much a call may have been held up on its way; on a clock that only a test moves it is 0.
    """

    clock: Callable[[], float] = time.monotonic
    drift_s: float = 0.0
    refused: int = 0
    _all: list[float] = field(default_factory=list)
    _of_chat: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    _unused_at: dict[int, float] = field(default_factory=dict)

    def count(self, method: str, values: JsonObject) -> None:
        """Count a call. Raises the 429 that Telegram answers when it is one too many; that one does not count."""
        chat = values.get("chat_id")
        if not method.startswith(_COUNTED) or method == "sendChatAction" or not isinstance(chat, int):
            return
        now = self.clock()
        waits = [
            _wait(self._all, now, IN_A_SECOND, 1.0 - self.drift_s),
            self._unused_at.get(chat, now) + 1.0 - self.drift_s - BURST - now,
        ]
        if chat < 0:
            waits.append(_wait(self._of_chat[chat], now, IN_A_MINUTE, 60.0 - self.drift_s))
        if max(waits) > 0:
            self.refused += 1
            wait_s = math.ceil(max(waits))
            raise Refusal(429, f"Too Many Requests: retry after {wait_s}", retry_after=wait_s)
        self._all = [*self._all, now][-IN_A_SECOND:]
        self._of_chat[chat] = [*self._of_chat[chat], now][-IN_A_MINUTE:]
        self._unused_at[chat] = max(self._unused_at.get(chat, now), now) + 1.0


def _wait(calls: list[float], now: float, count: int, span_s: float) -> float:
    """Return for how long there is no room for one more in a stretch of time."""
    return calls[-count] + span_s - now if len(calls) >= count else 0.0
