"""What a half-typed answer may mean: items, bins, lots and serials, partners and employees that a field may hold.

First what is called exactly so (a code, a maker's bar code, a label's code), then what begins with or holds the words,
then what is nearly so. Each comes with what helps to tell it from the others.
"""

import time
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, bindparam, text

from inventory_core import barcodes, labels, similar
from inventory_core.db.engine import reading
from inventory_core.quantity import write_quantity
from workflows import inbox, people, rights
from workflows.cards import Option
from workflows.definition import FieldKind, FieldRule, Flow, Language
from workflows.desk import Desk
from workflows.inbox import Asked
from workflows.intents import Intent
from workflows.phrases import say

MOST: Final = 100
_FEW: Final = 5
"""With fewer found, what is nearly so is looked for, too."""
_WORDS_MAX: Final = 6
_LONGEST: Final = 120

_FROM: Final[Mapping[FieldKind, str]] = {
    "item": "SELECT id, code, name, id AS item_id FROM items WHERE is_active",
    "location": "SELECT id, code, name, 0 AS item_id FROM locations WHERE kind = 'bin'",
    "lot": """SELECT t.id, t.number AS code, i.code AS name, t.item_id FROM lots t JOIN items i ON i.id = t.item_id
              WHERE t.id <> 0""",
    "person": "SELECT id, code, name, 0 AS item_id FROM employees WHERE is_active = 1",
    "partner": """SELECT id, code, name, 0 AS item_id FROM partners
                  WHERE is_active = 1 AND (:only = '' OR kind = :only)""",
}
_ON_HAND: Final = text("""
    SELECT b.item_id, i.precision, i.base_unit, SUM(b.quantity) AS quantity
    FROM balances b JOIN items i ON i.id = b.item_id
    WHERE b.status = 'available' AND b.item_id IN :ids GROUP BY b.item_id, i.precision, i.base_unit
""").bindparams(bindparam("ids", expanding=True))
_OF_LOT: Final = text("""
    SELECT b.lot_id AS item_id, i.precision, i.base_unit, SUM(b.quantity) AS quantity
    FROM balances b JOIN items i ON i.id = b.item_id
    WHERE b.lot_id IN :ids AND b.quantity > 0 GROUP BY b.lot_id, i.precision, i.base_unit
""").bindparams(bindparam("ids", expanding=True))
_IN_BIN: Final = text("""
    SELECT location_id AS id, COUNT(DISTINCT item_id) AS n FROM balances
    WHERE quantity > 0 AND location_id IN :ids GROUP BY location_id
""").bindparams(bindparam("ids", expanding=True))


@dataclass(frozen=True, slots=True)
class _Found:
    id: int
    code: str
    name: str


def suggest(desk: Desk, intent: Intent, name: str, words: str) -> tuple[Option, ...]:
    """Return up to a hundred answers that a field may hold and words may mean, the likeliest first.

    ``intent`` is who types, and the button whose form it is; who may not answer that form is offered nothing.
    """
    with reading(desk.engine) as db:
        employee = people.who(db, intent.sender)
        may = employee is not None and rights.may_open(db, desk, intent, employee)
    asked = inbox.asked(desk, intent.token, inbox.reader_of(employee, intent.chat)) if employee and may else None
    if employee is None or asked is None:
        return ()
    sought = labels.typed(unicodedata.normalize("NFKC", words[:_LONGEST])).strip()
    if (rule := rule_of(asked.flow, name)) is not None and rule.kind in _FROM:
        with reading(desk.engine) as db:
            return _coded(db, rule, sought, employee.language, is_blind=is_blind(asked))
    field = next((each for each in asked.form.fields if each.name == name), None)
    folded = sought.lower()
    listed = [each for each in field.options if folded in each.label.lower()] if field else []
    return tuple(listed[:MOST])


def prepare(desk: Desk, kinds: Collection[FieldKind]) -> None:
    """Read what is compared for a form that was opened, before somebody types into it."""
    with reading(desk.engine) as db:
        for kind in kinds:
            if kind in ("item", "lot"):
                _known(db, kind, {})


def rule_of(flow: Flow, name: str) -> FieldRule | None:
    """Return the rule of a form's field: of the document, of a line, or of a column of a table."""
    first, *rest = name.split(".")
    rule = flow.fields.get(first)
    return rule.columns.get(rest[-1]) if rule and rule.columns and rest else rule


def is_blind(asked: Asked) -> bool:
    """Tell whether the person is to say what they see, and not what the books say."""
    return asked.document.kind == "count" or any("blind" in line.fields for line in asked.document.lines)


def _coded(db: Connection, rule: FieldRule, sought: str, language: Language, *, is_blind: bool) -> tuple[Option, ...]:
    found = find(db, rule.kind, sought, only=rule.only)
    told = {} if is_blind else _told(db, rule.kind, [each.id for each in found], language)
    options: dict[str, Option] = {}
    for each in found:  # a lot's number may stand for lots of several items: it is one answer
        parts = (each.code, each.name if each.name != each.code else "", told.get(each.id, ""))
        options.setdefault(each.code, Option(each.code, " · ".join(filter(None, parts))))
    return tuple(options.values())


