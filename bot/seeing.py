"""Reads the codes in a photo: our own labels, and what makers print on their goods. Pure: bytes in, codes out.

What a picture may cost is bounded: by its header before it is unpacked, and by its size when it is searched.
"""

import io
import re
from collections.abc import Iterator, Sequence
from typing import Final

import zxingcpp
from PIL import Image, ImageOps, UnidentifiedImageError
from zxingcpp import BarcodeFormat, BarcodeFormats

from workflows.photos import LARGEST_BYTES, on_white

MOST: Final = 20
"""So many codes are read of one photo."""

_KINDS: Final = ("JPEG", "PNG", "WEBP")
_MOST_PIXELS: Final = 25_000_000
_LOOKS: Final = (1_600, 2_800)
"""The longest sides at which a photo is searched: most codes show in a small one, those far away in a larger one."""

_LONGEST_CODE: Final = 200
_FORMATS: Final = BarcodeFormats(
    [
        BarcodeFormat.QRCode,
        BarcodeFormat.DataMatrix,
        BarcodeFormat.EAN13,
        BarcodeFormat.EAN8,
        BarcodeFormat.UPCA,
        BarcodeFormat.UPCE,
        BarcodeFormat.Code128,
        BarcodeFormat.Code39,
        BarcodeFormat.ITF14,
    ]
)


def codes(content: bytes) -> Sequence[str]:
    """Return what the codes in a photo say, from the top down, each once; nothing for what is no photo."""
    picture = _opened(content)
    if picture is None:
        return ()
    longest = max(picture.size)
    for side in _LOOKS:
        scale = min(1.0, side / longest)
        if found := _read(picture if scale == 1 else _scaled(picture, scale)):
            return found
        if scale == 1:
            break
    # A code of a few pixels a module is found once each of its pixels is larger.
    return _read(_scaled(picture, 3.0)) if longest <= _LOOKS[0] // 2 else ()


def _opened(content: bytes) -> Image.Image | None:
    """Return a photo upright and grey; None for anything that is broken, of another kind, or too large to unpack."""
    if len(content) > LARGEST_BYTES:
        return None
    try:
        with Image.open(io.BytesIO(content), formats=_KINDS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:  # from the header, before anything is unpacked
                return None
            picture.draft("L", (max(_LOOKS), max(_LOOKS)))  # a JPEG is unpacked smaller at once
            return ImageOps.exif_transpose(on_white(picture)).convert("L")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _scaled(picture: Image.Image, scale: float) -> Image.Image:
    size = tuple(max(1, round(each * scale)) for each in picture.size)
    return picture.resize((size[0], size[1]), Image.Resampling.LANCZOS)


def _read(picture: Image.Image) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_words(zxingcpp.read_barcodes(picture, _FORMATS))))[:MOST]


def _words(found: Sequence[zxingcpp.Barcode]) -> Iterator[str]:
    for each in sorted(found, key=lambda code: (code.position.top_left.y, code.position.top_left.x)):
        words = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", each.text).strip()[:_LONGEST_CODE]
        if words:
            yield words
