"""The app's manifest: what may be pasted into Slack, and no right more than the face uses."""

from pathlib import Path

import yaml

import bot.slack
from bot import aside_words
from bot.conversation import COMMANDS
from bot.slack.starts import ABOUT

MANIFEST = yaml.safe_load((Path(bot.slack.__file__).parent / "manifest.yaml").read_text(encoding="utf-8"))

SCOPES = {
    "chat:write": "chat.postMessage, chat.update, chat.postEphemeral",
    "commands": "the slash commands",
    "im:write": "conversations.open",
    "im:history": "message.im, conversations.replies",
    "files:write": "files.getUploadURLExternal, files.completeUploadExternal",
    "links:read": "link_shared",
    "links:write": "chat.unfurl",
    "files:read": "the photos of a form, and of a thread",
    "channels:history": "message.channels",
    "groups:history": "message.groups",
    "reactions:write": "reactions.add",
}


def test_it_asks_for_the_scopes_that_are_used_and_no_others() -> None:
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == set(SCOPES)
    assert "user" not in MANIFEST["oauth_config"]["scopes"]


def test_it_hears_what_the_face_hears() -> None:
    events = {"app_home_opened", "link_shared", "message.im", "message.channels", "message.groups"}
    assert set(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) == events
    assert MANIFEST["settings"]["interactivity"]["is_enabled"] is True


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
