"""Papers of a kind as a table: the columns that all of them have, and those that their forms give them.

A field that is added to a form is a column from then on, typed and searchable; nothing in the database changes for it.
"""

import csv
import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, text

from inventory_core import documents, spreadsheet
from inventory_core.document import Answer as Stored
from inventory_core.document import Document
from inventory_core.errors import RuleBroken
from inventory_core.spreadsheet import harmless, plain
from workflows import cases, flows, moves, phrases, prefilled, rules
from workflows.book import CompanyBook
from workflows.definition import RULE_KINDS, FieldRule, Flow, Language, Words
from workflows.desk import Desk
from workflows.engine import field_value
from workflows.people import Employee
from workflows.phrases import say, say_error
from workflows.rules import Kind, RuleError, Value
from workflows.telling import written

SEE_ALL: Final = frozenset(
    {"manager", "administrator", "supervisor", "buyer", "finance_director", "designer", "publisher"}
)
_OWN: Final = ("number", "state", "opened_on", "due_on", "partner", "source")
_LOOKED_AT: Final = 5_000
_IMPORTED_MAX: Final = 1_000
_FIND: Final = """
    SELECT d.id FROM documents d LEFT JOIN partners p ON p.id = d.partner_id
    WHERE d.kind = :kind AND (:words = '' OR lower(d.number) LIKE :like ESCAPE '\\'
      OR lower(p.name) LIKE :like ESCAPE '\\'
      OR lower(CAST(d.fields AS TEXT)) LIKE :like ESCAPE '\\')
      AND (:owner = 0 OR EXISTS (SELECT 1 FROM flow_instances i WHERE i.document_id = d.id AND i.requester_id = :owner))
    ORDER BY d.id DESC LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what people call it, and the field that it comes from (None for what every paper has)."""

    name: str
    label: Words
    field: FieldRule | None = None

    @property
    def kind(self) -> Kind:
        if self.field is not None:
            return RULE_KINDS.get(self.field.kind, "text")
        return "date" if self.name in ("opened_on", "due_on") else "text"


def kinds(db: Connection) -> dict[str, Words]:
    """Return the kinds of papers that there are flows about, with what they are called."""
    found: dict[str, Words] = {}
    for _, flow in flows.all_latest(db).values():
        key = f"card.{flow.about}"
        own = _words(key) if key in phrases.catalogue("en") else flow.title
        found.setdefault(flow.about, own)
    return found


def columns(db: Connection, kind: str) -> tuple[Column, ...]:
    """Return the columns of a kind of paper: the newest definition of each field counts, however old the papers."""
    own = [Column(name, _words(f"paper.{name}")) for name in _OWN]
    fields: dict[str, FieldRule] = {}
    ids = db.execute(text("SELECT id FROM flow_versions ORDER BY id")).scalars().all()
    for flow in (flows.version(db, each) for each in ids):
        if flow.about == kind:
            fields |= {name: each for name, each in flow.fields.items() if each.each == "document"}
    shown = [Column(n, each.label, each) for n, each in fields.items() if each.kind not in ("photo", "file")]
    return (*own, *shown)


def _words(key: str) -> Words:
    return Words(en=say("en", key), zh=say("zh", key))


