"""An application served on a free port of loopback, in a thread, for as long as a block lasts."""

import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Protocol

import uvicorn
from fastapi import APIRouter, FastAPI

from tests.tools import eventually


class Face(Protocol):
    """The face of a chat platform, as the product's own application takes it in."""

    router: APIRouter

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@contextmanager
def served(make: Callable[[str], FastAPI], *, tls: Path | None = None) -> Iterator[str]:
    """Serve the application that is made for an address, and give that address, without a closing slash.

    ``tls`` is a file with a certificate and its key, for https.
    """
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        address = f"{'https' if tls else 'http'}://127.0.0.1:{door.getsockname()[1]}"
        config = uvicorn.Config(make(address), log_level="error", access_log=False, ssl_certfile=tls)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        try:
            assert eventually(lambda: server.started)
            yield address
        finally:
            server.should_exit = True
            thread.join(20)


def app_with(face: Face) -> FastAPI:
    """Return an application that holds nothing but a face, which lives as long as it is served."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await face.start()
        yield
        await face.stop()

    app = FastAPI(lifespan=lifespan)
    app.include_router(face.router)
    return app
