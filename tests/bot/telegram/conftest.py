"""A strict Telegram on loopback, and the channel of the product that talks to it."""

from collections.abc import Iterator

import pytest

from bot.telegram.send import TelegramChannel
from tests.telegram_server import TelegramServer


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as running:
        yield running


@pytest.fixture
def channel(telegram: TelegramServer) -> Iterator[TelegramChannel]:
    made = TelegramChannel(telegram.token, base_url=telegram.base_url, timeout_s=2)
    yield made
    made.close()
