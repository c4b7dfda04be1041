"""The codes that makers print on their goods, and which of our items each stands for."""

import re
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, text

_LENGTHS: Final = (8, 12, 13, 14)
_LONGEST: Final = 48
_PLAIN: Final = re.compile(r"[\x21-\x7e]{1,48}")
_GTIN_OF_GS1: Final = re.compile(r"\(01\)(\d{14})")


def normal(code: str) -> str:
    """Return a code as it is kept: a GTIN of any length as its fourteen digits, anything else as it is.

    EAN-8, UPC-A, EAN-13 and ITF-14 write the same number with more or fewer zeros before it. Of a GS1 code, such as
    ``(01)04006381333931(10)AB-12``, the GTIN counts. Source: GS1 General Specifications, section 3.3.2.
    """
    said = code.strip()
    if gs1 := _GTIN_OF_GS1.match(said):
        return gs1[1]
    return said.zfill(max(_LENGTHS)) if said.isascii() and said.isdigit() and len(said) in _LENGTHS else said


def is_sound(code: str) -> bool:
    """Tell whether a code can stand on goods: 48 plain signs at most, and right in its check digit if it is a GTIN."""
    if not _PLAIN.fullmatch(code):
        return False
    return not (code.isdigit() and len(code) in _LENGTHS) or _checks(code)


def _checks(digits: str) -> bool:
    """Tell whether the last digit is the one that the others ask for: weights 3 and 1 from the right, modulo 10."""
    return sum(int(each) * (3 if place % 2 else 1) for place, each in enumerate(reversed(digits))) % 10 == 0


def item_of(db: Connection, code: str) -> str:
    """Return the code of the item that a printed code stands for, or nothing."""
    if len(code) > 2 * _LONGEST:
        return ""
    found = db.execute(
        text("SELECT i.code FROM item_barcodes b JOIN items i ON i.id = b.item_id WHERE b.code = :code"),
        {"code": normal(code)},
    )
    return str(found.scalar() or "")


def of_item(db: Connection, item_id: int) -> Sequence[str]:
    """Return the codes of an item as they are printed, a GTIN without the zeros before it."""
    rows = db.execute(text("SELECT code FROM item_barcodes WHERE item_id = :id ORDER BY code"), {"id": item_id})
    return [_printed(str(each)) for each in rows.scalars()]


def _printed(code: str) -> str:
    if not code.isdigit() or len(code) != max(_LENGTHS):
        return code
    return next(code[-length:] for length in _LENGTHS if not code[:-length].strip("0"))
