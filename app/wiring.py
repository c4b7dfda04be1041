"""Puts one installation together from its settings: the database, the desk, and a channel for each platform."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from redis import Redis
from sqlalchemy import Engine

from app.settings import Settings
from bot.channel import Channel
from bot.sealing import Keyring
from inventory_core.db.engine import open_engine
from notifier.carriers import Carrier, Webhook
from notifier.delivery import Tools
from notifier.jobs import enqueuer
from notifier.relay import Relay
from workflows.desk import Desk

if TYPE_CHECKING:
    from bot.slack.api import Api
    from bot.slack.tokens import Tokens
    from bot.telegram.pace import Pace as TelegramPace

KEY_FILE: Final = "secret.key"


@dataclass(frozen=True)
class Wiring:
    """What the parts of an installation work with."""

    settings: Settings
    engine: Engine
    desk: Desk

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """A channel for each platform that is set up; the chat libraries are only loaded where they are used."""
        from bot.web.send import WebChannel

        found: dict[str, Channel] = {"web": WebChannel()}
        if self.slack is not None:
            from bot.slack.send import SlackChannel

            found["slack"] = SlackChannel(self.slack)
        if self.settings.telegram_bot_token is not None:
            from bot.telegram.send import TelegramChannel

            token = self.settings.telegram_bot_token.get_secret_value()
            pace = self.telegram_pace
            found["telegram"] = TelegramChannel(token, base_url=self.settings.telegram_api_url, pace=pace)
        return found

    @cached_property
    def telegram_pace(self) -> "TelegramPace | None":
        """The pace at which Telegram is called, where it is set up; one for all processes where there is a queue."""
        settings = self.settings
        if settings.telegram_bot_token is None:
            return None
        from app.pacing import SharedKeeper
        from bot.telegram.pace import Pace
        from bot.telegram.send import bot_id_of

        bot_id = bot_id_of(settings.telegram_bot_token.get_secret_value())
        return Pace(bot_id, SharedKeeper(settings.redis_url) if settings.redis_url else None)

    @cached_property
    def slack(self) -> "Api | None":
        """The way to Slack's Web API, where Slack is set up."""
        if self.slack_tokens is None:
            return None
        from app.pacing import SharedKeeper
        from bot.slack.api import Api
        from bot.slack.pace import Pace

        tokens, redis_url = self.slack_tokens, self.settings.redis_url
        pace = Pace(SharedKeeper(redis_url) if redis_url else None)
        return Api(tokens.token_of, base_url=self.settings.slack_api_url, pace=pace, refused=tokens.refused)

    @cached_property
    def slack_tokens(self) -> "Tokens | None":
        """The tokens of the workspaces, where Slack is set up."""
        settings = self.settings
        if not settings.has_slack:
            return None
        from bot.slack.api import Api
        from bot.slack.oauth import OAuth
        from bot.slack.tokens import Tokens, nobodys
        from bot.slack.vault import Vault

        oauth = None
        if settings.slack_client_id and settings.slack_client_secret and settings.public_url:
            oauth = OAuth(
                Api(nobodys, base_url=settings.slack_api_url),
                client_id=settings.slack_client_id,
                client_secret=settings.slack_client_secret.get_secret_value(),
                public_url=settings.public_url,
            )
        environment = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else None
        return Tokens(Vault(self.engine, self.keyring, self.desk.clock), oauth=oauth, environment=environment)

    @cached_property
    def keyring(self) -> Keyring:
        """The keys with which tokens are sealed."""
        return Keyring(self.settings.data / KEY_FILE, self.settings.given_keys)

    @property
    def tools(self) -> Tools:
        """What a worker's jobs need."""
        return Tools(self.desk, self.channels, self.carriers)

    @cached_property
    def carriers(self) -> dict[str, Carrier]:
        """The carrier that is booked over the network, by its name in small letters; none where none is set up."""
        settings = self.settings
        if settings.carrier_url is None or settings.carrier_secret is None:
            return {}
        webhook = Webhook(settings.carrier_url, settings.carrier_secret.get_secret_value(), self.desk.clock)
        return {settings.carrier_name.strip().lower(): webhook}

    def relay(self) -> Relay:
        """Return a relay that puts its jobs on the installation's queue."""
        assert self.settings.redis_url is not None, "the relay needs a queue"
        at = dt.time.fromisoformat(self.settings.digest_at)
        return Relay(self.desk, enqueuer(Redis.from_url(self.settings.redis_url)), at, tuple(self.carriers))


def wire(settings: Settings) -> Wiring:
    """Return the installation that the settings describe; its tables must have been made."""
    engine = open_engine(settings.database_url)
    desk = Desk(
        engine=engine,
        zone=ZoneInfo(settings.timezone),
        base_url=settings.public_url or settings.address,
        files=settings.data / "files",
        clock=lambda: dt.datetime.now(dt.UTC),
        bot_name=settings.telegram_bot_name,
    )
    return Wiring(settings, engine, desk)
