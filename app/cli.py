"""The command line. Each command is a few lines: read the settings, call what does the work, tell the outcome."""

import dataclasses
import datetime as dt
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from app import console as words
from app.opening import announces, err, find_person, open_installation, queue_of, read_settings, refusal
from app.slack_cli import slack

if TYPE_CHECKING:
    from app.replay import Replayed
    from app.sample import Loaded

app = typer.Typer(
    name="storekeeper",
    help="Stock that answers in chat.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
out = Console(highlight=False)

app.add_typer(slack, name="slack")

Sample = Annotated[bool, typer.Option("--sample", help="Load the sample company into an empty database.")]
Port = Annotated[int | None, typer.Option(help="Serve the pages on this port.", min=1, max=65535)]
Folder = Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A folder of CSV files.")]
Code = Annotated[str, typer.Argument(metavar="EMPLOYEE", help="An employee's code.")]


def main() -> None:
    """Run the command line. Files that it makes are for this user's eyes only."""
    os.umask(0o077)
    app()


@app.command()
def up(sample: Sample = False, port: Port = None) -> None:
    """Start everything on this machine. Ctrl+C stops it."""
    from app.parts import FolderInUseError
    from app.up import PortTakenError
    from app.up import up as start
    from app.valkey import NoServerError

    settings = read_settings(finds_queue=False)
    if port is not None:
        settings = settings.model_copy(update={"port": port})
    try:
        start(settings, wants_sample=sample, console=out)
    except (FolderInUseError, PortTakenError, NoServerError) as error:
        raise refusal(str(error)) from None


@app.command()
def web() -> None:
    """Serve the pages and the chat platforms' calls."""
    from app.http import build_app
    from app.server import serve

    wiring = open_installation(level=logging.INFO)
    settings = wiring.settings
    ready = announces("web", settings)
    serve(build_app(wiring), host=settings.host, port=settings.port, on_ready=ready)


@app.command()
def relay() -> None:
    """Turn what happened into messages, and watch the clock for alerts and digests."""
    from notifier.relay import run_forever

    wiring = open_installation(level=logging.INFO)
    queue_of(wiring.settings)
    run_forever(wiring.relay(), on_ready=announces("relay", wiring.settings))


@app.command()
def worker(queue: Annotated[Literal["notify", "charts"], typer.Argument(help="Whose jobs to take.")]) -> None:
    """Send messages (notify) or draw pictures (charts)."""
    from app.workers import run_worker
    from notifier.jobs import equip

    wiring = open_installation(level=logging.INFO)
    if queue == "charts":
        import charts.stock  # noqa: F401 (once here, not in each picture's own process)
    ready = announces(f"worker-{queue}", wiring.settings)
    equip(wiring.tools)
    raise typer.Exit(run_worker(queue, redis_url=queue_of(wiring.settings), on_ready=ready))


@app.command()
def migrate() -> None:
    """Bring the database to the newest shape."""
    open_installation(founds=True)


@app.command()
def load(folder: Folder) -> None:
    """Load a company from a folder of CSV files into an empty database."""
    from rich.progress import Progress

    from app.rows import CompanyError
    from app.sample import load_company

    wiring = open_installation(founds=True)
    try:
        with Progress(console=out, transient=True) as bar:
            task = bar.add_task("Loading", total=1.0)
            loaded = load_company(wiring.desk, folder, progress=lambda share: bar.update(task, completed=share))
    except CompanyError as error:
        raise refusal(str(error)) from None
    words.done(out, "The company is loaded", _figures(loaded))


@app.command()
def replay(folder: Folder) -> None:
    """Play AdventureWorks' own tables of orders through the receipt flow, as their people would have tapped them."""
    import time

    from rich.progress import MofNCompleteColumn, Progress

    from app.replay import replay as play
    from app.rows import CompanyError

    wiring = open_installation(founds=True)
    begun = time.monotonic()
    try:
        with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), console=out, transient=True) as bar:
            task = bar.add_task("Order lines", total=None)
            played = play(
                wiring.desk, folder, progress=lambda done, total: bar.update(task, completed=done, total=total)
            )
    except CompanyError as error:
        raise refusal(str(error)) from None
    took_s = time.monotonic() - begun
    words.done(
        out,
        f"The history is played: {played.order_lines / took_s:,.0f} lines a second, {took_s:,.0f} s in all",
        _figures(played),
    )


