"""Whom a message in a group is for: the bot, by its name or by a reply, or somebody else. Pure."""

import re


def is_for_another(words: str, username: str) -> bool:
    """Tell whether a command names another bot. ``username`` is ours, empty as long as it is not known."""
    command = words.partition(" ")[0]
    name = command.partition("@")[2] if command.startswith("/") else ""
    return bool(name and username) and name.lower() != username.lower()


def is_named(words: str, username: str) -> bool:
    """Tell whether words name the bot, anywhere in them."""
    return bool(username) and _name(username).search(words) is not None


def bare(words: str, username: str) -> str:
    """Return words without the bot's name, as they would be written to it alone."""
    if not is_named(words, username):
        return words
    lines = _name(username).sub(lambda found: f"{found['command'] or ''} ", words).splitlines()
    return "\n".join(filter(None, (" ".join(each.split()) for each in lines)))


def _name(username: str) -> re.Pattern[str]:
    """Return what matches the bot's name, also behind a command, and no longer name and no mail address."""
    name = rf"@{re.escape(username)}(?![A-Za-z0-9_]|\.\w)"
    return re.compile(rf"(?P<command>^/\w+){name}|(?<![\w.+-]){name}", re.IGNORECASE)
