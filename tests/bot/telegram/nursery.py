"""Processes that take a bot's updates, one after the other, each killed by who asked for it.

``python -m tests.bot.telegram.nursery DATABASE FILES PORT API_URL TOKEN`` imports all there is, and for each line on
its standard input gives birth to a process with the webhook on the port, and writes its id: in a moment, since nothing
is imported anew.
"""

import os
import signal
import socket
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import uvicorn

from inventory_core.db.engine import open_engine
from tests.bot.telegram.running import face_of
from tests.serving import app_with
from tests.world import World


def live(database: str, files: str, port: int, api_url: str, token: str) -> None:
    """Take updates until killed."""
    world = World.of(open_engine(database), Path(files))
    telegram: Any = SimpleNamespace(token=token, base_url=api_url)
    door = opened(port)
    app = app_with(face_of(world.desk, telegram, is_posted_to=True))
    uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run(sockets=[door])


def opened(port: int) -> socket.socket:
    """Listen on the port, as soon as the process that was killed before has let go of it."""
    while True:
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            time.sleep(0.01)


def main(database: str, files: str, port: str, api_url: str, token: str) -> None:
    """Give birth to a process for each line that comes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who is killed needs nobody to bury them
    for _ in sys.stdin:
        born = os.fork()
        if born == 0:
            os.dup2(2, 1)  # what it says is no id
            live(database, files, int(port), api_url, token)
            os._exit(0)
        print(born, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
