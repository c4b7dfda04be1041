"""Serves the web pages and the platforms' calls, on a socket of its own or on one that was handed over."""

import os
import signal
import socket
from collections.abc import Callable
from typing import Any, Final

import uvicorn

from app.threads import share_often

LISTENER: Final = "STOREKEEPER_LISTENER"
"""The environment variable with the open file number of a listening socket, when the supervisor holds one."""

_BACKLOG: Final = 512
_GOODBYE_S: Final = 3


def open_door(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises OSError when the port is taken or may not be used.

    Held by the supervisor, it lets callers wait for the moment in which the web part is started again.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    # asyncio does it only for sockets that name their protocol: else a body waits 40 ms for its headers' receipt.
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return door


def serve(application: Any, *, host: str, port: int, on_ready: Callable[[], None]) -> None:
    """Serve an ASGI application until SIGTERM or SIGINT. ``on_ready`` is called once callers are let in."""
    share_often()
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=_GOODBYE_S,
    )
    number = os.environ.get(LISTENER)
    door = socket.socket(fileno=int(number)) if number else open_door(host, port)
    for each in (signal.SIGTERM, signal.SIGINT):  # uvicorn gives them back when it is done: a wished end is no failure
        signal.signal(each, lambda _number, _frame: None)
    _Server(config, on_ready).run(sockets=[door])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()
