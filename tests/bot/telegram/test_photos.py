"""Photos are fetched from the Bot API's own server, whatever its answer says."""

import asyncio

import pytest
from telegram import Bot, File

from bot.telegram.photos import PhotoLost, fetch
from workflows.photos import LARGEST_BYTES


def lying(path: str, size: int) -> Bot:
    """A bot whose server names any place and size for a file."""

    class Lying(Bot):
        async def get_file(self, *_args: object, **_more: object) -> File:
            return File("f1", "u1", size, path)

    return Lying("4242:a-token", base_url="http://127.0.0.1:9/bot", base_file_url="http://127.0.0.1:9/file/bot")


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/etc/hostname", 10),
        ("file:///etc/hostname", 10),
        ("http://169.254.169.254/latest", 10),
        ("http://127.0.0.1:9.evil.example/file/bot4242:a-token/photos/1.jpg", 10),
        ("http://127.0.0.1:9/file/bot4242:a-token/photos/1.jpg", LARGEST_BYTES + 1),
        ("", 10),
    ],
)
def test_no_other_place_is_asked(path: str, size: int) -> None:
    with pytest.raises(PhotoLost):
        asyncio.run(fetch(lying(path, size), "f1"))
