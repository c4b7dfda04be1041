"""Photos of codes, as a phone takes them: turned, blurred, small, on a noisy table."""

import io
from collections.abc import Sequence

import zxingcpp
from PIL import Image, ImageFilter
from zxingcpp import BarcodeFormat


def code(words: str, kind: BarcodeFormat = BarcodeFormat.QRCode, *, scale: int = 6) -> Image.Image:
    """Return a code with its quiet zone."""
    drawn = zxingcpp.create_barcode(words, kind)
    return Image.fromarray(zxingcpp.write_barcode_to_image(drawn, scale=scale))


def photo(
    *shown: Image.Image, turned: float = 0, blurred: float = 0, size: tuple[int, int] = (1200, 900), noise: int = 40
) -> bytes:
    """Return a JPEG with codes beside each other on a noisy table."""
    table = Image.effect_noise(size, noise).point(lambda value: min(255, value + 30))
    for number, each in enumerate(shown):
        laid = each.convert("L").rotate(turned, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
        column, room = number % 4, (size[0] // min(len(shown), 4), size[1] // (1 + (len(shown) - 1) // 4))
        table.paste(laid, (column * room[0] + 20, number // 4 * room[1] + 20))
    return encoded(table.filter(ImageFilter.GaussianBlur(blurred)) if blurred else table)


def encoded(picture: Image.Image, kind: str = "JPEG") -> bytes:
    kept = io.BytesIO()
    picture.save(kept, kind)
    return kept.getvalue()


def photo_of(words: Sequence[str]) -> bytes:
    """Return a photo of labels of ours, or of other QR codes, beside each other."""
    return photo(*(code(each, scale=5) for each in words), size=(1600, 1200))
