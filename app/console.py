"""What a person reads in the terminal. Links are never cut or wrapped: they must stay clickable and easy to copy."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.prompt import Confirm
from rich.text import Text


@dataclass(frozen=True, slots=True)
class Seat:
    """A person of the sample company, and the link that signs one in as them."""

    name: str
    work: str
    link: str


def say(console: Console, words: str) -> None:
    """Tell one thing that happened."""
    _print(console, ("! ", "yellow"), words)


def refuse(console: Console, sentences: Sequence[str]) -> None:
    """Say why something was not done."""
    for sentence in sentences:
        _print(console, ("✗ ", "red"), sentence)


def checked(console: Console, kind: Literal["good", "note", "missing"], words: str) -> None:
    """Tell one thing that was looked at: it is well, to be known, or missing."""
    sign: dict[str, tuple[str, str]] = {"good": ("✓ ", "green"), "note": ("· ", "dim"), "missing": ("✗ ", "red")}
    _print(console, sign[kind], words)


def asks(console: Console, question: str) -> bool:
    """Ask the person at the terminal, yes by default; where nobody can answer it is no."""
    return console.is_terminal and sys.stdin.isatty() and Confirm.ask(question, console=console, default=True)


def welcome(console: Console, *, address: str, data: Path, seats: Sequence[Seat] = (), demo: str = "") -> None:
    """Say that everything runs, where, and how to go on."""
    _print(console, "")
    _print(console, ("✓ ", "green"), ("Storekeeper is ready", "bold"), "  ", _link(address))
    if demo:
        _print(console, "")
        _print(console, ("  The whole company on one page", "bold"))
        _print(console, "    ", _link(demo))
    if seats:
        _print(console, "")
        _print(console, ("  One person's seat", "bold"), ("  a link signs you in as that person", "dim"))
        names, works = (max(map(cell_len, column)) for column in zip(*((s.name, s.work) for s in seats), strict=True))
        for seat in seats:
            work = (_padded(seat.work, works), "dim")
            _print(console, "    ", (_padded(seat.name, names), "bold"), "  ", work, "  ", _link(seat.link))
    _print(console, "")
    _print(console, (f"  Logs: {data / 'logs'}   Stop: Ctrl+C", "dim"))
    _print(console, "")


def done(console: Console, sentence: str, figures: Sequence[tuple[str, str]]) -> None:
    """Say that something was done, and its figures, one a line."""
    _print(console, ("✓ ", "green"), (sentence, "bold"))
    widths = max((cell_len(value) for _, value in figures), default=0)
    for label, value in figures:
        _print(console, f"  {value:>{widths}}  ", (label, "dim"))


def _print(console: Console, *pieces: str | tuple[str, str] | Text) -> None:
    console.print(Text.assemble(*pieces), soft_wrap=True)


def _padded(words: str, width: int) -> str:
    """Return words filled up to a width in terminal cells, of which a Chinese sign takes two."""
    return words + " " * (width - cell_len(words))


def _link(address: str) -> Text:
    return Text(address, style=f"cyan link {address}")
