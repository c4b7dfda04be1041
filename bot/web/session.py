"""Who is at the browser: one cookie a person, so that several people can be signed in side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from fastapi import Request
from starlette.responses import Response

from inventory_core.db.engine import reading, writing
from workflows import people
from workflows.definition import Language
from workflows.desk import LANGUAGES, Desk
from workflows.inbox import Reader, reader_of
from workflows.intents import Address, Sender
from workflows.people import Employee

SESSION: Final = "session"
LANGUAGE: Final = "language"
_LIFE_S: Final = 30 * 24 * 3600


@dataclass(slots=True, eq=False)
class Stop(Exception):
    """A request that goes no further: its status, and the key of the one sentence that says why."""

    status: int
    key: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in employee and the language that they read in this browser."""

    employee: Employee
    language: Language

    @property
    def home(self) -> str:
        """The address of this person's pages, without a closing slash."""
        return home(self.employee.code)

    @property
    def sender(self) -> Sender:
        return Sender("web", "", self.employee.code)

    @property
    def address(self) -> Address:
        return Address("web", "", self.employee.code)

    @property
    def reader(self) -> Reader:
        return reader_of(self.employee, self.address, self.language)


def home(code: str) -> str:
    return f"/p/{quote(code, safe='')}"


def visitor(desk: Desk, request: Request, code: str) -> Visitor:
    """Return who is signed in on this person's pages. Raises Stop when nobody is, or somebody else."""
    secret = request.cookies.get(SESSION, "")
    with reading(desk.engine) as db:
        employee = people.behind_secret(db, "session", secret, now=desk.clock()) if secret else None
    if employee is None or employee.code != code:
        raise Stop(401, "web.sign_in_needed")
    return Visitor(employee, chosen(request.cookies) or employee.language)


def chosen(cookies: Mapping[str, str]) -> Language | None:
    """Return the language that was chosen in this browser, if one was."""
    return known(cookies.get(LANGUAGE, ""))


def known(language: str) -> Language | None:
    return next((each for each in LANGUAGES if each == language), None)


def guessed(request: Request) -> Language:
    """Return the language for somebody who is not known: the one chosen, or what the browser asks for."""
    asked = request.headers.get("accept-language", "").lower()
    return chosen(request.cookies) or ("zh" if asked.startswith("zh") else "en")


def sign_in(desk: Desk, response: Response, employee: Employee) -> None:
    """Begin a session of an employee in this browser, in force on their own pages only."""
    with writing(desk.engine) as db:
        secret = people.new_secret(db, "session", employee, now=desk.clock())
    response.set_cookie(
        SESSION,
        secret,
        max_age=_LIFE_S,
        path=home(employee.code),
        secure=desk.base_url.startswith("https:"),
        httponly=True,
        samesite="strict",
    )


def choose_language(response: Response, path: str, language: Language) -> None:
    response.set_cookie(LANGUAGE, language, max_age=_LIFE_S, path=path, httponly=True, samesite="strict")


def check_origin(desk: Desk, request: Request) -> None:
    """Refuse what another site sends in a person's name. Raises Stop."""
    origin = request.headers.get("origin")
    ours = {request.headers.get("host", ""), urlsplit(desk.base_url).netloc} - {""}
    is_foreign = origin is not None and urlsplit(origin).netloc not in ours
    if is_foreign or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Stop(403, "web.foreign")


def came_from_outside(request: Request) -> bool:
    """Tell whether a link in another page may have led here: a browser then keeps strict cookies back, once.

    Browsers only say so over https or on their own machine; elsewhere ``again`` tells the second look from the first.
    """
    site = request.headers.get("sec-fetch-site", "" if "again" in request.query_params else "cross-site")
    return request.method == "GET" and site in ("cross-site", "same-site")
