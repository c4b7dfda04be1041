"""Who is at the browser: one cookie a person, so that several people can be signed in side by side.

Telegram on the web shows our pages in a frame of its own site, where browsers keep strict cookies back. So a session of
the Mini App has a cookie of another name, which is let into frames, but only into those of the site where it was set.
"""

import datetime as dt
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
APP_SESSION: Final = "app_session"
LANGUAGE: Final = "language"
_LIFE_S: Final = 30 * 24 * 3600
_APP_LIFE: Final = dt.timedelta(hours=12)
"""A session of the Mini App lasts a shift: each opening begins one, without a question.

Its cookie is kept longer, and says which way in there is once the session is over.
"""


@dataclass(slots=True, eq=False)
class Stop(Exception):
    """A request that goes no further: its status, and the key of the one sentence that says why."""

    status: int
    key: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in employee and the language that they read in this browser; ``is_in_app``: in Telegram's Mini App."""

    employee: Employee
    language: Language
    is_in_app: bool = False

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
    with reading(desk.engine) as db:
        for name in (APP_SESSION, SESSION):
            secret = request.cookies.get(name, "")
            employee = people.behind_secret(db, "session", secret, now=desk.clock()) if secret else None
            if employee is not None and employee.code == code:
                return Visitor(employee, chosen(request.cookies) or employee.language, name == APP_SESSION)
    raise Stop(401, "web.app_stale" if APP_SESSION in request.cookies else "web.sign_in_needed")


def chosen(cookies: Mapping[str, str]) -> Language | None:
    """Return the language that was chosen in this browser, if one was."""
    return known(cookies.get(LANGUAGE, ""))


def known(language: str) -> Language | None:
    return next((each for each in LANGUAGES if each == language), None)


def guessed(request: Request) -> Language:
    """Return the language for somebody who is not known: the one chosen, or what the browser asks for."""
    asked = request.headers.get("accept-language", "").lower()
    return chosen(request.cookies) or ("zh" if asked.startswith("zh") else "en")


def sign_in(desk: Desk, response: Response, employee: Employee, *, is_in_app: bool = False) -> None:
    """Begin a session of an employee in this browser, in force on their own pages only."""
    life = _APP_LIFE if is_in_app else None
    with writing(desk.engine) as db:
        secret = people.new_secret(db, "session", employee, now=desk.clock(), life=life)
    name = APP_SESSION if is_in_app else SESSION
    cookie = f"{name}={secret}; Max-Age={_LIFE_S}; Path={home(employee.code)}"
    _set_cookie(desk, response, cookie, is_in_app=is_in_app)


def choose_language(desk: Desk, response: Response, path: str, language: Language, *, is_in_app: bool = False) -> None:
    """Keep the language that was chosen for the pages under a path."""
    _set_cookie(desk, response, f"{LANGUAGE}={language}; Max-Age={_LIFE_S}; Path={path}", is_in_app=is_in_app)


def _set_cookie(desk: Desk, response: Response, cookie: str, *, is_in_app: bool) -> None:
    """Set a cookie; one of the Mini App is let into frames, which browsers allow over https alone.

    Written out, since Python's own cookies know no ``Partitioned`` before 3.14.
    """
    is_https = desk.base_url.startswith("https:")
    reach = "SameSite=None; Partitioned" if is_in_app and is_https else "SameSite=strict"
    secure = "; Secure" if is_https else ""
    response.headers.append("set-cookie", f"{cookie}; HttpOnly{secure}; {reach}")


def check_origin(desk: Desk, request: Request) -> None:
    """Refuse what another site sends in a person's name. Raises Stop.

    A browser that tells no origin is believed only where its cookies keep to our own pages.
    """
    origin = request.headers.get("origin")
    ours = {request.headers.get("host", ""), urlsplit(desk.base_url).netloc} - {""}
    is_foreign = urlsplit(origin).netloc not in ours if origin is not None else APP_SESSION in request.cookies
    if is_foreign or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Stop(403, "web.foreign")


def came_from_outside(request: Request) -> bool:
    """Tell whether a link in another page may have led here: a browser then keeps strict cookies back, once.

    Browsers only say so over https or on their own machine; elsewhere ``again`` tells the second look from the first.
    """
    site = request.headers.get("sec-fetch-site", "" if "again" in request.query_params else "cross-site")
    return request.method == "GET" and site in ("cross-site", "same-site")
