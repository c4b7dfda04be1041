"""Hears which bin was scanned for which line of a card: "A-1", "L261125-0001 A-1", "2: A-1; 3: B-2". Pure."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from inventory_core.document import Line
from inventory_core.errors import RuleBroken, UnknownBin
from workflows import rules
from workflows.inbox import Asked

_LABEL = re.compile(r"^\s*(?P<label>[^\s:：]+)\s*[:：]\s*(?P<rest>.+)$")
_LONGEST_WORD = 60
_MOVE = ("goods", "from_bin", "to_bin", "quantity")


class WhichLine(RuleBroken):
    """The bin was named and not the goods, and several are meant: bin, lot (of one of them)."""

    key = "help.which_line"


@dataclass(frozen=True, slots=True)
class _Said:
    """What one part of a reply names: lines, a bin, and words that are neither."""

    lines: tuple[Line, ...]
    bin: str
    others: tuple[str, ...]


def hear_bins(
    words: str, lines: Sequence[Line], find: Callable[[str], str | None], *, known: Sequence[str] = ()
) -> Mapping[int, str] | None:
    """Return the bin that was named for each line, by the line's position; None when the words name no bin.

    ``find`` gives the code of the bin that a word means, ``known`` are words that say something else, such as a reason.
    A bin alone is meant for the lines that it was proposed for, or else for the only line. Raises UnknownBin for a
    single word that is no bin, and WhichLine.
    """
    heard: dict[int, str] = {}
    for part in re.split(r"[;；\n]", unicodedata.normalize("NFKC", words)):
        if not part.strip():
            continue
        said = _said(part, lines, find, known)
        if not said.bin:
            if len(said.others) == 1:
                raise UnknownBin(code=said.others[0][:_LONGEST_WORD])
            return None
        proposed = [line for line in said.lines or lines if str(line.fields.get("bin", "")) == said.bin]
        meant = proposed or said.lines or lines
        if len(meant) > 1 and not proposed and not said.lines:
            raise WhichLine(bin=said.bin, lot=str(lines[0].fields.get("lot") or lines[0].item_code))
        heard |= {line.position: said.bin for line in meant}
    return heard or None


def move_answers(words: str) -> dict[str, str]:
    """Return the answers to the form of a move from "GOODS FROM TO QUANTITY"; none where the words are not these."""
    parts = unicodedata.normalize("NFKC", words).replace("→", " ").split()
    if len(parts) not in (len(_MOVE) - 1, len(_MOVE)):
        return {}
    return dict(zip(_MOVE, parts, strict=False))


def answers(asked: Asked, words: str, find: Callable[[str], str | None]) -> dict[str, str] | None:
    """Return the answers to a form whose outcome hears a code, with a choice that was said by its label.

    Raises as ``hear_bins``.
    """
    field = next(name for name, rule in asked.outcome.heard_rules.items() if "code" in rules.names_in(rule))
    form = {each.name for each in asked.form.fields}
    lines = [line for line in asked.document.lines if f"{field}.{line.position}" in form]
    said = {
        each.name: option
        for each in asked.form.fields
        for option in each.options
        if each.kind == "choice" and option.label.lower() in words.lower()
    }
    heard = hear_bins(words, lines, find, known=[option.label for option in said.values()])
    if heard is None:
        return None
    chosen = {name: option.value for name, option in said.items()}
    return chosen | {f"{field}.{position}": code for position, code in heard.items()}


def _said(part: str, lines: Sequence[Line], find: Callable[[str], str | None], known: Sequence[str]) -> _Said:
    label = _LABEL.match(part)
    for words in known:
        part = re.sub(re.escape(words), " ", part, flags=re.IGNORECASE)
    named = [line for line in lines if label and label["label"] == str(line.position)]
    bin_, others = "", []
    for word in re.split(r"[\s,，:：]+", part.strip()):
        if label and word == label["label"] and named:
            continue
        here = [line for line in lines if word.lower() in _names(line)]
        if here:
            named += here
        elif word and (found := find(word)) is not None:
            bin_ = found
        elif word:
            others.append(word)
    return _Said(tuple(named), bin_, tuple(others))


def _names(line: Line) -> tuple[str, ...]:
    return line.item_code.lower(), str(line.fields.get("lot", "")).lower()
