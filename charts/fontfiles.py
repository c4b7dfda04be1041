"""The font files that pictures and papers are set in."""

from pathlib import Path
from typing import Final

HOUSE_FOLDER: Final = Path(__file__).parent / "fonts"
HOUSE_FILES: Final = ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf")


def missing_files(folder: Path = HOUSE_FOLDER) -> tuple[str, ...]:
    """Name the font files that ``folder`` lacks; ``tools/make_fonts.py`` makes them again."""
    return tuple(name for name in HOUSE_FILES if not (folder / name).is_file())
