"""Reads the size of a picture from its header, and applies Telegram's limits on photos."""

import struct

from tests.telegram_server.refusals import Refusal, bad_request

PHOTO_BYTES_MAX = 10 * 1024 * 1024
UPLOAD_BYTES_MAX = 50 * 1024 * 1024


def checked_photo(content: bytes) -> tuple[int, int]:
    """Return width and height. Raises Telegram's refusal of a picture that it does not take as a photo."""
    if not content:
        raise bad_request("file must be non-empty")
    if len(content) > UPLOAD_BYTES_MAX:
        raise Refusal(413, "Request Entity Too Large")
    if len(content) > PHOTO_BYTES_MAX:
        raise bad_request(
            f"file of size {len(content)} bytes is too big for a photo; the maximum size is {PHOTO_BYTES_MAX} bytes"
        )
    size = picture_size(content)
    if size is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = size
    if width + height > 10_000 or min(width, height) * 20 < max(width, height) or not width or not height:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return size


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG or JPEG, or None if the bytes are neither."""
    if content[:8] == b"\x89PNG\r\n\x1a\n" and content[12:16] == b"IHDR" and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content[:2] == b"\xff\xd8":
        return _jpeg_size(content)
    return None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None
