"""Text in pixels: what the font can draw, how wide it is, where it may break."""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from matplotlib.font_manager import get_font

from charts.breaking import Width, atoms, filled, pieces
from charts.typeface import Face, Fonts, Type

ELLIPSIS = "…"
PAUSES = frozenset("，。；：、,.;:…")
SCALES = {"万": 10**4, "亿": 10**8}
LATIN_APOSTROPHE = re.compile("(?<=[A-Za-z])’")  # a Chinese font sets it as wide as a character


@lru_cache(maxsize=4096)
def safe(text: str, face: Face) -> str:
    """Drop what the face cannot draw (emoji, control signs), so that no name shows as boxes."""
    text = LATIN_APOSTROPHE.sub("'", text)
    kept = (sign if ord(sign) in face.glyphs else " " if sign.isspace() else "" for sign in text)
    return re.sub(" {2,}", " ", "".join(kept)).strip(" ")


def can_draw(text: str, fonts: Fonts) -> bool:
    """Tell whether nothing but emoji and signs would be lost: every letter and figure has its glyph."""
    return all(ord(sign) in fonts.bold.glyphs for sign in text if sign.isalnum())


def legible(text: str, fonts: Fonts) -> str:
    """Return what can be drawn of a figure in words; a ten thousand (万) is written out before its sign is lost."""
    if can_draw(text, fonts):
        return safe(text, fonts.bold)
    for figure, sign in re.findall("([0-9,]*[.]?[0-9]+)([万亿])", text):
        text = text.replace(figure + sign, _scaled(figure, SCALES[sign]))
    return safe(text, fonts.bold)


def _scaled(figure: str, scale: int) -> str:
    return f"{(Decimal(figure.replace(',', '')) * scale).normalize():,f}"


def shown_name(name: str, code: str, fonts: Fonts) -> str:
    """Return the name as it can be drawn; or its code where there is no Chinese font, or nothing would be left."""
    is_readable = fonts.has_chinese or can_draw(name, fonts)
    return (safe(name, fonts.bold) if is_readable else "") or safe(code, fonts.bold)


@lru_cache(maxsize=4096)
def width(text: str, type_: Type) -> float:
    font = get_font(type_.face.file)
    font.set_size(type_.size, 72)
    font.set_text(safe(text, type_.face), 0.0)
    return font.get_width_height()[0] / 64


def clip(text: str, type_: Type, limit: float) -> str:
    """Shorten ``text`` to ``limit`` pixels with an ellipsis, at a word's end if that costs less than a third."""
    if width(text, type_) <= limit:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(text[:middle] + ELLIPSIS, type_) <= limit else (low, middle - 1)
    kept = text[:low]
    space = kept.rfind(" ")
    if 3 * space > 2 * low and text[low : low + 1] not in ("", " "):
        kept = kept[:space]
    return kept.rstrip(" ,;:·×(（，、") + ELLIPSIS


def needs_lines(text: str, type_: Type, limit: float) -> int:
    return len(filled(atoms(text), _measure(type_), limit))


def wrap(text: str, type_: Type, limit: float, *, lines: int) -> list[str]:
    """Break ``text`` into at most ``lines`` lines of ``limit`` pixels; what is left over is clipped.

    Two lines are broken after a pause or else evenly, so that no word stands alone.
    """
    measure = _measure(type_)
    parts = [piece for atom in atoms(text) for piece in pieces(atom, measure, limit)]
    broken = filled(parts, measure, limit)
    if len(broken) == 2:
        return _balanced(parts, type_, limit) or broken
    if len(broken) > lines:
        rest = "".join(parts)[len("".join(broken[: lines - 1])) :].strip()
        return [line.strip() for line in broken[: lines - 1]] + [clip(rest, type_, limit)]
    return [line.strip() for line in broken]


def fill(sentences: Sequence[str], type_: Type, limit: float, *, lines: int) -> list[str]:
    """Set sentences one after the other; one that does not fit its line whole begins the next."""
    found = [""]
    for sentence in sentences:
        space = " " if found[-1][-1:].isascii() and found[-1] else ""
        if width(found[-1] + space + sentence, type_) <= limit:
            found[-1] += space + sentence
        else:
            found += filled(atoms(sentence), _measure(type_), limit)
    kept = [line.strip() for line in found if line]
    return [*kept[: lines - 1], clip(" ".join(kept[lines - 1 :]), type_, limit)] if len(kept) > lines else kept


def _measure(type_: Type) -> Width:
    return lambda words: width(words, type_)


def _balanced(parts: list[str], type_: Type, limit: float) -> list[str]:
    best, best_cost = [""], float("inf")
    for i in range(1, len(parts)):
        pair = ["".join(parts[:i]).strip(), "".join(parts[i:]).strip()]
        first, second = (width(line, type_) for line in pair)
        if max(first, second) > limit or not pair[1]:
            continue
        pause = 0.5 if pair[0][-1] in PAUSES else 0.0
        cost = abs(first - second) / limit - pause + (0.1 if second > first else 0.0)
        if cost < best_cost:
            best, best_cost = pair, cost
    return best if best != [""] else []
