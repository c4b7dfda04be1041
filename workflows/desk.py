"""What faces and notifier share: the database, the company's clock and zone, and where its files and pages are."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from workflows.definition import Language


@dataclass(frozen=True, slots=True)
class Desk:
    """``base_url`` is where people reach the pages, without a closing slash; ``clock`` gives aware UTC moments.

    ``bot_name`` is the name of the Telegram bot that the codes on labels open, or empty.
    """

    engine: Engine
    zone: ZoneInfo
    base_url: str
    files: Path
    clock: Callable[[], dt.datetime]
    bot_name: str = ""

    def today(self) -> dt.date:
        """Return the company's local date."""
        return self.clock().astimezone(self.zone).date()

    def local_time(self, moment: dt.datetime) -> str:
        """Return "10:05" for today, else "11-24 10:05": it reads the same in both languages."""
        local = moment.astimezone(self.zone)
        return f"{local:%H:%M}" if local.date() == self.today() else f"{local:%m-%d %H:%M}"

    def task_link(self, task_id: int, employee_code: str) -> str:
        return f"{self.base_url}/p/{employee_code}/task/{task_id}" if self.base_url and employee_code else ""

    @property
    def app_link(self) -> str:
        """The page that Telegram opens as a Mini App, which it does over https alone; else empty."""
        return f"{self.base_url}/telegram" if self.base_url.startswith("https://") else ""

    def form_link(self, task_id: int, outcome: str) -> str:
        """Return where the Mini App opens a task, and the form of an outcome if one is named; empty without https."""
        form = f"&form={outcome}" if outcome else ""
        return f"{self.app_link}?task={task_id}{form}" if self.app_link and task_id else ""

    def company_link(self, employee_code: str) -> str:
        return f"{self.base_url}/p/{employee_code}/company" if self.base_url and employee_code else ""

    def trace_link(self, key: str, employee_code: str) -> str:
        """Return where a story is told whole; ``key`` is that of what it is about, such as ``lot.12``."""
        return f"{self.base_url}/p/{employee_code}/trace/{key}" if self.base_url and employee_code else ""


LANGUAGES: tuple[Language, ...] = ("en", "zh")
