"""How fast Telegram is called: 30 messages a second over all, one a second in a chat, 20 a minute in a group.

An edit counts like a message, and whatever else names a chat is counted, too; answers to taps are not limited. Who is
of a higher rank goes first: the background takes even steps and nothing ahead of its time, so that a place is free for
a person, or for an alert, at about the next step. Sources: Telegram's Bots FAQ ("My bot is hitting limits"); its
maintainer in tdlib/td#3034, tdlib/td#2592 and tdlib/telegram-bot-api#648; python-telegram-bot's AIORateLimiter for
channels, which count as groups.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from bot.pace import Keeper, OwnKeeper, Rate, Use, Window
from bot.ranks import Rank

IN_ALL: Final = Window(30, 1.02)
"""A little wider than a second, and below a little wider than a minute: calls drift on their way."""
IN_A_GROUP: Final = Window(20, 61.0)
A_CHAT_A_MINUTE: Final = 58
BURST: Final = 3
"""Telegram allows short bursts in a chat and names no number: an answer, the card that it changes, and a question."""

_CHAT: Final = Rate(A_CHAT_A_MINUTE, BURST)
_CHAT_STEP: Final = Rate(A_CHAT_A_MINUTE, 1)
_ALL_STEP: Final = Rate(60 * IN_ALL.count / IN_ALL.span_s, 3)
_GROUP_STEP: Final = Rate(60 * IN_A_GROUP.count / IN_A_GROUP.span_s, 2)
_GATE: Final = Rate(60_000, 1)

PATIENCE_S: Final = 0.3
"""So long the background waits for a turn. What has to wait longer is put off, so that no worker stands still."""
_CROWD_PATIENCE_S: Final = 2.0
"""So long in all, where others were faster."""
_PATIENCE_S: Final[Mapping[Rank, float]] = {Rank.PEOPLE: 90.0, Rank.ALERT: 4.0}
"""These book their turn ahead, so that nothing of a lower rank comes between: a group has one every 3 seconds."""

_rank: ContextVar[Rank] = ContextVar("rank", default=Rank.PEOPLE)


@contextmanager
def ranked(rank: Rank) -> Iterator[None]:
    """Let the calls in this block be of a rank; outside of any they are somebody's own dialogue."""
    token = _rank.set(rank)
    try:
        yield
    finally:
        _rank.reset(token)


class NotYetError(Exception):
    """The turn of a call is ``wait_s`` seconds away, which is longer than it may be waited for."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"not before {wait_s:.3f} s")
        self.wait_s = wait_s


class Pace:
    """Gives each call of one bot its turn.

    ``keeper`` is shared by the processes of an installation where they have a queue. It is asked in the event loop:
    it answers at once, or is not asked again for a while.
    """

    def __init__(
        self, bot_id: str, keeper: Keeper | None = None, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self._keeper = keeper or OwnKeeper()
        self._sleep = sleep
        self._prefix = f"telegram:{bot_id}"
        self._gate = Use(f"{self._prefix}:open", _GATE, 0)

    async def wait(self, chat: int | str | None) -> None:
        """Wait for the turn of a call to a chat, or of one to none. Raises NotYetError."""
        rank = _rank.get()
        if chat is None:
            await self._book([self._gate], patience_s=_PATIENCE_S[Rank.PEOPLE])
        elif rank in _PATIENCE_S:
            await self._book([self._gate, *self._of_chat(chat, rank)], patience_s=_PATIENCE_S[rank])
            await self._book([self._in_all], patience_s=_PATIENCE_S[rank])
        else:
            await self._catch([self._gate, *self._of_chat(chat, rank), self._in_all, self._step])

    def rest_s(self, chat: int | str) -> float:
        """Return after how many seconds a chat takes something from the background."""
        return self._keeper.take([self._gate, *self._of_chat(chat, Rank.TASK)], patience_s=-1).wait_s

    def close(self, chat: int | str | None, *, for_s: float) -> None:
        """Keep to Telegram's own wish: it is the chat that waits, or everything if it named none."""
        self._keeper.close(self._of_chat(chat, Rank.PEOPLE)[0] if chat is not None else self._gate, for_s=for_s)

    def move(self, chat: int | str, after: int) -> None:
        """Let a group that became another one go on at its pace."""
        for rank in (Rank.PEOPLE, Rank.TASK):
            before, now = self._of_chat(chat, rank), self._of_chat(after, rank)
            for old, new in zip(before, now, strict=False):
                self._keeper.inherit(new, old.key)

    async def _book(self, uses: list[Use], *, patience_s: float) -> None:
        turn = self._keeper.take(uses, patience_s=patience_s)
        if not turn.is_taken:
            raise NotYetError(turn.wait_s)
        if turn.wait_s:
            await self._sleep(turn.wait_s)

    async def _catch(self, uses: list[Use]) -> None:
        """Take a turn at the moment when there is one, however often another call was faster."""
        waited_s = 0.0
        while not (turn := self._keeper.take(uses, patience_s=0)).is_taken:
            if turn.wait_s > PATIENCE_S or waited_s > _CROWD_PATIENCE_S:
                raise NotYetError(turn.wait_s)
            waited_s += turn.wait_s
            await self._sleep(turn.wait_s)

    @property
    def _in_all(self) -> Use:
        return Use(f"{self._prefix}:all", IN_ALL)

    @property
    def _step(self) -> Use:
        return Use(f"{self._prefix}:all:step", _ALL_STEP)

    def _of_chat(self, chat: int | str, rank: Rank) -> list[Use]:
        """Return the limits of a chat; of a group, a supergroup or a channel there are more."""
        key, is_background = f"{self._prefix}:{chat}", rank not in _PATIENCE_S
        uses = [Use(key, _CHAT_STEP if is_background else _CHAT)]
        if not isinstance(chat, int) or chat < 0:
            uses.append(Use(f"{key}:group", IN_A_GROUP))
            uses += [Use(f"{key}:group:step", _GROUP_STEP)] if is_background else []
        return uses
