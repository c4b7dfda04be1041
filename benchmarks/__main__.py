"""Runs the measurements, prints a table, and writes ``build/bench.json``."""

import json
import logging
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import structlog
from rich.console import Console
from rich.table import Table

from app.threads import share_often
from benchmarks import acts, backlog, flows, imports, messages, pictures, postgres, reads, stock, taps, telegram
from benchmarks.rounds import Measured


class Told(Protocol):
    """One measurement: it is made when it is asked for."""

    @property
    def name(self) -> str: ...

    def measure(self) -> Measured: ...


Room = Callable[[], AbstractContextManager[Sequence[Told]]]

ROOMS: dict[str, tuple[Room, ...]] = {
    "posting": (stock.pairs, postgres.pairs),
    "reads": (reads.pairs,),
    "tap": (taps.pairs, telegram.pairs),
    "flow": (flows.pairs, acts.pairs),
    "notify": (messages.pairs,),
    "send": (backlog.pairs,),
    "chart": (pictures.pairs,),
    "import": (imports.pairs,),
}
"""The first word of a measurement's name, and the rooms that it is in."""


def main(only: str = "", *, out: Path = Path("build/bench.json")) -> int:
    """Measure what is named ``only`` or begins so, or else everything."""
    share_often()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    rooms = [room for word, found in ROOMS.items() if not only or word == only.partition(".")[0] for room in found]
    if not rooms:
        print(f"Nothing is measured under the name {only}; names begin with {', '.join(ROOMS)}.", file=sys.stderr)
        return 2
    measured: list[Measured] = []
    for room in rooms:
        with room() as pairs:
            measured += [pair.measure() for pair in pairs if pair.name.startswith(only)]
    show(measured)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps([each.as_values() for each in measured], indent=2) + "\n")
    return 0


def show(found: list[Measured]) -> None:
    """Print ours beside the floor."""
    table = Table("measured", box=None, header_style="dim")
    for heading in ("ours", "floor", "", "ours / floor"):
        table.add_column(heading, justify="left" if not heading else "right")
    for each in found:
        digits = 2 if each.unit in ("ms", "us") else 0
        table.add_row(
            each.name, f"{each.ours:,.{digits}f}", f"{each.floor:,.{digits}f}", each.unit, f"{each.ratio:.2f}"
        )
    Console(highlight=False).print(table)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