@app.command()
def doctor() -> None:
    """Check everything that must never break."""
    from rich.progress import Progress

    from app.doctor import COUNT, examine

    with Progress(console=out, transient=True) as bar:
        task = bar.add_task("", total=COUNT)
        wiring = open_installation()
        findings = examine(
            wiring.engine,
            lambda rule, number, _count: bar.update(task, completed=number - 1, description=rule),
            keyring=wiring.keyring,
        )
    words.refuse(err, [str(finding) for finding in findings])
    if not findings:
        out.print(f"All {COUNT} rules hold.")
    raise typer.Exit(1 if findings else 0)


@app.command("close-period")
def close_period(
    until: Annotated[dt.datetime, typer.Argument(metavar="DAY", formats=["%Y-%m-%d"], help="Its last day.")],
    by: Annotated[str, typer.Option(metavar="EMPLOYEE", help="Who closes it, by their code.")],
) -> None:
    """Close the past up to and with a day: nothing enters it any more."""
    from inventory_core import periods
    from inventory_core.db.engine import writing
    from inventory_core.errors import RuleBroken
    from workflows.phrases import say_error

    wiring = open_installation()
    person, day = find_person(wiring, by), until.date()
    try:
        with writing(wiring.engine) as db:
            periods.close(db, day, today=wiring.desk.today(), employee_id=person.id, now=_now())
    except RuleBroken as error:
        raise refusal(say_error("en", error)) from None
    out.print(f"Closed up to and with {day}.")


@app.command()
def link(employee: Code) -> None:
    """Print a one-time code that ties a chat account to an employee."""
    from inventory_core.db.engine import writing
    from workflows.people import new_link_code

    wiring = open_installation()
    person = find_person(wiring, employee)
    with writing(wiring.engine) as db:
        code = new_link_code(db, person, now=_now())
    out.print(f"Within ten minutes {person.name} writes to the bot in Slack or Telegram: link {code}", soft_wrap=True)


@app.command()
def signin(employee: Code) -> None:
    """Print a link that signs an employee in on the web."""
    from app.links import signin_link
    from inventory_core.db.engine import writing

    wiring = open_installation()
    person = find_person(wiring, employee)
    with writing(wiring.engine) as db:
        out.print(signin_link(db, wiring.settings.address, person, now=_now()), soft_wrap=True)


@app.command()
def channel(
    platform: Annotated[Literal["slack", "telegram"], typer.Argument(help="Where the channel is.")],
    chat: Annotated[str, typer.Argument(metavar="CHAT", help="Its id there, such as C0123456789 or -1001234567890.")],
    purpose: Annotated[Literal["alerts"], typer.Option("--for", help="What it is told.")] = "alerts",
    workspace: Annotated[str, typer.Option(help="The Slack team's id.")] = "",
    language: Annotated[Literal["en", "zh"], typer.Option(help="The language it is told in.")] = "en",
) -> None:
    """Let alerts and the digest go to a channel."""
    from inventory_core.db.engine import writing
    from workflows.chats import reopen
    from workflows.intents import Address
    from workflows.people import open_channel

    assert purpose == "alerts"
    address, wiring = Address(platform, workspace, chat), open_installation()
    with writing(wiring.engine) as db:
        reopen(db, address, now=wiring.desk.clock())
        open_channel(db, address, language=language)


@app.command()
def queue() -> None:
    """Show what waits in the queue, runs and has failed."""
    from redis.exceptions import ConnectionError as NoAnswer

    from app.workers import backlog

    try:
        queues = backlog(queue_of(read_settings()))
    except NoAnswer:
        raise refusal("The queue does not answer. Is Storekeeper running on this folder?") from None
    for name, figures in queues.items():
        out.print(f"{name:<8}" + "".join(f"  {count:>6} {state}" for state, count in figures.items()))


def _figures(counted: "Loaded | Replayed") -> list[tuple[str, str]]:
    return [(name.replace("_", " "), f"{count:,}") for name, count in dataclasses.asdict(counted).items()]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


if __name__ == "__main__":
    main()
