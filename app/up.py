"""Starts everything on one machine: the queue, the pages, the relay and the workers, on one data folder."""

import contextlib
import datetime as dt
import errno
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from sqlalchemy import Engine

from app import console as words
from app.console import Seat
from app.links import demo_link, signin_link
from app.parts import claimed
from app.server import LISTENER, open_door
from app.settings import Settings
from app.supervisor import Part, run
from app.valkey import embedded_server
from inventory_core.db.engine import open_engine, reading, writing
from inventory_core.db.migrate import upgrade
from workflows import people
from workflows.people import Employee
from workflows.phrases import role

SAMPLE: Final = Path(__file__).parents[1] / "examples" / "adventureworks"

_PARTS: Final = {
    "web": ("web",),
    "relay": ("relay",),
    "worker-notify": ("worker", "notify"),
    "worker-charts": ("worker", "charts"),
}


class PortTakenError(Exception):
    """The pages can't be served on this port; the message is a sentence for the person."""


def up(settings: Settings, *, wants_sample: bool, console: Console) -> None:
    """Start everything and keep it running until asked to stop.

    Raises FolderInUseError, PortTakenError and NoServerError before anything is started.
    """
    with claimed(settings.data, address=settings.address), _door(settings) as door:
        parts = _parts(settings, door)
        engine = open_engine(settings.database_url)
        upgrade(engine)
        if _is_empty(engine):
            wants_sample = wants_sample or words.asks(console, "This folder is empty. Load the sample company?")
            if wants_sample:
                _load_sample(settings, console)

        def greet() -> None:
            seats, demo = _seats(engine, settings) if wants_sample else ((), "")
            words.welcome(console, address=settings.address, data=settings.data, seats=seats, demo=demo)
            if _is_empty(engine):
                words.say(console, "Nobody works here yet. Stop, and load your company: storekeeper load FOLDER")

        run(settings, parts, say=lambda sentence: words.say(console, sentence), on_ready=greet)
        console.print(f"Stopped. Everything is kept in {settings.data}", style="dim", soft_wrap=True, markup=False)
        engine.dispose()


@contextlib.contextmanager
def _door(settings: Settings) -> Iterator[socket.socket]:
    try:
        door = open_door(settings.host, settings.port)
    except OSError as error:
        reason = {
            errno.EADDRINUSE: "is in use by another program",
            errno.EACCES: "may not be used by this account",
        }.get(error.errno or 0, f"can't be opened ({error.strerror})")
        raise PortTakenError(
            f"Port {settings.port} on {settings.host} {reason}; choose another one: storekeeper up --port 8001"
        ) from error
    with door:
        yield door


def _parts(settings: Settings, door: socket.socket) -> list[Part]:
    environment = {"STOREKEEPER_DATA": str(settings.data), "STOREKEEPER_PORT": str(settings.port)}
    parts = []
    if settings.redis_url is None:
        server = embedded_server(settings.data)
        environment["REDIS_URL"] = server.url
        parts.append(Part("queue", server.command, prepare=server.prepare, probe=server.is_ready, is_base=True))
    for name, arguments in _PARTS.items():
        # -P keeps the folder in which it was started off the path: a folder named app in it would be taken for ours
        command = (sys.executable, "-P", "-m", "app.cli", *arguments)
        if name == "web":
            web = environment | {LISTENER: str(door.fileno())}
            parts.append(Part(name, command, env=web, sockets=(door,)))
        else:
            parts.append(Part(name, command, env=environment))
    return parts


def _is_empty(engine: Engine) -> bool:
    """Tell whether nobody works in this database yet."""
    with reading(engine) as db:
        return not people.everyone(db)


def _load_sample(settings: Settings, console: Console) -> None:
    from app.sample import load_company
    from app.wiring import wire

    bar = Progress(
        TextColumn("  {task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), console=console
    )
    with bar:
        task = bar.add_task("Loading the sample company, once", total=1.0)
        load_company(wire(settings).desk, SAMPLE, progress=lambda share: bar.update(task, completed=share))


def _seats(engine: Engine, settings: Settings) -> tuple[tuple[Seat, ...], str]:
    """Return a fresh sign-in link for everybody in the sample company, and one to the page that shows them all."""
    now = dt.datetime.now(dt.UTC)
    with writing(engine) as db:
        seats = tuple(
            Seat(person.name, _work(person), signin_link(db, settings.address, person, now=now))
            for person in people.everyone(db)
        )
        return seats, demo_link(db, settings.address, now=now)


def _work(person: Employee) -> str:
    return ", ".join(sorted(role("en", each) for each in person.roles))
