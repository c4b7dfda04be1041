"""The words that people read: keys with named blanks, one catalogue a language, plurals by ``one`` and ``other``."""

import datetime as dt
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

from babel.dates import format_date

from inventory_core.errors import RuleBroken
from workflows.definition import Language


@lru_cache
def catalogue(language: Language) -> dict[str, str]:
    """Return all phrases of a language, their keys joined by dots."""
    raw = resources.files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return dict(_flatten("", tomllib.loads(raw)))


def _flatten(prefix: str, part: dict[str, object]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in part.items():
        if isinstance(value, dict):
            found += _flatten(f"{prefix}{key}.", value)
        else:
            found.append((prefix + key, str(value)))
    return found


def say(language: Language, key: str, **blanks: str | int) -> str:
    """Return a phrase with its blanks filled; a counted one (``n``) in its singular where the language has one."""
    phrases = catalogue(language)
    if key not in phrases:
        form = "one" if blanks.get("n") == 1 and f"{key}.one" in phrases else "other"
        key = f"{key}.{form}"
    return phrases[key].format(**blanks)


def say_error(language: Language, error: RuleBroken) -> str:
    """Return the sentence for a broken rule."""
    return say(language, error.key, **error.params)


def role(language: Language, name: str) -> str:
    """Return what a role is called; a role of the company's own is called by its name."""
    return catalogue(language).get(f"role.{name}", name.replace("_", " "))


def action(language: Language, name: str) -> str:
    """Return what a stage's action is called."""
    return catalogue(language).get(f"action.{name}", name)


def fact(language: Language, name: str) -> str:
    """Return what a stage's figure is called."""
    return catalogue(language).get(f"fact.{name}", name)


def section(language: Language, name: str) -> dict[str, str]:
    """Return the phrases of one part of the catalogue, by their keys within it."""
    start = f"{name}."
    return {key.removeprefix(start): words for key, words in catalogue(language).items() if key.startswith(start)}


def listed(language: Language, names: Sequence[str]) -> str:
    """Return "a, b and c" or "a、b和c"."""
    if len(names) < 2:
        return "".join(names)
    before, between = ("、", "和") if language == "zh" else (", ", " and ")
    return before.join(names[:-1]) + between + names[-1]


def day(language: Language, date: dt.date) -> str:
    """Return "25 Nov" or "11月25日"."""
    return f"{date.month}月{date.day}日" if language == "zh" else format_date(date, "d MMM", locale="en")


def due(language: Language, date: dt.date, *, today: dt.date) -> str:
    """Return when something is due, as a person says it: today, tomorrow, 2 days late, 3 Dec."""
    if date == today:
        return say(language, "card.today")
    if date == today + dt.timedelta(days=1):
        return say(language, "card.tomorrow")
    if date < today:
        return say(language, "card.late", n=(today - date).days)
    return day(language, date)
