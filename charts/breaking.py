"""Where a line of English or Chinese may break. Pure: how wide words are comes as a function."""

from collections.abc import Callable, Sequence
from itertools import pairwise

NOT_AT_LINE_START = frozenset("，。、；：？！）》」』】〉〕％％°%,.;:?!)]}”’…·～")
NOT_AT_LINE_END = frozenset("（《「『【〈〔([{“‘¥$€£￥")
FIRST_CHINESE = 0x2E80

Width = Callable[[str], float]


def atoms(text: str) -> list[str]:
    """Cut where a line may break: after a space, and beside a Chinese sign unless a figure or a mark forbids it."""
    found = [""]
    for before, sign in pairwise(" " + text):
        if found[-1] and _may_break(before, sign):
            found.append("")
        found[-1] += sign
    return found


def _may_break(before: str, sign: str) -> bool:
    if sign == " " or sign in NOT_AT_LINE_START or before in NOT_AT_LINE_END:
        return False
    if before == " ":
        return True
    if before.isdecimal() or (sign.isdecimal() and before in "年月"):  # 200件, 11月29日
        return False
    return ord(before) >= FIRST_CHINESE or ord(sign) >= FIRST_CHINESE


def pieces(atom: str, width: Width, limit: float) -> list[str]:
    """Cut an atom that is wider than a line, such as a code of sixty signs."""
    found = [""]
    for sign in atom:
        if found[-1] and width(found[-1] + sign) > limit:
            found.append("")
        found[-1] += sign
    return found


def filled(parts: Sequence[str], width: Width, limit: float) -> list[str]:
    """Set atoms one after the other, each line as full as it gets."""
    lines = [""]
    for atom in parts:
        if lines[-1] and width((lines[-1] + atom).rstrip()) > limit:
            lines.append("")
        lines[-1] += atom
    return lines
