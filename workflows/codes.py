"""What a code that a camera read means as the answer to a question."""

from dataclasses import dataclass
from typing import Final

from inventory_core.db.engine import reading
from workflows.book import CompanyBook
from workflows.definition import FieldKind
from workflows.desk import Desk
from workflows.inbox import Asked, Reader
from workflows.phrases import say

SCANNED: Final[frozenset[FieldKind]] = frozenset({"item", "location", "lot", "scan"})
"""The kinds of questions that are answered by a code."""

_TOLD_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Meant:
    """What a field takes for a code, or else the sentence that says why it takes nothing."""

    value: str = ""
    words: str = ""


def answer(desk: Desk, asked: Asked, name: str, code: str, reader: Reader) -> Meant:
    """Return what the field called ``name`` takes for a code.

    A label tells its item, or its lot, by what is asked; a maker's code tells the item.
    """
    kind = next((each.kind for each in asked.form.fields if each.name == name), "text")
    if kind not in SCANNED:
        return Meant(words=say(reader.language, "photo.unknown", code=code[:_TOLD_MAX]))
    with reading(desk.engine) as db:
        value = CompanyBook(db, reader.name).scanned(kind, code)
    if value is not None:
        return Meant(value)
    key = "item" if kind == "scan" else kind
    return Meant(words=say(reader.language, f"field.no_{key}", words=code[:_TOLD_MAX]))
