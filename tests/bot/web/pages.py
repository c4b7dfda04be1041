"""The pages over a test's company: as an application to call, as a browser's client, and served on a free port."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.faces import faces_of
from bot.web import routes
from bot.web.headers import guard
from bot.web.routes import PicturePlace
from inventory_core.db.engine import reading, writing
from notifier import pictures
from notifier.subjects import card_of
from tests import serving
from tests.world import World
from workflows import people
from workflows.definition import Language


def app_of(world: World, *, slack: bool = False, telegram_token: str = "") -> FastAPI:
    """The web face alone, with the guards around it."""
    desk = world.desk

    def picture_of(subject: str, language: Language) -> PicturePlace | None:
        with reading(desk.engine) as db:
            found = pictures.of_subject(db, subject, language)
        drawn = pictures.read(desk, found.id) if found and found.state == "ready" else None
        return PicturePlace(found.id, drawn.alt, pictures.path(desk, found.id)) if found and drawn else None

    app = FastAPI(openapi_url=None)
    routes.install(
        app,
        desk,
        card_of=lambda *each: card_of(desk, *each),
        picture_of=picture_of,
        faces_of=faces_of,
        slack=slack,
        telegram_token=telegram_token,
    )
    guard(app)
    return app


def signed_in(world: World, code: str, *, slack: bool = False) -> TestClient:
    """A browser in which a person opened their sign-in link."""
    client = TestClient(app_of(world, slack=slack), base_url="http://testserver", headers={"Accept": "text/html"})
    assert client.get(f"/signin/{signin_secret(world, code)}").status_code == 200
    return client


def signin_secret(world: World, code: str) -> str:
    with writing(world.engine) as db:
        return people.new_secret(db, "signin", people.by_code(db, code), now=world.now)


def demo_secret(world: World) -> str:
    with writing(world.engine) as db:
        return people.new_secret(db, "demo", None, now=world.now)


@contextlib.contextmanager
def served(world: World) -> Iterator[str]:
    """Serve the pages on loopback and give their address."""

    def made(address: str) -> FastAPI:
        world.desk = replace(world.desk, base_url=address)
        return app_of(world)

    with serving.served(made) as address:
        yield address
