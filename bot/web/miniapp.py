"""The Mini App's door: Telegram opens this page and tells it who is there, and the person's own pages follow."""

import re
from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.plain import language_of
from bot.web import init_data, render
from bot.web.headers import APP_POLICY
from bot.web.paths import router_of
from bot.web.session import check_origin, guessed, home, sign_in
from inventory_core.db.engine import reading
from workflows import people
from workflows.definition import Language
from workflows.desk import Desk
from workflows.intents import Sender
from workflows.phrases import say

_TASK: Final = re.compile(r"[0-9]{1,15}")
_OUTCOME: Final = re.compile(r"[a-z0-9_]{1,40}")


def router(desk: Desk, token: str) -> APIRouter:
    """Return the routes of the Mini App of the bot that has this token."""

    def door(request: Request, task: str = "", form: str = "") -> Response:
        """Show the page that asks who is there; ``task`` and ``form`` say what it was opened for."""
        headers = {"Content-Security-Policy": APP_POLICY}
        return HTMLResponse(render.app_door(guessed(request), _onward(task, form)), headers=headers)

    async def enter(request: Request) -> Response:
        """Begin a session for whom Telegram says is there, and answer with their home."""
        check_origin(desk, request)
        words = (await request.body()).decode("ascii", "replace")
        return await run_in_threadpool(_entered, desk, token, words, request)

    return router_of(("GET", "/telegram", door), ("POST", render.APP_SIGN_IN, enter))


def _entered(desk: Desk, token: str, words: str, request: Request) -> Response:
    try:
        account = init_data.account(words, token, now=desk.clock())
    except init_data.NotTelegrams:
        return _refused(401, "web.app_stale", guessed(request))
    with reading(desk.engine) as db:
        employee = people.who(db, Sender("telegram", "", str(account.id)))
    if employee is None:
        return _refused(403, "web.app_unlinked", language_of(account.language))
    response = JSONResponse({"home": home(employee.code)})
    sign_in(desk, response, employee, is_in_app=True)
    return response


def _refused(status: int, key: str, language: Language) -> Response:
    return JSONResponse({"words": say(language, key), "close": say(language, "web.close")}, status)


def _onward(task: str, form: str) -> str:
    """Return the page that is meant, under the person's home."""
    if not _TASK.fullmatch(task):
        return "/"
    return f"/task/{task}" + (f"?form={form}" if _OUTCOME.fullmatch(form) else "")