@dataclass(frozen=True, slots=True)
class Table:
    """Papers in rows, the newest first: their ids, and their values by column."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[int, Mapping[str, Stored]], ...]
    names: Mapping[str, str]

    def written(self, row: Mapping[str, Stored], column: Column, language: Language) -> str:
        value = row.get(column.name)
        if value is None:
            return ""
        if column.field is not None:
            return written(column.field, value, language, self.names)
        if column.name == "state":
            return phrases.catalogue(language).get(f"state.{value}", str(value))
        return str(value)


def find(db: Connection, kind: str, *, words: str = "", where: str = "", owner_id: int = 0, limit: int = 200) -> Table:
    """Return the papers whose number, partner or answers hold the words, and for which the rule holds.

    ``owner_id``: only those that this person started. Raises RuleError for a rule that does not fit the columns.
    """
    shown = columns(db, kind)
    rule = rules.parse(where) if where.strip() else None
    if rule is not None and rules.kind_of(rule, {each.name: each.kind for each in shown}) != "boolean":
        raise RuleError(where)
    like = "%" + words.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    # JSON keeps Chinese as it is written: the product's own JSON is not escaped to ASCII.
    key = {"kind": kind, "words": words.strip(), "like": like, "owner": owner_id, "limit": _LOOKED_AT}
    ids = db.execute(text(_FIND), key).scalars()
    rows: list[tuple[int, Mapping[str, Stored]]] = []
    for each in ids:
        paper = documents.load(db, each)
        row = _row(paper)
        if rule is None or rules.evaluate(rule, _as_values(row, shown)):
            rows.append((paper.id, row))
        if len(rows) == limit:
            break
    kept = tuple(
        each for each in shown if each.field or each.name == "number" or any(each.name in row for _, row in rows)
    )
    return Table(kept, tuple(rows), _names(db, shown, rows))


def _row(paper: Document) -> dict[str, Stored]:
    own: dict[str, Stored] = {"number": paper.number, "state": paper.state, "opened_on": paper.opened_on.isoformat()}
    if paper.due_on:
        own["due_on"] = paper.due_on.isoformat()
    if paper.partner:
        own["partner"] = paper.partner
    if paper.source:
        own["source"] = paper.source
    return {**own, **paper.fields}


def _as_values(row: Mapping[str, Stored], shown: Sequence[Column]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for column in shown:
        stored = row.get(column.name)
        if stored is None:
            values[column.name] = None
        elif column.field is not None:
            values[column.name] = field_value(column.field.kind, stored)
        else:
            values[column.name] = dt.date.fromisoformat(str(stored)) if column.kind == "date" else str(stored)
    return values


def _names(
    db: Connection, shown: Sequence[Column], rows: Sequence[tuple[int, Mapping[str, Stored]]]
) -> Mapping[str, str]:
    book, fields = CompanyBook(db, ""), {each.name: each.field for each in shown if each.field}
    found: dict[str, str] = {}
    for _, row in rows:
        found |= book.names_in(fields, row)
    return found


def as_csv(table: Table, language: Language) -> bytes:
    """Return a table as CSV for a spreadsheet: numbers plain, and no text that it would take for a formula."""
    names = ["id", *(each.name for each in table.columns)]
    labels = ["", *(harmless(each.label.fill(language, {})) for each in table.columns)]
    rows = [[str(id_), *(_cell(row.get(each.name), each) for each in table.columns)] for id_, row in table.rows]
    return spreadsheet.written([names, labels, *rows])


def _cell(value: Stored | None, column: Column) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return harmless(json.dumps(value, ensure_ascii=False))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column.kind == "number":
        return f"{Decimal(str(value)):f}"
    return harmless(str(value))


class BadRows(RuleBroken):
    """Rows of an imported file that can't be taken: a sentence for each of the first ones."""

    key = "paper.bad_rows"

    def __init__(self, told: Sequence[str], *, n: int) -> None:
        super().__init__(n=n, rows="\n".join(told))


