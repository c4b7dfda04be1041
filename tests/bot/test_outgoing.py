"""What is on its way to a platform: in order, tried again where that helps, and waited for where a wait is named."""

import asyncio

import pytest

from bot import outgoing
from bot.channel import DeliveryError
from bot.outgoing import Outgoing


def test_a_named_wait_is_no_failed_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "_FIRST_WAIT_S", 0.001)
    faults = [DeliveryError("slow_down", permanent=False, retry_after_s=0.001) for _ in range(50)]
    faults += [DeliveryError("unreachable", permanent=False) for _ in range(3)]
    assert came_through(faults, tries=4)


def test_after_its_tries_it_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "_FIRST_WAIT_S", 0.001)
    assert not came_through([DeliveryError("unreachable", permanent=False) for _ in range(4)], tries=4)
    assert not came_through([DeliveryError("blocked", permanent=True)], tries=4)
    assert not came_through([DeliveryError("slow_down", permanent=False, retry_after_s=0.001)], tries=1)


def came_through(faults: list[DeliveryError], *, tries: int) -> bool:
    done: list[bool] = []

    async def call() -> None:
        if faults:
            raise faults.pop(0)
        done.append(True)

    async def run() -> None:
        made = Outgoing("slack", lambda error: error if isinstance(error, DeliveryError) else None)
        made.post("C1", call, tries=tries)
        await made.drain(within_s=10)

    asyncio.run(run())
    return bool(done)
