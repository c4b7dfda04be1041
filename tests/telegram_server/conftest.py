"""One running server a test, and the library's own Bot talking to it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from telegram import Bot

from tests.telegram_server import TelegramServer

Ask = Callable[[Callable[[Bot], Coroutine[Any, Any, Any]]], Any]


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    with TelegramServer() as running:
        yield running


@pytest.fixture
def ask(server: TelegramServer) -> Iterator[Ask]:
    """Run one coroutine at a time on a real Bot of python-telegram-bot."""
    bot = Bot(server.token, base_url=server.base_url, base_file_url=server.base_file_url)
    with asyncio.Runner() as runner:
        runner.run(bot.initialize())
        yield lambda work: runner.run(work(bot))
        runner.run(bot.shutdown())
