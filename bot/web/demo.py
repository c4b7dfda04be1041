"""Everybody's inbox side by side, each one truly signed in: how a newcomer sees work travel from hand to hand."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from bot.web import render
from bot.web.paths import router_of
from bot.web.session import Stop, Visitor, choose_language, guessed, home, known, sign_in
from inventory_core.db.engine import reading
from workflows import people
from workflows.desk import Desk

_SEATS_MAX: Final = 6


def router(desk: Desk) -> APIRouter:
    """Return the route of the demo page."""

    def show(request: Request, secret: str, language: str = "") -> Response:
        with reading(desk.engine) as db:
            if not people.is_demo_secret(db, secret, now=desk.clock()):
                raise Stop(401, "web.sign_in_over")
            everyone = people.everyone(db)[:_SEATS_MAX]
        chosen = known(language)
        spoken = chosen or guessed(request)
        response = HTMLResponse(render.demo(spoken, [Visitor(each, spoken) for each in everyone], secret))
        for each in everyone:
            sign_in(desk, response, each)
            choose_language(desk, response, home(each.code), spoken)
        choose_language(desk, response, "/demo", spoken)
        return response

    return router_of(("GET", "/demo/{secret}", show))