def import_csv(db: Connection, desk: Desk, name: str, content: bytes, employee: Employee, language: Language) -> int:
    """Start a case of a flow for each row of a CSV, its first form filled from the row; return how many.

    A column is named as its field, or by its label in either language. All rows are taken or none: raises BadRows.
    The same file by the same person is taken once.
    """
    version_id = flows.latest_version(db, name)
    flow = flows.version(db, version_id) if version_id is not None else None
    if flow is None or not employee.roles & set(flow.started_by):
        raise BadRows([say(language, "paper.no_start")], n=1)
    rows = list(_read(content, flow, language))
    if not rows or len(rows) > _IMPORTED_MAX:
        raise BadRows([say(language, "paper.row_count", most=_IMPORTED_MAX)], n=1)
    digest = hashlib.sha256(content).hexdigest()[:24]
    site = int(db.execute(text("SELECT id FROM locations WHERE kind = 'site' ORDER BY id LIMIT 1")).scalar_one())
    wrong: list[str] = []
    for number, row in rows:
        key = f"import:{name}:{digest}:{number}"
        case_id = moves.start_by(db, desk, name, requester_id=employee.id, site_id=site, dedupe=key)
        try:
            told = prefilled.answer(db, desk, case_id, _cells(flow, row), employee, language, key=key, by="import")
        except RuleBroken as error:
            told = say_error(language, error)
        if told:
            wrong.append(say(language, "paper.row", n=number, what=told))
    if wrong:
        raise BadRows(wrong[:10], n=len(wrong))
    return len(rows)


def _read(content: bytes, flow: Flow, language: Language) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (row number, answers by field) of a CSV. Raises BadRows for a file or a heading that is not known."""
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            words = content.decode("gb18030")  # what a Chinese Excel writes
        except UnicodeDecodeError:
            raise BadRows([say(language, "paper.not_text")], n=1) from None
    reader = csv.reader(io.StringIO(words))
    by_label = {each.label.en.lower(): name for name, each in flow.fields.items()}
    by_label |= {each.label.zh.lower(): name for name, each in flow.fields.items()}
    heading = [(each.strip(), by_label.get(each.strip().lower(), each.strip())) for each in next(reader, [])]
    unknown = [said for said, name in heading if said and name not in flow.fields and name not in ("id", *_OWN)]
    if unknown:
        raise BadRows([say(language, "paper.unknown_column", column=unknown[0][:60])], n=1)
    for number, cells in enumerate(reader, 2):
        row = {name: plain(cell) for (_, name), cell in zip(heading, cells, strict=False) if name in flow.fields}
        if any(row.values()):
            yield number, row


def _cells(flow: Flow, row: Mapping[str, str]) -> dict[str, str]:
    """Return a row as a form sends it: a table's cell holds its rows as JSON, as the export writes them."""
    cells: dict[str, str] = {}
    for name, words in row.items():
        if flow.fields[name].kind == "choice":
            options = flow.fields[name].options
            by_label = {each.en.lower(): code for code, each in options.items()}
            by_label |= {each.zh.lower(): code for code, each in options.items()}
            words = by_label.get(words.lower(), words)
        if flow.fields[name].kind != "table":
            cells[name] = words
            continue
        try:
            rows: Any = json.loads(words) if words else []
        except ValueError:
            rows = []
        for number, each in enumerate(rows if isinstance(rows, list) else [], 1):
            cells |= {f"{name}.{number}.{column}": str(value) for column, value in dict(each).items()}
    return cells


def whose(db: Connection, employee: Employee) -> int:
    """Return whose papers somebody sees: everybody's (0) for who leads or buys, their own for others."""
    return 0 if employee.roles & SEE_ALL else employee.id


def may_see(db: Connection, employee: Employee, document_id: int, *, now: dt.datetime) -> bool:
    """Tell whether somebody may have a paper: who leads or buys, and who has a part in its case."""
    if not whose(db, employee):
        return True
    case = db.execute(text("SELECT id FROM flow_instances WHERE document_id = :id"), {"id": document_id}).scalar()
    return case is not None and cases.concerns(db, int(case), employee.id, now=now)


def latest_case(db: Connection, document_id: int) -> int | None:
    """Return the newest task of a paper's case, to be opened from a list; None for one without a case."""
    found = db.execute(
        text("""
            SELECT MAX(t.id) FROM tasks t JOIN flow_instances i ON i.id = t.instance_id WHERE i.document_id = :id
        """),
        {"id": document_id},
    ).scalar()
    return int(found) if found is not None else None
