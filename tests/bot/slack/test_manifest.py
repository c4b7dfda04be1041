"""The app's manifest: what may be pasted into Slack, and no right more than the face uses."""

import re
from pathlib import Path

import yaml

import bot.slack
from bot import aside_words
from bot.conversation import COMMANDS
from bot.slack.starts import ABOUT

MANIFEST = yaml.safe_load((Path(bot.slack.__file__).parent / "manifest.yaml").read_text(encoding="utf-8"))

ROOT = Path(bot.slack.__file__).parents[2]

ALLOWED = {
    "chat:write": {"chat_postMessage", "chat_update", "chat_delete", "chat_postEphemeral"},
    "commands": {"app.command(", "app.message_shortcut("},
    "im:write": {"conversations_open"},
    "im:history": {"message.im", "conversations_replies"},
    "files:write": {"files_upload_v2"},
    "links:read": {"link_shared"},
    "links:write": {"chat_unfurl"},
    "files:read": {"url_private_download"},
    "channels:history": {"message.channels", "conversations_history"},
    "groups:history": {"message.groups", "conversations_history"},
    "reactions:write": {"reactions_add"},
}
"""The rights that the app may ask for, and what it needs each for: methods, events, or words of the code."""

NEED_NONE = {
    "auth_test",
    "apps_connections_open",
    "oauth_v2_access",
    "views_open",
    "views_publish",
    "views_push",
    "views_update",
}
"""Methods that need no right of a bot's."""

EVENTS = {
    "app_home_opened": "app_home_opened",
    "app_uninstalled": "app_uninstalled",
    "tokens_revoked": "tokens_revoked",
    "team_access_revoked": "team_access_revoked",
    "link_shared": "link_shared",
    "message.im": "message",
    "message.channels": "message",
    "message.groups": "message",
}
"""The events that the app may hear, each with the name by which the face listens to it."""


def code() -> str:
    folders = (ROOT / "bot" / "slack", ROOT / "app")
    return "\n".join(path.read_text(encoding="utf-8") for each in folders for path in sorted(each.glob("*.py")))


def test_it_asks_for_no_right_that_is_not_allowed_and_for_none_of_a_persons() -> None:
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == set(ALLOWED)
    assert "user" not in MANIFEST["oauth_config"]["scopes"]


def test_each_right_has_something_in_the_code_that_needs_it() -> None:
    written, heard = code(), MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    for scope, needs in ALLOWED.items():
        assert [each for each in needs if each in written or each in heard], f"nothing needs {scope}"


def test_each_call_of_the_code_has_its_right() -> None:
    called = set(re.findall(r"\bclient\.([a-z]+_\w+)\(", code()))
    assert called - NEED_NONE - set().union(*ALLOWED.values()) == set()


def test_it_hears_what_the_face_hears_and_nothing_else() -> None:
    heard = set(MANIFEST["settings"]["event_subscriptions"]["bot_events"])
    assert heard == set(EVENTS)
    listened = set(re.findall(r'app\.event\("(\w+)"\)', code()))
    assert listened == set(EVENTS.values())
    assert MANIFEST["settings"]["interactivity"]["is_enabled"] is True


def test_the_guide_gives_a_reason_for_each_right_and_each_event() -> None:
    guide = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")
    for each in (*ALLOWED, *EVENTS):
        assert f"| `{each}` |" in guide, each


def test_each_of_its_commands_is_answered() -> None:
    commands = {each["command"].removeprefix("/") for each in MANIFEST["features"]["slash_commands"]}
    assert commands - {"storekeeper"} <= set(COMMANDS) | set(aside_words.COMMANDS)


def test_each_of_its_shortcuts_makes_something() -> None:
    assert {each["callback_id"] for each in MANIFEST["features"]["shortcuts"]} == set(ABOUT)


def test_its_texts_are_within_slacks_limits() -> None:
    assert len(MANIFEST["display_information"]["name"]) <= 35
    assert len(MANIFEST["display_information"]["description"]) <= 140
    assert len(MANIFEST["features"]["bot_user"]["display_name"]) <= 80
    assert len(MANIFEST["features"]["shortcuts"]) <= 10
    for each in MANIFEST["features"]["shortcuts"]:
        assert len(each["name"]) <= 24 and len(each["description"]) <= 150
    assert len(MANIFEST["features"]["slash_commands"]) <= 50
    for each in MANIFEST["features"]["slash_commands"]:
        assert len(each["command"]) <= 32 and len(each["description"]) <= 2_000
