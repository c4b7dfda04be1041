"""A platform's API that says yes to every call, in a process of its own."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Final

from benchmarks.aside import aside

_BODY: Final = (
    b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"B","username":"b_bot","message_id":1,"date":1,'
    b'"chat":{"id":7,"type":"private"}}}'
)
_TRUE: Final = b'{"ok":true,"result":true,"channel":"D7","ts":"1.1"}'
_OBJECTS: Final = ("getMe", "sendMessage", "sendPhoto", "editMessageText", "editMessageCaption", "getWebhookInfo")


@contextmanager
def said() -> Iterator[str]:
    """Give the address of such an API, of Telegram's as of Slack's."""
    with aside(_run) as line:
        yield f"http://127.0.0.1:{line.recv()}"


def _run(told: Connection) -> None:
    """Serve until the process ends; the port is told first."""
    asyncio.run(_serve(told))


async def _serve(told: Connection) -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    told.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            first, *headers = head.decode().split("\r\n")
            named = (line.lower().partition(":") for line in headers)
            length = next((int(value) for name, _, value in named if name == "content-length"), 0)
            await reader.readexactly(length)
            body = _BODY if first.split(" ")[1].rpartition("/")[2] in _OBJECTS else _TRUE
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
            )
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
