"""The ways in: the sign-in link, and a friendly page for whoever has none."""

from collections.abc import Mapping
from types import MappingProxyType

from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from bot.web import render
from bot.web.paths import router_of
from bot.web.session import Stop, came_from_outside, guessed, home, sign_in
from inventory_core.db.engine import reading
from workflows import people
from workflows.desk import Desk
from workflows.phrases import say


def router(desk: Desk) -> APIRouter:
    """Return the route of the sign-in links."""

    def enter(request: Request, secret: str) -> Response:
        with reading(desk.engine) as db:
            employee = people.behind_secret(db, "signin", secret, now=desk.clock())
        if employee is None:
            raise Stop(401, "web.sign_in_over")
        onward = f"{home(employee.code)}/"
        response: Response
        if came_from_outside(request):  # a redirect would still count as the other site's, and leave the cookie behind
            hello = say(employee.language, "web.welcome", name=employee.name)
            response = HTMLResponse(render.note(employee.language, hello, onward=onward, is_instant=True))
        else:
            response = RedirectResponse(onward, 303)
        sign_in(desk, response, employee)
        return response

    def outside() -> Response:
        raise Stop(401, "web.sign_in_needed")

    return router_of(("GET", "/", outside), ("GET", "/signin/{secret}", enter))


def add_friendly_errors(app: FastAPI) -> None:
    """Say what went wrong in a sentence: as a page where a person looks, else as plain text."""

    def stopped(request: Request, error: Exception) -> Response:
        assert isinstance(error, Stop)
        if error.status == 401 and came_from_outside(request) and request.url.path.startswith("/p/"):
            # The cookie may be there and only kept back since another site's link led here: look again from our own.
            words = say(guessed(request), "web.one_moment")
            return HTMLResponse(render.note(guessed(request), words, onward=_same(request), is_instant=True), 401)
        return _told(request, error.status, error.key)

    def missing(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        key = "web.not_found" if error.status_code in (404, 405) else "web.problem"
        return _told(request, error.status_code, key)

    app.add_exception_handler(Stop, stopped)
    app.add_exception_handler(HTTPException, missing)


def told(
    request: Request, status: int, key: str, *, blanks: Mapping[str, str] = MappingProxyType({}), onward: str = ""
) -> Response:
    """Answer with a page of one sentence, in the language of whoever looks, and perhaps the way on."""
    language = guessed(request)
    return HTMLResponse(render.note(language, say(language, key, **blanks), onward=onward), status)


def problem(request: Request) -> Response:
    """Return the answer to a request that failed through a fault of ours."""
    return _told(request, 500, "web.problem")


def _same(request: Request) -> str:
    asked = request.url.include_query_params(again=1)
    return f"{asked.path}?{asked.query}"


def _told(request: Request, status: int, key: str) -> Response:
    language = guessed(request)
    words = say(language, key)
    if "text/html" in request.headers.get("accept", "") and "hx-request" not in request.headers:
        return HTMLResponse(render.note(language, words), status)
    return PlainTextResponse(words, status)
