"""A form as pages: what is asked now, a few questions a page, each line of a document or table kept together. Pure.

A form that fits stays one page. A longer one has more, each numbered, with the answers together before they are sent.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from bot.slack.elements import Called
from workflows.cards import Field, FieldGroup, Form

ONE_PAGE_MAX: Final = 10
"""The most questions that are asked at once."""
_PAGE_MAX: Final = 8
_LARGEST_PAGE: Final = 18
_PAGES_MANY: Final = 80
_IN_ROW: Final = 3


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in a form so far.

    ``files`` counts those that came, by field. ``visible`` names the questions that the answers call for; None where
    that can't be told, as in a preview, and all are shown. ``begun`` says when it was begun earlier, else empty.
    ``errors`` are sentences about answers, by field.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)
    visible: frozenset[str] | None = None
    called: Called = field(default_factory=dict)
    begun: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    has_details: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some questions. ``first`` and ``last`` number the lines that they are about, from 1; 0 where there is none."""

    groups: tuple[FieldGroup, ...]
    first: int = 0
    last: int = 0

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(each for group in self.groups for each in group.fields)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(each.name for each in self.fields)


@dataclass(frozen=True, slots=True)
class Book:
    """All pages of a form as it stands; ``lines`` counts the lines that they are about."""

    pages: tuple[Page, ...]
    lines: int

    @property
    def is_one_page(self) -> bool:
        return len(self.pages) <= 1

    def page_of(self, name: str) -> int | None:
        """Return the number of the page that asks for a field, from 0."""
        return next((number for number, page in enumerate(self.pages) if name in page.names), None)


def book(form: Form, filled: Filled, rows: Mapping[str, int]) -> Book:
    """Return a form's pages with the answers so far in them; ``rows`` are how many of a table were asked for."""
    groups = shown(form, filled, rows)
    total = sum(len(each.fields) for each in groups)
    if total <= ONE_PAGE_MAX:
        lines = sum(map(_is_line, groups))
        return Book((Page(tuple(groups), min(lines, 1), lines),), lines)
    size = min(max(_PAGE_MAX, math.ceil(total / _PAGES_MANY)), _LARGEST_PAGE)
    pages: list[Page] = []
    line = 0
    for group in groups:
        line += _is_line(group)
        number = line if _is_line(group) else 0
        for start in range(0, len(group.fields), size):
            part = replace(group, fields=group.fields[start : start + size])
            if pages and len(pages[-1].fields) + len(part.fields) <= size:
                before = pages[-1]
                pages[-1] = Page((*before.groups, part), before.first or number, number or before.last)
            else:
                pages.append(Page((part,), number, number))
    return Book(tuple(pages), line)


def _is_line(group: FieldGroup) -> bool:
    return bool(group.title)


def shown(form: Form, filled: Filled, rows: Mapping[str, int]) -> list[FieldGroup]:
    """Return the groups of the questions that are asked now, the answers so far as what stands in them at first."""
    counted = rows_of(form, filled.answers, rows)
    found = []
    for group in form.groups:
        fields = tuple(
            replace(each, default=filled.answers.get(each.name, each.default), required=_is_required(each, filled))
            for each in group.fields
            if _is_asked(each, filled, counted)
        )
        if fields:
            found.append(replace(group, fields=fields))
    return found


def _is_asked(asked: Field, filled: Filled, rows: Mapping[str, int]) -> bool:
    if filled.visible is None or not asked.is_conditional:
        return True
    if row := row_of(asked.name):
        return row[1] <= rows.get(row[0], 1)
    return asked.name in filled.visible


def _is_required(asked: Field, filled: Filled) -> bool:
    """Tell whether Slack may insist on an answer: not for a line of a table that may stay empty."""
    may_be_idle = asked.is_conditional and (filled.visible is None or row_of(asked.name) is not None)
    return asked.required and not may_be_idle


def row_of(name: str) -> tuple[str, int] | None:
    """Return the table and the number of the row that a field stands in; None for any other field."""
    parts = name.split(".")
    return (parts[0], int(parts[1])) if len(parts) == _IN_ROW and parts[1].isdigit() else None


def tables(form: Form) -> dict[str, int]:
    """Return the tables of a form, and how many rows each can have."""
    rows = (row for each in form.fields if (row := row_of(each.name)))
    return {name: max(number for _, number in found) for name, found in groupby(rows, key=lambda each: each[0])}


def rows_of(form: Form, answers: Mapping[str, str], asked: Mapping[str, int]) -> dict[str, int]:
    """Return how many rows of each table are shown: those that hold something, and those that were asked for."""
    counted = {name: max(1, min(asked.get(name, 1), most)) for name, most in tables(form).items()}
    for each in form.fields:
        if (row := row_of(each.name)) and answers.get(each.name, each.default).strip():
            counted[row[0]] = max(counted[row[0]], row[1])
    return counted


def without_row(form: Form, answers: Mapping[str, str], table: str, number: int, *, count: int) -> dict[str, str]:
    """Return the answers with one row of a table taken out, those behind it moved up."""
    standing = {each.name: answers.get(each.name, each.default) for each in form.fields if row_of(each.name)}
    moved = dict(answers)
    for name in _names_in(form, table):
        row, column = row_of(name), name.rpartition(".")[2]
        assert row is not None, "a row's field"
        if number <= row[1] <= count:
            moved[name] = standing.get(f"{table}.{row[1] + 1}.{column}", "") if row[1] < count else ""
    return moved


def _names_in(form: Form, table: str) -> Iterator[str]:
    return (each.name for each in form.fields if (row := row_of(each.name)) and row[0] == table)


def parts(pages: Sequence[Page], most: int) -> list[tuple[int, list[Field]]]:
    """Return the pages' questions in at most so many parts, each with the number of its first page."""
    step = max(1, math.ceil(len(pages) / most))
    starts = range(0, len(pages), step)
    return [(start, [each for page in pages[start : start + step] for each in page.fields]) for start in starts]
