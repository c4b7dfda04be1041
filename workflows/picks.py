"""Answers that are a tap away: what may be chosen, what the form proposes, and what the person answered lately."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, text

from workflows import suggestions
from workflows.book import CompanyBook
from workflows.cards import Field
from workflows.definition import Flow
from workflows.forms import CODED

_MOST: Final = 3
"""So many of the latest answers are offered; what is near to words that named nothing may be twice as many."""

_LATELY: Final = text("SELECT answers FROM decisions WHERE employee_id = :employee ORDER BY id DESC LIMIT 40")


def of_field(db: Connection, field: Field, *, employee_id: int, book: CompanyBook) -> tuple[str, ...]:
    """Return what is offered as the answer to a question, the likeliest first."""
    if field.options:
        return tuple(option.label for option in field.options)
    known = [field.default] if field.default else []
    if field.kind in CODED - {"lot"}:  # a lot is seldom the one of last time
        lately = (each for each in _lately(db, field.name, employee_id) if book.find(field.kind, each) == each)
        known += islice((each for each in lately if each not in known), _MOST)  # the others are not looked up
    return tuple(dict.fromkeys(known))


def near(db: Connection, flow: Flow, field: Field, words: str) -> tuple[str, ...]:
    """Return the codes that somebody may have meant by words that name nothing, or several things."""
    rule = suggestions.rule_of(flow, field.name)
    if rule is None or field.kind not in CODED:
        return ()
    found = suggestions.find(db, field.kind, words, only=rule.only, most=2 * _MOST)
    return tuple(dict.fromkeys(each.code for each in found))


def _lately(db: Connection, name: str, employee_id: int) -> Sequence[str]:
    parts = name.split(".")
    # A row's field is called parts.2.part, a line's bin.2: in each the number is of no matter here.
    path = [parts[0], parts[2]] if len(parts) == 3 else parts[:1]
    stored = db.execute(_LATELY, {"employee": employee_id}).scalars()
    given = (json.loads(each) if isinstance(each, str) else each for each in stored)
    return list(dict.fromkeys(value for each in given for value in _found(each, path, is_of_line=len(parts) == 2)))


def _found(given: Mapping[str, Any], path: Sequence[str], *, is_of_line: bool) -> Iterator[str]:
    if is_of_line:
        for line in given.get("lines", {}).values():
            yield from _words(line.get(path[0]))
    elif len(path) == 1:
        yield from _words(given.get(path[0]))
    else:
        rows = given.get(path[0])
        for row in rows if isinstance(rows, list) else ():
            yield from _words(row.get(path[1]))


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
