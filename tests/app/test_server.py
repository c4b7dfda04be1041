"""The pages' socket is held by the supervisor, so that a caller waits while the web part is started again."""

import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from app.server import LISTENER, open_door
from tests.tools import eventually

ROOT = Path(__file__).parents[2]

_WEB = """
import sys
from pathlib import Path
from app.server import serve
async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"stock"})
serve(application, host="127.0.0.1", port=0, on_ready=Path(sys.argv[1]).touch)
"""


def start_web(door: socket.socket, ready: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", _WEB, str(ready)],
        cwd=ROOT,
        env=os.environ | {LISTENER: str(door.fileno())},
        pass_fds=[door.fileno()],
    )
    assert eventually(lambda: ready.exists() or process.poll() is not None)
    return process


def test_a_caller_who_comes_during_a_restart_is_answered_by_the_next_process(tmp_path):
    with open_door("127.0.0.1", 0) as door:
        host, port = door.getsockname()
        first = start_web(door, tmp_path / "first")
        first.kill()
        first.wait()
        with socket.create_connection((host, port)) as caller:
            caller.sendall(b"GET / HTTP/1.1\r\nHost: stock\r\nConnection: close\r\n\r\n")
            second = start_web(door, tmp_path / "second")
            assert b"200 OK" in caller.recv(4096)
        second.terminate()
        assert second.wait() == 0


def test_a_wished_end_is_no_failure(tmp_path):
    with open_door("127.0.0.1", 0) as door:
        web = start_web(door, tmp_path / "ready")
        host, port = door.getsockname()
        with urllib.request.urlopen(f"http://{host}:{port}/", timeout=30) as answer:
            assert answer.read() == b"stock"
            assert "server" not in {name.lower() for name in answer.headers}
        web.terminate()
        assert web.wait() == 0


def test_a_body_does_not_wait_until_its_headers_were_received() -> None:
    with open_door("127.0.0.1", 0) as door, socket.create_connection(door.getsockname()):
        line, _ = door.accept()
        with line:
            assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
