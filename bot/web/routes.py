"""The pages of the people: each one's inbox under their own address, live, and the sign-in that leads there."""

from collections.abc import Callable

from fastapi import APIRouter, FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.web import acting, attached, company, demo, designing, doors, miniapp, papering, printing, render, tracing
from bot.web.acting import Fragment, Sent
from bot.web.designing import FacesOf
from bot.web.paths import router_of
from bot.web.session import Visitor, check_origin, choose_language, known, visitor
from bot.web.shelf import CardOf, PictureOf, PicturePlace, Shelf, Shelves
from inventory_core.errors import RuleBroken
from workflows.desk import Desk
from workflows.intents import Photo

__all__ = ["PicturePlace", "install", "mount_static", "router"]

_OWN_FIELDS = frozenset({"token", "act", "place"})
_PHOTOS_MAX = 8
_CODE_MAX = 300


def install(
    app: FastAPI,
    desk: Desk,
    *,
    card_of: CardOf,
    picture_of: PictureOf,
    faces_of: FacesOf,
    slack: bool = False,
    telegram_token: str = "",
) -> None:
    """Add the pages, their files, and friendly words for what goes wrong to an application.

    ``card_of`` builds the card of a notice, ``picture_of`` finds the picture that belongs to it, ``faces_of`` says how
    a card looks in the chats; ``slack``: whether the app can be installed in further Slack workspaces;
    ``telegram_token``: that of the bot whose Mini App the pages are, or empty.
    """
    app.include_router(router(desk, card_of=card_of, picture_of=picture_of, faces_of=faces_of, slack=slack))
    if telegram_token:
        app.include_router(miniapp.router(desk, telegram_token))
    mount_static(app)


def mount_static(app: FastAPI) -> None:
    """Serve the style and the scripts, and say what goes wrong on the pages in a friendly sentence."""
    app.mount("/static", _Files(directory=render.HERE / "static"), name="static")
    doors.add_friendly_errors(app)
    app.add_exception_handler(RuleBroken, designing.broken)
    app.add_exception_handler(designing.Wrong, designing.no_flow)


def router(desk: Desk, *, card_of: CardOf, picture_of: PictureOf, faces_of: FacesOf, slack: bool = False) -> APIRouter:
    """Return the routes of the web face."""
    pages = _Pages(desk, Shelves(desk, card_of=card_of, picture_of=picture_of))
    api = router_of(
        ("GET", "/p/{code}/", pages.inbox),
        ("GET", "/p/{code}/task/{number:int}", pages.task),
        ("GET", "/p/{code}/pulse", pages.pulse),
        ("GET", "/p/{code}/picture/{number:int}", pages.picture),
        ("POST", "/p/{code}/tap", pages.tap),
        ("POST", "/p/{code}/act", pages.act),
        ("POST", "/p/{code}/needed", pages.needed),
        ("POST", "/p/{code}/ask", pages.ask),
        ("POST", "/p/{code}/scanned", pages.scanned),
        ("POST", "/p/{code}/read", pages.read),
        ("POST", "/p/{code}/start", pages.start),
        ("POST", "/p/{code}/aside", pages.aside),
        ("POST", "/p/{code}/language", pages.language),
    )
    api.include_router(doors.router(desk))
    api.include_router(designing.router(desk, faces_of))
    api.include_router(papering.router(desk))
    api.include_router(company.router(desk, slack=slack))
    api.include_router(printing.router(desk))
    api.include_router(attached.router(desk))
    api.include_router(tracing.router(desk))
    api.include_router(demo.router(desk))
    return api


