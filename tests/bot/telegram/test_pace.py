"""How fast Telegram is called: its limits are never passed, its wishes kept, and who is more urgent goes first."""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

import pytest

from bot.pace import OwnKeeper
from bot.ranks import Rank
from bot.telegram.pace import NotYetError, Pace, ranked
from tests.bot.unpaced import Clock

GROUP = -4001


class Turns:
    """Calls on a clock that moves only while somebody waits; ``at`` is when each call went to its chat."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.pace = Pace("1", OwnKeeper(self.clock), sleep=self.clock.sleep)
        self.at: list[tuple[float, int | None]] = []

    def go(self, chat: int | None, rank: Rank = Rank.TASK) -> float | None:
        """Make a call, and return None, or after how many seconds it is to be tried again."""
        try:
            with ranked(rank):
                asyncio.run(self.pace.wait(chat))
        except NotYetError as error:
            return error.wait_s
        self.at.append((self.clock.now, chat))
        return None

    def spread(self, chats: list[int], *, for_s: float, rank: Rank = Rank.TASK) -> None:
        """Send to each of the chats as often as it may be for so long."""
        until = self.clock.now + for_s
        while self.clock.now < until:
            waits = [self.go(each, rank) for each in chats]
            if all(waits):
                self.clock.now += min(each for each in waits if each)

    def most_in(self, span_s: float, chat: int | None = None) -> int:
        """Return how many calls at most went in any stretch of time, to a chat or over all."""
        moments = [at for at, to in self.at if chat is None or to == chat]
        return max(sum(first <= at < first + span_s for at in moments) for first in moments)


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.mark.parametrize("rank", list(Rank))
def test_over_all_no_second_holds_more_than_thirty(turns: Turns, rank: Rank) -> None:
    turns.spread(list(range(1, 61)), for_s=20, rank=rank)
    assert turns.most_in(1.0) <= 30
    assert len(turns.at) >= 0.95 * 30 * 20


@pytest.mark.parametrize("rank", list(Rank))
def test_a_group_gets_twenty_in_any_minute(turns: Turns, rank: Rank) -> None:
    turns.spread([GROUP], for_s=300, rank=rank)
    assert turns.most_in(60.0) <= 20
    assert len(turns.at) >= 0.95 * 20 * 5


@pytest.mark.parametrize("rank", list(Rank))
def test_a_chat_gets_one_a_second(turns: Turns, rank: Rank) -> None:
    turns.spread([7], for_s=300, rank=rank)
    assert turns.most_in(1.0) <= 3
    assert turns.most_in(60.0) <= 60 + 2
    assert len(turns.at) >= 0.95 * 300


def test_a_person_gets_a_short_burst_where_the_background_takes_even_steps(turns: Turns) -> None:
    begun = turns.clock.now
    for _ in range(3):
        assert turns.go(7, Rank.PEOPLE) is None
    assert turns.clock.now == begun
    assert turns.go(8) is None
    assert turns.go(8) == pytest.approx(60 / 58)


def test_under_a_backlog_an_alert_goes_next_over_all_and_in_its_group(turns: Turns) -> None:
    turns.spread([GROUP, *range(1, 60)], for_s=90)
    before = turns.clock.now
    assert turns.go(77, Rank.ALERT) is None
    assert turns.clock.now - before <= 2 / 29
    before = turns.clock.now
    assert turns.go(GROUP, Rank.ALERT) is None
    assert turns.clock.now - before <= 61 / 20 + 2 / 29
    assert turns.go(GROUP) is not None


def test_what_has_booked_its_turn_is_not_overtaken_by_the_background(turns: Turns) -> None:
    turns.spread([GROUP], for_s=90)
    booked = turns.pace
    slept: list[float] = []

    async def noted(seconds: float) -> None:
        slept.append(seconds)

    booked._sleep = noted
    assert turns.go(GROUP, Rank.PEOPLE) is None  # it waits, so far as it knows
    for _ in range(100):
        turns.clock.now += sum(slept) / 101
        assert turns.go(GROUP) is not None


def test_telegrams_wish_closes_its_chat_and_no_other(turns: Turns) -> None:
    turns.pace.close(7, for_s=30)
    for rank in (Rank.TASK, Rank.ALERT):
        assert (turns.go(7, rank) or 0) >= 30
    assert turns.go(8) is None and turns.go(GROUP) is None
    assert turns.pace.rest_s(7) >= 30 and not turns.pace.rest_s(9)
    turns.clock.now += 32.1
    assert turns.go(7) is None


def test_a_wish_that_names_no_chat_closes_everything(turns: Turns) -> None:
    turns.pace.close(None, for_s=5)
    assert turns.go(7) == pytest.approx(5, abs=0.01)
    begun = turns.clock.now
    assert turns.go(None) is None
    assert turns.clock.now - begun == pytest.approx(5, abs=0.01)
    assert turns.go(7) is None


def test_what_is_to_no_chat_is_not_limited(turns: Turns) -> None:
    begun = turns.clock.now
    assert [turns.go(None, Rank.PEOPLE) for _ in range(500)] == [None] * 500
    assert turns.clock.now == begun


def test_a_group_that_moved_keeps_its_pace(turns: Turns) -> None:
    turns.spread([GROUP], for_s=70)
    turns.pace.move(GROUP, -1004001)
    assert turns.pace.rest_s(-1004001) == pytest.approx(turns.pace.rest_s(GROUP))
    turns.spread([-1004001], for_s=60)
    turns.at = [(at, GROUP) for at, _ in turns.at]
    assert turns.most_in(60.0, GROUP) <= 20


def test_a_crowd_waits_for_its_turns_and_nobody_fails(turns: Turns) -> None:
    """Eight at once, as the lanes of a worker: each asks again when another was faster."""
    numbers = count(1)

    async def one() -> None:
        with ranked(Rank.TASK):
            for _ in range(40):
                await turns.pace.wait(next(numbers))
                turns.at.append((turns.clock.now, None))

    async def together() -> None:
        await asyncio.gather(*(one() for _ in range(8)))

    begun = turns.clock.now
    run: Callable[[Coroutine[Any, Any, None]], None] = asyncio.run
    run(together())
    assert turns.most_in(1.0) <= 30
    assert 320 / (turns.clock.now - begun) >= 0.95 * 30
