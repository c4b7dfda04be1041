"""The story of anything as a page: what words mean, the story with each name a link to its own, and its picture."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot import drawing
from bot.web import render
from bot.web.attached import of_paper
from bot.web.paths import router_of
from bot.web.session import Stop, visitor
from inventory_core.db.engine import reading
from inventory_core.tracing import names
from workflows import stories
from workflows.desk import Desk
from workflows.phrases import say

_WORDS_MAX = 120


def router(desk: Desk) -> APIRouter:
    """Return the routes of the stories."""
    pages = _Pages(desk)
    return router_of(
        ("GET", "/p/{code}/trace", pages.sought),
        ("GET", "/p/{code}/trace/{key}", pages.told),
        ("GET", "/p/{code}/trace/{key}/picture", pages.picture),
    )


class _Pages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def sought(self, request: Request, code: str, q: str = "") -> Response:
        """Lead to the story of what the words mean, or ask which of several."""
        who = visitor(self._desk, request, code)
        words = q.strip()[:_WORDS_MAX]
        with reading(self._desk.engine) as db:
            found = stories.find(db, words) if words else ()
        if len(found) == 1:
            return RedirectResponse(f"{who.home}/trace/{quote(found[0].key)}", 303)
        note = say(who.language, "trace.ask") if not words else ""
        if words:
            key = "trace.several" if found else "trace.unknown"
            note = say(who.language, key, words=words)
        choices = [(each.key, stories.label(each, who.language)) for each in found[: names.MOST]]
        more = say(who.language, "trace.too_many") if len(found) > names.MOST else ""
        return HTMLResponse(render.trace(who, words=words, note=note, choices=choices, more=more))

    def told(self, request: Request, code: str, key: str) -> Response:
        """Show a story whole."""
        who = visitor(self._desk, request, code)
        with reading(self._desk.engine) as db:
            found = names.by_key(db, key)
            if found is None:
                raise Stop(404, "web.not_found")
            story = stories.tell(db, self._desk, found, who.language, who.employee)
            alt = drawing.lineage_alt(db, self._desk, found, who.language)
            files = of_paper(db, self._desk, who, found.id) if found.kind == "paper" else ()
        return HTMLResponse(render.trace(who, story=story, alt=alt, files=files))

    def picture(self, request: Request, code: str, key: str) -> Response:
        """Draw where it came from and where it went, as it is now."""
        who = visitor(self._desk, request, code)
        with reading(self._desk.engine) as db:
            found = names.by_key(db, key)
            drawn = drawing.lineage_picture(db, self._desk, found, who.language) if found else None
        if drawn is None:
            raise Stop(404, "web.not_found")
        return Response(drawn.png, media_type="image/png", headers={"Cache-Control": "private, no-cache"})
