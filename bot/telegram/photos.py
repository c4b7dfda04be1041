"""Fetches the photos that people send: by their id, from the Bot API's own server only, and none that is too large."""

from telegram import Bot, Message
from telegram.error import TelegramError

from workflows.intents import Photo
from workflows.photos import LARGEST_BYTES


class PhotoLost(Exception):
    """The photo could not be fetched."""


def file_id_of(message: Message) -> str:
    """Return the id of a message's photo in its largest size, or of a picture sent as a file; empty if it has none."""
    if message.photo:
        return max(message.photo, key=lambda size: size.width * size.height).file_id
    file = message.document
    return file.file_id if file is not None and (file.mime_type or "").startswith("image/") else ""


async def fetch(bot: Bot, file_id: str) -> Photo:
    """Return the photo's bytes. Raises PhotoLost."""
    try:
        file = await bot.get_file(file_id)
        path = file.file_path or ""
        # The library would read a path that exists on this machine as a local file.
        if not path.startswith(f"{bot.base_file_url}/") or (file.file_size or 0) > LARGEST_BYTES:
            raise PhotoLost
        content = await bot.request.retrieve(path)
    except TelegramError:
        raise PhotoLost from None
    if len(content) > LARGEST_BYTES:
        raise PhotoLost
    return Photo(f"{file.file_unique_id}.jpg", bytes(content))
