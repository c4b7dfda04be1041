"""The story of anything as a page: what words mean, the story with each name a link to its own, and its picture."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot import drawing
from bot.web import render
from bot.web.paths import router_of
from bot.web.session import Stop, Visitor, visitor
from inventory_core.db.engine import reading
from inventory_core.tracing import names
from workflows import attachments, stories
from workflows.attachments import Attachment
from workflows.desk import Desk
from workflows.phrases import say
from workflows.stories import paper

_WORDS_MAX = 120
_NUMBER_MAX = 2**53


def router(desk: Desk) -> APIRouter:
    """Return the routes of the stories."""
    pages = _Pages(desk)
    return router_of(
        ("GET", "/p/{code}/trace", pages.sought),
        ("GET", "/p/{code}/trace/{key}", pages.told),
        ("GET", "/p/{code}/trace/{key}/picture", pages.picture),
        ("GET", "/p/{code}/file/{number:int}", pages.file),
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
            is_open = found.kind == "paper" and paper.may_read(db, who.employee, found.id, now=self._desk.clock())
            files = attachments.different(attachments.of_document(db, found.id)) if is_open else ()
        taken = [(each.id, each.name, self._by(each, who)) for each in files]
        return HTMLResponse(render.trace(who, story=story, alt=alt, files=taken))

    def _by(self, each: Attachment, who: Visitor) -> str:
        return say(who.language, "trace.photo_by", name=each.by, time=self._desk.local_time(each.at))

    def file(self, request: Request, code: str, number: int) -> Response:
        """Show a photo or a paper that came with an answer, to who may read what was answered."""
        who = visitor(self._desk, request, code)
        with reading(self._desk.engine) as db:
            found = attachments.one(db, number) if 0 < number < _NUMBER_MAX else None
            may = found and paper.may_read(db, who.employee, found.document_id, now=self._desk.clock())
        photo = attachments.load(self._desk, found) if found and may else None
        if photo is None:
            raise Stop(404, "web.not_found")
        kind = "application/pdf" if photo.name.endswith(".pdf") else "image/jpeg"
        return Response(photo.content, media_type=kind, headers={"Cache-Control": "private, max-age=3600"})

    def picture(self, request: Request, code: str, key: str) -> Response:
        """Draw where it came from and where it went, as it is now."""
        who = visitor(self._desk, request, code)
        with reading(self._desk.engine) as db:
            found = names.by_key(db, key)
            drawn = drawing.lineage_picture(db, self._desk, found, who.language) if found else None
        if drawn is None:
            raise Stop(404, "web.not_found")
        return Response(drawn.png, media_type="image/png", headers={"Cache-Control": "private, no-cache"})
