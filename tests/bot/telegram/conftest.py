"""A strict Telegram on loopback, and the channel of the product that talks to it."""

from collections.abc import Iterator

import pytest

from bot.telegram.send import TelegramChannel
from tests.bot.telegram.running import UNPACED, running
from tests.telegram_server import TelegramServer
from tests.world import World


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as running:
        yield running


@pytest.fixture
def channel(telegram: TelegramServer) -> Iterator[TelegramChannel]:
    made = TelegramChannel(telegram.token, base_url=telegram.base_url, timeout_s=2, pace=UNPACED)
    yield made
    made.close()


@pytest.fixture
def face(shop: World, telegram: TelegramServer, channel: TelegramChannel) -> Iterator[str]:
    """The product talking to that Telegram by its webhook, whose address this is."""
    shop.channels["telegram"] = channel
    with running(shop.desk, telegram) as address:
        yield address
