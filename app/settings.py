"""What one installation is told by its environment and its ``.env`` file."""

import contextlib
import datetime as dt
import os
import re
import zoneinfo
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.credentials import problem_with

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsError(Exception):
    """A start is refused; each sentence names the variable, and never its value."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def _secret(*, starts: tuple[str, ...] = (), shape: str = "", length_min: int) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        words = problem_with(secret.get_secret_value(), starts=starts, shape=shape, length_min=length_min)
        if words:
            raise ValueError(words)
        return secret

    return AfterValidator(check)


def _clean_address(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is not an address such as https://stock.mill.org")
    return address.rstrip("/")


def _known_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not a time zone such as Asia/Shanghai") from None
    return name


def _clock_time(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError("is not a time of day such as 08:00")
    return text


def _database_url(url: str) -> str:
    url = re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", url)
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("is neither a sqlite:/// nor a postgresql:// address")
    return url


def _bot_name(name: str) -> str:
    if not re.fullmatch(r"@?(\w{5,32})?", name, re.ASCII):
        raise ValueError("is not the name of a bot such as mill_store_bot")
    return name.removeprefix("@")


def _client_id(value: str) -> str:
    if not re.fullmatch(r"\d{4,24}\.\d{4,24}", value):
        raise ValueError("is not a client id such as Slack shows under Basic Information: two numbers and a dot")
    return value


def _good_keys(keys: SecretStr) -> SecretStr:
    for each in _apart(keys):
        if words := problem_with(each, length_min=32):
            raise ValueError(words)
    return keys


def _apart(keys: SecretStr) -> tuple[str, ...]:
    return tuple(each.strip() for each in keys.get_secret_value().split(","))


def _redis_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise ValueError("is not a redis://, rediss:// or unix:// address")
    if parts.scheme != "unix" and parts.hostname not in _LOOPBACK and not parts.password:
        raise ValueError("reaches another machine without a password; write redis://:password@host:6379/0")
    return url


def machine_zone() -> str:
    """Return the name of the machine's time zone, or UTC where the machine does not tell one."""
    from_link = os.path.realpath("/etc/localtime").partition("zoneinfo/")[2].removeprefix("posix/")
    for name in (os.environ.get("TZ", "").lstrip(":"), from_link):
        with contextlib.suppress(ValueError):
            return _known_zone(name)
    return "UTC"


Address = Annotated[str, AfterValidator(_clean_address)]


