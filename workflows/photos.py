"""Photos that come with an answer: looked at before they are trusted, made small, and kept by their content."""

import hashlib
import io
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_BYTES = 10 * 1024 * 1024
_MOST_PIXELS = 25_000_000
_LONGEST_SIDE = 2_000
_KINDS = ("JPEG", "PNG", "WEBP")


class BadPhoto(Exception):
    """The bytes are no photo that is taken: too large, of another kind, or broken."""


def keep(folder: Path, content: bytes) -> tuple[str, int]:
    """Store a photo, re-encoded as JPEG without its metadata, and return (SHA-256, size in bytes). Raises BadPhoto."""
    if len(content) > LARGEST_BYTES:
        raise BadPhoto
    try:
        with Image.open(io.BytesIO(content), formats=_KINDS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:  # from the header, before anything is unpacked
                raise BadPhoto
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise BadPhoto from None
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    encoded = io.BytesIO()
    upright.save(encoded, "JPEG", quality=85)
    stored = encoded.getvalue()
    digest = hashlib.sha256(stored).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest}.jpg"
    if not path.exists():
        part = folder / f"{digest}.part"
        part.write_bytes(stored)
        part.replace(path)
    return digest, len(stored)
