"""What an installation is told, and what it refuses to start with."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from app.credentials import masked
from app.settings import Settings, SettingsError, load_settings

SLACK = {
    "SLACK_BOT_TOKEN": "xoxb-2847561093-5619283746501-qWm3RtZk8LpV2nHs7DfGcJ4b",
    "SLACK_SIGNING_SECRET": "f1d2a79c03be4b568a1972dd30c5e84b",
}
SLACK_APP = {
    "SLACK_CLIENT_ID": "2847561093.5619283746501",
    "SLACK_CLIENT_SECRET": "9b1f7c3e5a8d4260b7e1c05d93fa6482",
}
TELEGRAM = {"TELEGRAM_BOT_TOKEN": "7316250984:AAGq3Zt8vKpW1nHs5DfLcJ4bRm9XyTuE2oQ"}


@pytest.fixture
def started_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> object:
    monkeypatch.chdir(tmp_path)
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)

    def load(environment: Mapping[str, str]) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    return load


def test_a_newcomer_needs_no_settings_at_all(started_with, tmp_path):
    settings = started_with({})
    assert settings.data == tmp_path / "data"
    assert settings.address == "http://127.0.0.1:8000"
    assert settings.database_url == f"sqlite:///{tmp_path}/data/storekeeper.db"
    assert settings.redis_url is None
    assert settings.timezone
    assert settings.digest_time.isoformat() == "08:00:00"


def test_a_file_named_env_is_read_and_the_environment_goes_before_it(started_with, tmp_path):
    (tmp_path / ".env").write_text("STOREKEEPER_PORT=8100\nSTOREKEEPER_TIMEZONE=Asia/Shanghai\n")
    settings = started_with({"STOREKEEPER_PORT": "8200"})
    assert (settings.port, settings.timezone) == (8200, "Asia/Shanghai")


def test_an_empty_variable_counts_as_not_set(started_with):
    assert started_with({"SLACK_BOT_TOKEN": "", "STOREKEEPER_PUBLIC_URL": ""}).slack_bot_token is None


def test_a_postgresql_address_is_read_in_its_usual_spellings(started_with):
    for url in ("postgres://stock:word@db/stock", "postgresql://stock:word@db/stock"):
        assert (
            started_with({"STOREKEEPER_DATABASE_URL": url}).database_url == "postgresql+psycopg://stock:word@db/stock"
        )


def test_real_secrets_are_taken_and_never_shown(started_with):
    settings = started_with(SLACK | TELEGRAM)
    assert settings.slack_signing_secret.get_secret_value() == SLACK["SLACK_SIGNING_SECRET"]
    assert not [secret for secret in (SLACK | TELEGRAM).values() if secret in repr(settings)]


def test_several_workspaces_need_no_bot_token_and_may_have_one(started_with):
    several = SLACK_APP | {"STOREKEEPER_PUBLIC_URL": "https://stock.mill.org"}
    settings = started_with(several | {"SLACK_SIGNING_SECRET": SLACK["SLACK_SIGNING_SECRET"]})
    assert settings.has_slack and settings.has_oauth and settings.slack_bot_token is None
    both = started_with(several | SLACK)
    assert both.has_oauth and both.slack_bot_token is not None
    assert SLACK_APP["SLACK_CLIENT_SECRET"] in both.secrets


def test_keys_to_seal_with_stand_side_by_side_the_one_in_use_first(started_with):
    keys = "Zt8vKpW1nHs5DfLcJ4bRm9XyTuE2oQAb", "qWm3RtZk8LpV2nHs7DfGcJ4bXy9TuE2o"
    settings = started_with({"STOREKEEPER_SECRET_KEY": ", ".join(keys)})
    assert settings.given_keys == keys
    assert settings.secrets >= set(keys)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SLACK_SIGNING_SECRET", "changeme"),
        ("SLACK_SIGNING_SECRET", "f1d2a79c03be4b56"),
        ("SLACK_SIGNING_SECRET", "8f742231b10e8888abcd99yyyzzz85a5"),
        ("SLACK_SIGNING_SECRET", "0" * 32),
        ("SLACK_CLIENT_ID", "A0123456"),
        ("SLACK_CLIENT_SECRET", "changeme"),
        ("STOREKEEPER_SECRET_KEY", "Zt8vKpW1nHs5"),
        ("STOREKEEPER_SECRET_KEY", "Zt8vKpW1nHs5DfLcJ4bRm9XyTuE2oQAb,short"),
        ("SLACK_BOT_TOKEN", "xoxb-your-token"),
        ("SLACK_BOT_TOKEN", "xoxp-2847561093-5619283746501-qWm3RtZk8LpV2nHs7DfGcJ4b"),
        ("SLACK_APP_TOKEN", "xapp-1-A0"),
        ("TELEGRAM_BOT_TOKEN", "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"),
        ("TELEGRAM_BOT_TOKEN", "AAGq3Zt8vKpW1nHs5DfLcJ4bRm9XyTuE2oQAAGq3Zt8vKp"),
        ("TELEGRAM_WEBHOOK_SECRET", "Zt8vKpW1nHs5DfLc"),
    ],
)
def test_a_short_or_sample_secret_refuses_the_start_by_name_and_never_by_value(started_with, variable, value):
    with pytest.raises(SettingsError) as refusal:
        started_with({variable: value})
    (sentence,) = refusal.value.sentences
    assert sentence.startswith(f"{variable} ")
    assert value not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"SLACK_BOT_TOKEN": SLACK["SLACK_BOT_TOKEN"]}, "SLACK_SIGNING_SECRET"),
        ({"SLACK_SIGNING_SECRET": SLACK["SLACK_SIGNING_SECRET"]}, "SLACK_BOT_TOKEN"),
        ({"SLACK_CLIENT_ID": SLACK_APP["SLACK_CLIENT_ID"]}, "SLACK_CLIENT_SECRET"),
        ({"SLACK_CLIENT_SECRET": SLACK_APP["SLACK_CLIENT_SECRET"]}, "SLACK_CLIENT_ID"),
        (SLACK_APP, "STOREKEEPER_PUBLIC_URL"),
        (SLACK_APP | {"STOREKEEPER_PUBLIC_URL": "https://stock.mill.org"}, "SLACK_SIGNING_SECRET"),
        ({"TELEGRAM_WEBHOOK_SECRET": "Zt8vKpW1nHs5DfLcJ4bRm9XyTuE2oQ3a6g"}, "TELEGRAM_BOT_TOKEN"),
    ],
)
def test_a_missing_secret_is_named(started_with, given, named):
    with pytest.raises(SettingsError) as refusal:
        started_with(given)
    assert refusal.value.sentences[0].startswith(f"{named} is missing")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STOREKEEPER_PORT", "eighty"),
        ("STOREKEEPER_PORT", "70000"),
        ("STOREKEEPER_DIGEST_AT", "25:00"),
        ("STOREKEEPER_TIMEZONE", "Mars/Olympus"),
        ("STOREKEEPER_TIMEZONE", "../../etc/passwd"),
        ("STOREKEEPER_PUBLIC_URL", "our-stock-room"),
        ("STOREKEEPER_DATABASE_URL", "mysql://db/stock"),
        ("REDIS_URL", "redis://queue:6379/0"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_alone(started_with, variable, value):
    with pytest.raises(SettingsError) as refusal:
        started_with({variable: value})
    (sentence,) = refusal.value.sentences
    assert sentence.startswith(f"{variable} ")
    assert value not in sentence


@pytest.mark.parametrize(
    "line",
    [
        f"POST https://slack.com/api/chat.postMessage token={SLACK['SLACK_BOT_TOKEN']}",
        f"GET https://api.telegram.org/bot{TELEGRAM['TELEGRAM_BOT_TOKEN']}/getMe",
        "answer at https://hooks.slack.com/actions/T1/23/aBcDeF",
        "connecting to rediss://:xK4mW9@queue:6379/0",
        "signed with f1d2a79c03be4b568a1972dd30c5e84b",
    ],
)
def test_what_is_logged_holds_no_secret(line):
    told = masked(line, frozenset({SLACK["SLACK_SIGNING_SECRET"]}))
    assert "[secret]" in told
    for secret in (*SLACK.values(), *TELEGRAM.values(), "aBcDeF", "xK4mW9"):
        assert secret not in told


def test_a_carrier_needs_its_name_its_address_and_a_secret(started_with):
    told = {"CARRIER_NAME": "Haulier", "CARRIER_URL": "https://api.haulier.example/book"}
    with pytest.raises(SettingsError) as refused:
        started_with(told)
    assert refused.value.sentences == (
        "CARRIER_SECRET is missing: a carrier needs CARRIER_NAME, CARRIER_URL and CARRIER_SECRET.",
    )
    secret = "5cVx8RtYq2LpN7wZk3HdJ9sMf4BgT6eA"
    settings = started_with(told | {"CARRIER_SECRET": secret})
    assert secret in settings.secrets and secret not in repr(settings)
