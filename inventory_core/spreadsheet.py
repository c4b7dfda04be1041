"""CSV as a spreadsheet opens it without harm: UTF-8 with its mark, and no text that would be taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
_MARK: Final = b"\xef\xbb\xbf"


def written(rows: Iterable[Sequence[str | int]]) -> bytes:
    """Return rows as CSV. Texts of people must be harmless already; a number may begin with a minus."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return _MARK + out.getvalue().encode()


def harmless(words: str) -> str:
    """Return a text that a spreadsheet shows as it is: one that begins like a formula gets an apostrophe before it."""
    return f"'{words}" if words.startswith(_FORMULA) else words


def plain(cell: str) -> str:
    """Return a cell without the sign that kept a spreadsheet from taking it for a formula."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