def find(db: Connection, kind: FieldKind, sought: str, *, only: str = "", most: int = MOST) -> Sequence[_Found]:
    """Return what words may mean among all of a kind, the likeliest first."""
    limits = {"only": only} if kind == "partner" else {}
    found = [*_printed(db, kind, sought), *_holding(db, kind, sought, limits, most)]
    is_code = any(each.code.lower().startswith(sought.lower()) for each in found)
    if len(found) < _FEW and not is_code and similar.can_tell(sought):
        found += _nearly(db, kind, sought, limits)
    return list({each.id: each for each in found}.values())[:most]


def _printed(db: Connection, kind: FieldKind, sought: str) -> list[_Found]:
    """Return the item whose maker's code was scanned."""
    code = barcodes.item_of(db, sought) if kind == "item" and sought else ""
    query = text(f"SELECT id, code, name FROM ({_FROM[kind]}) f WHERE code = :code")  # noqa: S608
    return _rows(db.execute(query, {"code": code})) if code else []


def _holding(db: Connection, kind: FieldKind, sought: str, limits: Mapping[str, str], most: int) -> list[_Found]:
    """Return what holds every word in its code or name: what is called exactly so first, then what begins so."""
    words = sought.lower().split()[:_WORDS_MAX]
    held = " AND ".join(
        f"(lower(code) LIKE :w{number} ESCAPE '\\' OR lower(name) LIKE :w{number} ESCAPE '\\')"
        for number in range(len(words))
    )
    blanks: dict[str, str | int] = {f"w{number}": f"%{_literal(each)}%" for number, each in enumerate(words)}
    whole = _literal(sought.lower())
    query = f"""
        SELECT id, code, name FROM ({_FROM[kind]}) f WHERE {held or "1 = 1"}
        ORDER BY CASE WHEN lower(code) LIKE :whole ESCAPE '\\' THEN 0 WHEN lower(code) LIKE :begins ESCAPE '\\' THEN 1
                      WHEN lower(name) LIKE :begins ESCAPE '\\' THEN 2 ELSE 3 END, code, id LIMIT :most
    """  # noqa: S608 (the pieces are ours)
    return _rows(db.execute(text(query), {**blanks, **limits, "whole": whole, "begins": f"{whole}%", "most": most}))


def _nearly(db: Connection, kind: FieldKind, sought: str, limits: Mapping[str, str]) -> list[_Found]:
    """Return what is called nearly so, the likest first, as it is called now."""
    ids = _known(db, kind, limits).like(sought)
    query = text(f"SELECT id, code, name FROM ({_FROM[kind]}) f WHERE id IN :ids")  # noqa: S608
    rows = _rows(db.execute(query.bindparams(bindparam("ids", expanding=True)), {**limits, "ids": ids}))
    return sorted(rows, key=lambda each: ids.index(each.id))


_kept: Final[WeakKeyDictionary[Engine, dict[str, tuple[tuple[int, ...], float, similar.Known]]]] = WeakKeyDictionary()
"""What was read to be compared, by database and kind, and of which state of the tables: 100,000 items take a while."""
_KEPT_S: Final = 60.0


def _known(db: Connection, kind: FieldKind, limits: Mapping[str, str]) -> similar.Known:
    key = f"{kind}:{limits.get('only', '')}"
    kept = _kept.setdefault(db.engine, {})
    query = (
        f"SELECT COUNT(*), COALESCE(MAX(id), 0), COALESCE(SUM(length(code) + length(name)), 0) FROM ({_FROM[kind]}) f"  # noqa: S608
    )
    state = tuple(int(each) for each in db.execute(text(query), limits).one())
    if (found := kept.get(key)) and found[0] == state and time.monotonic() - found[1] < _KEPT_S:
        return found[2]
    rows = db.execute(text(_FROM[kind]), limits)
    made = similar.Known((row[0], row[1], row[2]) for row in rows)
    kept[key] = (state, time.monotonic(), made)
    return made


def _rows(rows: Any) -> list[_Found]:
    return [_Found(row.id, row.code, row.name) for row in rows]


def _literal(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _told(db: Connection, kind: FieldKind, ids: Sequence[int], language: Language) -> dict[int, str]:
    """Return what is said of each thing besides its name: how much of it there is, or what lies in it."""
    if not ids:
        return {}
    if kind in ("item", "lot"):
        rows = db.execute(_ON_HAND if kind == "item" else _OF_LOT, {"ids": ids})
        amounts = {row.item_id: f"{write_quantity(int(row.quantity), row.precision)} {row.base_unit}" for row in rows}
        return {each: amounts.get(each, say(language, "form.none_there")) for each in ids}
    if kind == "location":
        counted = {row.id: int(row.n) for row in db.execute(_IN_BIN, {"ids": ids})}
        return {
            each: say(language, "form.in_bin", n=counted[each]) if each in counted else say(language, "form.empty_bin")
            for each in ids
        }
    return {}
