"""A story as people read it: names that lead to stories of their own, in chapters; whole for a page, cut for a card."""

from dataclasses import dataclass
from typing import Final, Literal

from workflows.cards import Card, Fact, Row
from workflows.definition import Language
from workflows.phrases import say

_NAMED: Final = 6
_ROWS: Final = 8
_STEPS: Final = 12


@dataclass(frozen=True, slots=True)
class Name:
    """Some words; ``key`` names the story that they lead to, such as ``lot.12``, or is empty."""

    text: str
    key: str = ""


Words = tuple[Name, ...]


def plain(words: Words) -> str:
    return "".join(each.text for each in words)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chapter; ``is_undone``: a reversal, or what was reversed."""

    words: Words
    detail: Words = ()
    figures: tuple[Fact, ...] = ()
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class Chapter:
    """Lines under a title. ``form``: names beside each other, rows with figures, or steps in time, oldest first.

    ``more`` counts the lines that not even the story holds.
    """

    title: str
    form: Literal["names", "rows", "steps"]
    lines: tuple[Line, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """A whole story. ``subject`` names it for chats, ``key`` for links; ``note`` says what is kept back, and why."""

    key: str
    subject: str
    title: str
    summary: Words
    language: Language
    facts: tuple[tuple[str, Words], ...] = ()
    chapters: tuple[Chapter, ...] = ()
    note: str = ""


def card(story: Story, *, link: str, look: str = "", in_full: bool = False) -> Card:
    """Return a story as a card that a phone shows; what is cut is counted, and stands whole behind the link.

    ``look`` is the token by which it is told again, ``in_full`` without a cut.
    """
    language = story.language
    most = {name: None if in_full else cut for name, cut in (("rows", _ROWS), ("steps", _STEPS), ("names", _NAMED))}
    is_cut = not in_full and any(len(each.lines) > (most[each.form] or 0) for each in story.chapters)
    facts = [Fact(label, plain(words)) for label, words in story.facts]
    rows: list[Row] = []
    steps: list[str] = []
    for chapter in filter(lambda each: each.lines, story.chapters):
        match chapter.form:
            case "names":
                facts.append(Fact(chapter.title, _listed(chapter, language, most=most["names"])))
            case "rows":
                kept = chapter.lines[: most["rows"]]
                rows += [Row(plain(each.words), plain(each.detail), each.figures) for each in kept]
                if left := len(chapter.lines) - len(kept) + chapter.more:
                    rows.append(Row(say(language, "trace.more", n=left)))
            case "steps":
                latest = chapter.lines if in_full else chapter.lines[-_STEPS:]
                earlier = len(chapter.lines) - len(latest) + chapter.more
                steps += [say(language, "trace.earlier", n=earlier)] if earlier else []
                steps += [plain(each.words) for each in latest]
    return Card(
        subject=story.subject,
        title=story.title,
        summary=plain(story.summary),
        language=language,
        facts=tuple(facts),
        rows=tuple(rows),
        story=(*steps, *([story.note] if story.note else [])),
        link=link,
        look=look,
        is_cut=is_cut,
    )


def _listed(chapter: Chapter, language: Language, *, most: int | None) -> str:
    names = [plain(each.words) for each in chapter.lines[:most]]
    more = len(chapter.lines) - len(names) + chapter.more
    return ", ".join([*names, *([say(language, "trace.more", n=more)] if more else [])])
