"""The two faces that pictures are set in, loaded by file: no system font can be picked by mistake."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.font_manager import FontProperties, get_font

from charts.fontfiles import HOUSE_FILES, HOUSE_FOLDER, missing_files
from charts.reports import Language

STAND_IN_FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
"""DejaVu Sans comes with matplotlib, and so is always there. It has no Chinese."""


@dataclass(frozen=True, eq=False)
class Face:
    """One font file and the code points it can draw."""

    file: Path
    properties: FontProperties
    glyphs: frozenset[int]


@dataclass(frozen=True, slots=True)
class Type:
    """A face at a size in pixels."""

    face: Face
    size: float


@dataclass(frozen=True, eq=False)
class Fonts:
    """A regular and a bold face of one family."""

    regular: Face
    bold: Face
    has_chinese: bool

    def at(self, size: float, *, bold: bool = False) -> Type:
        return Type(self.bold if bold else self.regular, size)


@cache
def load_fonts(folder: Path = HOUSE_FOLDER) -> Fonts:
    """Load both faces from ``folder``, once a process. If one is missing, both are DejaVu Sans, without Chinese."""
    has_chinese = not missing_files(folder)
    if has_chinese:
        regular, bold = (folder / name for name in HOUSE_FILES)
    else:
        regular, bold = (Path(mpl.get_data_path()) / "fonts" / "ttf" / name for name in STAND_IN_FILES)
    return Fonts(_face(regular), _face(bold), has_chinese=has_chinese)


def drawn_language(language: Language, fonts: Fonts | None = None) -> Language:
    """Return the language that words in a picture must have: English where there is no Chinese font."""
    return language if (fonts or load_fonts()).has_chinese else "en"


def _face(file: Path) -> Face:
    return Face(file, FontProperties(fname=str(file)), frozenset(get_font(file).get_charmap()))