class Settings(BaseSettings):
    """One installation's settings. Read them with ``load_settings``, which refuses in plain words."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    data: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        default=Path("data"), validate_default=True, validation_alias="STOREKEEPER_DATA"
    )
    host: str = Field(default="127.0.0.1", validation_alias="STOREKEEPER_HOST")
    port: int = Field(default=8000, ge=1, le=65535, validation_alias="STOREKEEPER_PORT")
    public_url: Address | None = Field(default=None, validation_alias="STOREKEEPER_PUBLIC_URL")
    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        default_factory=lambda known: f"sqlite:///{known['data'] / 'storekeeper.db'}",
        validation_alias="STOREKEEPER_DATABASE_URL",
        repr=False,
    )
    redis_url: Annotated[str, AfterValidator(_redis_url)] | None = Field(
        default=None, validation_alias="REDIS_URL", repr=False
    )
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        default_factory=machine_zone, validation_alias="STOREKEEPER_TIMEZONE"
    )
    digest_at: Annotated[str, BeforeValidator(str), AfterValidator(_clock_time)] = Field(
        default="08:00", validation_alias="STOREKEEPER_DIGEST_AT"
    )

    secret_keys: Annotated[SecretStr, AfterValidator(_good_keys)] | None = Field(
        default=None, validation_alias="STOREKEEPER_SECRET_KEY"
    )

    slack_bot_token: Annotated[SecretStr, _secret(starts=("xoxb-", "xoxe.xoxb-"), length_min=24)] | None = Field(
        default=None, validation_alias="SLACK_BOT_TOKEN"
    )
    slack_app_token: Annotated[SecretStr, _secret(starts=("xapp-",), length_min=24)] | None = Field(
        default=None, validation_alias="SLACK_APP_TOKEN"
    )
    slack_signing_secret: Annotated[SecretStr, _secret(length_min=24)] | None = Field(
        default=None, validation_alias="SLACK_SIGNING_SECRET"
    )
    slack_client_id: Annotated[str, AfterValidator(_client_id)] | None = Field(
        default=None, validation_alias="SLACK_CLIENT_ID"
    )
    slack_client_secret: Annotated[SecretStr, _secret(length_min=24)] | None = Field(
        default=None, validation_alias="SLACK_CLIENT_SECRET"
    )
    slack_api_url: Address | None = Field(default=None, validation_alias="SLACK_API_URL")
    telegram_bot_token: Annotated[SecretStr, _secret(shape=r"\d{6,12}:[\w-]{30,}", length_min=40)] | None = Field(
        default=None, validation_alias="TELEGRAM_BOT_TOKEN"
    )
    telegram_bot_name: Annotated[str, AfterValidator(_bot_name)] = Field(
        default="", validation_alias="TELEGRAM_BOT_NAME"
    )
    telegram_webhook_secret: Annotated[SecretStr, _secret(shape=r"[\w-]{1,256}", length_min=32)] | None = Field(
        default=None, validation_alias="TELEGRAM_WEBHOOK_SECRET"
    )
    telegram_api_url: Address | None = Field(default=None, validation_alias="TELEGRAM_API_URL")

    carrier_name: str = Field(default="", validation_alias="CARRIER_NAME")
    carrier_url: Address | None = Field(default=None, validation_alias="CARRIER_URL")
    carrier_secret: Annotated[SecretStr, _secret(length_min=32)] | None = Field(
        default=None, validation_alias="CARRIER_SECRET"
    )

    @model_validator(mode="after")
    def _secrets_come_together(self) -> Self:
        self._check_slack()
        if self.telegram_webhook_secret and not self.telegram_bot_token:
            raise ValueError("TELEGRAM_BOT_TOKEN is missing: Telegram needs it beside TELEGRAM_WEBHOOK_SECRET")
        told = (self.carrier_name.strip(), self.carrier_url, self.carrier_secret)
        names = ("CARRIER_NAME", "CARRIER_URL", "CARRIER_SECRET")
        missing = next((name for name, value in zip(names, told, strict=True) if not value), "")
        if missing and any(told):
            raise ValueError(f"{missing} is missing: a carrier needs CARRIER_NAME, CARRIER_URL and CARRIER_SECRET")
        return self

    def _check_slack(self) -> None:
        if bool(self.slack_client_id) != bool(self.slack_client_secret):
            missing = "SLACK_CLIENT_SECRET" if self.slack_client_id else "SLACK_CLIENT_ID"
            raise ValueError(f"{missing} is missing: to install in several workspaces Slack needs both")
        if self.slack_client_id and not self.public_url:
            raise ValueError(
                "STOREKEEPER_PUBLIC_URL is missing: with SLACK_CLIENT_ID Slack sends people back to that address"
            )
        token = "SLACK_BOT_TOKEN" if self.slack_bot_token else "SLACK_CLIENT_ID" if self.slack_client_id else ""
        has_way_in = self.slack_signing_secret or self.slack_app_token
        if token and not has_way_in:
            raise ValueError(f"SLACK_SIGNING_SECRET is missing: {token} needs it, or SLACK_APP_TOKEN in its place")
        if has_way_in and not token:
            raise ValueError("SLACK_BOT_TOKEN is missing: Slack needs it beside the other Slack secrets")

    @property
    def has_slack(self) -> bool:
        """Tell whether Slack is set up, for one workspace or for several."""
        return self.slack_bot_token is not None or self.slack_client_id is not None

    @property
    def has_oauth(self) -> bool:
        """Tell whether the app can be installed in further workspaces."""
        return self.slack_client_id is not None

    @property
    def given_keys(self) -> tuple[str, ...]:
        """The keys of the environment with which tokens are sealed, the one in use first."""
        return _apart(self.secret_keys) if self.secret_keys else ()

    @property
    def address(self) -> str:
        """Where people's browsers find this installation."""
        return self.public_url or f"http://{'127.0.0.1' if self.host in ('0.0.0.0', '::') else self.host}:{self.port}"  # noqa: S104

    @property
    def digest_time(self) -> dt.time:
        """The local time of day at which the digest is told."""
        return dt.time.fromisoformat(self.digest_at)

    @property
    def secrets(self) -> frozenset[str]:
        """Every configured secret in clear, for masking output."""
        values = (getattr(self, name) for name in type(self).model_fields)
        plain = (each.get_secret_value() for each in values if isinstance(each, SecretStr))
        return frozenset((*plain, *self.given_keys))


def load_settings() -> Settings:
    """Return the settings of the environment and ``.env``. Raises SettingsError."""
    try:
        return Settings()
    except ValidationError as error:
        told = (_sentence(each) for each in error.errors() if each["type"] != "default_factory_not_called")
        raise SettingsError(tuple(told)) from None


def _sentence(error: ErrorDetails) -> str:
    words = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return f"{words}."
    if error["type"] != "value_error":
        words = f"cannot be used: {words[:1].lower()}{words[1:]}"
    return f"{error['loc'][0]} {words}."
