"""Who visits: a session a person, each under a path of its own, so that several can be signed in side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import HTTPException, Request, Response

from inventory_core.db.engine import reading, writing
from workflows import people
from workflows.definition import Language
from workflows.desk import Desk
from workflows.inbox import Reader, reader_of
from workflows.intents import Address, Sender
from workflows.people import Employee

_LIFE_S = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in person and the language that they read in."""

    employee: Employee
    language: Language

    @property
    def reader(self) -> Reader:
        return reader_of(self.employee, self.address, self.language)

    @property
    def address(self) -> Address:
        return Address("web", "", self.employee.code)

    @property
    def sender(self) -> Sender:
        return Sender("web", "", self.employee.code)


def sign_in(desk: Desk, response: Response, employee: Employee, *, is_secure: bool) -> None:
    """Give the browser a new session of this person, good under their own path only."""
    with writing(desk.engine) as db:
        secret = people.new_secret(db, "session", employee, now=desk.clock())
    response.set_cookie(
        f"session_{employee.code}",
        secret,
        max_age=_LIFE_S,
        path=f"/p/{employee.code}",
        httponly=True,
        samesite="strict",
        secure=is_secure,
    )


def visit(desk: Desk, request: Request, code: str) -> Visit:
    """Return who visits this person's pages. Raises 401 unless it is that person."""
    secret = request.cookies.get(f"session_{code}", "")
    with reading(desk.engine) as db:
        employee = people.behind_secret(db, "session", secret, now=desk.clock()) if secret else None
    if employee is None or employee.code != code:
        raise HTTPException(401)
    return Visit(employee, language_of(request.cookies, employee.language))


def language_of(cookies: Mapping[str, str], otherwise: Language) -> Language:
    """Return the language that this browser chose, or another."""
    match cookies.get("language"):
        case "en":
            return "en"
        case "zh":
            return "zh"
    return otherwise


def check_origin(request: Request) -> None:
    """Raise 403 when a form was sent from another site."""
    origin = request.headers.get("origin")
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise HTTPException(403)
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403)
