"""Cards, forms and pages as HTML. Words are escaped once, here, and nothing in them can turn the reading direction."""

import hashlib
import re
import secrets
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.web.attached import Shot
from bot.web.session import Visitor
from bot.web.shelf import Shelf, Shown
from workflows import phrases
from workflows.cards import Fact, Form
from workflows.codes import SCANNED
from workflows.definition import Flow, Language
from workflows.drafts import READERS, Listed
from workflows.phrases import say
from workflows.stories.told import Story

HERE: Final = Path(__file__).parent
APP_SIGN_IN: Final = "/telegram/in"
"""Where the Mini App's page sends what Telegram told it."""
_HIDDEN: Final = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def visible(words: str) -> str:
    """Return the words with what turns the reading direction, or hides, written out: [U+202E]."""
    words = words.encode("utf-8", "replace").decode()
    return _HIDDEN.sub(lambda match: f"[U+{ord(match[0]):04X}]", _CONTROL.sub(" ", words))


def dom_id(place: str, subject: str) -> str:
    """Return the id of the element that shows a subject, such as ``card-task-5``."""
    return f"{place}-{re.sub(r'[^A-Za-z0-9]', '-', subject)}"


def stands_out(figures: tuple[Fact, ...], index: int) -> bool:
    """Tell whether a figure differs from the first one of its row in the same unit, such as 48 pc of 50 pc."""
    first, here = figures[0].value.rpartition(" "), figures[index].value.rpartition(" ")
    return index > 0 and not figures[index].is_apart and first[2] == here[2] and first[0] != here[0]


def initials(name: str) -> str:
    """Return what stands in a person's badge: "LW" for Lin Wei, the family name for 林伟."""
    words = name.split() or ["?"]
    return words[0][0] + (words[-1][0] if len(words) > 1 and words[0][0].isascii() else "")


def new_act() -> str:
    """Return a fresh name for one act; a form that is sent twice carries the same one."""
    return secrets.token_urlsafe(12)


@lru_cache
def asset(name: str) -> str:
    """Return the address of a static file; it changes with the file, so that browsers may keep it for good."""
    mark = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={mark}"


@lru_cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )
    templates.globals.update(
        say=say, role=phrases.role, asset=asset, dom_id=dom_id, new_act=new_act, stands_out=stands_out,
        initials=initials, scanned=SCANNED,
    )  # fmt: skip
    return templates


def _fill(name: str, **values: object) -> str:
    return _templates().get_template(name).render(**values)


def page(
    who: Visitor,
    shelf: Shelf,
    *,
    pulse: str,
    is_single: bool = False,
    starts: Collection[Flow] = (),
    opens: str = "",
) -> str:
    """Return a person's page. ``pulse`` is where it asks for news, ``starts`` are the flows that they may start.

    ``opens`` is the token of the button whose form is opened at once.
    """
    designs = bool(who.employee.roles & READERS)
    return _fill(
        "inbox.html", who=who, language=who.language, shelf=shelf, pulse=pulse, is_single=is_single, starts=starts,
        designs=designs, opens=opens,
    )  # fmt: skip


def shelf(who: Visitor, lying: Shelf, *, is_single: bool = False) -> str:
    """Return the cards of a person's page alone."""
    return _fill("shelf.html", who=who, language=who.language, shelf=lying, is_single=is_single)


def outcome(who: Visitor, words: str, *, is_done: bool, card: Shown | None = None, place: str = "card") -> str:
    """Return what a page changes after an act: the card in its new state, and the sentence that says so."""
    return _fill("outcome.html", who=who, language=who.language, words=words, is_done=is_done, shown=card, place=place)


def sheet(
    who: Visitor,
    form: Form,
    *,
    place: str,
    act: str = "",
    words: str = "",
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    needed: Collection[str] = (),
) -> str:
    """Return a form for the sheet: filled with ``values`` where it was sent before, with what was wrong with them.

    ``needed`` names the conditional questions that the present answers call for.
    """
    return _fill(
        "sheet.html", who=who, language=who.language, form=form, place=place, act=act or new_act(), words=words,
        values=values or {}, errors=errors or {}, needed=needed,
    )  # fmt: skip


def answer(
    who: Visitor, *, asked: str, words: str, cards: tuple[Shown, ...], picture: str, alt: str, link: str, sheet: str
) -> str:
    """Return the answer to what was typed.

    ``picture`` is a data address or empty, ``link`` a file's address under the person's home, ``sheet`` a form to go on
    with.
    """
    return _fill(
        "answer.html", who=who, language=who.language, asked=asked, words=words, cards=cards, picture=picture, alt=alt,
        link=link, sheet=Markup(sheet),  # noqa: S704 (made by this module)
    )  # fmt: skip


def designs(who: Visitor, found: Collection[Listed], *, may_edit: bool) -> str:
    """Return the list of a company's flows."""
    return _fill("designs.html", who=who, language=who.language, flows=found, may_edit=may_edit)


def design(who: Visitor, name: str, *, title: str) -> str:
    """Return the page on which a flow is changed; its scripts fetch the flow itself."""
    return _fill("design.html", who=who, language=who.language, flow=name, title=title or name)


def papers(who: Visitor, **values: object) -> str:
    """Return a list of papers."""
    return _fill("papers.html", who=who, language=who.language, **values)


def trace(
    who: Visitor,
    *,
    words: str = "",
    note: str = "",
    choices: Collection[tuple[str, str]] = (),
    more: str = "",
    story: Story | None = None,
    alt: str = "",
    files: Collection[Shot] = (),
) -> str:
    """Return a story, or what the words could mean (keys with what they are called), under the box to ask in.

    ``alt`` stands for the story's picture; empty where it has none.
    """
    return _fill(
        "trace.html", who=who, language=who.language, words=words, note=note, choices=choices, more=more, story=story,
        alt=alt, files=files,
    )  # fmt: skip


def company(who: Visitor, **values: object) -> str:
    """Return the page on which the administrator says when the company works and who leads whom."""
    return _fill("company.html", who=who, language=who.language, **values)


def preview_card(who: Visitor, shown: Shown) -> str:
    """Return a card alone, as the inbox shows it."""
    return _fill("card.html", who=who, language=who.language, shown=shown)


def app_door(language: Language, onward: str) -> str:
    """Return the page that Telegram opens: it signs its person in and goes on to ``onward`` under their home."""
    return _fill("telegram.html", language=language, onward=onward, signin=APP_SIGN_IN)


def note(language: Language, words: str, *, onward: str = "", is_instant: bool = False) -> str:
    """Return a page with one sentence, and perhaps the way on; ``is_instant`` takes it at once."""
    return _fill("note.html", language=language, words=words, onward=onward, is_instant=is_instant)


def demo(language: Language, people: Collection[Visitor], secret: str) -> str:
    """Return the page with everybody's inbox side by side."""
    return _fill("demo.html", language=language, people=people, secret=secret)
