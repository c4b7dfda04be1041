"""Answers an album once: Telegram sends its photos as messages of their own, within a moment of each other.

Each photo has its effect at once, and only what is said waits until no other comes.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.telegram.said import Said, Words
from workflows.intents import Address
from workflows.questions import Check, Question

QUIET_S: Final = 0.8


@dataclass(slots=True)
class _Album:
    chat: Address
    said: list[Said] = field(default_factory=list)
    count: int = 0
    timer: asyncio.TimerHandle | None = None


class Albums:
    """The albums that are coming in; ``say`` sends what there is to say."""

    def __init__(self, say: Callable[[Address, Iterable[Said]], object]) -> None:
        self._say = say
        self._open: dict[str, _Album] = {}

    def count(self, name: str) -> int:
        """Return how many photos of an album came so far."""
        return self._open[name].count if name in self._open else 0

    def add(self, name: str, chat: Address, said: Sequence[Said]) -> None:
        """Note what one photo of an album is answered with, and wait a moment longer."""
        album = self._open.setdefault(name, _Album(chat))
        album.count += 1
        album.said += said
        if album.timer is not None:
            album.timer.cancel()
        album.timer = asyncio.get_running_loop().call_later(QUIET_S, self._close, name)

    def close(self) -> None:
        """Say what waits, without waiting longer."""
        for name in list(self._open):
            self._close(name)

    def _close(self, name: str) -> None:
        album = self._open.pop(name)
        if album.timer is not None:
            album.timer.cancel()
        self._say(album.chat, together(album.said))


def together(said: Sequence[Said]) -> Sequence[Said]:
    """Return what there is to say of several photos: each thing once, and of each kind of progress the last."""
    kept: list[Said] = []
    for each in reversed(said):
        is_passed = any(_kind(each) == _kind(later) for later in kept) if _kind(each) else each in kept
        if not is_passed:
            kept.append(each)
    return kept[::-1]


def _kind(said: Said) -> str:
    """Return what a later one takes the place of, or nothing where each is told."""
    match said:
        case Question() | Check():
            return "asked"
        case Words(is_count=True):
            return "count"
    return ""
