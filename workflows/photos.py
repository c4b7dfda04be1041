"""Photos and papers that come with an answer: looked at before they are trusted, made small, kept by their content."""

import hashlib
import io
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from workflows.intents import Photo

LARGEST_BYTES = 10 * 1024 * 1024
_MOST_PIXELS = 25_000_000
_LONGEST_SIDE = 2_000
_PDF = b"%PDF-"
_KINDS = ("JPEG", "PNG", "WEBP")
_SHADES = 256


class BadPhoto(Exception):
    """The bytes are no photo that is taken: too large, of another kind, or broken."""


def keep(folder: Path, content: bytes) -> tuple[str, int]:
    """Store a photo, re-encoded as JPEG without its metadata, or a PDF as it is; return (SHA-256, size in bytes).

    A drawing, such as a signature, is re-encoded as PNG: JPEG blurs thin lines. Raises BadPhoto.
    """
    if len(content) > LARGEST_BYTES:
        raise BadPhoto
    if content.startswith(_PDF):
        return _store(folder, content, "pdf")
    try:
        with Image.open(io.BytesIO(content), formats=_KINDS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:  # from the header, before anything is unpacked
                raise BadPhoto
            is_png = picture.format == "PNG"
            upright = ImageOps.exif_transpose(on_white(picture)).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise BadPhoto from None
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    encoded = io.BytesIO()
    if is_png and _is_drawing(upright):
        upright.convert("L").save(encoded, "PNG", optimize=True)
        return _store(folder, encoded.getvalue(), "png")
    upright.save(encoded, "JPEG", quality=85)
    return _store(folder, encoded.getvalue(), "jpg")


def _is_drawing(picture: Image.Image) -> bool:
    """Tell whether a picture is black on white, with the shades of its edges: a photo is that nowhere."""
    shades = picture.getcolors(_SHADES)
    return shades is not None and all(isinstance(each, tuple) and len({*each}) == 1 for _, each in shades)


def on_white(picture: Image.Image) -> Image.Image:
    """Return a picture with what shows through it made white, as paper is."""
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture
    shown = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown)


def load(folder: Path, digest: str) -> Photo:
    """Return what was kept under a digest."""
    path = next(folder.glob(f"{digest}.*"))
    return Photo(path.name, path.read_bytes())


def _store(folder: Path, stored: bytes, suffix: str) -> tuple[str, int]:
    digest = hashlib.sha256(stored).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest}.{suffix}"
    if not path.exists():
        part = folder / f"{digest}.part"
        part.write_bytes(stored)
        part.replace(path)
    return digest, len(stored)
