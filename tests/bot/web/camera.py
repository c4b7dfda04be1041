"""What stands before a browser's camera: a still picture as the film that Chromium plays in its place."""

from pathlib import Path
from typing import Final

from PIL import Image

from charts.papers.labels import squares

SIZE: Final = (1280, 720)


def label(payload: str, *, side: int = 300, turned: float = 12) -> Image.Image:
    """Return one of our labels as it lies on a desk under the phone, a little aslant."""
    rows = squares(payload)
    code = Image.new("L", (len(rows[0]) + 8, len(rows) + 8), 255)
    for y, row in enumerate(rows):
        for x, is_dark in enumerate(row):
            code.putpixel((x + 4, y + 4), 0 if is_dark else 255)
    return code.resize((side, side), Image.Resampling.NEAREST).rotate(
        turned, expand=True, fillcolor=150, resample=Image.Resampling.BICUBIC
    )


def film(shown: Image.Image | None, path: Path) -> Path:
    """Write a film of one picture in the middle of a grey desk: YUV4MPEG2, 4:2:0, two frames."""
    desk = Image.new("L", SIZE, 150)
    if shown is not None:
        desk.paste(shown.convert("L"), ((SIZE[0] - shown.width) // 2, (SIZE[1] - shown.height) // 2))
    grey = bytes([128]) * (SIZE[0] * SIZE[1] // 2)
    frame = b"FRAME\n" + desk.tobytes() + grey
    path.write_bytes(f"YUV4MPEG2 W{SIZE[0]} H{SIZE[1]} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 2)
    return path
