"""Opens an installation for a command, or says in one sentence why it can't be opened."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import typer
from rich.console import Console

from app import console as words
from app.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from app.wiring import Wiring
    from workflows.people import Employee

err: Final = Console(highlight=False, stderr=True)

_REFUSED: Final = 2


def open_installation(*, level: int = logging.WARNING, founds: bool = False) -> "Wiring":
    """Return the installation; its tables are made first if it ``founds`` one, and must be there if not."""
    from sqlalchemy.exc import OperationalError

    from app.wiring import wire
    from inventory_core.db.migrate import is_current, upgrade

    settings = read_settings(level=level)
    if founds:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    wiring = wire(settings)
    try:
        if founds:
            upgrade(wiring.engine)
        is_ready = is_current(wiring.engine)
    except OperationalError as error:
        if wiring.engine.dialect.name == "sqlite" and not settings.data.exists():
            is_ready = False
        else:
            raise refusal(f"The database can't be opened: {error.orig}") from None
    if not is_ready:
        raise refusal(
            "There is no database in its present shape yet: run storekeeper up, which makes or renews it, "
            "or storekeeper migrate."
        )
    return wiring


def read_settings(*, level: int = logging.WARNING, finds_queue: bool = True) -> Settings:
    """Return the settings, and set the logging up.

    Where no queue is named, it is the one that ``up`` runs on the data folder, unless ``finds_queue`` is off.
    """
    from app import logs
    from app.valkey import embedded_url

    try:
        settings = load_settings()
    except SettingsError as error:
        raise refusal(*error.sentences) from None
    logs.set_up(settings.secrets, level=level)
    if settings.redis_url is None and finds_queue:
        return settings.model_copy(update={"redis_url": embedded_url(settings.data)})
    return settings


def queue_of(settings: Settings) -> str:
    if settings.redis_url is None:
        raise refusal("There is no queue yet: run storekeeper up on this folder, or name one with REDIS_URL.")
    return settings.redis_url


def announces(part: str, settings: Settings) -> Callable[[], None]:
    """Return what a part calls once it is ready; also bind its life to that of the supervisor that started it."""
    from app.child import end_with_supervisor
    from app.parts import announce_ready

    end_with_supervisor()
    return lambda: announce_ready(settings.data, part)


def find_person(wiring: "Wiring", code: str) -> "Employee":
    from inventory_core.db.engine import reading
    from workflows.people import by_code, everyone

    with reading(wiring.engine) as db:
        person = by_code(db, code)
        known = ", ".join(each.code for each in everyone(db))
    if person is None:
        raise refusal(
            f"Nobody here has the code {code}. " + (f"Known: {known}." if known else "Nobody works here yet.")
        )
    return person


def refusal(*sentences: str) -> typer.Exit:
    """Say why a command is not done, and return what ends it."""
    words.refuse(err, sentences)
    return typer.Exit(_REFUSED)
