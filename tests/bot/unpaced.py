"""Paces for tests: none at all, and a clock that stands still until somebody waits."""

from collections.abc import Sequence

from bot.pace import OwnKeeper, Turn, Use


class Unpaced(OwnKeeper):
    """Lets everything through at once."""

    def take(self, uses: Sequence[Use], *, patience_s: float) -> Turn:
        return Turn(0.0, is_taken=True)


class Clock:
    """Stands still until it is moved; sleeping moves it."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
