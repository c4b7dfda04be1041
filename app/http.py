"""The web process: the pages, the platforms' calls, and the word that everything is ready."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from redis import Redis, RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from app.faces import faces_of
from app.parts import parts_ready
from app.wiring import Wiring
from bot.web import carrier
from bot.web import routes as web
from bot.web.doors import problem, told
from bot.web.headers import guard
from bot.web.routes import PicturePlace
from inventory_core.db.engine import reading
from notifier import pictures
from notifier.subjects import card_of
from workflows.cards import Card
from workflows.definition import Language
from workflows.inbox import Reader

log = structlog.get_logger()


class Service(Protocol):
    """Something that lives as long as the web process does, such as a connection to a chat platform."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


def build_app(wiring: Wiring) -> FastAPI:
    """Return the ASGI application of an installation."""
    services: list[Service] = []

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        for each in services:
            await each.start()
        yield
        for each in reversed(services):
            await each.stop()

    app = FastAPI(title="Storekeeper", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    _add_pages(app, wiring)
    _add_slack(app, wiring, services)
    _add_telegram(app, wiring, services)
    if wiring.settings.carrier_secret is not None:
        app.include_router(carrier.router(desk=wiring.desk, secret=wiring.settings.carrier_secret.get_secret_value()))

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        parts = await run_in_threadpool(_parts, wiring)
        return JSONResponse({"ready": all(parts.values()), "parts": parts}, 200 if all(parts.values()) else 503)

    @app.middleware("http")
    async def hide_faults(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        try:
            return await call_next(request)
        except Exception as error:  # the outermost loop of a request: logged whole, told without its trace
            log.exception("request_failed", path=request.url.path, error=type(error).__name__)
            return problem(request)

    guard(app)
    return app


def _add_pages(app: FastAPI, wiring: Wiring) -> None:
    desk = wiring.desk

    def card(subject: str, reader: Reader) -> Card | None:
        return card_of(desk, subject, reader)

    def picture(subject: str, language: Language) -> PicturePlace | None:
        with reading(desk.engine) as db:
            found = pictures.of_subject(db, subject, language)
        drawn = pictures.read(desk, found.id) if found and found.state == "ready" else None
        return PicturePlace(found.id, drawn.alt, pictures.path(desk, found.id)) if found and drawn else None

    token = wiring.settings.telegram_bot_token
    web.install(
        app,
        desk,
        card_of=card,
        picture_of=picture,
        faces_of=faces_of,
        slack=wiring.settings.has_oauth,
        telegram_token=token.get_secret_value() if token else "",
    )


def _add_slack(app: FastAPI, wiring: Wiring, services: list[Service]) -> None:
    settings = wiring.settings
    if wiring.slack is None:
        return
    from bot.slack.routes import SlackFace

    secret, app_token = settings.slack_signing_secret, settings.slack_app_token
    face = SlackFace(
        wiring.desk,
        wiring.slack,
        signing_secret=secret.get_secret_value() if secret else None,
        app_token=app_token.get_secret_value() if app_token else None,
        tokens=wiring.slack_tokens,
    )
    app.include_router(face.router)
    if wiring.slack_tokens is not None and wiring.slack_tokens.oauth is not None:
        from bot.slack.installing import Installing

        app.include_router(Installing(wiring.desk, wiring.slack_tokens, wiring.slack_tokens.oauth, told).router)
    services.append(face)


def _add_telegram(app: FastAPI, wiring: Wiring, services: list[Service]) -> None:
    settings = wiring.settings
    if settings.telegram_bot_token is None:
        return
    from bot.telegram.routes import TelegramFace
    from notifier import subjects

    secret = settings.telegram_webhook_secret
    face = TelegramFace(
        wiring.desk,
        subjects,
        token=settings.telegram_bot_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        webhook_secret=secret.get_secret_value() if secret else None,
        public_url=settings.public_url,
        pace=wiring.telegram_pace,
    )
    app.include_router(face.router)
    services.append(face)


def _parts(wiring: Wiring) -> dict[str, bool]:
    """Return whether each part is ready: those that ``up`` started, the database, and the queue."""
    parts = {name: is_ready for name, is_ready in parts_ready(wiring.settings.data).items() if name != "web"}
    try:
        with reading(wiring.engine) as db:
            db.execute(text("SELECT 1 FROM flow_versions LIMIT 1"))
        parts["database"] = True
    except SQLAlchemyError:
        parts["database"] = False
    if wiring.settings.redis_url is not None:
        try:
            parts["queue"] = bool(Redis.from_url(wiring.settings.redis_url, socket_timeout=2).ping())
        except RedisError:
            parts["queue"] = False
    return parts
