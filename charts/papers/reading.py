"""Reads a document's answered fields for a paper: one that is not there, or not asked yet, is empty."""

import datetime as dt

from sqlalchemy import Connection, text

from inventory_core import items
from inventory_core.document import Document
from inventory_core.errors import UnknownItem
from inventory_core.items import Item


def site_name(db: Connection, site_id: int) -> str:
    """Return what a site is called, or its code where it has no name: it stands for the company on its papers."""
    row = db.execute(text("SELECT name, code FROM locations WHERE id = :id"), {"id": site_id}).one()
    return str(row.name or row.code)


def is_void(document: Document) -> bool:
    """Tell whether a document no longer holds: nobody may take its paper for one that does."""
    return document.state in ("cancelled", "withdrawn", "reversed")


def day_in(document: Document, *names: str) -> dt.date | None:
    """Return the first of these fields that is answered, as a day."""
    said = word_in(document, *names)
    return dt.date.fromisoformat(said) if said else None


def word_in(document: Document, *names: str) -> str:
    """Return the first of these fields that is answered with a text or a number."""
    for name in names:
        value = document.fields.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""


def number_in(document: Document, *names: str) -> int:
    """Return the first of these fields that is a whole number, or 0."""
    said = word_in(document, *names)
    return int(said) if said.isdecimal() else 0


def item_of(db: Connection, document: Document) -> Item | None:
    """Return the item that the field of this name names."""
    try:
        return items.by_code(db, word_in(document, "item"))
    except UnknownItem:
        return None
