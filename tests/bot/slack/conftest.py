"""Slack on loopback, and the product that talks to it."""

from collections.abc import Iterator

import pytest

from bot.slack.send import SlackChannel
from tests.bot.slack.peer import Slack, emulator
from tests.bot.slack.running import running
from tests.world import World


@pytest.fixture(scope="session")
def emulator_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with emulator(tmp_path_factory.mktemp("emulator")) as port:
        yield port


@pytest.fixture
def slack(emulator_port: int) -> Iterator[Slack]:
    """The workspace; it refused nothing of what the product sent, unless a test says so."""
    made = Slack(emulator_port)
    yield made
    made.close()
    assert made.complaints == []


@pytest.fixture
def channel(slack: Slack) -> SlackChannel:
    return SlackChannel(slack.api(timeout_s=3))


@pytest.fixture
def face(shop: World, slack: Slack, channel: SlackChannel) -> Iterator[str]:
    """The product talking to that workspace; this is the address that Slack calls."""
    shop.channels["slack"] = channel
    with running(shop.desk, slack) as address:
        yield address
