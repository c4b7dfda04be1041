"""Text in pixels: what the font can draw, how wide it is, where it may break."""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from matplotlib.font_manager import get_font

from charts.typeface import Face, Fonts, Type

ELLIPSIS = "…"
NOT_AT_LINE_START = frozenset("，。、；：？！）》」』】〉〕％％°%,.;:?!)]}”’…·～")
NOT_AT_LINE_END = frozenset("（《「『【〈〔([{“‘¥$€£￥")
PAUSES = frozenset("，。；：、,.;:…")
FIRST_CHINESE = 0x2E80
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
    return len(_greedy(_atoms(text), type_, limit))


def wrap(text: str, type_: Type, limit: float, *, lines: int) -> list[str]:
    """Break ``text`` into at most ``lines`` lines of ``limit`` pixels; what is left over is clipped.

    Two lines are broken after a pause or else evenly, so that no word stands alone.
    """
    atoms = [piece for atom in _atoms(text) for piece in _pieces(atom, type_, limit)]
    broken = _greedy(atoms, type_, limit)
    if len(broken) == 2:
        return _balanced(atoms, type_, limit) or broken
    if len(broken) > lines:
        rest = "".join(atoms)[len("".join(broken[: lines - 1])) :].strip()
        return [line.strip() for line in broken[: lines - 1]] + [clip(rest, type_, limit)]
    return [line.strip() for line in broken]


def fill(sentences: Sequence[str], type_: Type, limit: float, *, lines: int) -> list[str]:
    """Set sentences one after the other; one that does not fit its line whole begins the next."""
    filled = [""]
    for sentence in sentences:
        space = " " if filled[-1][-1:].isascii() and filled[-1] else ""
        if width(filled[-1] + space + sentence, type_) <= limit:
            filled[-1] += space + sentence
        else:
            filled += _greedy(_atoms(sentence), type_, limit)
    kept = [line.strip() for line in filled if line]
    return [*kept[: lines - 1], clip(" ".join(kept[lines - 1 :]), type_, limit)] if len(kept) > lines else kept


def _atoms(text: str) -> list[str]:
    """Cut where a line may break: after a space, and beside a Chinese sign unless a figure or a mark forbids it."""
    atoms = [""]
    for before, sign in pairwise(" " + text):
        if atoms[-1] and _may_break(before, sign):
            atoms.append("")
        atoms[-1] += sign
    return atoms


def _may_break(before: str, sign: str) -> bool:
    if sign == " " or sign in NOT_AT_LINE_START or before in NOT_AT_LINE_END:
        return False
    if before == " ":
        return True
    if before.isdecimal() or (sign.isdecimal() and before in "年月"):  # 200件, 11月29日
        return False
    return ord(before) >= FIRST_CHINESE or ord(sign) >= FIRST_CHINESE


def _pieces(atom: str, type_: Type, limit: float) -> list[str]:
    """Cut an atom that is wider than a line, such as a code of sixty signs."""
    pieces = [""]
    for sign in atom:
        if pieces[-1] and width(pieces[-1] + sign, type_) > limit:
            pieces.append("")
        pieces[-1] += sign
    return pieces


def _greedy(atoms: list[str], type_: Type, limit: float) -> list[str]:
    lines = [""]
    for atom in atoms:
        if lines[-1] and width((lines[-1] + atom).rstrip(), type_) > limit:
            lines.append("")
        lines[-1] += atom
    return lines


def _balanced(atoms: list[str], type_: Type, limit: float) -> list[str]:
    best, best_cost = [""], float("inf")
    for i in range(1, len(atoms)):
        pair = ["".join(atoms[:i]).strip(), "".join(atoms[i:]).strip()]
        first, second = (width(line, type_) for line in pair)
        if max(first, second) > limit or not pair[1]:
            continue
        pause = 0.5 if pair[0][-1] in PAUSES else 0.0
        cost = abs(first - second) / limit - pause + (0.1 if second > first else 0.0)
        if cost < best_cost:
            best, best_cost = pair, cost
    return best if best != [""] else []