class _Pages:
    def __init__(self, desk: Desk, shelves: Shelves) -> None:
        self._desk = desk
        self._shelves = shelves

    def inbox(self, request: Request, code: str) -> Response:
        who = visitor(self._desk, request, code)
        shelf, starts = self._shelves.whole(who), acting.startable(self._desk, who)
        return HTMLResponse(render.page(who, shelf, pulse=f"{who.home}/pulse", starts=starts))

    def task(self, request: Request, code: str, number: int, form: str = "") -> Response:
        """Show one task; ``form`` names the outcome whose form is opened at once."""
        who = visitor(self._desk, request, code)
        lying = self._shelves.one(who, number)
        opens = acting.token_of(self._desk, lying.tasks, form) if form else ""
        pulse = f"{who.home}/pulse?task={number}"
        return HTMLResponse(render.page(who, lying, pulse=pulse, is_single=True, opens=opens))

    def pulse(self, request: Request, code: str, since: str = "", task: int | None = None) -> Response:
        """Answer with the cards, or with nothing while all is as it was at ``since``."""
        who = visitor(self._desk, request, code)
        if since == self._shelves.version(who):
            return Response(status_code=204)
        lying: Shelf = self._shelves.whole(who) if task is None else self._shelves.one(who, task)
        return HTMLResponse(render.shelf(who, lying, is_single=task is not None))

    def picture(self, request: Request, code: str, number: int) -> Response:
        found = self._shelves.picture(visitor(self._desk, request, code), number)
        return FileResponse(found.path, media_type="image/png", headers={"Cache-Control": "private, max-age=86400"})

    async def tap(self, request: Request, code: str) -> Response:
        return await self._acted(request, code, acting.tap)

    async def act(self, request: Request, code: str) -> Response:
        return await self._acted(request, code, acting.send)

    async def needed(self, request: Request, code: str) -> Response:
        who, sent = await self._sent(request, code)
        names = await run_in_threadpool(acting.needed, self._desk, who, sent.token, sent.answers)
        return JSONResponse(names)

    async def ask(self, request: Request, code: str) -> Response:
        who = await self._who_posts(request, code)
        async with request.form(max_files=0) as form:
            words, name = str(form.get("words", "")).strip()[:300], str(form.get("act", ""))
        return _respond(await run_in_threadpool(lambda: acting.ask(self._desk, who, words, act_name=name)))

    async def scanned(self, request: Request, code: str) -> Response:
        """Look up what the camera read."""
        who = await self._who_posts(request, code)
        async with request.form(max_files=0) as form:
            words, name = str(form.get("words", "")).strip()[:_CODE_MAX], str(form.get("act", ""))
        return _respond(await run_in_threadpool(lambda: acting.scanned(self._desk, who, words, act_name=name)))

    async def read(self, request: Request, code: str) -> Response:
        """Say what a field takes for what the camera read."""
        who = await self._who_posts(request, code)
        async with request.form(max_files=0) as form:
            token, name, words = (str(form.get(each, ""))[:_CODE_MAX] for each in ("token", "name", "words"))
        return JSONResponse(await run_in_threadpool(acting.read_code, self._desk, who, token, name, words))

    async def aside(self, request: Request, code: str) -> Response:
        who = await self._who_posts(request, code)
        async with request.form(max_files=0) as form:
            what, words = str(form.get("what", ""))[:20], str(form.get("words", "")).strip()[:300]
            about, name = str(form.get("about", ""))[:40], str(form.get("act", ""))
        return _respond(
            await run_in_threadpool(lambda: acting.aside(self._desk, who, what, words, about=about, act_name=name))
        )

    async def start(self, request: Request, code: str) -> Response:
        who = await self._who_posts(request, code)
        async with request.form(max_files=0) as form:
            flow, name = str(form.get("flow", ""))[:40], str(form.get("act", ""))
        return _respond(await run_in_threadpool(lambda: acting.start(self._desk, who, flow, act_name=name)))

    async def language(self, request: Request, code: str) -> Response:
        who = await self._who_posts(request, code)
        async with request.form(max_files=0) as form:
            chosen = known(str(form.get("language", "")))
        response = Response(status_code=204, headers={"HX-Refresh": "true"})
        choose_language(self._desk, response, who.home, chosen or who.language, is_in_app=who.is_in_app)
        return response

    async def _acted(self, request: Request, code: str, do: Callable[[Desk, Visitor, Sent], Fragment]) -> Response:
        who, sent = await self._sent(request, code)
        return _respond(await run_in_threadpool(do, self._desk, who, sent))

    async def _who_posts(self, request: Request, code: str) -> Visitor:
        check_origin(self._desk, request)
        return await run_in_threadpool(visitor, self._desk, request, code)

    async def _sent(self, request: Request, code: str) -> tuple[Visitor, Sent]:
        who = await self._who_posts(request, code)
        answers: dict[str, str] = {}
        photos: dict[str, tuple[Photo, ...]] = {}
        async with request.form(max_files=_PHOTOS_MAX) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    if value.size:
                        photos[name] = (*photos.get(name, ()), Photo(value.filename or "", await value.read()))
                elif name not in _OWN_FIELDS:
                    answers[name] = value
            token, act, place = (str(form.get(each, "")) for each in ("token", "act", "place"))
        return who, Sent(token, act, place or "card", answers, photos)


def _respond(fragment: Fragment) -> Response:
    headers = {"HX-Trigger-After-Settle": fragment.sheet} if fragment.sheet else {}
    return HTMLResponse(fragment.html, fragment.status, headers)


class _Files(StaticFiles):
    """Static files, kept by browsers for good: their address changes with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
