"""Turns cards, forms and pages into HTML: escaped once, here, with hidden signs made visible."""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from workflows.cards import Card, Field, FieldGroup, Form
from workflows.definition import Language
from workflows.phrases import say

STATIC: Final = Path(__file__).parent / "static"

_HIDDEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")

Mode = Literal["open", "compact", "notice", "settled", "answer"]
"""How much of a card is shown: all of it; a line that unfolds; or as something told, done or found."""


@dataclass(frozen=True, slots=True)
class PicturePlace:
    """A drawn picture: its id, the words that stand for it, and where its PNG lies."""

    id: int
    alt: str
    path: Path


@dataclass(frozen=True, slots=True)
class Shown:
    """A card as it stands on a page.

    ``at`` is its element's id, ``said`` the confirmation or refusal of the act that led here.
    """

    card: Card
    at: str
    mode: Mode
    time: str = ""
    picture: PicturePlace | None = None
    said: str = ""
    is_refused: bool = False

    @property
    def mark(self) -> str:
        """A sign that changes whenever the element would look different."""
        return hashlib.sha256(repr(self).encode("utf-8", "replace")).hexdigest()[:16]


def place(prefix: str, subject: str) -> str:
    """Return an element's id for a card about a subject, in a part of the page."""
    return f"{prefix}-{re.sub('[^A-Za-z0-9]', '-', subject)}"


def visible(value: object) -> object:
    """Return words with what hides or turns the direction of reading made visible, control characters as spaces."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    words = value.encode("utf-8", "replace").decode()
    return _HIDDEN.sub(lambda match: f"[U+{ord(match[0]):04X}]", _CONTROL.sub(" ", words))


def new_key() -> str:
    """Return a random name for an act that a page offers, so that the same tap sent twice counts once."""
    return secrets.token_urlsafe(12)


def initials(name: str) -> str:
    """Return "LW" for Lin Wei, and the first sign of a name without spaces."""
    words = name.split()
    return "".join(each[0] for each in (words[0], words[-1])).upper() if len(words) > 1 else name[:1].upper()


def most_of(field: Field) -> str:
    """Return the largest number that a field takes, as its hint tells it, or nothing."""
    found = _NUMBER.search(field.hint) if field.kind == "quantity" else None
    return found[0].replace(",", "") if found else ""


def is_idle(group: FieldGroup) -> bool:
    """Tell whether a group's conditional questions can wait: each figure with a limit stands at it."""
    limits = [(most_of(field), field.default.replace(",", "")) for field in group.fields if most_of(field)]
    return bool(limits) and all(most == value for most, value in limits)


def filled(form: Form, answers: dict[str, str]) -> Form:
    """Return the form with what a person wrote already in place of its defaults."""
    groups = tuple(
        replace(
            group, fields=tuple(replace(each, default=answers.get(each.name, each.default)) for each in group.fields)
        )
        for group in form.groups
    )
    return replace(form, groups=groups)


@lru_cache
def _asset(name: str) -> str:
    """Return the address of a static file, which changes with its content."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


@lru_cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(asset=_asset, new_key=new_key, initials=initials, most_of=most_of, is_idle=is_idle, place=place)
    return made


def page(template: str, language: Language, **values: object) -> str:
    """Return a template filled in a language; ``say`` in it gives the catalogue's phrases."""

    def phrase(key: str, **blanks: str | int) -> str:
        return say(language, key, **blanks)

    speak: Callable[..., str] = phrase
    return _environment().get_template(template).render(language=language, say=speak, **values)
