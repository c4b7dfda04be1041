"""The company's book for forms: the codes that answers may name, looked up in the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from inventory_core import barcodes, labels
from inventory_core.document import Answer
from workflows.cards import Option
from workflows.definition import FieldKind, FieldRule, Flow

_MOST: Final = 100
_FIND: Final = {
    "item": "SELECT code FROM items WHERE is_active AND (lower(code) = :words OR lower(name) = :words)",
    "location": "SELECT code FROM locations WHERE kind = 'bin' AND lower(code) = :words",
    "lot": "SELECT number FROM lots WHERE id <> 0 AND lower(number) = :words",
    "person": "SELECT code FROM employees WHERE is_active = 1 AND (lower(code) = :words OR lower(name) = :words)",
    "partner": """SELECT code FROM partners WHERE is_active = 1 AND (lower(code) = :words OR lower(name) = :words)
                    AND (:only = '' OR kind = :only)""",
}
_NAME: Final = {
    "item": "SELECT name FROM items WHERE code = :code",
    "person": "SELECT name FROM employees WHERE code = :code",
    "partner": "SELECT name FROM partners WHERE code = :code",
}
_ALL: Final = {
    "item": "SELECT code, name FROM items WHERE is_active ORDER BY code",
    "location": "SELECT code, code FROM locations WHERE kind = 'bin' ORDER BY walk_order, code",
    "person": "SELECT code, name FROM employees WHERE is_active = 1 ORDER BY name",
    "partner": "SELECT code, name FROM partners WHERE is_active = 1 AND (:only = '' OR kind = :only) ORDER BY name",
}


@dataclass(frozen=True, slots=True)
class CompanyBook:
    """Looks things up on one connection. ``signer`` is the name of the person who answers."""

    db: Connection
    signer: str

    def find(self, kind: FieldKind, words: str, *, only: str = "") -> str | None:
        """Return the code or number that somebody means by a code or a whole name; None when it is not one thing."""
        words = self._read(kind, words.strip())
        sought = {"words": words.lower(), **({"only": only} if kind == "partner" else {})}
        found = self.db.execute(text(_FIND[kind]), sought).scalars().all()
        return str(found[0]) if len(set(found)) == 1 else None

    def scanned(self, kind: FieldKind, code: str) -> str | None:
        """Return what a question of this kind takes for a code that was read; None when it names nothing of it."""
        return labels.typed(code).strip() or None if kind == "scan" else self.find(kind, code)

    def _read(self, kind: FieldKind, words: str) -> str:
        """Return what a scan names of this kind: of a label the item, lot or bin, of a maker's code the item."""
        if kind == "location":
            return labels.read_bin(words) or words
        if label := labels.read(words):
            return label.item if kind == "item" else label.lot if kind == "lot" else words
        return barcodes.item_of(self.db, words) or words if kind == "item" else words

    def names(self, flow: Flow, fields: Mapping[str, Answer]) -> dict[str, str]:
        """Return what the codes in a document's answered fields are called, by ``kind:code``."""
        return self.names_in(flow.fields, fields)

    def names_in(self, rules: Mapping[str, FieldRule], fields: Mapping[str, Answer]) -> dict[str, str]:
        """Return what the codes in answers are called, by ``kind:code``; ``rules`` says what each answer is."""
        coded: set[tuple[FieldKind, str]] = set()
        for name, rule in rules.items():
            value = fields.get(name)
            rows = value if isinstance(value, list) else []
            coded |= {(rule.kind, value)} if isinstance(value, str) else set()
            coded |= {
                (each.kind, str(row[column])) for row in rows for column, each in rule.columns.items() if column in row
            }
        found: dict[str, str] = {}
        for kind, code in sorted(coded):
            if kind in _NAME and (called := self.db.execute(text(_NAME[kind]), {"code": code}).scalar()):
                found[f"{kind}:{code}"] = str(called)
        return found

    def options(self, kind: FieldKind, *, only: str = "") -> tuple[Option, ...]:
        """Return all there are of a kind; nothing when they are too many to choose from."""
        if kind not in _ALL:
            return ()
        limits = {"most": _MOST + 1, **({"only": only} if kind == "partner" else {})}
        rows = self.db.execute(text(_ALL[kind] + " LIMIT :most"), limits).all()
        return tuple(Option(row[0], row[1]) for row in rows) if len(rows) <= _MOST else ()
